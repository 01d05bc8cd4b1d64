"""The command ``rrmm query``: a catalogued question in, its table out."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rrmm.cli import arguments
from rrmm.cli.terminal import FORMS, format_table, width, write
from rrmm.errors import QueryError

if TYPE_CHECKING:
    from rrmm.graph.queries import Query

HELP = "Answer a catalogued question; --list shows them."
EXAMPLE = "rrmm query results --format csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("name", nargs="?", help="the question; without one, they are listed")
    parser.add_argument("--list", action="store_true", help="list the questions by group, with their parameters")
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter: a label, alias, CURIE or IRI, or text; repeatable",
    )
    arguments.add_view(parser)
    arguments.add_overlays(parser)
    arguments.add_endpoint(parser)
    parser.add_argument("--format", choices=FORMS, default="table")


def run(options: argparse.Namespace) -> int:
    """Answer the question, or list all, and return the exit code."""
    if options.list or not options.name:
        _list(options)
        return 0
    parameters = arguments.parse_parameters(options.param)
    graph = arguments.open_with_overlays(options).view(options.source, options.as_of)
    write(format_table(graph.query(options.name, **parameters), options.format))
    return 0


def _list(options: argparse.Namespace) -> None:
    """List the questions."""
    from rrmm.graph import queries
    from rrmm.graph.files import graph_root
    from rrmm.graph.table import Table

    if options.param:
        raise QueryError("--param needs the name of a question. List them: rrmm query --list")
    questions = sorted(queries.read(graph_root(), "questions").values(), key=lambda query: (query.tags[0], query.name))
    if options.format == "table":
        write(_format_groups(questions))
        return
    rows = tuple((q.name, " ".join(q.tags), q.summary, q.description, " ".join(q.parameters)) for q in questions)
    columns = ("question", "tags", "summary", "description", "parameters")
    write(format_table(Table(columns, rows), options.format))


def _format_groups(questions: Iterable[Query]) -> str:
    """Return the questions under their groups: name, summary, and how each parameter is given."""
    lines: list[str] = []
    group = ""
    count = 0
    for query in questions:
        if query.tags[0] != group:
            group = query.tags[0]
            lines += ["", group.upper()]
        count += 1
        lines += textwrap.wrap(
            query.summary, width(), initial_indent=f"  {query.name:<34} ", subsequent_indent=" " * 37
        )
        lines += [f"{'':37}--param {name}={_example(query, name)}" for name in query.parameters]
    return (
        "\n".join(
            [*lines[1:], "", f"{count} questions. Answer one: rrmm query NAME [--param NAME=VALUE] [--source SOURCE]"]
        )
        + "\n"
    )


def _example(query: Query, name: str) -> str:
    """Return an example of a parameter's value."""
    return query.defaults.get(name, query.kinds[name].partition(":")[2].upper())
