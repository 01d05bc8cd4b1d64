"""Targets of requests in absolute form: who speaks as to a proxy, ``GET http://host/sparql``, is answered.

https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2: a server must take the form. Whatever host it names is this one.
"""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

_ABSOLUTE = re.compile(r"https?://[^/]*(.*)", re.IGNORECASE | re.DOTALL)


class AbsoluteTargets:
    """Takes a target in absolute form for its path."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and (target := _ABSOLUTE.fullmatch(scope["path"])):
            raw = re.sub(rb"^[^/]*//[^/]*", b"", scope["raw_path"]) or b"/"
            scope = {**scope, "path": target[1] or "/", "raw_path": raw}
        await self.app(scope, receive, send)
