"""One table of patients in normal form: a column a key, of one type, and the prior drugs a table of their own.

What a cell of text says is read here, and nowhere else. A cell that does not hold what its key takes is kept
as its text beside the column, under the name with a ``?``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from rrmm.cohort.columns import DRUGS, Column, Layout, inner
from rrmm.cohort.planes import Places, Truths
from rrmm.compiled import Compiled

UNREAD = "?"
BETWEEN = "|"
EMPTY = "[]"
OTHER = "other:"


class Table(NamedTuple):
    """Patients by the paths of their keys, and their prior drugs in order, each with the row of its patient.

    `given` tells which patients' prior drugs are known; of the others no drug is there, nor known not to be.
    """

    patients: pl.DataFrame
    drugs: pl.DataFrame
    rows: Places
    given: Truths


Part = tuple[pl.DataFrame, Places, Truths]


def normal(compiled: Compiled, layout: Layout, frame: pl.DataFrame) -> Table:
    """Return a table in normal form."""
    patients = frame.select([cell for path, column in layout.plain.items() for cell in _cells(compiled, path, column)])
    parts = list(_parts(compiled, layout, frame))
    drugs = pl.concat([pl.DataFrame(schema={"drug": pl.String}), *(part[0] for part in parts)], how="diagonal_relaxed")
    rows = np.concatenate([np.zeros(0, dtype=np.intp), *(part[1] for part in parts)])
    given = np.logical_or.reduce([np.zeros(frame.height, dtype=np.bool_), *(part[2] for part in parts)])
    if len(parts) > 1:
        order = np.argsort(rows, kind="stable")
        drugs, rows = drugs[order], rows[order]
    return Table(patients, drugs, rows, given)


def document(compiled: Compiled, table: Table, row: int) -> dict[str, Any]:
    """Return one patient of a table as the mapping of a patient file."""
    found: dict[str, Any] = {}
    for path, value in _told(compiled, "", table.patients.row(row, named=True)):
        *above, last = path.split(".")
        place = found
        for name in above:
            place = place.setdefault(name, {})
        place[last] = value
    if table.given[row]:
        start, stop = np.searchsorted(table.rows, [row, row + 1])
        entries = table.drugs[int(start) : int(stop)].iter_rows(named=True)
        found[DRUGS] = [dict(_told(compiled, f"{DRUGS}.", entry)) for entry in entries]
    return found


def _told(compiled: Compiled, above: str, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what a row says of each key."""
    for name, value in row.items():
        path = name.removesuffix(UNREAD)
        kind = compiled.keys[above + path].kind
        if kind == "list" and value is not None:
            yield path, [_entry(word) for word in value]
        elif value is not None:
            yield path, int(value) if kind == "integer" and isinstance(value, float) and value.is_integer() else value


def _entry(word: str | None) -> Any:
    if word is None or not word.startswith(OTHER):
        return word
    return {"other": word.removeprefix(OTHER).strip()}


def _parts(compiled: Compiled, layout: Layout, frame: pl.DataFrame) -> Iterator[Part]:
    """Yield prior drugs by the columns that give them: the drugs, the row of each, and which rows give any."""
    if layout.drugs and layout.drugs.dtype != pl.Null:
        entries, rows, given = _exploded(layout.drugs, frame)
        if isinstance(entries.dtype, pl.Struct):
            fields = {name: Column(name, pl.col(name), dtype) for name, dtype in entries.struct.schema.items()}
            yield _treatments(compiled, fields, entries.struct.unnest()), rows, given
        else:
            yield entries.alias("drug").to_frame(), rows, given
    for _, columns in sorted(layout.numbered.items()):
        treatments = _treatments(compiled, columns, frame)
        there = treatments.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        yield treatments.filter(there), np.flatnonzero(there), there.to_numpy()
    for status, column in layout.stated.items():
        if column.dtype != pl.Null:
            entries, rows, given = _exploded(column, frame)
            yield pl.DataFrame([entries.alias("drug")]).with_columns(status=pl.lit(status)), rows, given


def _treatments(compiled: Compiled, columns: Mapping[str, Column], frame: pl.DataFrame) -> pl.DataFrame:
    below = {name: Column(name, column.values, column.dtype) for name, column in columns.items()}
    return frame.select([cell for name, column in below.items() for cell in _cells(compiled, name, column, f"{DRUGS}.")])


def _exploded(column: Column, frame: pl.DataFrame) -> Part:
    """Return the entries of a column of lists, the row of each, and which rows have a list."""
    lists = frame.select(_split(column)).to_series()
    rows = np.repeat(np.arange(frame.height), lists.list.len().fill_null(0).to_numpy())
    return lists.explode(empty_as_null=False, keep_nulls=False), rows, lists.is_not_null().to_numpy()


def _split(column: Column) -> pl.Expr:
    if column.dtype != pl.String:
        return column.values
    words = column.values.str.split(BETWEEN).list.eval(pl.element().str.strip_chars())
    return pl.when(column.values == EMPTY).then(pl.lit([], dtype=pl.List(pl.String))).otherwise(words)


def _cells(compiled: Compiled, name: str, column: Column, above: str = "") -> Iterator[pl.Expr]:
    """Yield the values of a column under a name, and the text of those that are of another type."""
    kind, values = compiled.keys[above + name].kind, column.values
    if kind in {"number", "integer"} and column.dtype == pl.String:
        values = column.values.str.strip_chars().cast(pl.Float64, strict=False)
    elif kind in {"number", "integer"}:
        values = column.values.cast(pl.Float64)
    elif kind == "boolean" and column.dtype == pl.String:
        said = column.values.str.strip_chars().str.to_lowercase()
        values = pl.when(said == "true").then(True).when(said == "false").then(False)
    elif kind == "boolean":
        values = column.values.cast(pl.Boolean)
    elif kind == "list":
        dtype = column.dtype
        plain = isinstance(dtype, pl.List) and inner(dtype) in (pl.Categorical, pl.Enum)
        values = _split(column) if plain else _split(column).cast(pl.List(pl.String))
    elif column.dtype not in (pl.Categorical, pl.Enum):
        values = column.values.cast(pl.String)
    yield values.alias(name)
    if column.dtype == pl.String and kind in {"number", "integer", "boolean"}:
        yield pl.when(values.is_null()).then(column.values).alias(name + UNREAD)
