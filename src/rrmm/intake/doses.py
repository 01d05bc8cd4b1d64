"""The last dose of a drug: its day, or why it is not known; sources that disagree leave it open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from rrmm.intake.dates import Day
from rrmm.intake.lines import Stretch
from rrmm.intake.records import Exposure
from rrmm.intake.tables import Tables


class LastDose(NamedTuple):
    """The last dose of a drug in a line: the days that it can be of, and `problem`, why its day is not known."""

    day: Day | None
    ongoing: bool
    problem: str
    sources: tuple[str, ...]


def last_dose(tables: Tables, stretches: Sequence[Stretch]) -> LastDose:
    """Return the last dose of a drug in some stretches, unless sources disagree or its day is not known."""
    exposures = [one for stretch in stretches for one in stretch.exposures]
    sources = tuple(one.source for one in exposures)
    final = max(stretches, key=lambda stretch: stretch.start)
    by_kind: dict[str, tuple[date | None, str]] = {}
    starts: dict[date, list[Exposure]] = {}
    for one in final.exposures:
        end = None if one.ongoing else one.end.last if one.end else None
        if one.ongoing or end:
            known = by_kind.get(one.kind)
            if known is None or (known[0] is not None and (end is None or end > known[0])):
                by_kind[one.kind] = (end, one.source)
        if one.start and (one.end or one.ongoing):
            starts.setdefault(one.start.first, []).append(one)
    clash = _clash(tables, list(by_kind.values()))
    for same in starts.values():
        spans = [one for one in same if one.ongoing or (one.end and one.start and one.end.last > one.start.first)]
        clash = clash or _clash(tables, [(None if s.ongoing or not s.end else s.end.last, s.source) for s in spans])
    if clash:
        return LastDose(None, False, f"two sources disagree on the last dose ({clash})", sources)
    if final.ongoing:
        return LastDose(None, True, "", sources)
    if final.end is None:
        return LastDose(None, False, "no last dose is recorded", sources)
    if not final.end.exact:
        return LastDose(final.end, False, f"the day of the last dose is not known ({final.end})", sources)
    return LastDose(final.end, False, "", sources)


def _clash(tables: Tables, ends: list[tuple[date | None, str]]) -> str:
    """Return how some last doses disagree, or an empty text; None is a drug that goes on."""
    days = [end for end, _ in ends if end is not None]
    apart = len(days) > 1 and (max(days) - min(days)).days > tables.limits["last dose agreement days"]
    if len(ends) > 1 and (apart or (days and len(days) < len(ends))):
        return " and ".join(f"{source}: {end or 'goes on'}" for end, source in ends)
    return ""
