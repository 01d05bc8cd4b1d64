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
SAME = ("arm", "other", "measure", "participants", "study", "source", "look")


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
    compared = [group[0] for group in single if local_name(group[0]["summary"]) in (RATIO, TEST)]
    values = [group for group in single if group[0] not in compared]
    of_value = {row["result"]: _value_of(row, [group[0] for group in values]) for row in compared}
    measurements = []
    for group in single:
        row, several = group[0], [*group, *twins.get(group[0]["result"], ())]
        if row in compared:
            if of_value[row["result"]] is None and (lone := _alone(row, several, compared, of_value)):
                measurements.append(lone)
            continue
        mine = [one for one in compared if of_value[one["result"]] == row["result"]]
        other = _other(several, [group[0] for group in values], row)
        measurements.append(Measurement(row, other, _first(mine, RATIO), _first(mine, TEST), several))
    return measurements


def _alone(
    row: Row, several: Sequence[Row], compared: Sequence[Row], of_value: dict[str, str | None]
) -> Measurement | None:
    """Return a comparison without a value as a measurement of its own; a test joins its ratio."""
    alone = [one for one in compared if of_value[one["result"]] is None and _same(one, row)]
    near = [one for one in alone if one["passage"] == row["passage"]]
    ratio, test = _first(near, RATIO), _first(near, TEST)
    if local_name(row["summary"]) == TEST and ratio:
        return None
    return Measurement(row, None, ratio if ratio == row else None, test, several)


def _same(one: Row, other: Row) -> bool:
    """Return whether two numbers are of the same arm, comparator, endpoint, population, source and look."""
    return all(one.get(name) == other.get(name) for name in SAME)


def _value_of(row: Row, values: Sequence[Row]) -> str | None:
    """Return the result that a ratio or test is about: the nearest value of the same arm, endpoint and population."""
    same = [value for value in values if _same(value, row)]
    near = [value for value in same if value["passage"] == row["passage"]] or same
    return str(near[0]["result"]) if near else None


def _other(several: Sequence[Row], values: Sequence[Row], row: Row) -> Row | None:
    """Return the same measurement in the other arm, if the source prints one for this number."""
    if "other" not in row:
        return None
    alike = ("measure", "participants", "summary", "time", "source", "look")
    candidates = [
        value
        for value in values
        if value["arm"] == row["other"] and all(value.get(name) == row.get(name) for name in alike)
    ]
    passages = {one["passage"] for one in several}
    near = [value for value in candidates if value["passage"] in passages]
    rivals = [value for value in values if _same(value, row) and value["summary"] == row["summary"]]
    if near or len(rivals) > 1:
        return near[0] if near else None
    return candidates[0] if candidates else None


def _first(rows: Iterable[Row], statistic: str) -> Row | None:
    return next((row for row in rows if local_name(row["summary"]) == statistic), None)
