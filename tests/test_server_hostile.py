"""What is meant to harm: the service keeps answering, within its memory, and reaches nothing outside."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import random
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from benchmarks import attack
from starlette.exceptions import HTTPException
from starlette.requests import Request

from rrmm.cli.main import main
from rrmm.errors import KnowledgeError, QueryStopped
from rrmm.graph.sandbox.pool import Limits, Pool
from rrmm.server import lanes
from rrmm.server.lanes import client_of
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


def answers(served):
    """Return whether a small question is answered as it should be."""
    reply = served.sparql("ASK { ?drug a ?class }")
    return reply.status == 200 and b"true" in reply.body


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


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Return a service of this module's own, with tight bounds."""
    with serving(tmp_path_factory.mktemp("attacked"), seconds=0.6, request=7, body=96 * 1024) as service:
        yield service


def test_heavy_queries_are_stopped_and_the_next_is_answered(attacked):
    """Each ends with 503 that says which limit it met; together they leave memory bounded."""
    with ThreadPoolExecutor(4) as pool:
        replies = dict(zip(HEAVY, pool.map(attacked.sparql, HEAVY.values()), strict=True))
    for name, reply in replies.items():
        assert reply.status == 503, (name, reply.body[:200])
        assert b"Narrow it" in reply.body or b"Too many" in reply.body, name
        assert reply.headers["retry-after"] == "2"
    assert answers(attacked)
    assert memory(attacked) < 1500 * 1024**2


@pytest.mark.parametrize("name", NESTED)
def test_what_is_nested_too_deeply_is_refused(attacked, name):
    """A text that breaks a parser breaks one process, which is renewed."""
    assert attacked.sparql(NESTED[name]).status in {400, 403, 503}
    assert answers(attacked)


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


def test_slow_and_silent_clients_are_cut_off(attacked):
    """A hundred who send nothing, half a head, half a body or read nothing keep nobody waiting, and are cut off."""
    starts = [
        b"",
        b"GET /sparql?query=ASK",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 900\r\n\r\nASK",
        b"GET /sparql?query=CONSTRUCT%20WHERE%20%7B%20%3Fs%20a%20%3Fo%20%7D HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    with contextlib.ExitStack() as stack:
        clients = []
        for start in starts * 25:
            client = stack.enter_context(socket.create_connection(("127.0.0.1", attacked.port), timeout=15))
            client.sendall(start)
            clients.append(client)
        assert answers(attacked)
        for client in clients:
            with contextlib.suppress(ConnectionResetError):
                while client.recv(2**20):
                    pass
    assert answers(attacked)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET " + b"/" * 200_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nASK{}",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /page/%00/%ff%fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /static/../../../cli.py HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /static/%2e%2e/%2e%2e/cli.py HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ],
)
def test_malformed_requests(attacked, sent):
    """What is not HTTP, or tries to leave the folder of assets, gets an error or a closed connection."""
    with socket.create_connection(("127.0.0.1", attacked.port), timeout=15) as client:
        received = b""
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            client.sendall(sent)
            while piece := client.recv(65536):
                received += piece
    assert received == b"" or received.split(b" ")[1][:1] == b"4"
    assert answers(attacked)


@pytest.mark.parametrize("declared", [True, False])
def test_huge_bodies_are_not_taken(attacked, declared):
    """A gigabyte is refused after its first pieces, with or without its length declared."""
    sent = 0

    def pieces():
        nonlocal sent
        for _ in range(1024):
            sent += 2**20
            yield b"#" * 2**20

    connection = http.client.HTTPConnection("127.0.0.1", attacked.port, timeout=15)
    headers = {"Content-Type": QUERY} | ({"Content-Length": str(2**30)} if declared else {})
    with contextlib.closing(connection):
        try:
            connection.request("POST", "/sparql", pieces(), headers, encode_chunked=not declared)
            status = connection.getresponse().status
        except (BrokenPipeError, ConnectionResetError):
            status = 413
    assert status == 413
    assert sent < 2**28
    assert answers(attacked)


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
    assert answers(attacked)
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
        while not answers(service):
            assert service.process.poll() is None
        assert len(started(service)) == len(children)
    assert "Traceback" not in service.log.read_text(encoding="utf-8")


def test_a_client_has_a_share_and_the_others_theirs(monkeypatch):
    """Who asks too much at once gets 429, after a while; another client is answered until all places are taken."""
    monkeypatch.setattr(lanes, "REFUSED_AFTER", 0)

    async def ask():
        lane = lanes.Lane(1, 8, 5, 1)
        places = [await lane.enter("one") for _ in range(2)]
        with pytest.raises(HTTPException) as refused:
            await lane.enter("one")
        assert (refused.value.status_code, refused.value.headers) == (429, {"Retry-After": "2"})
        places += [await lane.enter(f"other {number}") for number in range(6)]
        with pytest.raises(HTTPException) as full:
            await lane.enter("another")
        assert full.value.status_code == 503
        places.pop(0)()
        await lane.enter("another")

    asyncio.run(ask())


def test_a_client_that_waits_for_itself_keeps_no_other_waiting():
    """A client with all its threads taken waits, and the thread that is left answers who comes after it."""
    many, one = (Request({"type": "http", "client": (host, 1), "headers": []}) for host in ("many", "one"))
    held = threading.Event()

    async def ask():
        lane = lanes.Lane(2, 8, 5, 1)
        waiting = [asyncio.create_task(lane.work(many, held.wait)) for _ in range(2)]
        assert await lane.work(one, lambda: "answered") == "answered"
        assert not any(task.done() for task in waiting)
        held.set()
        assert await asyncio.gather(*waiting) == [True, True]

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1:2:3:4", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a socket", "a socket"),
    ],
)
def test_a_client_is_an_address_or_a_subnet(host, client):
    """Clients of IPv4 that come by a socket of IPv6 are told apart."""
    assert client_of(Request({"type": "http", "client": (host, 1)})) == client


def test_long_headers_are_read_in_linear_time():
    """A header of Accept-Encoding as long as a head may be is read before a process of its own is stopped."""
    code = "from rrmm.server.compression import accepted; accepted('gzip;q=' + ' ' * 1_000_000 + 'x')"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


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


HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
HALF_A_BODY = (
    b"POST /sparql HTTP/1.1\r\nContent-Type: application/sparql-query\r\nHost: x\r\nContent-Length: 9\r\n\r\nASK"
)


def test_who_waits_for_a_head_gives_way(tmp_path):
    """With every connection taken by half a head, a page is answered; those that waited longest are told why."""
    with serving(tmp_path, connections=40) as service, contextlib.ExitStack() as stack:
        heads = [stack.enter_context(socket.create_connection(("127.0.0.1", service.port), 20)) for _ in range(20)]
        for one in heads:
            one.sendall(HALF_A_HEAD)
        assert service.ask("/api/version").status == 200  # and what was sent before is read
        for _ in range(40):
            stack.enter_context(socket.create_connection(("127.0.0.1", service.port), 20))
        _await_answer(service)
        assert heads[0].recv(64).startswith(b"HTTP/1.1 408 Request Timeout")


def test_who_sends_half_a_body_gives_way(tmp_path):
    """With every connection taken by half a body, a page is answered."""
    with serving(tmp_path, connections=40, request=60) as service, contextlib.ExitStack() as stack:
        for _ in range(60):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", service.port), 20))
            connection.sendall(HALF_A_BODY)
        _await_answer(service)


def test_an_answer_that_nobody_takes_is_dropped(tmp_path):
    """Who reads nothing of an answer that is sent in one piece loses the connection at the deadline."""
    with serving(tmp_path, request=1) as service, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", service.port))
        files = Path(f"/proc/{service.process.pid}/fd")
        connection.sendall(b"GET /store?default HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.recv(1)
        taken = len(list(files.iterdir()))
        while len(list(files.iterdir())) == taken:
            assert service.process.poll() is None
        assert answers(service)


@pytest.mark.parametrize("together", [True, False])
def test_what_is_not_http_after_a_head(tmp_path, together, attacked):
    """A bad piece of a body ends the connection, before an answer or after it, and no exception is logged."""
    head, piece = b"POST /nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"zz\r\n"
    with socket.create_connection(("127.0.0.1", attacked.port), 20) as connection:
        connection.sendall(head + piece if together else head)
        received = connection.recv(65536)
        if not together:
            connection.sendall(piece)
        while more := connection.recv(65536):
            received += more
    assert received.split(b" ")[1] == (b"400" if together else b"405")
    assert answers(attacked)
    log = attacked.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "ASGI" not in log


def test_a_request_of_two_lengths_is_the_last(attacked):
    """What follows on its connection may have been smuggled through a proxy, and is not read."""
    head = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 4\r\n"
    body = b"Transfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", attacked.port), 20) as connection:
        connection.sendall(head + body + b"GET /api/version HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while more := connection.recv(65536):
            received += more
    assert received.count(b"HTTP/1.1 ") == received.count(b"HTTP/1.1 200") == 1


def test_who_leaves_is_no_failure_of_the_service(attacked):
    """The log says that the client left, not that the service failed."""
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", attacked.port), 20) as connection:
            connection.sendall(HALF_A_BODY)
    while "the client left" not in (log := attacked.log.read_text(encoding="utf-8")):
        assert answers(attacked)
    assert '"status": 500' not in log


@pytest.mark.parametrize("url", ["http://[::::]", "http://host:99999", "http://host:0", "http://a@b", "ftp://host"])
def test_a_base_url_that_cannot_be(url, capsys):
    """It is refused before anything is loaded."""
    assert main(["serve", "--base-url", url]) == 2
    assert "--base-url" in capsys.readouterr().err


def test_a_body_that_never_comes_is_told_so(tmp_path):
    """A request that exceeds its deadline before its answer has begun gets 408."""
    with serving(tmp_path, request=1) as service:
        with socket.create_connection(("127.0.0.1", service.port), 20) as connection:
            connection.sendall(HALF_A_BODY)
            assert connection.recv(64).startswith(b"HTTP/1.1 408 Request Timeout")
        assert answers(service)


def test_many_at_once_and_a_graceful_stop(tmp_path):
    """While queries run the service is told to stop: who is being answered is answered, and nothing is left behind."""
    with serving(tmp_path) as service:
        children = started(service)
        assert len(children) == 2
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


def _await_answer(service):
    """Ask until the connections that are being ended have gone."""
    while service.ask("/api/version").status != 200:
        assert service.process.poll() is None
