"""Terms for queries: listed by a word, offered where a query asks for one that the graph does not have."""

from __future__ import annotations

import warnings

import pytest

from rrmm.catalogue.terms import find_prefixes, find_unknown
from rrmm.errors import QueryError, UnknownTermWarning
from rrmm.publish.rdf import prefixes
from support.commands import run as run_rrmm

KNOWN = [
    "SELECT * { ?s rrmm:endpoint endpoint:overall-survival }",
    "PREFIX e: <https://w3id.org/rrmm/id/endpoint/> ASK { ?s ?p e:overall-survival }",
    'ASK { ?s ?p \'rrmm:nope\', "rrmm:nope", \'\'\'rrmm:nope\'\'\', """rrmm:"nope""" } # rrmm:nope',
    "ASK { ?s a <https://w3id.org/rrmm/ontology#Result> FILTER(STRSTARTS(STR(?s), 'https://w3id.org/rrmm/id/nope')) }",
    "ASK { ?s ?p <http://example.org/nope>, ex:nope }",
]
UNKNOWN = {
    "SELECT * { ?s rrmm:endpoints ?o }": "rrmm:endpoint",
    "SELECT * { ?s ?p endpoint:overall-survivel }": "endpoint:overall-survival",
    "PREFIX e: <https://w3id.org/rrmm/id/endpoint/> ASK { ?s ?p e:overal-survival }": "endpoint:overall-survival",
    "ASK { ?s ?p <https://w3id.org/rrmm/id/drug/bortezomip> }": "drug:bortezomib",
}


@pytest.fixture(scope="module")
def declared(kg):
    """Return the prefixes of the graph."""
    return find_prefixes(kg.files.snapshot)


def test_the_prefixes_are_those_that_the_graph_declares(kg, declared):
    """What is read from the lines of the snapshot is what a query reads."""
    assert declared == prefixes(kg.files.snapshot)


@pytest.mark.parametrize("query", KNOWN)
def test_a_known_term_is_not_noted(kg, declared, query):
    """Neither are strings, comments and other namespaces."""
    assert find_unknown(query, kg.files.snapshot, declared) == []


@pytest.mark.parametrize(("query", "offer"), UNKNOWN.items())
def test_an_unknown_term_is_noted_with_the_nearest(kg, declared, query, offer):
    """One note for each, by whichever prefix or address it is written."""
    (note,) = find_unknown(query, kg.files.snapshot, declared)
    assert f"Did you mean {offer}" in note


def test_python_warns(kg):
    """A query with a misspelt term warns, and the same without the slip answers in silence."""
    with pytest.warns(UnknownTermWarning, match="Did you mean rrmm:endpoint"):
        assert len(kg.sparql("SELECT ?s { ?s rrmm:endpoints ?o }")) == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(kg.sparql("SELECT ?s { ?s rrmm:endpoint ?o }")) > 700


def test_the_command_line_says_so(tmp_path):
    """On standard error, while the table goes where it should."""
    query = tmp_path / "query.rq"
    query.write_text("SELECT ?s { ?s rrmm:endpoints ?o }", encoding="utf-8")
    done = run_rrmm("sparql", str(query), "--format", "csv")
    assert done.stdout.split() == ["s"]
    assert "The graph has no rrmm:endpoints. Did you mean rrmm:endpoint" in done.stderr


def test_terms_are_found_by_name_label_and_definition(kg):
    """A word in a name or label comes before one in a definition; a word in neither is refused with an offer."""
    terms = kg.terms("confidenceLower").to_dicts()
    assert [(term["term"], term["kind"], term["of"]) for term in terms] == [
        ("rrmm:confidenceLower", "property", "result")
    ]
    assert all("evaluable" in term["definition"] for term in kg.terms("evaluable").to_dicts())
    assert len(kg.terms()) == len({term["term"] for term in kg.terms().to_dicts()}) > 600
    with pytest.raises(QueryError, match="Did you mean endpoint"):
        kg.terms("hasEndpoint")


def test_terms_on_the_command_line():
    """Each with what it is, and its definition below; as a table in the other forms."""
    lines = run_rrmm("terms", "confidenceLower").stdout.splitlines()
    assert lines[0] == "rrmm:confidenceLower  property of result"
    assert lines[1].startswith("    The lower end")
    assert lines[-1] == "1 term"
    assert run_rrmm("terms", "confidenceLower", "--format", "csv").stdout.startswith("term,label,kind,of,to,definition")
