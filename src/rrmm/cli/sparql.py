"""The command ``rrmm sparql``: any query in, its table or its Turtle out."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

from rrmm.cli import arguments
from rrmm.cli.terminal import FORMS, format_table, read_input, warn, write
from rrmm.errors import QueryError, UnknownTermWarning, check_time_limit, nearest
from rrmm.texts import read_bytes

HELP = "Run any SPARQL query, read-only."
EXAMPLE = "rrmm sparql examples/approvals.rq"
LONGEST_FILE_NAME = 200
MOST_BYTES = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("file", help="a file, or - for standard input")
    parser.add_argument("--format", choices=FORMS, default="table")
    parser.add_argument("--time-limit", type=float, metavar="SECONDS")


def run(options: argparse.Namespace) -> int:
    """Answer the query and return the exit code."""
    if options.time_limit is not None:
        check_time_limit(options.time_limit, "--time-limit")
    text = _read(options.file)
    with warnings.catch_warnings(record=True) as unknown:
        warnings.simplefilter("always", UnknownTermWarning)
        answer = arguments.load_graph().sparql(text, time_limit=options.time_limit)
    for warning in unknown:
        warn(f"rrmm: {warning.message} See: rrmm terms WORD")
    write(answer if isinstance(answer, str) else format_table(answer, options.format))
    return 0


def _read(file: str) -> str:
    """Return the text of a query; raises QueryError offering the query files nearby."""
    try:
        return read_input() if file == "-" else read_bytes(Path(file), MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise QueryError(f"{file}: not UTF-8 text.") from None
    except OSError as error:
        files = [str(path) for path in Path().glob("**/*.rq")] if len(file) < LONGEST_FILE_NAME else []
        raise QueryError(f"{file}: cannot be read ({error.strerror}).{nearest(file, files)}") from None
