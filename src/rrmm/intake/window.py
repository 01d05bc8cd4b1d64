"""What counts at the index date: records dated on it or before; without a given date, the last dated fact."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from rrmm.intake.dates import Day
from rrmm.intake.records import Condition, Exposure, Observation, Procedure, Record, Text

Dated = TypeVar("Dated", Condition, Exposure, Observation, Procedure, Text)


def last_fact(record: Record) -> date | None:
    """Return the day of the last clinical fact of a record, or None where nothing has a day."""
    return max((day.last for day in _days(record)), default=None)


def _days(record: Record) -> Iterator[Day]:
    for exposure in record.exposures:
        if exposure.start:
            yield exposure.start
            if exposure.end and _is_fact(exposure):
                yield exposure.end
    for day in [
        *(one.day for one in record.observations),
        *(one.day for one in record.procedures),
        *(one.day for one in record.texts),
        *(one.start for one in record.conditions),
        record.person.last_seen,
    ]:
        if day:
            yield day


def _is_fact(exposure: Exposure) -> bool:
    """Return whether the end of a drug is a fact: it was given to then, or the record says that it ended, or why.

    The end of a prescription is that of its validity.
    """
    told = exposure.kind == "statement" and (exposure.ended or bool(exposure.stop))
    return told or (exposure.kind == "administration" and not exposure.ongoing)


def at(record: Record, index: date) -> Record:
    """Return a record as it was on the index date; what began later is ignored, and counted."""
    later = f"after the index date {index.isoformat()}"
    ignored = {reason: list(items) for reason, items in record.ignored.items()}

    def keep(items: Sequence[Dated], day: Callable[[Dated], Day | None], name: Callable[[Dated], str]) -> list[Dated]:
        kept = []
        for one in items:
            begin = day(one)
            if begin and begin.first > index:
                ignored.setdefault(later, []).append(f"{one.source}: {name(one)}")
            else:
                kept.append(one)
        return kept

    exposures = keep(record.exposures, lambda one: one.start, lambda one: one.concept.shown)
    for one in exposures:
        if one.end and one.end.first > index and (one.stop or one.ended):
            why = f", {'; '.join(one.stop)}" if one.stop else ""
            ignored.setdefault(later, []).append(f"{one.source}: {one.concept.shown}: ended on {one.end}{why}")
    return record._replace(
        exposures=[_until(one, index) for one in exposures],
        observations=keep(record.observations, lambda one: one.day, lambda one: one.concept.shown),
        conditions=keep(record.conditions, lambda one: one.start, lambda one: one.concept.shown),
        procedures=keep(record.procedures, lambda one: one.day, lambda one: one.concept.shown),
        texts=keep(record.texts, lambda one: one.day, lambda one: one.title),
        ignored=ignored,
        not_understood=dict(record.not_understood),
        assumed=dict(record.assumed),
    )


def _until(exposure: Exposure, index: date) -> Exposure:
    """Return an exposure as it was known on a day: one that ends later goes on."""
    if exposure.end and exposure.end.first > index:
        return exposure._replace(end=None, ongoing=True, stop=())
    return exposure
