"""The numbers of studies as measurements: what an arm had, what the other arm had, and how the two compare.

Only numbers of one study, endpoint and population stand in one row, and only where arm and comparator are each
other's; a number that a source repeats stands once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rrmm.graph.store import Row
from rrmm.iris import local_name
from rrmm.rules.address import Address, join

RATIO, TEST = "HazardRatio", "PValue"
ARMS = ("arm", "other", "measure", "participants", "study", "source", "look")
"""What is the same of two numbers of one arm, comparator, endpoint, population, source and look."""
NUMBER = ("arm", "measure", "participants", "summary", "time", "source", "look")
"""What is the same of a number and that of the other arm, but for the arm."""


class Measurement(NamedTuple):
    """The number of an arm, that of the other arm, their ratio and its test; and the rows of the first."""

    row: Row
    other: Row | None
    ratio: Row | None
    test: Row | None
    rows: Sequence[Row]

    @property
    def all(self) -> list[Row]:
        """Every number of the measurement."""
        return [row for row in (*self.rows, self.other, self.ratio, self.test) if row]

    @property
    def findings(self) -> tuple[str, ...]:
        """The abnormalities of the population."""
        return tuple(dict.fromkeys(row["finding"] for row in self.rows if "finding" in row))

    @property
    def address(self) -> Address:
        """Where the numbers are printed, each span once."""
        several = {(row["passage"], row.get("start")): Address.from_row(row) for row in self.all}
        address = join(several.values())
        return address._replace(passage=self.row["passage"])


def arrange(rows: Iterable[Row]) -> list[Measurement]:
    """Return the measurements in the rows of ``queries/derive/evidence.rq``, in their order."""
    results: dict[str, list[Row]] = {}
    for row in rows:
        results.setdefault(row["result"], []).append(row)
    twins: dict[str, list[Row]] = {}
    single = []
    for group in results.values():
        twin = results.get(str(group[0].get("twin")))
        if twin and twin[0]["source"] == group[0]["source"]:
            twins.setdefault(str(twin[0]["result"]), []).extend(group)
        else:
            single.append(group)
    compared = {row["result"]: row for row, *_ in single if local_name(row["summary"]) in (RATIO, TEST)}
    values = [row for row, *_ in single if row["result"] not in compared]
    by_arms, by_number = _index(values, ARMS), _index(values, NUMBER)
    about: dict[str, list[Row]] = {}
    lone = []
    for row in compared.values():
        if value := _value_of(row, by_arms.get(_key(row, ARMS), ())):
            about.setdefault(value, []).append(row)
        else:
            lone.append(row)
    alone, lonely = _index(lone, ARMS), {row["result"] for row in lone}
    measurements = []
    for group in single:
        row, several = group[0], [*group, *twins.get(group[0]["result"], ())]
        if row["result"] in lonely:
            measurements += _alone(row, several, alone[_key(row, ARMS)])
        elif row["result"] not in compared:
            mine = about.get(row["result"], ())
            candidates = by_number.get(_key({**row, "arm": row.get("other")}, NUMBER), ())
            other = _other(several, candidates, by_arms[_key(row, ARMS)], row)
            measurements.append(Measurement(row, other, _first(mine, RATIO), _first(mine, TEST), several))
    return measurements


def _key(row: Row, names: Iterable[str]) -> tuple[object, ...]:
    return tuple([row.get(name) for name in names])


def _index(rows: Iterable[Row], names: Iterable[str]) -> dict[tuple[object, ...], list[Row]]:
    """Return rows by their values of some columns."""
    index: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        index.setdefault(_key(row, names), []).append(row)
    return index


def _alone(row: Row, several: Sequence[Row], alone: Sequence[Row]) -> list[Measurement]:
    """Return a comparison without a value as a measurement of its own; a test joins its ratio."""
    near = [one for one in alone if one["passage"] == row["passage"]]
    ratio, test = _first(near, RATIO), _first(near, TEST)
    if local_name(row["summary"]) == TEST and ratio:
        return []
    return [Measurement(row, None, ratio if ratio == row else None, test, several)]


def _value_of(row: Row, same: Sequence[Row]) -> str | None:
    """Return the result that a ratio or test is about: the nearest value of the same arm, endpoint and population."""
    near = [value for value in same if value["passage"] == row["passage"]] or same
    return str(near[0]["result"]) if near else None


def _other(several: Sequence[Row], candidates: Sequence[Row], same: Sequence[Row], row: Row) -> Row | None:
    """Return the same measurement in the other arm, if the source prints one for this number."""
    if "other" not in row:
        return None
    passages = {one["passage"] for one in several}
    near = [value for value in candidates if value["passage"] in passages]
    rivals = [value for value in same if value["summary"] == row["summary"]]
    if near or len(rivals) > 1:
        return near[0] if near else None
    return candidates[0] if candidates else None


def _first(rows: Iterable[Row], statistic: str) -> Row | None:
    return next((row for row in rows if local_name(row["summary"]) == statistic), None)
