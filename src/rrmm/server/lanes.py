"""Threads by kind of work: queries of strangers, reports, records and pages never keep each other waiting.

Work takes a place when it is accepted and gives it back when its answer is sent. Who finds no place, or waits too
long for a thread, is told so and may ask again; who has many places already is told so after a while, for a client that
asks anew at once would keep the service busy with refusals.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Protocol, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request

T = TypeVar("T")


class Work(Protocol):
    """Runs a function in a lane."""

    async def __call__(self, request: Request, function: Callable[..., T], *arguments: object) -> T:
        """Return what the function gives."""


SHARES = 4  # one client takes at most this part of the places
RETRY, ENDS = {"Retry-After": "2"}, {"Connection": "close"}
REFUSED_AFTER = 1.0  # seconds
BUSY = "Too many requests at once. Ask again in a moment."
LOOK, GLANCE = 0.5, 0.1  # seconds between two looks whether who waits is still there: for an answer, for a refusal
SUBNET = 64  # of IPv6 a client has at least so much


class Lane:
    """Work of one kind: at most `threads` at once, `places` with those that wait, each at most `patience` seconds.

    One client has at most `each` of the threads at once, and a share of the places.
    """

    def __init__(self, threads: int, places: int, patience: float, each: int) -> None:
        self.places, self.share, self.patience, self.each = places, max(1, places // SHARES), patience, each
        self._threads, self._turn = CapacityLimiter(threads), asyncio.Semaphore(threads)
        self._taken: Counter[str] = Counter()
        self._turns: dict[str, asyncio.Semaphore] = {}

    async def enter(self, request: Request) -> Callable[[], None]:
        """Take a place and return what gives it back; raises 503 where none is free, 429 where the client has many."""
        client = client_of(request)
        if self._taken.total() >= self.places:
            raise HTTPException(503, BUSY, RETRY)
        if self._taken[client] >= self.share:
            await _wait(request, REFUSED_AFTER)
            problem = f"More than {self.share} requests of one client at once. Wait for their answers."
            raise HTTPException(429, problem, RETRY)
        self._taken[client] += 1
        self._turns.setdefault(client, asyncio.Semaphore(self.each))
        return partial(self._leave, client)

    def _leave(self, client: str) -> None:
        self._taken[client] -= 1
        if not self._taken[client]:
            del self._taken[client], self._turns[client]

    async def run(self, request: Request, function: Callable[..., T], *arguments: object) -> T:
        """Return what a function gives, in a thread of this lane.

        Raises 503 where none becomes free in time, or where nobody waits for the answer any more.
        """
        own = self._turns[client_of(request)]
        await self._await_turn(request, own)
        try:
            return await to_thread.run_sync(partial(function, *arguments), limiter=self._threads)
        finally:
            self._turn.release()
            own.release()

    async def _await_turn(self, request: Request, own: asyncio.Semaphore) -> None:
        end, turn = time.monotonic() + self.patience, asyncio.ensure_future(self._take_turn(own))
        try:
            while not (await asyncio.wait([turn], timeout=LOOK))[0]:
                if time.monotonic() > end or await request.is_disconnected():
                    raise HTTPException(503, f"{BUSY} None became free in time.", RETRY)
        except BaseException:
            if not turn.cancel():
                self._turn.release()
                own.release()
            raise

    async def _take_turn(self, own: asyncio.Semaphore) -> None:
        await own.acquire()
        try:
            await self._turn.acquire()
        except BaseException:
            own.release()
            raise

    async def work(self, request: Request, function: Callable[..., T], *arguments: object) -> T:
        """Return what a function gives, as `run` does, with a place for as long as it takes."""
        leave = await self.enter(request)
        try:
            return await self.run(request, function, *arguments)
        finally:
            leave()


class Bodies:
    """What is held of the bodies that are being sent: `most` bytes at once, of one client a share."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._held: Counter[str] = Counter()

    def hold(self, client: str, size: int) -> None:
        """Hold more bytes; raises 503 where there is no room, 429 where the client has its share."""
        self._held[client] += size
        if self._held[client] > self.most // SHARES:
            raise HTTPException(429, "Too many long bodies of one client at once. Send fewer.", RETRY | ENDS)
        if self._held.total() > self.most:
            raise HTTPException(503, BUSY, RETRY | ENDS)

    def drop(self, client: str, size: int) -> None:
        """Hold as many bytes less."""
        self._held[client] -= size
        if not self._held[client]:
            del self._held[client]


async def _wait(request: Request, seconds: float) -> None:
    """Wait for as long as the client does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not await request.is_disconnected():
        await asyncio.sleep(GLANCE)


def client_of(request: Request) -> str:
    """Return who asks, as `client_at` does."""
    return client_at(request.client.host if request.client else "")


def client_at(host: str) -> str:
    """Return who asks from an address: the address, of IPv6 its subnet; IPv4 by a socket of IPv6 is itself."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ip_network((address, SUBNET), strict=False))
    return host


async def compute(request: Request, function: Callable[..., T], *arguments: object) -> T:
    """Return what a function gives, in the lane of reports."""
    lane: Lane = request.app.state.service.reports
    return await lane.work(request, function, *arguments)


async def convert(request: Request, function: Callable[..., T], *arguments: object) -> T:
    """Return what a function gives, in the lane of records: what takes seconds keeps no small patient waiting."""
    lane: Lane = request.app.state.service.records
    return await lane.work(request, function, *arguments)
