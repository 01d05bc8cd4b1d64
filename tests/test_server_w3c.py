"""The W3C's tests of the SPARQL 1.1 Protocol, its query half, asked of our own graph.

https://www.w3.org/2009/sparql/docs/tests/data-sparql11/protocol/: each test by its name there, with the graph that is
served in place of the documents on the web that it loads. The one left out, query_multiple_dataset, has a FROM clause,
which is refused.
"""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest

from rrmm.cli.main import main
from rrmm.version import __version__

GRAPH = f"https://w3id.org/rrmm/release/{__version__}"
DRUG = "<https://w3id.org/rrmm/id/drug/bortezomib>"
FORM, QUERY = "application/x-www-form-urlencoded", "application/sparql-query"
ASK = quote("ASK {}")
DEFAULT, NAMED = (urlencode({f"{kind}-graph-uri": GRAPH}) for kind in ("default", "named"))
IN_DEFAULT = f"ASK {{ {DRUG} a ?type }}"
IN_NAMED = f"ASK {{ GRAPH ?g1 {{ {DRUG} a ?type }} GRAPH ?g2 {{ {DRUG} a ?type }} }}"
IN_BOTH = f"ASK {{ {DRUG} a ?type GRAPH ?g {{ {DRUG} a ?type }} }}"

# method, parameters in the address, media type and text of the body
ANSWERED = {
    "query_post_form": ("POST", DEFAULT, FORM, f"query={ASK}", "boolean"),
    "query_dataset_default_graphs_get": (
        "GET",
        f"query={quote(IN_DEFAULT)}&{DEFAULT}&{DEFAULT}",
        None,
        None,
        "boolean",
    ),
    "query_dataset_default_graphs_post": ("POST", f"{DEFAULT}&{DEFAULT}", QUERY, IN_DEFAULT, "boolean"),
    "query_dataset_named_graphs_post": ("POST", f"{NAMED}&{NAMED}", QUERY, IN_NAMED, "boolean"),
    "query_dataset_named_graphs_get": ("GET", f"query={quote(IN_NAMED)}&{NAMED}&{NAMED}", None, None, "boolean"),
    "query_dataset_full": ("POST", f"{DEFAULT}&{NAMED}&{NAMED}", QUERY, IN_BOTH, "boolean"),
    "query_get": ("GET", f"query={ASK}&{DEFAULT}", None, None, "boolean"),
    "query_content_type_select": ("POST", DEFAULT, QUERY, "SELECT (1 AS ?value) {}", "tabular"),
    "query_content_type_ask": ("POST", DEFAULT, QUERY, "ASK {}", "boolean"),
    "query_content_type_describe": ("POST", DEFAULT, QUERY, "DESCRIBE <http://example.org/>", "RDF"),
    "query_content_type_construct": ("POST", DEFAULT, QUERY, "CONSTRUCT { <s> <p> 1 } WHERE {}", "RDF"),
    "query_post_direct": ("POST", "", QUERY, "ASK {}", "boolean"),
}
REFUSED = {
    "bad_query_method": ("PUT", f"query={ASK}&{DEFAULT}", FORM, None),
    "bad_multiple_queries": ("GET", f"query={ASK}&query={quote('SELECT * {}')}", None, None),
    "bad_query_wrong_media_type": ("POST", "", "text/plain", "ASK {}"),
    "bad_query_missing_form_type": ("POST", "", None, f"query={ASK}"),
    "bad_query_missing_direct_type": ("POST", "", None, "ASK {}"),
    "bad_query_non_utf8": ("POST", "", f"{QUERY}; charset=UTF-16", "ASK {}".encode("utf-16")),
    "bad_query_syntax": ("GET", f"query={quote('ASK {')}", None, None),
}
KINDS = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": {"application/sparql-results+json", "text/csv", "text/tab-separated-values"},
    "RDF": {"text/turtle", "application/rdf+xml", "application/n-triples"},
}


def ask(served, method, parameters, kind, body):
    """Return the reply to the request of a test."""
    text = body.encode() if isinstance(body, str) else body
    return served.ask(f"/sparql?{parameters}", method, text, **({"Content_Type": kind} if kind else {}))


@pytest.mark.parametrize("name", ANSWERED)
def test_is_answered(served, name):
    """The status is 2xx, the form one of those that the test takes, and a boolean true."""
    *request, expected = ANSWERED[name]
    reply = ask(served, *request)
    assert (reply.status, reply.kind in KINDS[expected]) == (200, True), reply.body
    assert expected != "boolean" or json.loads(reply.body)["boolean"] is True


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(served, name):
    """The status is 4xx."""
    assert 400 <= ask(served, *REFUSED[name]).status < 500


@pytest.mark.parametrize(("parameters", "query"), [(NAMED, IN_DEFAULT), (DEFAULT, IN_NAMED)])
def test_a_dataset_holds_what_it_names_and_nothing_else(served, parameters, query):
    """The default graph is empty where only a named one is given, and the other way."""
    assert json.loads(ask(served, "POST", parameters, QUERY, query).body)["boolean"] is False


def test_relative_addresses_are_resolved_against_the_endpoint(served):
    """The base is the public address of the service, whatever a request says of it."""
    reply = served.ask(
        f"/sparql?query={quote('CONSTRUCT { <s> <p> 1 } WHERE {}')}",
        Accept="application/n-triples",
        Host="evil.example",
    )
    assert reply.body.startswith(f"<{served.url}/s> <{served.url}/p>".encode())


STORE = [
    (200, "GET", "default"),
    (200, "HEAD", f"graph={quote(GRAPH)}"),
    (404, "GET", "graph=urn:other"),
    (400, "GET", ""),
    (400, "GET", "default&graph=urn:other"),
    (400, "GET", "default=1"),
    *((405, method, "default") for method in ("PUT", "POST", "DELETE", "PATCH")),
]


@pytest.mark.parametrize(("status", "method", "parameters"), STORE)
def test_the_graph_store_is_read(served, status, method, parameters):
    """The Graph Store Protocol gives the one graph, by either name, and changes nothing."""
    reply = served.ask(f"/store?{parameters}", method, Accept="application/n-triples")
    assert reply.status == status
    assert status != 405 or set(reply.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_the_graph_of_the_store_is_that_of_the_queries(served, kg):
    """Every triple is there, in the form that was asked for."""
    assert sorted(served.ask("/store?default", Accept="application/n-triples").body.splitlines()) == sorted(
        kg.files.snapshot.splitlines()
    )


def test_the_store_is_not_asked_at_the_endpoint(served):
    """Who takes one for the other is told where it is."""
    reply = served.ask(f"/sparql?graph={quote(GRAPH)}")
    assert (reply.status, b"/store" in reply.body) == (400, True)


@pytest.mark.parametrize("url", ["http://[::::]", "http://host:99999", "http://host:0", "http://a@b", "ftp://host"])
def test_a_base_url_that_cannot_be(url, capsys):
    """It is refused before anything is loaded."""
    assert main(["serve", "--base-url", url]) == 2
    assert "--base-url" in capsys.readouterr().err
