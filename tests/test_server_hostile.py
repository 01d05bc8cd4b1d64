"""What is meant to harm: the service keeps answering, within its memory, and reaches nothing outside."""

from __future__ import annotations

import contextlib
import http.client
import random
import signal
import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest
from benchmarks import attack

from rrmm.errors import KnowledgeError, QueryStopped
from rrmm.graph.sandbox.pool import Limits, Pool
from support.service import serving

pytestmark = pytest.mark.server

QUERY = "application/sparql-query"
ANY = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"
HEAVY = {
    "a cartesian product": f"SELECT (COUNT(*) AS ?n) WHERE {{ {ANY} }}",
    "a product that is sorted": "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
    "a product that is kept apart": "SELECT DISTINCT ?a ?d WHERE { ?a ?b ?c . ?d ?e ?f }",
    "a product as an answer": "SELECT * WHERE { ?a ?b ?c . ?d ?e ?f }",
    "a product as a graph": "CONSTRUCT { ?a ?e ?f } WHERE { ?a ?b ?c . ?d ?e ?f }",
    "a long path": f"SELECT * WHERE {{ ?a {'/'.join(['(!<urn:x>)*'] * 12)} ?b . ?b (!<urn:y>)+ ?c . ?c ?p ?a }}",
    "a joined text": "SELECT (GROUP_CONCAT(CONCAT(STR(?a), STR(?d))) AS ?x) WHERE { ?a ?b ?c . ?d ?e ?f }",
    "a text that doubles": "SELECT * WHERE { BIND('xxxxxxxx' AS ?v0) "
    + " ".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(40))
    + " }",
    "a nested NOT EXISTS": "ASK { ?a ?b ?c FILTER NOT EXISTS { ?d ?e ?f FILTER NOT EXISTS { ?g ?h ?i . "
    "FILTER(?a != ?d && ?d != ?g && STRLEN(STR(?i)) > 1000000) } } }",
}
NESTED = {
    "brackets": "SELECT (" + "(" * 10_000 + "1" + ")" * 10_000 + " AS ?x) WHERE {}",
    "groups": "SELECT * WHERE " + "{" * 10_000 + "}" * 10_000,
    "negations": "ASK { FILTER(" + "!" * 20_000 + "true) }",
    "groups and SERVICE": "SELECT * WHERE " + "{" * 3_000 + "SERVICE <http://127.0.0.1:9/> {}" + "}" * 3_000,
}


def started(served):
    """Return the processes that the service has started."""
    tasks = Path(f"/proc/{served.process.pid}/task").glob("*/children")
    return {int(child) for path in tasks for child in path.read_text().split()}


def memory(served):
    """Return the bytes of memory in use by the service and the processes that it started."""
    found = 0
    for process in {served.process.pid, *started(served)}:
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{process}/status").read_text().split("VmRSS:")
            found += int(status[1].split()[0]) * 1024 if len(status) > 1 else 0
    return found


def test_heavy_queries_are_stopped_and_the_next_is_answered(attacked):
    """Each ends with 503 that says which limit it met; together they leave memory bounded."""
    with ThreadPoolExecutor(4) as pool:
        replies = dict(zip(HEAVY, pool.map(attacked.sparql, HEAVY.values()), strict=True))
    for name, reply in replies.items():
        assert reply.status == 503, (name, reply.body[:200])
        assert b"Narrow it" in reply.body or b"Too many" in reply.body, name
        assert reply.headers["retry-after"] == "2"
    assert attacked.answers
    assert memory(attacked) < 1500 * 1024**2


@pytest.mark.parametrize("name", NESTED)
def test_what_is_nested_too_deeply_is_refused(attacked, name):
    """A text that breaks a parser breaks one process, which is renewed."""
    assert attacked.sparql(NESTED[name]).status in {400, 403, 503}
    assert attacked.answers


def test_nothing_outside_is_reached(attacked):
    """A listener on this machine hears nothing, however SERVICE, FROM or LOAD is hidden."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        remote = f"<http://127.0.0.1:{listener.getsockname()[1]}/>"
        hidden = [
            f"SELECT * WHERE {{ SERVICE SILENT {remote} {{ ?s ?p ?o }} }}",
            f"ASK {{ FILTER NOT EXISTS {{ {{ SELECT * WHERE {{ SERVICE {remote} {{ ?s ?p ?o }} }} }} }} }}",
            f"SELECT * WHERE {{ BIND({remote} AS ?r) {{ SERVICE ?r {{ ?s ?p ?o }} }} }}",
            f"SELECT (COUNT(*) AS ?n) {{}} HAVING (EXISTS {{ SERVICE {remote} {{ ?s ?p ?o }} }})",
            f"ASK {{ s\\u0065rvice {remote} {{ ?s ?p ?o }} }}",
            f'SELECT * WHERE {{ ?a ?b ?c FILTER(?a<?b#>"""\n) SERVICE {remote} {{ ?s ?p ?o }} #"""\n}}',
            f"CONSTRUCT {{ ?s ?p ?o }} FROM {remote} WHERE {{ ?s ?p ?o }}",
            f"LOAD {remote}",
            f"ASK {{ GRAPH {remote} {{ ?s ?p ?o }} }}",
        ]
        statuses = [attacked.sparql(query).status for query in hidden]
        assert statuses[-1] == 200
        assert set(statuses[:-1]) <= {400, 403}
        with pytest.raises(BlockingIOError):
            listener.accept()


class Author:
    """Writes SPARQL by chance: most of it valid, some of it broken, some of it reaching outside."""

    TERMS = ("?a", "?b", "?c", "<https://w3id.org/rrmm/id/drug/bortezomib>", "rrmm:Result", '"x"@en', "1.0", "_:b")
    PROPERTIES = ("a", "rdfs:label", "rrmm:component", "rrmm:statedIn", "rrmm:group", "rdfs:subClassOf")

    def __init__(self, seed):
        self.by = random.Random(seed)

    def pick(self, *choices):
        """Choose one, and write it when it is a method."""
        chosen = self.by.choice(choices)
        return chosen() if callable(chosen) else chosen

    def query(self):
        """Return a query, one in eight of them damaged."""
        head = self.pick(
            "SELECT *", "SELECT DISTINCT ?a ?b", "SELECT (COUNT(?a) AS ?n)", "ASK", "CONSTRUCT { ?a ?b ?c }"
        )
        tail = "" if head == "ASK" else self.pick(" LIMIT 5", " ORDER BY ?a LIMIT 5", " OFFSET 3 LIMIT 2")
        prefixes = (
            "PREFIX rrmm: <https://w3id.org/rrmm/ontology#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
        )
        text = f"{prefixes}{head} WHERE {self.group(3)}{tail}"
        if self.by.random() < 1 / 8:
            at = self.by.randrange(len(text))
            text = (
                text[:at] + self.pick("", "{", "}", "\0", "\\u0041", "'", "🧬", "<") + text[at + self.by.randrange(3) :]
            )
        return text

    def group(self, depth):
        """Return a group of patterns."""
        parts = [self.pattern(depth) for _ in range(self.by.randint(1, 3))]
        return "{ " + " ".join(parts) + " }"

    def pattern(self, depth):
        """Return one pattern, nested where there is depth left."""
        if depth and self.by.random() < 0.5:
            inner = self.group(depth - 1)
            if self.by.random() < 0.04:
                return f"SERVICE SILENT <http://127.0.0.1:9/> {inner}"
            return self.pick(
                inner,
                f"OPTIONAL {inner}",
                f"MINUS {inner}",
                f"{inner} UNION {self.group(depth - 1)}",
                f"FILTER NOT EXISTS {inner}",
                f"FILTER EXISTS {inner}",
                f"GRAPH ?g {inner}",
                f"{{ SELECT ?a WHERE {inner} LIMIT 3 }}",
            )
        return self.pick(self.triple, self.triple, self.triple, self.filter, "VALUES ?a { 1 UNDEF }")

    def triple(self):
        """Return a triple pattern, its property sometimes a path."""
        property_ = self.pick(*self.PROPERTIES, self.path)
        return f"{self.pick('?a', '?b', '?a', self.TERMS[3])} {property_} {self.pick(*self.TERMS)} ."

    def path(self):
        """Return a property path."""
        one, other = self.pick(*self.PROPERTIES), self.pick(*self.PROPERTIES)
        return self.pick(f"{one}/{other}", f"^{one}", f"({one}|{other})*", f"!{one}", f"{one}+", f"({one}/{other})?")

    def filter(self):
        """Return a filter."""
        return self.pick("FILTER(?a = ?b)", "FILTER(STRLEN(STR(?a)) > 3)", "FILTER REGEX(STR(?b), '(a+)+$')")


def test_two_thousand_generated_queries(attacked):
    """Each gets a status of its own kind, none a 500; what reaches outside is never answered; memory is bounded."""
    seen, reached = Counter(), Counter()

    def ask(seed):
        text = Author(seed).query()
        status = attacked.sparql(text).status
        (reached if "SERVICE" in text else seen)[status] += 1

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ask, range(2000)))
    assert set(seen) <= {200, 400, 503}, seen
    assert set(reached) <= {400, 403, 503}, reached
    assert seen[200] > 1000
    assert reached[403] > 20
    assert attacked.answers
    assert memory(attacked) < 1500 * 1024**2


@pytest.mark.parametrize("name", attack.ATTACKS)
def test_pages_and_patients_are_answered_under_attack(name, tmp_path):
    """A page is answered, a patient is or is told to ask again; memory is bounded, and nothing is left behind."""
    with serving(tmp_path, seconds=5, request=20, memory=1024**3, body=256 * 1024) as service:
        children = started(service)
        with attack.under(name, service.port):
            found = attack.sample(service.port, lambda count: count >= 5)
            assert memory(service) < 2500 * 1024**2
        assert set(found[attack.PAGE].statuses) == {200}
        assert set(found[attack.PATIENT].statuses) <= {200, 429, 503}
        while not service.answers:
            assert service.process.poll() is None
        assert len(started(service)) == len(children)
    assert "Traceback" not in service.log.read_text(encoding="utf-8")


def test_a_process_that_does_not_start_is_tried_again(monkeypatch):
    """Where a process is killed and the system has none to give, the next query waits until it has."""
    pool = Pool(b"<urn:a> <urn:b> <urn:c> .\n", 1, Limits(10))
    with contextlib.closing(pool):
        worker, start = pool.workers[0], pool.workers[0].start
        failures: list[Exception] = [OSError("no process"), KnowledgeError("no memory")]

        def fail():
            if failures:
                raise failures.pop()
            start()

        monkeypatch.setattr(worker, "start", fail)
        worker.process.kill()
        worker.process.wait()
        with pytest.raises(QueryStopped):
            pool.ask("ASK {}")
        assert b"true" in pool.ask("ASK { ?s ?p ?o }").body
        assert not failures


def test_long_queries_of_one_client_keep_no_other_waiting(served):
    """One client has never all processes: a small query of another is answered while its own run and wait."""
    slow = "SELECT (COUNT(*) AS ?n) WHERE {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STR(?c) < STR(?i)) }} #{}"
    ended = []

    def ask(number):
        place = http.client.HTTPConnection("127.0.0.1", served.port, 20, ("127.0.0.3", 0))
        with contextlib.closing(place) as connection:
            connection.request("GET", f"/sparql?{urlencode({'query': slow.format(number)})}")
            ended.append(connection.getresponse().status)

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in asking:
        thread.start()
    for number in range(3):
        assert served.sparql(f"SELECT ({number} AS ?x) {{}} #small").status == 200
    assert len(ended) < len(asking)
    for thread in asking:
        thread.join()
    assert set(ended) == {503}


def test_many_at_once_and_a_graceful_stop(tmp_path):
    """While queries run the service is told to stop: who is being answered is answered, and nothing is left behind."""
    with serving(tmp_path) as service:
        children = started(service)
        assert len(children) == 3
        replies = []
        asked = threading.Thread(target=lambda: replies.append(service.sparql(HEAVY["a cartesian product"])))
        asked.start()
        while not any(_running(child) for child in children):
            assert asked.is_alive()
        service.process.send_signal(signal.SIGTERM)
        asked.join()
        assert service.process.wait(20) == -signal.SIGTERM
        assert replies[0].status == 503
        assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert "Traceback" not in service.log.read_text(encoding="utf-8")


def _running(process):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1].startswith("R")
    return False
