"""Responses and progressions: what an assessment says, by code or word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rrmm.intake.dates import Day
from rrmm.intake.drugs import embedded
from rrmm.intake.records import Observation, Record
from rrmm.intake.tables import ABSENCE, DOUBT, Tables
from rrmm.spelling import plain


class Response(NamedTuple):
    """A response of IMWG's grades on a day."""

    grade: str
    day: Day
    source: str


class Progression(NamedTuple):
    """A progression or relapse on a day, in the words of the record."""

    day: Day
    source: str
    kind: str
    text: str


class Responses:
    """The responses and progressions of a record, each in the order of their days."""

    def __init__(self, tables: Tables, record: Record) -> None:
        self.tables, self.record = tables, record
        self.grades = tables.labels("response rank")
        self.responses: list[Response] = []
        self.progressions: list[Progression] = []

    def read(self, observation: Observation) -> None:
        """Take an observation of the response."""
        texts = tuple(filter(None, [observation.text, *observation.value.words, *observation.notes]))
        what = f"{observation.source}: {next(iter(texts), observation.concept.shown)}"
        if not texts and not observation.value:
            self.record.misunderstand(what, "a response without a value")
            return
        if observation.day is None:
            self.record.misunderstand(what, "a response without a date")
            return
        if kind := self._progression(observation):
            shown = "; ".join(dict.fromkeys(texts))
            self.progressions.append(Progression(observation.day, observation.source, kind, shown))
        elif grade := self.grade(*texts):
            self.responses.append(Response(grade, observation.day, observation.source))
        else:
            self.record.misunderstand(what, "it names no IMWG response")

    def _progression(self, observation: Observation) -> str | None:
        """Return progression or relapse where an assessment states one; the words count before the code."""
        for text in filter(None, (observation.text, observation.value.text, *observation.notes[:1])):
            if means := self._says_progression(text):
                return None if means == "none" else means
        coded = any(self.tables.by_code("progression code", coding.curie) for coding in observation.value.codings)
        if coded:
            return "progression"
        means = next(filter(None, map(self._says_progression, observation.value.words)), None)
        return None if means == "none" else means

    def _says_progression(self, text: str) -> str | None:
        """Return progression or relapse where a text states one, "none" where it denies or doubts it."""
        means = self.tables.means("progression", text)
        if means in {None, "none"}:
            return means
        return self.tables.means("progression", self.tables.plain_part(text, ABSENCE, DOUBT)[0]) or "none"

    def grade(self, *texts: str) -> str | None:
        """Return the one grade that a text names without reservation, or None."""
        for text in texts:
            taken = [m.label for m in self.tables.lexicon.taken(text, "response")]
            named = set(taken or self._named(self.tables.plain_part(text, ABSENCE, DOUBT)[0]))
            if len(named) == 1 and named <= set(self.grades):
                return named.pop()
        return None

    def _named(self, text: str) -> Iterator[str]:
        """Yield the grades inside a text."""
        yield from (meaning.label for meaning in embedded(self.tables, text, "response"))
        words = set(plain(text).replace(",", " ").split())
        yield from (grade for grade in self.grades if grade.casefold() in words)

    def settle(self) -> None:
        """Sort everything by day."""
        self.responses.sort(key=lambda one: one.day)
        self.progressions.sort(key=lambda one: one.day)
