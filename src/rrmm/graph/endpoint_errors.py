"""The faults between here and a server, one message each; credentials never stand in a message."""

from __future__ import annotations

import os
import re
import socket
import ssl
from http.client import HTTPException
from urllib.error import URLError
from urllib.parse import urlsplit

from rrmm.errors import EndpointError
from rrmm.graph.transport import Reply
from rrmm.texts import show_line

USER, PASSWORD = "RRMM_ENDPOINT_USER", "RRMM_ENDPOINT_PASSWORD"
LONGEST = 300
_ADDRESS = re.compile("[!-~]+")  # ASCII, without spaces and control characters

_STATUS = {
    401: f"asks for a user, or refuses the one given. Set {USER} and {PASSWORD}",
    403: "forbids it to this user",
    404: "has nothing under this address",
}


def credentials() -> tuple[str, str] | None:
    """Return user and password from the environment, or None."""
    user = os.environ.get(USER)
    return (user, os.environ.get(PASSWORD, "")) if user else None


def address(url: str) -> str:
    """Return a usable URL; raises EndpointError for any other."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")
        usable = parts.scheme in {"http", "https"} and bool(host) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not _ADDRESS.fullmatch(url):
        raise EndpointError(
            f"Not the address of a server: {url!r}. Give one such as http://127.0.0.1:7878/query, in ASCII", url=url
        )
    if parts.username is not None:
        raise EndpointError(f"The address of {parts.hostname} holds a user. Set {USER} and {PASSWORD} instead.")
    return url


def is_connection_fault(error: BaseException) -> bool:
    """Return whether a connection was refused or broke off, so that another try may succeed."""
    return isinstance(error.reason if isinstance(error, URLError) else error, ConnectionError)


def fault(url: str, error: BaseException, seconds: float) -> EndpointError:
    """Return an exception of urllib as one error with the remedy."""
    cause = error.reason if isinstance(error, URLError) else error
    host = urlsplit(url).hostname
    if isinstance(cause, TimeoutError):
        reason = f"no answer within {seconds:g} s. Ask for less, or allow more time."
    elif isinstance(cause, socket.gaierror):
        reason = f"there is no host {host}, or no network. Check the address."
    elif isinstance(cause, ConnectionRefusedError):
        reason = "nothing listens there. Start the server, or check the port."
    elif isinstance(cause, ConnectionError):
        reason = "the connection broke off. Look at the server's log; it may not allow this, or not so much at once."
    elif isinstance(cause, ssl.SSLError):
        reason = f"no secure connection ({cause.reason or cause}). Check http or https, and the certificate."
    elif isinstance(cause, HTTPException):
        reason = f"not an answer of HTTP ({type(cause).__name__}). Check the address."
    elif isinstance(cause, ValueError):
        reason = f"not an answer of HTTP ({cause}). Check the address."
    else:
        reason = f"cannot be reached ({getattr(cause, 'strerror', None) or cause}). Check the address."
    return EndpointError(f"{url}: {reason}", url=url)


def refusal(url: str, reply: Reply) -> EndpointError:
    """Return a status other than success as an error, with the words of the server."""
    if 300 <= reply.status < 400:
        place = show_line(reply.headers.get("Location", ""))[:LONGEST]
        problem = f"the server sends on to another address ({reply.status}{': ' + place if place else ''})"
        return EndpointError(f"{url}: {problem}. Give that one, if it is what you mean.", url=url)
    body = reply.body.decode("utf-8", errors="replace")
    words = re.sub(r"<(?:style|title)\b[^<>]*>[^<]*|<[^<>]*>", " ", body, flags=re.IGNORECASE)
    reason = show_line(" ".join(words.partition("SPARQL query:")[0].split()))
    reason = reason if len(reason) <= LONGEST else reason[:LONGEST].rstrip() + " …"
    known = _STATUS.get(reply.status, "fails" if reply.status >= 500 else "refuses")
    return EndpointError(f"{url}: the server {known} ({reply.status}{': ' + reason if reason else ''}).", url=url)
