"""The command ``rrmm serve``: a socket, a server on it, a graceful end."""

from __future__ import annotations

import logging
import socket
import sys
from typing import Any

from rrmm.errors import MissingExtra, RrmmError

LONGEST_HEAD = 64 * 1024
PATIENCE = 10


def serve(host: str, port: int, workers: int, **bounds: Any) -> None:
    """Serve the graph until the process is told to stop; raises RrmmError when it cannot begin.

    `bounds` are those of `rrmm.server.service.Bounds`.
    """
    try:
        import uvicorn

        from rrmm.server.app import application
        from rrmm.server.service import Bounds, Service
        from rrmm.server.timeouts import watched
    except ImportError:
        raise MissingExtra("rrmm serve", "serve") from None
    from rrmm.api import KnowledgeGraph

    listening = listen(host, port)
    service = Service(KnowledgeGraph.load(), workers, Bounds(**bounds))
    config = uvicorn.Config(
        application(service),
        http=watched(service.bounds.request),
        ws="none",
        h11_max_incomplete_event_size=LONGEST_HEAD,
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=service.bounds.connections,
        timeout_graceful_shutdown=PATIENCE,
    )
    _log()
    name, bound = listening.getsockname()[:2]
    shown = f"[{name}]" if ":" in name else name
    sys.stderr.write(f"rrmm: serving on http://{shown}:{bound}/ (read-only; stop with Ctrl-C)\n")
    sys.stderr.flush()
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        service.close()
        listening.close()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address; raises RrmmError when it is taken or none of ours."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(512)
        except (OSError, OverflowError):
            listening.close()
            raise
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RrmmError(
            f"Cannot listen on {host} port {port}: {reason}. Choose another: --port 0 takes a free one."
        ) from None
    return listening


def _log() -> None:
    """Send the access log to standard error, a JSON object a line."""
    handler: Any = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    access = logging.getLogger("rrmm.access")
    access.addHandler(handler)
    access.setLevel(logging.INFO)
