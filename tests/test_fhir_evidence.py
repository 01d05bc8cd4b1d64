"""Comparisons as Evidence of FHIR R5: valid, complete, with digits, levels and doubts as printed."""

from __future__ import annotations

import json
import re

import pytest
from fhir.resources.bundle import Bundle

from rrmm.iris import ID
from rrmm.publish import export


@pytest.fixture(scope="module")
def text(kg):
    """Return the Bundle as text."""
    (content,) = export.build(kg.files, "fhir-evidence", "rrmm.json").values()
    return content.decode()


@pytest.fixture(scope="module")
def entries(text):
    """Return IRI → Evidence."""
    return {entry["fullUrl"]: entry["resource"] for entry in json.loads(text)["entry"]}


def test_the_bundle_is_valid(text):
    """The models of FHIR R5 accept it; ids are unique and references lead to an entry."""
    bundle = Bundle.model_validate_json(text)
    ids = [entry.resource.id for entry in bundle.entry]
    assert len(set(ids)) == len(ids) > 60
    references = re.findall(r'"reference": "Evidence/([^"]+)"', text)
    assert references
    assert set(references) <= set(ids)


@pytest.mark.parametrize(
    "change", [('"level": 0.95,', '"level": "high",'), ('"variableRole"', '"role"'), ('"range"', '"ranges"')]
)
def test_the_validation_can_fail(text, change):
    """A level in words, a missing role and a misspelt element are refused."""
    with pytest.raises(ValueError, match="validation error"):
        Bundle.model_validate_json(text.replace(*change))


def test_every_hazard_ratio_is_there_with_its_interval(kg, entries):
    """Nothing is left out, and ends and level are those of the table of results."""
    rows = [row for row in kg.query("results").to_dicts() if row["statistic"] == "hazard ratio"]
    assert {row["result"] for row in rows} <= set(entries)
    for row in rows:
        estimates = entries[row["result"]]["statistic"][0].get("attributeEstimate", [])
        intervals = [one for one in estimates if "range" in one]
        assert len(intervals) == bool(row["ci_lower"])
        for one in intervals:
            assert one["range"]["low"]["value"] == float(row["ci_lower"])
            assert one["level"] == pytest.approx(float(row["ci_level"]) / 100)
        graded = [one["rating"]["text"] for one in entries[row["result"]].get("certainty", [])]
        assert graded == ([row["level_of_evidence"]] if row["level_of_evidence"] else [])


def test_one_comparison_as_printed(entries, text):
    """IRd in TOURMALINE-MM1: HR 0.66 (95% CI 0.47-0.93), P .016, level B1, in doubt against 0.74."""
    evidence = entries[f"{ID}trial/tourmaline-mm1.pdq2025-pfs-hr-ird"]
    (statistic,) = evidence["statistic"]
    assert statistic["statisticType"]["coding"][0]["code"] == "C93150"
    interval, test = statistic["attributeEstimate"]
    assert (interval["description"], interval["level"]) == ("95% CI 0.47–0.93", 0.95)
    assert (test["description"], test["quantity"]) == ("P .016", {"value": 0.016})
    assert [one["rating"]["text"] for one in evidence["certainty"]] == ["B1"]
    assert any("0.66 in PDQ 2025 against 0.74" in note["text"] for note in evidence["note"])
    roles = [one["variableRole"]["coding"][0]["code"] for one in evidence["variableDefinition"]]
    assert roles == ["population", "exposure", "referenceExposure", "measuredVariable"]
    assert '"value": 0.70' in text
    assert '"level": 0.954' in text


def test_what_a_publication_prints_is_there_with_its_citation(kg, entries):
    """Each ratio of a publication that was read is an Evidence, found by citation, line, figure and DOI or PMID."""
    rows = [row for row in kg.query("history-of-trial").to_dicts() if row["statistic"] == "hazard ratio"]
    published = [row["result"] for row in rows if row["source"] not in {one.name for one in kg.rule_base.sources}]
    assert len(published) > 50
    controlled = {iri for iri, one in entries.items() if one["statistic"][0]["statisticType"]["text"] == "hazard ratio"}
    assert set(published) <= controlled
    evidence = entries[f"{ID}trial/tourmaline-mm1.pubmed-27119237-pfs-hr-ird"]
    assert evidence["citeAsMarkdown"] == (
        "Moreau P, Masszi T, Grzasko N, et al. N Engl J Med 374 (17): 1621-34, 2016, "
        "PubMed 27119237, line 6 of the record, figure 0.74"
    )
    assert evidence["date"] == "2016"
    documents = [one["document"]["url"] for one in evidence["relatedArtifact"] if one["type"] == "derived-from"]
    assert documents == ["https://doi.org/10.1056/NEJMoa1516282", "https://pubmed.ncbi.nlm.nih.gov/27119237"]


def test_a_report_on_a_publication_is_no_evidence(kg, entries):
    """What was read in a report alone opens a question: it is no Evidence."""
    reported = kg.sparql(
        "PREFIX rrmm: <https://w3id.org/rrmm/ontology#> SELECT ?result WHERE {"
        " ?result rrmm:statistic rrmm:HazardRatio ; rrmm:statedIn/rrmm:ofSource/rrmm:completeness rrmm:SummaryPage }"
    ).to_dicts()
    assert reported
    assert {row["result"] for row in reported}.isdisjoint(entries)


def test_what_is_printed_without_a_number_has_no_quantity(entries):
    """N/A stays in words; a P value below a bound has its comparator."""
    without = [one for one in entries.values() if "quantity" not in one["statistic"][0]]
    assert all(re.search("N/A|NA", one["statistic"][0]["description"]) for one in without)
    tests = [test for one in entries.values() for test in one["statistic"][0].get("attributeEstimate", [])]
    assert any(test.get("quantity", {}).get("comparator") == "<" for test in tests)
    assert any("one-sided" in test["description"] for test in tests)
