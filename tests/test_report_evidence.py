"""The evidence of a report: the patient's own first, both arms in a row, each result once, never ranked."""

from __future__ import annotations

import re

import pytest

LOOK = ("TOURMALINE-MM1", "all", "PFS")


POPULATIONS = [
    (["del(17p)"], ["del(17p)", "all high-risk", "all"]),
    (["t(4;14)"], ["t(4;14)", "all high-risk", "all"]),
    (["t(14;16)"], ["all high-risk", "all"]),
    (["standard-risk"], ["all"]),
]


@pytest.mark.parametrize(("cytogenetics", "first"), POPULATIONS)
def test_the_patients_own_subgroup_comes_first(kg, cytogenetics, first):
    """The own abnormality, then the pooled group that holds it, then the trial, then the others."""
    evidence = kg.regimens_for({"prior_drugs": [], "cytogenetics": cytogenetics}).option("Kd")["evidence"]
    shown = list(dict.fromkeys(result["population"] for result in evidence))
    assert shown[: len(first)] == first
    refractory = {"lenalidomide-refractory", "proteasome-inhibitor-refractory"}
    assert set(shown) == {"all", "all high-risk", "del(17p)", "t(4;14)", "standard risk", *refractory}


def test_results_are_never_ranked(kg):
    """Within a population the results stand in the order of their source, whatever their values."""
    for option in kg.regimens_for({"prior_drugs": []}).data["options"]:
        for source in ("br2020", "pdq2025"):
            rows = [r for r in option["evidence"] if r["population"] == "all" and r["source"]["source"] == source]
            for updated in (False, True):
                starts = [r["source"]["spans"][0][0] for r in rows if bool(r["updated_by"]) == updated]
                assert starts == sorted(starts)


def test_later_looks_come_first(kg):
    """The publication leads, then the latest source; later looks come before what they update."""
    report = kg.regimens_for({"prior_drugs": []})
    evidence = report.option("IRd")["evidence"]
    whole = [r for r in evidence if (r["trial"], r["population"], r["endpoint"]) == ("TOURMALINE-MM1", "all", "PFS")]
    ratios = [(r["effect"]["as_printed"], r["effect"]["interval"], r["source"]["source"]) for r in whole]
    assert ratios == [
        ("0.74", None, "pubmed-27119237"),
        ("0.66", [0.47, 0.93], "pdq2025"),
        ("0.74", None, "br2020"),
    ]
    copied = {r["source"]["source"]: [one["outcome"] for one in r["published"]] for r in whole}
    assert copied == {
        "pubmed-27119237": [],
        "pdq2025": ["same", "same", "otherwise", "otherwise"],
        "br2020": ["same"] * 3,
    }
    places = {(one["source"]["source"], one["source"]["section"]) for row in whole for one in row["published"]}
    assert places == {("pubmed-27119237", "PubMed 27119237, line 6 of the record")}
    updated = 0
    for option in report.data["options"]:
        places = {row["result"]: place for place, row in enumerate(option["evidence"])}
        for row in option["evidence"]:
            if row["updated_by"] in places:
                updated += 1
                assert places[row["updated_by"]] < places[row["result"]]
    assert updated


LINES = [({}, "unknown"), ({"prior_lines": 1}, "yes"), ({"prior_lines": 2}, "yes"), ({"prior_lines": 3}, "no")]


@pytest.mark.parametrize(("patient", "within"), LINES)
def test_prior_lines_against_the_range_of_the_trial(kg, patient, within):
    """ENDEAVOR prints one to two prior lines; what is not known stays unknown."""
    evidence = kg.regimens_for({**patient, "prior_drugs": [{"drug": "dexamethasone"}]}).option("Kd")["evidence"]
    whole = [r for r in evidence if r["trial"] == "ENDEAVOR" and r["population"] == "all"]
    assert {r["population_matches"] for r in whole} == {within}


def test_a_population_of_which_nothing_is_printed_is_unknown(kg):
    """Silence on whom a study enrolled is never a match."""
    evidence = kg.regimens_for({"prior_lines": 1, "prior_drugs": [{"drug": "dexamethasone"}]}).option(
        "thalidomide monotherapy"
    )["evidence"]
    assert {r["population_matches"] for r in evidence} == {"unknown"}


def test_both_arms_and_their_comparison_stand_in_one_row(kg):
    """Kd in ENDEAVOR: both medians and the hazard ratio; in del(17p) the test without a ratio."""
    evidence = kg.regimens_for({"prior_drugs": []}).option("Kd")["evidence"]
    rows = {(r["population"], r["endpoint"], r["statistic"]): r for r in evidence if r["trial"] == "ENDEAVOR"}
    whole, high_risk = rows["all", "PFS", "median"], rows["all high-risk", "PFS", "median"]
    assert (whole["as_printed"], whole["comparator"], whole["comparator_as_printed"]) == ("18.7", "Vd", "9.4")
    assert (whole["effect"]["statistic"], whole["effect"]["as_printed"]) == ("hazard ratio", "0.53")
    assert (high_risk["comparator_as_printed"], high_risk["effect"]["p"]) == ("6.0", "0.025")
    assert ("all", "PFS", "hazard ratio") not in rows


def test_a_publication_stands_in_place_of_its_copies(kg):
    """In the short report the copy that says the same is out, one that says otherwise stays, and so does the whole."""
    report = kg.regimens_for({"prior_drugs": []})

    def shown(data):
        (option,) = (option for option in data["options"] if option["option"] == "IRd")
        rows = [r for r in option["evidence"] if (r["trial"], r["population"], r["endpoint"]) == LOOK]
        return [r["source"]["source"] for r in rows if r["effect"]]

    assert shown(report.to_dict(everything=True)) == ["pubmed-27119237", "pdq2025", "br2020"]
    assert shown(report.to_dict()) == ["pubmed-27119237", "pdq2025"]
    alone = kg.view("br2020").regimens_for({"prior_drugs": []})
    assert shown(alone.to_dict()) == ["br2020"]


@pytest.mark.parametrize("form", ["to_text", "to_whole_text", "to_markdown", "to_html", "to_json", "to_fhir"])
def test_a_unit_stands_beside_numbers_alone(kg, form):
    """A median that is not reached is no number of months, and a range in percent needs no second sign."""
    report = kg.regimens_for({"prior_drugs": [{"drug": "lenalidomide", "status": "refractory"}]})
    text = getattr(report, form)()
    assert not re.search(r"reached mo\b|% %", re.sub(r"<[^>]*>", "", text))
    if form in {"to_markdown", "to_html"}:
        assert "not reached against 7.9 mo" in text


def test_every_result_of_an_option_is_shown_once(kg):
    """The evidence of the options holds each result of their arms, with the doubts that concern it."""
    rows = kg.sparql(
        """PREFIX rrmm: <https://w3id.org/rrmm/ontology#>
        SELECT ?result ?as_printed ?discrepancy WHERE {
          ?result a rrmm:Result ; rrmm:printedValue ?as_printed ;
                  rrmm:group/rrmm:regimen <https://w3id.org/rrmm/id/regimen/ird> .
          OPTIONAL { ?discrepancy a rrmm:Discrepancy ; rrmm:concerns ?result } }"""
    ).to_dicts()
    evidence = kg.regimens_for({"prior_drugs": []}).option("IRd")["evidence"]
    printed = {str(row["as_printed"]) for row in rows}
    effects = [r["effect"] or {} for r in evidence]
    shown = {r["as_printed"] for r in evidence} | {e.get(key) for e in effects for key in ("as_printed", "p")} - {None}
    assert shown == printed
    assert {r["result"] for r in evidence} <= {str(row["result"]) for row in rows}
    assert len({r["result"] for r in evidence}) == len(evidence)
    doubts = {iri for r in evidence for iri in r["discrepancies"]}
    assert {row["discrepancy"] for row in rows if row["discrepancy"]} <= doubts
