"""Requests that say the same in another way are made one: targets in absolute form, and a header in several lines."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

_ABSOLUTE = re.compile(r"https?://[^/]*(.*)", re.IGNORECASE | re.DOTALL)


class Normalize:
    """Takes a target in absolute form for its path (RFC 9112, 3.2.2), and joins the lines of a header (RFC 9110, 5.3).

    Who speaks as to a proxy, ``GET http://host/sparql``, is answered; whatever host it names is this one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            lines: dict[bytes, list[bytes]] = {}
            for name, value in scope["headers"]:
                lines.setdefault(name, []).append(value)
            scope = {**scope, "headers": [(name, b", ".join(values)) for name, values in lines.items()]}
            if target := _ABSOLUTE.fullmatch(scope["path"]):
                raw = re.sub(rb"^[^/]*//[^/]*", b"", scope["raw_path"]) or b"/"
                scope |= {"path": target[1] or "/", "raw_path": raw}
        await self.app(scope, receive, send)
