"""The command ``rrmm serve``: the graph as a read-only web service."""

from __future__ import annotations

import argparse

from rrmm.errors import RrmmError

HELP = "Serve the graph on the web, read-only."
EXAMPLE = "rrmm serve --port 8000"
HIGHEST_PORT = 65535
MOST_WORKERS = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine alone)")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one (default: 8000)")
    parser.add_argument("--workers", type=int, default=2, help="processes that answer queries (default: 2)")


def run(options: argparse.Namespace) -> int:
    """Serve until interrupted and return the exit code."""
    from rrmm.server.run import serve

    if not 0 <= options.port <= HIGHEST_PORT:
        raise RrmmError(f"--port {options.port}: give a number from 0 to {HIGHEST_PORT}.")
    if not 1 <= options.workers <= MOST_WORKERS:
        raise RrmmError(f"--workers {options.workers}: give a number from 1 to {MOST_WORKERS}.")
    serve(options.host, options.port, options.workers)
    return 0
