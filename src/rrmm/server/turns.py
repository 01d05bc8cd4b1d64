"""Turns at the event loop: what one client sends is parsed for a part of the time at most.

Whatever is parsed on the loop keeps all others waiting, so a client that has had its part waits in turn, one
connection after another. A client is an address; those that come through a proxy are one.
"""

from __future__ import annotations

import time
from asyncio import AbstractEventLoop, TimerHandle
from collections import deque
from collections.abc import Callable

PART = 0.25  # of the processor of the loop
CREDIT = 0.05  # seconds of the processor that may be taken at once


class Turns:
    """The turns of one client, and how many connections it has; `clock` tells the processor's time in seconds."""

    def __init__(self, loop: AbstractEventLoop, clock: Callable[[], float] = time.thread_time) -> None:
        self._loop, self._clock = loop, clock
        self._waiting: deque[Callable[[], None]] = deque()
        self._timer: TimerHandle | None = None
        self._debt, self._since = 0.0, loop.time()
        self.connections = 0

    def take(self, work: Callable[[], None]) -> bool:
        """Do some work at once, or when it is its turn; return whether it is done."""
        if self._timer is None and self._settle() < CREDIT:
            self._do(work)
            return True
        self._waiting.append(work)
        self._await()
        return False

    def _settle(self) -> float:
        """Return the seconds of the processor that are not paid by time that passed."""
        now = self._loop.time()
        self._debt = max(0.0, self._debt - PART * (now - self._since))
        self._since = now
        return self._debt

    def _do(self, work: Callable[[], None]) -> None:
        start = self._clock()
        try:
            work()
        finally:
            self._debt += self._clock() - start

    def _await(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later((self._settle() - CREDIT) / PART, self._go_on)

    def _go_on(self) -> None:
        self._timer = None
        try:
            self._do(self._waiting.popleft())
        finally:
            if self._waiting:
                self._await()
