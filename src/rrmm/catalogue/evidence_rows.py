"""From the rows of the queries on evidence to records, read once for a graph."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from rrmm.catalogue.comparisons import PopulationComparison, read_comparisons
from rrmm.catalogue.evidence import Doubt, Effect, Entry, Printed, Published, Result
from rrmm.catalogue.measurements import Measurement, arrange
from rrmm.graph import queries
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Asked, Row, Store
from rrmm.records import MISSING
from rrmm.rules.address import Address

QUERIES = ("evidence", "doubts", "findings", "population-settings", "copies")


def read(knowledge: GraphFiles, store: Asked | None = None) -> Printed:
    """Return what studies print, by queries to `store`, or to a store of the graph's own where none is given."""
    asked = store or Store(knowledge.snapshot)
    rows = EvidenceRows({name: asked.rows(queries.find(knowledge.root, "derive", name).text) for name in QUERIES})
    return Printed(rows.by_regimen(), rows.doubts, rows.comparisons())


class EvidenceRows:
    """The rows of the queries, by name, and what is read of them."""

    def __init__(self, rows: Mapping[str, list[Row]]) -> None:
        self._rows = rows

    def by_regimen(self) -> dict[str, list[Entry]]:
        """Return regimen IRI → its results."""
        by_result: dict[str, list[str]] = {}
        for row in self._rows["doubts"]:
            by_result.setdefault(row["result"], []).append(row["discrepancy"])
        entries: dict[str, list[Entry]] = {}
        for measurement in arrange(self._rows["evidence"]):
            entry = self._entry(measurement, by_result)
            entries.setdefault(measurement.row["regimen"], []).append(entry)
        return entries

    def comparisons(self) -> dict[str, list[PopulationComparison]]:
        """Return option IRI → the findings that hold it against another treatment."""
        by_option: dict[str, list[PopulationComparison]] = {}
        for one in read_comparisons(self._rows["findings"], self.settings):
            by_option.setdefault(one.treatment, []).append(one)
        return by_option

    @cached_property
    def settings(self) -> dict[str, tuple[str, ...]]:
        """Population → the states to which it is limited."""
        settings: dict[str, tuple[str, ...]] = {}
        for row in self._rows["population-settings"]:
            settings[row["population"]] = (*settings.get(row["population"], ()), row["state"])
        return settings

    @cached_property
    def doubts(self) -> dict[str, Doubt]:
        """Discrepancy IRI → what is in doubt, the gravest first."""
        return {
            row["discrepancy"]: Doubt(
                row["discrepancy"],
                row["label"],
                row["severity"],
                row.get("verdict", MISSING),
                row.get("decided", MISSING),
                (),
            )
            for row in self._rows["doubts"]
        }

    @cached_property
    def published(self) -> dict[str, Published]:
        """Result IRI → what its publication prints; the publication that agrees, where several print it."""
        published: dict[str, Published] = {}
        for row in self._rows["copies"]:
            interval = f"{row['lower']}–{row['upper']}" if "lower" in row and "upper" in row else MISSING
            one = Published(
                row["as_printed"],
                row["as_published"],
                interval,
                row["endpoint"],
                row["outcome"],
                row["published"],
                Address.from_row(row),
            )
            published.setdefault(row["copy"], one)
        return published

    def _entry(self, measurement: Measurement, doubts: Mapping[str, list[str]]) -> Entry:
        """Return a result from its rows."""
        row, other, ratio, test = measurement[:4]
        concerned = {iri for one in measurement.all for iri in doubts.get(one["result"], ())}
        discrepancies = tuple(iri for iri in self.doubts if iri in concerned)
        effect = None
        if compared := ratio or test:
            printed = ratio["as_printed"] if ratio else None
            interval = (compared["lower"], compared.get("upper")) if "lower" in compared else None
            effect = Effect(
                compared["statistic"], printed, interval, compared.get("level"), test["as_printed"] if test else None
            )
        result = Result(
            row["result"],
            row["trial"],
            row["endpoint"],
            row["statistic"],
            row["population"],
            row["as_printed"],
            row.get("unit"),
            row.get("comparator"),
            other["as_printed"] if other else None,
            effect,
            next((one["follow_up"] for one in measurement.all if "follow_up" in one), None),
            next((one["grade"] for one in measurement.all if "grade" in one), None),
            "unknown",
            next((one["later"] for one in measurement.rows if "later" in one), None),
            row["comparability"],
            self.doubts[discrepancies[0]].severity if discrepancies else None,
            discrepancies,
            tuple(
                dict.fromkeys(
                    self.published[one["result"]] for one in measurement.all if one["result"] in self.published
                )
            ),
            measurement.address,
        )
        return Entry(result, "subgroup" in row, measurement.findings, self.settings.get(row["participants"], ()))
