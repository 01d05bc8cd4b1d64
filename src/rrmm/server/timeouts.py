"""A deadline for each request: from its first byte to the last byte of its answer."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol


class DeadlineProtocol(H11Protocol):
    """HTTP/1.1 that aborts a connection whose request exceeds its deadline."""

    seconds: ClassVar[float] = 30.0
    deadline: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Start the deadline of the first request."""
        super().connection_made(transport)
        self.deadline = self.loop.call_later(self.seconds, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the deadline."""
        self.deadline.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Start the deadline of the next request."""
        self.deadline.cancel()
        self.deadline = self.loop.call_later(self.seconds, self.transport.abort)
        super().on_response_complete()


def with_deadline(limit: float) -> type[DeadlineProtocol]:
    """Return the protocol with a deadline of `limit` seconds."""

    class Limited(DeadlineProtocol):
        seconds = limit

    return Limited
