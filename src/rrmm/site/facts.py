"""The facts that pages show, by the thing that they concern: ``queries/site/`` run once for all pages."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from rrmm.graph import queries
from rrmm.graph.store import Asked, Row
from rrmm.iris import local_name
from rrmm.rules.address import Address, by_thing
from rrmm.rules.effects import PREFERRING, REQUIRING, Effects
from rrmm.site.comparisons import Comparisons

STANCES = {"option": "In favour", "recommended": "In favour", "investigational": "Investigational"}
ORDER = [
    "In favour",
    "Preferences",
    "Only if",
    "Against",
    "Investigational",
    "Cautions, doses and monitoring",
    "Evidence",
]


class Facts:
    """Results, statements, addresses, discrepancies, arms and links as pages need them."""

    def __init__(self, store: Asked, root: Path) -> None:
        self.store, self.root = store, root
        self.results = {row["result"]: row | {"address": Address.from_row(row)} for row in self.rows("results")}
        self.order = {iri: at for at, iri in enumerate(self.results)}
        self.statements = {row["statement"]: row for row in self.rows("statements")}
        self.comparisons = Comparisons(self.rows("measurements"), self.rows("prints"))
        self.addresses = by_thing(self.rows("addresses"), "about")
        self.discrepancies = _discrepancies(self.rows("discrepancies"))
        self.arms = _group(self.rows("arms"), "study")
        self.links = _group(self.rows("links"), "about")
        self.marked = {iri for iri, discrepancy in self.discrepancies.items() if discrepancy["marked"]}
        self.doubts: dict[str, list[str]] = defaultdict(list)
        for iri, discrepancy in self.discrepancies.items():
            for thing in discrepancy["things"] if discrepancy["marked"] else ():
                self.doubts[thing].append(iri)
        self.effects = Effects.of(self.store.rows(queries.find(self.root, "derive", "effects").text))
        self.related: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for row in self.rows("related"):
            self.related[row["about"]].setdefault(row["kind"], []).append(row["statement"])

    def rows(self, name: str) -> list[Row]:
        """Return the rows of a query of ``queries/site/``."""
        return self.store.rows(queries.find(self.root, "site", name).text)

    def by_stance(self, guidance: list[str]) -> list[tuple[str, list[str]]]:
        """Return guidance by what it does to an option, for it or against it first."""
        stances: dict[str, list[str]] = {}
        for iri in guidance:
            stances.setdefault(_stance(self.effects, local_name(self.statements[iri]["effect"])), []).append(iri)
        return [(stance, stances[stance]) for stance in ORDER if stance in stances]

    def by_control(self, results: list[str]) -> list[tuple[str, list[Row]]]:
        """Return results by the control arm of their study, in the order of the source; those without come last."""
        groups = _group(self._in_order(results), "control")
        return [
            (f"Control arm: {name}" if name else "No control arm", groups[name]) for name in sorted(groups, key=_last)
        ]

    def by_population(self, results: list[str]) -> list[tuple[str, list[Row]]]:
        """Return the results of one study by population, in the order of the source."""
        groups = _group(self._in_order(results), "population")
        return [(f"Population: {rows[0]['population_label']}", rows) for rows in groups.values()]

    def _in_order(self, results: list[str]) -> list[Row]:
        known = self.results.keys() & results
        return [self.results[iri] for iri in sorted(known, key=self.order.__getitem__)]


def _last(name: str) -> tuple[bool, str]:
    """Return the key that sorts names by letter, and no name last."""
    return not name, name.casefold()


def _stance(effects: Effects, effect: str) -> str:
    if effect in {PREFERRING, REQUIRING}:
        return "Preferences" if effect == PREFERRING else "Only if"
    if effect in effects.closing:
        return "Against"
    if effect in effects.deciding:
        return STANCES.get(effects.deciding[effect].status, "Against")
    return "Cautions, doses and monitoring" if effect in effects.cautions else "Evidence"


def _group(rows: list[Row], column: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.get(column, ""), []).append(row)
    return groups


def _discrepancies(rows: list[Row]) -> dict[str, Row]:
    """Return each discrepancy once, with its figures, the checks that find it and the things that it concerns."""
    discrepancies: dict[str, Row] = {}
    for row in rows:
        entry = discrepancies.setdefault(row["discrepancy"], {**row, "figures": {}, "checks": {}, "things": {}})
        if "figure" in row:
            entry["figures"][row["figure"]] = (row["exact"], row["start"], row["end"])
        if "check" in row:
            entry["checks"][row["check"]] = row["check_label"]
        if "thing" in row:
            entry["things"][row["thing"]] = row["thing_label"]
    return discrepancies
