"""The results behind each option, kept apart from the rules so that evidence can grow alone.

Results keep the order of the source; only the populations that a patient belongs to come first.
Nothing here compares one trial with another.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

from rrmm.graph import queries
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Asked, Row, Store
from rrmm.logic.conditions import Facts
from rrmm.rules.address import Address
from rrmm.rules.effects import Truth

CACHE = "results.json"
KEPT = 10_000  # lists of results


class Result(NamedTuple):
    """A number of a study as a report shows it."""

    result: str
    """IRI of the result."""
    trial: str
    """The study that it is from."""
    endpoint: str
    """What was measured."""
    statistic: str
    """How it was summarised: median, rate, hazard ratio, …"""
    population: str
    """In whom: the whole trial, or a subgroup."""
    as_printed: str
    """The number, digits as printed."""
    unit: str | None
    """The unit of the number."""
    comparator: str | None
    """The regimen of the control arm."""
    comparability: str
    """What stands in the way of comparing it with numbers of other studies."""
    prior_lines: str | None
    """The range of prior lines in the study, as printed."""
    discrepancies: tuple[str, ...]
    """IRIs of the discrepancies that concern it."""
    source: Address
    """Where it is printed."""
    within_prior_lines: Truth = "unknown"
    """Whether the patient's prior lines lie in that range."""


class Lines(NamedTuple):
    """The range of prior lines in a study, and the property of a patient that counts them."""

    property: str
    lowest: float
    highest: float


class Entry(NamedTuple):
    """A result with what places it: its population's findings, the study's prior lines, and what is in doubt."""

    result: Result
    subgroup: bool
    findings: tuple[str, ...]
    lines: Lines | None
    doubts: dict[str, str]


class Evidence:
    """Results by the regimen or procedure whose arm they describe, read when first asked for."""

    def __init__(self, knowledge: GraphFiles, store: Asked | None = None) -> None:
        self.knowledge, self.store = knowledge, store
        self._shown: dict[tuple[str, frozenset[str], tuple[frozenset[str | float], ...]], tuple[Result, ...]] = {}

    @cached_property
    def by_regimen(self) -> dict[str, list[Entry]]:
        """Regimen IRI → its results, in the order of the source."""
        if self.store is not None:
            return self._query(self.store)
        if cached := self.knowledge.artefact(CACHE):
            return {regimen: list(map(_load, rows)) for regimen, rows in json.loads(cached.read_bytes()).items()}
        by_regimen = self._query(Store(self.knowledge.snapshot))
        self.knowledge.keep(CACHE, json.dumps(by_regimen, ensure_ascii=False).encode())
        return by_regimen

    def _query(self, store: Asked) -> dict[str, list[Entry]]:
        rows: dict[str, dict[str, list[Row]]] = {}
        for row in store.rows(queries.find(self.knowledge.root, "derive", "evidence").text):
            rows.setdefault(row["regimen"], {}).setdefault(row["result"], []).append(row)
        return {regimen: [_entry(group) for group in results.values()] for regimen, results in rows.items()}

    def for_patient(self, facts: Facts) -> Callable[[str], tuple[Result, ...]]:
        """Return a function that gives the results of a regimen as a report shows them.

        Those of the patient's own findings come first, then pooled groups that hold one, then the
        whole trial, then other subgroups.
        """
        known = self.findings.intersection(value for values in facts.values() for value in values.certain)
        counts = tuple(facts[name].certain if name in facts else frozenset() for name in self.counted)

        def show(regimen: str) -> tuple[Result, ...]:
            key = (regimen, known, counts)
            if (results := self._shown.get(key)) is None:
                if len(self._shown) >= KEPT:
                    self._shown.clear()
                entries = sorted(self.by_regimen.get(regimen, ()), key=lambda entry: _distance(entry, known))
                results = self._shown[key] = tuple(_place(entry, facts) for entry in entries)
            return results

        return show

    @cached_property
    def findings(self) -> frozenset[str]:
        """The findings of the populations."""
        entries = (entry for entries in self.by_regimen.values() for entry in entries)
        return frozenset(finding for entry in entries for finding in entry.findings)

    @cached_property
    def counted(self) -> list[str]:
        """The properties of a patient that the enrolment of studies was limited by."""
        entries = (entry for entries in self.by_regimen.values() for entry in entries)
        return sorted({entry.lines.property for entry in entries if entry.lines})

    def doubts(self, regimens: list[str]) -> dict[str, str]:
        """Return discrepancy IRI → what is in doubt, of those that concern a result of the regimens."""
        doubts: dict[str, str] = {}
        for regimen in regimens:
            for entry in self.by_regimen.get(regimen, ()):
                doubts.update(entry.doubts)
        return dict(sorted(doubts.items()))


def _entry(rows: list[Row]) -> Entry:
    """Return a result from its rows: one for each finding of its population and each doubt."""
    row = rows[0]
    doubts = {other["discrepancy"]: other["doubt"] for other in rows if "discrepancy" in other}
    result = Result(
        row["result"],
        row["trial"],
        row["endpoint"],
        row["statistic"],
        row["population"],
        row["as_printed"],
        row.get("unit"),
        row.get("comparator"),
        row["comparability"],
        row.get("range"),
        tuple(doubts),
        Address.from_row(row),
    )
    findings = tuple(dict.fromkeys(other["finding"] for other in rows if "finding" in other))
    lines = Lines(row["counted"], row["lowest"], row["highest"]) if "range" in row else None
    return Entry(result, "subgroup" in row, findings, lines, doubts)


def _load(row: list[Any]) -> Entry:
    """Return an entry from the cache, where records are lists."""
    (*fields, discrepancies, source, within), subgroup, findings, lines, doubts = row
    section, citations, spans, *rest = source
    address = Address(section, tuple(citations), tuple((start, end) for start, end in spans), *rest)
    result = Result._make([*fields, tuple(discrepancies), address, within])
    return Entry(result, subgroup, tuple(findings), Lines(*lines) if lines else None, doubts)


def _distance(entry: Entry, known: frozenset[str]) -> tuple[int, int]:
    """Return how far a result's population is from the patient: the fewer findings it pools, the nearer."""
    if not known.isdisjoint(entry.findings):
        return 0, len(entry.findings)
    return (2, 0) if entry.subgroup else (1, 0)


def _place(entry: Entry, facts: Facts) -> Result:
    """Return a result with whether the patient's prior lines lie in the range that the source prints."""
    values = facts.get(entry.lines.property) if entry.lines else None
    if entry.lines is None or values is None or not values.certain:
        return entry.result
    inside = all(entry.lines.lowest <= float(value) <= entry.lines.highest for value in values.certain)
    return entry.result._replace(within_prior_lines="yes" if inside else "no")
