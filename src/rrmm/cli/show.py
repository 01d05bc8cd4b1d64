"""The command ``rrmm show``: a name in, everything known of the thing out."""

from __future__ import annotations

import argparse

from rrmm.cli import arguments
from rrmm.cli.terminal import format_json, width, write

HELP = "Show everything known of a drug, regimen, trial or subgroup, with its sources."
EXAMPLE = "rrmm show 'del(17p)'"


def add_arguments(parser: argparse.ArgumentParser, metavar: str | None = None) -> None:
    """Add the arguments of the command to its parser; `metavar` is what help calls the name."""
    parser.add_argument("name", metavar=metavar)
    arguments.add_overlays(parser)
    arguments.add_endpoint(parser)
    parser.add_argument("--format", choices=["table", "json"], default="table")


def run(options: argparse.Namespace) -> int:
    """Print the description and return the exit code."""
    description = arguments.open_with_overlays(options).show(options.name)
    as_json = options.format == "json"
    write(format_json(description.to_dict()) if as_json else description.to_text(width()))
    return 0
