"""The columns of a table of patients: the keys of a patient file, nested or under their paths.

A table with a column that is none of these, or holds another type, is refused before any row is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import polars as pl

from rrmm.compiled import Compiled, Key
from rrmm.errors import PatientError, nearest
from rrmm.flags import LIST_FLAGS

DRUGS = "prior_drugs"
STATED = tuple(flag for flag, key in LIST_FLAGS.items() if key == DRUGS)
SEE = "See: rrmm schema cohort"
_NUMBERED = re.compile(rf"{DRUGS}\.([1-9][0-9]*)\.(\w+)")


class Column(NamedTuple):
    """Where a key stands in a table, and the type it has there."""

    name: str
    values: pl.Expr
    dtype: pl.DataType


class Layout(NamedTuple):
    """The columns of one table by the keys that they give.

    `numbered` holds the keys of prior drugs that stand in columns of their own, such as
    ``prior_drugs.1.drug``; `stated` holds the lists of drugs of one status.
    """

    plain: dict[str, Column]
    drugs: Column | None
    numbered: dict[int, dict[str, Column]]
    stated: dict[str, Column]


def layout(compiled: Compiled, schema: Mapping[str, pl.DataType], where: str) -> Layout:
    """Return the layout of a table; `where` names the table in errors.

    Raises PatientError naming the column for one that is unknown, given twice, or of a wrong type.
    """
    found = Layout({}, None, {}, {})
    keys = {path: key for path, key in compiled.keys.items() if not path.startswith(DRUGS + ".")}
    below = {path.removeprefix(DRUGS + "."): key for path, key in compiled.keys.items() if path not in keys}
    for column in _flattened(schema):
        numbered = _NUMBERED.fullmatch(column.name)
        key: Key | None
        if numbered and (key := below.get(numbered[2])):
            _put(found.numbered.setdefault(int(numbered[1]), {}), numbered[2], column, where)
        elif column.name in STATED:
            key = None
            _put(found.stated, column.name, column, where)
        elif key := keys.get(column.name):
            if column.name == DRUGS:
                found = found._replace(drugs=column)
            else:
                _put(found.plain, column.name, column, where)
        else:
            known = [*keys, *STATED, *(f"{DRUGS}.1.{name}" for name in below)]
            raise PatientError(f"{where}: column {column.name!r}: unknown.{nearest(column.name, known)} {SEE}")
        _refuse(column, key, where)
    if found.drugs and isinstance(found.drugs.dtype, pl.List) and isinstance(found.drugs.dtype.inner, pl.Struct):
        for field in found.drugs.dtype.inner.fields:
            if field.name not in below:
                raise PatientError(
                    f"{where}: column {DRUGS!r}: unknown field {field.name!r}.{nearest(field.name, below)} {SEE}"
                )
            _refuse(Column(f"{DRUGS}.{field.name}", pl.lit(None), field.dtype), below[field.name], where)
    return found


def _put(columns: dict[str, Column], name: str, column: Column, where: str) -> None:
    if name in columns:
        raise PatientError(f"{where}: column {column.name!r} stands twice, nested and by its path. Drop one.")
    columns[name] = column


def _flattened(schema: Mapping[str, pl.DataType]) -> Iterator[Column]:
    for name, dtype in schema.items():
        yield from _leaves(Column(name, pl.col(name), dtype))


def _leaves(column: Column) -> Iterator[Column]:
    if not isinstance(column.dtype, pl.Struct):
        yield column
        return
    for field in column.dtype.fields:
        values = column.values.struct.field(field.name)
        yield from _leaves(Column(f"{column.name}.{field.name}", values, field.dtype))


def _refuse(column: Column, key: Key | None, where: str) -> None:
    """Raise PatientError for a type that cannot hold what a key takes; text is read as what the key takes."""
    holds, said = _TYPES[key.kind if key else "list"]
    if not (column.dtype in (pl.Null, pl.String) or holds(column.dtype)):
        raise PatientError(f"{where}: column {column.name!r}: takes {said}, but holds {column.dtype}. {SEE}")


def _words(dtype: pl.DataType) -> bool:
    return dtype in (pl.String, pl.Null, pl.Categorical, pl.Enum) or dtype.is_integer()


def _lists(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.List) and _words(inner(dtype))


def _drugs(dtype: pl.DataType) -> bool:
    return _lists(dtype) or (isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct))


def inner(dtype: pl.List) -> pl.DataType:
    return dtype.inner if isinstance(dtype.inner, pl.DataType) else dtype.inner()


_TYPES: Mapping[str, tuple[Callable[[pl.DataType], bool], str]] = {
    "text": (_words, "text"),
    "code": (_words, "a code"),
    "choice": (_words, "names"),
    "integer": (lambda dtype: dtype.is_numeric(), "whole numbers"),
    "number": (lambda dtype: dtype.is_numeric(), "numbers"),
    "boolean": (lambda dtype: dtype == pl.Boolean, "true or false"),
    "list": (_lists, "lists of names"),
    "object": (_drugs, "lists of prior drugs"),
}
