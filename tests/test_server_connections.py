"""Connections that harm by how they speak: slowly, by halves, in no HTTP, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import logging
import os
import resource
import select
import socket
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from benchmarks.attack import ATTACKER

from rrmm.server import run
from rrmm.server.app import AccessLog
from rrmm.server.timeouts import with_deadline
from support.service import serving

pytestmark = pytest.mark.server

PATIENCE_S = 60
HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
HALF_A_BODY = (
    b"POST /sparql HTTP/1.1\r\nContent-Type: application/sparql-query\r\nHost: x\r\nContent-Length: 9\r\n\r\nASK"
)

A_LONG_QUESTION = b"GET /sparql?query=SELECT+*+%7B%3Fa+%3Fb+%3Fc+.+%3Fd+%3Fe+%3Ff+%7D HTTP/1.1\r\nHost: x\r\n\r\n"
A_LONG_ANSWER = (
    b"GET /sparql?query=SELECT(COUNT(*)AS%20?n){?a%20?b%20?c.?d%20?e%20?f.?g%20?h%20?i} HTTP/1.1\r\nHost: x\r\n\r\n"
)


def test_slow_and_silent_clients_are_cut_off(attacked):
    """A hundred who send nothing, half a head, half a body or read nothing keep no other waiting, and are cut off."""
    starts = [
        b"",
        b"GET /sparql?query=ASK",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nContent-Length: 900\r\n\r\nASK",
        b"GET /sparql?query=CONSTRUCT%20WHERE%20%7B%20%3Fs%20a%20%3Fo%20%7D HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    with contextlib.ExitStack() as stack:
        clients = []
        for start in starts * 25:
            place = ("127.0.0.1", attacked.port)
            client = stack.enter_context(socket.create_connection(place, timeout=15, source_address=ATTACKER))
            client.sendall(start)
            clients.append(client)
        assert attacked.answers
        for client in clients:
            with contextlib.suppress(ConnectionResetError):
                while client.recv(2**20):
                    pass
    assert attacked.answers


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
    assert attacked.answers


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
    headers = {"Content-Type": "application/sparql-query"} | ({"Content-Length": str(2**30)} if declared else {})
    with contextlib.closing(connection):
        try:
            connection.request("POST", "/sparql", pieces(), headers, encode_chunked=not declared)
            status = connection.getresponse().status
        except (BrokenPipeError, ConnectionResetError):
            status = 413
    assert status == 413
    assert sent < 2**28
    assert attacked.answers


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


def test_who_has_every_connection_at_work_gives_way(tmp_path):
    """With every connection taken by one client, whose requests are whole and wait, a page of another is answered."""
    with serving(tmp_path, connections=33, seconds=20, request=60) as service, contextlib.ExitStack() as stack:
        address, own = ("127.0.0.1", service.port), ("127.0.0.2", 0)
        held = [stack.enter_context(socket.create_connection(address, 20, own)) for _ in range(16)]
        for one in held:
            one.sendall(A_LONG_QUESTION)
        assert service.ask("/api/version").status == 200  # and what was sent before is read
        stack.enter_context(socket.create_connection(address, 20, ("127.0.0.3", 0)))
        assert service.ask("/api/version").status == 200
        answered, _, _ = select.select(held, [], [], PATIENCE_S)
        assert [b"Too many connections of one client" in one.recv(1024) for one in answered] == [True]


class Client:
    """A client of the service, and how many connections it has."""

    def __init__(self, connections):
        self.connections = connections


def test_a_connection_that_is_ended_already_does_not_give_way_again():
    """Who comes while others are being closed ends one more, lest connections grow; a rest that is not taken is cut."""
    kind = with_deadline(30, 40)
    few, many = kind.clients.setdefault("few", Client(1)), kind.clients.setdefault("many", Client(3))

    def connect(client, *, closing=False, unsent=0):
        one = object.__new__(kind)
        one.turns, one.connections = client, found
        one.transport = SimpleNamespace(is_closing=lambda: closing, get_write_buffer_size=lambda: unsent)
        found.add(one)
        return one

    found = set()
    newcomer, ended, working = connect(few), connect(many, closing=True), connect(many)
    kind.waiting.update({ended: None, newcomer: None})
    assert newcomer._find_ended(share=2) is working
    assert newcomer._find_ended(share=3) is newcomer
    stuck = connect(many, closing=True, unsent=9)
    kind.waiting[stuck] = None
    assert newcomer._find_ended(share=2) is stuck
    kind.waiting.clear()
    assert newcomer._find_ended(share=3) is None


def test_an_answer_that_nobody_takes_is_dropped(tmp_path):
    """Who reads nothing of an answer that is sent in one piece loses the connection at the deadline."""
    with serving(tmp_path, request=3) as service, socket.socket() as connection:
        while service.ask("/store?default").status != 200:  # made once, which may take longer
            assert service.process.poll() is None
        before = _sockets(service)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", service.port))
        connection.sendall(b"GET /store?default HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"
        own, end = _sockets(service) - before, time.monotonic() + PATIENCE_S
        assert own
        while own & _sockets(service):
            assert time.monotonic() < end
        assert service.answers


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
    assert attacked.answers
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
        assert attacked.answers
    assert '"status": 500' not in log


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (HALF_A_BODY, 408, "The body"),
        (HALF_A_HEAD, 408, "The head"),
        (A_LONG_ANSWER, 503, "The answer"),
        (b"\x00\r\n\r\n", 400, "not well-formed"),
    ],
    ids=["half a body", "half a head", "a long answer", "no HTTP"],
)
def test_who_gets_no_answer_is_told_why(tmp_path, sent, status, said):
    """A deadline before an answer has begun, and what is no HTTP, give a problem document."""
    with serving(tmp_path, seconds=30, request=1) as service:
        with socket.create_connection(("127.0.0.1", service.port), 20) as connection:
            connection.sendall(sent)
            response = http.client.HTTPResponse(connection)
            response.begin()
            told = json.loads(response.read())
        assert (response.status, told["status"], response.headers.get_content_type()) == (
            status,
            status,
            "application/problem+json",
        )
        assert said in told["detail"]
        assert service.answers


def test_half_a_body_when_the_service_ends(tmp_path):
    """Who has sent half a body is told so at once; the log holds a line for it and nothing else."""
    with serving(tmp_path) as service, socket.create_connection(("127.0.0.1", service.port), 20) as connection:
        connection.sendall(HALF_A_BODY)
        assert service.answers  # and what was sent before is read
        service.process.terminate()
        response = http.client.HTTPResponse(connection)
        response.begin()
        told = json.loads(response.read())
        service.process.wait(20)
    assert (response.status, response.headers.get_content_type()) == (503, "application/problem+json")
    assert "The service ends" in told["detail"]
    assert [line["path"] for line in _log_lines(service)] == ["/sparql", "/sparql"]


def test_what_is_cancelled_is_answered(caplog):
    """A request that is cancelled when the service ends gets 503 and one line, not a traceback."""
    sent = []

    async def app(scope, receive, send):
        raise asyncio.CancelledError

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    with caplog.at_level(logging.INFO, "rrmm.access"):
        asyncio.run(AccessLog(app)(scope, None, send))
    assert sent[0]["status"] == 503
    assert [json.loads(record.message)["error"] for record in caplog.records] == ["the service ended"]


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
def test_an_upgrade_is_answered_as_http(tmp_path, protocol):
    """What is no HTTP/1.1 is not spoken: the answer is the usual one, and each line of the log is JSON."""
    head = b"GET /api/version HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n" % protocol
    with serving(tmp_path) as service:
        for sent in (head, b"\x00\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", service.port), 20) as connection:
                connection.sendall(sent)
                response = http.client.HTTPResponse(connection)
                response.begin()
                assert response.status == (200 if sent == head else 400)
        assert service.answers
    assert [line["path"] for line in _log_lines(service)] == ["/api/version", "/sparql"]


def test_an_error_of_a_library_is_a_line_of_the_log(capfd, monkeypatch):
    """It holds what failed and the kind of the exception, nothing of the request."""
    root = logging.Logger("root")
    monkeypatch.setattr(logging, "getLogger", lambda name=None: root if name is None else logging.Logger(name))
    run._log()
    try:
        raise ValueError("Zebedee")
    except ValueError:
        root.exception("Exception in ASGI application\n")
    root.warning("Invalid HTTP request received.")
    root.handlers[0].close()
    (line,) = capfd.readouterr().err.splitlines()
    assert json.loads(line)["error"] == "root: Exception in ASGI application: ValueError"


def _log_lines(service):
    """Return the lines of the log after that of the address, each an object."""
    return [json.loads(line) for line in service.log.read_text(encoding="utf-8").splitlines()[1:]]


def _sockets(service):
    """Return the names of the sockets that the service has open."""
    found = set()
    for file in Path(f"/proc/{service.process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.add(str(file.readlink()))
    return {name for name in found if name.startswith("socket:")}


def _await_answer(service):
    """Ask until the connections that are being ended have gone."""
    while service.ask("/api/version").status != 200:
        assert service.process.poll() is None


@pytest.mark.parametrize(
    ("limits", "wanted", "allowed", "raised"),
    [
        ((256, 4096), 512, 512, (608, 4096)),
        ((256, 256), 512, 160, (256, 256)),
        ((128, 128), 512, 64, (128, 128)),
        ((4096, 4096), 512, 512, None),
        ((256, resource.RLIM_INFINITY), 512, 512, (608, resource.RLIM_INFINITY)),
    ],
)
def test_connections_keep_within_the_open_files(monkeypatch, limits, wanted, allowed, raised):
    """The limit is raised as far as it goes; what is left beside other files is for connections."""
    told = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: told.append(pair))
    assert run.allow_connections(wanted) == allowed
    assert told == ([raised] if raised else [])


def test_a_log_that_nobody_takes_keeps_nothing_waiting():
    """Lines are held, then dropped; what is taken later is whole."""
    taken, out = os.pipe()
    log = run._Lines(out)
    for number in range(2 * run.LINES_HELD):
        log.emit(logging.LogRecord("x", logging.ERROR, "", 0, f"line {number} {'x' * 100}", None, None))
    log.close()
    lines = os.read(taken, 4096).decode().splitlines()
    os.close(taken)
    assert lines[:2] == [f"line {number} {'x' * 100}" for number in range(2)]
