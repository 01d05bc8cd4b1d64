"""Of which line, or under which drug, a response is said to be: it counts where the line of its day is that line.

A date alone puts a response to a line. Where its words name another line, or a drug of another, it is left open.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from rrmm.intake.coverage import mark_names, mark_phrases
from rrmm.intake.dates import Day
from rrmm.intake.tables import Tables

LINE = "line of a response"
LETTER = re.compile(r"(?<![\w-])\w(?![\w-])")
"""A letter alone is no drug here, as it is in the name of a regimen."""
GIVEN = ("drug", "regimen")
EARLIER = 0
"""The number that stands for a line before that of the day."""


class Treated(NamedTuple):
    """A line of therapy: its number, its first day, and the labels of its drugs."""

    number: int
    start: date
    drugs: frozenset[str]


class Scope(NamedTuple):
    """The lines that texts name, by number, and the drugs of each name of a drug or regimen; `said` by whom."""

    lines: frozenset[int] = frozenset()
    drugs: tuple[frozenset[str], ...] = ()
    said: str = ""

    def __bool__(self) -> bool:
        """Return whether a line or a drug is named."""
        return bool(self.lines or self.drugs)

    def misfit(self, day: Day, lines: Sequence[Treated]) -> str:
        """Return why the line of a day is not the one that is named, "" where it is, or where there are no lines."""
        if EARLIER in self.lines:
            return f"it names an earlier line, and its day is {day}"
        if not lines:
            return ""
        number = max(bisect_left([line.start for line in lines], day.first), 1)
        line = lines[number - 1]
        if day.first < line.start:
            return f"its day, {day}, is before the first line"
        if self.lines - {line.number}:
            return f"it names line {min(self.lines - {line.number})}, and its day, {day}, is of line {line.number}"
        if missing := next((names for names in self.drugs if not names <= line.drugs), None):
            named = " and ".join(sorted(missing))
            return f"it names {named}, and its day, {day}, is of line {line.number}: {', '.join(sorted(line.drugs))}"
        return ""


def read_scope(tables: Tables, texts: Iterable[str]) -> Scope:
    """Return the lines and drugs that the texts of a response name."""
    steroids = set(tables.labels("corticosteroid"))
    lines, drugs, said = set[int](), list[frozenset[str]](), []
    for text in dict.fromkeys(texts):
        folded = tables.fold(text)
        numbers = {
            int(match[1] if match.groups() else rule.means)
            for rule in tables.places[LINE]
            for pattern in rule.patterns
            for match in pattern.finditer(folded)
        }
        graded = LETTER.sub(" ", mark_names(tables, mark_lines(tables, folded), ("response",)).text)
        names = [
            frozenset(label for one in meanings for label in (one.drugs or (one.label,)))
            for meanings in mark_names(tables, graded, GIVEN).meanings
        ]
        lines |= numbers
        drugs += [labels - steroids or labels for labels in names]
        said += [text] if numbers or names else []
    return Scope(frozenset(lines), tuple(dict.fromkeys(drugs)), "; ".join(said))


def mark_lines(tables: Tables, folded: str) -> str:
    """Return a text with a sign in the place of each line of therapy that it names."""
    return mark_phrases(folded, tables.places[LINE]).text
