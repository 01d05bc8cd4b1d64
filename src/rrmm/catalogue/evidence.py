"""What studies print behind each option, kept apart from the rules so that evidence can grow alone.

A row holds one measurement with both arms and the comparison beside each other. What publications print comes first,
then the sources that copy it, of each the latest first and in its own order; the populations that a patient belongs to
stand before others, and a later look before the one that it updates. Nothing here compares one trial with another.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Literal, cast

from rrmm.catalogue.comparisons import Comparison, PopulationComparison
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Asked
from rrmm.logic.conditions import Facts, Verdict
from rrmm.records import Missing, NamedTuple
from rrmm.rules.address import Address
from rrmm.rules.effects import Truth

CACHE = "evidence.pickle"
KEPT = 10_000  # lists of results

Severity = Literal["decisive", "numeric", "editorial"]
Verdicts = Mapping[str, Verdict]


def unit_beside(printed: str, unit: str | None) -> str:
    """Return the unit to write beside what is printed; empty where that is no number or holds its unit already.

    >>> unit_beside("7.9", "mo"), unit_beside("not reached", "mo"), unit_beside("42.1% to 56.3%", "%")
    ('mo', '', '')
    """
    return unit if unit and not printed.endswith(unit) and any(map(str.isdigit, printed)) else ""


def with_unit(printed: str, unit: str | None) -> str:
    """Return what is printed, with its unit where it needs one."""
    return f"{printed} {unit_beside(printed, unit)}".rstrip()


class Effect(NamedTuple):
    """The comparison of both arms."""

    statistic: str
    """How the arms were compared."""
    as_printed: str | None
    """The number, digits as printed; null where a test is printed alone."""
    interval: tuple[float | None, ...] | None
    """The ends of its confidence interval; the upper one is null where it was not evaluable."""
    level: float | None
    """The level of the interval in percent."""
    p: str | None
    """The P value as printed."""


class Published(NamedTuple):
    """A number of a row as its publication prints it."""

    as_printed: str
    """The number as the source prints it."""
    as_published: str
    """The number as the publication prints it."""
    interval: str | Missing
    """The confidence interval that the publication prints, where it prints one."""
    endpoint: str
    """What the publication measured."""
    outcome: Literal["same", "rounded", "otherwise"]
    """Whether both are the same; otherwise is another number, interval or endpoint."""
    result: str | Missing
    """IRI of the result of the publication, where everything is asked for."""
    source: Address
    """Where the publication prints it: the line of its record."""


class Result(NamedTuple):
    """A measurement of a study, its comparison in the same row."""

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
    """The regimen of the other arm."""
    comparator_as_printed: str | None
    """The same measurement in the other arm, digits as printed."""
    effect: Effect | None
    """The comparison, in the row of the arm that it is about."""
    follow_up_months: float | None
    """The follow-up of the analysis."""
    level_of_evidence: str | None
    """The level of evidence that the source prints."""
    population_matches: Truth
    """Whether the patient lies in the population, as far as it is printed."""
    updated_by: str | None
    """IRI of the same measurement at a later look."""
    comparability: str
    """What stands in the way of comparing it with numbers of other studies."""
    doubt: Severity | Missing | None
    """The gravest doubt about it; missing where it is editorial and not everything is asked for."""
    discrepancies: tuple[str, ...] | Missing
    """IRIs of the discrepancies that concern it, where everything is asked for."""
    published: tuple[Published, ...] | Missing
    """Its numbers as publications print them, where an abstract was read and everything is asked for."""
    source: Address
    """Where it is printed."""

    @property
    def first_hand(self) -> bool:
        """Whether a publication prints it: a line of a record is its address, and no span."""
        return not self.source.spans


class Doubt(NamedTuple):
    """What is in doubt about results."""

    discrepancy: str
    """IRI of the discrepancy."""
    label: str
    """What is in doubt."""
    severity: Severity
    """How much turns on it."""
    verdict: str | Missing
    """Whether the prints in doubt stand, where a publication decides."""
    decided: str | Missing
    """What the publication prints, where one decides."""
    on: tuple[str, ...]
    """The options whose evidence it concerns."""


class Entry(NamedTuple):
    """A result with what places it: whether of a subgroup, its population's findings and setting."""

    result: Result
    subgroup: bool
    findings: tuple[str, ...]
    setting: tuple[str, ...]


class Printed(NamedTuple):
    """What studies print, arranged by what it is about."""

    by_regimen: dict[str, list[Entry]]
    """Regimen IRI → its results, of the latest source first and in its order."""
    doubts: dict[str, Doubt]
    """Discrepancy IRI → what is in doubt, the gravest first."""
    comparisons: dict[str, list[PopulationComparison]]
    """Option IRI → the findings that hold it against another treatment."""


class Evidence:
    """Results and comparisons by the regimen or procedure that they describe, read when first asked for."""

    def __init__(self, knowledge: GraphFiles, store: Asked | None = None) -> None:
        self.knowledge, self.store = knowledge, store
        self._shown: dict[tuple[object, ...], tuple[Result, ...]] = {}
        self._doubted: dict[tuple[str, ...], tuple[Doubt, ...]] = {}

    @cached_property
    def printed(self) -> Printed:
        """What studies print, from the cache where the graph has not changed."""
        if self.store is None and (cached := self.knowledge.artefact(CACHE)):
            return cast(Printed, pickle.loads(cached))  # noqa: S301 - of the user's own cache
        from rrmm.catalogue.evidence_rows import read

        printed = read(self.knowledge, self.store)
        if self.store is None:
            self.knowledge.keep(CACHE, pickle.dumps(printed, pickle.HIGHEST_PROTOCOL))
        return printed

    def compare(self, options: Iterable[str], verdicts: Verdicts) -> tuple[Comparison, ...]:
        """Return the findings on options, by IRI and in their order."""
        truths: dict[tuple[str, ...], Truth] = {}
        comparisons = []
        for option in options:
            for one in self.printed.comparisons.get(option, ()):
                if one.setting not in truths:
                    truths[one.setting] = matches(one.setting, verdicts)
                comparisons.append(one.by_truth[truths[one.setting]])
        return tuple(comparisons)

    def for_patient(self, facts: Facts, verdicts: Verdicts) -> Callable[[str], tuple[Result, ...]]:
        """Return a function that gives the results of a regimen as a report shows them.

        Those of the patient's own findings come first, then pooled groups that hold one, then the
        whole trial, then other subgroups; of each, what a later look updates comes last.
        """
        known = self.findings.intersection(value for values in facts.values() for value in values.certain)
        judgements = tuple(verdicts[iri].holds for iri in self.limiting)

        def show(regimen: str) -> tuple[Result, ...]:
            key = (regimen, known, judgements)
            if (results := self._shown.get(key)) is None:
                if len(self._shown) >= KEPT:
                    self._shown.clear()
                entries = sorted(self.printed.by_regimen.get(regimen, ()), key=lambda entry: _distance(entry, known))
                results = self._shown[key] = tuple(
                    entry.result._replace(population_matches=matches(entry.setting, verdicts)) for entry in entries
                )
            return results

        return show

    @cached_property
    def findings(self) -> frozenset[str]:
        """The findings of the populations."""
        entries = (entry for entries in self.printed.by_regimen.values() for entry in entries)
        return frozenset(finding for entry in entries for finding in entry.findings)

    @cached_property
    def limiting(self) -> list[str]:
        """The states to which populations of results are limited."""
        entries = (entry for entries in self.printed.by_regimen.values() for entry in entries)
        return sorted({state for entry in entries for state in entry.setting})

    def doubted(self, regimens: Mapping[str, str]) -> tuple[Doubt, ...]:
        """Return the discrepancies that concern results of regimens, given as IRI → label, the gravest first."""
        key = tuple(regimens.values())
        if (doubts := self._doubted.get(key)) is None:
            if len(self._doubted) >= KEPT:
                self._doubted.clear()
            doubts = self._doubted[key] = self._find_doubts(regimens)
        return doubts

    def _find_doubts(self, regimens: Mapping[str, str]) -> tuple[Doubt, ...]:
        on: dict[str, list[str]] = {}
        for regimen, label in regimens.items():
            named = dict.fromkeys(
                iri for entry in self.printed.by_regimen.get(regimen, ()) for iri in entry.result.discrepancies or ()
            )
            for iri in named:
                on.setdefault(iri, []).append(label)
        return tuple(doubt._replace(on=tuple(on[iri])) for iri, doubt in self.printed.doubts.items() if iri in on)


def matches(setting: Iterable[str], verdicts: Verdicts) -> Truth:
    """Return whether a patient is in a setting; where nothing is printed of it, that is unknown.

    >>> matches((), {})
    'unknown'
    """
    judgements = {verdicts[iri].holds for iri in setting}
    if False in judgements:
        return "no"
    return "yes" if judgements == {True} else "unknown"


def _distance(entry: Entry, known: frozenset[str]) -> tuple[int, int, bool]:
    """Return how far a result's population is from the patient: the fewer findings it pools, the nearer."""
    updated = entry.result.updated_by is not None
    if not known.isdisjoint(entry.findings):
        return 0, len(entry.findings), updated
    return (2 if entry.subgroup else 1), 0, updated
