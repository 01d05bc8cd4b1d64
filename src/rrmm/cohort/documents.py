"""A row of a table as the mapping of a patient file, and its problems by the columns of the table."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from rrmm.cohort.cells import UNREAD, Table
from rrmm.cohort.columns import BELOW, DRUGS, STATED
from rrmm.cohort.words import read_drug, read_entry
from rrmm.patient.naming import REST_UNKNOWN
from rrmm.patient.schema import UNNAMED
from rrmm.records import JsonObject
from rrmm.rules.base import RuleBase

NUMBERED = re.compile(rf"\b{DRUGS}\[(?P<number>\d+)\](?P<below>\.\w+)?")


def document(rule_base: RuleBase, table: Table, row: int) -> JsonObject:
    """Return one patient of a table as the mapping of a patient file."""
    mapping: JsonObject = {}
    for path, value in _values(rule_base, "", table.patients.row(row, named=True)):
        *above, last = path.split(".")
        place = mapping
        for name in above:
            place = place.setdefault(name, {})
        place[last] = value
    if table.given[row]:
        start, stop = np.searchsorted(table.rows, [row, row + 1])
        entries = table.drugs[int(start) : int(stop)].iter_rows(named=True)
        mapping[DRUGS] = [_drug(dict(_values(rule_base, BELOW, entry))) for entry in entries]
    return mapping


def _drug(entry: JsonObject) -> object:
    """Return a prior drug as a patient file has it."""
    word = entry.get("drug")
    if not isinstance(word, str):
        return entry
    return REST_UNKNOWN if word.strip().casefold() == REST_UNKNOWN else {**entry, "drug": read_drug(word)}


def locate(table: Table, row: int, problem: str) -> str:
    """Return a problem of a row; where it names prior drugs by their numbers, by their source columns instead."""
    start = int(np.searchsorted(table.rows, row))

    def name(numbered: re.Match[str]) -> str:
        column = table.columns[int(table.origins[start + int(numbered["number"]) - 1])]
        if column == DRUGS:
            return numbered[0]
        below = numbered["below"] or ""
        return column + (below.removeprefix(".drug") if column in STATED else below)

    return NUMBERED.sub(name, problem)


def _values(rule_base: RuleBase, above: str, row: JsonObject) -> Iterator[tuple[str, object]]:
    """Yield key and value of each cell that is not null."""
    for name, value in row.items():
        path = name.removesuffix(UNREAD)
        kind = "text" if above and path in UNNAMED else rule_base.keys[above + path].kind
        if kind == "list" and value is not None:
            yield path, [read_entry(rule_base, path, word) for word in value]
        elif kind == "integer" and isinstance(value, float) and value.is_integer():
            yield path, int(value)
        elif value is not None:
            yield path, value
