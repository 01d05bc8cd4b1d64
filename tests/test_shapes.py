"""The shapes: what each accepts and refuses, and that the guard finds what pySHACL finds."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from conftest import ROOT
from rrmm import shapes
from rrmm.errors import KnowledgeError
from rrmm.store import Knowledge, build
from rrmm.terms import ID, RDF, SH, local_name

FIXTURES = ROOT / "tests" / "fixtures" / "shapes"
ACCEPTED = sorted(FIXTURES.glob("*/accept.ttl"))
REJECTED = sorted(FIXTURES.glob("*/reject-*.ttl"))
SHAPES = list(ox.parse(path=ROOT / "ontology" / "shapes.ttl"))
NODE_SHAPES = sorted(
    local_name(quad.subject.value) for quad in SHAPES if getattr(quad.object, "value", "") == SH + "NodeShape"
)


@cache
def ontology() -> list[bytes]:
    """Return the triples of the ontology's own files."""
    return build(ROOT, sorted((ROOT / "ontology").glob("*.ttl"))).splitlines(keepends=True)


def ntriples(path: Path) -> bytes:
    """Return a Turtle file as N-Triples."""
    return b"".join(f"{quad.triple} .\n".encode() for quad in ox.parse(path=path))


def graph(path: Path) -> bytes:
    """Return a fixture among what all fixtures share: common.ttl, the classes, the words it mentions."""
    own = ntriples(path) + ntriples(FIXTURES / "common.ttl")
    classes = (b"#subClassOf>", b"owl#Class> .")
    return own + b"".join(
        line for line in ontology() if line.split(b" ", 1)[0] in own or any(mark in line for mark in classes)
    )


def named(path: Path) -> str:
    """Return the name of a fixture in test reports."""
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", ACCEPTED, ids=named)
def test_accepts(path):
    """A sound thing gives no finding, and was looked at; the judge agrees."""
    found, count = shapes.findings(graph(path), ROOT)
    assert found == []
    assert count > shapes.findings(graph(FIXTURES / "common.ttl"), ROOT)[1]
    assert shapes.judge(graph(path), ROOT) == []


@pytest.mark.parametrize("path", REJECTED, ids=named)
def test_rejects(path):
    """A thing with one fault gives findings of that shape alone; the judge gives the same."""
    found, _ = shapes.findings(graph(path), ROOT)
    assert {finding.guard for finding in found} == {f"shape:{path.parent.name}"}
    assert shapes.judge(graph(path), ROOT) == found


@pytest.mark.parametrize("name", NODE_SHAPES)
def test_every_shape_is_shown_to_accept_and_to_reject(name):
    """Each node shape has an accepting and a rejecting fixture."""
    assert (FIXTURES / name / "accept.ttl").is_file()
    assert list((FIXTURES / name).glob("reject-*.ttl"))


def test_every_fixture_belongs_to_a_shape():
    """No folder of fixtures is named after a shape that is gone."""
    assert sorted(path.name for path in FIXTURES.iterdir() if path.is_dir()) == NODE_SHAPES
