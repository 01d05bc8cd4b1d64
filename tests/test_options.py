"""From a patient to the status of every option; test_derivation.py holds the vignettes to their statements."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from rrmm.rules.effects import STATUSES
from support import ROOT
from support.commands import checkout

VIGNETTES = YAML(typ="safe").load((ROOT / "tests" / "vignettes.yaml").read_text(encoding="utf-8"))["vignettes"]
KG = checkout().view("br2020")
COMPONENTS = {iri: label for option in KG.rule_base.options for iri, label in option.components.items()}
DRUGS = sorted(label for iri, label in COMPONENTS.items() if "/id/drug/" in iri)


def status_of(patient: dict[str, Any]) -> dict[str, str]:
    """Return the status of each option by its name."""
    return {option["option"]: option["status"] for option in KG.regimens_for(patient).data["options"]}


def expectations(key: str) -> list[Any]:
    """Return the patients for which the vignettes state `key`, with what they state."""
    return [
        pytest.param(vignette["patient"], set(vignette["expected"][key]), id=vignette["id"])
        for vignette in VIGNETTES
        if vignette["expected"].get(key)
    ]


@pytest.mark.parametrize("vignette", VIGNETTES, ids=lambda vignette: vignette["id"])
def test_nothing_else_is_recommended(vignette):
    """Where the vignette lists what is recommended, nothing outside its lists is."""
    expected = vignette["expected"]
    allowed = {name for key in ("must_recommend", "may_recommend", "must_offer") for name in expected.get(key, [])}
    allowed |= {entry["regimen"] for entry in expected.get("unscored", [])}
    named = {name for name, status in status_of(vignette["patient"]).items() if status == "recommended"}
    assert named <= allowed


@pytest.mark.parametrize(("patient", "names"), expectations("must_not_recommend"))
def test_advice_against(patient, names):
    """What the review advises against is not offered."""
    statuses = status_of(patient)
    assert {statuses[name] for name in names} <= {"not_recommended", "excluded", "investigational"}


CAUTIONS = [
    ("V05", "IRd", "lenalidomide", "renal impairment"),
    ("V05", "IRd", "ixazomib", "renal impairment"),
    ("V26", "Kd", "carfilzomib", "heart failure"),
    ("V29", "DVd", "bortezomib", "peripheral neuropathy"),
    ("V32", "PCd", "pomalidomide", "thrombosis"),
    ("V35", "VTd", "thalidomide", "peripheral neuropathy"),
]


@pytest.mark.parametrize(("vignette", "option", "agent", "trigger"), CAUTIONS)
def test_comorbidity_cautions_name_drug_trigger_and_source(vignette, option, agent, trigger):
    """A comorbidity brings the caution on the very drug that aggravates it, with its address."""
    patient = next(v["patient"] for v in VIGNETTES if v["id"] == vignette)
    cautions = KG.regimens_for(patient).option(option)["cautions"]
    hits = [c for c in cautions if c["agent"] == agent and c["trigger"] == trigger]
    assert hits
    assert hits[0]["because"]["source"]["section"] == "Comorbidities"
    assert hits[0]["because"]["source"]["spans"]


def test_kd_carries_no_renal_caution():
    """Kidneys bring no caution on carfilzomib: the review prints none."""
    report = KG.regimens_for({"comorbidities": ["renal impairment"], "prior_drugs": []})
    assert not [c for c in report.option("Kd")["cautions"] if c["trigger"] == "renal impairment"]


REFRACTORY = [
    ({"days_from_last_dose_to_progression": 59, "best_response": "PR"}, "excluded"),
    ({"days_from_last_dose_to_progression": 60, "best_response": "PR"}, "excluded"),
    ({"days_from_last_dose_to_progression": 61, "best_response": "PR"}, "option"),
    ({"days_from_last_dose_to_progression": 61, "best_response": "MR"}, "not_recommended"),
    ({"days_from_last_dose_to_progression": 61, "best_response": "SD"}, "excluded"),
    ({"days_from_last_dose_to_progression": 61}, "undetermined"),
    ({"status": "exposed"}, "undetermined"),
    ({"status": "exposed", "days_from_last_dose_to_progression": 30}, "excluded"),
    ({"status": "intolerant"}, "excluded"),
    ({"status": "relapsed_not_refractory"}, "option"),
]


@pytest.mark.parametrize(("course", "status"), REFRACTORY)
def test_the_course_of_a_drug_decides_its_regimens(course, status):
    """Sixty days and a minor response are the borders of refractoriness, a partial one that of reuse."""
    assert status_of({"prior_drugs": [{"drug": "lenalidomide", **course}], "region": "US"})["Rd"] == status


def test_unknown_history_leaves_every_drug_regimen_undetermined():
    """Without prior drugs nothing is known of refractoriness, and the report asks for it."""
    report = KG.regimens_for({"age": 70})
    assert report.option("KRd")["status"] == "undetermined"
    assert "prior_drugs" in report.option("KRd")["needs"]


def test_corticosteroids_close_nothing():
    """Refractoriness to dexamethasone closes no regimen."""
    statuses = status_of({"prior_drugs": [{"drug": "dexamethasone", "status": "refractory"}], "region": "US"})
    assert "excluded" not in statuses.values()


@pytest.mark.parametrize(("region", "status"), [("KR", "excluded"), ("US", "option"), ("DE", "option")])
def test_only_a_printed_non_approval_excludes(region, status):
    """Panobinostat is excluded in Korea alone; silence on approval changes nothing."""
    assert status_of({"prior_drugs": [], "region": region})["Pano-Vd"] == status


def test_unknown_region_is_asked_for():
    """Where approval would decide and the region is not known, the report asks."""
    assert "region" in KG.regimens_for({"prior_drugs": []}).option("Pano-Vd")["needs"]


def test_every_option_is_listed_with_a_reason():
    """No answer is empty without saying why: every status of every option has a reason."""
    for patient in ({"prior_drugs": []}, {"prior_drugs": [{"drug": "bortezomib", "status": "refractory"}]}, {}):
        report = KG.regimens_for(patient)
        assert sum(option["kind"] != "retreatment" for option in report.data["options"]) == 47
        assert [o["option"] for o in report.data["options"] if not o["because"]] == []


def test_high_risk_evidence_is_for_high_risk_patients():
    """The words on high-risk disease come with high-risk cytogenetics and not otherwise."""
    high = KG.regimens_for({"prior_drugs": [], "cytogenetics": ["del(17p)"]})
    wanted = {
        "IRd": "significant",
        "Kd": "significant",
        "KRd": "improved_not_significant",
        "Rd": "controversial",
        "Td": "none",
    }
    assert {name: high.option(name)["high_risk_evidence"] for name in wanted} == wanted
    standard = KG.regimens_for({"prior_drugs": [], "cytogenetics": ["standard-risk"]})
    assert {option["high_risk_evidence"] for option in standard.data["options"]} == {None}


drugs = st.lists(st.sampled_from(DRUGS), unique=True, max_size=4)


@given(drugs, st.sampled_from(DRUGS))
@settings(max_examples=60, deadline=None)
def test_one_more_refractory_drug_never_opens_a_regimen_that_contains_it(before, added):
    """Refractoriness closes and never opens."""
    course = lambda names: {"region": "US", "prior_drugs": [{"drug": d, "status": "refractory"} for d in names]}  # noqa: E731
    rank = {status: number for number, status in enumerate(STATUSES)}
    first, second = status_of(course(before)), status_of(course(sorted({*before, added})))
    for option in KG.rule_base.options:
        if added in option.components.values():
            assert rank[second[option.label]] <= rank[first[option.label]]


@given(st.lists(st.sampled_from(["heart failure", "renal impairment", "thrombosis", "diabetes mellitus"]), unique=True))
@settings(max_examples=16, deadline=None)
def test_one_more_comorbidity_never_removes_a_caution(comorbidities):
    """Cautions add up."""
    texts = lambda names: {  # noqa: E731
        (o["option"], c["text"])
        for o in KG.regimens_for({"prior_drugs": [], "comorbidities": names}).data["options"]
        for c in o["cautions"]
    }
    assert texts(comorbidities) <= texts([*comorbidities, "peripheral neuropathy"])
