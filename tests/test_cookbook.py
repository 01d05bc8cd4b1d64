"""The cookbook: every query of it answers, asks for no term that the graph lacks, and fits what it says."""

from __future__ import annotations

import re
import warnings

import pytest

from support import ROOT

TEXT = (ROOT / "docs/cookbook.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
QUERIES = [text for language, text in BLOCKS if language == "sparql"]
CODE = [text for language, text in BLOCKS if language == "python"]


def test_there_are_twelve_patterns():
    """Eleven queries and one piece of Python, each below a heading with its number."""
    assert (len(QUERIES), len(CODE)) == (11, 1)
    assert [int(number) for number in re.findall(r"^## (\d+)\.", TEXT, re.MULTILINE)] == list(range(1, 13))


@pytest.mark.parametrize("query", QUERIES, ids=range(1, 12))
def test_a_query_answers(kg, query):
    """It has rows, every cell of the first is filled, and no term of it is unknown."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = kg.sparql(query)
    assert len(table) > 0
    assert None not in next(iter(table))


def test_both_arms_are_those_of_the_study(kg):
    """ENDEAVOR's row has the printed medians of Kd and of Vd."""
    rows = kg.sparql(QUERIES[3]).to_dicts()
    row = next(row for row in rows if (row["study"], row["population"]) == ("ENDEAVOR", "all"))
    assert (row["arm"], row["printed"], row["control"], row["control_printed"]) == ("Kd", "18.7", "Vd", "9.4")


def test_the_item_of_the_example_is_linked(kg):
    """What the query for the other knowledge base asks for is an identifier of this graph."""
    (item,) = re.findall(r"wd:(Q\d+)", TEXT)
    assert any(str(row["item"]).endswith(f"/{item}") for row in kg.sparql(QUERIES[10]).to_dicts())


def test_the_python_runs(capsys):
    """It prints the state and the drugs against the target."""
    pytest.importorskip("owlready2")
    exec(compile(CODE[0], "cookbook", "exec"), {})  # noqa: S102 - the code of the document is what is tried
    state, drugs = capsys.readouterr().out.splitlines()
    assert state.startswith("double-refractory is")
    assert "daratumumab" in drugs
