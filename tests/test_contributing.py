"""The five steps of CONTRIBUTING.md, taken as a new user would: a source, a regimen, a study, its results."""

from __future__ import annotations

import hashlib

import pytest

from rrmm.api import KnowledgeGraph
from rrmm.check import probes
from support import ROOT
from support.folders import copy_graph

TEXT = "In the DEMO trial Ven-d improved median PFS (12.5 vs. 6.1 mo) over dexamethasone."
NAMES = ("drug", "endpoint", "rdfs", "regimen", "rrmm", "source", "trial", "xsd")


def turtle(body: str, prefixes: dict[str, str]) -> str:
    """Return a Turtle file with the prefixes it uses."""
    head = "".join(f"@prefix {name}: <{prefixes[name]}> .\n" for name in NAMES if f"{name}:" in body)
    return f"{head}\n{body}"


@pytest.fixture
def copy(tmp_path, in_rdflib):
    """Return a copy of the graph with the new source, passage, regimen and study; figures at their places."""
    copy_graph(tmp_path)
    (tmp_path / "demo.txt").write_bytes(TEXT.encode())
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    prefixes = {str(name): str(iri) for name, iri in in_rdflib.namespaces()}
    for path, template in {
        "data/sources/demo.ttl": "source.ttl",
        "data/regimens/ven-d.ttl": "regimen.ttl",
        "data/trials/demo.ttl": "trial.ttl",
    }.items():
        body = (ROOT / "tests/fixtures/contributing" / template).read_text(encoding="utf-8").replace("SHA", digest)
        (tmp_path / path).write_text(turtle(body, prefixes), encoding="utf-8")
    return tmp_path


def test_a_trial_is_added_without_touching_python(copy):
    """No guard objects, the source text agrees, and the numbers are in the table and in a patient's evidence."""
    kg = KnowledgeGraph.load(copy)
    changed = kg.check(copy / "demo.txt").findings
    assert {finding.guard for finding in changed} == {"probe"}
    (copy / probes.PLACE).write_text(probes.freeze(kg.rule_base).to_json(), encoding="utf-8")
    run = kg.check(copy / "demo.txt")
    assert run.findings == []
    assert run.checked["figures"] == 2
    added = [row for row in kg.query("results").to_dicts() if row["study"] == "DEMO"]
    assert [(row["group"], row["value"], row["unit"]) for row in added] == [("Ven-d", "12.5", "mo"), ("D", "6.1", "mo")]
    evidence = kg.regimens_for({"prior_drugs": []}).option("Ven-d")["evidence"]
    assert [entry["as_printed"] for entry in evidence] == ["12.5"]


def test_a_wrong_offset_is_told_where_the_figure_stands(copy):
    """The one step that is easy to get wrong is put right by the check."""
    path = copy / "data/sources/demo.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("rrmm:start          45", "rrmm:start          44"), encoding="utf-8")
    messages = [f.message for f in KnowledgeGraph.load(copy).check(copy / "demo.txt").findings if f.guard == "source"]
    assert any("It stands at 45." in message for message in messages)


def test_a_forgotten_address_is_found(copy):
    """A result without its place is refused with the remedy."""
    path = copy / "data/trials/demo.ttl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "figure-45-49" not in line), encoding="utf-8")
    findings = KnowledgeGraph.load(copy).check().findings
    assert any(f.guard == "shape:ResultShape" and "rrmm:printedAt" in f.message for f in findings)
