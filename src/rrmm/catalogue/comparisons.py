"""What sources say of one treatment against another: findings of one study each, never of several side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from rrmm.graph.store import Row
from rrmm.records import Missing, NamedTuple
from rrmm.rules.address import Address, by_passage, join
from rrmm.rules.effects import Truth

Direction = Literal["favours", "disfavours", "no_difference"]
Significance = Literal["yes", "no", "not_stated"]


TRUTHS: tuple[Truth, ...] = get_args(Truth)


class Comparison(NamedTuple):
    """What a study found of one regimen against another."""

    regimen: str
    """The treatment that the finding is about."""
    over: str
    """What it was held against."""
    endpoint: str
    """The endpoint, or the harm."""
    direction: Direction
    """Whether the finding speaks for the treatment."""
    significant: Significance
    """Whether the source calls the difference significant."""
    trial: str
    """The study."""
    population: str | Missing
    """In whom: the whole study, or a subgroup; where everything is asked for."""
    population_matches: Truth
    """Whether the patient lies in the population, as far as it is printed."""
    source: Address
    """Where the source says it."""


class PopulationComparison(NamedTuple):
    """A comparison as it reads by whether the patient lies in its population, and what the population is limited to."""

    treatment: str
    setting: tuple[str, ...]
    by_truth: Mapping[Truth, Comparison]


def read_comparisons(rows: Iterable[Row], settings: Mapping[str, tuple[str, ...]]) -> list[PopulationComparison]:
    """Return the comparisons in the rows of ``queries/derive/findings.rq``, one for each finding, in their order."""
    findings: dict[str, list[Row]] = {}
    for row in rows:
        findings.setdefault(row["finding"], []).append(row)
    comparisons = []
    for group in findings.values():
        row = group[0]
        comparison = Comparison(
            row["regimen"],
            row["over"],
            row["endpoint"],
            row["direction"],
            row["significant"],
            row["trial"],
            row["population"],
            "unknown",
            join(by_passage(group).values()),
        )
        by_truth = {truth: comparison._replace(population_matches=truth) for truth in TRUTHS}
        setting = settings.get(row["participants"], ())
        comparisons.append(PopulationComparison(row["treatment"], setting, by_truth))
    return comparisons
