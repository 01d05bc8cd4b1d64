"""Lines of therapy: the rule of reasons where the record has reasons, the rule of dates where it has none.

A planned course is one line; a change of plan for progression, relapse, insufficient response or toxicity begins
another (IMWG). Without a reason dates decide, as in OHDSI's algorithm for episodes. Each line says which was used.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import zip_longest
from typing import NamedTuple

from rrmm.errors import PatientError
from rrmm.intake.dates import Day
from rrmm.intake.drugs import Drug
from rrmm.intake.records import Exposure, Record
from rrmm.intake.responses import Progression
from rrmm.intake.tables import Tables
from rrmm.intake.wording import FAILURES, stop_reason

MOST_CARRIED = 5_000
NEVER = Day(date.min, date.min)
BY_REASONS, BY_DATES, STATED = "reasons", "dates", "stated in the record"


class Given(NamedTuple):
    """An exposure with a drug that it names; None for a drug without a name."""

    drug: Drug | None
    exposure: Exposure


class Stretch(NamedTuple):
    """One drug, given without a long gap: its exposures, and when it was given."""

    drug: Drug | None
    exposures: tuple[Exposure, ...]
    start: Day
    end: Day | None
    ongoing: bool
    transplant: bool = False

    @property
    def last(self) -> date:
        """The last day that is known of."""
        return max(self.end.last if self.end else self.start.last, self.start.last)


class Line(NamedTuple):
    """One line of therapy: its number, its stretches, and why it began."""

    number: int
    start: date
    stretches: list[Stretch]
    rule: str
    why: str


class Begun(NamedTuple):
    """Whether a stretch begins a line, by which rule, and why."""

    begins: bool
    rule: str
    why: str


class _Known:
    """What of the stretches of a line decides whether another belongs to it."""

    def __init__(self) -> None:
        self.last = self.transplanted = date.min
        self.drugs: dict[Drug | None, date] = {}
        self.paused = False
        self.failed: list[tuple[date, str]] = []
        self.failed_first = date.max
        self.toxic: list[tuple[date, str]] = []
        self.toxic_days: list[date] = []

    def carry(self, start: date) -> _Known:
        """Return what is known of a line that begins: the drugs of the one before that go on."""
        following = _Known()
        following.drugs = {drug: last for drug, last in self.drugs.items() if last > start}
        return following

    def add(self, stretch: Stretch, reasons: Mapping[str | None, Exposure]) -> None:
        """Add a stretch, with the last exposure that was stopped for each reason."""
        last = stretch.last
        self.last = max(self.last, last)
        self.drugs[stretch.drug] = max(self.drugs.get(stretch.drug, last), last)
        self.paused = self.paused or "pause" in reasons
        if stretch.transplant:
            self.transplanted = max(self.transplanted, stretch.start.first)
        if failure := next((reason for reason in FAILURES if reason in reasons), None):
            self.failed.append((last, f"{failure} ended {_label(stretch)} ({reasons[failure].source})"))
            self.failed_first = min(self.failed_first, last)
        if "toxicity" in reasons:
            why = f"{_label(stretch)} was replaced for toxicity ({reasons['toxicity'].source})"
            self.toxic.append((last, why))
            insort(self.toxic_days, last)


class Lines:
    """Finds the lines of therapy of a record."""

    def __init__(self, tables: Tables, record: Record, progressions: Sequence[Progression]) -> None:
        self.tables, self.record = tables, record
        self.progressions = sorted(progressions, key=lambda one: one.day)
        self.days = [one.day.first for one in self.progressions]
        self.limits = tables.limits
        self.carried = 0

    def find(self, given: Iterable[Given], transplants: Sequence[tuple[Day, str]]) -> list[Line]:
        """Return the lines, in order; steroids belong to the line during which they were given."""
        stretches = self._stretches([one for one in given if one.exposure.start])
        main = [stretch for stretch in stretches if not (stretch.drug and stretch.drug.steroid)]
        steroids = [stretch for stretch in stretches if stretch.drug and stretch.drug.steroid]
        main += [Stretch(None, (), day, day, False, True) for day, _ in transplants]
        main.sort(key=lambda stretch: (stretch.start, stretch.transplant, stretch.drug.label if stretch.drug else ""))
        lines = self._stated(main) or self._counted(main)
        for stretch in steroids:
            self._place(stretch, lines)
        return [self._divided(line, following) for line, following in zip_longest(lines, lines[1:])]

    # -- stretches

    def _stretches(self, given: list[Given]) -> list[Stretch]:
        by_drug: dict[object, list[Given]] = {}
        for one in given:
            by_drug.setdefault(one.drug or one.exposure.source, []).append(one)
        stretches = []
        for several in by_drug.values():
            several.sort(key=lambda one: (one.exposure.start, one.exposure.end or one.exposure.start))
            group = _Group()
            for one in several:
                if group.exposures and not self._continues(group, one.exposure):
                    stretches.append(group.stretch(several[0].drug))
                    group = _Group()
                group.add(one.exposure, failed=self._reason(one.exposure) in FAILURES)
            stretches.append(group.stretch(several[0].drug))
        return stretches

    def _continues(self, group: _Group, following: Exposure) -> bool:
        if group.ongoing or following.start is None:
            return True
        if following.line and group.lines and following.line not in group.lines:
            return False
        gap = (following.start.first - group.last).days
        return gap <= self.limits["gap days"] and not (gap > 0 and self._plan_changed(group, following))

    def _plan_changed(self, group: _Group, following: Exposure) -> bool:
        """Whether a progression stands between two stretches of one drug, and not merely within a long one.

        A dose on the very day of a progression is the last one before it.
        """
        start = following.start or NEVER
        count = bisect_left if following.end == start else bisect_right
        until = count(self.days, start.first)
        progressed = bisect_right(self.days, group.start.first) < until
        return group.failed or (progressed and bisect_left(self.days, group.last) < until)

    # -- stated lines

    def _stated(self, main: list[Stretch]) -> list[Line]:
        """Return the lines that the record states, if it states most of them, in the order of their dates."""
        drugs = [stretch for stretch in main if not stretch.transplant]
        numbers = {id(stretch): _number(stretch) for stretch in drugs}
        if not drugs or 2 * sum(1 for n in numbers.values() if n) < len(drugs):
            return []
        starts: dict[int, date] = {}
        for stretch in drugs:
            number = numbers[id(stretch)]
            if number:
                starts[number] = min(starts.get(number, stretch.start.first), stretch.start.first)
        ordered = sorted(starts)
        if [starts[number] for number in ordered] != sorted(starts.values()):
            self.record.misunderstand(
                f"lines {ordered} as stated", "their order is not that of their dates; counted anew"
            )
            return []
        lines = {number: Line(number, starts[number], [], STATED, f"stated as line {number}") for number in ordered}
        margin = timedelta(days=self.limits["together days"])
        for stretch in main:
            number = numbers.get(id(stretch)) or max(
                (n for n in ordered if starts[n] <= stretch.start.first + margin), default=ordered[0]
            )
            lines[number].stretches.append(stretch)
        return list(lines.values())

    # -- counted lines

    def _counted(self, main: list[Stretch]) -> list[Line]:
        lines: list[Line] = []
        known = _Known()
        drugs = [stretch for stretch in main if not stretch.transplant]
        for stretch in main:
            begins, rule, why = (
                self._begins(lines[-1], known, stretch, drugs)
                if lines
                else Begun(True, BY_REASONS, "the first treatment")
            )
            if begins:
                lines.append(Line(len(lines) + 1, stretch.start.first, [], rule, why))
                known = known.carry(stretch.start.first)
            lines[-1].stretches.append(stretch)
            known.add(stretch, {self._reason(one): one for one in stretch.exposures})
        return lines

    def _together(self, drugs: Sequence[Stretch], new: Stretch) -> range:
        """Return the places of the stretches of drugs, in the order of their starts, that begin together with one."""
        margin = timedelta(days=self.limits["together days"])
        first = bisect_left(drugs, new.start.first - margin, key=lambda one: one.start.first)
        return range(first, bisect_right(drugs, new.start.first + margin, key=lambda one: one.start.first))

    def _begins(self, line: Line, known: _Known, new: Stretch, drugs: Sequence[Stretch]) -> Begun:
        """Return whether a stretch begins a new line, by which rule, and why."""
        together = (new.start.first - line.start).days <= self.limits["together days"]
        return (
            (None if self._goes_on(known, new, drugs) else self._after_progression(line, new))
            or (None if together else self._after_failure(known, new))
            or self._as_planned(known, new, together=together)
            or self._after_toxicity(known, new)
            or self._by_dates(known, new, drugs)
        )

    def _goes_on(self, known: _Known, new: Stretch, drugs: Sequence[Stretch]) -> bool:
        """Return whether doses of a drug go on without a pause, and no other drug joins it: the plan is not changed.

        An order or statement that begins after a progression is a decision of its own.
        """
        last = known.drugs.get(new.drug)
        if last is None or new.drug is None or (new.start.first - last).days > self.limits["pause days"]:
            return False
        beside = (drugs[place] for place in self._together(drugs, new))
        joined = any(one.drug not in known.drugs and one.start.first <= new.last for one in beside)
        return not joined and all(one.kind == "administration" for one in new.exposures)

    def _after_progression(self, line: Line, new: Stretch) -> Begun | None:
        first = bisect_right(self.days, line.start)
        if first == bisect_right(self.days, new.start.first, lo=first):
            return None
        progression = self.progressions[first]
        return Begun(True, BY_REASONS, f"{progression.kind} of {progression.day} ({progression.source})")

    def _after_failure(self, known: _Known, new: Stretch) -> Begun | None:
        if known.failed_first <= new.start.first:
            return Begun(True, BY_REASONS, next(why for last, why in known.failed if last <= new.start.first))
        if "relapse" in self._uses(new):
            return Begun(True, BY_REASONS, f"{_label(new)} was begun for relapse or insufficient response")
        return None

    def _as_planned(self, known: _Known, new: Stretch, *, together: bool) -> Begun | None:
        """Return that a stretch belongs to the planned course, if it does."""
        if new.transplant:
            return Begun(False, BY_REASONS, "a transplantation without progression before it")
        if together:
            return Begun(False, BY_DATES, "begun together")
        uses = self._uses(new)
        if uses & {"maintenance", "consolidation", "induction"}:
            return Begun(False, BY_REASONS, f"{_label(new)} is {' and '.join(sorted(uses))} of the planned course")
        days = (new.start.first - known.transplanted).days if known.transplanted > date.min else -1
        if 0 <= days <= self.limits["after transplantation days"]:
            return Begun(False, BY_REASONS, "it follows the transplantation")
        return None

    def _after_toxicity(self, known: _Known, new: Stretch) -> Begun | None:
        if new.drug in known.drugs:
            return None
        most = timedelta(days=self.limits["toxicity switch days"])
        after = bisect_left(known.toxic_days, new.start.first - most)
        if after == bisect_right(known.toxic_days, new.start.first):
            return None
        return Begun(True, BY_REASONS, next(why for last, why in known.toxic if last <= new.start.first <= last + most))

    def _by_dates(self, known: _Known, new: Stretch, drugs: Sequence[Stretch]) -> Begun:
        near = (new.start.first - known.last).days <= self.limits["gap days"]
        if new.drug in known.drugs and (known.paused or near):
            return Begun(False, BY_REASONS if known.paused else BY_DATES, "given again after a pause")
        if self._is_maintenance(known, new, drugs):
            days = f"{self.limits['maintenance days']:g}"
            return Begun(False, BY_DATES, f"{_label(new)} alone within {days} days is maintenance")
        days = f"{self.limits['together days']:g}"
        return Begun(True, BY_DATES, f"no reason is recorded; {_label(new)} was begun after the first {days} days")

    def _is_maintenance(self, known: _Known, new: Stretch, drugs: Sequence[Stretch]) -> bool:
        labels = {drug.label for drug in known.drugs if drug}
        allowed = set(self.tables.labels("maintenance drug"))
        allowed |= labels & set(self.tables.labels("maintenance drug if had"))
        within = (new.start.first - known.last).days <= self.limits["maintenance days"]
        alone = len(self._together(drugs, new)) == 1
        return bool(new.drug and new.drug.label in allowed and alone and within and len(labels) > 1)

    # -- reasons

    def _reason(self, exposure: Exposure) -> str | None:
        return stop_reason(self.tables, self.record, exposure)

    def _uses(self, stretch: Stretch) -> set[str]:
        uses = (self.tables.means("use", *one.use, *one.notes) for one in stretch.exposures)
        return {use for use in uses if use}

    # -- steroids, and drugs that go on into the next line

    def _place(self, stretch: Stretch, lines: list[Line]) -> None:
        number = _number(stretch)
        stated = next((line for line in lines if line.number == number and line.rule == STATED), None)
        margin = timedelta(days=self.limits["together days"])
        begun = [line for line in lines if line.start <= stretch.start.first + margin]
        if stated or begun:
            (stated or begun[-1]).stretches.append(stretch)
        elif lines:
            self.record.misunderstand(
                f"{_label(stretch)} from {stretch.start}", "before the first line; not counted as a line, not listed"
            )
        else:
            lines.append(Line(1, stretch.start.first, [stretch], BY_REASONS, "the only treatment"))

    def _divided(self, line: Line, following: Line | None) -> Line:
        """End a line's stretches where the next line begins; a drug that goes on belongs to that line too.

        Raises PatientError where many drugs go on through many lines: each of both is an entry of prior drugs.
        """
        if following is None or line.rule == STATED:
            return line
        margin = timedelta(days=self.limits["together days"])
        kept = []
        drugs = {stretch.drug for stretch in following.stretches}
        border = Day(following.start, following.start)
        for stretch in line.stretches:
            goes_on = stretch.ongoing or (stretch.end is not None and stretch.end.first > following.start + margin)
            if goes_on and not stretch.transplant and stretch.start.first < following.start:
                kept.append(stretch._replace(end=border, ongoing=False))
                if stretch.drug not in drugs:
                    drugs.add(stretch.drug)
                    following.stretches.append(stretch._replace(start=border))
                    self.carried += 1
            else:
                kept.append(stretch)
        if self.carried > MOST_CARRIED:
            problem = "its drugs go on through more lines than a course of treatment has. Give each drug its end."
            raise PatientError(f"{self.record.person.source}: {problem}")
        return line._replace(stretches=kept)


class _Group:
    """The exposures of one stretch, added in the order of their starts, and what is known of them so far."""

    def __init__(self) -> None:
        self.exposures: list[Exposure] = []
        self.start = self.latest = NEVER
        self.end: Day | None = None
        self.is_open = self.ongoing = self.failed = False
        self.lines: set[int] = set()

    def add(self, one: Exposure, *, failed: bool) -> None:
        """Add an exposure; `failed` tells that it was stopped for want of effect."""
        start = one.start or NEVER
        if not self.exposures or start > self.latest:
            self.start, self.latest = self.start if self.exposures else start, start
            self.is_open = one.end is None and not one.ongoing
        self.exposures.append(one)
        if one.end and (self.end is None or one.end.last > self.end.last):
            self.end = one.end
        self.ongoing, self.failed = self.ongoing or one.ongoing, self.failed or failed
        self.lines |= {one.line} if one.line else set()

    @property
    def last_end(self) -> Day | None:
        """The last day on which it was given; None where that is unknown, or it goes on."""
        unknown = self.is_open and (self.end is None or self.latest.first > self.end.last)
        return None if unknown or self.ongoing else self.end

    @property
    def last(self) -> date:
        """The last day that is known of."""
        return max(self.last_end.last if self.last_end else self.start.last, self.start.last)

    def stretch(self, drug: Drug | None) -> Stretch:
        """Return the stretch."""
        return Stretch(drug, tuple(self.exposures), self.start, self.last_end, self.ongoing)


def last_certain(given: Exposure | Stretch) -> date:
    """Return the last day on which a drug was certainly given: of a supply, and without an end, the first."""
    known = given.end or given.start
    return date.max if given.ongoing or known is None else known.first


def _number(stretch: Stretch) -> int | None:
    stated = {one.line for one in stretch.exposures if one.line}
    return stated.pop() if len(stated) == 1 else None


def _label(stretch: Stretch) -> str:
    if stretch.transplant:
        return "the transplantation"
    return stretch.drug.label if stretch.drug else "a drug without a name"
