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
ANY_OF = ("class", "procedure")
GIVEN = ("drug", "regimen", *ANY_OF)
EARLIER = 0
"""The number that stands for a line before that of the day."""


class Treated(NamedTuple):
    """A line of therapy: its number, its first and last day, and the labels of its drugs and transplantations."""

    number: int
    start: date
    last: date
    drugs: frozenset[str]


class Scope(NamedTuple):
    """The lines that texts name, by number, and what they name as given in one, with all or any of its drugs.

    All stand for a drug or a regimen, any for a class or a transplantation; `said` are the texts.
    """

    lines: frozenset[int] = frozenset()
    drugs: tuple[frozenset[str], ...] = ()
    classes: tuple[tuple[str, frozenset[str]], ...] = ()
    said: str = ""

    def __bool__(self) -> bool:
        """Return whether a line or a drug is named."""
        return bool(self.lines or self.drugs or self.classes)

    def misfit(self, day: Day, lines: Sequence[Treated]) -> str:
        """Return why the line of a day is not the one that is named, "" where it is, or where there are no lines."""
        if EARLIER in self.lines:
            return f"it names an earlier line, and its day is {day}"
        if not lines:
            return ""
        line = find_line(day, lines)
        if day.first < line.start:
            return f"its day, {day}, is before the first line"
        if self.lines - {line.number}:
            return f"it names line {min(self.lines - {line.number})}, and its day, {day}, is of line {line.number}"
        missing = [" and ".join(sorted(names)) for names in self.drugs if not names <= line.drugs]
        missing += [label for label, members in self.classes if not members & line.drugs]
        if missing:
            named = missing[0]
            return f"it names {named}, and its day, {day}, is of line {line.number}: {', '.join(sorted(line.drugs))}"
        return ""


def find_line(day: Day, lines: Sequence[Treated]) -> Treated:
    """Return the line of a day: on its first day, the one before it; on days before all lines, the first."""
    return lines[max(bisect_left([line.start for line in lines], day.first), 1) - 1]


def read_scope(tables: Tables, texts: Iterable[str]) -> Scope:
    """Return the lines and drugs that the texts of a response name."""
    steroids = set(tables.labels("corticosteroid"))
    lines, drugs, classes, said = set[int](), list[frozenset[str]](), list[tuple[str, frozenset[str]]](), []
    for text in dict.fromkeys(texts):
        folded = tables.fold(text)
        numbers = {
            int(match[1] if match.groups() else rule.means)
            for rule in tables.places[LINE]
            for pattern in rule.patterns
            for match in pattern.finditer(folded)
        }
        graded = LETTER.sub(" ", mark_names(tables, mark_lines(tables, folded), ("response",)).text)
        names = mark_names(tables, graded, GIVEN).meanings
        for meanings in names:
            labels = frozenset(label for one in meanings for label in (one.drugs or (one.label,)))
            if meanings[0].where in ANY_OF:
                classes.append((meanings[0].label, labels | tables.members(meanings[0].iri or "")))
            elif labels - steroids:
                drugs.append(labels - steroids)
        lines |= numbers
        said += [text] if numbers or names else []
    return Scope(frozenset(lines), tuple(dict.fromkeys(drugs)), tuple(dict.fromkeys(classes)), "; ".join(said))


def mark_lines(tables: Tables, folded: str) -> str:
    """Return a text with a sign in the place of each line of therapy that it names."""
    return mark_phrases(folded, tables.places[LINE]).text
