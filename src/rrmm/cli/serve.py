"""The command ``rrmm serve``: the graph as a read-only web service."""

from __future__ import annotations

import argparse
import re
from urllib.parse import urlsplit

from rrmm.errors import RrmmError, quote

HELP = "Serve the graph on the web, read-only."
EXAMPLE = "rrmm serve --port 8000"
HIGHEST_PORT = 65535
MOST_WORKERS = 64
MOST_CACHE_MB = 4096
ORIGIN = re.compile(r"https?://(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?/?", re.ASCII)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine alone)")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one (default: 8000)")
    parser.add_argument("--workers", type=int, default=3, help="processes that answer queries (default: 3)")
    parser.add_argument(
        "--base-url",
        metavar="URL",
        help="the public address, where a proxy stands before it: https://host, without a path (default: where it"
        " listens; what a request says of it is not believed)",
    )
    parser.add_argument(
        "--cache-mb", type=int, default=64, help="MiB of answers of queries to keep; 0 keeps none (default: 64)"
    )


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted and return the exit code."""
    from rrmm.server.run import serve

    if not 0 <= options.port <= HIGHEST_PORT:
        raise RrmmError(f"--port {options.port}: give a number from 0 to {HIGHEST_PORT}.")
    if not 1 <= options.workers <= MOST_WORKERS:
        raise RrmmError(f"--workers {options.workers}: give a number from 1 to {MOST_WORKERS}.")
    if not 0 <= options.cache_mb <= MOST_CACHE_MB:
        raise RrmmError(f"--cache-mb {options.cache_mb}: give a number from 0 to {MOST_CACHE_MB}.")
    if options.base_url is not None and not _is_origin(options.base_url):
        raise RrmmError(f"--base-url {quote(options.base_url)}: give http:// or https://, a host, and no path.")
    base_url = options.base_url and options.base_url.rstrip("/")
    serve(options.host, options.port, options.workers, base_url, cache=options.cache_mb * 1024**2)
    return 0


def _is_origin(url: str) -> bool:
    """Return whether a URL is a scheme, a host and perhaps a port, each of which can be.

    >>> _is_origin("http://[::1]:8000"), _is_origin("http://[::::]"), _is_origin("http://host:99999")
    (True, False, False)
    """
    try:
        return bool(ORIGIN.fullmatch(url)) and urlsplit(url).port != 0
    except ValueError:
        return False
