"""The reader's copy of the source: every passage and figure found again, every difference said."""

from __future__ import annotations

import hashlib

import pytest

from rrmm.check.source import verify
from rrmm.errors import RrmmError
from rrmm.graph.store import Store
from rrmm.iris import RRMM
from support import ROOT

TEXT = "Kd improved PFS (18.7 vs. 9.4 mo) and OS."
XSD = "http://www.w3.org/2001/XMLSchema#"


def graph(
    *, sha=None, span=(0, 41), span_sha=None, figure=(17, 21), exact="18.7", said="Median PFS 18.7 against 9.4 months."
):
    """Return a store with one source, one passage, one figure and one statement."""
    start, end = span
    lines = [
        "<s:r> a <R#Source> ; <l> 'R' ; <R#sha256> '%s' ." % (sha or hashlib.sha256(TEXT.encode()).hexdigest()),
        f"<s:t> a <R#TextSpan> ; <R#start> {start} ; <R#end> {end} ;",
        "  <R#sha256> '%s' ." % (span_sha or hashlib.sha256(TEXT[start:end].encode()).hexdigest()),
        f"<s:f> a <R#PrintedFigure> ; <R#start> {figure[0]} ; <R#end> {figure[1]} ; <R#exact> '{exact}' .",
        "<s:p> <R#ofSource> <s:r> ; <R#span> <s:t> . <s:t> <R#figure> <s:f> .",
        f"<s:g> <R#text> '{said}' ; <R#knowledgeLevel> <R#Quoted> ; <R#statedIn> <s:p> .",
    ]
    turtle = "\n".join(lines).replace("<R#", f"<{RRMM}").replace("<l>", "<http://www.w3.org/2000/01/rdf-schema#label>")
    import pyoxigraph as ox

    return Store(
        ox.serialize(
            (quad.triple for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE)), format=ox.RdfFormat.N_TRIPLES
        )
    )


@pytest.fixture
def copy(tmp_path):
    """Return the reader's copy."""
    path = tmp_path / "source.txt"
    path.write_bytes(TEXT.encode())
    return path


def test_a_faithful_graph_has_no_findings_and_says_what_was_compared(copy):
    """Nothing found is not the same as nothing looked at."""
    findings, counts = verify(graph(), ROOT, copy)
    assert findings == []
    assert counts == {"spans": 1, "figures": 1, "statements in our words": 1}


WRONG = [
    ({"span": (0, 40), "span_sha": "0" * 64}, "is not the one that was hashed"),
    ({"figure": (16, 20)}, "It stands at 17."),
    ({"exact": "81.7"}, "It stands nowhere in the text."),
    ({"said": "Median PFS 18.9 months."}, "The statement says 18.9, which its passage does not print."),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_each_difference_is_found(copy, change, message):
    """A wrong hash, a shifted figure, a wrong figure and an invented number are each named."""
    findings, _ = verify(graph(**change), ROOT, copy)
    assert len(findings) == 1
    assert message in findings[0].message


@pytest.mark.parametrize(
    ("content", "message"), [(b"another text", "is of no source of this graph"), (b"\xff\xfe", "not UTF-8")]
)
def test_another_text_is_refused(copy, content, message):
    """The checksum comes first: a different copy is not compared."""
    copy.write_bytes(content)
    with pytest.raises(RrmmError, match=message):
        verify(graph(), ROOT, copy)


def test_the_graph_holds_against_the_review(kg, source_text):
    """All of it, in the reader's own copy."""
    findings, counts = verify(kg.store, ROOT, source_text)
    assert findings == []
    assert counts["figures"] > 500
    assert counts["spans"] > 250


@pytest.mark.parametrize(
    ("cites", "faults"),
    [([3, 17, 18], []), ([3, 17], ["18"]), ([3, 17, 18, 66], ["66"]), ([], ["17", "18", "3"])],
)
def test_citations_are_those_in_brackets(cites, faults):
    """A passage cites what its spans print in brackets, ranges written out, no more and no less."""
    from rrmm.check.source import _citations

    text = "Kd was better [3, 17–18]."
    rows = [{"passage": "p", "start": 0, "end": len(text), "number": number} for number in cites]
    found = list(_citations(rows or [{"passage": "p", "start": 0, "end": len(text)}], text))
    assert sorted(finding.value for finding in found) == faults
    assert {finding.focus for finding in found} <= {"p"}
