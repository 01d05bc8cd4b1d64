"""The columns of a table of patients: the keys of a patient file, nested or under their paths.

An unknown column, or one of a wrong type, is refused before any row is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import polars as pl

from rrmm.errors import PatientError, close_names, nearest, quote, shorten
from rrmm.patient.flags import ABSENT_FLAGS, LIST_FLAGS
from rrmm.patient.schema import UNNAMED
from rrmm.rules.base import RuleBase

DRUGS = "prior_drugs"
BELOW = f"{DRUGS}."
STATED = [flag for flag, key in LIST_FLAGS.items() if key == DRUGS]
ABSENT = dict(ABSENT_FLAGS)
ENTRY_FIELDS = {"name", "grade", "present", "other"}
SEE = "See: rrmm schema cohort"

_NUMBERED = re.compile(rf"{DRUGS}\.([1-9][0-9]{{0,2}})\.(\w+)")


class Column(NamedTuple):
    """A column: its path, the expression of its values, their type, and the kind of its key."""

    path: str
    values: pl.Expr
    dtype: pl.DataType
    kind: str = ""


class Layout(NamedTuple):
    """The columns of one table.

    `plain` are the keys of a patient file; `fields` those of prior drugs that stand in a list of structs, and
    `numbered` those in columns of their own, such as ``prior_drugs.1.drug``, by their numbers; `stated` are the
    lists of the drugs of one status, `absent` those of what was looked for and is absent, by the list of what is there.
    """

    plain: dict[str, Column]
    fields: dict[str, Column]
    numbered: dict[int, dict[str, Column]]
    stated: dict[str, Column]
    absent: dict[str, Column]


def layout(rule_base: RuleBase, schema: Mapping[str, pl.DataType], where: str) -> Layout:
    """Return the columns of a table; `where` names it in errors.

    Raises PatientError naming the column for one that is unknown, stands twice, or has a wrong type.
    """
    kinds = {path: key.kind for path, key in rule_base.keys.items() if not path.startswith(BELOW)}
    below = {path.removeprefix(BELOW): key.kind for path, key in rule_base.keys.items() if path not in kinds}
    below |= dict.fromkeys(UNNAMED, "text")
    columns = Layout({}, {}, {}, {}, {})
    for column in _leaves(schema):
        numbered = _NUMBERED.fullmatch(column.path)
        if numbered and numbered[2] in below:
            place, name, kind = columns.numbered.setdefault(int(numbered[1]), {}), numbered[2], below[numbered[2]]
        elif column.path in STATED:
            place, name, kind = columns.stated, column.path, "list"
        elif column.path in ABSENT:
            place, name, kind = columns.absent, ABSENT[column.path], "list"
        elif column.path in kinds:
            place, name, kind = columns.plain, column.path, kinds[column.path]
        else:
            known = [*kinds, *STATED, *ABSENT, *(f"{BELOW}1.{name}" for name in below)]
            raise PatientError(
                f"{where}: column {quote(column.path)}: unknown.{nearest(column.path, known)} {SEE}",
                file=where,
                key=column.path,
                offers=close_names(column.path, known),
            )
        if name in place:
            raise PatientError(
                f"{where}: column {quote(column.path)} stands twice, nested and by its path. Drop one.",
                file=where,
                key=column.path,
            )
        place[name] = _accept(column, kind, where)
    struct = _inner(columns.plain[DRUGS].dtype) if DRUGS in columns.plain else None
    for field in _leaves(pl.Schema(struct.to_schema())) if isinstance(struct, pl.Struct) else ():
        name = field.path.removeprefix("drug.") if field.path in {f"drug.{form}" for form in UNNAMED} else field.path
        if name not in below:
            raise PatientError(
                f"{where}: column {DRUGS!r}: unknown field {quote(field.path)}.{nearest(field.path, below)} {SEE}",
                file=where,
                key=BELOW + field.path,
                offers=close_names(field.path, below),
            )
        columns.fields[name] = _accept(field, below[name], where)
    return columns


def _leaves(schema: Mapping[str, pl.DataType], path: str = "", above: pl.Expr | None = None) -> Iterator[Column]:
    """Yield the columns of a schema; a struct stands for its fields."""
    for name, dtype in schema.items():
        values = pl.col(name) if above is None else above.struct.field(name)
        if isinstance(dtype, pl.Struct):
            yield from _leaves(pl.Schema(dtype.to_schema()), f"{path}{name}.", values)
        else:
            yield Column(path + name, values, dtype)


def _accept(column: Column, kind: str, where: str) -> Column:
    """Return a column with the kind of its key; text columns suit every kind, names may be numbers with gaps.

    Raises PatientError for a type that the key does not take.
    """
    if kind == "choice" and column.dtype.is_float():
        column = column._replace(values=column.values.fill_nan(None).cast(pl.String), dtype=pl.String())
    holds, expected = _TYPES[kind]
    if not (column.dtype in (pl.Null, pl.String) or holds(column.dtype)):
        raise PatientError(
            f"{where}: column {quote(column.path)}: takes {expected}, but holds {shorten(str(column.dtype))}. {SEE}",
            file=where,
            key=column.path,
        )
    return column._replace(kind=kind)


def _inner(dtype: pl.DataType) -> pl.DataType | None:
    """Return the type of the entries of a list."""
    if not isinstance(dtype, pl.List):
        return None
    return dtype.inner if isinstance(dtype.inner, pl.DataType) else dtype.inner()


def _entries(dtype: pl.DataType) -> bool:
    """Return whether a type is lists of words, or of entries as a patient file has them."""
    inner = _inner(dtype)
    return _words(inner) or (isinstance(inner, pl.Struct) and {"name"} <= dict(inner).keys() <= ENTRY_FIELDS)


def _words(dtype: pl.DataType | None) -> bool:
    return dtype is not None and (dtype in (pl.String, pl.Null, pl.Categorical, pl.Enum) or dtype.is_integer())


_TYPES: Mapping[str, tuple[Callable[[pl.DataType], bool], str]] = {
    "text": (_words, "text"),
    "code": (_words, "a code"),
    "choice": (_words, "names"),
    "integer": (lambda dtype: dtype.is_numeric(), "whole numbers"),
    "number": (lambda dtype: dtype.is_numeric(), "numbers"),
    "boolean": (lambda dtype: dtype == pl.Boolean, "true or false"),
    "list": (_entries, "lists of names"),
    "object": (lambda dtype: _words(_inner(dtype)) or isinstance(_inner(dtype), pl.Struct), "lists of prior drugs"),
}
