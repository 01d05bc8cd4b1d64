"""Tables of patients on disk: Parquet, CSV, Arrow or Excel by their suffix; Excel is read, not written.

A file that Polars cannot read, or another suffix, gives one PatientError that names the file and what to do.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl

from rrmm.errors import MissingExtra, PatientError, nearest, quote

REWRITE = "Write it anew, or name it by what it is (.parquet, .csv, .arrow)."
ADVICE = {"csv": "Save it as UTF-8 text: a header, and in each row at most as many cells."}
SUFFIXES = {".parquet": "parquet", ".csv": "csv", ".arrow": "arrow", ".ipc": "arrow", ".feather": "arrow"}
EXCEL = ".xlsx"
FORMULA, NUMBER = r"^[=+\-@＝＋－＠\t\r]", r"^[+-]?[0-9]*[.,]?[0-9]+([eE][+-]?[0-9]+)?$"
PROBE = 1 << 20  # bytes
READ = {**SUFFIXES, ".tsv": "csv", EXCEL: "xlsx"}

_AGAIN = re.compile(r"(.+)_duplicated_[0-9]+")  # Polars' name for it


def kind(path: Path, *, written: bool = False) -> str:
    """Return ``parquet``, ``csv``, ``arrow`` or, of a table that is read, ``xlsx``; raises PatientError for another."""
    known = SUFFIXES if written else READ
    if path.suffix.lower() not in known:
        raise PatientError(f"{path}: give a name that ends in .parquet, .csv or .arrow.")
    return known[path.suffix.lower()]


def written(suffix: str) -> str:
    """Return the suffix of what is written beside a table: CSV beside a table that cannot be written as it is."""
    return suffix if suffix.lower() in SUFFIXES else ".csv"


def check_writable(path: Path) -> None:
    """Raise PatientError where a file cannot be written; called before the work whose result it takes."""
    if path.is_dir():
        raise PatientError(f"{path}: is a folder. Give the name of a file.")
    if not path.parent.is_dir():
        raise PatientError(f"{path}: there is no folder {path.parent}. Make it, or name another.")


def find(patterns: Sequence[str]) -> list[Path]:
    """Return the tables that files, folders and globs name, each once; raises PatientError where one names no table."""
    tables: dict[Path, None] = {}
    for pattern in patterns:
        path = Path(pattern)
        inside = _look_into(path)
        here = [file for file in inside if file.suffix.lower() in READ and file.name[0] not in "._"]
        if path.is_file():
            here = [path]
        if odd := [str(file) for file in here if not file.is_file()]:
            raise PatientError(f"{', '.join(odd)}: no file, whatever the name says. Take it out of {pattern}.")
        if not here:
            beside = map(str, path.parent.glob("*")) if path.parent.is_dir() else ()
            missing = not inside and not path.is_dir()
            problem = "there is no such file" if missing else "no table of patients (.parquet, .csv, .arrow)"
            raise PatientError(f"{pattern}: {problem}.{nearest(pattern, beside)}")
        tables |= dict.fromkeys(here)
    return list(tables)


def _look_into(pattern: Path) -> list[Path]:
    """Return what is in a folder, or what a glob names; raises PatientError for a folder that cannot be read."""
    try:
        if pattern.is_dir():
            return sorted(pattern.iterdir())
        return sorted(Path(pattern.anchor).glob(str(pattern).removeprefix(pattern.anchor)))
    except OSError as error:
        raise PatientError(f"{pattern}: cannot be read ({error.strerror}).") from None


def scan(path: Path) -> pl.LazyFrame:
    """Return a table, lazily; the cells of a CSV are text without outer blanks, an empty one is null.

    A row of a CSV or workbook without any cell, as spreadsheets keep them, is no row.
    """
    form = kind(path)
    with translate_errors(path):
        if form == "parquet":
            frame = pl.scan_parquet(path)
        elif form == "arrow":
            frame = pl.scan_ipc(path)
        else:
            text = _read_excel(path) if form == "xlsx" else _scan_csv(path)
            frame = strip(text).filter(pl.any_horizontal(pl.all().is_not_null()))
        names = frame.collect_schema().names()
    if form == "csv" and (twice := next((match[1] for match in map(_AGAIN.fullmatch, names) if match), None)):
        raise PatientError(f"{path}: column {quote(twice)} stands twice. Drop one.")
    return frame


def strip(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Return a table of text without outer blanks; an empty cell is null."""
    return frame.select(pl.all().str.strip_chars()).select(pl.when(pl.all() != "").then(pl.all()))


def _scan_csv(path: Path) -> pl.LazyFrame:
    return pl.scan_csv(path, infer_schema=False, separator=_separator(path))


def _read_excel(path: Path) -> pl.LazyFrame:
    """Return the first sheet of a workbook as text; raises OSError where it is none."""
    try:
        from fastexcel import FastExcelError
    except ImportError:
        raise MissingExtra("A table in Excel", "xlsx") from None
    try:
        return pl.read_excel(path, infer_schema_length=0).cast(pl.String).lazy()
    except FastExcelError as error:
        raise OSError(str(error)) from None


def _separator(path: Path) -> str:
    """Return the separator of a CSV: comma, semicolon or tab, whichever the header has most.

    Raises OSError where the header is no UTF-8: Polars would read what it can of UTF-16.
    """
    with path.open("rb") as stream:
        header = stream.readline()
    try:
        text = header.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise OSError("its header is no UTF-8 text")
    return max(",;\t|", key=text.count)


def sink(frame: pl.LazyFrame, path: Path, form: str, *, csv_safe: bool = True) -> None:
    """Write a table in a form, batch by batch; with `csv_safe` a spreadsheet runs no cell of a CSV.

    Raises OSError where the file cannot take it.
    """
    try:
        if form == "parquet":
            frame.sink_parquet(path)
        elif form == "arrow":
            frame.sink_ipc(path)
        else:
            text = frame.with_columns(pl.col(pl.Categorical).cast(pl.String))
            (text.with_columns(_disarm(pl.col(pl.String))) if csv_safe else frame).sink_csv(path)
    except (pl.exceptions.PolarsError, OSError):
        _try_to_write(path)
        raise


def _try_to_write(path: Path) -> None:
    """Raise OSError where a file takes no more: Polars has no number for it, or says that the table is damaged."""
    if path.is_file():
        with path.open("ab") as stream:
            stream.write(bytes(PROBE))
            stream.flush()
            os.fsync(stream.fileno())


def _disarm(text: pl.Expr) -> pl.Expr:
    """Return texts with an apostrophe before what a spreadsheet would take for a formula; numbers are none."""
    runs = text.str.contains(FORMULA) & ~text.str.contains(NUMBER)
    return pl.when(runs).then("'" + text).otherwise(text).name.keep()


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Raise PatientError in place of an error of Polars or of the file system about `path`."""
    try:
        yield
    except BrokenPipeError:
        raise
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise PatientError(f"{path}: cannot be read ({error.strerror}).", file=str(path)) from None
        line, message = _find_mistake(path) if kind(path) == "csv" else (0, "")
        where = f"{path}:{line}" if line else str(path)
        message = message or str(error).strip().splitlines()[0]
        advice = ADVICE.get(kind(path), REWRITE)
        raise PatientError(f"{where}: cannot be read as {kind(path)} ({message}). {advice}", file=str(path)) from None


def _find_mistake(path: Path) -> tuple[int, str]:
    """Return the line at which a refused CSV goes wrong and why, or 0 where the file does not tell."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return _find_bad_line(csv.reader(stream, delimiter=_separator(path), strict=True))
    except (OSError, ValueError, csv.Error):
        return 0, ""


def _find_bad_line(rows: Any) -> tuple[int, str]:
    """Return the line of the first record with a stray quote or too many cells, and what is wrong with it."""
    width, line = 0, 1
    try:
        for cells in rows:
            width = width or len(cells)
            if len(cells) > width:
                return line, f"{len(cells)} cells, but the header has {width}"
            if any(cell.count('"') % 2 for cell in cells):
                return line, "a quote within a cell: put the cell in quotes, and the quote twice"
            line = rows.line_num + 1
    except csv.Error as error:
        if "field larger" in str(error):
            return 0, ""
        ends = "unexpected end" in str(error)
        return line, "a quote opens a cell and none closes it" if ends else "a cell goes on after its closing quote"
    return 0, ""
