"""Tables of patients on disk: Parquet, CSV or Arrow by their suffix."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from rrmm.errors import PatientError, nearest

WRITTEN = "Write it anew, or name it by what it is (.parquet, .csv, .arrow)."
ADVICE = {"csv": "Save it as UTF-8 text: a header, and in each row at most as many cells."}
SUFFIXES = {".parquet": "parquet", ".csv": "csv", ".arrow": "arrow", ".ipc": "arrow", ".feather": "arrow"}

_AGAIN = re.compile(r"(.+)_duplicated_[0-9]+")  # Polars' name for it


def kind(path: Path) -> str:
    """Return ``parquet``, ``csv`` or ``arrow``; raises PatientError for another suffix."""
    if path.suffix.lower() not in SUFFIXES:
        raise PatientError(f"{path}: give a name that ends in .parquet, .csv or .arrow.")
    return SUFFIXES[path.suffix.lower()]


def free(path: Path) -> None:
    """Raise PatientError where a file cannot be written, before any work is done for it."""
    if path.is_dir():
        raise PatientError(f"{path}: is a folder. Give the name of a file.")
    if not path.parent.is_dir():
        raise PatientError(f"{path}: there is no folder {path.parent}. Make it, or name another.")


def found(patterns: Sequence[str]) -> list[Path]:
    """Return the tables that files, folders and globs name, each once; raises PatientError where there is none."""
    tables: dict[Path, None] = {}
    for pattern in patterns:
        path = Path(pattern)
        inside = path.iterdir() if path.is_dir() else Path(path.anchor).glob(pattern.removeprefix(path.anchor))
        here = [one for one in sorted(inside) if one.suffix.lower() in SUFFIXES and one.name[0] not in "._"]
        if path.is_file():
            here = [path]
        if not here:
            beside = map(str, path.parent.glob("*")) if path.parent.is_dir() else ()
            raise PatientError(f"{pattern}: no table of patients (.parquet, .csv, .arrow).{nearest(pattern, beside)}")
        tables |= dict.fromkeys(here)
    return list(tables)


def scan(path: Path) -> pl.LazyFrame:
    """Return a table, lazily; the cells of a CSV are text without outer blanks, an empty one is null."""
    form = kind(path)
    with understood(path):
        if form == "parquet":
            frame = pl.scan_parquet(path)
        elif form == "arrow":
            frame = pl.scan_ipc(path)
        else:
            stripped = pl.scan_csv(path, infer_schema=False, separator=_separator(path)).select(
                pl.all().str.strip_chars()
            )
            frame = stripped.select(pl.when(pl.all() != "").then(pl.all()))
        names = frame.collect_schema().names()
    if form == "csv" and (twice := next((one[1] for one in map(_AGAIN.fullmatch, names) if one), None)):
        raise PatientError(f"{path}: column {twice!r} stands twice. Drop one.")
    return frame


def _separator(path: Path) -> str:
    """Return what stands between the columns of a CSV: a comma, or what a spreadsheet puts in place of it."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        header = stream.readline()
    return max(",;\t", key=header.count)


def sink(frame: pl.LazyFrame, path: Path, form: str) -> None:
    """Write a table in a form, batch by batch."""
    if form == "parquet":
        frame.sink_parquet(path)
    elif form == "arrow":
        frame.sink_ipc(path)
    else:
        frame.sink_csv(path)


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """Turn what Polars says of a file it cannot read into a PatientError."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        said = str(error).strip().splitlines()[0]
        advice = ADVICE.get(kind(path), WRITTEN)
        raise PatientError(f"{path}: cannot be read as {kind(path)} ({said}). {advice}") from None
