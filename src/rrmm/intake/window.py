"""What counts at the index date: records dated on it or before; without a given date, the last dated fact."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from rrmm.intake.dates import Day
from rrmm.intake.records import Record


def last_fact(record: Record) -> date | None:
    """Return the day of the last clinical fact of a record, or None where nothing has a day."""
    return max((day.last for day in _days(record)), default=None)


def _days(record: Record) -> Iterator[Day]:
    for exposure in record.exposures:
        if exposure.start and not exposure.ongoing:
            yield exposure.end if exposure.end and exposure.kind == "administration" else exposure.start
        elif exposure.start:
            yield exposure.start
    for dated in (*record.observations, *record.procedures, *record.texts):
        if dated.day:
            yield dated.day
    for condition in record.conditions:
        if condition.start:
            yield condition.start
    if record.person.last_seen:
        yield record.person.last_seen


def at(record: Record, index: date) -> Record:
    """Return a record as it was on the index date; what began later is ignored, and counted."""
    later = f"after the index date {index.isoformat()}"
    kept = Record.of(record.person)
    kept.ignored.update({reason: list(items) for reason, items in record.ignored.items()})
    kept.not_understood.extend(record.not_understood)
    kept.assumed.extend(record.assumed)
    for exposure in record.exposures:
        if exposure.start and exposure.start.first > index:
            kept.ignore(later, f"{exposure.source}: {exposure.concept.shown}")
        elif exposure.end and exposure.end.first > index:
            kept.exposures.append(exposure._replace(end=None, ongoing=True, stop=()))
        else:
            kept.exposures.append(exposure)
    for observation in record.observations:
        if observation.day and observation.day.first > index:
            kept.ignore(later, f"{observation.source}: {observation.concept.shown}")
        else:
            kept.observations.append(observation)
    for condition in record.conditions:
        if condition.start and condition.start.first > index:
            kept.ignore(later, f"{condition.source}: {condition.concept.shown}")
        else:
            kept.conditions.append(condition)
    for procedure in record.procedures:
        if procedure.day and procedure.day.first > index:
            kept.ignore(later, f"{procedure.source}: {procedure.concept.shown}")
        else:
            kept.procedures.append(procedure)
    for text in record.texts:
        if text.day and text.day.first > index:
            kept.ignore(later, f"{text.source}: {text.title}")
        else:
            kept.texts.append(text)
    return kept
