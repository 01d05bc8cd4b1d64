"""What would change without one rule, and the answer by SPARQL alone."""

from __future__ import annotations

import json
from random import Random

import jsonschema
import pytest

from rrmm.api import KnowledgeGraph
from rrmm.errors import PatientError, QueryError
from rrmm.iris import short
from rrmm.report import schema
from support import ROOT, random_patients
from support.commands import run

PATIENT = ROOT / "examples" / "double-refractory.yaml"


def without(rule, documents):
    """Return the reports of patients by a graph that lacks a rule."""
    graph = KnowledgeGraph.load(without=[rule])
    return [graph.regimens_for(document, evidence=False).data for document in documents]


@pytest.mark.parametrize(("speaking", "still"), [(2, 1), pytest.param(12, 4, marks=pytest.mark.slow)])
def test_each_rule_changes_what_it_is_said_to_change(kg, speaking, still):
    """For generated patients and rules drawn at random, ``--without`` gives just the changes that are listed."""
    documents = list(random_patients.documents(kg.rule_base, 12, 20))
    reports = [kg.regimens_for(document, evidence=False, sensitivity=True).data for document in documents]
    named = sorted({one["rule"] for report in reports for one in report["sensitivity"]})
    random = Random(1)
    silent = sorted({guidance.iri for guidance in kg.rule_base.guidance} - set(named))
    for rule in [*random.sample(named, speaking), *random.sample(silent, still)]:
        for report, after in zip(reports, without(rule, documents), strict=True):
            statuses = {option["option"]: option["status"] for option in after["options"]}
            turned = {
                option["option"]: statuses.get(option["option"])
                for option in report["options"]
                if option["status"] != statuses.get(option["option"])
            }
            action = after["timing"]["action"]
            listed = {one["rule"]: one for one in report["sensitivity"]}.get(rule, {"options": [], "timing": None})
            assert {one["option"]: one["status"] for one in listed["options"]} == turned
            assert listed["timing"] == (None if action == report["timing"]["action"] else action)


def test_the_report_carries_it_only_when_asked(kg):
    """``sensitivity`` is in the report, and in its schema, only as an addition."""
    assert "sensitivity" not in kg.regimens_for(PATIENT).data
    report = kg.view("br2020").regimens_for(PATIENT, sensitivity=True)
    jsonschema.validate(report.data, schema.report())
    (offer,) = [one for one in report.data["sensitivity"] if one["rule"].endswith("offer-retreatment")]
    assert {"option": "retreatment: bortezomib", "status": None} in offer["options"]


def test_the_command_shows_it():
    """The text has a part for it."""
    shown = run("regimens", str(PATIENT), "--sensitivity").stdout
    assert "WITHOUT ONE RULE\n" in shown
    assert "Elotuzumab: not as a single agent → option: elotuzumab monotherapy" in shown
    assert "WITHOUT ONE RULE" not in run("regimens", str(PATIENT)).stdout


def test_sparql_alone_answers_states_and_statuses(kg):
    """The answer by SPARQL has the states and statuses of the report, and nothing else."""
    report, alone = kg.regimens_for(PATIENT), kg.regimens_for(PATIENT, engine="sparql")
    assert alone.options == {option["option"]: option["status"] for option in report.data["options"]}
    assert alone.states == {state.state: state.holds for state in report.record.states}
    written = run("regimens", str(PATIENT), "--engine", "sparql", "--format", "json").stdout
    assert json.loads(written) == alone.to_dict()
    assert "Pd, PCd, Dara monotherapy" in alone.to_text()


REFUSED = [
    (["--engine", "sparql", "--what-if"], "--engine sparql answers as table or json, without --what-if"),
    (["--engine", "sparql", "--format", "html"], "--engine sparql answers as table or json"),
    (["--engine", "sparql", "--without", "guidance:offer-retreatment"], "SPARQL answers by all rules of the graph"),
]


@pytest.mark.parametrize(("flags", "message"), REFUSED)
def test_what_sparql_alone_cannot_do_is_refused(flags, message):
    """Each is one message with exit code 2."""
    answer = run("regimens", str(PATIENT), *flags)
    assert (answer.returncode, message in answer.stderr) == (2, True)


def test_an_unknown_engine_is_refused(kg):
    """The engines of a patient are two."""
    with pytest.raises(QueryError, match="a patient is answered by circuit or sparql"):
        kg.regimens_for(PATIENT, engine="owl")


def test_a_contradiction_is_refused_by_sparql_too(kg):
    """A patient file that contradicts itself is an error, whichever engine answers."""
    patient = {"cytogenetics": ["standard-risk", "del(17p)"]}
    for engine in ("circuit", "sparql"):
        with pytest.raises(PatientError, match="contradicts"):
            kg.regimens_for(patient, engine=engine)


def test_rules_are_named_as_without_takes_them(kg):
    """The CURIE of a listed rule silences it."""
    report = kg.regimens_for(PATIENT, sensitivity=True)
    rule = report.data["sensitivity"][0]["rule"]
    silenced = KnowledgeGraph.load(without=[short(rule)]).regimens_for(PATIENT, sensitivity=True)
    assert rule not in {one["rule"] for one in silenced.data["sensitivity"]}
