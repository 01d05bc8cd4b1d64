"""The reference of the command line, made from its parser; nothing in it is written by hand.

python docs/reference/commands.py [FILE]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from rrmm.atomic import put
from rrmm.cli.main import COMMANDS, build_parser

FILE = Path("docs/reference/commands.md")
MADE = "<!-- Made by python docs/reference/commands.py; do not edit. -->"
EXIT = "Exit codes: 0 done; 1 findings; 2 the input or the installation is at fault, which one message says."


def page() -> str:
    """Return the page: each command with its purpose, an example, and its arguments."""
    parsers = _find_commands(build_parser())
    lines = [MADE, "", "# Commands", "", f"{EXIT} `rrmm COMMAND --help` prints what stands here.", ""]
    lines += [f"- [{name}](#{name}): {parsers[name].description}" for name in COMMANDS]
    for name in COMMANDS:
        lines += ["", f"## {name}", "", *_section(parsers[name])]
    return "\n".join(lines) + "\n"


def _find_commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(commands.choices)


def _section(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield parser.description or ""
    yield ""
    example = (parser.epilog or "").removeprefix("example:").strip()
    yield f"```text\n{example}\n```"
    rows = [_row(action) for action in parser._actions if not isinstance(action, argparse._HelpAction)]
    if rows:
        yield ""
        yield "| argument | |"
        yield "|---|---|"
        yield from rows


def _row(action: argparse.Action) -> str:
    value = _describe_value(action)
    name = " ".join(filter(None, [", ".join(action.option_strings), value]))
    shown = {**vars(action), "prog": "rrmm"}
    text = (action.help or "") % shown
    if action.default not in (None, False, argparse.SUPPRESS, []) and "default" not in text:
        text = f"{text} (default: {action.default})".strip()
    return f"| {_escape(f'`{name}`')} | {_escape(text)} |"


def _describe_value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.metavar is not None:
        return action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar)
    if action.choices is not None:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return action.dest.upper()


def _escape(text: str) -> str:
    return text.replace("|", "\\|")


def main(file: Path) -> None:
    """Write the page."""
    put({file: page().encode()})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
