"""The reader's copies of the sources: every passage and figure found again, every difference said."""

from __future__ import annotations

import hashlib

import pytest

from rrmm.api import KnowledgeGraph
from rrmm.check.source import read, verify
from rrmm.errors import RrmmError
from rrmm.graph.store import Store
from rrmm.iris import ID, RRMM
from support import ROOT
from support.views import write_third

TEXT = "Kd improved PFS (18.7 vs. 9.4 mo) and OS."
THIRD = f"{ID}source/third"


@pytest.fixture(scope="module")
def third(tmp_path_factory):
    """Return the text of a third source."""
    return write_third(tmp_path_factory.mktemp("third"))[1]


@pytest.fixture(scope="module")
def three(third):
    """Return the graph with the third source."""
    return KnowledgeGraph.load(overlays=[third.with_suffix(".ttl")], allow_redefine=True)


def names(graph):
    """Return the names of the sources of a graph."""
    return sorted(source.name for source in graph.rule_base.sources)


def shared_statement(graph):
    """Return the graph with one statement of the third source stated in another source too."""
    line = f"<{ID}guidance/third-ven-d> <{RRMM}statedIn> <{ID}source/br2020.table-1-10104> .\n"
    return Store(graph.files.snapshot + line.encode())


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


def compare(store, *paths):
    """Return findings and counts of the texts at some paths."""
    return verify(store, ROOT, read(store, ROOT, paths))


def test_a_faithful_graph_has_no_findings_and_says_what_was_compared(copy):
    """Nothing found is not the same as nothing looked at."""
    findings, counts = compare(graph(), copy)
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
    findings, _ = compare(graph(**change), copy)
    assert len(findings) == 1
    assert message in findings[0].message


@pytest.mark.parametrize(
    ("content", "message"), [(b"another text", "Of no source of this graph"), (b"\xff\xfe", "not UTF-8")]
)
def test_another_text_is_refused(copy, content, message):
    """The checksum comes first: a different copy is not compared."""
    copy.write_bytes(content)
    with pytest.raises(RrmmError, match=message):
        compare(graph(), copy)


def test_every_file_at_fault_is_named_in_one_message(copy):
    """A stranger, a file that is not text and one that is missing are told together."""
    stranger, missing, broken = copy.with_name("x.txt"), copy.with_name("y.txt"), copy.with_name("z.txt")
    stranger.write_text("another text", encoding="utf-8")
    broken.write_bytes(b"\xff\xfe")
    with pytest.raises(RrmmError) as caught:
        read(graph(), ROOT, [copy, stranger, missing, broken])
    for path in (stranger, missing, broken):
        assert str(path) in str(caught.value)
    assert f"{copy} " not in str(caught.value)


@pytest.mark.parametrize(("source", "figures", "spans"), [("br2020", 500, 250), ("pdq2025", 450, 200)])
def test_the_graph_holds_against_its_sources(kg, source_text, source, figures, spans):
    """All of it, in the reader's own copy of each."""
    findings, counts = verify(kg.store, ROOT, {f"{ID}source/{source}": source_text(source)})
    assert findings == []
    assert counts["figures"] > figures
    assert counts["spans"] > spans


def test_what_two_sources_say_together_is_compared_with_both(three, third):
    """A statement with a passage in an unread source is left alone; with both texts its numbers may stand in either."""
    text = {THIRD: third.read_text(encoding="utf-8")}
    alone = verify(three.store, ROOT, text)
    assert alone[0] == []
    assert alone[1]["statements in our words"] == 2
    shared = verify(shared_statement(three), ROOT, text)
    assert shared[1]["statements in our words"] == 1


def test_the_summary_says_which_sources_are_unread(three, third):
    """Texts are told by their checksum, in any order; what has no text is named, and an unknown file stops the run."""
    from rrmm.check import source

    texts = read(three.store, ROOT, [third])
    assert texts == {THIRD: third.read_text(encoding="utf-8")}
    assert source.unread(three.store, ROOT, texts) == [name for name in names(three) if name != "third"]
    assert source.unread(three.store, ROOT, {}) == names(three)


def test_an_unknown_file_is_exit_code_two(third, rrmm):
    """One message before anything is checked."""
    code, printed = rrmm("check", "--source", third)
    assert code == 2
    assert printed.count("\n") == 1
    assert "Of no source of this graph" in printed


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
