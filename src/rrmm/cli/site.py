"""The command ``rrmm site``: the graph as static pages in a folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from rrmm.cli import arguments
from rrmm.cli.terminal import write

HELP = "Write the graph as a site of static pages, which need no server."
EXAMPLE = "rrmm site public"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help="a folder of its own; an earlier site there is replaced"
    )
    parser.add_argument(
        "--pyodide",
        type=Path,
        metavar="DIR",
        help="the unpacked npm package pyodide (make pyodide): the page of a patient then answers inside the browser",
    )


def run(options: argparse.Namespace) -> int:
    """Write the site, print what it comes to, and return the exit code."""
    site = arguments.load_graph().site(options.folder, options.pyodide)
    write(f"{site.pages:,} pages, {site.files:,} files, {site.size / 1e6:.0f} MB in {site.folder}\n")
    write(f"Look at it: python -m http.server --bind 127.0.0.1 --directory {options.folder}\n")
    return 0
