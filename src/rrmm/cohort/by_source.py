"""What each source in view yields for a table by itself, and what is open only since a year."""

from __future__ import annotations

from collections.abc import Mapping

from rrmm.cohort.derived import Derived, Planes
from rrmm.cohort.planes import Plane, size
from rrmm.derivation.by_source import programs_of
from rrmm.records import JsonObject
from rrmm.rules.effects import OPEN, STATUSES


def count_by_source(derived: Derived) -> JsonObject:
    """Return source → option → status → number of patients, each source by itself, for the options that it names."""
    labels = {answer.option.iri: answer.option.label for answer in derived.answers}
    return {
        source.name: {
            labels[option]: {status: size(planes[status]) for status in STATUSES}
            for option, planes in _statuses(derived, [source.name]).items()
        }
        for source in derived.rule_base.sources
    }


def count_open_only_since(derived: Derived) -> JsonObject:
    """Return year → option → number of patients to whom it is open by then, and not by the earlier sources alone.

    A year is one in which a source in view was published; the first has none.
    """
    years = {source.name: source.published[:4] for source in derived.rule_base.sources}
    counts = {}
    for year in sorted(set(years.values()))[1:]:
        now = _statuses(derived, [name for name, published in years.items() if published <= year])
        before = _statuses(derived, [name for name, published in years.items() if published < year])
        counts[year] = {
            answer.option.label: size(
                _open(derived, now, answer.option.iri) & ~_open(derived, before, answer.option.iri)
            )
            for answer in derived.answers
        }
    return counts


def _statuses(derived: Derived, sources: list[str]) -> Mapping[str, Planes]:
    """Return option → status → rows by some of the sources in view."""
    if len(sources) == len(derived.rule_base.sources) and not derived.rule_base.own:
        return {answer.option.iri: answer.statuses for answer in derived.answers}
    return derived.statuses_by(programs_of(derived.rule_base, sources))


def _open(derived: Derived, statuses: Mapping[str, Planes], option: str) -> Plane:
    planes = statuses.get(option, {})
    return derived.rows.any(planes[status] for status in OPEN if status in planes)
