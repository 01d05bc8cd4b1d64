"""Responses that several routes give: problem documents (RFC 9457), and bodies sent in slices."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from rrmm.errors import FormError, PatientError, QueryRefused, QueryStopped, RrmmError, quote
from rrmm.records import JsonObject
from rrmm.server.kept import Kept
from rrmm.server.lanes import ENDS, Work, client_of, compute
from rrmm.texts import Unclear, check_texts, parse_json

SLICE = 64 * 1024
MOST_OBJECTS, MOST_VALUES = 30_000, 150_000  # of a record: thousands of observations, read in seconds
AT_ONCE = 8 * 1024  # bytes that are parsed at once; with more of them the other requests do not wait
STATUSES: dict[type[RrmmError], int] = {QueryRefused: 403, FormError: 406, QueryStopped: 503, PatientError: 422}


class Sliced(Response):
    """A body sent in slices, each after the client has taken the one before; `after` is called at the end.

    `vary` names the headers of the request by which the body was chosen, but for its encoding.
    """

    def __init__(
        self, kept: Kept, media_type: str, after: Callable[[], None] | None = None, vary: str = "Accept"
    ) -> None:
        headers = {"ETag": kept.tag, "Vary": vary}
        if kept.encoding:
            headers |= {"Content-Encoding": kept.encoding, "Vary": f"{vary}, Accept-Encoding".removeprefix(", ")}
        if not headers["Vary"]:
            del headers["Vary"]
        super().__init__(kept.body, headers=headers, media_type=media_type)
        self.after = after

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            for start in range(0, max(len(self.body), 1), SLICE):
                more = start + SLICE < len(self.body)
                piece = bytes(self.body[start : start + SLICE])
                await send({"type": "http.response.body", "body": piece, "more_body": more})
        finally:
            if self.after:
                self.after()


def problem(
    status: int, detail: str, headers: dict[str, str] | None = None, more: JsonObject | None = None
) -> Response:
    """Return an error as a problem document; `more` are further members."""
    content = {"title": phrase(status), "status": status, "detail": detail} | (more or {})
    chosen = {"Vary": "Accept"} if status == 406 else {}
    return JSONResponse(content, status, {**chosen, **(headers or {})}, media_type="application/problem+json")


def phrase(status: int) -> str:
    """Return the name of a status.

    >>> phrase(404)
    'Not Found'
    """
    return HTTPStatus(status).phrase


def status_of(error: Exception) -> int:
    """Return the HTTP status of an error of this package; 400 unless `STATUSES` says otherwise."""
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 400)


async def report_error(request: Request, error: Exception) -> Response:
    """Return the problem document of an error of this package, with the key at fault and the names offered."""
    status = status_of(error)
    known = {"key": getattr(error, "key", None), "offers": list(getattr(error, "offers", ()))}
    return problem(
        status,
        str(error),
        {"Retry-After": "2"} if status == 503 else None,
        {name: value for name, value in known.items() if value},
    )


async def refuse(request: Request, error: HTTPException) -> Response:
    """Return the problem document of an error of HTTP."""
    return problem(error.status_code, error.detail, dict(error.headers or {}))


async def body(request: Request, limit: int) -> bytes:
    """Return the body of a request; raises 413 as soon as it is longer than `limit`, 415 for an encoded one.

    Raises 429 or 503 where the bodies that are being sent take too much memory.
    """
    for encoding in request.headers.get("content-encoding", "").split(","):
        if encoding.strip().lower() not in {"", "identity"}:
            problem = (
                f"The body has the Content-Encoding {quote(encoding.strip())}. Send it as it is, without encoding."
            )
            raise HTTPException(415, problem, {"Accept-Encoding": "identity"})
    bodies, client, content = request.app.state.service.bodies, client_of(request), bytearray()
    try:
        async for chunk in request.stream():
            content += chunk
            bodies.hold(client, len(chunk))
            if len(content) > limit:
                raise HTTPException(413, f"The body is longer than {limit // 1024} KiB. Send less.", ENDS)
    finally:
        bodies.drop(client, len(content))
    return bytes(content)


async def read_json(
    request: Request, limit: int, kinds: tuple[str, ...] = ("application/json",), work: Work = compute
) -> JsonObject:
    """Return the JSON object in the body of a request, a long one read by `work`.

    Raises 400, 413 or 415, or PatientError for no object.
    """
    if request.headers.get("content-type", "").split(";")[0].strip().lower() not in kinds:
        raise HTTPException(415, f"Send {' or '.join(kinds)}.")
    content = await body(request, limit)
    if len(content) <= AT_ONCE:
        return _parse(content)
    return await work(request, _parse, content)


def _parse(content: bytes) -> JsonObject:
    counts = [(content.count(b"{"), MOST_OBJECTS, "objects")]
    counts += [(sum(map(content.count, (b"{", b"[", b","))), MOST_VALUES, "values")]
    for count, most, what in counts:
        if count > most:
            raise HTTPException(413, f"The body holds more than {most:,} {what}. Send what concerns the myeloma.")
    try:
        document = parse_json(content, constants=False)
    except Unclear as error:
        raise PatientError(f"The body: {error}") from None
    except ValueError:
        raise HTTPException(400, "The body is not JSON.") from None
    if not isinstance(document, dict):
        raise PatientError("The body is not a mapping of keys to values. See /openapi.json.")
    check_texts(document, "The body")
    return document


def by_post(path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> list[Route]:
    """Return the routes of what is asked by POST alone; the pages of the site would take GET as their own."""
    return [Route(path, endpoint, methods=["POST"]), Route(path, _refuse_get)]


async def _refuse_get(request: Request) -> Response:
    raise HTTPException(405, "Ask by POST.", {"Allow": "POST"})
