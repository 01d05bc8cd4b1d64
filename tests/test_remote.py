"""Each way in which a server can fail is one message that says what, where and what next."""

from __future__ import annotations

import sys

import pytest

from rrmm.api import KnowledgeGraph
from rrmm.errors import EndpointError, MissingExtra, QueryError
from rrmm.graph import upload
from rrmm.graph.endpoint import RETRIES, Endpoint
from rrmm.graph.endpoint_errors import PASSWORD, USER
from support.remote import NONE, ONE, TEXT, TWO, table
from support.servers import hangs_up, keeps_silent, misbehaving, says, trickles

SOURCES = ["version", "name", "citation", "brief", "published", "ends", "disclaimer", "together"]


def version(*numbers):
    """Return the answer to what version a graph has."""
    return table(SOURCES, *({"version": number} for number in numbers))


FAILURES = {
    "user wanted": (says("no", 401), rf"asks for a user.*Set {USER} and {PASSWORD} \(401: no\)"),
    "forbidden": (says("not you", 403), r"forbids it to this user \(403: not you\)"),
    "wrong path": (says("<html><title>T</title><p>No such page</p></html>", 404), r"nothing .*\(404: No such page\)"),
    "bad query": (says("line 3: no\n\nSPARQL query:\nSELECT", 400), r"refuses \(400: line 3: no\)"),
    "too long": (says("", 414), r"refuses \(414\)"),
    "broken store": (says("Virtuoso 42000 Error: disk full", 500), r"fails \(500: Virtuoso 42000 Error: disk full\)"),
    "overloaded": (says("later", 503), r"fails \(503: later\)"),
    "endless words": (says("w " * 5000, 500), r"fails \(500: (w ){150}…\)\.$"),
    "endless tags": (says("<style" * 300_000, 500), r"fails \(500: (<style)+…?.*\)\.$"),
    "words for a terminal": (says("\x1b[31mred\u202e", 400), r"refuses \(400: \\u001b\[31mred\\u202e\)"),
    "a web page": (
        says("<html>hello</html>", kind="text/html"),
        r"not SPARQL results.*begins with '<html>hello</html>'",
    ),
    "nothing": (says(""), r"not SPARQL results in JSON; it is empty"),
    "a list": (says("[1]"), r"not SPARQL results in JSON; it begins with '\[1\]'"),
    "other JSON": (says('{"head": {}}'), r"head, vars or bindings are missing or malformed"),
    "endless nesting": (says("[" * 200_000), r"not SPARQL results in JSON; it begins with '\[\["),
    "a full table": (says(ONE, X_SPARQL_MaxRows="1"), r"the server gives at most 1 rows"),
    "a part": (says(ONE, X_SQL_State="S1TAT", X_SQL_Message="incomplete"), r"answered in part.*\(incomplete\)"),
    "a part by status": (says(ONE, 206), r"answered in part, which is not used \(206\)"),
    "cut rows": (says(ONE, X_SPARQL_MaxRows="1"), r"at most 1 rows, so the answer is cut"),
    "a signed limit": (says(ONE, X_SPARQL_MaxRows="+1"), r"at most 1 rows"),
    "two limits": (says(ONE, X_SPARQL_MaxRows="1000, 1"), r"at most 1 rows"),
    "two lines of limits": (says(ONE, X_SPARQL_MaxRows="1000", x_sparql_maxrows="1"), r"at most 1 rows"),
    "a range": (says(ONE, Content_Range="rows 0-0/500"), r"answered in part, which is not used \(rows 0-0/500\)"),
    "a range without an end": (says(ONE, Content_Range="rows 0-0/*"), r"answered in part.*\(rows 0-0/\*\)"),
    "another column": (says(table(["zzz"], {"zzz": "1"})), r"has the columns 'zzz'; the query asks for 'a'"),
    "another column, no rows": (says(table(["zzz"])), r"has the columns 'zzz'; the query asks for 'a'"),
    "rows without columns": (says(table([], {"a": "1"})), r"has the columns none; the query asks for 'a'"),
    "a column in a row alone": (says(table(["a"], {"a": "1", "b": "2"})), r"rows hold 'b', which head does not name"),
    "a column twice": (says(table(["a", "a"], {"a": "1"})), r"head, vars or bindings are missing or malformed"),
    "a column without a name": (says(table(["a", ""])), r"missing or malformed"),
    "columns as a text": (says(table("a")), r"missing or malformed"),
    "a column that is no text": (says(table([1])), r"missing or malformed"),
    "a value that is no text": (says(table(["a"], {"a": 5})), r"missing or malformed"),
    "rows as an object": (says('{"head": {"vars": ["a"]}, "results": {"bindings": {}}}'), r"missing or malformed"),
    "an error beside rows": (
        says(table(["a"], error="timeout: partial\nresults")),
        r"says that something went wrong, so it is not used \(error: timeout: partial\\nresults\)",
    ),
    "warnings": (says(table(["a"], Warnings=["cut"])), r"went wrong.*\(Warnings: \['cut'\]\)"),
    "an error in the head": (says('{"head": {"error": "e"}}'), r"went wrong.*\(error: e\)"),
    "cut results": (
        says('{"head": {"vars": ["a"]}, "results": {"timed_out": true, "bindings": []}}'),
        r"went wrong.*\(timed_out: True\)",
    ),
    "a truth beside rows": (says(table(["a"], boolean=True)), r"it holds boolean beside results"),
    "rows in a web page": (says(ONE, kind="text/html; charset=utf-8"), r"it is text/html, and it begins with"),
    "cut body": (says(ONE, Content_Length="5000"), r"connection broke off"),
    "cut connection": (hangs_up, r"connection broke off"),
    "silence": (keeps_silent, r"no answer within 0.3 s"),
    "not HTTP": (
        lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n"),
        r"not an answer of HTTP \(BadStatusLine\)",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_each_failure_has_one_message(name):
    """It names the address, and is one line; only a connection that breaks off is tried again."""
    behaviour, said = FAILURES[name]
    with misbehaving(behaviour) as (url, seen), pytest.raises(EndpointError, match=said) as caught:
        Endpoint(url, time_limit=0.3).rows(TEXT)
    assert str(caught.value).startswith(url)
    assert "\n" not in str(caught.value)
    assert len(seen) == (RETRIES + 1 if "cut body" in name or "cut connection" in name else 1)


@pytest.mark.parametrize("place", ["http://[::1", "http://x..y/", "/there", "http://127.0.0.1:9/\x1b[31m"])
def test_no_redirect_is_followed(place, monkeypatch):
    """Credentials and queries go to the address that was given, and nowhere else."""
    monkeypatch.setenv(USER, "me")
    monkeypatch.setenv(PASSWORD, "secret")
    with misbehaving(says("", 302, Location=place)) as (url, seen):
        for attempt in (lambda: Endpoint(url).rows(TEXT), lambda: upload.put(TWO, url, endpoint=url)):
            with pytest.raises(EndpointError, match=r"sends on to another address \(302: ") as caught:
                attempt()
            assert str(caught.value).startswith(url)
            assert "\x1b" not in str(caught.value)
        assert [line.split(" ")[0] for line in seen] == ["POST", "HEAD", "PUT"]


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 100 Continue\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nX: ", b"a"],
        [b"HTTP/1.1 200 OK\r\n\r\n", b"a"],
        [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"a"],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"],
    ],
    ids=["promises", "head", "body", "refusal", "chunks"],
)
def test_the_time_of_an_answer_covers_all_of_it(pieces):
    """A server that sends a little now and then keeps nobody, whatever it sends."""
    with misbehaving(trickles(*pieces)) as (url, _):
        for attempt in (lambda: Endpoint(url, time_limit=0.3).rows(TEXT), lambda: upload.put(TWO, url, time_limit=0.3)):
            with pytest.raises(EndpointError, match=r"no answer within 0\.3 s"):
                attempt()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1/", "nothing listens there"),
        ("http://rrmm.invalid/sparql", "no host rrmm.invalid"),
        ("rrmm.ttl", "Not the address of a server: 'rrmm.ttl'"),
        ("file:///etc/passwd", "Not the address of a server"),
        ("http://127.0.0.1:port/", "Not the address of a server"),
        ("http://127.0.0.1/a b", "Not the address of a server"),
        ("http://127.0.0.1/é", "Not the address of a server: .* in ASCII"),
        ("http://bücher.example/", "Not the address of a server"),
        ("http://x..y/", "Not the address of a server"),
        (f"http://{'x' * 70}/", "Not the address of a server"),
        ("http://[::1", "Not the address of a server"),
    ],
)
def test_an_address_that_cannot_be_asked(url, said):
    """Nothing listens, no such host, or no address at all: to ask and to load say the same."""
    for attempt in (lambda: Endpoint(url).rows(TEXT), lambda: upload.put(b"", url)):
        with pytest.raises(EndpointError, match=said):
            attempt()


def test_a_password_never_stands_in_a_message():
    """An address that holds a user is refused without repeating it."""
    with pytest.raises(EndpointError, match=USER) as caught:
        Endpoint("http://me:secret@127.0.0.1/")
    assert "secret" not in str(caught.value)


def test_a_graph_name_that_is_no_iri():
    """It is refused before anything is sent."""
    with pytest.raises(QueryError, match="Not an IRI"):
        Endpoint("http://127.0.0.1/", graph="my graph")


def test_a_connection_that_breaks_is_tried_again():
    """Once it answers, the answer counts; the query and the graph are sent again."""
    with misbehaving(hangs_up, says(ONE)) as (url, seen):
        assert Endpoint(url, graph="https://example.org/g").rows(TEXT) == [{"a": 1}]
    assert len(seen) == 2
    assert "default-graph-uri=https%3A//example.org/g&" in seen[1]
    assert "query=SELECT" in seen[1]


def test_the_header_of_a_query_does_not_pass_for_its_form():
    """A header may speak of loading, or of something with its address, and the query stays a query."""
    with misbehaving(says(ONE)) as (url, seen):
        Endpoint(url).rows(f"#+ summary: Load it\n#+ description: each with its address\n{TEXT}")
    assert "query=SELECT" in seen[0]
    assert "update=" not in seen[0]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (NONE, r"the default graph is empty or holds no rrmm graph\. Load this version into it: rrmm load --to"),
        (version("0.0.1"), r"the default graph holds rrmm 0\.0\.1; the queries here are .*Load this version"),
        (version("0.0.1", "0.1.0"), r"holds rrmm 0\.0\.1 and 0\.1\.0"),
        (table(SOURCES, {}), "is empty or holds no rrmm graph"),
    ],
)
def test_a_graph_that_is_not_this_one(answer, said):
    """An empty graph, a foreign one and another version are told apart when connecting."""
    with misbehaving(says(answer)) as (url, _), pytest.raises(EndpointError, match=said):
        KnowledgeGraph.connect(url)


def test_the_command_line_ends_in_one_line(run_rrmm):
    """A server that fails is exit code 2 and one line, for every command that asks one."""
    with misbehaving(says("disk full", 500)) as (url, _):
        for command in (
            ("regimens", "--refractory", "bortezomib", "--endpoint", url),
            ("query", "results", "--endpoint", url),
            ("load", "--to", url),
        ):
            done = run_rrmm(*command)
            assert (done.returncode, done.stdout) == (2, "")
            assert done.stderr.count("\n") == 1
            assert "500: disk full" in done.stderr


@pytest.mark.parametrize("command", [("names", "Vd", "--endpoint"), ("load", "--to")])
def test_the_command_line_refuses_what_is_no_address(run_rrmm, command):
    """It is exit code 2 and one line, to ask and to load."""
    for url in ("http://127.0.0.1/é", "http://x..y/"):
        done = run_rrmm(*command, url)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert "Not the address of a server" in done.stderr


STORES = {
    "another number": (says('<a:a> <a:b> "1" .\n'), "2 triples were sent, and 1 come back"),
    "not N-Triples": (says("<html>", kind="text/html"), "what comes back is not N-Triples"),
    "forbidden": (says("read-only", 403), r"\(403: read-only\)"),
    "no method": (says("no PUT here", 405), r"refuses \(405: no PUT here\)"),
    "silence": (keeps_silent, "no answer within 0.3 s"),
}


@pytest.mark.parametrize("name", STORES)
def test_what_was_not_loaded_is_not_said_to_be(name):
    """A refusal, and a server that has something else afterwards, are errors."""
    behaviour, said = STORES[name]
    with misbehaving(behaviour) as (url, _), pytest.raises(EndpointError, match=said):
        upload.put(TWO, url, time_limit=0.3)


def test_an_endpoint_that_counts_nothing_is_named():
    """What is no count is one message, whatever the server says instead."""
    for answer in (NONE, table(["n"]), table(["n"], {"n": "many"})):
        with misbehaving(says()) as (store, _), misbehaving(says(answer)) as (url, _):
            with pytest.raises(EndpointError, match="does not count triples") as caught:
                upload.put(TWO, store, endpoint=url)
            assert str(caught.value).startswith(url)


def test_without_the_extra_it_is_said(monkeypatch):
    """The message names the extra to install."""
    monkeypatch.setitem(sys.modules, "SPARQLWrapper", None)
    with pytest.raises(MissingExtra, match=r"pip install 'rrmm\[remote\]'"):
        Endpoint("http://127.0.0.1/").rows(TEXT)
