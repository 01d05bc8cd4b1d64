"""The whole derivation: retreatment, windows, pattern, timing from findings, conflicts, contradictions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from rrmm.derivation.explain import Derivation
from rrmm.errors import PatientError
from rrmm.patient.edits import Edits, apply_edits
from rrmm.patient.resolve import resolve
from support import ROOT
from support.commands import checkout
from support.random_patients import documents

KG = checkout()
VIGNETTES = YAML(typ="safe").load((ROOT / "tests" / "vignettes.yaml").read_text(encoding="utf-8"))["vignettes"]


def report(patient: dict[str, Any]) -> dict[str, Any]:
    """Return the report of a patient."""
    return KG.regimens_for(patient, evidence=False).data


def option(patient: dict[str, Any], name: str) -> dict[str, Any]:
    """Return one option of a patient's report."""
    return KG.regimens_for(patient, evidence=False).option(name)


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda vignette: vignette["id"])
def test_vignettes(vignette):
    """Every statement of a vignette that has a fixed form comes out as stated."""
    expected, found = vignette["expected"], report(vignette["patient"])
    status = {entry["option"]: entry["status"] for entry in found["options"]}
    assert {n: status[n] for n in expected.get("must_recommend", [])} == dict.fromkeys(
        expected.get("must_recommend", []), "recommended"
    )
    assert {status[name] for name in expected.get("must_exclude", [])} <= {"excluded"}
    assert {status[name] for name in expected.get("may_recommend", [])} <= {"recommended", "option"}
    assert {status[name] for name in expected.get("must_offer", [])} <= {"recommended", "option"}
    assert "excluded" not in {status[name] for name in expected.get("must_not_exclude", [])}
    assert found["timing"]["action"] == expected["timing"]["action"]
    for wanted in expected.get("must_prefer", []):
        assert any(
            set(wanted["preferred"]) <= set(p["preferred"]) and set(wanted["over"]) <= set(p["over"])
            for p in found["preferences"]
        )
    evidence = {entry["option"]: entry["high_risk_evidence"] for entry in found["options"]}
    assert {n: evidence[n] for n in expected.get("high_risk_evidence", {})} == expected.get("high_risk_evidence", {})


RELAPSED = {"drug": "bortezomib", "status": "relapsed_not_refractory", "toxicity": "acceptable"}
RETREATMENT = [
    ({"best_response": "PR", "response_duration_mo": 6}, "option"),
    ({"best_response": "PR", "response_duration_mo": 5.9}, "not_recommended"),
    ({"best_response": "MR", "response_duration_mo": 12}, "not_recommended"),
    ({"best_response": "CR", "response_duration_mo": 12, "toxicity": "unacceptable"}, "not_recommended"),
    ({"best_response": "CR", "response_duration_mo": 24}, "option"),
    ({"best_response": "CR", "response_duration_mo": 24.1}, "recommended"),
    ({"best_response": "CR", "response_duration_mo": 30, "toxicity": "unacceptable"}, "not_recommended"),
    ({"best_response": "CR", "response_duration_mo": 12, "status": "refractory"}, "excluded"),
    ({"status": "intolerant"}, "excluded"),
    ({"status": "exposed"}, "undetermined"),
]


@pytest.mark.parametrize(("course", "status"), RETREATMENT)
def test_retreatment(course, status):
    """A partial response, six months and acceptable toxicity are the conditions; over 24 months recommends."""
    patient = {"prior_lines": 1, "prior_drugs": [{**RELAPSED, **course}], "transplant": {"prior_autoSCT": False}}
    assert option(patient, "retreatment: bortezomib")["status"] == status


WINDOWS = [
    ({"maintenance": False, "months_to_relapse": 17.9}, "option"),
    ({"maintenance": False, "months_to_relapse": 18}, "recommended"),
    ({"maintenance": True, "months_to_relapse": 35.9}, "option"),
    ({"maintenance": True, "months_to_relapse": 36}, "recommended"),
    ({"months_to_relapse": 36}, "recommended"),
    ({"months_to_relapse": 20}, "option"),
    ({"maintenance": False, "months_to_relapse": 20, "eligible": False}, "not_recommended"),
    ({"maintenance": False, "months_to_relapse": 20, "stem_cells_sufficient": False}, "not_recommended"),
]


@pytest.mark.parametrize(("transplant", "status"), WINDOWS)
def test_windows_after_transplantation(transplant, status):
    """18 months without and 36 with maintenance are minima; 36 suffices whatever is known of maintenance."""
    given = {"prior_autoSCT": True, "eligible": True, "stem_cells_sufficient": True, **transplant}
    assert option({"prior_drugs": [], "transplant": given}, "salvage autoSCT")["status"] == status


def test_a_missing_line_is_asked_for():
    """With more than one prior line, whether a drug was frontline is a question."""
    course = {**RELAPSED, "best_response": "CR", "response_duration_mo": 30}
    patient = {"prior_lines": 2, "prior_drugs": [course], "transplant": {"prior_autoSCT": False}}
    answer = option(patient, "retreatment: bortezomib")
    assert answer["status"] == "option"
    assert "prior_drugs[bortezomib].line" in answer["needs"]


def test_corticosteroids_are_no_retreatment_option():
    """The backbone is never an option of its own to be given again."""
    found = report({"prior_drugs": [{"drug": "dexamethasone"}, {"drug": "bortezomib"}]})
    assert [o["option"] for o in found["options"] if o["kind"] == "retreatment"] == ["retreatment: bortezomib"]


def test_the_strategy_outweighs_a_condition_of_retreatment_but_not_toxicity():
    """Kd stays named although carfilzomib brought too little, with the tension shown; not over toxicity."""
    carfilzomib = {"drug": "carfilzomib", "status": "relapsed_not_refractory", "best_response": "MR"}
    bortezomib = {"drug": "bortezomib", "status": "refractory"}
    patient = {"prior_drugs": [bortezomib, carfilzomib]}
    assert option(patient, "Kd")["status"] == "recommended"
    assert any("Kd" in conflict["text"] for conflict in report(patient)["conflicts"])
    patient = {"prior_drugs": [bortezomib, {**carfilzomib, "toxicity": "unacceptable"}]}
    assert option(patient, "Kd")["status"] == "not_recommended"


FINDINGS = [
    ({"calcium_mg_dl": 11.1}, "start_treatment"),
    ({"calcium_mg_dl": 11.0, "serum_m_protein_rise_percent": 10}, "watchful_follow_up"),
    ({"creatinine_mg_dl": 2.0}, "start_treatment"),
    ({"creatinine_mg_dl": 2.0, "not_related_to_myeloma": ["creatinine"]}, "undetermined"),
    ({"hemoglobin_fall_g_dl": 2}, "start_treatment"),
    ({"hyperviscosity": True}, "start_treatment"),
    ({"new_plasmacytoma_or_bone_lesion": True}, "start_treatment"),
]
NO_CLINICAL = {"calcium_mg_dl": 9, "creatinine_mg_dl": 1, "hemoglobin_fall_g_dl": 0, "hyperviscosity": False}


@pytest.mark.parametrize(("findings", "action"), FINDINGS)
def test_relapse_is_derived_from_findings(findings, action):
    """Numbers decide at, below and above their thresholds; a cause other than myeloma does not count."""
    clinical = {k: v for k, v in NO_CLINICAL.items() if k not in findings} if action != "undetermined" else {}
    if action == "watchful_follow_up":
        clinical |= {"new_plasmacytoma_or_bone_lesion": False, "lesion_growth_percent": 0, "lesion_growth_cm": 0}
        clinical |= dict.fromkeys(
            ["urine_m_protein_rise_percent", "flc_difference_rise_percent", "marrow_plasma_cell_rise_percent"], 0
        )
    patient = {"relapse": {"findings": {**clinical, **findings}, "aggressive_features": [], "acute_onset": False}}
    assert report(patient)["timing"]["action"] == action


RISES = [
    ({"serum_m_protein_rise_percent": 25, "serum_m_protein_rise_g_dl": 0.5}, True),
    ({"serum_m_protein_rise_percent": 24.9, "serum_m_protein_rise_g_dl": 0.5}, False),
    ({"serum_m_protein_rise_percent": 25, "serum_m_protein_rise_g_dl": 0.4}, False),
    ({"urine_m_protein_rise_percent": 25, "urine_m_protein_rise_mg_d": 200}, True),
    ({"urine_m_protein_rise_percent": 25, "urine_m_protein_rise_mg_d": 199}, False),
    ({"flc_difference_rise_percent": 25, "flc_difference_rise_mg_dl": 10.1}, True),
    ({"flc_difference_rise_percent": 25, "flc_difference_rise_mg_dl": 10}, False),
    ({"marrow_plasma_cell_rise_percent": 10}, True),
    ({"marrow_plasma_cell_rise_percent": 9.9}, False),
    ({"lesion_growth_percent": 50, "lesion_growth_cm": 1}, True),
    ({"lesion_growth_percent": 50, "lesion_growth_cm": 0.9}, False),
]


@pytest.mark.parametrize(("rise", "met"), RISES)
def test_the_imwg_criteria_at_their_thresholds(rise, met):
    """Relative and absolute rise count together, each at its threshold, measured twice."""
    none = {
        **NO_CLINICAL,
        **dict.fromkeys(
            ["serum_m_protein_rise_percent", "urine_m_protein_rise_percent", "flc_difference_rise_percent"], 0
        ),
        "marrow_plasma_cell_rise_percent": 0,
        "new_plasmacytoma_or_bone_lesion": False,
        "lesion_growth_percent": 0,
        "consecutive_measurements": 2,
    }
    partial = {"prior_drugs": [{"drug": "bortezomib", "best_response": "PR"}]}
    states = {s["state"]: s["holds"] for s in report({**partial, "relapse": {"findings": {**none, **rise}}})["states"]}
    assert states["meeting the IMWG criteria for progression"] == ("yes" if met else "no")


def test_a_single_measurement_is_not_yet_met():
    """After one measurement the patient is watched, and the next one is asked for."""
    findings = {"serum_m_protein_rise_percent": 40, "serum_m_protein_rise_g_dl": 1, "consecutive_measurements": 1}
    timing = report({"relapse": {"type": "biochemical", "findings": findings}})["timing"]
    assert timing["action"] == "watchful_follow_up"
    assert "relapse.findings.consecutive_measurements" in timing["needs"]


PATTERNS = [
    ([{"drug": "bortezomib", "status": "refractory", "best_response": "VGPR"}], "relapsed and refractory"),
    ([{"drug": "bortezomib", "best_response": "SD"}], "primary refractory"),
    ([{"drug": "bortezomib", "best_response": "CR", "days_from_last_dose_to_progression": 90}], "relapsed"),
    ([{"drug": "bortezomib", "status": "refractory"}], "unknown"),
    (
        [{"drug": "bortezomib", "best_response": "SD"}, {"drug": "lenalidomide", "best_response": "PR"}],
        "relapsed and refractory",
    ),
]


@pytest.mark.parametrize(("drugs", "pattern"), PATTERNS)
def test_disease_pattern(drugs, pattern):
    """Relapsed, relapsed and refractory, or primary refractory; unknown where the best response is."""
    assert report({"prior_drugs": drugs})["disease_pattern"]["value"] == pattern


HASTENED = [
    ({"cytogenetics": ["del(17p)"]}, "start_immediately"),
    ({"relapse": {"type": "biochemical", "meets_IMWG_PD": False, "acute_onset": True}}, "start_immediately"),
    ({"treatment_free_interval_mo": 11.9, "best": "MR"}, "start_immediately"),
    ({"treatment_free_interval_mo": 12, "best": "MR"}, "watchful_follow_up"),
    ({"treatment_free_interval_mo": 11.9, "best": "PR"}, "watchful_follow_up"),
]


@pytest.mark.parametrize(("facts", "action"), HASTENED)
def test_what_hastens_treatment(facts, action):
    """Any one feature suffices, in a relapse that would otherwise be watched."""
    facts = dict(facts)
    drug = {"drug": "bortezomib", "status": "relapsed_not_refractory", "best_response": facts.pop("best", "CR")}
    relapse = {"type": "biochemical", "meets_IMWG_PD": False, "aggressive_features": [], "acute_onset": False}
    patient = {"prior_lines": 1, "prior_drugs": [drug], "cytogenetics": ["standard-risk"], "relapse": relapse, **facts}
    assert report(patient)["timing"]["action"] == action


def test_watching_has_an_interval():
    """Follow-up is every one to two months."""
    patient = {"relapse": {"type": "biochemical", "meets_IMWG_PD": False}}
    assert report(patient)["timing"]["interval_months"] == [1, 2]


def test_opposite_preferences_are_both_listed_and_in_conflict():
    """Frail pulls to a doublet, aggressive to a triplet; the report hides neither."""
    patient = {
        "frailty": "frail",
        "prior_drugs": [{"drug": "bortezomib", "status": "refractory"}],
        "relapse": {"type": "clinical", "aggressive_features": ["elevated LDH"]},
    }
    found = report(patient)
    pairs = [(set(p["preferred"]), set(p["over"])) for p in found["preferences"]]
    assert any({"Rd", "Kd"} <= preferred and {"KRd", "DRd"} <= over for preferred, over in pairs)
    assert any({"KRd", "DRd"} <= preferred and {"Rd", "Kd"} <= over for preferred, over in pairs)
    assert any("triplet" in conflict["text"] and "doublet" in conflict["text"] for conflict in found["conflicts"])


def test_low_egfr_without_diagnosis_is_a_question():
    """An eGFR below 60 gives no caution, but asks whether renal function is impaired."""
    answer = option({"egfr": 59, "comorbidities": [], "prior_drugs": []}, "Rd")
    assert "comorbidities" in answer["caution_needs"]
    assert "comorbidities" not in answer["needs"]
    assert not [c for c in answer["cautions"] if c["trigger"] == "renal impairment"]
    assert "comorbidities" not in option({"egfr": 60, "comorbidities": [], "prior_drugs": []}, "Rd")["caution_needs"]
    absent = [{"name": "renal impairment", "present": False}, "hypertension"]
    assert (
        "comorbidities" not in option({"egfr": 59, "comorbidities": absent, "prior_drugs": []}, "Rd")["caution_needs"]
    )


def test_allogeneic_transplantation_is_for_the_fit_with_high_risk_cytogenetics():
    """Intermediate is not fit; what is not known is asked for."""
    high = {"prior_drugs": [], "cytogenetics": ["del(17p)"]}
    assert option({**high, "frailty": "fit"}, "alloSCT")["status"] == "option"
    assert option({**high, "frailty": "intermediate"}, "alloSCT")["status"] == "not_recommended"
    assert option({"prior_drugs": [], "cytogenetics": []}, "alloSCT")["status"] == "not_recommended"
    assert "frailty" in option(high, "alloSCT")["needs"]


CONTRADICTIONS = [
    {"cytogenetics": ["standard-risk", "del(17p)"]},
    {"prior_drugs": [{"drug": "bortezomib", "status": "refractory", "best_response": "CR",
                      "days_from_last_dose_to_progression": 90}]},
    {"prior_drugs": [{"drug": "bortezomib", "status": "relapsed_not_refractory",
                      "days_from_last_dose_to_progression": 30}]},
    {"prior_drugs": [{"drug": "bortezomib", "status": "relapsed_not_refractory", "best_response": "SD"}]},
    {"relapse": {"type": "biochemical", "findings": {"calcium_mg_dl": 12}}},
    {"relapse": {"meets_IMWG_PD": False, "findings": {"new_plasmacytoma_or_bone_lesion": True}}},
]  # fmt: skip


@pytest.mark.parametrize("patient", CONTRADICTIONS, ids=str)
def test_contradictions_are_refused(patient):
    """What is stated against its own facts is an error that names both."""
    with pytest.raises(PatientError, match="contradict") as caught:
        report(patient)
    assert "(" in str(caught.value)
    assert "\n" not in str(caught.value)


RISE = {"serum_m_protein_rise_percent": 40, "serum_m_protein_rise_g_dl": 1, "consecutive_measurements": 2}
SPACING, ATTRIBUTION = "relapse.findings.months_between_measurements", "relapse.findings.not_related_to_myeloma"


@pytest.mark.parametrize(
    ("relapse", "action", "key", "asked"),
    [
        ({"findings": RISE}, "start_treatment", SPACING, True),
        ({"findings": RISE | {"months_between_measurements": 2}}, "start_treatment", SPACING, False),
        ({"findings": RISE | {"months_between_measurements": 2.1}}, "watchful_follow_up", SPACING, False),
        ({"findings": {"creatinine_mg_dl": 3}}, "start_treatment", ATTRIBUTION, True),
        ({"findings": {"creatinine_mg_dl": 3, "not_related_to_myeloma": []}}, "start_treatment", ATTRIBUTION, False),
        ({"type": "clinical"}, "start_treatment", ATTRIBUTION, False),
    ],
)
def test_timing_asks_for_what_it_takes_as_given(relapse, action, key, asked):
    """A spacing or an attribution that is left out is taken as given, and named where the timing rests on it."""
    found = report({"relapse": relapse, "prior_drugs": [], "cytogenetics": ["standard-risk"]})["timing"]
    assert found["action"] == action
    assert (key in found["needs"]) is asked


def learned(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each fact that a patient file leaves out, as the name it has in needs, with the file that gives it."""
    for edit in Edits(KG.rule_base, document).all():
        value: Any = document
        for step in edit.path:
            known = isinstance(value, dict) or (isinstance(value, list) and isinstance(step, int) and step < len(value))
            value = (value.get(step) if isinstance(value, dict) else value[step]) if known else None
        above = document.get(str(edit.path[0]))
        if value is None and not (isinstance(above, list) and len(edit.path) == 2):
            yield edit.text.partition(": ")[0], apply_edits(document, [edit])


LINE = re.compile(r", line [^]]*")  # in a need also where only the count of lines implies it

SAMPLES = [pytest.param(4, 2, id="small"), *(pytest.param(seed, 15, marks=pytest.mark.slow) for seed in range(4))]


@pytest.mark.parametrize(("seed", "size"), SAMPLES)
def test_learning_a_fact_changes_no_answer_that_did_not_ask_for_it(seed, size):
    """Where a fact that was left out turns the status of an option, the option's needs had named it."""
    turned = 0
    for document in documents(KG.rule_base, seed, size):
        before = Derivation(KG.rule_base, resolve(document, KG.rule_base)).answers()
        for name, after in learned(document):
            try:
                answers = Derivation(KG.rule_base, resolve(after, KG.rule_base)).answers()
            except PatientError:
                continue
            status = {answer.option.label: answer.status for answer in answers}
            for answer in before:
                if status[answer.option.label] != answer.status:
                    turned += 1
                    needs = answer.needs if LINE.search(name) else {LINE.sub("", need) for need in answer.needs}
                    asked = any(need == name or name.startswith(f"{need}[") for need in needs)
                    assert asked, (answer.option.label, answer.status, name, answer.needs, document)
    assert turned > 6 * size
