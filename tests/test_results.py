"""Every printed result, in the columns of the contract."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest

from support import ROOT

COLUMNS = [
    *(
        "study",
        "group",
        "comparator",
        "population",
        "endpoint",
        "statistic",
        "value",
        "unit",
        "timepoint",
        "as_printed",
    ),
    *("section", "citations", "start", "end", "result", "comparability", "source"),
    *("ci_lower", "ci_upper", "ci_level", "follow_up", "level_of_evidence", "updated_by", "doubt"),
]
GOLDEN = ROOT / "tests" / "golden" / "questions" / "results.csv"


def test_the_columns_are_those_of_the_contract(run_rrmm):
    """The command prints the golden table of the question, under the columns of the contract."""
    done = run_rrmm("query", "results", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split(",") == COLUMNS
    assert done.stdout == GOLDEN.read_bytes().decode()


def test_counts_of_the_tables(kg):
    """Table 1 holds 67 results and Table 2 holds 62, as the printed tables do."""
    table = kg.query("results", source="br2020").to_dicts()
    assert Counter(row["section"] for row in table if row["section"].startswith("Table")) == {
        "Table 1": 67,
        "Table 2": 62,
    }
    first = Counter(row["endpoint"] for row in table if row["section"] == "Table 1")
    assert first == {"N": 8, "prior lines": 14, "ORR": 8, "≥VGPR": 8, "PFS": 15, "OS": 12, "follow-up": 2}
    second = Counter(
        ("hazard ratio" if row["statistic"] == "hazard ratio" else "cell") if row["value"] == "N/A" else "number"
        for row in table
        if row["section"] == "Table 2"
    )
    assert second == {"number": 52, "hazard ratio": 4, "cell": 6}
    assert sum(not row["section"].startswith("Table") for row in table) == 139


def test_no_number_has_two_results(kg):
    """Each printed figure is one result: no two rows of a source start at the same character."""
    starts = Counter((row["source"], row["start"]) for row in kg.query("results").to_dicts())
    assert max(starts.values()) == 1


def test_both_arms_of_every_comparison_are_there(kg):
    """Where the running text gives a median or rate of an arm with a comparator, it gives the other arm's too."""
    table = [
        r
        for r in kg.query("results", source="br2020").to_dicts()
        if not r["section"].startswith("Table") and r["comparator"]
    ]
    arms = {
        (r["study"], r["endpoint"], r["statistic"], r["timepoint"], r["section"], r["group"], r["comparator"])
        for r in table
        if r["statistic"] in {"median", "rate"} and r["endpoint"] not in {"prior lines"}
    }
    alone = [arm for arm in arms if (*arm[:5], arm[6], arm[5]) not in arms]
    assert alone == []


@pytest.mark.parametrize(("source", "count"), [("br2020", 268), ("pdq2025", 315)])
def test_figures_stand_where_the_table_says(kg, source_text, source, count):
    """In the reader's copy of a source each figure is at its span."""
    text = source_text(source)
    table = kg.query("results", source=source).to_dicts()
    for row in table:
        found = unicodedata.normalize("NFKC", text[row["start"] : row["end"]])
        assert found == unicodedata.normalize("NFKC", row["as_printed"]), row
    assert len(table) == count


def test_every_row_of_a_study_with_other_studies_beside_it_says_how_far_it_can_be_compared(kg):
    """No row leaves the caveat on comparing studies empty."""
    assert all(row["comparability"] for row in kg.query("results").to_dicts())


def test_numbers_of_pdq(kg):
    """PDQ prints 315 numbers, 65 of them with an interval."""
    table = kg.query("results", source="pdq2025").to_dicts()
    intervals = [row for row in table if row["ci_lower"]]
    assert (len(table), len(intervals)) == (315, 65)
    assert Counter(row["ci_level"] for row in intervals if row["statistic"] == "hazard ratio") == {
        "95": 32,
        "95.4": 1,
        "99": 1,
    }
    assert {row["value"] for row in table if row["statistic"] == "P value" and "<" in row["value"]} == {
        "<.001",
        "<.0001",
    }


def test_later_looks_leave_earlier_ones_out(kg):
    """With `latest`, what a later look updates is left out, and nothing else."""
    table, latest = (kg.query("results", **chosen).to_dicts() for chosen in ({}, {"latest": "true"}))
    updated = {row["result"] for row in table if row["updated_by"]}
    assert updated
    assert [row["result"] for row in latest] == [row["result"] for row in table if row["result"] not in updated]
