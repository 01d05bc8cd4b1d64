"""How commands print: tables in a format, in the width of the terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rrmm.graph.table import Table

NARROWEST, USUAL, WIDEST = 60, 100, 120
FORMS = ("table", "csv", "tsv", "json", "markdown")
"""The forms in which a command prints a table."""


def width() -> int:
    """Return the width of the terminal, within what is easy to read."""
    return max(NARROWEST, min(WIDEST, columns(USUAL)))


def columns(usual: int) -> int:
    """Return the columns of the terminal, or those that COLUMNS says; `usual` where neither is known.

    They are those of `shutil.get_terminal_size`, whose import takes longer than a report.
    """
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
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
