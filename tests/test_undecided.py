"""Circumstances that no key tells, what a source dates, withdraws and replaces, and doses in dialysis."""

from __future__ import annotations

import pytest

LATE = {
    "prior_lines": 3,
    "prior_drugs": [
        {"drug": "bortezomib", "line": 1, "status": "refractory"},
        {"drug": "lenalidomide", "line": 2, "status": "refractory"},
    ],
}
AFTER_REINDUCTION = "Allogeneic transplantation after reinduction in fit patients"
CLEARANCE, LOW_CLEARANCE, DIALYSIS = (
    "Lenalidomide: 10 mg daily at a creatinine clearance of 30–50",
    "Lenalidomide: 15 mg every other day at a creatinine clearance below 30",
    "Lenalidomide: 15 mg after dialysis",
)


def option(kg, patient, name, **view):
    """Return an option of a patient."""
    return kg.regimens_for(patient, evidence=False, **view).option(name)


# -- circumstances that no key tells


def test_a_statement_with_an_undecided_circumstance_is_never_known_to_hold(kg):
    """All that a key tells holds, and the fit is unknown; the report names what is not told."""
    (guidance,) = (one for one in kg.rule_base.guidance if one.label == AFTER_REINDUCTION)
    report = kg.regimens_for(LATE | {"frailty": "fit"}, sources="pdq2025")
    states = {state["state"]: state["holds"] for state in report.data["states"]}
    assert {states[kg.rule_base.states[iri].label] for iri in guidance.setting} == {"yes"}
    fit = report.option("alloSCT")
    assert (fit["status"], fit["fit"], fit["fit_needs"]) == ("option", "unknown", [])
    assert [reason["label"] for reason in fit["fit_because"]] == [AFTER_REINDUCTION]
    assert guidance.undecided == "response to reinduction, which lies ahead"
    assert guidance.undecided in " ".join(report.to_text().split())


def test_a_statement_with_an_undecided_circumstance_can_be_known_not_to_hold(kg):
    """Where what a key tells fails, the statement is for others."""
    assert option(kg, LATE | {"frailty": "frail"}, "alloSCT", sources="pdq2025")["fit"] == "other_setting"


def test_sparql_and_cohorts_leave_it_open_too(kg):
    """No formulation decides what no key tells."""
    import polars as pl

    patient = LATE | {"frailty": "fit"}
    assert kg.regimens_for(patient, engine="sparql", sources="pdq2025").options["alloSCT"] == "option"
    row = pl.DataFrame({"id": ["P"], "frailty": ["fit"], "prior_lines": [3]})
    answers = kg.cohort(row, sources="pdq2025").collect().filter(pl.col("option").cast(str) == "alloSCT")
    assert answers["fit"].cast(str).to_list() == ["unknown"]


# -- approvals: dated, withdrawn, replaced


def approvals(kg, name, **patient):
    """Return state → date of the dated approvals of an option."""
    told = option(kg, LATE | patient, name)["approvals"]
    return {one["state"]: one["as_of"] for one in told if one["as_of"]}


def test_a_withdrawn_approval_is_told_with_its_date_in_place_of_the_approval(kg):
    """The withdrawal of 2023 and the non-approval of the date of the source; the approval of 2020 is replaced."""
    assert approvals(kg, "belantamab-Pd") == {"withdrawn": "2023", "not_approved": "2025-04-25"}
    printed = kg.store.rows(
        "PREFIX rrmm: <https://w3id.org/rrmm/ontology#> SELECT ?date WHERE {"
        " ?a rrmm:ofDrug <https://w3id.org/rrmm/id/drug/belantamab-mafodotin> ; rrmm:asOf ?date } ORDER BY ?date"
    )
    assert [row["date"] for row in printed] == ["2020", "2023", "2025-04-25"]


@pytest.mark.parametrize(("region", "status"), [("US", "excluded"), ("KR", "option"), (None, "option")])
def test_a_withdrawal_closes_the_option_in_its_jurisdiction_alone(kg, region, status):
    """A patient elsewhere, or who may be elsewhere, keeps the option."""
    patient = LATE if region is None else LATE | {"region": region}
    assert option(kg, patient, "belantamab-Pd")["status"] == status


@pytest.mark.parametrize("name", ["cilta-cel", "ide-cel"])
def test_the_narrower_approval_counts_in_place_of_the_one_it_replaces(kg, name):
    """One approval is told, with its condition; a general one that it replaces would be met by everyone."""
    (approval,) = option(kg, LATE, name)["approvals"]
    assert "lenalidomide-refractory" in approval["condition"]
    assert approval["met"] == "yes"
    exposed = [{"drug": "lenalidomide", "line": 1, "status": "relapsed_not_refractory"}]
    (unmet,) = option(kg, {"prior_lines": 1, "prior_drugs": exposed}, name)["approvals"]
    assert unmet["met"] == "no"


@pytest.mark.parametrize(("day", "listed"), [("2025-04-24", False), ("2025-04-25", True), ("2025", True)])
def test_an_approval_is_known_from_the_day_of_its_source(kg, day, listed):
    """Before the source was published neither the option nor its approval is known."""
    report = kg.regimens_for(LATE, as_of=day, evidence=False)
    assert ("cilta-cel" in {one["option"] for one in report.data["options"]}) is listed
    assert ("pdq2025" in {one["source"] for one in report.data["knowledge"]["sources"]}) is listed


# -- doses in dialysis


@pytest.mark.parametrize(
    ("patient", "doses", "superseded"),
    [
        ({"dialysis": True, "creatinine_clearance": 40}, [DIALYSIS], [CLEARANCE]),
        ({"dialysis": False, "creatinine_clearance": 40}, [CLEARANCE], []),
        ({"creatinine_clearance": 40}, [CLEARANCE], []),
        ({"dialysis": True, "creatinine_clearance": 20}, [DIALYSIS], []),
        ({"dialysis": False, "creatinine_clearance": 20}, [LOW_CLEARANCE], []),
        ({"dialysis": False, "creatinine_clearance": 60}, [], []),
        ({"dialysis": True}, [DIALYSIS], []),
    ],
)
def test_the_dose_after_dialysis_silences_that_by_clearance(kg, patient, doses, superseded):
    """One dose of lenalidomide is told; the one that dialysis silences is shown as superseded."""
    history = {
        "prior_lines": 2,
        "prior_drugs": [{"drug": "bortezomib", "line": 1}, {"drug": "lenalidomide", "line": 2, "status": "exposed"}],
    }
    krd = option(kg, history | patient, "KRd")
    given = [caution["because"]["label"] for caution in krd["cautions"]]
    assert [label for label in given if label in {CLEARANCE, LOW_CLEARANCE, DIALYSIS}] == doses
    assert [reason["label"] for reason in krd["superseded"]] == superseded
    assert ("dialysis" in krd["caution_needs"]) is ("dialysis" not in patient)
