"""What one message costs to parse is bounded, and what one client sends is parsed for a part of the time."""

from __future__ import annotations

import contextlib
import json
import socket

import pytest

from rrmm.server.turns import CREDIT, PART, Turns

pytestmark = pytest.mark.server

CHUNKED = (
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
)
HEAD = b"GET /api/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
QUERY, LAST = b"6\r\nASK {}\r\n", b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (CHUNKED + b"1\r\n#\r\n" * 1100 + b"1\r\n\n\r\n" + QUERY + LAST, "chunks of the body"),
        (CHUNKED + b"3\r\n###\r\n" * 1200 + b"1\r\n\n\r\n" + QUERY + LAST, "chunks of the body"),
        (CHUNKED + b"6;" + b" " * 4000 + b"\r\nASK {}\r\n" + LAST, "between two chunks"),
        (CHUNKED + QUERY + b"0\r\n" + b"a:\r\n" * 1000 + b"\r\n", "between two chunks"),
        (CHUNKED + QUERY + b"0\r\na:" + b" " * 4000 + b"b\r\n\r\n", "between two chunks"),
        (HEAD + b"a:\r\n" * 200 + b"\r\n", "lines"),
        (HEAD + b"a:" + b" " * 4000 + b"b\r\n\r\n", "blanks"),
    ],
    ids=["chunks of a byte", "chunks of three", "a long frame", "trailers", "blanks in a trailer", "lines", "blanks"],
)
@pytest.mark.parametrize("size", [1, 2**20], ids=["in bytes", "at once"])
def test_what_costs_much_to_parse_is_refused(attacked, sent, said, size):
    """Many events for few bytes, and what a parser takes long for, end the connection with one status."""
    with socket.create_connection(("127.0.0.1", attacked.port), 20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = b""
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            for start in range(0, len(sent), size):
                connection.sendall(sent[start : start + size])
            connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                received += piece
    assert received.startswith(b"HTTP/1.1 400 Bad Request") or (size == 1 and not received)
    assert received.count(b"HTTP/1.1 ") <= 1
    assert not received or said in json.loads(received.partition(b"\r\n\r\n")[2])["detail"]
    assert attacked.answers


@pytest.mark.parametrize(
    "chunks",
    [
        b"1\r\n#\r\n" * 900 + b"1\r\n\n\r\n" + QUERY,
        b"400\r\n" + b"#" * 1023 + b"\n\r\n" + QUERY,
        (b"400\r\n#" + b" " * 1022 + b"\n\r\n") * 60 + QUERY,
        b"80\r\n" + b"\r\n" * 64 + b"\r\n" + QUERY.replace(b"6", b"6;name=value", 1),
        b"".join(b"1\r\n%c\r\n" % sign for sign in b"ASK {}"),
    ],
    ids=["hundreds of bytes", "a long one", "many", "ends of lines, a parameter", "a query in bytes"],
)
@pytest.mark.parametrize("end", [LAST, b"000\r\nA-Trailer: b\r\n\r\n"], ids=["", "a trailer"])
@pytest.mark.parametrize("size", [1, 7, 2**20])
def test_bodies_in_chunks_are_taken(attacked, chunks, end, size):
    """Small bodies in tiny chunks, larger ones in larger, with parameters and trailers, cut anywhere, are read."""
    sent = CHUNKED + chunks + end
    with socket.create_connection(("127.0.0.1", attacked.port), 20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pieces = sent[-2000:] if size == 1 else sent
        connection.sendall(sent[: len(sent) - len(pieces)])
        for start in range(0, len(pieces), size):
            connection.sendall(pieces[start : start + size])
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


class Clock:
    """A loop whose time goes on as told; `work` is what costs seconds of the processor."""

    def __init__(self):
        self.now = self.used = 0.0
        self.timers = []

    def time(self):
        """Return the time of the loop."""
        return self.now

    def call_later(self, delay, callback):
        """Keep what is to be called."""
        self.timers.append((self.now + delay, callback))
        return callback

    def work(self, seconds):
        """Return work that takes so long."""

        def do():
            self.now += seconds
            self.used += seconds

        return do

    def go_on(self):
        """Let time pass to the next timer, and call it."""
        due, callback = self.timers.pop(0)
        self.now = max(self.now, due)
        callback()


def test_one_client_has_a_part_of_the_loop():
    """Who has had its part waits, in the order in which its connections came; another client does not."""
    clock, done = Clock(), []
    eager, other = (Turns(clock, lambda: clock.used) for _ in range(2))
    assert eager.take(clock.work(2 * CREDIT))
    for name in range(100):
        work = clock.work(0.01)
        assert not eager.take(lambda name=name, work=work: (work(), done.append(name)))
    assert other.take(clock.work(0.0))
    while clock.timers:
        assert len(clock.timers) == 1
        clock.go_on()
    assert done == list(range(100))
    assert clock.used <= CREDIT + 0.01 + clock.now * PART
    clock.now += 60
    assert eager.take(clock.work(0.0))


def test_work_that_fails_keeps_no_turn():
    """After a failure the next of a client has its turn."""
    clock = Clock()
    turns = Turns(clock, lambda: clock.used)
    turns.take(clock.work(2 * CREDIT))
    turns.take(lambda: 1 / 0)
    turns.take(clock.work(0.01))
    with pytest.raises(ZeroDivisionError):
        clock.go_on()
    clock.go_on()
    assert clock.used == pytest.approx(2 * CREDIT + 0.01)
