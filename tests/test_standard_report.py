"""The validation report of the SHACL standard: what it accepts and refuses, as a value, as RDF, and as a command."""

from __future__ import annotations

import sys

import pytest
import rdflib
from rdflib import RDF, SH, Literal, URIRef
from rdflib.compare import isomorphic

from rrmm import KnowledgeGraph, MissingExtra, QueryError
from rrmm.check import standard_report
from rrmm.iris import ID, RRMM
from support import ROOT
from support.commands import run
from support.folders import copy_graph

TARGET = f"<{ID}target/thing>"
SOUND = f"""
{TARGET} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{RRMM}MolecularTarget> .
{TARGET} <http://www.w3.org/2000/01/rdf-schema#label> "thing"@en .
<{RRMM}MolecularTarget> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/2002/07/owl#Class> .
"""


def validate(ntriples):
    """Return the report on a few statements, held against the shapes of the graph."""
    return standard_report.validate(ntriples.strip().encode() + b"\n", ROOT)


def test_a_sound_graph_conforms():
    """A thing that its shape accepts was looked at, as was its class, and gives no result."""
    report = validate(SOUND)
    assert (report.conforms, report.findings, report.checked) == (True, (), 2)
    assert not list(report.to_graph().subjects(RDF.type, SH.ValidationResult))


def test_a_fault_is_a_result_with_focus_path_and_message():
    """A thing without its label is one finding, and one ``sh:ValidationResult`` in RDF."""
    report = validate(SOUND.replace("/2000/01/rdf-schema#label", "/2000/01/rdf-schema#lable"))
    assert not report.conforms
    assert "shape:MolecularTargetShape" in {finding.guard for finding in report.findings}
    graph = report.to_graph()
    assert graph.value(predicate=RDF.type, object=SH.ValidationReport) is not None
    results = list(graph.subjects(RDF.type, SH.ValidationResult))
    assert {graph.value(node, SH.focusNode) for node in results} == {URIRef(TARGET.strip("<>"))}
    assert {str(graph.value(node, SH.resultMessage)) for node in results} == {
        finding.message for finding in report.findings
    }
    assert graph.value(predicate=SH.conforms, object=Literal(False)) is not None


def test_the_report_is_the_same_turtle_each_time():
    """Blank nodes are named by what they say; the Turtle parses to the same graph."""
    faulty = SOUND.replace("MolecularTarget>", "Drug>")
    report = validate(faulty)
    assert len(report.findings) > 1
    assert validate(faulty).to_turtle() == report.to_turtle()
    assert isomorphic(rdflib.Graph().parse(data=report.to_turtle()), report.to_graph())


def test_without_pyshacl_the_extra_is_named(kg, monkeypatch):
    """The error says what to install; the fast path needs nothing."""
    monkeypatch.setitem(sys.modules, "pyshacl", None)
    with pytest.raises(MissingExtra, match=r"rrmm\[shacl\]") as caught:
        kg.validate()
    assert caught.value.extra == "shacl"
    assert run("check", "--shapes", "pyshacl").returncode == 2
    assert kg.check().findings == []


@pytest.mark.parametrize("more", [[], ["--shapes", "pyshacl", "--reason"], ["--shapes", "pyshacl", "--source", "x"]])
def test_turtle_is_of_the_report_alone(more):
    """What the report cannot hold is refused rather than passed over."""
    done = run("check", "--format", "turtle", *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--shapes pyshacl" in done.stderr


def test_an_unknown_engine_for_shapes_is_refused(kg):
    """Its nearest is offered."""
    with pytest.raises(QueryError, match="Did you mean pyshacl"):
        kg.check(shapes="pyshakl")


@pytest.mark.slow
def test_the_command_checks_the_whole_graph_by_pyshacl():
    """The graph conforms, as a table and as Turtle, and the number of things looked at is that of the fast path."""
    done = run("check", "--shapes", "pyshacl")
    assert done.returncode == 0
    assert done.stdout.replace(" by pySHACL", "") == run("check").stdout
    done = run("check", "--shapes", "pyshacl", "--format", "turtle")
    assert done.returncode == 0
    graph = rdflib.Graph().parse(data=done.stdout)
    assert graph.value(predicate=SH.conforms, object=Literal(True)) is not None


@pytest.mark.slow
def test_a_faulty_graph_gives_the_findings_of_the_fast_path(tmp_path):
    """A result without its printed value is found by both, and the report does not conform."""
    copy_graph(tmp_path)
    path = tmp_path / "data" / "trials" / "mm-003.ttl"
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines(keepends=True) if "rrmm:printedValue" in line)
    path.write_text(text.replace(line, "", 1), encoding="utf-8")
    kg = KnowledgeGraph.load(root=tmp_path)
    report = kg.validate()
    assert not report.conforms
    assert list(report.findings) == [one for one in kg.check().findings if one.guard.startswith("shape:")]
    assert report.findings
