"""The application: its routes, the headers of every answer, and the access log."""

from __future__ import annotations

import contextlib
import json
import logging
import time
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rrmm.errors import RrmmError
from rrmm.server import api, linked, pages
from rrmm.server.answers import failed, problem
from rrmm.server.protocol import sparql, void
from rrmm.server.service import Service

LOG = logging.getLogger("rrmm.access")
STATIC = Path(__file__).with_name("static")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Link, Location, Retry-After",
}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Content-Type",
    "Access-Control-Max-Age": "86400",
}


class Outermost:
    """Gives every answer its headers, logs a line for it, and turns what breaks into a bare 500.

    The log holds method, path, status, bytes and milliseconds: no query string, no body, no address.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, seen = time.perf_counter(), {"status": 0, "bytes": 0}

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                _dress(MutableHeaders(scope=message), scope["path"])
            else:
                seen["bytes"] += len(message.get("body", b""))
            await send(message)

        broken = None
        try:
            if scope["method"] == "OPTIONS":
                await problem_free(scope, receive, watched)
            else:
                await self.app(scope, receive, watched)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            broken = f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
            if not seen["status"]:
                await problem(500, "The service failed. Nothing of the request was kept.")(scope, receive, watched)
        LOG.info(
            json.dumps(
                {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
                | {"method": scope["method"], "path": scope["path"][:200]}
                | seen
                | {"ms": round((time.perf_counter() - began) * 1000, 1)}
                | ({"error": broken} if broken else {})
            )
        )


async def problem_free(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a preflight: what may be asked from another origin."""
    headers = [(name.lower().encode(), value.encode()) for name, value in PREFLIGHT.items()]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _dress(headers: MutableHeaders, path: str) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers["Content-Security-Policy"] = POLICY.format(styles=" 'unsafe-inline'" if path == "/editor" else "")
    headers.setdefault("Cache-Control", "no-store" if path.startswith("/api/") else "no-cache")


def application(service: Service) -> Starlette:
    """Return the application that answers from `service`; it closes it in the end."""

    @contextlib.asynccontextmanager
    async def living(_: Starlette) -> AsyncIterator[None]:
        yield
        service.close()

    routes: list[Any] = [
        Route("/sparql", sparql, methods=["GET", "POST"]),
        Route("/.well-known/void", void),
        *api.ROUTES,
        *linked.ROUTES,
        *pages.ROUTES,
        Mount("/static", StaticFiles(directory=STATIC, packages=[("rrmm.web", "static")])),
    ]
    handlers: dict[Any, Any] = {RrmmError: failed, HTTPException: pages.refused}
    app = Starlette(routes=routes, middleware=[Middleware(Outermost)], exception_handlers=handlers, lifespan=living)
    app.state.service = service
    app.state.openapi = api.describe(service)
    return app
