"""Patient files as a table: one row a person, read back before it is written.

What no cell can say is refused with the person and the key, never left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from rrmm.atomic import beside
from rrmm.cohort import files
from rrmm.cohort.cells import BETWEEN, EMPTY, normal
from rrmm.cohort.columns import BELOW, DRUGS, layout
from rrmm.cohort.documents import document
from rrmm.cohort.reading import Reading, TableReader
from rrmm.cohort.words import spell
from rrmm.errors import MissingExtra, PatientError
from rrmm.patient.document import Document
from rrmm.patient.schema import UNNAMED
from rrmm.patient.values import describe
from rrmm.records import JsonObject
from rrmm.rules.base import RuleBase

TYPES: Mapping[str, pl.DataType] = {
    "number": pl.Float64(),
    "integer": pl.Int64(),
    "boolean": pl.Boolean(),
    "list": pl.List(pl.String),
}
TEXT = pl.String()


def write(rule_base: RuleBase, patients: Sequence[Document], path: Path) -> None:
    """Write a table of patients as Parquet, Arrow, CSV or Excel, by the suffix of its path.

    Raises PatientError naming each person and key that a cell cannot say.
    """
    form = "xlsx" if path.suffix.lower() == files.EXCEL else files.kind(path, written=True)
    files.check_writable(path)
    frame = tabulate(rule_base, patients, str(path), nested=form in {"parquet", "arrow"})
    with beside(path) as part:
        if form == "xlsx":
            _write_excel(frame, part)
        else:
            files.sink(frame.lazy(), part, form)


def tabulate(rule_base: RuleBase, patients: Sequence[Document], where: str, *, nested: bool) -> pl.DataFrame:
    """Return patients as a table; if not `nested`, as text with a column for each prior drug."""
    told, faults = list[JsonObject](), list[PatientError]()
    for patient in patients:
        cells = _Cells(rule_base, f"{where}: {patient.get('id')}")
        told.append(cells.patient(patient))
        faults += cells.faults
    if faults:
        raise PatientError.of(faults)
    frame = _frame(rule_base, told)
    frame = frame if nested else _text(frame)
    for patient, read in zip(told, _read(rule_base, frame, where), strict=True):
        back = _Cells(rule_base, where).patient(read)
        for key in patient:
            if patient[key] != back.get(key):
                faults.append(_refuse(f"{where}: {patient.get('id')}", key, patient[key]))
    if faults:
        raise PatientError.of(faults)
    return frame


def flatten(frame: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return a table without nested columns: ``|`` between names, columns for each of so many prior drugs."""
    drugs = [
        pl.col(DRUGS).list.get(place, null_on_oob=True).struct.field("*").name.prefix(f"{BELOW}{place + 1}.")
        for place in range(most)
    ]
    lists = pl.col(pl.List(pl.String))
    joined = pl.when(lists.list.len() > 0).then(lists.list.join(BETWEEN)).when(lists.is_not_null()).then(pl.lit(EMPTY))
    return frame.select(pl.exclude(pl.List), joined, *drugs)


class _Cells:
    """The cells of one patient: lists as words, a prior drug as its fields; `faults` are what no cell can say."""

    def __init__(self, rule_base: RuleBase, where: str) -> None:
        self.rule_base, self.where = rule_base, where
        self.faults: list[PatientError] = []

    def patient(self, patient: Document) -> JsonObject:
        return dict(self._cells(patient, ""))

    def _cells(self, mapping: Document, above: str) -> Iterator[tuple[str, Any]]:
        for name, value in mapping.items():
            path = above + name
            if path == DRUGS and isinstance(value, list):
                yield path, [dict(self._drug(entry)) for entry in value]
            elif isinstance(value, Mapping) and path not in self.rule_base.keys:
                yield from self._cells(value, f"{path}.")
            elif value is not None:
                yield from self._cell(path, name, value)

    def _drug(self, entry: object) -> Iterator[tuple[str, Any]]:
        """Yield the fields of a prior drug; a drug that has no name in the graph stands in a field of its own."""
        fields = {"drug": entry} if isinstance(entry, str) else entry
        if not isinstance(fields, Mapping):
            self.faults.append(_refuse(self.where, DRUGS, entry))
            return
        drug = fields.get("drug")
        if isinstance(drug, Mapping):
            if fields.keys() & drug.keys():
                self.faults.append(_refuse(self.where, DRUGS, entry))
            fields = {**{name: value for name, value in fields.items() if name != "drug"}, **drug}
        for name, value in fields.items():
            if value is not None:
                yield from self._cell(BELOW + name, name, value)

    def _cell(self, path: str, name: str, value: object) -> Iterator[tuple[str, Any]]:
        key = self.rule_base.keys.get(path)
        kind = key.kind if key else "text" if path in {BELOW + form for form in UNNAMED} else ""
        cell = _cell(kind, value)
        if cell is None:
            self.faults.append(_refuse(self.where, path, value))
        else:
            yield name if path.startswith(BELOW) else path, cell


def _cell(kind: str, value: object) -> Any:
    """Return the cell of a value of one kind, or None where no cell says it."""
    if kind == "list":
        words = [spell(entry) for entry in (value if isinstance(value, list) else [value])]
        return None if None in words else words
    if isinstance(value, bool):
        return value if kind == "boolean" else None
    if kind == "number" and isinstance(value, (int, float)):
        return float(value)
    if kind == "integer" and isinstance(value, (int, float)) and value == int(value):
        return int(value)
    return str(value) if kind in {"text", "choice", "code"} and isinstance(value, (str, int)) else None


def _refuse(where: str, key: str, value: object) -> PatientError:
    problem = f"{where}: {key}: no cell can say {describe(value)}. Write patient files, into a folder."
    return PatientError(problem, key=key, value=value)


def _frame(rule_base: RuleBase, patients: Iterable[JsonObject]) -> pl.DataFrame:
    """Return a table with a column for each key that a patient has; prior drugs are a list of structs."""
    rows = list(patients)
    types = {path: TYPES.get(key.kind, TEXT) for path, key in rule_base.keys.items()}
    used = {name for row in rows for drug in row.get(DRUGS, ()) for name in drug}
    below = {path.removeprefix(BELOW): types[path] for path in types if path.startswith(BELOW)}
    fields = {name: dtype for name, dtype in (below | dict.fromkeys(UNNAMED, TEXT)).items() if name in used}
    types[DRUGS] = pl.List(pl.Struct(fields or {"drug": TEXT}))
    given = {"id", *(name for row in rows for name in row)}
    return pl.DataFrame(rows, schema={name: dtype for name, dtype in types.items() if name in given})


def _text(frame: pl.DataFrame) -> pl.DataFrame:
    if DRUGS not in frame.columns:
        return _as_scanned(flatten(frame, 0))
    lengths = frame[DRUGS].list.len()
    flat = flatten(frame, max(lengths.drop_nulls().to_list(), default=0))
    if (lengths == 0).any():
        flat = flat.with_columns(pl.select(pl.when(lengths == 0).then(pl.lit(EMPTY))).to_series().alias(DRUGS))
    return _as_scanned(flat)


def _as_scanned(frame: pl.DataFrame) -> pl.DataFrame:
    return files.strip(frame.lazy().select(pl.all().cast(pl.String))).collect()


def _read(rule_base: RuleBase, frame: pl.DataFrame, where: str) -> list[JsonObject]:
    """Return the patient files that the reader of cohorts takes from a table."""
    read = TableReader(rule_base, Reading()).read(frame.lazy(), where)[0].collect()
    table = normal(layout(rule_base, read.schema, where), read)
    return [document(rule_base, table, row) for row in range(read.height)]


def _write_excel(frame: pl.DataFrame, path: Path) -> None:
    try:
        with path.open("wb") as stream:
            frame.write_excel(stream)
    except ImportError:
        raise MissingExtra("A table in Excel", "xlsx") from None
