"""The command line. Exit codes: 0 done, 1 findings, 2 the input or the installation is at fault.

`COMMANDS` lists the commands; each is a module of its name, and only the one that runs is imported.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import NoReturn, Protocol, cast

from rrmm.cli.terminal import columns, drop_output, prepare_streams, warn
from rrmm.errors import RrmmError, nearest, quote
from rrmm.texts import SURROGATE, show_line
from rrmm.version import __version__

COMMANDS = (
    "regimens",
    "cohort",
    "simulate",
    "schema",
    "query",
    "plot",
    "sparql",
    "check",
    "show",
    "terms",
    "names",
    "intake",
    "explain",
    "load",
    "export",
    "diff",
    "site",
    "serve",
    "mcp",
)


OUTPUTS = ("output", "report", "summary")
"""The arguments that name files to write; all other files that arguments name are read."""

RECORDS = 200_000
"""Objects that a start makes and that stay: garbage is not looked for before there are more."""


_LINE = re.compile(r"\n(?!  )")
"""The end of a line that a name or value brings into a message; the lines of a table's rows are indented."""

USUAL_OF_HELP, MARGIN = 80, 2
"""The columns of help where the terminal is not known, and those that it leaves free, as argparse has them."""


class Command(Protocol):
    """What the module of a command holds."""

    HELP: str
    EXAMPLE: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the arguments of the command to its parser."""
        ...

    def run(self, options: argparse.Namespace) -> int:
        """Run the command and return its exit code."""
        ...


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line and exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help stands."""
        self.exit(2, f"{self.prog}: {show_line(message)}. See: {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; without arguments, those of the process, which ends with it."""
    if arguments is not None:
        return _run(list(arguments))
    gc.set_threshold(RECORDS)
    prepare_streams()
    try:
        return _run(sys.argv[1:])
    finally:
        gc.freeze()  # what is left is the system's to take back


def _run(given: Sequence[str]) -> int:
    try:
        _check_text(given)
        options = build_parser(_named_commands(given)).parse_args(given)
        _check_outputs(vars(options))
        return int(options.run(options))
    except RrmmError as error:
        message = _LINE.sub(r"\\n", str(error))
        warn(f"rrmm: {message}")
        return 2
    except BrokenPipeError:
        drop_output()
        return 0
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if error.filename is not None:
            warn(f"rrmm: {quote(error.filename)}: the system refuses it ({error.strerror}).")
        elif not _has_folder():
            warn("rrmm: The working folder does not exist any more. Change to another.")
        else:
            raise
        return 2


def _has_folder() -> bool:
    """Return whether there is a working folder, which every relative path needs."""
    try:
        return bool(Path.cwd())
    except OSError:
        return False


def _check_text(given: Sequence[str]) -> None:
    """Raise RrmmError for an argument that is no text; a file may have such a name."""
    for argument in given:
        if SURROGATE.search(argument) and not os.path.exists(argument):  # noqa: PTH110 # of any text it tells
            raise RrmmError(f"The argument {quote(argument)} is not UTF-8 text, and no file has that name.")


def _check_outputs(options: Mapping[str, object]) -> None:
    """Raise RrmmError where a file would be written that is read, whatever links lead to it."""
    given = {name: value if isinstance(value, list) else [value] for name, value in options.items()}
    files = {name: [one for one in values if isinstance(one, Path) and one.is_file()] for name, values in given.items()}
    read = [file for name, some in files.items() if name not in OUTPUTS for file in some]
    for file in (file for name in OUTPUTS for file in files.get(name, [])):
        if any(file.samefile(one) for one in read):
            raise RrmmError(f"{file}: is read too, and would be lost. Give the output another name.")


def _named_commands(given: Sequence[str]) -> Sequence[str]:
    """Return the command that the arguments begin with, or all; raises RrmmError for an unknown one."""
    if given[:1] == ["--version"]:
        return ()
    if not given or given[0].startswith("-"):
        return COMMANDS
    if given[0] not in COMMANDS:
        raise RrmmError(f"No command {given[0]!r}.{nearest(given[0], COMMANDS)} See: rrmm --help")
    return given[:1]


def build_parser(names: Iterable[str] = COMMANDS) -> Parser:
    """Return the parser of some commands."""
    width = columns(USUAL_OF_HELP) - MARGIN  # told, or argparse would measure the terminal for each argument
    parser = Parser(
        prog="rrmm",
        formatter_class=partial(argparse.HelpFormatter, width=width),
        description="Evidence on relapsed/refractory multiple myeloma. A research instrument, not a medical device.",
    )
    parser.add_argument("--version", action="version", version=f"rrmm {__version__}")
    commands = parser.add_subparsers(
        prog="rrmm", title="commands", required=True, metavar="COMMAND", parser_class=Parser
    )
    for name in names:
        command = cast("Command", import_module(f"rrmm.cli.{name}"))
        below = commands.add_parser(
            name,
            help=command.HELP,
            description=command.HELP,
            epilog=f"example:\n  {command.EXAMPLE}",
            formatter_class=partial(argparse.RawDescriptionHelpFormatter, width=width),
        )
        command.add_arguments(below)
        below.set_defaults(run=command.run)
    return parser
