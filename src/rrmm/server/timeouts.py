"""Deadlines: for the head of a request, and from there to the last byte of its answer.

Where connections run out, the one that has waited longest for a head gives way. Who is cut off before an answer
began is told why.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 5.0
SPARE = 16  # connections that are kept free for heads that come at once
LATE = b"HTTP/1.1 408 Request Timeout\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n%s"
LATE_HEAD = LATE % b"The head of the request took too long.\n"
LATE_ANSWER = LATE % b"The request took too long.\n"


class DeadlineProtocol(H11Protocol):
    """HTTP/1.1 that ends a connection whose request exceeds a deadline."""

    seconds: ClassVar[float] = 30.0
    headless: ClassVar[dict[DeadlineProtocol, None]] = {}
    """The connections that wait for a head, the longest first."""

    deadline: asyncio.TimerHandle
    silent = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Await the first head; where connections run out, end the one that has waited longest for its own."""
        super().connection_made(transport)
        self._await_head()
        if self.limit_concurrency and len(self.connections) > self.limit_concurrency - SPARE:
            next(iter(self.headless))._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the deadline."""
        self.deadline.cancel()
        self.headless.pop(self, None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is complete begins the deadline of its request."""
        self.silent, cycle = False, self.cycle
        super().data_received(data)
        if self.cycle is not cycle:
            self._begin()

    def on_response_complete(self) -> None:
        """Await the next head."""
        cycle = self.cycle
        self._await_head()
        super().on_response_complete()
        if self.cycle is not cycle:
            self._begin()

    def _await_head(self) -> None:
        if hasattr(self, "deadline"):
            self.deadline.cancel()
        self.silent, self.headless[self] = True, None
        self.deadline = self.loop.call_later(HEAD_SECONDS, self._end)

    def _begin(self) -> None:
        self.headless.pop(self, None)
        self.deadline.cancel()
        self.deadline = self.loop.call_later(self.seconds, self._end)

    def _end(self) -> None:
        """End the connection: with an answer where a request has begun and its answer has not."""
        self.headless.pop(self, None)
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(b"" if self.silent else LATE_HEAD)
        elif self.cycle.response_started:
            self.transport.abort()
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.transport.write(LATE_ANSWER)
        self.transport.close()


def with_deadline(limit: float) -> type[DeadlineProtocol]:
    """Return the protocol with a deadline of `limit` seconds from a head to the end of its answer."""

    class Limited(DeadlineProtocol):
        seconds = limit
        headless: ClassVar[dict[DeadlineProtocol, None]] = {}

    return Limited
