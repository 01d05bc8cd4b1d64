"""The command ``rrmm plot``: the name of a picture in, its SVG out, or the table that it draws."""

from __future__ import annotations

import argparse
from pathlib import Path

from rrmm.atomic import put
from rrmm.cli import arguments
from rrmm.cli.terminal import FORMS, format_table, write
from rrmm.errors import QueryError

HELP = "Draw a picture of what the graph holds, as SVG; --list shows them."
EXAMPLE = "rrmm plot medians-pfs --param study=ASPIRE"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("name", nargs="?", help="the picture; without one, they are listed")
    parser.add_argument("--list", action="store_true", help="list the pictures with their titles")
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="draws one study, control or population: a label, alias, CURIE or IRI; repeatable",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="writes to a file")
    parser.add_argument("--table", choices=FORMS, help="gives the rows that are drawn instead")
    arguments.add_view(parser)
    arguments.add_endpoint(parser)


def run(options: argparse.Namespace) -> int:
    """Draw the picture, or list all, and return the exit code."""
    gallery = arguments.open_graph(options).view(options.source, options.as_of).gallery
    if options.list or not options.name:
        if options.param:
            raise QueryError("--param needs the name of a picture. List them: rrmm plot --list")
        from rrmm.graph.table import Table

        titles = Table(("picture", "title"), tuple(gallery.titles.items()))
        content = format_table(titles, options.table or "table").encode()
    else:
        picture = gallery.picture(options.name, **arguments.parse_parameters(options.param))
        content = format_table(picture.table, options.table).encode() if options.table else picture.svg
    if options.output:
        put({options.output: content})
    else:
        write(content.decode())
    return 0
