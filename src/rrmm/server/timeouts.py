"""Connections that do not wait for ever: a request has so many seconds from its first byte to its answer's last."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


def watched(seconds: float) -> type[asyncio.Protocol]:
    """Return an HTTP/1.1 protocol that cuts a connection whose request takes longer than `seconds`."""

    class Watched(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.deadline = self.loop.call_later(seconds, transport.abort)

        def connection_lost(self, exc: Exception | None) -> None:
            self.deadline.cancel()
            super().connection_lost(exc)

        def on_response_complete(self) -> None:
            self.deadline.cancel()
            self.deadline = self.loop.call_later(seconds, self.transport.abort)
            super().on_response_complete()

    return Watched
