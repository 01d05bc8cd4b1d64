"""The command ``rrmm terms``: a word in, the classes and properties out that a query can ask for."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator

from rrmm.cli import arguments
from rrmm.cli.terminal import FORMS, format_table, width, write
from rrmm.graph.table import Table

HELP = "List the classes and properties of the ontology, for queries of your own."
EXAMPLE = "rrmm terms interval"
INDENT = "    "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("word", nargs="?", default="", metavar="WORD", help="in the name, or else in the definition")
    parser.add_argument("--format", choices=FORMS, default="table")


def run(options: argparse.Namespace) -> int:
    """Print the terms and return the exit code."""
    terms = arguments.load_graph().terms(options.word)
    as_list = options.format == "table"
    write("\n".join(_lines(terms, width())) + "\n" if as_list else format_table(terms, options.format))
    return 0


def _lines(terms: Table, columns: int) -> Iterator[str]:
    """Yield each term with what it is, and its definition below."""
    for row in terms.to_dicts():
        below = f" of {row['of']}" if row["of"] else ""
        to = f" → {row['to']}" if row["to"] else ""
        yield f"{row['term']}  {row['kind']}{below}{to}"
        yield from textwrap.wrap(
            str(row["definition"]), columns, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False
        )
    yield f"{len(terms)} term{'s' if len(terms) != 1 else ''}"
