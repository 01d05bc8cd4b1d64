"""A user's own query: read-only, no network, bounded."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from rrmm.errors import QueryError, QueryRefused, QueryStopped
from rrmm.graph.sandbox.guard import guard
from rrmm.graph.sandbox.messages import Names
from rrmm.graph.sandbox.mistakes import explain
from rrmm.graph.sandbox.pool import Limits, Pool, Worker
from support import ROOT

REMOTE = "<http://127.0.0.1:9/>"
REFUSED = [
    "SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * WHERE { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * WHERE { ?s ?p ?o FILTER EXISTS { SERVICE <http://127.0.0.1:9/> { ?s ?q ?r } } }",
    "SELECT * WHERE { ?s ?p ?o FILTER NOT EXISTS { { SELECT * WHERE { SERVICE ?s { ?s ?q ?r } } } } }",
    "SELECT * WHERE { ?s ?p ?o BIND(EXISTS { SERVICE <http://127.0.0.1:9/> { ?s ?q ?r } } AS ?b) }",
    "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o } HAVING (EXISTS { SERVICE <http://127.0.0.1:9/> { ?s ?q ?r } })",
    "SELECT * WHERE { ?s ?p ?o } ORDER BY (EXISTS { SERVICE <http://127.0.0.1:9/> { ?s ?q ?r } })",
    "SELECT * WHERE { FILTER NOT EXISTS { MINUS { ?a ?b ?c . SERVICE <http://127.0.0.1:9/> { ?s ?q ?r } } } }",
    "PREFIX x: <http://x#> ASK { SERVICE <http://127.0.0.1:9/> { ?s ?q ?r } }",
    "PREFIX x: <http://x#> ASK { SERVICE x:y { ?s ?q ?r } }",
    "PREFIX : <http://x#> ASK { SERVICE:y{ ?s ?q ?r } }",
    "ASK { SERVICE # a remark\n SILENT# another\n ?x { ?s ?q ?r } }",
    f"ASK {{ ?s ?q 1SERVICE{REMOTE}{{}} }}",
    f"ASK {{ ?s ?q trueSERVICE{REMOTE}{{}} }}",
    f"ASK {{ s\\u0065rvice {REMOTE} {{}} }}",
    f"ASK {{ \\U00000053ERVICE {REMOTE} {{}} }}",
    f'ASK {{ FILTER(?a<?b#>"""\n) SERVICE {REMOTE} {{}} #"""\n}}',
    f"ASK {{ FILTER(?a<?b#>'''\n) ?s <http://x#p> ?o . SERVICE {REMOTE} {{}} #'''\n}}",
    f'ASK {{ FILTER(""="") SERVICE {REMOTE} {{}} FILTER(""="") }}',
    "SELECT * FROM <http://example.org/g> WHERE { ?s ?p ?o }",
    "SELECT * FROM NAMED <http://example.org/g> WHERE { GRAPH ?g { ?s ?p ?o } }",
    "SELECT*FROM<http://example.org/g>WHERE{?s?p?o}",
    "DESCRIBE <http://example.org/a> FROM <http://example.org/g>",
]

ACCEPTED = [
    "SELECT * WHERE { ?service ?p ?o } LIMIT 1",
    "SELECT * WHERE { ?s ?service ?from { ?s ?p ?from } } LIMIT 1",
    "PREFIX service: <http://example.org/> SELECT * WHERE { ?s service:service ?o }",
    "PREFIX from: <http://example.org/from/service#> SELECT * WHERE { ?s from:service <http://e.org/service/from> }",
    'SELECT ("SERVICE <x> FROM" AS ?word) WHERE {}',
    'SELECT ("""SERVICE <http://127.0.0.1:9/> { "quoted" }\n""" AS ?word) WHERE {}',
    "SELECT ('it\\'s from <x>' AS ?word) WHERE {} # SERVICE <x> { }",
    'ASK { FILTER(?a < 1 && "b" > ?c || "from <x>" = ?d) }',
    "ASK { ?s ?p ?o }",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 1",
    "DESCRIBE <https://w3id.org/rrmm/id/drug/bortezomib>",
]

NO_QUERY = [
    "DELETE WHERE { ?s ?p ?o }",
    "INSERT DATA { <a:a> <a:b> <a:c> }",
    "LOAD <http://example.org/x>",
    "CLEAR ALL",
    "SELECT * WHERE { ?s ?p",
    "SELECT * WHERE { ?s ex:p ?o }",
    "",
    "hello from here",
]


@pytest.fixture(scope="module")
def worker(kg):
    """Return a process that runs queries."""
    with Worker(kg.files.snapshot, Limits(10)) as started:
        yield started


@pytest.mark.parametrize("text", REFUSED)
def test_what_reaches_outside_is_refused(worker, text):
    """SERVICE and FROM, wherever they hide, are refused before the query runs, in the process too.

    There a text that the engine cannot read in the first place is said to be no query.
    """
    with pytest.raises(QueryRefused) as caught:
        guard(text)
    assert "\n" not in str(caught.value)
    with pytest.raises(QueryError, match=r"^(SERVICE|FROM) is refused|^Not a SPARQL"):
        worker.ask(text)


@pytest.mark.parametrize("text", ACCEPTED)
def test_innocent_words_are_not(worker, text):
    """The word alone, as a variable, a prefix, in an address, a string or a remark, refuses nothing."""
    guard(text)
    worker.ask(text)


@pytest.mark.parametrize("text", NO_QUERY)
def test_what_is_no_query_is_refused(worker, text):
    """Updates and what is malformed end in one line that says where."""
    with pytest.raises(QueryError, match=r"^Not a SPARQL 1.1 query: [^\n]*\. Updates are refused\.$"):
        worker.ask(text)


def test_files_are_out_of_reach():
    """What slips past the guard still reaches nothing: the process can open no file, and says that it is confined."""
    code = """
import sys
from rrmm.graph.sandbox import confine
if not confine.confine(2**31):
    sys.exit(2)
try:
    open(sys.executable, "rb")
except OSError:
    sys.exit(0)
sys.exit(1)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_process_that_a_query_ended_is_renewed(kg):
    """In a pool a query that is stopped harms that query alone."""
    pool = Pool(kg.files.snapshot, 1, Limits(0.5))
    try:
        for _ in range(2):
            with pytest.raises(QueryStopped, match=r"longer than 0\.5 s"):
                pool.ask("SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }")
            assert pool.ask("ASK {}").body == b'{"head":{},"boolean":true}'
    finally:
        pool.close()


def test_an_answer_is_bounded(kg):
    """An answer that grows beyond its limit is stopped, and the process lives on."""
    with Worker(kg.files.snapshot, Limits(answer=2**20)) as worker:
        with pytest.raises(QueryStopped, match="larger than 1 MiB"):
            worker.ask("SELECT * WHERE { ?s ?p ?o }")
        assert worker.alive


def test_memory_is_bounded(kg):
    """A query that asks for more memory than it may have ends its process, not this one."""
    with Worker(kg.files.snapshot, Limits(60, memory=400 * 2**20)) as worker:
        with pytest.raises(QueryStopped, match="too much memory"):
            worker.ask("SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f")
        assert not worker.alive


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


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), 1e12])
def test_a_time_limit_that_is_none_is_refused(kg, seconds):
    """Nothing is asked, here and elsewhere."""
    for ask in (lambda: kg.sparql("ASK {}", time_limit=seconds), lambda: kg.connect("http://x", time_limit=seconds)):
        with pytest.raises(QueryError, match=r"time_limit .*: give seconds, more than 0 and at most 3600"):
            ask()


MISTAKES = {
    "": "it is empty",
    "SELEC * {}": "line 1, column 1: found 'SELEC'; expected SELECT",
    "SELECT * WHERE { ?s ?p }": "line 1, column 24: found '}'; expected '(', a name such as rrmm:Drug, ",
    "SELECT ?x WHERE {\n ?x a <http://x>\n ?x ?p ?o\n}": "line 3, column 2: found '?x'; expected '}', '.', ';', ',', ",
    "SELECT ?x { ?x a foo:Bar }": "line 1, column 18: the prefix 'foo:' is not declared. Write PREFIX foo: <…>",
    "SELECT ?x { ?x a rrm:Drug }": "line 1, column 18: the prefix 'rrm:' is not declared. Did you mean rrmm?",
    "SELECT ?x { ?x ?p 'abc }": "line 1, column 19: the text that begins with ' does not end on its line",
    "ASK { <a b> ?p ?o }": "line 1, column 7: the address that begins with < does not end",
    "ASK { ?x ?p “x” }": "line 1, column 13: “ is no quote of SPARQL",
    "ASK { ?x ?p ?o . OPTIONL { ?x ?p ?o } }": "line 1, column 18: found 'OPTIONL'; expected OPTIONAL",
    "SELECT ?x { ?x ?p ?o } LIMIT ten": "line 1, column 30: found 'ten'; expected a number",
    "SELECT ?x { ?x ?p ?o } }": "line 1, column 24: found '}'; expected the end of the query, GROUP, HAVING, ",
    "SELECT ?x { ?x ?p ?o ": "line 1, column 22: found the end of the query; expected '}', '.', ",
    "SELECT ?x ?y { ?x ?p ?y } GROUP BY ?x": "SELECT names a variable that is neither grouped by nor",
    "SELECT ?x " + "{" * 900: "",
    r'ASK {?s ?p "\uD800"}': r"line 1, column 13: \uD800 is no character",
    r'ASK {?s ?p "\U00110000"}': r"line 1, column 13: \U00110000 is no character",
    r"ASK {?s ?p <urn:\udfff>}": r"line 1, column 17: \udfff is no character",
    r'ASK {?s ?p "a\d"}': r"line 1, column 14: \d is no escape of SPARQL",
    "ASK {?s ?p <drug>}": "line 1, column 12: the address '<drug>' is relative. Write it in full, or BASE",
    "ASK {?s ?p <urn:[>}": "an address in < > is no IRI",
    'ASK {?s ?p "x"@abcdefghijk}': "a language after @ is none",
    "SELECT (1 AS ?x) (2 AS ?x) {}": "SELECT gives one name to two columns",
    "SELECT * {?x ?p ?o} GROUP BY ?x": "SELECT * and GROUP BY exclude each other",
}


@pytest.fixture(scope="module")
def one_triple():
    """Return a process with one statement and one known prefix."""
    with Worker(
        b"<urn:a> <urn:b> <urn:c> .\n", Limits(20), Names({"rrmm": "https://w3id.org/rrmm/ontology#"})
    ) as process:
        yield process


@pytest.mark.parametrize("text", MISTAKES, ids=lambda text: text[:30])
def test_a_mistake_is_named_by_its_place(one_triple, text):
    """Line, column, what stands there and what could: no class of characters, and a short list."""
    with pytest.raises(QueryError) as caught:
        one_triple.ask(text)
    message = str(caught.value)
    assert MISTAKES[text] in message
    assert not re.search(r"\[_\]|\.\.=|u\{", message)
    assert len(message) < 300


TAKEN = [
    r'ASK {?s ?p "\\uD800\t\u0041\U0001F600"}',
    r"ASK {?s ?p <http://a/\u0041>}",
    "BASE <http://a/> ASK {?s ?p <drug>}",
]


def test_the_grammar_takes_every_query_of_the_graph():
    """What the engine takes has no mistake by the grammar, so that it explains no innocent token."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "queries").rglob("*.rq"))]
    assert len(texts) > 200
    for text in (*texts, *TAKEN):
        assert explain(text, "", {}).startswith("a variable or a blank node"), text
    assert "found the end of the query" in explain("ASK {", "", {})
