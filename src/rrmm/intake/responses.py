"""Responses and progressions: what an assessment says, by code or word."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from rrmm.errors import LONGEST_NAME
from rrmm.intake.coverage import left_over, mark_names, mark_phrases, reserved, without
from rrmm.intake.dates import Day
from rrmm.intake.drugs import embedded
from rrmm.intake.notes import UNREAD, takes_back
from rrmm.intake.records import Observation, Record
from rrmm.intake.scopes import Scope, Treated, find_line, mark_lines, read_scope
from rrmm.intake.tables import ABSENCE, DOUBT, Tables
from rrmm.spelling import plain

MOST_ROUNDS = 10
CONTRADICTED = "signs of progression beside what is no progression contradict it; left open"


class Response(NamedTuple):
    """A response of IMWG's grades on a day."""

    grade: str
    day: Day
    source: str
    scope: Scope = Scope()


class Progression(NamedTuple):
    """A progression or relapse on a day, in the words of the record."""

    day: Day
    source: str
    kind: str
    text: str
    scope: Scope = Scope()


class Statement(NamedTuple):
    """What a text states: progression or relapse, or a grade."""

    kind: str = ""
    grade: str = ""


class Responses:
    """The responses and progressions of a record, each in the order of their days."""

    def __init__(self, tables: Tables, record: Record) -> None:
        self.tables, self.record = tables, record
        self.grades = tables.labels("response rank")
        self.responses: list[Response] = []
        self.progressions: list[Progression] = []

    def read(self, observation: Observation) -> None:
        """Take an observation of the response: what its value states as a whole, else what a note states alone."""
        values = tuple(dict.fromkeys(filter(None, [observation.text, *observation.value.words])))
        said = next(iter((*values, *observation.notes)), observation.concept.shown)
        what = f"{observation.source}: {said}"
        if not values and not observation.notes and not observation.value:
            self.record.misunderstand(what, "a response without a value")
        elif observation.day is None:
            self.record.misunderstand(what, "a response without a date")
        elif stated := self._stated(observation, values, what):
            self._name_notes(observation, set(stated.values()))
            self._keep(observation, observation.day, stated, what)

    def _stated(self, observation: Observation, values: Sequence[str], what: str) -> dict[str, Statement]:
        """Return what the texts of an observation state, or its code; list where they state nothing."""
        stated = self._statements(values, observation.day)
        coded = any(self.tables.by_code("progression code", coding.curie) for coding in observation.value.codings)
        if coded and not any(one.kind for one in stated.values()):
            if stated or any(self._takes_back(text) for text in values):
                self.record.misunderstand(what, "the code says progression, the words do not; left open")
                return {}
            for text in values:
                self.record.misunderstand(f"{observation.source}: {text}", "words beside the code; not read")
            stated = {observation.value.codings[0].curie: Statement("progression")}
        if not values or any(one.kind for one in stated.values()):
            notes = self._statements(observation.notes, observation.day)
            stated |= {text: one for text, one in notes.items() if one.kind or not stated}
        shown = any(self._shows_progression(text) for text in values)
        if shown and not any(one.kind for one in stated.values()):
            self.record.misunderstand(what, CONTRADICTED)
            return {}
        if not stated:
            self.record.misunderstand(what, "it names no IMWG response")
        for text in values if stated else ():
            if text not in stated:
                self.record.misunderstand(f"{observation.source}: {text}", "words beside the response; not read")
        return stated

    def _shows_progression(self, text: str) -> bool:
        """Return whether a text has a sign of progression that it does not deny."""
        folded = without(self.tables, self.tables.fold(text), "denied beside a response")
        return self.tables.by_text("sign of progression", folded) is not None

    def _statements(self, texts: Sequence[str], day: Day | None) -> dict[str, Statement]:
        return {text: statement for text in texts if (statement := self._state(text, day))}

    def _keep(self, observation: Observation, day: Day, stated: Mapping[str, Statement], what: str) -> None:
        """Keep what an observation states, if it states one thing."""
        grades = {one.grade for one in stated.values() if one.grade}
        agreeing = [note for note in observation.notes if self._state(note, day) in set(stated.values())]
        texts = (*stated, *agreeing, observation.text, *observation.value.words, *observation.concept.words)
        scope = read_scope(self.tables, filter(None, texts))
        scope = scope._replace(said="; ".join(dict.fromkeys((scope.said, *stated))))
        if all(one.kind for one in stated.values()):
            kind = next(one.kind for one in stated.values())
            self.progressions.append(Progression(day, observation.source, kind, "; ".join(stated), scope))
        elif len(grades) == 1 and not any(one.kind for one in stated.values()):
            self.responses.append(Response(grades.pop(), day, observation.source, scope))
        else:
            self.record.misunderstand(what, "it states more than one response")

    def _name_notes(self, observation: Observation, stated: Collection[Statement]) -> None:
        """List the notes that speak of a response or progression and state another one, or none as a whole.

        Those that take something back are listed with the value.
        """
        for note in observation.notes:
            statement = self._state(note, observation.day)
            known = statement in stated or (statement and statement.kind and any(one.kind for one in stated))
            if known or takes_back(self.tables, note):
                continue
            speaks = self.tables.by_text("progression", note) or any(embedded(self.tables, note, "response"))
            what = f"{observation.source}: {note}"
            if speaks or self._shows_progression(note):
                why = "the note states another response than the value" if statement else UNREAD
                self.record.misunderstand(what, f"{why}; not read")
            else:
                self.record.ignore(UNREAD, what)

    def _takes_back(self, text: str) -> bool:
        """Return whether a text denies or doubts what its code says."""
        return bool(self.tables.plain_part(text, ABSENCE, DOUBT)[1]) or self.tables.means("progression", text) == "none"

    def _state(self, text: str, day: Day | None = None) -> Statement | None:
        """Return what a text states if it states that alone: harmless words may stand beside it, nothing else."""
        tables, folded = self.tables, plain(text[: LONGEST_NAME + 1])
        if taken := {meaning.label for meaning in tables.lexicon.taken(text, "response")} & set(self.grades):
            return _statement(taken, "", self.grades[-1])
        if reserved(tables, folded):
            return None
        folded = mark_lines(tables, without(tables, folded.replace(str(day), " "), "denied beside a response"))
        phrases = mark_phrases(folded, (rule for rule in tables.places["progression"] if rule.means != "none"))
        names = mark_names(tables, phrases.text, ("response",))
        labels = {meaning.label for meanings in names.meanings for meaning in meanings}
        beside = mark_names(tables, names.text, ("drug", "regimen", "class", "procedure")).text
        if left_over(tables, beside, "relapse type", "feature", "beside a response"):
            return None
        statement = _statement(labels, phrases.rules[0].means if phrases.rules else "", self.grades[-1])
        contradicted = statement and not statement.kind and self._shows_progression(text)
        return None if contradicted else statement

    def grade(self, *texts: str) -> str | None:
        """Return the one grade that a text states as a whole, or None."""
        stated = (self._state(text) for text in texts)
        return next((one.grade for one in stated if one and one.grade), None)

    def settle(self) -> None:
        """Sort everything by day; a response on the day of a progression contradicts it, and both are left open."""
        days = {one.day for one in self.responses} & {one.day for one in self.progressions}
        for day in sorted(days):
            said = [f"{one.text} ({one.source})" for one in self.progressions if one.day == day]
            said += [f"{one.grade} ({one.source})" for one in self.responses if one.day == day]
            self.record.misunderstand(
                f"response of {day}: {' and '.join(said)}", "progression and a response of one day; left open"
            )
        self.responses = sorted((one for one in self.responses if one.day not in days), key=lambda one: one.day)
        self.progressions = sorted((one for one in self.progressions if one.day not in days), key=lambda one: one.day)

    def keep_within(self, lines: Callable[[], Sequence[Treated]]) -> None:
        """Keep what its words put to no other line than its day does, and progressions that end their line.

        What is left out may change the lines. Where they have not settled after some rounds, nothing that names a
        line or a drug is kept.
        """
        for _ in range(MOST_ROUNDS):
            if not self.progressions and not self._named():
                return
            treated = lines()
            wrong = self._misfits(treated) | self._outlived(treated)
            if not wrong:
                return
            self._drop(wrong)
        for one in sorted(self._named(), key=lambda one: one.source):
            self.record.misunderstand(one.source, "it names a line or a drug, and the lines depend on it; left open")
        self._drop(self._named())

    def _named(self) -> set[Progression | Response]:
        """Return what names a line or a drug."""
        return {one for several in (self.progressions, self.responses) for one in several if one.scope}

    def _drop(self, dropped: Collection[Progression | Response]) -> None:
        self.progressions = [one for one in self.progressions if one not in dropped]
        self.responses = [one for one in self.responses if one not in dropped]

    def _misfits(self, lines: Sequence[Treated]) -> set[Progression | Response]:
        """Return what names another line or drug than that of its day, and list it."""
        wrong = set[Progression | Response]()
        for one in self._named():
            if why := one.scope.misfit(one.day, lines):
                self.record.misunderstand(f"{one.source}: {one.scope.said}", f"{why}; left open")
                wrong.add(one)
        return wrong

    def _outlived(self, lines: Sequence[Treated]) -> set[Progression | Response]:
        """Return progressions after which a response is recorded while their line goes on, and list them."""
        lasting = set(self.tables.labels("response that lasts"))
        responses = [one for one in self.responses if one.grade in lasting]
        days = [one.day.first for one in responses]
        wrong = set[Progression | Response]()
        for one in self.progressions if lines else ():
            line, following = find_line(one.day, lines), bisect_right(days, one.day.last)
            if one.day.first <= line.start or following == len(days):
                continue
            later = responses[following]
            is_within = later.day.last <= line.last and find_line(later.day, lines) is line
            if is_within and (later.day.first - one.day.last).days >= self.tables.limits["outlived days"]:
                why = f"{later.grade} of {later.day} ({later.source}) follows it in line {line.number}, which went on"
                self.record.misunderstand(f"{one.source}: {one.kind} {one.day}", f"{why}; left open")
                wrong.add(one)
        return wrong


def _statement(labels: Collection[str], kind: str, worst: str) -> Statement | None:
    """Return what grades and a kind of progression state together; None where they contradict, or there are none."""
    if len(labels) > 1 or (kind and set(labels) - {worst}) or not (labels or kind):
        return None
    grade = next(iter(labels), "")
    return Statement(kind or ("progression" if grade == worst else ""), grade)
