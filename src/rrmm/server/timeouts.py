"""Deadlines: for the head of a request, and from there to the last byte of its answer.

They come in time because little is read at once, and parsed in the turns of its client.
Where connections run out, one of the client that has most gives way: the one that it has kept waiting longest, for a
head, for a body, or for an answer to be taken. Who is cut off before an answer began is told why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import ClassVar
from weakref import WeakValueDictionary

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from rrmm.server.answers import phrase, problem
from rrmm.server.lanes import RETRY, client_at
from rrmm.server.turns import Turns
from rrmm.server.wire import BoundedConnection

HEAD_SECONDS = 5.0
ENDING_SECONDS = 8.0  # for an answer when the service ends, which cancels what is not done after ten
SHARES = 8  # of the connections; a client that has more than one share of them loses some whose answer is being made
SPARE = 16  # connections that are kept free for heads that come at once
PIECE = 8 * 1024  # bytes that are read at once
REMEMBERED = 1.0  # seconds after its last connection that a client keeps its turns
SLOW = "The answer takes too long. Ask for less, or again in a moment."
CROWDED = "Too many connections of one client. Ask again in a moment."


class DeadlineProtocol(H11Protocol, asyncio.BufferedProtocol):
    """HTTP/1.1 that ends a connection whose request exceeds a deadline."""

    seconds: ClassVar[float] = 30.0
    most: ClassVar[int] = 512
    """The connections that may be open, `SPARE` of them for heads that come at once."""
    waiting: ClassVar[dict[DeadlineProtocol, None]] = {}
    """The connections that wait for their clients, the longest first."""
    clients: ClassVar[WeakValueDictionary[str, Turns]] = WeakValueDictionary()

    piece = memoryview(bytearray(PIECE))

    conn: BoundedConnection
    turns: Turns
    deadline: asyncio.TimerHandle
    silent = is_parsed = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Await the first head; where connections run out, end one."""
        super().connection_made(transport)
        self.conn = BoundedConnection()
        self.turns = self.clients.setdefault(client_at(self.client[0] if self.client else ""), Turns(self.loop))
        self.turns.connections += 1
        self._await_head()
        if len(self.connections) > self.most - SPARE and (ended := self._find_ended(self.most // SHARES)):
            ended.transport.abort() if ended.transport.is_closing() else ended._end(CROWDED)

    def _find_ended(self, share: int) -> DeadlineProtocol | None:
        """Return the connection that gives way: of the client that has most, or else the one that waits longest.

        One that is ended already is passed over, unless its client does not take what is still to be sent.
        """
        most = max(turns.connections for turns in self.clients.values())
        waiting = [one for one in self.waiting if not one.transport.is_closing() or one._unsent]
        at_work = (one for one in self.connections if isinstance(one, DeadlineProtocol) and most > share)
        fullest = (one for one in at_work if one.turns.connections == most and not one.transport.is_closing())
        return next(chain((one for one in waiting if one.turns.connections == most), fullest, waiting), None)

    @property
    def _unsent(self) -> int:
        size: int = self.transport.get_write_buffer_size()
        return size

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the deadline."""
        self.deadline.cancel()
        self.turns.connections -= 1
        self.waiting.pop(self, None)
        self.loop.call_later(REMEMBERED, lambda turns: None, self.turns)
        super().connection_lost(exc)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next bytes go; all connections share it, for each copies them at once."""
        return self.piece

    def buffer_updated(self, nbytes: int) -> None:
        """Read on."""
        self.silent = False
        self.data_received(bytes(self.piece[:nbytes]))

    def handle_events(self) -> None:
        """Parse what came in the turn of the client, and read no more before that."""
        if not self.is_parsed:
            return
        self.is_parsed = False
        if not self.turns.take(self._parse):
            self.transport.pause_reading()

    def _parse(self) -> None:
        """Parse what came; a head that is complete begins the deadline of its request."""
        self.is_parsed = True
        if self.transport.is_closing():
            return
        if not self.flow.read_paused:
            self.transport.resume_reading()
        cycle = self.cycle
        super().handle_events()
        if self.cycle is not cycle:
            self._begin()
        self._resume_work()

    def pause_writing(self) -> None:
        """Wait for the client to take what is sent."""
        super().pause_writing()
        self.waiting.setdefault(self)

    def resume_writing(self) -> None:
        """Send on what the client takes again."""
        super().resume_writing()
        self._resume_work()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP; what follows an answer that has begun ends the connection."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            self._refuse(400, self.conn.refusal)
            self._drop_answer()
        self.transport.close()

    def on_response_complete(self) -> None:
        """Await the next head."""
        self._await_head()
        super().on_response_complete()

    def shutdown(self) -> None:
        """End with the service: a body that is not whole is not waited for, an answer for a while."""
        super().shutdown()
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return
        if cycle.more_body and not cycle.response_started:
            self._drop_answer()
            self._refuse(503, "The service ends. Send the request again in a moment.", RETRY)
            self.transport.close()
        else:
            last = min(self.deadline.when(), self.loop.time() + ENDING_SECONDS)
            self.deadline.cancel()
            self.deadline = self.loop.call_at(last, self._end)

    def _await_head(self) -> None:
        if hasattr(self, "deadline"):
            self.deadline.cancel()
        self.silent = True
        self.waiting.setdefault(self)
        self.deadline = self.loop.call_later(HEAD_SECONDS, self._end)

    def _begin(self) -> None:
        """Begin the deadline of a request; one of two lengths may smuggle another and is the last (RFC 9112, 6.1)."""
        if {b"content-length", b"transfer-encoding"} <= {name for name, _ in self.headers}:
            self.cycle.keep_alive = False
        self.deadline.cancel()
        self.deadline = self.loop.call_later(self.seconds, self._end)

    def _resume_work(self) -> None:
        """Wait for the client no longer where its request is whole and what is sent is taken."""
        cycle = self.cycle
        if cycle and not (cycle.more_body or cycle.response_complete or self.flow.write_paused):
            self.waiting.pop(self, None)

    def _end(self, why: str = SLOW) -> None:
        """End the connection: with an answer where a request has begun and its answer has not.

        What is sent may still be taken, until the deadline of a request.
        """
        self.deadline.cancel()
        self.waiting.pop(self, None)
        self.waiting[self] = None
        if self.cycle is None or self.cycle.response_complete:
            if not self.silent:
                self._refuse(408, "The head of the request took too long.")
        elif self.cycle.response_started:
            self.transport.abort()
        else:
            self._drop_answer()
            if self.cycle.more_body:
                self._refuse(408, "The body of the request took too long.")
            else:
                self._refuse(503, why, RETRY)
        self.transport.close()
        self.deadline = self.loop.call_later(self.seconds, self.transport.abort)

    def _refuse(self, status: int, detail: str, headers: Mapping[str, str] = MappingProxyType({})) -> None:
        """Send a problem document where the application sends no answer."""
        answer = problem(status, detail, {"Connection": "close", **headers})
        lines = b"".join(b"%s: %s\r\n" % pair for pair in answer.raw_headers)
        self.transport.write(b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status, phrase(status).encode(), lines, answer.body))

    def _drop_answer(self) -> None:
        """Tell who works on a request that nobody waits for its answer."""
        if self.cycle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()


def with_deadline(limit: float, connections: int) -> type[DeadlineProtocol]:
    """Return the protocol with a deadline of `limit` seconds from a head to the end of its answer."""

    class Limited(DeadlineProtocol):
        seconds, most = limit, connections
        waiting: ClassVar[dict[DeadlineProtocol, None]] = {}
        clients: ClassVar[WeakValueDictionary[str, Turns]] = WeakValueDictionary()

    return Limited
