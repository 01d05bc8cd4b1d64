"""The files of the site that are served as they are, by Starlette; its answers to odd requests are made ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from rrmm.server.answers import Sliced
from rrmm.server.compression import accepted
from rrmm.server.service import Service

MALFORMED = "The header Range is malformed. Ask for bytes=FIRST-LAST."
OUTSIDE = "The header Range asks for what lies outside the file. Content-Range tells its length."


class Static(StaticFiles):
    """Answers HEAD with the headers of GET, ignores unknown units of ranges, and refuses bad ranges as any error."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; raises HTTPException for a bad range."""

        async def take(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 400:
                raise HTTPException(400, MALFORMED)
            if message["type"] == "http.response.start" and message["status"] == 416:
                length = Headers(raw=message["headers"])["content-range"]
                raise HTTPException(416, OUTSIDE, {"Content-Range": length})
            await send(message)

        await super().__call__(_read_whole(scope), receive, take)

    def file_response(self, *given: Any, **named: Any) -> Response:
        """Return a file; one that is sent whole to who accepts it compressed is kept so."""
        response = super().file_response(*given, **named)
        return _Compressed(response) if isinstance(response, FileResponse) else response


class _Compressed(FileResponse):
    """A file as Starlette sends it, but compressed once, in a thread, where that would compress it on the loop."""

    def __init__(self, response: FileResponse) -> None:
        super().__init__(response.path, stat_result=response.stat_result)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file."""
        request = Request(scope, receive)
        if "range" in request.headers or not accepted(request.headers.get("accept-encoding", "")):
            await super().__call__(scope, receive, send)
            return
        service: Service = request.app.state.service
        kind, path = self.headers["content-type"], Path(self.path)
        kept = await service.write(request, service.pages, kind, path.read_bytes, str(path))
        response = Sliced(kept._replace(tag=self.headers["etag"]), kind, vary="")
        for name in ("accept-ranges", "last-modified"):
            response.headers[name] = self.headers[name]
        await response(scope, receive, send)


def _read_whole(scope: Scope) -> Scope:
    """Return a request without ranges that must be ignored (RFC 9110, section 14.2), and HEAD as GET.

    The body is then compressed and counted as that of GET; the server keeps it back.
    """
    unit = Headers(scope=scope).get("range", "").partition("=")[0].strip().lower()
    if scope["method"] != "HEAD" and unit in {"", "bytes"}:
        return scope
    headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"range"]
    return {**scope, "headers": headers, "method": "GET" if scope["method"] == "HEAD" else scope["method"]}
