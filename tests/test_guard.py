"""The two walls around a user's query: the guard reads its tokens, the process has no network. Each holds alone."""

from __future__ import annotations

import contextlib
import socket
import sys

import pytest

from rrmm.errors import QueryError, QueryRefused, QueryStopped
from rrmm.graph.endpoint import Endpoint
from rrmm.graph.sandbox.guard import find_form, guard, guard_for_endpoint
from rrmm.graph.sandbox.pool import Limits, Worker
from support.disguises import disguises, innocents
from support.servers import misbehaving, says

REMOTE = "http://127.0.0.1:8/"
ONE = b"<urn:a> <urn:b> <urn:c> .\n"


class WithoutGuard(Worker):
    """A process whose guard lets everything pass."""

    code = ("-c", "from rrmm.graph.sandbox import guard, process; guard.guard = lambda _: None; process.main()")


class WithoutWall(Worker):
    """A process of a system that cannot close the network."""

    code = ("-c", "from rrmm.graph.sandbox import confine, process; confine.confine = lambda _: False; process.main()")


def reaches_outside(text):
    """Return whether rdflib finds a SERVICE or FROM in a query; False for what it cannot read."""
    from pyparsing.exceptions import ParseBaseException
    from rdflib.plugins.sparql.parser import parseQuery
    from rdflib.plugins.sparql.parserutils import CompValue

    def walk(part):
        if isinstance(part, CompValue):
            return part.name in {"ServiceGraphPattern", "DatasetClause"} or any(map(walk, part.values()))
        return not isinstance(part, str) and hasattr(part, "__iter__") and any(map(walk, part))

    try:
        return walk(parseQuery(text))
    except ParseBaseException:
        return False


@contextlib.contextmanager
def listening():
    """Give the address of a listener, and fail when somebody has come to it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_three_thousand_disguises_are_refused():
    """The guard alone finds each, whether an engine can read it or not."""
    for text in disguises(3000, REMOTE):
        with pytest.raises(QueryRefused):
            guard(text)


def test_a_thousand_innocents_are_not():
    """The words in strings, remarks, variables, names and addresses refuse nothing."""
    for text in innocents(1000):
        guard(text)
        guard_for_endpoint(text)


def test_rdflib_agrees():
    """What rdflib reads as a clause is a disguise; in no innocent query does it find one."""
    assert sum(map(reaches_outside, disguises(60, REMOTE))) > 10
    assert not any(map(reaches_outside, innocents(40)))


@pytest.mark.parametrize("filler", ["(", "a.", '"', "\"\"\"'''", '"""\\\n', "ex:a\\' ", "<a", "<a>", "'a<b", "' \n"])
def test_what_confuses_costs_little(filler):
    """A text of 200 kB that opens strings or addresses without end is judged in one pass, and not passed."""
    with pytest.raises(QueryRefused):
        guard(filler * (200_000 // len(filler)) + " SERVICE <urn:x> {}")


FORMS = [
    ("SELECT*{}", "SELECT"),
    ("# select\n BASE <http://x/#> prefix : <urn:x> aSK {}", "ASK"),
    ("PREFIX a:<urn:x>PREFIX b:<urn:y>DESCRIBE a:b", "DESCRIBE"),
    ('VERSION "1.2" CONSTRUCT WHERE { ?a ?b ?c }', "CONSTRUCT"),
    ("\\u0053ELECT * {}", "SELECT"),
]


@pytest.mark.parametrize(("text", "form"), FORMS)
def test_forms(text, form):
    """A query says after its prologue what it is."""
    assert find_form(text) == form


UPDATES = [
    "LOAD <http://127.0.0.1:8/>",
    "PREFIX : <urn:x> LOAD SILENT <http://127.0.0.1:8/>",
    "\\u004COAD <http://127.0.0.1:8/>",
    "# SELECT\nINSERT DATA { <a:a> <a:b> <a:c> }",
    "BASE <http://select/> DELETE WHERE { ?s ?p ?o }",
    "SELECT * {} ; LOAD <http://127.0.0.1:8/>",
    "ASK {}; \\u0043LEAR ALL",
    "WITH <urn:g> DELETE { ?a ?b ?c } WHERE { ?a ?b ?c }",
    'DEFINE get:soft "replacing" SELECT * { ?s ?p ?o }',
    "",
    "hello",
    "\ufeff",
]


def test_no_disguise_is_sent_to_an_endpoint():
    """Nothing is asked of the server: neither queries that make it reach outside, nor updates in any form."""
    with misbehaving(says("{}")) as (url, seen):
        endpoint = Endpoint(url)
        for text in [*disguises(1000, REMOTE), *UPDATES]:
            with pytest.raises(QueryError):
                endpoint.answer(text)
        assert not seen
        with pytest.raises(Exception, match="not SPARQL results"):
            endpoint.answer("SELECT ?service { ?service ?from 'INSERT DATA' }")
        assert len(seen) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="the filter of system calls is Linux's")
def test_the_process_alone_reaches_nothing():
    """Without a guard a clause that runs ends the process, a silent one too; none is answered, nobody is reached."""
    with listening() as remote, WithoutGuard(ONE, Limits(10)) as worker:
        ran = 0
        for silent in ("", "SILENT"):
            for before in ("", "?a ?b ?o.", "?a ?b ?c OPTIONAL {} "):
                with pytest.raises(QueryRefused, match="reached for the network"):
                    worker.ask(f"SELECT * {{ {before}SERVICE {silent} <{remote}> {{ ?s ?p ?o }} }}")
                ran += 1
                worker.start()
        assert ran == 6
        assert worker.ask("ASK {}").body == b'{"head":{},"boolean":true}'


def test_the_guard_alone_refuses_in_doubt(kg):
    """Where the system cannot close the network, the word is refused wherever it stands, and all else is answered."""
    with listening() as remote, WithoutWall(ONE, Limits(10)) as worker:
        for text in [*disguises(60, remote), *innocents(20)]:
            with pytest.raises(QueryError):
                worker.ask(text)
        assert worker.ask("SELECT * { ?s ?p ?o }").form == "json"


@pytest.mark.server
def test_no_disguise_is_answered_by_the_service(served):
    """A thousand are sent: each is refused, and a listener hears nothing."""
    with listening() as remote:
        statuses = {served.sparql(text).status for text in disguises(1000, remote, seed=7)}
    assert statuses == {400, 403}


@pytest.mark.slow
def test_no_disguise_passes_the_process():
    """Without a guard, of two hundred that the engine runs none reaches a listener; a silent one is not answered."""
    with listening() as remote, WithoutGuard(ONE, Limits(10)) as worker:
        for text in disguises(200, remote, seed=9):
            with contextlib.suppress(QueryRefused, QueryStopped, QueryError):
                worker.ask(text)
            if not worker.alive:
                worker.start()
