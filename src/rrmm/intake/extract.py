"""A folder of an OMOP extract on disk: one CSV or Parquet file a table, or a folder of parts a table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from errno import EINVAL
from pathlib import Path

from rrmm.errors import MissingExtra, PatientError
from rrmm.intake.omop import NEEDED, Row

TEXT, PARQUET = (".csv", ".tsv", ".txt"), ".parquet"
SEPARATORS = ",\t;|"
LARGEST_FIELD = 1_000_000


def read_folder(folder: Path) -> dict[str, list[Row]]:
    """Return the rows of each table of a folder; raises PatientError naming every unreadable file, or no persons."""
    csv.field_size_limit(LARGEST_FIELD)
    tables: dict[str, list[Row]] = {}
    faults = []
    try:
        found = list(_find(folder))
    except OSError as error:
        raise PatientError(f"{error.filename}: cannot be read ({error.strerror}).", file=str(folder)) from None
    for name, path in found:
        try:
            rows = _read_parquet(path) if path.suffix.lower() == PARQUET else _read_text(path)
            tables.setdefault(name, []).extend(rows)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            fault = f"{path}: no readable table ({error}). Give UTF-8 CSV, or Parquet."
            faults.append(PatientError(fault, file=str(path)))
    if faults:
        raise PatientError.of(faults)
    if NEEDED not in tables:
        known = ", ".join(sorted(tables)[:5]) or "no table"
        why = f"no {NEEDED}.csv or {NEEDED}.parquet, but {known}"
        raise PatientError(f"{folder}: {why}. Give the folder of an OMOP CDM v5.4 extract.", file=str(folder))
    return tables


def _find(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name of the table and the path of each file."""
    for path in sorted(folder.iterdir()):
        parts = sorted(path.iterdir()) if path.is_dir() else [path]
        for part in parts:
            if part.suffix.lower() in (*TEXT, PARQUET):
                if not part.is_file():
                    raise OSError(EINVAL, "it is no regular file", str(part))
                yield path.stem.lower(), part


def _read_text(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        head = stream.readline()
        stream.seek(0)
        return list(csv.DictReader(stream, delimiter=max(SEPARATORS, key=head.count)))


def _read_parquet(path: Path) -> list[Row]:
    try:
        import polars as pl
    except ImportError:
        raise MissingExtra("An OMOP extract in Parquet", "cohort") from None
    try:
        return list[Row](pl.read_parquet(path).to_dicts())
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise OSError(str(error).splitlines()[0]) from None
