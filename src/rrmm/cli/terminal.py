"""How commands print: tables in a format, in the width of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rrmm.graph.table import Table

NARROWEST, WIDEST = 60, 120
FORMS = ("table", "csv", "tsv", "json", "markdown")
"""The forms in which a command prints a table."""


def width() -> int:
    """Return the width of the terminal, within what is easy to read."""
    import shutil

    return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((100, 24)).columns))


def format_table(table: Table, form: str) -> str:
    """Return a table in one of FORMS; ``table`` is in columns for the terminal."""
    if form == "table":
        return table.to_text(width())
    write = {"csv": table.to_csv, "tsv": table.to_tsv, "json": table.to_json, "markdown": table.to_markdown}
    return write[form]()


def format_json(data: object) -> str:
    """Return data as JSON, one entry a line."""
    import json

    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"
