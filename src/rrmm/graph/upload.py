"""Upload of a graph to a server by the SPARQL 1.1 Graph Store HTTP Protocol, and a count there afterwards.

https://www.w3.org/TR/sparql11-http-rdf-update/
"""

from __future__ import annotations

from http.client import HTTPException
from urllib.parse import quote
from urllib.request import Request

from rrmm.errors import EndpointError
from rrmm.graph import digest, endpoint_errors
from rrmm.graph.endpoint import Endpoint
from rrmm.graph.store import Store
from rrmm.graph.terms import iri_term
from rrmm.graph.transport import authorize_basic, exchange

TIME_LIMIT = 300.0
N_TRIPLES = "application/n-triples"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
ELSEWHERE = "A server may limit what it gives back at once: count at its query endpoint, with --endpoint URL."


def put(
    content: bytes, url: str, graph: str | None = None, endpoint: str | None = None, time_limit: float = TIME_LIMIT
) -> int:
    """Replace the default graph or a named `graph` of the Graph Store at `url`; return its number of triples there.

    The SPARQL `endpoint` counts them if one is given, else the Graph Store sends them back. Raises
    EndpointError when the server refuses, or holds another number of triples afterwards.
    """
    name = f"graph={quote(iri_term(graph).value, safe='')}" if graph else "default"
    target = f"{endpoint_errors.address(url)}{'&' if '?' in url else '?'}{name}"
    counting = Endpoint(endpoint, graph, time_limit) if endpoint else None
    try:
        _replace(target, content, time_limit)
        there = b"" if counting else _send(_request(target, "GET", time_limit), time_limit)
    except (OSError, HTTPException, ValueError) as error:
        raise endpoint_errors.fault(target, error, time_limit) from None
    count = _ask_count(counting) if counting else _count(there, target)
    if count != (wanted := len(Store(content))):
        raise EndpointError(f"{target}: {wanted:,} triples were sent, and {count:,} come back. {ELSEWHERE}")
    return count


def _ask_count(endpoint: Endpoint) -> int:
    match endpoint.rows(COUNT):
        case [{"n": int(count)}]:
            return count
    raise EndpointError(f"{endpoint.url}: loaded, but this address does not count triples. Give its query endpoint.")


def _count(content: bytes, target: str) -> int:
    try:
        return len(Store(content))
    except (SyntaxError, ValueError):
        raise EndpointError(f"{target}: loaded, but what comes back is not N-Triples. {ELSEWHERE}") from None


def _replace(target: str, content: bytes, seconds: float) -> None:
    try:
        _send(_request(target, "PUT", seconds, content), seconds)
    except OSError as error:
        if endpoint_errors.is_connection_fault(error):
            _raise_refusal(target, seconds)
        raise


def _request(target: str, method: str, seconds: float, content: bytes | None = None) -> Request:
    headers = {"Accept": N_TRIPLES} if content is None else {"Content-Type": N_TRIPLES}
    request = Request(target, data=content, headers=headers, method=method)  # noqa: S310 - http or https, as checked
    if known := endpoint_errors.credentials():
        request.add_header("Authorization", _authorization(request, known, seconds))
    return request


def _authorization(request: Request, known: tuple[str, str], seconds: float) -> str:
    """Return the credentials in the scheme that the server asks for.

    A request without a body asks for it first: a server that wants credentials hangs up on a large body.
    """
    reply = exchange(Request(request.full_url, method="HEAD"), seconds)  # noqa: S310 - as above
    challenges = reply.headers.get_all("WWW-Authenticate", []) if reply.status == 401 else []
    asked = next((fields for fields in map(digest.read_challenge, challenges) if fields is not None), None)
    if asked is None:
        return authorize_basic(known)
    try:
        return digest.authorize(asked, known, request.get_method(), request.selector)
    except ValueError as error:
        url = request.full_url
        raise EndpointError(
            f"{url}: asks for digest authentication, but {error}. Ask for basic there.", url=url
        ) from None


def _raise_refusal(target: str, seconds: float) -> None:
    """Raise the refusal of a request without a body, since the server may hang up on a large one without a reason."""
    reply = exchange(_request(target, "GET", seconds), seconds)
    if reply.is_refusal and reply.status != 404:
        raise endpoint_errors.refusal(target, reply)


def _send(request: Request, seconds: float) -> bytes:
    reply = exchange(request, seconds)
    if reply.is_refusal:
        raise endpoint_errors.refusal(request.full_url, reply)
    return reply.body
