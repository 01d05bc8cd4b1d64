"""Threads by kind of work: queries of strangers and reports of patients never keep a page waiting, nor each other.

Work takes a place when it is accepted and gives it back when its answer is sent. Who finds no place, or waits too
long for a thread, is told so and may ask again.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request

T = TypeVar("T")
SHARES = 4  # one client takes at most this part of the places
RETRY = {"Retry-After": "2"}
BUSY = "Too many requests at once. Ask again in a moment."
LOOK = 0.5  # seconds between two looks whether who waits is still there
SUBNET = 64  # of IPv6 a client has at least so much


class Lane:
    """Work of one kind: at most `threads` at once, `places` with those that wait, each at most `patience` seconds."""

    def __init__(self, threads: int, places: int, patience: float) -> None:
        self.places, self.share, self.patience = places, max(1, places // SHARES), patience
        self._threads, self._turn = CapacityLimiter(threads), asyncio.Semaphore(threads)
        self._taken: Counter[str] = Counter()

    def enter(self, client: str) -> Callable[[], None]:
        """Take a place and return what gives it back; raises 503 where none is free, 429 where the client has many."""
        if self._taken.total() >= self.places:
            raise HTTPException(503, BUSY, RETRY)
        if self._taken[client] >= self.share:
            problem = f"More than {self.share} requests of one client at once. Wait for their answers."
            raise HTTPException(429, problem, RETRY)
        self._taken[client] += 1
        return partial(self._leave, client)

    def _leave(self, client: str) -> None:
        self._taken[client] -= 1
        if not self._taken[client]:
            del self._taken[client]

    async def run(self, request: Request, function: Callable[..., T], *arguments: object) -> T:
        """Return what a function gives, in a thread of this lane.

        Raises 503 where none becomes free in time, or where nobody waits for the answer any more.
        """
        await self._await_turn(request)
        try:
            return await to_thread.run_sync(partial(function, *arguments), limiter=self._threads)
        finally:
            self._turn.release()

    async def _await_turn(self, request: Request) -> None:
        end, turn = time.monotonic() + self.patience, asyncio.ensure_future(self._turn.acquire())
        try:
            while not (await asyncio.wait([turn], timeout=LOOK))[0]:
                if time.monotonic() > end or await request.is_disconnected():
                    raise HTTPException(503, f"{BUSY} None became free in time.", RETRY)
        except BaseException:
            if not turn.cancel():
                self._turn.release()
            raise

    async def work(self, request: Request, function: Callable[..., T], *arguments: object) -> T:
        """Return what a function gives, as `run` does, with a place for as long as it takes."""
        leave = self.enter(client_of(request))
        try:
            return await self.run(request, function, *arguments)
        finally:
            leave()


def client_of(request: Request) -> str:
    """Return who asks: an address, of IPv6 its subnet."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(ip_network((address, SUBNET), strict=False)) if isinstance(address, IPv6Address) else host


async def compute(request: Request, function: Callable[..., T], *arguments: object) -> T:
    """Return what a function gives, in the lane of reports."""
    lane: Lane = request.app.state.service.reports
    return await lane.work(request, function, *arguments)
