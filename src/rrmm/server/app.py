"""The application: its routes, the headers of every answer, and the access log."""

from __future__ import annotations

import asyncio
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
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rrmm.errors import RrmmError
from rrmm.server import api, files, graph_store, hooks, linked, patients
from rrmm.server.answers import problem, report_error
from rrmm.server.compression import COMPRESSED_FROM, COMPRESSION, Compression
from rrmm.server.conditional import Conditional
from rrmm.server.cors import RULES, Cors
from rrmm.server.lanes import RETRY
from rrmm.server.normalize import Normalize
from rrmm.server.protocol import sparql, void
from rrmm.server.run import ACCESS
from rrmm.server.service import GRAPH_STORE, Service
from rrmm.server.static import Static
from rrmm.site.content import STATIC
from rrmm.site.renderer import EDITOR, MAPS, PICTURES

LOG = logging.getLogger(ACCESS)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
INLINE_STYLES = (f"/{EDITOR}", f"/{PICTURES}", "/ontology.html", "/report.html", f"/{MAPS.partition('/')[0]}/")
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
OPEN = {"Access-Control-Allow-Origin": "*"}


class AccessLog:
    """Gives every answer its headers, logs a line for it, and turns an exception into a bare 500.

    The log holds method, path, status, bytes and milliseconds: no query string, no body, no address.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, sent = time.perf_counter(), {"status": 0, "bytes": 0}

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent["status"] = message["status"]
                _add_headers(MutableHeaders(scope=message), scope["path"], scope["method"])
            else:
                sent["bytes"] += len(message.get("body", b""))
            await send(message)

        failure = None
        try:
            await self.app(scope, receive, count)
        except ClientDisconnect:
            failure = "the client left"
        except asyncio.CancelledError:  # of uvicorn alone, at its end
            failure = "the service ended"
            if not sent["status"]:
                await problem(503, "The service ends. Ask again in a moment.", OPEN | RETRY)(scope, receive, count)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            failure = f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
            if not sent["status"]:
                answer = problem(500, "The service failed. It kept nothing of the request.", OPEN)
                await answer(scope, receive, count)
        LOG.info(
            json.dumps(
                {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
                | {"method": scope["method"], "path": scope["path"][:200]}
                | sent
                | {"ms": round((time.perf_counter() - start) * 1000, 1)}
                | ({"error": failure} if failure else {})
            )
        )


def _add_headers(headers: MutableHeaders, path: str, method: str) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers["Content-Security-Policy"] = POLICY.format(
        styles=" 'unsafe-inline'" if path.startswith(INLINE_STYLES) else ""
    )
    headers.setdefault("Cache-Control", "no-cache" if method in {"GET", "HEAD"} else "no-store")


def application(service: Service) -> Starlette:
    """Return the application that answers from `service`; it closes the service when it ends."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        service.close()

    routes: list[BaseRoute] = [
        Route("/sparql", sparql, methods=["GET", "POST"]),
        Route(f"/{GRAPH_STORE}", graph_store.graph),
        Route("/.well-known/void", void),
        *api.ROUTES,
        *patients.ROUTES,
        *hooks.ROUTES,
        *linked.ROUTES,
        Route("/search", files.search),
        Route("/favicon.ico", files.icon),
        Route("/api", files.api),
        Mount("/static", Static(directory=STATIC)),
        Route("/{path:path}", files.file),
    ]
    handlers: dict[Any, Any] = {RrmmError: report_error, HTTPException: files.refuse}
    middleware = [
        Middleware(Normalize),
        Middleware(AccessLog),
        Middleware(Cors, **RULES),
        Middleware(Compression, minimum_size=COMPRESSED_FROM, compresslevel=COMPRESSION),
        Middleware(Conditional),
    ]
    app = Starlette(routes=routes, middleware=middleware, exception_handlers=handlers, lifespan=lifespan)
    app.state.service = service
    app.state.openapi = api.describe(service)
    return app
