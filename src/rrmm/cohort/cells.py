"""One table of patients in normal form: a column a key, of one type, and the prior drugs a table of their own.

Cells of text are parsed here and nowhere else. A cell with a value of the wrong type becomes null, and its text
is kept in a second column, named after the first with a ``?``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from rrmm.cohort.columns import BELOW, DRUGS, Column, Layout
from rrmm.cohort.planes import Places, Truths
from rrmm.cohort.words import ABSENT, spell_all
from rrmm.errors import PatientError
from rrmm.patient.naming import drugs_of
from rrmm.patient.schema import UNNAMED
from rrmm.patient.values import ValueReader
from rrmm.rules.base import RuleBase

UNREAD = "?"
BETWEEN = "|"
EMPTY = "[]"
TRUTHS = {"true": True, "false": False}


class Table(NamedTuple):
    """Patients by the paths of their keys, and their prior drugs in order, each with the row of its patient.

    `given` marks the patients whose prior drugs are known; the others have no rows in `drugs`. `origins` gives for each
    drug the number of its source column in `columns`.
    """

    patients: pl.DataFrame
    drugs: pl.DataFrame
    rows: Places
    given: Truths
    origins: npt.NDArray[np.uint16]
    columns: list[str]


def normal(layout: Layout, frame: pl.DataFrame) -> Table:
    """Return a table in normal form."""
    plain = (column for path, column in layout.plain.items() if path != DRUGS)
    patients = frame.select([cell for column in plain for cell in _cells(column.path, column)])
    patients = patients.with_columns(_absences(layout, frame, patients))
    parts = list(_parts(layout, frame)) or [_no_drugs(frame.height)]
    _, drugs, rows, given = parts[0]
    origins = np.repeat(np.arange(len(parts), dtype=np.uint16), [len(part.rows) for part in parts])
    if len(parts) > 1:
        rows = np.concatenate([part.rows for part in parts])
        order = np.argsort(rows, kind="stable")
        drugs = pl.concat([part.drugs for part in parts], how="diagonal_relaxed")[order]
        given = np.logical_or.reduce([part.given for part in parts])
        rows, origins = rows[order], origins[order]
    return Table(patients, drugs, rows, given, origins, [part.column for part in parts])


def spread(rule_base: RuleBase, table: Table) -> Table:
    """Return a table in which a regimen that stands in place of a drug is its drugs, one row each."""
    words = table.drugs["drug"]
    if "regimen" in table.drugs.columns:
        regimens = pl.when(~unnamed(table.drugs)).then(table.drugs["regimen"])
        words = pl.select(pl.coalesce(words, regimens)).to_series()
    named = words.unique().drop_nulls().to_list()
    known = rule_base.names(str(rule_base.keys[BELOW + "drug"].values_from))
    if words.null_count() == table.drugs["drug"].null_count() and all(word.casefold() in known for word in named):
        return table
    stands = {word: labels for word in named if (labels := drugs_of(word, rule_base))}
    given = table.drugs["drug"].to_list()
    spread_labels = [stands.get(word, (drug,)) for word, drug in zip(words.to_list(), given, strict=True)]
    order = np.repeat(np.arange(len(given)), [len(labels) for labels in spread_labels])
    drugs = pl.Series([label for labels in spread_labels for label in labels], dtype=pl.String)
    spread_drugs = table.drugs[order].with_columns(drug=drugs)
    named_by_regimen = [drug is None or len(labels) > 1 for drug, labels in zip(given, spread_labels, strict=True)]
    kept = _stated_first(spread_drugs, table.rows[order], np.array(named_by_regimen)[order])
    order = order[kept]
    return table._replace(drugs=spread_drugs[kept], rows=table.rows[order], origins=table.origins[order])


def unnamed(drugs: pl.DataFrame) -> pl.Series:
    """Return which prior drugs are one of a class, or one that no source knows, by a column of its own."""
    forms = [pl.col(form).is_not_null() for form in UNNAMED if form in drugs.columns]
    return drugs.select(pl.any_horizontal(pl.repeat(False, pl.len()), *forms)).to_series()


def _stated_first(drugs: pl.DataFrame, rows: Places, by_regimen: Truths) -> Places:
    """Return the entries without those of a regimen whose drug stands in that line already."""
    line = drugs["line"] if "line" in drugs.columns else pl.Series([None] * drugs.height, dtype=pl.Float64)
    entries = pl.DataFrame({"row": rows, "drug": drugs["drug"].str.to_lowercase(), "line": line, "named": by_regimen})
    order = entries.with_row_index().sort("named", maintain_order=True)
    first = order.with_columns(first=pl.int_range(pl.len()).over("row", "drug", "line") == 0)
    kept = first.filter(pl.col("first") | ~pl.col("named") | pl.col("drug").is_null())
    return kept["index"].sort().to_numpy().astype(np.intp)


def measure(rule_base: RuleBase, table: Table) -> Table:
    """Return a table in which a measure with its unit, such as ``2.9 mmol/L``, is a number in the unit of its key."""
    return table._replace(
        patients=_measured(rule_base, table.patients, ""), drugs=_measured(rule_base, table.drugs, BELOW)
    )


def _measured(rule_base: RuleBase, frame: pl.DataFrame, above: str) -> pl.DataFrame:
    reader, changed = ValueReader(rule_base, ""), list[pl.Series]()
    for name in (name for name in frame.columns if name + UNREAD in frame.columns):
        key, numbers = rule_base.keys[above + name], dict[str, float]()
        for text in frame[name + UNREAD].drop_nulls().unique() if key.kind == "number" else ():
            with suppress(PatientError):
                numbers[text] = float(reader.single(key, key.path, text))
        if numbers:
            read = frame[name + UNREAD].replace_strict(numbers, default=None, return_dtype=pl.Float64)
            unread = pl.select(pl.when(read.is_null()).then(frame[name + UNREAD])).to_series()
            changed += [frame[name].fill_null(read).alias(name), unread.alias(name + UNREAD)]
    return frame.with_columns(changed)


class _Part(NamedTuple):
    """The prior drugs of one column, the row of each, and which rows have a list, be it empty."""

    column: str
    drugs: pl.DataFrame
    rows: Places
    given: Truths


def _parts(layout: Layout, frame: pl.DataFrame) -> Iterator[_Part]:
    """Yield the prior drugs, column by column."""
    if DRUGS in layout.plain and layout.plain[DRUGS].dtype != pl.Null:
        entries, rows, given = _explode(layout.plain[DRUGS], frame)
        drugs = _drugs(layout.fields, entries.struct.unnest()) if layout.fields else _drugs_by_name(entries)
        yield _Part(DRUGS, drugs, rows, given)
    for number, columns in sorted(layout.numbered.items()):
        drugs = _drugs(columns, frame)
        there = drugs.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        yield _Part(f"{BELOW}{number}", drugs.filter(there), np.flatnonzero(there), there.to_numpy())
    for status, column in layout.stated.items():
        if column.dtype != pl.Null:
            entries, rows, given = _explode(column, frame)
            yield _Part(status, _drugs_by_name(entries).with_columns(status=pl.lit(status)), rows, given)


def _no_drugs(height: int) -> _Part:
    nothing = pl.DataFrame(schema={"drug": pl.String})
    return _Part(DRUGS, nothing, np.zeros(0, dtype=np.intp), np.zeros(height, dtype=np.bool_))


def _drugs(columns: Mapping[str, Column], frame: pl.DataFrame) -> pl.DataFrame:
    """Return prior drugs by their fields, the name of the drug first."""
    cells = frame.select([cell for name, column in columns.items() for cell in _cells(name, column)])
    names = pl.col("drug") if "drug" in columns else pl.lit(None)
    return cells.select(names.cast(pl.String).alias("drug"), pl.exclude("drug"))


def _drugs_by_name(drugs: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"drug": drugs.cast(pl.String)})


def _explode(column: Column, frame: pl.DataFrame) -> tuple[pl.Series, Places, Truths]:
    """Return the entries of a column of lists, the row of each, and which rows have a list."""
    lists = frame.select(_split(column)).to_series()
    rows = np.repeat(np.arange(frame.height), lists.list.len().fill_null(0).to_numpy())
    return lists.explode(empty_as_null=False, keep_nulls=False), rows, lists.is_not_null().to_numpy()


def _absences(layout: Layout, frame: pl.DataFrame, patients: pl.DataFrame) -> list[pl.Series]:
    """Return the lists to which columns of their own add what is absent; an empty list says so already."""
    joined = []
    for path, column in layout.absent.items():
        absent = frame.select(_split(column).cast(pl.List(pl.String)).list.eval(ABSENT + pl.element())).to_series()
        nothing = pl.Series([None]).new_from_index(0, frame.height).cast(pl.List(pl.String))
        there = patients[path] if path in patients.columns else nothing
        both = pl.when(there.is_null()).then(absent).when(there.list.len() > 0).then(there.list.concat(absent))
        some = pl.when((absent.list.len() > 0).fill_null(False)).then(both.otherwise(there)).otherwise(there)
        joined.append(pl.select(some).to_series().alias(path))
    return joined


def _split(column: Column) -> pl.Expr:
    """Return a column as lists of words; in text, ``|`` separates the entries."""
    if isinstance(column.dtype, pl.List) and isinstance(column.dtype.inner, pl.Struct) and column.kind == "list":
        return column.values.list.eval(spell_all(dict(column.dtype.inner)))
    if column.dtype != pl.String:
        return column.values
    words = column.values.str.split(BETWEEN).list.eval(pl.element().str.strip_chars())
    return pl.when(column.values == EMPTY).then(pl.lit([], dtype=pl.List(pl.String))).otherwise(words)


def _cells(name: str, column: Column) -> Iterator[pl.Expr]:
    """Yield the values of a column, and in a second column the text of values of the wrong type."""
    text, values = column.dtype == pl.String, column.values
    if column.kind == "list":
        values = _split(column).cast(pl.List(pl.String))
    elif column.kind in {"number", "integer"}:
        values = (values.str.strip_chars() if text else values).cast(pl.Float64, strict=False)
    elif column.kind == "boolean":
        spelling = values.cast(pl.String).str.strip_chars().str.to_lowercase()
        values = (
            spelling.replace_strict(TRUTHS, default=None, return_dtype=pl.Boolean) if text else values.cast(pl.Boolean)
        )
    elif column.dtype not in (pl.Categorical, pl.Enum):
        values = values.cast(pl.String)
    yield values.alias(name)
    if text and column.kind in {"number", "integer", "boolean"}:
        yield pl.when(values.is_null()).then(column.values).alias(name + UNREAD)
