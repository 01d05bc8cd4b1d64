"""The numbers of studies side by side: both arms, their comparison, and where each is printed, in one line.

A line holds what one source prints at one look of one endpoint in one population. Numbers of different studies never
stand in one line. A number that a source copies stands with what the publication prints of it.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import NamedTuple

from rrmm.graph.store import Row
from rrmm.iris import local_name
from rrmm.report.blocks import Strip
from rrmm.report.contract import CONTEXT
from rrmm.report.html import draw
from rrmm.report.wording import WHOLE

RATIO, COMPARING, HARM = "HazardRatio", {"HazardRatio", "PValue"}, "Incidence"


class Line(NamedTuple):
    """What one source prints of one endpoint at one look: numbers by arm, and what compares the arms."""

    rows: tuple[Row, ...]

    @property
    def first(self) -> Row:
        """The first number, which has endpoint, population, study and source of all."""
        return self.rows[0]

    @property
    def arms(self) -> dict[str, list[Row]]:
        """Arm → its numbers; a study without arms has one that is empty."""
        arms: dict[str, list[Row]] = {}
        for row in self.rows:
            if not _compares(row):
                arms.setdefault(row.get("arm", ""), []).append(row)
        return arms

    @property
    def comparison(self) -> list[Row]:
        """Ratios and tests."""
        return [row for row in self.rows if _compares(row)]

    @property
    def measures(self) -> list[str]:
        """What the numbers of the arms are: a median, a rate, a count."""
        return list(dict.fromkeys(row["statistic_label"] for row in self.rows if not _compares(row)))

    @property
    def follow_ups(self) -> list[str]:
        """The follow-up of the numbers, as printed, with its unit."""
        told = [row for row in self.rows if "follow_up" in row]
        return list(dict.fromkeys(f"{row['follow_up']} {name_time(row.get('follow_up_unit', ''))}" for row in told))


class Part(NamedTuple):
    """Lines under one heading; `anchor` names it in the page."""

    title: str
    anchor: str
    lines: list[Line]


class Print(NamedTuple):
    """What a publication prints of a number that a source copies: same, rounded or otherwise."""

    outcome: str
    row: Row


class Comparisons:
    """The results of a graph as lines."""

    def __init__(self, measurements: Iterable[Row], prints: Iterable[Row]) -> None:
        self.rows: dict[str, Row] = {}
        for row in measurements:
            self.rows.setdefault(row["result"], row)
        self.order = {iri: at for at, iri in enumerate(self.rows)}
        self.prints: dict[str, list[Print]] = {}
        self.copied: set[str] = set()
        for row in prints:
            if row["published_as"] in self.rows:
                self.prints.setdefault(row["result"], []).append(Print(row["outcome"], self.rows[row["published_as"]]))
                self.copied.add(row["published_as"])

    def lines(self, results: Iterable[str]) -> list[Line]:
        """Return lines of some results, endpoint by endpoint, those with a comparison first; publications lead.

        A publication's line is left out where all of it stands beside the copies.
        """
        groups: dict[tuple[object, ...], list[Row]] = {}
        for iri in sorted(self.rows.keys() & results, key=self.order.__getitem__):
            row = self.rows[iri]
            key = ("study", "population", "endpoint", "months", "book", "look")
            groups.setdefault(tuple(row.get(name) for name in key), []).append(row)
        lines = [
            Line(tuple(_once(rows))) for rows in groups.values() if any(r["result"] not in self.copied for r in rows)
        ]
        compared = {_endpoint(line) for line in lines if line.comparison}
        order = {endpoint: at for at, endpoint in enumerate(dict.fromkeys(map(_endpoint, lines)))}
        return sorted(
            lines,
            key=lambda line: (
                _endpoint(line) not in compared,
                order[_endpoint(line)],
                _population(line),
                "read" not in line.first,
            ),
        )

    def example(self, cited: Container[str]) -> Row | None:
        """Return a ratio with its interval that can be cited and whose publication prints the same, or None."""
        same = [iri for iri, prints in self.prints.items() if any(one.outcome == "same" for one in prints)]
        ratios = [self.rows[iri] for iri in same if iri in cited and local_name(self.rows[iri]["statistic"]) == RATIO]
        return min((row for row in ratios if "ci_lower" in row), key=lambda row: "twin" not in row, default=None)

    def of_study(self, results: Iterable[str]) -> list[Part]:
        """Return the parts of the page of a study: the whole study, subgroups, harms, and whom it enrolled."""
        parts: dict[str, list[Line]] = {"Results": [], "In subgroups": [], "Harms": [], "Whom it enrolled": []}
        for line in self.lines(results):
            parts[_part(line)].append(line)
        return [Part(title, title.casefold().replace(" ", "-"), lines) for title, lines in parts.items() if lines]

    def by_control(self, results: Iterable[str]) -> list[Part]:
        """Return the results of several studies by their control arm.

        Whom the studies enrolled stands on their pages, and here only where nothing else does.
        """
        parts: dict[str, list[Line]] = {}
        lines = self.lines(results)
        for line in [line for line in lines if line.first["endpoint_label"] not in CONTEXT] or lines:
            name = next((row["control"] for row in line.rows if "control" in row), "")
            parts.setdefault(name, []).append(line)
        return [
            Part(f"Control arm: {name}" if name else "No control arm", "", sorted(lines, key=_study))
            for name, lines in sorted(parts.items(), key=lambda pair: (not pair[0], pair[0].casefold()))
        ]


def name_time(unit: str) -> str:
    """Return a unit as tables show it: the year of UCUM in words.

    >>> name_time("a"), name_time("mo")
    ('years', 'mo')
    """
    return "years" if unit == "a" else unit


def strip(row: Row) -> str:
    """Return a ratio as a small drawing in HTML, which holds numbers alone; empty where none can be drawn."""
    if local_name(row["statistic"]) != RATIO or not (row.get("value") or 0) > 0:
        return ""
    low, high = row.get("lower"), row.get("upper")
    return draw(Strip(row["value"], (low, high) if low and high else None))


def _part(line: Line) -> str:
    if line.first["endpoint_label"] in CONTEXT:
        return "Whom it enrolled"
    if all(local_name(row["statistic"]) == HARM for row in line.rows):
        return "Harms"
    return "Results" if line.first["population_label"] == WHOLE else "In subgroups"


def _once(rows: list[Row]) -> Iterable[Row]:
    """Yield numbers; one that the source prints twice stands once."""
    seen = set()
    for row in rows:
        number = (row["statistic"], row.get("arm"), row["printed"])
        if row.get("twin") is None or number not in seen:
            yield row
        seen.add(number)


def _compares(row: Row) -> bool:
    return local_name(row["statistic"]) in COMPARING


def _endpoint(line: Line) -> str:
    return str(line.first["endpoint"])


def _population(line: Line) -> tuple[bool, str]:
    return line.first["population_label"] != WHOLE, str(line.first["population_label"])


def _study(line: Line) -> str:
    return str(line.first["study_label"]).casefold()
