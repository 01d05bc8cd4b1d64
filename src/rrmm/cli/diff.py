"""The command ``rrmm diff``: two versions of the graph in, the changes of knowledge out."""

from __future__ import annotations

import argparse
from pathlib import Path

from rrmm.cli.terminal import width, write

HELP = "List what changed in knowledge between two versions, each a folder of a graph or an exported file of RDF."
EXAMPLE = "rrmm diff ../rrmm-0.1.0 . --format markdown"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("old", type=Path, metavar="OLD")
    parser.add_argument("new", type=Path, metavar="NEW")
    parser.add_argument("--format", choices=["text", "markdown", "json"], default="text")


def run(options: argparse.Namespace) -> int:
    """Print the changes and return the exit code."""
    from rrmm.publish import changelog, diff

    difference = diff.compare(options.old, options.new)
    if options.format == "text":
        write(changelog.text(difference, width()))
    else:
        write((changelog.markdown if options.format == "markdown" else changelog.to_json)(difference))
    return 0
