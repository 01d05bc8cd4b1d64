"""Prior drugs: one entry a drug and line, with the 60-day rule, toxicity, response, and duration."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar

from rrmm.intake.doses import LastDose, last_dose
from rrmm.intake.drugs import Drug, embedded
from rrmm.intake.lines import Line, Stretch, last_certain
from rrmm.intake.records import Exposure, Record
from rrmm.intake.responses import Progression, Response, Responses
from rrmm.intake.result import Draft
from rrmm.intake.tables import Tables
from rrmm.intake.wording import PROGRESSION, TOXICITY, regimen_stated, stop_reason
from rrmm.patient.lines import name_entry

DRUGS = "prior_drugs"
REFRACTORY, RELAPSED, INTOLERANT = "refractory", "relapsed_not_refractory", "intolerant"
Dated = TypeVar("Dated", Progression, Response)


class Ended(NamedTuple):
    """How a line ended: its progression, the responses within it, and when the next line began, or the index date."""

    progression: Progression | None
    responses: list[Response]
    until: date


class Courses:
    """Fills the prior drugs of a patient file."""

    def __init__(self, tables: Tables, record: Record, draft: Draft, responses: Responses) -> None:
        self.tables, self.record, self.draft, self.responses = tables, record, draft, responses
        self.month = tables.limits["days per month"]
        self.entries: list[dict[str, Any]] = []
        self.given: dict[str, _Given] = {}

    def fill(self, lines: Sequence[Line], index: date) -> list[Ended]:
        """Add the entries of all lines; return how each line ended."""
        ends = [
            self._ended(line, lines[number + 1].start if number + 1 < len(lines) else index, number)
            for number, line in enumerate(lines)
        ]
        for line, ended in zip(lines, ends, strict=True):
            drugs: dict[Drug, list[Stretch]] = {}
            for stretch in line.stretches:
                if stretch.drug:
                    drugs.setdefault(stretch.drug, []).append(stretch)
            self.given = {drug.label: _Given(drugs[drug]) for drug in drugs if not drug.steroid}
            for drug in sorted(drugs, key=lambda one: (one.steroid, min(s.start for s in drugs[one]))):
                self._entry(line, ended, drug, drugs[drug])
        return ends

    def _ended(self, line: Line, until: date, number: int) -> Ended:
        progression = next(iter(self._within(self.responses.progressions, line, number, until)), None)
        progression = progression or self._by_reason(line)
        responses = self._within(self.responses.responses, line, number, until)
        within = [one for one in responses if not progression or one.day.first <= progression.day.last]
        for one in responses[len(within) :]:
            why = f"after the progression of line {line.number}, and before another line; not read"
            self.record.misunderstand(f"{one.source}: {one.grade} {one.day}", why)
        return Ended(progression, within, until)

    @staticmethod
    def _within(sorted_: Sequence[Dated], line: Line, number: int, until: date) -> list[Dated]:
        """Return what is dated within a line; what is of its first day, within the first line alone."""
        cut = bisect_right if number else bisect_left
        first = cut(sorted_, line.start, key=lambda one: one.day.first)
        return list(sorted_[first : bisect_right(sorted_, until, key=lambda one: one.day.first)])

    def _by_reason(self, line: Line) -> Progression | None:
        """Return the progression for which a drug of the line was stopped, where none is recorded."""
        for stretch in line.stretches:
            for one in stretch.exposures:
                if self._reason(one) == PROGRESSION and one.end and one.end.exact:
                    why = f"{one.source} was stopped for it on {one.end}, on therapy"
                    self.record.assume(f"no progression of line {line.number} is recorded; {why}")
                    return Progression(one.end, one.source, "progression", "; ".join(one.stop))
        return None

    def _reason(self, exposure: Exposure) -> str | None:
        return stop_reason(self.tables, self.record, exposure)

    def _entry(self, line: Line, ended: Ended, drug: Drug, stretches: list[Stretch]) -> None:
        exposures = [one for stretch in stretches for one in stretch.exposures]
        path = f"{DRUGS}[{name_entry(drug.label, line.number)}]"
        entry: dict[str, Any] = {**drug.entry, "line": line.number}
        self.draft.note(path, [one.source for one in exposures], f"line {line.number} by {line.rule}: {line.why}")
        if drug.kind != "class" and (regimen := self._regimen(exposures, drug.label)):
            entry["regimen"] = regimen
        if not drug.steroid:
            self._course(path, entry, ended, drug.label, stretches)
        self.entries.append(entry)

    def _regimen(self, exposures: list[Exposure], label: str) -> str | None:
        stated = regimen_stated(self.tables, [text for one in exposures for text in (*one.notes, *one.use)])
        if not stated:
            return None
        taken = self.tables.lexicon.taken(stated, "regimen")
        if len(taken) == 1 and taken[0].iri and label in taken[0].drugs:
            return taken[0].label
        if len(taken) == 1 and taken[0].iri:
            self.record.misunderstand(f"regimen {stated!r} beside {label}", "the regimen does not contain the drug")
        else:
            self.record.assume(
                f"{stated} is not a regimen of the graph: its drugs are taken, the name is kept as text here"
            )
        return None

    def _course(self, path: str, entry: dict[str, Any], ended: Ended, label: str, stretches: list[Stretch]) -> None:
        grade, last = self._best(ended, stretches), last_dose(self.tables, stretches)
        progression = ended.progression
        fails = grade in self.tables.labels("response that fails")
        days = self._days(last, progression, ended.until) if progression else None
        status = self._status(days, responds=bool(grade) and not fails)
        if progression is None and not fails:
            self._report_unproved(path, last, stretches)
        is_toxic = self._toxicity(path, entry, label, stretches, refractory=fails or status == REFRACTORY)
        if grade:
            entry["best_response"] = grade
            sources = [response.source for response in ended.responses if response.grade == grade]
            self.draft.note(f"{path}.best_response", sources, "the best recorded in the line")
        if progression is None:
            return
        self._duration(path, entry, ended, progression)
        sources = [*last.sources, progression.source]
        when = "on therapy" if last.ongoing or days == (0, 0) else f"last dose {last.day}"
        rule = f"60-day rule: {when}, {progression.kind} {progression.day}"
        if days and days[0] == days[1]:
            entry["days_from_last_dose_to_progression"] = days[0]
            self.draft.note(f"{path}.days_from_last_dose_to_progression", sources, rule)
            if not is_toxic:
                self.draft.note(f"{path}.status", sources, "left to these keys")
            return
        left_out = "days" if status else "days, status and what rests on them"
        why = last.problem or f"the day of the {progression.kind} is not known ({progression.day})"
        self.record.misunderstand(path, f"{why}: {left_out} are left out")
        if days and status and "status" not in entry:
            entry["status"] = status
            self.draft.note(f"{path}.status", sources, f"{rule}: {days[0]} to {days[1]} days")

    def _toxicity(
        self, path: str, entry: dict[str, Any], label: str, stretches: list[Stretch], *, refractory: bool
    ) -> bool:
        """Say that a drug was stopped for toxicity, if it was; the 60-day rule counts before intolerance."""
        exposures = [one for stretch in stretches for one in stretch.exposures]
        toxic = [one for one in exposures if self._reason(one) == TOXICITY]
        if toxic:
            last = toxic[-1]
            if why := self._doubt(label, last):
                what = f"{path}: stopped: {'; '.join(last.stop)} ({last.source})"
                self.record.misunderstand(what, f"{why}; no toxicity is taken")
                return False
            if not refractory:
                entry["status"] = INTOLERANT
                self.draft.note(f"{path}.status", [last.source], f"stopped for toxicity: {'; '.join(last.stop)}")
            entry["toxicity"] = "unacceptable"
            self.draft.note(f"{path}.toxicity", [last.source], f"stopped: {'; '.join(last.stop)}")
        return bool(toxic)

    def _doubt(self, label: str, toxic: Exposure) -> str:
        """Return why a stop for toxicity says nothing of a drug: it went on, or several drugs were stopped together."""
        if self.given[label].goes_on(toxic):
            return "the drug went on"
        named = {one.label for text in toxic.stop for one in embedded(self.tables, text, "drug")}
        if named & self.given.keys():
            return "" if label in named else f"the reason names {' and '.join(sorted(named))}"
        together = [one for one, given in self.given.items() if toxic.source in given.sources]
        stopped = sorted(one for one in together if not self.given[one].goes_on(toxic))
        return f"{' and '.join(stopped)} were stopped, and which was not tolerated is not said" if stopped[1:] else ""

    def _best(self, ended: Ended, stretches: list[Stretch]) -> str | None:
        grades = [response.grade for response in ended.responses]
        told = {one: self.responses.grade(one.response) for s in stretches for one in s.exposures if one.response}
        for one in (one for one, grade in told.items() if grade is None):
            self.record.misunderstand(f"{one.source}: {one.response}", "it names no IMWG response")
        grades = grades or [grade for grade in told.values() if grade]
        return min(grades, key=self.responses.grades.index, default=None)

    @staticmethod
    def _days(last: LastDose, progression: Progression, until: date) -> tuple[int, int] | None:
        """Return the least and the most days from the last dose to a progression; None where nothing bounds them."""
        day = progression.day
        if not day.exact and day.last > until:
            return None
        if last.ongoing:
            return 0, 0
        if last.day is None:
            return None
        return max((day.first - last.day.last).days, 0), max((day.last - last.day.first).days, 0)

    def _status(self, days: tuple[int, int] | None, *, responds: bool) -> str | None:
        """Return the status that holds by the 60-day rule, whichever of the days it is; None where it differs."""
        most = self.tables.limits["refractory days"]
        if days and days[1] <= most:
            return REFRACTORY
        return RELAPSED if days and days[0] > most and responds else None

    def _report_unproved(self, path: str, last: LastDose, stretches: list[Stretch]) -> None:
        reasons = sorted({one.stop[0] for stretch in stretches for one in stretch.exposures if one.stop})
        said = f"; stopped: {'; '.join(reasons)}" if reasons else "; no reason for a stop is recorded"
        problem = f"; {last.problem}" if last.problem else ""
        why = "no progression of its line is recorded: status unknown, and it may change the answer"
        self.record.misunderstand(path, f"{why}{said}{problem}")

    def _duration(self, path: str, entry: dict[str, Any], ended: Ended, progression: Progression) -> None:
        lasting = set(self.tables.labels("response that lasts"))
        first = next((r for r in ended.responses if r.grade in lasting), None)
        if first is None:
            return
        for one, what in ((first, first.grade), (progression, progression.kind)):
            if not one.day.exact:
                self.record.misunderstand(f"{one.source}: {what} {one.day}", "the day is not known; no duration")
        if not (first.day.exact and progression.day.exact):
            return
        entry["response_duration_mo"] = round((progression.day.first - first.day.first).days / self.month, 1)
        rule = f"{first.grade} of {first.day} to {progression.kind} {progression.day}"
        self.draft.note(f"{path}.response_duration_mo", [first.source, progression.source], rule)


class _Given:
    """When a drug was given within a line: its last start with its end, and the last end by kind of record."""

    def __init__(self, stretches: Iterable[Stretch]) -> None:
        exposures = [one for stretch in stretches for one in stretch.exposures]
        self.sources = {one.source for one in exposures}
        self.last = max((one.start.first, last_certain(one)) for one in exposures if one.start)
        self.ends = dict[str, date]()
        for one in exposures:
            self.ends[one.kind] = max(self.ends.get(one.kind, date.min), last_certain(one))

    def goes_on(self, stopped: Exposure) -> bool:
        """Return whether it was given after an exposure that was stopped, or by another of its kind that ends later."""
        if stopped.end is None:
            return False
        day = stopped.end.last
        return (self.last[0] >= day and self.last[1] > day) or self.ends[stopped.kind] > day
