"""Conditional requests (RFC 9110, section 13): a tag on each answer to GET, and 304 for the client that has it."""

from __future__ import annotations

from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rrmm.server.compression import COMPRESSED_FROM

OF_CONTENT = ("Content-Encoding", "Content-Length", "Content-Type")


class Conditional:
    """Adds an entity tag to answers to GET and HEAD; answers 304 without a body where the client names it.

    A body of several pieces is tagged only where its response brings a tag; its tag is made weak, for compression may
    change the bytes.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            await self.app(scope, receive, send)
            return
        known = Headers(scope=scope).get("if-none-match", "")
        await self.app(scope, receive, _Answer(known, send).take)


class _Answer:
    def __init__(self, known: str, send: Send) -> None:
        self.known, self.send = known, send
        self.start: Message | None = None
        self.unmodified = False

    async def take(self, message: Message) -> None:
        """Hold the head of an answer until its first piece is there, then send both, or 304."""
        if message["type"] == "http.response.start" and message["status"] in {200, 304}:
            headers = MutableHeaders(scope=message)
            if not headers.get("etag", "W/").startswith("W/"):
                headers["ETag"] = f"W/{headers['etag']}"
        if message["type"] == "http.response.start" and message["status"] == 200:
            self.start = message
            return
        if self.start is not None:
            start, self.start = self.start, None
            headers = MutableHeaders(scope=start)
            if "etag" not in headers and not message.get("more_body"):
                headers["ETag"] = tag(message.get("body", b""))
            self.unmodified = matches(self.known, headers.get("etag"))
            if self.unmodified:
                for name in OF_CONTENT:
                    del headers[name]
                if _is_long(message) and "Accept-Encoding" not in headers.get("vary", ""):
                    headers.add_vary_header("Accept-Encoding")
                start["status"] = 304
                await self.send(start)
                await self.send({"type": "http.response.body", "body": b""})
            else:
                await self.send(start)
        if not self.unmodified:
            await self.send(message)


def _is_long(message: Message) -> bool:
    """Return whether a body that begins so would be compressed."""
    return bool(message.get("more_body")) or len(message.get("body", b"")) >= COMPRESSED_FROM


def tag(body: bytes) -> str:
    """Return the entity tag of a body; a weak one, for compression may change the bytes.

    >>> tag(b"")
    'W/"e3b0c44298fc1c149afbf4c8996fb924"'
    """
    return f'W/"{sha256(body).hexdigest()[:32]}"'


def matches(known: str, given: str | None) -> bool:
    """Return whether an If-None-Match header names a tag, by the weak comparison.

    >>> matches('"a", W/"b"', '"b"'), matches("*", '"b"'), matches('"a"', '"b"'), matches("*", None)
    (True, True, False, False)
    """
    tags = {part.strip().removeprefix("W/") for part in known.split(",")}
    return given is not None and ("*" in tags or given.removeprefix("W/") in tags)
