"""The command ``rrmm serve``: the graph as a read-only web service."""

from __future__ import annotations

import argparse

from rrmm.errors import RrmmError

HELP = "Serve the graph on the web, read-only."
EXAMPLE = "rrmm serve --port 8000"
HIGHEST_PORT = 65535
MOST_WORKERS = 64
MOST_CACHE_MB = 4096


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine alone)")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one (default: 8000)")
    parser.add_argument("--workers", type=int, default=2, help="processes that answer queries (default: 2)")
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
    serve(options.host, options.port, options.workers, cache=options.cache_mb * 1024**2)
    return 0
