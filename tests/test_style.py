"""The house style of curated Turtle and of query files."""

from __future__ import annotations

import re

import pytest

from rrmm.graph import queries
from support import ROOT

DATA = sorted((ROOT / "data").rglob("*.ttl"))
QUERIES = sorted((ROOT / "queries").rglob("*.rq"))
ASKED_IN_RDFLIB = {"checks", "derive", "plots", "questions", "show"}  # by test_checks, test_engines and test_questions
LINES = re.compile(
    r"""^(?:
        @prefix\s[a-z]*:\s<[^>]+>\s\.      # a prefix
      | \#\s.*                             # a curator's remark
      | [a-z]+:[\w.-]+                     # a subject
      | \s{4}[a-z]+(?::\w+)?\s+\S.*\s[;,]  # one property
      | \s{24}\S.*\s[;,]                   # one more value of it
      | \.                                 # the end, alone on its line
      |                                    # between subjects
    )$""",
    re.VERBOSE,
)


@pytest.mark.parametrize("path", DATA, ids=lambda path: str(path.relative_to(ROOT)))
def test_turtle(path):
    """One property a line, the closing full stop alone, a blank line between subjects, no blank nodes."""
    text = path.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if not LINES.match(line)] == []
    assert not re.search(r"^\.\n(?!\n|$)", text, re.MULTILINE)
    assert "\n\n\n" not in text
    assert text.endswith("\n.\n")
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    assert "[" not in bare
    assert "_:" not in bare


def test_the_pattern_refuses_what_it_should():
    """Two properties on a line, a full stop at its end, or a tab are not house style."""
    for line in ("drug:x a rrmm:Drug .", '    a rrmm:Drug ; rdfs:label "x"@en .', "\ta rrmm:Drug ;", "  a rrmm:Drug ;"):
        assert not LINES.match(line)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: str(path.relative_to(ROOT)))
def test_queries(path):
    """A query has a summary and its own prefixes, asks in a fixed order, and parses in two engines."""
    from rdflib.plugins.sparql import prepareQuery

    query = queries.Query(path.stem, path.read_text(encoding="utf-8"))
    assert query.summary
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", path.stem)
    assert "WHERE {" in query.text or "WHERE\n" in query.text
    if "CONSTRUCT" not in query.text:
        assert "ORDER BY" in query.text
    if path.parent.name not in ASKED_IN_RDFLIB:
        prepareQuery(query.text)
    used = set(
        re.findall(
            r"(?<![\w<:?#])([a-z]+):[A-Za-z]", re.sub(r'"[^"]*"|<[^>]*>|^#.*$', "", query.text, flags=re.MULTILINE)
        )
    )
    declared = set(re.findall(r"^PREFIX ([a-z]+):", query.text, re.MULTILINE))
    assert used == declared


@pytest.mark.parametrize(
    "path", [path for path in QUERIES if path.parent.name == "questions"], ids=lambda path: path.stem
)
def test_questions_say_why_one_would_ask(path):
    """A question's description answers why."""
    assert queries.Query(path.stem, path.read_text(encoding="utf-8")).description.endswith(".")
