"""Compression of long answers for the clients that accept it (RFC 9110, section 12.5.3)."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware, IdentityResponder
from starlette.types import Receive, Scope, Send

COMPRESSED_FROM, COMPRESSION = 1024, 6
GZIP = "gzip"
_GZIP = re.compile(r"(?:^|,)\s*+gzip\s*+(?:;\s*+q\s*+=\s*+([0-9.]*+)\s*+)?(?:,|$)", re.IGNORECASE)


class Compression(GZipMiddleware):
    """The middleware of Starlette, which takes ``gzip;q=0`` for a wish, told what is accepted."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and not accepted(Headers(scope=scope).get("accept-encoding", "")):
            await IdentityResponder(self.app, self.minimum_size)(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def accepted(header: str) -> str:
    """Return the encoding that an Accept-Encoding header allows, gzip or none.

    >>> accepted("br;q=0.9, gzip"), accepted("gzip;q=0"), accepted("")
    ('gzip', '', '')
    """
    match = _GZIP.search(header)
    return GZIP if match and (match[1] is None or match[1].strip("0.")) else ""
