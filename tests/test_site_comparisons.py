"""The numbers of studies side by side: what stands in one line, what beside a copy, and under which heading."""

from __future__ import annotations

import pytest

from rrmm.iris import ID, RRMM
from rrmm.site.comparisons import Comparisons, strip
from rrmm.site.index import Index
from rrmm.site.pages import Pages
from support.html import text_of


def row(result, **values):
    """Return a result as the query gives it: the median PFS of an arm in the whole study, unless told otherwise."""
    usual = {
        "result": result,
        "study": "s",
        "study_label": "S",
        "population": "s.all",
        "population_label": "all",
        "endpoint": "pfs",
        "endpoint_label": "PFS",
        "statistic": RRMM + "Median",
        "statistic_label": "median",
        "arm": "s.a",
        "printed": "10",
        "book": "b",
    }
    return usual | values


RATIO = {"statistic": RRMM + "HazardRatio", "statistic_label": "hazard ratio", "printed": "0.5", "value": 0.5}


def lines(*rows, prints=()):
    """Return the lines of rows as the results in each."""
    return [
        [one["result"] for one in line.rows] for line in Comparisons(rows, prints).lines({r["result"] for r in rows})
    ]


def test_arms_and_their_comparison_stand_in_one_line():
    """Both arms and the ratio of one endpoint are one line; another endpoint, look, source or study is another."""
    both = [row("a"), row("b", arm="s.b"), row("r", **RATIO)]
    assert lines(*both) == [["a", "b", "r"]]
    for other in ({"endpoint": "os"}, {"look": "l"}, {"book": "c"}, {"study": "t"}, {"months": 12.0}):
        assert lines(*both, row("x", **other)) == [["a", "b", "r"], ["x"]], other


def test_what_is_compared_comes_first():
    """An endpoint with a ratio stands before one without, and the whole study before a subgroup."""
    assert lines(
        row("o", endpoint="orr"), row("sub", population="s.x", population_label="x"), row("a"), row("r", **RATIO)
    ) == [
        ["a", "r"],
        ["sub"],
        ["o"],
    ]


def test_a_number_printed_twice_stands_once():
    """A twin with the same print is left out; one that differs, and one that is no twin, stays."""
    assert lines(row("a", twin="b"), row("b", twin="a")) == [["a"]]
    assert lines(row("a", twin="b"), row("b", twin="a", printed="11")) == [["a", "b"]]
    assert lines(row("a"), row("b")) == [["a", "b"]]


def test_a_publication_stands_beside_its_copy():
    """What it prints is with the copy, without a line of its own; what nobody copied has one."""
    rows = [row("a"), row("p", book="paper"), row("q", book="paper", endpoint="os")]
    prints = [{"result": "a", "outcome": "otherwise", "published_as": "p"}]
    comparisons = Comparisons(rows, prints)
    assert lines(*rows, prints=prints) == [["a"], ["q"]]
    assert [(one.outcome, one.row["result"]) for one in comparisons.prints["a"]] == [("otherwise", "p")]


def test_publications_lead():
    """What was read of a publication stands before its endpoint's other prints; a report on one keeps its place."""
    rows = [row("a"), row("s", book="report"), row("p", book="paper", read="whole"), row("o", endpoint="os")]
    assert lines(*rows) == [["p"], ["a"], ["s"], ["o"]]


def test_a_study_has_parts():
    """Whole study, subgroups, harms and whom it enrolled each have their heading, and empty ones have none."""
    rows = [
        row("a"),
        row("x", population="s.x", population_label="x"),
        row("n", endpoint="n", endpoint_label="N"),
        row("h", endpoint="harm", endpoint_label="anemia", statistic=RRMM + "Incidence"),
    ]
    parts = Comparisons(rows, ()).of_study({"a", "x", "n", "h"})
    assert [(part.title, [line.first["result"] for line in part.lines]) for part in parts] == [
        ("Results", ["a"]),
        ("In subgroups", ["x"]),
        ("Harms", ["h"]),
        ("Whom it enrolled", ["n"]),
    ]
    assert [part.title for part in Comparisons(rows, ()).of_study({"a"})] == ["Results"]


def test_studies_stand_under_their_control_arm():
    """Results of two studies with other controls are two parts; those without come last, enrolment is out."""
    enrolled = row("n", study="u", endpoint="n", endpoint_label="N")
    rows = [row("a", control="Vd"), row("b", study="t", control="Rd"), row("c", study="u"), enrolled]
    parts = Comparisons(rows, ()).by_control({"a", "b", "c", "n"})
    assert len(parts[-1].lines) == 1
    assert len(Comparisons(rows, ()).by_control({"n"})) == 1
    assert [part.title for part in parts] == ["Control arm: Rd", "Control arm: Vd", "No control arm"]


@pytest.mark.parametrize("values", [RATIO | {"value": None}, {"value": 10.0}, RATIO | {"value": 0.0}])
def test_only_a_ratio_is_drawn(values):
    """A ratio above 0 has a drawing, with its interval where both ends are numbers; nothing else has one."""
    assert strip(row("r", **values)) == ""
    assert strip(row("r", **RATIO)).count("<line") == 1
    assert strip(row("r", **RATIO, lower=0.4, upper=0.6)).count("<line") == 2


@pytest.fixture(scope="module")
def pages(kg):
    """Return the pages of the graph."""
    return Pages(Index(kg.files), lambda: {"graph.ttl": 1}, "graph.ttl")


def page(pages, thing):
    """Return the text of the page of a thing."""
    return text_of(pages.texts[f"id/{thing}.html"]())


def test_a_study_shows_its_arms_beside_each_other(pages):
    """Registration, arms and papers come first; each number leads to its result, and a copy to its publication."""
    text = page(pages, "trial/tourmaline-mm1")
    assert text.index("Registration") < text.index("Arms") < text.index("Results") < text.index("In subgroups")
    source = pages.texts["id/trial/tourmaline-mm1.html"]()
    assert 'href="../../id/trial/tourmaline-mm1.pfs-ird.html">20.6</a>' in source
    assert 'href="../../id/trial/tourmaline-mm1.pubmed-27119237-pfs-ird.html">as published</a>' in source


def test_every_result_is_beside_its_arm(pages):
    """The tables of a study hold every result that the graph has of it, or its publication's beside the copy."""
    comparisons = pages.index.facts.comparisons
    for study, related in pages.index.facts.related.items():
        results = set(related.get("results", ()))
        if study.startswith(f"{ID}trial/") and results:
            shown = [row for part in comparisons.of_study(results) for line in part.lines for row in line.rows]
            beside = {one.row["result"] for row in shown for one in comparisons.prints.get(row["result"], ())}
            left = results - {row["result"] for row in shown} - beside
            printed = {(row["endpoint"], row["printed"]) for row in shown}
            for row in map(comparisons.rows.__getitem__, left):
                assert "twin" in row, row["result"]
                assert (row["endpoint"], row["printed"]) in printed, row["result"]


def test_home_answers_and_cites(pages):
    """The first page holds an answer with its options, a number with its address, and the ways in."""
    text = text_of(pages.texts["index.html"]())
    sample = pages.index.sample
    assert sample["timing"] in text
    assert sample["groups"][0]["heading"] in text
    assert "One number" in text
    assert "characters" in text.partition("One number")[2]
    for door in ("A patient", "A question", "A study", "A drug", "SPARQL"):
        assert door in text
    assert "The map" not in text


def test_a_drug_tells_what_it_is(pages):
    """Target and mechanism, approvals and doses stand before what speaks for and against."""
    text = page(pages, "drug/daratumumab")
    assert text.index("molecular target") < text.index("Approvals") < text.index("Doses") < text.index("Guidance")
