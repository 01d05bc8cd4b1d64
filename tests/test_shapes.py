"""The shapes: what each accepts and refuses, and that the guard finds what pySHACL finds."""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from rrmm.check import shapes, standard_report
from rrmm.check.finding import Finding
from rrmm.errors import KnowledgeError, MissingExtra
from rrmm.graph.files import GraphFiles
from rrmm.graph.statements import Statements
from rrmm.graph.turtle import build
from rrmm.iris import ID, RDF, SH, local_name
from support import ROOT

FIXTURES = ROOT / "tests" / "fixtures" / "shapes"
ACCEPTED = sorted(FIXTURES.glob("*/accept.ttl"))
REJECTED = sorted(FIXTURES.glob("*/reject-*.ttl"))
SHAPES = list(ox.parse(path=ROOT / "ontology" / "shapes.ttl"))
NODE_SHAPES = sorted(
    local_name(quad.subject.value) for quad in SHAPES if getattr(quad.object, "value", "") == SH + "NodeShape"
)


@cache
def ontology() -> dict[bytes, bytes]:
    """Return the triples of the ontology's own files by their subjects."""
    lines: dict[bytes, bytes] = {}
    for line in build(ROOT, sorted((ROOT / "ontology").glob("*.ttl"))).splitlines(keepends=True):
        subject = line.split(b" ", 1)[0]
        lines[subject] = lines.get(subject, b"") + line
    return lines


@cache
def common() -> bytes:
    """Return what all fixtures share: the things of common.ttl, and the classes of the ontology."""
    lines = b"".join(ontology().values()).splitlines(keepends=True)
    classes = [line for line in lines if b"#subClassOf>" in line or b"owl#Class> ." in line]
    return ntriples(FIXTURES / "common.ttl") + b"".join(classes)


def ntriples(path: Path) -> bytes:
    """Return a Turtle file as N-Triples."""
    return b"".join(f"{quad.triple} .\n".encode() for quad in ox.parse(path=path))


def graph(fixture: bytes) -> bytes:
    """Return a fixture with what all share, and with what the ontology says of the terms it mentions."""
    own = fixture + common()
    return own + b"".join(lines for subject, lines in ontology().items() if subject in own)


def guard(content: bytes) -> dict[str, set]:
    """Return the name of each targeted shape, and what it looks at."""
    focuses = shapes.Guard(shapes.read_shapes(ROOT), Statements.parse(content)).focuses
    return {local_name(shape.value): things for shape, things in focuses.items()}


PATHS = [*ACCEPTED, *REJECTED]


@cache
def together() -> bytes:
    """Return all fixtures in one graph, their things numbered."""
    numbered = (re.sub(rb"([/#][Tt]hing)", rb"\g<1>%d" % number, ntriples(path)) for number, path in enumerate(PATHS))
    return graph(b"".join(numbered))


@cache
def guarded() -> dict[Path, list[Finding]]:
    """Return what the guard finds in each fixture, from one run over all of them."""
    return apart(shapes.findings(together(), ROOT)[0])


@cache
def judged() -> dict[Path, list[Finding]]:
    """Return what pySHACL finds in each fixture, from one run over all of them."""
    return apart(standard_report.validate(together(), ROOT).findings)


@cache
def focuses() -> dict[str, set]:
    """Return the name of each targeted shape, and the numbered things of the fixtures that it looks at."""
    return {shape: {local_name(thing.value).lower() for thing in things} for shape, things in guard(together()).items()}


def apart(findings: Iterable[Finding]) -> dict[Path, list[Finding]]:
    """Return the findings of each fixture, with the names of things as they stand there."""
    found: dict[Path, list[Finding]] = {path: [] for path in PATHS}
    for finding in findings:
        number = re.search(r"[/#][Tt]hing(\d+)", finding.focus)
        assert number
        plain = {
            key: re.sub(r"([/#][Tt]hing)\d+", r"\1", getattr(finding, key)) for key in ("focus", "property", "value")
        }
        found[PATHS[int(number[1])]].append(replace(finding, **plain))
    return found


def named(path: Path) -> str:
    """Return the name of a fixture in test reports."""
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", ACCEPTED, ids=named)
def test_accepts(path):
    """A sound thing gives no finding, and the shape did look at it; the judge agrees."""
    thing = re.compile(rf"thing{PATHS.index(path)}(?!\d)")
    assert guarded()[path] == []
    assert any(thing.match(name) for name in focuses()[path.parent.name])
    assert judged()[path] == []


@pytest.mark.parametrize("path", REJECTED, ids=named)
def test_rejects(path):
    """A thing with one fault gives findings of that shape alone; the judge gives the same."""
    found = guarded()[path]
    assert {finding.guard for finding in found} == {f"shape:{path.parent.name}"}
    assert judged()[path] == found


@pytest.mark.parametrize("name", NODE_SHAPES)
def test_every_shape_is_shown_to_accept_and_to_reject(name):
    """Each node shape has an accepting and a rejecting fixture."""
    assert (FIXTURES / name / "accept.ttl").is_file()
    assert list((FIXTURES / name).glob("reject-*.ttl"))


def test_every_fixture_belongs_to_a_shape():
    """No folder of fixtures is named after a shape that is gone."""
    assert sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()) == NODE_SHAPES


def test_every_message_says_what_to_do():
    """Each shape that can be violated by itself has one message, a sentence with a remedy."""
    messages = {quad.subject: quad.object.value for quad in SHAPES if quad.predicate.value == SH + "message"}
    reported = {
        quad.subject
        for quad in SHAPES
        if isinstance(quad.subject, ox.NamedNode)
        and (quad.predicate.value in {SH + "path", SH + "closed", SH + "or", SH + "xone", SH + "class"})
    }
    reported |= {quad.object for quad in SHAPES if quad.predicate.value == SH + "property" and quad.subject in reported}
    assert set(messages) == reported
    assert [text for text in messages.values() if not re.fullmatch(r"[A-Z].*: .*[a-z0-9%@/A-Z]\.", text)] == []


def test_every_thing_has_a_closed_shape(snapshot):
    """No thing of data/ and no word of the vocabulary stands outside the closed shapes."""
    closed = {local_name(quad.subject.value) for quad in SHAPES if quad.predicate.value == SH + "closed"}
    focuses = guard(snapshot)
    looked_at = {focus.value for shape in closed for focus in focuses[shape] if isinstance(focus, ox.NamedNode)}
    typed = {
        quad.subject.value: quad.object.value
        for quad in ox.parse(snapshot, format=ox.RdfFormat.N_TRIPLES)
        if quad.predicate.value == RDF + "type" and isinstance(quad.subject, ox.NamedNode)
    }
    things = {iri for iri, kind in typed.items() if iri.startswith(ID) or kind.endswith("#NamedIndividual")}
    assert len(things) > 1000
    assert things - looked_at == set()


@pytest.fixture(scope="module")
def snapshot() -> bytes:
    """Return the whole graph as N-Triples."""
    return GraphFiles(ROOT).snapshot


def test_the_graph_conforms(snapshot):
    """The graph has no finding, and thousands of its things were looked at."""
    found, count = shapes.findings(snapshot, ROOT)
    assert found == []
    assert count > 2000


@pytest.mark.slow
def test_the_judge_finds_the_graph_sound(snapshot):
    """PySHACL has no finding on the graph either."""
    report = standard_report.validate(snapshot, ROOT)
    assert (report.conforms, report.findings, report.checked) == (True, (), shapes.findings(snapshot, ROOT)[1])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:NotImplemented should not be used:DeprecationWarning:rdflib")
def test_the_judge_agrees_on_a_damaged_graph(snapshot):
    """With triples dropped, exchanged and moved by chance, guard and judge find the same hundreds of faults."""
    chance = random.Random(0)
    lines = [line.split(b" ", 2) for line in snapshot.splitlines(keepends=True)]
    sound = [line for line in lines if b"_:" not in b" ".join(line)]
    damaged = []
    for subject, predicate, value in lines:
        fate = chance.random()
        if fate < 0.02:
            continue
        if fate < 0.03:
            value = chance.choice(sound)[2]
        elif fate < 0.04:
            predicate = chance.choice(sound)[1]
        damaged.append(b" ".join((subject, predicate, value)))
    found, _ = shapes.findings(b"".join(damaged), ROOT)
    assert len(found) > 500
    assert len({finding.guard for finding in found}) > 30
    report = standard_report.validate(b"".join(damaged), ROOT)
    assert (report.conforms, list(report.findings)) == (False, found)


def test_an_empty_graph_says_that_nothing_was_checked():
    """Without a thing to look at the count is zero, so that no finding cannot pass for soundness."""
    assert shapes.findings(b"", ROOT) == ([], 0)


@pytest.mark.parametrize(
    ("shape", "complaint"),
    [
        ("sh:targetClass rrmm:Drug ; sh:property [ sh:path rrmm:route ; sh:maxLength 9 ]", "sh:maxLength"),
        ("sh:targetClass rrmm:Drug ; sh:sparql rrmm:Query", "sh:sparql"),
        ("sh:targetClass rrmm:Drug ; sh:property rrmm:Nowhere", "Nowhere is used, but not defined"),
        ("sh:targetClass rrmm:Drug ; sh:property [ sh:path [ sh:inversePath rrmm:route ] ]", "path"),
        ("sh:targetClass rrmm:Drug ; sh:property [ sh:path rrmm:route ; sh:datatype xsd:time ]", "datatype time"),
    ],
)
def test_refuses_what_it_does_not_know(tmp_path, shape, complaint):
    """A constraint, path or datatype beyond the guard is an error, never passed over in silence."""
    (tmp_path / "ontology").mkdir()
    (tmp_path / "ontology" / "shapes.ttl").write_text(
        "@prefix rrmm: <https://w3id.org/rrmm/ontology#> . @prefix sh: <http://www.w3.org/ns/shacl#> .\n"
        f"@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . rrmm:Shape a sh:NodeShape ; {shape} .",
        encoding="utf-8",
    )
    with pytest.raises(KnowledgeError, match=complaint):
        shapes.findings(b"", tmp_path)


def test_a_judge_that_is_not_installed_is_named(monkeypatch):
    """Without pySHACL the error says what to install."""
    monkeypatch.setitem(sys.modules, "pyshacl", None)
    with pytest.raises(MissingExtra, match=r"rrmm\[shacl\]"):
        standard_report.validate(b"", ROOT)


def test_axioms_are_left_out():
    """What OWL says of a thing is neither a stray property nor a class."""
    drug = f"<{ID}drug/thing>".encode()
    axiom = drug + b" <http://www.w3.org/2002/07/owl#sameAs> " + drug + b" .\n"
    fixture = graph(ntriples(FIXTURES / "DrugShape" / "accept.ttl"))
    assert shapes.findings(fixture + axiom, ROOT) == shapes.findings(fixture, ROOT)
