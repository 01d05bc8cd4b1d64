"""One exchange with a server by HTTP: with the place that was named alone, within one time, bodies within a bound.

A redirect is an answer like any other and is not followed, for credentials and queries are meant for one place.
"""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Event, Timer
from typing import Any, NamedTuple
from urllib.request import AbstractHTTPHandler, HTTPErrorProcessor, Request, build_opener

MAXIMUM_BYTES = 512 * 1024**2
MOST_WORDS = 64 * 1024  # bytes of the reason why a server refuses
PIECE = 64 * 1024


class Reply(NamedTuple):
    """What a server answered; of a refusal `body` is the beginning."""

    status: int
    headers: Message
    body: bytes

    @property
    def is_refusal(self) -> bool:
        """Whether the status is none of success."""
        return not 200 <= self.status < 300


def exchange(request: Request, seconds: float) -> Reply:
    """Return the answer to a request.

    Raises TimeoutError where it is not there as a whole in time, else OSError or HTTPException, ValueError for an
    answer that is malformed.
    """
    with _watch(seconds) as watch:
        opener = build_opener(_Connect(watch), _TakeAll)
        with opener.open(request, timeout=seconds) as response:
            return Reply(response.status, response.headers, _read(response))


def authorize_basic(known: tuple[str, str]) -> str:
    """Return the Authorization header for user and password."""
    return "Basic " + b64encode(":".join(known).encode()).decode()


def _read(response: HTTPResponse) -> bytes:
    refuses = response.status >= 300
    most, content = MOST_WORDS if refuses else MAXIMUM_BYTES, bytearray()
    while chunk := response.read1(PIECE):
        content += chunk
        if len(content) > most:
            if refuses:
                return bytes(content[:most])
            raise HTTPException(f"more than {most:,} bytes")
    if response.length:
        raise ConnectionResetError
    return bytes(content)


class _Watch:
    """The sockets of an exchange, which are shut when its time is over, whatever is awaited."""

    def __init__(self) -> None:
        self.over, self.sockets = Event(), list[socket.socket]()

    def connect(self, *arguments: Any) -> socket.socket:
        """Return a connected socket; a second handle of it is watched, for TLS takes the first."""
        connected = socket.create_connection(*arguments)
        self.sockets.append(connected.dup())
        if self.over.is_set():
            connected.close()
            raise TimeoutError
        return connected

    def shut(self) -> None:
        """End the exchange."""
        self.over.set()
        for one in self.sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def _watch(seconds: float) -> Iterator[_Watch]:
    watch = _Watch()
    timer = Timer(seconds, watch.shut)
    timer.daemon = True
    timer.start()
    try:
        yield watch
    except (OSError, HTTPException):
        if watch.over.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
        for one in watch.sockets:
            one.close()
    if watch.over.is_set():
        raise TimeoutError


class _TakeAll(HTTPErrorProcessor):
    """Takes every status as an answer."""

    def http_response(self, request: Request, response: HTTPResponse) -> HTTPResponse:
        return response

    https_response = http_response


class _Connect(AbstractHTTPHandler):
    """Opens connections whose sockets are watched."""

    handler_order = 499  # before the ones of urllib

    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self.watch = watch

    def http_open(self, request: Request) -> HTTPResponse:
        return self._open(HTTPConnection, request)

    def https_open(self, request: Request) -> HTTPResponse:
        return self._open(HTTPSConnection, request)

    def _open(self, kind: type[HTTPConnection], request: Request) -> HTTPResponse:
        def connect(host: str, **settings: Any) -> HTTPConnection:
            connection = kind(host, **settings)
            connection._create_connection = self.watch.connect  # type: ignore[attr-defined]
            return connection

        return self.do_open(connect, request)
