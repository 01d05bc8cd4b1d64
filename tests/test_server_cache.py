"""Answers that are kept: which, for how long, and that nothing else of an answer depends on it.

A new blank node has a new label, so equal bodies of a query that makes one come from one run of it.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from rrmm.server.compression import accepted
from rrmm.server.kept import Cache, Kept, Question
from support.service import serving

LABELS = "SELECT (BNODE() AS ?new) WHERE {}"
LONG = "SELECT (BNODE() AS ?new) ?s WHERE { ?s a ?class } LIMIT 200"
FORM = "application/x-www-form-urlencoded"
JSON = "application/sparql-results+json"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return a service that keeps answers of up to 16 KiB, 256 KiB in all."""
    with serving(tmp_path_factory.mktemp("small"), cache=256 * 1024) as service:
        yield service


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory):
    """Return a service that keeps no answer."""
    with serving(tmp_path_factory.mktemp("forgetful"), cache=0) as service:
        yield service


def ask(served, query, method="GET", **headers):
    """Return the reply to a query in the address."""
    return served.ask(f"/sparql?query={quote(query)}", method, **headers)


def test_a_repeated_query_is_answered_from_memory(served, forgetful):
    """The same text has the same answer by every way to ask; another text, or a service without cache, runs it anew."""
    query = f"{LABELS} # repeated"
    first = ask(served, query)
    assert ask(served, query).body == first.body
    assert served.sparql(query).body == first.body
    assert served.ask("/sparql", "POST", query, Content_Type="application/sparql-query").body == first.body
    assert ask(served, f"{query} twice").body != first.body
    assert ask(forgetful, query).body != ask(forgetful, query).body


@contextlib.contextmanager
def stopped_workers(service):
    """Stop the processes that run queries; a stopped one is killed at the limit of a query, and renewed."""
    tasks = Path(f"/proc/{service.process.pid}/task").glob("*/children")
    workers = [int(child) for path in tasks for child in path.read_text().split()]
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGCONT)


def test_what_is_kept_needs_no_process_and_a_failure_is_not_kept(small):
    """With every process stopped a kept answer is given, another query fails; when they run again it is answered."""
    kept, missing = "ASK { ?drug a ?class }", "ASK { ?s ?p ?o }"
    reply = small.sparql(kept)
    with stopped_workers(small):
        assert small.sparql(kept).body == reply.body
        assert small.sparql(missing).status == 503
    assert small.sparql(missing).status == 200
    with stopped_workers(small):
        assert small.sparql(missing).status == 200


@pytest.mark.parametrize("query", ["SELECT * WHERE {", "ASK FROM <urn:x> {}", "ASK { SERVICE <urn:x> { ?s ?p ?o } }"])
def test_what_is_refused_is_refused_again(served, query):
    """A fault has its status however often, and the same text as part of a remark harms nothing."""
    assert ask(served, query).status == ask(served, query).status in {400, 403}
    assert ask(served, f"ASK {{}} # {query}").status == 200


def test_forms_are_kept_apart(served):
    """Each form of a kept answer is its own; a form that is not on offer is still refused."""
    replies = {form: ask(served, LABELS, Accept=form) for form in (JSON, "text/csv", "application/json")}
    assert replies["application/json"].body == replies[JSON].body != replies["text/csv"].body
    assert {form: reply.kind for form, reply in replies.items()} == {form: form for form in replies}
    assert ask(served, LABELS, Accept="text/turtle").status == 406
    assert ask(served, LABELS, Accept="text/turtle, text/csv;q=0.1").body == replies["text/csv"].body
    graph = "CONSTRUCT { ?x a ?x } WHERE { BIND(BNODE() AS ?x) }"
    assert ask(served, graph, Accept="text/csv").status == 406
    assert ask(served, graph).body == ask(served, graph, Accept="text/turtle, text/csv").body
    assert ask(served, graph).body != ask(served, graph, Accept="application/n-triples").body


@pytest.mark.parametrize(
    "expression", ["NOW()", "now ()", "RAND()", "UUID()", "STRUUID()", "'\\u004e'", "IF(true, RAND(), 1)"]
)
def test_what_changes_is_not_kept(served, expression):
    """Time and chance are asked anew, however they are written, and what an escape could hide."""
    query = f"SELECT ({expression} AS ?x) (BNODE() AS ?new) WHERE {{}}"
    assert ask(served, query).status == 200
    assert ask(served, query).body != ask(served, query).body


def test_words_that_only_look_so_are_kept(served):
    """A variable with a part of such a name is none of them."""
    query = "SELECT ?unknown ?random (BNODE() AS ?new) WHERE {}"
    assert ask(served, query).body == ask(served, query).body


def test_an_answer_that_is_too_long_is_not_kept(small, served):
    """An answer takes a sixteenth of the cache at most."""
    assert ask(small, LONG).body != ask(small, LONG).body
    assert ask(small, LABELS).body == ask(small, LABELS).body
    assert ask(served, LONG).body == ask(served, LONG).body


def test_the_oldest_answer_makes_room(small):
    """More answers than fit push out the one that was asked for longest ago."""
    query = "SELECT (BNODE() AS ?new) ?s WHERE {{ ?s a ?class }} LIMIT 60 # {}"
    first = ask(small, query.format(0)).body
    assert ask(small, query.format(0)).body == first
    for number in range(1, 40):
        last = ask(small, query.format(number)).body
    assert ask(small, query.format(39)).body == last
    assert ask(small, query.format(0)).body != first


@pytest.mark.parametrize("query", [LABELS, LONG], ids=["short", "long"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_conditional_requests_and_head(served, query, encoding):
    """HEAD and 304 have the tag and the Vary of the answer, when it is kept and before."""
    query = f"{query} # {encoding}"
    headers = {"Accept_Encoding": encoding, "Origin": "https://example.org"}
    first, again, head = (ask(served, query, method, **headers) for method in ("GET", "GET", "HEAD"))
    unmodified = [
        ask(served, query, method, If_None_Match=first.headers["etag"], **headers) for method in ("GET", "HEAD")
    ]
    assert [reply.status for reply in (first, again, head, *unmodified)] == [200, 200, 200, 304, 304]
    assert head.body == unmodified[0].body == unmodified[1].body == b""
    for name in ("etag", "vary", "cache-control", "x-content-type-options", "access-control-allow-origin"):
        assert len({reply.headers[name] for reply in (first, again, head, *unmodified)}) == 1, name
    assert first.headers["vary"].count("Accept") == (2 if query.startswith(LONG) else 1)
    assert not {"content-encoding", "content-length", "content-type"} & {*unmodified[0].headers}
    assert ask(served, query, If_None_Match='"other"', **headers).status == 200
    for name in ("content-type", "content-length"):
        assert head.headers[name] == again.headers[name]


def test_a_kept_answer_is_compressed_for_who_accepts_it(served):
    """Identity and gzip are one content with one tag, whichever is asked for first, and each says what it varies by."""
    for order in (["gzip", "identity", "gzip", "gzip"], ["identity", "gzip", "identity", "identity"]):
        query = f"{LONG} # {order}"
        replies = [ask(served, query, Accept_Encoding=encoding) for encoding in order]
        assert [reply.headers.get("content-encoding", "identity") for reply in replies] == order
        bodies = {gzip.decompress(r.body) if "content-encoding" in r.headers else r.body for r in replies}
        assert len(bodies) == len({reply.headers["etag"] for reply in replies}) == 1
        assert len(json.loads(bodies.pop())["results"]["bindings"]) == 200
        assert {reply.headers["vary"] for reply in replies} == {"Accept, Accept-Encoding, Origin"}


@pytest.mark.parametrize("path", ["/", "/sparql?" + urlencode({"query": LONG}), "/api/queries"])
def test_who_refuses_compression_gets_none(served, path):
    """A weight of zero refuses gzip, a small one accepts it; 304 varies by it as 200 does."""
    for _ in range(2):
        assert "content-encoding" not in served.ask(path, Accept_Encoding="gzip;q=0, br").headers
        assert "content-encoding" not in served.ask(path, Accept_Encoding="gzip; q=0.000").headers
        compressed = served.ask(path, Accept_Encoding="gzip;q=0.001")
        assert compressed.headers["content-encoding"] == "gzip"
    for encoding in ("gzip", "gzip;q=0"):
        unmodified = served.ask(path, If_None_Match=compressed.headers["etag"], Accept_Encoding=encoding)
        assert (unmodified.status, unmodified.headers["vary"]) == (304, compressed.headers["vary"])


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        *(("gzip", "gzip"), ("deflate,GZIP ;q=1.0", "gzip"), ("gzip;q=0.5,*;q=0", "gzip"), ("br, gzip", "gzip")),
        *(("", ""), ("gzip;q=0", ""), ("gzip;q=0.0,br", ""), ("xgzip", ""), ("br", ""), ("gzip;q=", "")),
    ],
)
def test_what_an_accept_encoding_allows(header, encoding):
    """Names are whole and of any case, weights are numbers above zero."""
    assert accepted(header) == encoding


def test_the_cache_is_bounded():
    """Its size is that of its entries and within its limit; what was asked for last stays."""
    cache = Cache(64 * 1024)
    for number in range(500):
        cache.keep(Question(f"query {number}"), Kept("json", b"x" * (number % 3000), "tag"))
        assert 0 < cache.size <= cache.limit
        cache.find(Question("query 0"), ("json",))
    assert cache.find(Question("query 0"), (None, "json"))
    assert cache.find(Question("query 499"), ("json", "turtle"))
    assert not cache.find(Question("query 1"), ("json",))
    assert not cache.find(Question("query 499"), ("csv",))
    size = cache.size
    cache.keep(Question("query 499"), Kept("json", b"", "another"))
    cache.keep(Question("too long"), Kept("json", b"x" * 4096, "tag"))
    assert cache.size == size
    assert not cache.find(Question("too long"), ("json",))


def test_long_headers_are_read_in_linear_time():
    """A header of Accept-Encoding as long as a head may be is read before a process of its own is stopped."""
    code = "from rrmm.server.compression import accepted; accepted('gzip;q=' + ' ' * 1_000_000 + 'x')"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
