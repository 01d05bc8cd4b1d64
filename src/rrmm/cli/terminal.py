"""How commands print: tables in a format, in the width of the terminal; text from outside is shown, never obeyed.

All that a command prints goes through `write` and `warn`.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING

from rrmm.errors import RrmmError
from rrmm.texts import show

if TYPE_CHECKING:
    from rrmm.graph.table import Table

NARROWEST, USUAL, WIDEST = 60, 100, 120
MOST_CHARACTERS = 64_000_000
MOST_DIGITS = 10  # of a number of columns
FORMS = ("table", "csv", "tsv", "json", "markdown")
"""The forms in which a command prints a table."""


def write(text: str) -> None:
    """Write text to standard output, control characters as escapes; raises RrmmError where it takes no more."""
    if sys.stdout is None:
        raise RrmmError("Standard output is closed. Open it, or send it to a file.")
    try:
        sys.stdout.write(show(text))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_output()
        raise RrmmError(f"Standard output cannot be written ({error.strerror}). Send it elsewhere.") from None


def drop_output() -> None:
    """Send what standard output still holds, and what follows, nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def warn(line: str) -> None:
    """Write a line to standard error, control characters as escapes; where it takes none, nobody can be told."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(show(line) + "\n")


def read_input() -> str:
    """Return the text of standard input; raises RrmmError where it is closed, not UTF-8 or too long."""
    if sys.stdin is None:
        raise RrmmError("Standard input is closed. Send a file to it, or name one.")
    try:
        text = sys.stdin.read(MOST_CHARACTERS + 1)
    except UnicodeDecodeError:
        raise RrmmError("standard input: not UTF-8 text.") from None
    except OSError as error:
        raise RrmmError(f"standard input: cannot be read ({error.strerror}).") from None
    if len(text) > MOST_CHARACTERS:
        raise RrmmError(f"standard input: it has more than {MOST_CHARACTERS:,} characters. Give them in files.")
    return text


def prepare_streams() -> None:
    """Let standard output and error write, as escapes, the characters that their encoding does not have.

    Standard input is UTF-8, as files are, whatever the locale. Standard output is written whole or an error is raised.
    """
    codecs.register_error("rrmm.escape", _escape)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="strict")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="rrmm.escape")
    if isinstance(sys.stdout, io.TextIOWrapper) and isinstance(sys.stdout.buffer, io.RawIOBase):
        whole = io.BufferedWriter(sys.stdout.buffer)  # what Python leaves unbuffered drops what is not taken at once
        sys.stdout = io.TextIOWrapper(whole, sys.stdout.encoding, sys.stdout.errors)


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Return the escapes, as JSON has them, in place of what cannot be encoded."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)), error.end


def width() -> int:
    """Return the width of the terminal, within what is easy to read."""
    return max(NARROWEST, min(WIDEST, columns(USUAL)))


def columns(usual: int) -> int:
    """Return the columns of the terminal, or those that COLUMNS says; `usual` where neither is known.

    They are those of `shutil.get_terminal_size`, whose import takes longer than a report.
    """
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and len(told) < MOST_DIGITS and int(told):
        return int(told)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or usual  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return usual


def format_table(table: Table, form: str) -> str:
    """Return a table in one of FORMS; ``table`` is in columns for the terminal."""
    if form == "table":
        return table.to_text(width())
    write = {"csv": table.to_csv, "tsv": table.to_tsv, "json": table.to_json, "markdown": table.to_markdown}
    return write[form]()


def format_json(data: object, *, compact: bool = False) -> str:
    """Return data as JSON, one entry a line, or `compact` without spaces."""
    import json

    indent, separators = (None, (",", ":")) if compact else (1, None)
    return json.dumps(data, ensure_ascii=False, indent=indent, separators=separators) + "\n"
