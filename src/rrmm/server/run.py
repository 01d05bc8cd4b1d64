"""The command ``rrmm serve``: open a socket, run a server on it, end it gracefully."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import sys
import threading
import time
from queue import Full, Queue
from typing import Any

from rrmm.errors import MissingExtra, RrmmError

ACCESS = "rrmm.access"
GRACEFUL_SHUTDOWN_S = 10
BACKLOG = 512  # connections that wait to be accepted
UNFINISHED = 4  # requests to a connection, of which all but one have been given up by their clients
RESERVED_FILES = 96  # that are open beside connections
FEWEST_CONNECTIONS = 64
LINES_HELD = 10_000  # of the log, while nobody takes them; more are dropped
LAST_S = 1.0  # for the log, at the end
SWITCH_S = 0.0005  # a report that computes lets a page through so often
THIS_MACHINE = ["127.0.0.1", "::1", "::ffff:127.0.0.1"]
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 # what listens on all addresses has no name of its own


def serve(host: str, port: int, workers: int, base_url: str | None = None, **bounds: Any) -> None:
    """Serve the graph until the process is terminated; raises RrmmError when it cannot listen.

    `base_url` is the public address, which only its user knows: what a request says of it (Host, Forwarded) is not
    believed. With it, `X-Forwarded-For` of a proxy on this machine tells clients apart. `bounds` are the fields of
    `rrmm.server.service.Bounds`.
    """
    try:
        import uvicorn

        from rrmm.server.app import application
        from rrmm.server.service import Bounds, Service
        from rrmm.server.timeouts import SPARE, with_deadline
    except ImportError:
        raise MissingExtra("rrmm serve", "serve") from None
    from rrmm.api import KnowledgeGraph

    sys.setswitchinterval(SWITCH_S)
    listener = listen(host, port)
    name, bound = listener.getsockname()[:2]
    shown = "localhost" if name in EVERYWHERE else f"[{name}]" if ":" in name else name
    here = f"http://{shown}:{bound}"
    service = Service(KnowledgeGraph.load(), workers, Bounds(**bounds), base_url or here)
    connections = allow_connections(service.bounds.connections)
    config = uvicorn.Config(
        application(service),
        http=with_deadline(service.bounds.request, connections),
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=base_url is not None,
        forwarded_allow_ips=THIS_MACHINE,
        backlog=SPARE // 2,
        limit_concurrency=UNFINISHED * connections,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
    )

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            """Accept no more connections at a time than are kept free; more may wait to be."""
            await super().startup(sockets)
            listener.listen(BACKLOG)

    _log()
    public = f" as {base_url}/" if base_url else ""
    announce(f"rrmm: serving on {here}/{public} (read-only; stop with Ctrl-C)\n")
    try:
        Server(config).run(sockets=[listener])
    finally:
        service.close()
        listener.close()


def allow_connections(wanted: int) -> int:
    """Return how many connections may be open: as many as wanted, if the system allows so many open files."""
    try:
        import resource
    except ImportError:  # Windows counts no files
        return wanted
    needed = wanted + RESERVED_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        more = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
            soft = more
        return max(FEWEST_CONNECTIONS, min(wanted, soft - RESERVED_FILES))
    return wanted


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address; raises RrmmError when the address is taken or not of this machine."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
        except (OSError, OverflowError):
            listener.close()
            raise
    except UnicodeError:
        raise RrmmError(f"Cannot listen on {host!r}: it is no name of a host. Give one such as 127.0.0.1.") from None
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RrmmError(
            f"Cannot listen on {host} port {port}: {reason}. Choose another: --port 0 takes a free one."
        ) from None
    return listener


def announce(line: str) -> None:
    """Write a line to standard error at once; where that is closed or full, the service runs without it."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(line)
            sys.stderr.flush()


class _Lines(logging.Handler):
    """Writes the log to a file descriptor in a thread: where nobody takes its lines, the service runs on."""

    def __init__(self, out: int) -> None:
        super().__init__()
        self._held: Queue[str | None] = Queue(LINES_HELD)
        self._thread = threading.Thread(target=self._write, args=(out,), daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Hold a line until it is written."""
        with contextlib.suppress(Full):
            self._held.put_nowait(self.format(record))

    def close(self) -> None:
        """Write what is held, as far as it is taken soon."""
        with contextlib.suppress(Full):
            self._held.put_nowait(None)
        self._thread.join(LAST_S)
        super().close()

    def _write(self, out: int) -> None:
        for line in iter(self._held.get, None):
            left = f"{line}\n".encode("utf-8", "backslashreplace")
            with contextlib.suppress(OSError):
                while left:
                    left = left[os.write(out, left) :]


class _Line(logging.Formatter):
    """Writes an error of a library as a line of the log: what it says of a request is left out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return time and error in JSON; a line of access is JSON already."""
        if record.name == ACCESS:
            return record.getMessage()
        time_of = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        said = str(record.msg).partition("\n")[0]
        kind = f": {record.exc_info[0].__name__}" if record.exc_info and record.exc_info[0] else ""
        return json.dumps({"time": time_of, "error": f"{record.name}: {said}{kind}"})


def _log() -> None:
    """Send the access log, and errors of libraries, to standard error, a JSON object a line.

    Their warnings are of requests that are refused anyhow.
    """
    if sys.stderr is None:
        return
    handler = _Lines(sys.stderr.fileno())
    handler.setFormatter(_Line())
    for name, level in ((ACCESS, logging.INFO), (None, logging.ERROR)):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False
