"""Findings, gaps and citations against the source and the numbers that they rest on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest

from rrmm.iris import RRMM, local_name

FINDINGS = f"""
SELECT ?finding ?direction ?significance ?level (BOUND(?condition) AS ?toxic)
WHERE {{
  ?finding a <{RRMM}Finding> ;
           <{RRMM}direction> ?direction ;
           <{RRMM}significance> ?significance ;
           <{RRMM}knowledgeLevel> ?level .
  OPTIONAL {{ ?finding <{RRMM}condition> ?condition }}
}}
"""
CITED = f"""
SELECT ?passage ?property ?number ?start ?end
WHERE {{
  VALUES ?property {{ <{RRMM}cites> <{RRMM}citesByContext> }}
  ?passage ?property ?citation ;
           <{RRMM}span> ?span .
  ?citation <{RRMM}number> ?number .
  ?span <{RRMM}start> ?start ;
        <{RRMM}end> ?end .
}}
"""
SOUGHT = f"SELECT ?gap ?word WHERE {{ ?gap <{RRMM}wordSought> ?word }}"


@pytest.fixture(scope="module")
def text(source_text: Callable[[str], str]) -> str:
    """Return the text of the review."""
    return source_text("br2020")


def printed_citations(text: str) -> set[int]:
    """Return the numbers that stand in square brackets, ranges spelled out."""
    numbers: set[int] = set()
    for inside in re.findall(r"\[([\d,\s–-]+)\]", text):
        for part in inside.split(","):
            ends = [int(end) for end in re.findall(r"\d+", part)]
            numbers.update(range(ends[0], ends[-1] + 1))
    return numbers


def test_ranges_of_citations_are_spelled_out():
    """A range and a list in brackets give each of their numbers."""
    assert printed_citations("better [39-41], as before [4, 5]. [t(4;14)] 7") == {39, 40, 41, 4, 5}


def test_findings_by_kind(kg):
    """The review makes 120 findings: 106 on efficacy, 14 on toxicity; PDQ makes 57."""
    found = kg.view("br2020").store.rows(FINDINGS)
    assert len({row["finding"] for row in kg.store.rows(FINDINGS)}) == 120 + 57
    assert len(found) == len({row["finding"] for row in found}) == 120
    counts = Counter((str(row["toxic"]).lower(), local_name(row["direction"])) for row in found)
    assert counts == {
        ("false", "Favours"): 95,
        ("false", "Disfavours"): 1,
        ("false", "NoDifference"): 10,
        ("true", "Favours"): 2,
        ("true", "Disfavours"): 8,
        ("true", "NoDifference"): 4,
    }
    significance = Counter(local_name(row["significance"]) for row in found)
    assert significance == {"Significant": 29, "NotSignificant": 6, "SignificanceNotStated": 85}


def test_citations_are_printed_where_they_are_said_to_be(kg, text):
    """A passage prints what it cites, and does not print what it cites by context."""
    spans: dict[tuple[str, str], tuple[set[int], set[int]]] = {}
    for row in kg.view("br2020").store.rows(CITED):
        cited, printed = spans.setdefault((row["passage"], local_name(row["property"])), (set(), set()))
        cited.add(row["number"])
        printed.update(printed_citations(text[row["start"] : row["end"]]))
    assert {passage for passage, how in spans if how == "citesByContext"}
    assert [key for key, (cited, printed) in spans.items() if key[1] == "cites" and cited != printed] == []
    assert [key for key, (cited, printed) in spans.items() if key[1] != "cites" and cited & printed] == []


def test_words_that_were_sought_are_not_in_the_source(kg, text):
    """No word whose absence a gap rests on stands in the review."""
    rows = kg.view("br2020").store.rows(SOUGHT)
    assert len(rows) > 10
    assert [(row["gap"], row["word"]) for row in rows if row["word"].lower() in text.lower()] == []


def test_what_is_called_significant_is_so_called_in_its_passage(kg, text):
    """A quoted finding is significant where its sentence says so, and not significant where it says that."""
    rows = kg.view("br2020").store.rows(f"""
        SELECT ?finding ?significance ?start ?end
        WHERE {{
          ?finding a <{RRMM}Finding> ;
                   <{RRMM}significance> ?significance ;
                   <{RRMM}knowledgeLevel> <{RRMM}Quoted> ;
                   <{RRMM}statedIn>/<{RRMM}span> ?span .
          ?span <{RRMM}start> ?start ; <{RRMM}end> ?end .
        }}
    """)
    passages: dict[tuple[str, str], str] = {}
    for row in rows:
        key = (row["finding"], local_name(row["significance"]))
        passages[key] = passages.get(key, "") + " " + text[row["start"] : row["end"]]
    silent = [key for key, said in passages.items() if key[1] != "SignificanceNotStated" and "significan" not in said]
    assert silent == []
    denied = re.compile(r"not\s+significantly|no\s+significant")
    assert [key for key, said in passages.items() if key[1] == "NotSignificant" and not denied.search(said)] == []
    assert [key for key, said in passages.items() if key[1] == "Significant" and denied.search(said)] == []
