"""What counts as the answer of a server: all of it, in the columns asked for, with literals that are well typed."""

from __future__ import annotations

import json

import pytest

from rrmm.errors import EndpointError
from rrmm.graph.endpoint import Endpoint
from rrmm.graph.projection import find_projection
from rrmm.graph.store import Store
from support.remote import NONE, NUMBER, ONE, TEXT, TWO, table
from support.servers import misbehaving, says

GRAPH = "CONSTRUCT WHERE { ?s ?p ?o }"
GRAPHS = {
    "cut": (says('<a:a> <a:b> "1" .\n<a:a> <a:', kind="text/turtle"), "not Turtle, or not all of it; it begins with"),
    "a web page": (says("<html>Log in</html>", kind="text/html"), "not Turtle.*'<html>Log in</html>'"),
    "a comment in a web page": (
        says("# Error: timeout, 5 of 500", kind="Text/HTML"),
        "not Turtle; it is text/html, and",
    ),
    "a comment as plain text": (says("# Error: timeout", kind="text/plain"), "not Turtle; it is text/plain, and"),
    "a range": (says('<a:a> <a:b> "1" .', kind="text/turtle", Content_Range="triples 0-0/9"), "answered in part"),
    "a full graph": (
        says('<a:a> <a:b> "1" .', kind="text/turtle", X_SPARQL_MaxRows="1"),
        "the server gives at most 1 rows",
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_that_is_not_whole_is_no_answer(name):
    """It is an error, as a table is that was cut."""
    behaviour, said = GRAPHS[name]
    with misbehaving(behaviour) as (url, _), pytest.raises(EndpointError, match=said):
        Endpoint(url).answer(GRAPH)


@pytest.mark.parametrize("content", [TWO, b"", b"# Empty TURTLE\n"])
@pytest.mark.parametrize("kind", ["text/turtle", "application/turtle; charset=UTF-8", "Application/N-Triples", ""])
def test_a_graph_comes_as_it_was_sent(content, kind):
    """The text of the server is the answer; Virtuoso sends a comment as a graph without triples."""
    with misbehaving(says(content, kind=kind)) as (url, _):
        assert Endpoint(url).answer(GRAPH) == content.decode()


@pytest.mark.parametrize(
    "kind", ["application/sparql-results+json;charset=utf-8", "application/json", "text/javascript"]
)
def test_what_means_no_trouble_is_let_through(kind):
    """Members that servers add, a range that is the whole, and an empty list of warnings."""
    members = {
        "head": {"link": [], "vars": ["a"]},
        "results": {"distinct": False, "ordered": True, "bindings": json.loads(ONE)["results"]["bindings"]},
        "meta": {"query-time-ms": 1, "result-size-total": 5},
        "warnings": [],
    }
    with misbehaving(says(json.dumps(members), kind=kind, Content_Range="rows 0-0/1")) as (url, _):
        assert Endpoint(url).rows(TEXT) == [{"a": 1}]


def test_a_table_without_rows_has_the_columns_of_its_query():
    """Whether or not the server names them."""
    for answer in (NONE, table(["a"])):
        with misbehaving(says(answer)) as (url, _):
            assert Endpoint(url).answer(TEXT).columns == ("a",)


@pytest.mark.parametrize(
    ("lexical", "kind", "value"),
    [
        ("TRUE", "boolean", "TRUE"),
        ("", "boolean", ""),
        ("0", "boolean", False),
        ("1", "boolean", True),
        ("1_000", "integer", "1_000"),
        (" 3 ", "integer", " 3 "),
        ("٣", "integer", "٣"),
        ("1.0", "integer", "1.0"),
        ("+3", "long", 3),
        ("9" * 5000, "integer", "9" * 5000),
        ("1E5", "decimal", "1E5"),
        ("1_0.5", "decimal", "1_0.5"),
        ("-.5", "decimal", -0.5),
        ("1e5", "double", 100_000.0),
        ("INF", "float", "INF"),
    ],
)
def test_an_ill_typed_literal_is_its_text(lexical, kind, value):
    """What Python takes for a number and XML Schema does not is a text, from a server and in the embedded engine."""
    datatype = NUMBER.replace("integer", kind)
    cell = {"type": "literal", "value": lexical, "datatype": datatype}
    answer = json.dumps({"head": {"vars": ["a"]}, "results": {"bindings": [{"a": cell}]}})
    with misbehaving(says(answer)) as (url, _):
        assert repr(Endpoint(url).rows(TEXT)) == repr([{"a": value}])
    assert repr(Store(b"").rows(f'SELECT ("{lexical}"^^<{datatype}> AS ?a) {{}}')) == repr([{"a": value}])


RETVAL = "__ASK_RETVAL"


@pytest.mark.parametrize(
    ("answer", "truth"),
    [
        ('{"head": {}, "boolean": false}', False),
        ('{"head": {"link": []}, "boolean": true}', True),
        (table([RETVAL], {RETVAL: "1"}), True),
        (table([RETVAL]), False),
        (table(["zzz"], {"zzz": "1"}), None),
        (NONE, None),
        (table([RETVAL], {RETVAL: "1"}, {RETVAL: "1"}), None),
        ('{"head": {}, "boolean": "true"}', None),
        ('{"head": {}, "boolean": false, "message": "timeout"}', None),
        (table([RETVAL], boolean=True), None),
    ],
)
def test_a_truth_is_one(answer, truth):
    """It is a boolean, or what Virtuoso sends in place of it; any other table is none."""
    with misbehaving(says(answer)) as (url, _):
        if truth is None:
            with pytest.raises(EndpointError):
                Endpoint(url).answer("ASK {}")
        else:
            assert Endpoint(url).answer("ASK {}").rows == ((truth,),)


PLAIN = ("a", "b")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SELECT ?a $b { }", PLAIN),
        ("# SELECT ?c\nBASE <urn:x> PREFIX select: <urn:y> select reduced ?a?b{}", PLAIN),
        ("SELECT (COUNT(DISTINCT ?x) AS ?a) (<urn:?c)>(?x) # (?d\n as ?b) WHERE { }", PLAIN),
        ("""SELECT (CONCAT(")(", '?c', \"\"\") AS ?e)\"\"\") AS ?a) ?b { }""", PLAIN),
        ("SELECT (EXISTS { ?x ?y ?z } AS ?a) (?x<?y && ?y>?x AS ?b) { }", PLAIN),
        ("SELECT ?a ?b ?a { }", PLAIN),
        ("SELECT * { }", None),
        ("SELECT COUNT(*) { }", None),
        ("SELECT ?a COUNT(?b) { }", None),
        ("SELECT (?b) { }", None),
        ("SELECT ?a\\u0062 { }", None),
        (r"""SELECT (")\" AS ?c) (" AS ?a) ?b { }""", None),
        ("SELECT ?a (?b AS ?c", None),
        ("ASK { }", None),
    ],
)
def test_the_columns_that_a_query_names(text, names):
    """They are read from its head where that is plain; in doubt they are unknown."""
    assert find_projection(text) == names


@pytest.mark.parametrize("limit", ["²", "9" * 5000, "-1", "", "2"])
def test_a_limit_of_rows_that_was_not_met(limit):
    """What is no number, or a larger one, cuts no answer."""
    with misbehaving(says(ONE, X_SPARQL_MaxRows=limit)) as (url, _):
        assert Endpoint(url).rows(TEXT) == [{"a": 1}]
