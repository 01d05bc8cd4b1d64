"""The command ``rrmm mcp``: the graph for an assistant, by the Model Context Protocol."""

from __future__ import annotations

import argparse
import sys

from rrmm.cli import arguments
from rrmm.cli.terminal import warn
from rrmm.errors import MissingExtra

HELP = "Answer an assistant on standard input and output (Model Context Protocol)."
EXAMPLE = "rrmm mcp"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""


def run(options: argparse.Namespace) -> int:
    """Answer until the client closes standard input and return the exit code."""
    try:
        from rrmm.server import mcp
    except ImportError:
        raise MissingExtra("rrmm mcp", "mcp") from None
    if sys.stdin and sys.stdin.isatty():
        warn("rrmm: waiting for a client of the Model Context Protocol (stop with Ctrl-C)")
    mcp.run(arguments.load_graph())
    return 0
