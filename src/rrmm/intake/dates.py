"""Dates of records: a day, or the days that a partial date can mean."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import NamedTuple

DATE = re.compile(r"\s*(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ].*)?)?)?\s*", re.DOTALL)
COMPACT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})\s*")
YEARS = range(1850, 2200)  # of a patient; others stand for what is open or unknown
LONGEST_YEARS = 150
DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T.*)?")


class Day(NamedTuple):
    """A date as a record gives it: the first and the last day that it can mean."""

    first: date
    last: date

    @property
    def exact(self) -> bool:
        """Whether the day is known."""
        return self.first == self.last

    def __str__(self) -> str:
        """Return the date as precise as it is."""
        if self.exact:
            return self.first.isoformat()
        if self.first.day == 1 and self.last.day == monthrange(self.last.year, self.last.month)[1]:
            if (self.first.year, self.first.month) == (self.last.year, self.last.month):
                return f"{self.first:%Y-%m}"
            if self.first.year == self.last.year and self.first.month == 1 and self.last.month == 12:
                return f"{self.first:%Y}"
        return f"{self.first.isoformat()} to {self.last.isoformat()}"


def read(text: object) -> Day | None:
    """Return the day of an ISO date or time, a partial one with all days it can mean; None for anything else.

    >>> str(read("2023-03")), read("2023-03").exact, str(read("2026-02-02T09:00:00Z")), read("soon")
    ('2023-03', False, '2026-02-02', None)
    """
    match = DATE.fullmatch(str(text)) or COMPACT.fullmatch(str(text))
    if not match:
        return None
    year = int(match[1])
    month, day = (int(part) if part else None for part in match.groups()[1:])
    if year not in YEARS:
        return None
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if day:
        return Day(first, first)
    if month:
        return Day(first, first.replace(day=monthrange(first.year, month)[1]))
    return Day(first, date(first.year, 12, 31))


def is_date(text: str) -> bool:
    """Return whether a text is a date of the calendar, of whatever year.

    >>> is_date("9999-12-31"), is_date("03/10/2025"), is_date("2024-02-30")
    (True, False, False)
    """
    match = DATE.fullmatch(text) or COMPACT.fullmatch(text)
    if not match:
        return False
    year, month, day = (int(part) if part else 1 for part in match.groups())
    try:
        date(max(year, 1), month, day)
    except ValueError:
        return False
    return True


def on(day: date) -> Day:
    """Return a known day."""
    return Day(day, day)


def age(birth: Day, at: date) -> tuple[int, int]:
    """Return the smallest and the largest age in years on a day.

    >>> age(read("1954-05-11"), date(2026, 2, 16)), age(read("1954"), date(2026, 2, 16))
    ((71, 71), (71, 72))
    """
    return _years(birth.last, at), _years(birth.first, at)


def _years(birth: date, at: date) -> int:
    return at.year - birth.year - ((at.month, at.day) < (birth.month, birth.day))


def after(start: Day, duration: object) -> Day | None:
    """Return the days on which an age given as an ISO duration is reached, as precise as it is written."""
    match = DURATION.fullmatch(str(duration))
    if not match or not any(match.groups()):
        return None
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    if years + months / 12 + weeks / 52 + days / 365 > LONGEST_YEARS:
        return None
    exact = match[4] is not None
    width = 0 if exact else 30 if match[2] else 365
    begin = _later(start.first, years, months) + timedelta(days=7 * weeks + days)
    end = _later(start.last, years, months) + timedelta(days=7 * weeks + days + width)
    return Day(begin, end)


def _later(day: date, years: int, months: int) -> date:
    total = day.month - 1 + months
    year, month = day.year + years + total // 12, total % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
