"""A user's own query: read-only, no network, bounded."""

from __future__ import annotations

import pytest

from rrmm.errors import QueryError
from rrmm.sparql import guard

REFUSED = [
    "DELETE WHERE { ?s ?p ?o }",
    "INSERT DATA { <a:a> <a:b> <a:c> }",
    "LOAD <http://example.org/x>",
    "CLEAR ALL",
    "SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * WHERE { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * WHERE { ?s ?p ?o FILTER EXISTS { SERVICE <http://127.0.0.1:9/> { ?s ?q ?r } } }",
    "SELECT * WHERE { ?s ?p ?o FILTER NOT EXISTS { { SELECT * WHERE { SERVICE ?s { ?s ?q ?r } } } } }",
    "SELECT * WHERE { ?s ?p ?o BIND(EXISTS { SERVICE <http://127.0.0.1:9/> { ?s ?q ?r } } AS ?b) }",
    "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o } HAVING (EXISTS { SERVICE <http://127.0.0.1:9/> { ?s ?q ?r } })",
    "SELECT * WHERE { ?s ?p ?o } ORDER BY (EXISTS { SERVICE <http://127.0.0.1:9/> { ?s ?q ?r } })",
    "SELECT * FROM <http://example.org/g> WHERE { ?s ?p ?o }",
    "SELECT * FROM NAMED <http://example.org/g> WHERE { GRAPH ?g { ?s ?p ?o } }",
    "SELECT * WHERE { ?s ?p",
    "SELECT * WHERE { ?s ex:p ?o }",
    "",
    "hello",
]

ACCEPTED = [
    "SELECT * WHERE { ?service ?p ?o } LIMIT 1",
    "PREFIX service: <http://example.org/> SELECT * WHERE { ?s service:service ?o }",
    'SELECT ("SERVICE <x> FROM" AS ?word) WHERE {}',
    "ASK { ?s ?p ?o }",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 1",
    "DESCRIBE <https://w3id.org/rrmm/id/drug/bortezomib>",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_writes_or_reaches_outside_is_refused(text):
    """Updates, SERVICE wherever it hides, FROM, and what is no query are refused before they run."""
    with pytest.raises(QueryError) as caught:
        guard(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ACCEPTED)
def test_innocent_words_are_not(text):
    """The word alone, as a variable, a prefix or a string, refuses nothing."""
    guard(text)


def test_forms_of_answers(kg):
    """SELECT and ASK give tables of typed values, CONSTRUCT and DESCRIBE give Turtle."""
    table = kg.sparql("SELECT (1 AS ?i) (2.5 AS ?d) (true AS ?b) ('x' AS ?s) ?unbound WHERE {}")
    assert table.columns == ("i", "d", "b", "s", "unbound")
    assert table.rows == ((1, 2.5, True, "x", None),)
    assert kg.sparql("ASK { ?s ?p ?o }").rows == ((True,),)
    turtle = kg.sparql("DESCRIBE <https://w3id.org/rrmm/id/drug/bortezomib>")
    assert "bortezomib" in turtle


def test_a_query_that_takes_too_long_is_stopped(kg):
    """A cartesian product ends at the limit, and the next question is answered."""
    product = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    with pytest.raises(QueryError, match="longer than 2 s"):
        kg.sparql(product, time_limit=2)
    assert kg.sparql("ASK {}").rows == ((True,),)
