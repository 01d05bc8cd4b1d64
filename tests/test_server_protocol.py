"""The SPARQL 1.1 Protocol, over HTTP: what is answered, in which form, and what is refused with which status."""

from __future__ import annotations

import csv
import io
import json
import socket
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
import rdflib

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
SELECT = "SELECT ?x WHERE { VALUES ?x { 1 2 } }"
CONSTRUCT = "CONSTRUCT { <urn:a> <urn:b> 1 } WHERE {}"
# rdflib reads JSON-LD through a class of its own that it has deprecated.
READS_JSONLD = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
SD = "http://www.w3.org/ns/sparql-service-description#"


def by_get(served, query, **headers):
    """Ask with GET."""
    return served.ask(f"/sparql?query={quote(query)}", **headers)


def by_form(served, query, **headers):
    """Ask with a form."""
    return served.ask("/sparql", "POST", urlencode({"query": query}), Content_Type=FORM, **headers)


def by_body(served, query, **headers):
    """Ask with the query as the body."""
    return served.ask("/sparql", "POST", query.encode(), Content_Type=f"{QUERY}; charset=utf-8", **headers)


@pytest.mark.parametrize("way", [by_get, by_form, by_body])
def test_three_ways_to_ask(served, way):
    """GET, a form and a body give the same answer, JSON where nothing is preferred."""
    reply = way(served, SELECT, Origin="https://example.org")
    assert (reply.status, reply.kind) == (200, "application/sparql-results+json")
    assert [row["x"]["value"] for row in json.loads(reply.body)["results"]["bindings"]] == ["1", "2"]
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "Accept" in reply.headers["vary"]


def test_an_answer_is_that_of_the_embedded_engine(served, kg):
    """The catalogued results are row for row those that Python gives."""
    text = (kg.files.root / "queries/questions/results.rq").read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(by_form(served, text, Accept="text/csv").body.decode())))
    table = kg.query("results")
    assert tuple(rows[0]) == table.columns
    assert len(rows) - 1 == len(table)


TABLES = [
    ("application/sparql-results+json", "application/sparql-results+json"),
    ("application/json", "application/json"),
    ("application/sparql-results+xml", "application/sparql-results+xml"),
    ("text/csv", "text/csv"),
    ("text/tab-separated-values", "text/tab-separated-values"),
    ("text/csv;q=0.1, application/xml", "application/xml"),
    ("text/*", "text/csv"),
    ("image/png, */*;q=0.1", "application/sparql-results+json"),
    ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "application/sparql-results+json"),
    ("", "application/sparql-results+json"),
    ("nonsense", "application/sparql-results+json"),
]


@pytest.mark.parametrize(("accept", "kind"), TABLES)
def test_forms_of_a_table(served, accept, kind):
    """The form that the client likes best is sent, under its own name."""
    reply = by_get(served, SELECT, Accept=accept)
    assert (reply.status, reply.kind) == (200, kind)
    if kind.endswith("xml"):
        ElementTree.fromstring(reply.body)  # noqa: S314
    elif kind.startswith("text"):
        assert reply.body.split() in ([b"x", b"1", b"2"], [b"?x", b"1", b"2"])
    else:
        json.loads(reply.body)


@READS_JSONLD
@pytest.mark.parametrize(
    ("accept", "parser"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/ld+json", "json-ld"),
        ("application/rdf+xml", "xml"),
        ("*/*", "turtle"),
    ],
)
@pytest.mark.parametrize("query", [CONSTRUCT, "DESCRIBE <https://w3id.org/rrmm/id/drug/bortezomib>"])
def test_forms_of_a_graph(served, accept, parser, query):
    """CONSTRUCT and DESCRIBE answer in every RDF form, and rdflib reads it."""
    reply = by_get(served, query, Accept=accept)
    assert reply.status == 200
    assert reply.kind == ("text/turtle" if accept == "*/*" else accept)
    assert len(rdflib.Graph().parse(data=reply.body, format=parser)) > 0


@pytest.mark.parametrize(
    ("query", "accept"),
    [(SELECT, "text/turtle"), (CONSTRUCT, "text/csv"), ("ASK {}", "image/png"), (SELECT, "*/*;q=0")],
)
def test_a_form_that_is_not_on_offer(served, query, accept):
    """A table is not forced into a graph, nor the other way: 406."""
    reply = by_get(served, query, Accept=accept)
    assert (reply.status, "Accept" in reply.headers["vary"]) == (406, True)


@pytest.mark.parametrize(
    ("given", "accept", "kind"),
    [
        ({"format": "csv"}, "*/*", "text/csv"),
        ({"output": "xml"}, "", "application/sparql-results+xml"),
        ({"results": "text/tab-separated-values"}, "*/*", "text/tab-separated-values"),
        ({"format": "json", "output": "json", "results": "json"}, "text/csv", "text/csv"),
    ],
)
def test_the_parameters_of_other_endpoints_choose_where_accept_does_not(served, given, accept, kind):
    """SPARQLWrapper sends them beside Accept."""
    reply = served.ask(f"/sparql?{urlencode({'query': SELECT, **given})}", Accept=accept)
    assert (reply.status, reply.kind) == (200, kind)


def test_a_mark_before_a_query_is_no_part_of_it(served):
    """Editors put a byte order mark before the text of a file."""
    reply = served.ask("/sparql", "POST", b"\xef\xbb\xbfASK {}", Content_Type="application/sparql-query")
    assert reply.status == 200


IN_XML = {
    "SELECT ({} AS ?x) {{}}": "application/sparql-results+xml",
    "CONSTRUCT {{ <a:s> <http://x/p> ?x }} {{ BIND({} AS ?x) }}": "application/rdf+xml",
}


@pytest.mark.parametrize("query", IN_XML)
@pytest.mark.parametrize("letter", ["\\u0001", "\\u001f", "\\ufffe", "\\uffff"])
def test_what_xml_cannot_hold_is_refused(served, query, letter):
    """An answer in XML is XML: a character that it does not have is 406, which names it and what to do."""
    reply = by_get(served, query.format(f"'a{letter}'"), Accept=IN_XML[query])
    assert reply.status == 406
    assert f"U+{letter[2:].upper()}" in json.loads(reply.body)["detail"]
    assert "Ask for a form that is no XML" in json.loads(reply.body)["detail"]
    assert by_get(served, query.format(f"'a{letter}'")).status == 200


@pytest.mark.parametrize("iri", ["http://x.example/1", "http://x.example/", "urn:a#", "x:1", "http://x.example/?b=1"])
def test_a_property_without_a_name_is_no_xml(served, iri):
    """RDF/XML writes a property as the name of an element; every other form holds any IRI."""
    query = f"CONSTRUCT {{ <urn:a> <{iri}> 1 }} WHERE {{}}"
    refused = by_form(served, query, Accept="application/rdf+xml")
    assert (refused.status, b"does not end in a name" in refused.body) == (406, True)
    assert f"<{iri}>" in by_form(served, query, Accept="application/n-triples").body.decode()


@pytest.mark.parametrize("query", IN_XML)
def test_a_carriage_return_stays_one_in_xml(served, query):
    """A reader of XML would make an end of a line of it."""
    reply = by_get(served, query.format(r"'a\r\nb\u00e9'"), Accept=IN_XML[query])
    assert "a\r\nb\u00e9" in "".join(ElementTree.fromstring(reply.body).itertext())  # noqa: S314


@pytest.mark.parametrize("accept", ["application/sparql-results+json", "application/sparql-results+xml", "text/csv"])
def test_ask(served, accept):
    """ASK answers in the forms of a table."""
    assert b"true" in by_get(served, "ASK {}", Accept=accept).body


REFUSED = [
    (400, "GET", "/sparql?query=hello", None, ""),
    (400, "GET", "/sparql?query=", None, ""),
    (400, "GET", "/sparql?query=ASK%7B%7D&query=ASK%7B%7D", None, ""),
    (400, "GET", "/sparql?query=%FF", None, ""),
    (400, "GET", "/sparql?query=ASK%7B%7D&timeout=1", None, ""),
    (400, "GET", "/sparql?Query=ASK%7B%7D", None, ""),
    (400, "GET", "/sparql?query=ASK%7B%7D&format=pdf", None, ""),
    (400, "GET", "/sparql?query=ASK%7B%7D&format=csv&output=xml", None, ""),
    (400, "POST", "/sparql?query=ASK%7B%7D", b"ASK {}", QUERY),
    (400, "POST", "/sparql?query=ASK%7B%7D", b"query=ASK%7B%7D", FORM),
    (403, "POST", "/sparql?default-graph-uri=http://127.0.0.1:9/", b"query=ASK%7B%7D", FORM),
    (400, "POST", "/sparql", b"", FORM),
    (400, "POST", "/sparql", b"q=ASK", FORM),
    (400, "POST", "/sparql", b"\xff\xfe", QUERY),
    (400, "POST", "/sparql", b"INSERT DATA { <a:a> <a:b> <a:c> }", QUERY),
    (400, "POST", "/sparql", b"LOAD <http://127.0.0.1:9/>", QUERY),
    (400, "POST", "/sparql", b"SELECT * WHERE { ?s service: ?o", QUERY),
    (403, "POST", "/sparql", b"update=CLEAR+ALL", FORM),
    (403, "GET", "/sparql?update=CLEAR+ALL", None, ""),
    (403, "GET", "/sparql?query=ASK%7B%7D&default-graph-uri=http://127.0.0.1:9/", None, ""),
    (403, "POST", "/sparql?named-graph-uri=http://127.0.0.1:9/", b"ASK {}", QUERY),
    (403, "POST", "/sparql", b"ASK FROM <http://127.0.0.1:9/> {}", QUERY),
    (403, "POST", "/sparql", b"ASK { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", QUERY),
    (403, "POST", "/sparql", b"ASK { FILTER EXISTS { SERVICE SILENT <http://127.0.0.1:9/> {} } }", QUERY),
    (403, "POST", "/sparql", b"ASK { \\u0053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", QUERY),
    (405, "PUT", "/sparql", b"ASK {}", QUERY),
    (405, "DELETE", "/sparql?query=ASK%7B%7D", None, ""),
    (413, "POST", "/sparql", b"#" * 70_000, QUERY),
    (415, "POST", "/sparql", b"ASK {}", "text/plain"),
    (415, "POST", "/sparql", b"CLEAR ALL", "application/sparql-update"),
    (415, "POST", "/sparql", b"ASK {}", ""),
]


@pytest.mark.parametrize(("status", "method", "path", "body", "kind"), REFUSED)
def test_what_is_refused(served, status, method, path, body, kind):
    """Each fault has its status, and a body that says what to do."""
    reply = served.ask(path, method, body, **({"Content_Type": kind} if kind else {}))
    assert reply.status == status
    if status != 405:
        assert reply.kind == "application/problem+json"
        assert json.loads(reply.body)["detail"]
    assert b"Traceback" not in reply.body


@READS_JSONLD
@pytest.mark.parametrize(("accept", "parser"), [("text/turtle", "turtle"), ("application/ld+json", "json-ld")])
def test_without_a_query_the_service_describes_itself(served, accept, parser):
    """The description names the endpoint and SPARQL 1.1 query; a browser is sent to the editor."""
    reply = served.ask("/sparql", Accept=accept)
    graph = rdflib.Graph().parse(data=reply.body, format=parser)
    endpoint = rdflib.URIRef(f"{served.url}/sparql")
    assert (endpoint, rdflib.URIRef(SD + "endpoint"), endpoint) in graph
    assert (endpoint, rdflib.URIRef(SD + "supportedLanguage"), rdflib.URIRef(SD + "SPARQL11Query")) in graph
    browser = served.ask("/sparql", Accept="text/html,*/*;q=0.8")
    assert (browser.status, browser.headers["location"]) == (303, "/sparql.html")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("accept", "parser"), [("text/turtle", "turtle"), ("application/rdf+xml", "xml"), ("*/*", "turtle")]
)
def test_the_dataset_is_described_where_crawlers_look(served, accept, parser):
    """The service names the dataset that it serves; its licence, version and counts stand at /.well-known/void."""
    service = rdflib.Graph().parse(data=served.ask("/sparql", Accept="text/turtle").body, format="turtle")
    (dataset,) = service.objects(rdflib.URIRef(f"{served.url}/sparql"), rdflib.DCAT.servesDataset)
    assert list(service.subjects(rdflib.RDF.type, rdflib.URIRef(SD + "Graph"))) == [dataset]
    assert service.value(dataset, rdflib.RDFS.seeAlso) == rdflib.URIRef(f"{served.url}/.well-known/void")
    reply = served.ask("/.well-known/void", Accept=accept)
    graph = rdflib.Graph().parse(data=reply.body, format=parser)
    assert graph.value(dataset, rdflib.DCTERMS.license)
    assert str(graph.value(dataset, rdflib.VOID.triples)) == str(service.value(dataset, rdflib.VOID.triples))
    assert served.ask("/.well-known/void", Accept="image/png").status == 406


def test_a_preflight_lets_other_origins_ask(served):
    """A page of another origin may send a query."""
    reply = served.ask(
        "/sparql",
        "OPTIONS",
        Origin="https://example.org",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="Content-Type",
    )
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "POST" in reply.headers["access-control-allow-methods"]
    assert "content-type" in reply.headers["access-control-allow-headers"].lower()


def test_a_preflight_that_is_refused_is_an_answer_like_any_other(served):
    """A problem document, with the headers of every answer; a 400 that a browser shows to who wrote the page."""
    reply = served.ask("/sparql", "OPTIONS", Origin="https://example.org", Access_Control_Request_Method="PUT")
    assert (reply.status, reply.headers["content-type"]) == (400, "application/problem+json")
    assert json.loads(reply.body)["detail"] == "Ask by GET, HEAD, POST, OPTIONS."
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["access-control-allow-origin"] == "*"


def test_head_sends_no_body(served):
    """HEAD has the headers of GET."""
    reply = served.ask("/sparql?query=ASK%7B%7D", "HEAD")
    assert (reply.status, reply.body) == (200, b"")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://elsewhere/sparql?query=ASK%20%7B%7D", 200),
        ("HTTP://elsewhere:80/api/version", 200),
        ("http://elsewhere", 200),
        ("http://elsewhere/id/drug/bortezomib.ttl", 200),
        ("http://elsewhere/nothing", 404),
        ("ftp://elsewhere/sparql?query=ASK%20%7B%7D", 404),
        ("elsewhere:443", 404),
    ],
)
def test_a_target_in_absolute_form_is_taken(served, target, status):
    """A server must accept it (RFC 9112, 3.2.2); the host in it is that of the request."""
    request = f"GET {target} HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=15) as client:
        client.sendall(request.encode())
        received = client.makefile("rb").read()
    assert int(received.split()[1]) == status


def test_no_host_that_a_request_names_is_believed(served):
    """The description of the service names the address where it listens, whatever it was asked by."""
    request = "GET http://elsewhere/sparql HTTP/1.1\r\nHost: other\r\nAccept: text/turtle\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=15) as client:
        client.sendall(request.encode())
        received = client.makefile("rb").read()
    assert f"<{served.url}/sparql>".encode() in received
    assert b"elsewhere" not in received and b"other" not in received
