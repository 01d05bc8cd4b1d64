"""Fit: how near an option stands to a patient, by the settings of the statements in favour of it."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from ruamel.yaml import YAML

from rrmm.derivation.explain import Derivation
from rrmm.errors import PatientError
from rrmm.patient.resolve import resolve
from support import ROOT, random_patients
from support.commands import checkout

GRAPH = checkout().view("br2020")
RULES = GRAPH.rule_base
FITS = ("fits", "unknown", "other_setting", "only_named")


def read(name):
    """Return a YAML file of the tests."""
    return YAML(typ="safe").load((ROOT / "tests" / name).read_text(encoding="utf-8"))


PATIENTS = {vignette["patient"]["id"]: vignette["patient"] for vignette in read("vignettes.yaml")["vignettes"]}
EXPECTED = read("fit.yaml")["fit"]


def answers(document, rules=RULES):
    """Return option → answer for a patient."""
    return {answer.option.label: answer for answer in Derivation(rules, resolve(document, rules)).answers()}


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: row["id"])
def test_the_fit_of_the_vignettes(row):
    """Each judged option of the twenty patients has the fit that was read from the review by hand."""
    found = answers(PATIENTS[row["id"]])
    for fit in FITS:
        assert {option: found[option].fit for option in row.get(fit, ())} == dict.fromkeys(row.get(fit, ()), fit)


def test_the_judged_cases_hold_every_fit():
    """The golden file judges hundreds of options, and each fit many times."""
    judged = Counter({fit: sum(len(row.get(fit, ())) for row in EXPECTED) for fit in FITS})
    assert min(judged.values()) > 50


BORTEZOMIB = {"drug": "bortezomib", "status": "refractory"}
LENALIDOMIDE = {"drug": "lenalidomide", "status": "refractory"}
STEROID = {"drug": "dexamethasone"}
FIRST = {"prior_lines": 1, "prior_drugs": [{**LENALIDOMIDE, "status": "exposed"}]}

RULES_OF_THE_TABLE = [
    ("recommended fits, whatever the lines", "Kd", {"prior_lines": 5, "prior_drugs": [LENALIDOMIDE]}, "fits"),
    ("not recommended, the lines decide", "Kd", {"prior_lines": 5, "prior_drugs": [STEROID]}, "other_setting"),
    ("inside the lines of the trial", "Kd", {"prior_lines": 2, "prior_drugs": [STEROID]}, "fits"),
    ("lines unknown", "Kd", {"prior_drugs": []}, "unknown"),
    ("printed for the disease as a whole", "TAS", {}, "fits"),
    ("an option without a statement", "Dara-Kd", {"prior_drugs": []}, "only_named"),
    ("a comparator", "carfilzomib monotherapy", {"prior_drugs": []}, "only_named"),
    ("only-if unmet", "alloSCT", {"cytogenetics": ["standard-risk"]}, "other_setting"),
    ("only-if met", "alloSCT", {"cytogenetics": ["del(17p)"], "frailty": "fit"}, "fits"),
    ("only-if unknown", "alloSCT", {"frailty": "fit"}, "unknown"),
    ("aggressive", "DCEP", {"relapse": {"aggressive_features": ["elevated LDH", "extramedullary disease"]}}, "fits"),
    ("not aggressive", "DCEP", {"relapse": {"aggressive_features": []}}, "other_setting"),
    ("access", "melphalan", {"access": ["new agents not affordable"]}, "fits"),
    ("no limit of access", "melphalan", {"access": []}, "other_setting"),
    ("excluded has no fit", "Kd", {"prior_drugs": [{"drug": "carfilzomib", "status": "refractory"}]}, None),
]


TABLE = [pytest.param(*case, id=name) for name, *case in RULES_OF_THE_TABLE]


@pytest.mark.parametrize(("option", "document", "fit"), TABLE)
def test_a_rule_of_the_table(option, document, fit):
    """Each rung of the ladder, accepted and rejected."""
    answer = answers({"id": "x", **document})[option]
    assert answer.fit == fit
    assert bool(answer.fit_because) == (fit is not None)
    if fit is None:
        assert not answer.fit_needs
    if fit == "unknown":
        assert answer.fit_needs


SHALLOW = {"best_response": "MR", "response_duration_mo": 3, "toxicity": "acceptable"}
DEEP = {"best_response": "VGPR", "response_duration_mo": 12, "toxicity": "acceptable"}


@pytest.mark.parametrize(("course", "fit"), [(SHALLOW, "other_setting"), (DEEP, "fits"), ({}, "unknown")])
def test_retreatment_fits_by_its_conditions(course, fit):
    """A drug fits again after a partial response of six months with acceptable toxicity."""
    drug = {"drug": "bortezomib", "line": 1, "days_from_last_dose_to_progression": 200, **course}
    document = {"id": "x", "prior_lines": 1, "prior_drugs": [drug], "transplant": {"prior_autoSCT": True}}
    assert answers(document)["retreatment: bortezomib"].fit == fit


def test_an_approval_counts_in_its_own_jurisdiction():
    """The US approval of panobinostat speaks in the United States alone, and its reason names it."""
    document = {"id": "x", "prior_drugs": [LENALIDOMIDE]}
    approval = "https://w3id.org/rrmm/id/drug/panobinostat.approval-us"
    assert approval in RULES.statements
    statements = {one.iri for one in RULES.favouring(next(o for o in RULES.options if o.label == "Pano-Vd"))}
    assert approval in statements
    for region in ("US", "DE"):
        reasons = {reason.rule for reason in answers({**document, "region": region})["Pano-Vd"].fit_because}
        assert approval not in reasons


def test_a_silenced_statement_speaks_for_nothing():
    """Without its statements an option is only named; without one of several the others count."""
    option = next(option for option in RULES.options if option.label == "Kd")
    statements = [one.iri for one in RULES.favouring(option)]
    document = {"id": "x", "prior_lines": 1, "prior_drugs": [STEROID]}
    assert answers(document)["Kd"].fit == "fits"
    assert answers(document, RULES.without(statements))["Kd"].fit == "only_named"


def test_superseded_guidance_is_named():
    """In double-refractory disease the lists for one drug are silent, and the option says so."""
    found = answers({"id": "x", "prior_lines": 2, "prior_drugs": [BORTEZOMIB, LENALIDOMIDE]})
    assert {reason.label for reason in found["Kd"].superseded} == {
        "Bortezomib-refractory: Kd",
        "Lenalidomide-refractory: Kd",
    }
    assert not answers({"id": "x", "prior_drugs": [BORTEZOMIB]})["Kd"].superseded


def test_what_could_add_a_caution_is_asked_for():
    """An unknown comorbidity stands in the needs of cautions and never in those of the status."""
    asked = answers({"id": "x", **FIRST})["Kd"]
    assert "comorbidities" in asked.caution_needs
    assert "comorbidities" not in asked.needs
    assert "comorbidities" not in answers({"id": "x", **FIRST, "comorbidities": []})["Kd"].caution_needs


KEYS = ("prior_lines", "age", "frailty", "cytogenetics", "access", "region", "ecog", "comorbidities")


@pytest.mark.parametrize("seed", range(4))
def test_a_fact_that_nothing_asks_for_changes_no_fit(seed):
    """Learning a fact that neither the needs of the fit nor those of the status name leaves the fit as it is."""
    random, learned = Random(seed), 0
    while learned < 60:
        whole = random_patients.document(RULES, random)
        known = [key for key in KEYS if key in whole]
        if not known:
            continue
        key = random.choice(known)
        try:
            before = answers({name: value for name, value in whole.items() if name != key})
            after = answers(whole)
        except PatientError:
            continue
        learned += 1
        for option, answer in before.items():
            if after[option].fit != answer.fit:
                assert any(need.startswith(key) for need in (*answer.fit_needs, *answer.needs)), (option, key, whole)


ABNORMALITIES = [
    ("Kd", ["del(17p)"], {"del(17p)": "not_significant"}),
    ("Kd", ["t(4;14)"], {"t(4;14)": "significant"}),
    ("Kd", ["t(14;16)"], {"t(14;16)": "nothing"}),
    ("ERd", ["del(17p)", "t(14;16)"], {"del(17p)": "figure_without_test", "t(14;16)": "nothing"}),
    ("Kd", ["standard-risk"], {}),
]


@pytest.mark.parametrize(("option", "cytogenetics", "printed"), ABNORMALITIES)
def test_each_abnormality_is_answered_by_itself(option, cytogenetics, printed):
    """What is printed of del(17p) never stands for t(14;16); what is printed has its reason."""
    report = GRAPH.regimens_for({"prior_drugs": [], "cytogenetics": cytogenetics}, evidence=False)
    details = report.option(option)["high_risk_detail"]
    assert {detail["abnormality"]: detail["printed"] for detail in details} == printed
    assert all(detail["because"] for detail in details if detail["printed"] != "nothing")


CONDITIONS = [
    ([BORTEZOMIB, LENALIDOMIDE], "yes", []),
    ([BORTEZOMIB, {**LENALIDOMIDE, "status": "relapsed_not_refractory"}], "no", []),
    (None, "unknown", ["prior_drugs"]),
]


@pytest.mark.parametrize(("drugs", "met", "needs"), CONDITIONS)
@pytest.mark.parametrize("region", ["US", "KR", None])
def test_the_condition_of_an_approval_is_judged_wherever_the_patient_lives(region, drugs, met, needs):
    """Panobinostat: refractory to bortezomib and lenalidomide in the US, not approved in Korea."""
    document = {"region": region, "prior_drugs": drugs}
    found = GRAPH.regimens_for(document, evidence=False).option("Pano-Vd")["approvals"]
    by_place = {one["jurisdiction"]: one for one in found}
    assert (by_place["US"]["state"], by_place["US"]["met"], by_place["US"]["needs"]) == ("approved", met, needs)
    assert (by_place["KR"]["state"], by_place["KR"]["met"]) == ("not_approved", "unknown")
    assert by_place["US"]["source"]["spans"]


def test_what_is_new_and_what_is_given_again():
    """PVd after lenalidomide: new drugs of a class given before; corticosteroids are not counted."""
    option = GRAPH.regimens_for({"prior_drugs": [LENALIDOMIDE]}, evidence=False).option("PVd")
    assert option["new"] == ["bortezomib", "pomalidomide", "proteasome inhibitor"]
    assert option["given_again"] == ["immunomodulatory drug"]
    silent = GRAPH.regimens_for({}, evidence=False).option("PVd")
    assert silent["new"] == silent["given_again"] == []


def test_a_change_of_class_is_preferred_to_every_option_that_gives_a_drug_again():
    """The preference stands against open regimens with a prior drug, not only against its retreatment."""
    drug = {"drug": "lenalidomide", "best_response": "VGPR", "response_duration_mo": 12, "toxicity": "acceptable"}
    document = {"prior_lines": 1, "prior_drugs": [{**drug, "line": 1, "days_from_last_dose_to_progression": 300}]}
    report = GRAPH.regimens_for(document, evidence=False).data
    over = {name for one in report["preferences"] if one["preferred"] == ["class change"] for name in one["over"]}
    assert {"Rd", "KRd"} <= over
    assert not {"Kd", "Pd", "Vd"} & over


def test_comparisons_are_findings_on_open_options():
    """KRd over Rd in ASPIRE, within its lines and outside; none on an excluded option."""
    document = {"prior_drugs": [STEROID], "cytogenetics": ["standard-risk"]}
    for lines, matches in ((1, "yes"), (4, "no"), (None, "unknown")):
        report = GRAPH.regimens_for({**document, "prior_lines": lines}).data
        rows = [one for one in report["comparisons"] if one["regimen"] == "KRd" and one["endpoint"] == "PFS"]
        assert {(one["over"], one["direction"], one["trial"]) for one in rows} >= {("Rd", "favours", "ASPIRE")}
        assert {one["population_matches"] for one in rows} == {matches, "no"}
    closed = GRAPH.regimens_for({"prior_drugs": [LENALIDOMIDE]}).data["comparisons"]
    assert not [one for one in closed if one["regimen"] == "KRd"]
