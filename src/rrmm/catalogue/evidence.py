"""The results behind each option, kept apart from the rules so that evidence can grow alone.

Results keep the order of the source; only the populations that a patient belongs to come first.
Nothing here compares one trial with another.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any

from rrmm.graph import queries
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Asked, Row, Store
from rrmm.logic.conditions import Facts

SHOWN = ("result", "trial", "endpoint", "statistic", "population", "as_printed", "unit", "comparator", "comparability")
ROWS = 10_000  # lists of results that are kept


class Evidence:
    """Results by the regimen or procedure whose arm they describe, read when first asked for."""

    def __init__(self, knowledge: GraphFiles, store: Asked | None = None) -> None:
        self.knowledge, self.store = knowledge, store
        self._rows: dict[tuple[str, frozenset[str], tuple[frozenset[str | float], ...]], list[Row]] = {}

    @cached_property
    def by_regimen(self) -> dict[str, list[Row]]:
        """Regimen IRI → its results, in the order of the source."""
        if self.store is not None:
            return self._read(self.store)
        if cached := self.knowledge.artefact("evidence.json"):
            return dict(json.loads(cached.read_bytes()))
        by_regimen = self._read(Store(self.knowledge.snapshot))
        self.knowledge.keep("evidence.json", json.dumps(by_regimen, ensure_ascii=False).encode())
        return by_regimen

    def _read(self, store: Asked) -> dict[str, list[Row]]:
        found: dict[str, dict[str, Row]] = {}
        for row in store.rows(queries.find(self.knowledge.root, "derive", "evidence").text):
            results = found.setdefault(row["regimen"], {})
            _add(results.setdefault(row["result"], _entry(row)), row)
        return {regimen: list(results.values()) for regimen, results in found.items()}

    def for_patient(self, facts: Facts) -> Callable[[str], list[Row]]:
        """Return what gives the results of a regimen as a report shows them.

        Those of the patient's own findings come first, then pooled groups that hold one, then the
        whole trial, then other subgroups. The rows are to be read only: patients share them.
        """
        known = self.findings.intersection(value for values in facts.values() for value in values.certain)
        lines = [facts.get(name) for name in self.counted]
        told = tuple(values.certain if values else frozenset() for values in lines)

        def of(regimen: str) -> list[Row]:
            key = (regimen, known, told)
            if key not in self._rows:
                entries = sorted(self.by_regimen.get(regimen, []), key=lambda entry: _distance(entry, known))
                rows = [{**entry["shown"], "within_prior_lines": _within(entry["lines"], facts)} for entry in entries]
                if len(self._rows) == ROWS:
                    self._rows.clear()
                self._rows[key] = rows
            return self._rows[key]

        return of

    @cached_property
    def findings(self) -> frozenset[str]:
        """The findings of the populations."""
        return frozenset(one for entries in self.by_regimen.values() for entry in entries for one in entry["findings"])

    @cached_property
    def counted(self) -> list[str]:
        """The properties by which trials enrolled."""
        lines = (entry["lines"] for entries in self.by_regimen.values() for entry in entries)
        return sorted({str(one[0]) for one in lines if one})

    def doubts(self, regimens: list[str]) -> dict[str, str]:
        """Return discrepancy IRI → what is in doubt, of those that concern a result of the regimens."""
        found: dict[str, str] = {}
        for regimen in regimens:
            for entry in self.by_regimen.get(regimen, []):
                found.update(entry["doubts"])
        return dict(sorted(found.items()))


def _entry(row: Row) -> Row:
    shown = {key: row.get(key) for key in SHOWN}
    shown["prior_lines"] = row.get("range")
    shown["discrepancies"] = []
    shown["source"] = {
        "section": row["section"],
        "citations": sorted(int(number) for number in row.get("citations", "").split(";") if number),
        "spans": [[row["start"], row["end"]]],
    }
    lines = [row["counted"], row["lowest"], row["highest"]] if "range" in row else None
    return {"shown": shown, "subgroup": "subgroup" in row, "findings": [], "lines": lines, "doubts": {}}


def _add(entry: Row, row: Row) -> None:
    """Add what stands in several rows of one result: findings of its population, and doubts."""
    if "finding" in row and row["finding"] not in entry["findings"]:
        entry["findings"].append(row["finding"])
    if "discrepancy" in row and row["discrepancy"] not in entry["doubts"]:
        entry["doubts"][row["discrepancy"]] = row["doubt"]
        entry["shown"]["discrepancies"].append(row["discrepancy"])


def _distance(entry: Row, known: AbstractSet[str]) -> tuple[int, int]:
    """Return how far a result's population is from the patient: the fewer findings it pools, the nearer."""
    if known & set(entry["findings"]):
        return 0, len(entry["findings"])
    return (2, 0) if entry["subgroup"] else (1, 0)


def _within(lines: list[Any] | None, facts: Facts) -> str:
    """Return whether the patient's prior lines lie in the range that the source prints for the trial."""
    values = facts.get(lines[0]) if lines else None
    if lines is None or values is None or not values.certain:
        return "unknown"
    return "yes" if all(lines[1] <= float(value) <= lines[2] for value in values.certain) else "no"
