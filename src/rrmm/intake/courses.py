"""Prior drugs: one entry a drug and line, with the 60-day rule, toxicity, response, and duration."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from rrmm.intake.dates import Day
from rrmm.intake.lines import Line, Stretch
from rrmm.intake.records import Exposure, Record
from rrmm.intake.responses import Progression, Response, Responses
from rrmm.intake.result import Draft
from rrmm.intake.tables import Tables
from rrmm.intake.wording import regimen_stated

DRUGS = "prior_drugs"


class Ended(NamedTuple):
    """How a line ended: its progression, the responses within it."""

    progression: Progression | None
    responses: list[Response]


class LastDose(NamedTuple):
    """The last dose of a drug within a line; `problem` says why it is not known."""

    day: date | None
    ongoing: bool
    problem: str
    sources: tuple[str, ...]


class Courses:
    """Fills the prior drugs of a patient file."""

    def __init__(self, tables: Tables, record: Record, draft: Draft, responses: Responses) -> None:
        self.tables, self.record, self.draft, self.responses = tables, record, draft, responses
        self.month = tables.limits["days per month"]
        self.entries: list[dict[str, Any]] = []

    def fill(self, lines: Sequence[Line], index: date) -> list[Ended]:
        """Add the entries of all lines; return how each line ended."""
        ends = [
            self._ended(line, lines[number + 1].start if number + 1 < len(lines) else index, number)
            for number, line in enumerate(lines)
        ]
        for line, ended in zip(lines, ends, strict=True):
            drugs: dict[object, list[Stretch]] = {}
            for stretch in line.stretches:
                if stretch.drug:
                    drugs.setdefault(stretch.drug, []).append(stretch)
            for stretches in sorted(
                drugs.values(), key=lambda several: (several[0].drug.steroid, min(s.start for s in several))
            ):  # type: ignore[union-attr]
                self._entry(line, ended, stretches, index)
        return ends

    def _ended(self, line: Line, until: date, number: int) -> Ended:
        within = [p for p in self.responses.progressions if self._since(line, p.day, number) and p.day.first <= until]
        progression = within[0] if within else self._by_reason(line)
        stop = progression.day.last if progression else until
        responses = [r for r in self.responses.responses if self._since(line, r.day, number) and r.day.first <= stop]
        return Ended(progression, responses)

    def _since(self, line: Line, day: Day, number: int) -> bool:
        return day.first > line.start or (number == 0 and day.first == line.start)

    def _by_reason(self, line: Line) -> Progression | None:
        """Return the progression for which a drug of the line was stopped, where none is recorded."""
        for stretch in line.stretches:
            for one in stretch.exposures:
                if self.tables.means("stop reason", *one.stop) == "progression" and one.end and one.end.exact:
                    self.record.assume(
                        f"no progression of line {line.number} is recorded; {one.source} was stopped for it on {one.end}, on therapy"
                    )
                    return Progression(one.end, one.source, "progression", "; ".join(one.stop))
        return None

    def _entry(self, line: Line, ended: Ended, stretches: list[Stretch], index: date) -> None:
        drug = stretches[0].drug
        assert drug is not None  # noqa: S101 - the caller keeps named drugs alone
        exposures = [one for stretch in stretches for one in stretch.exposures]
        path = f"{DRUGS}[{drug.label}, line {line.number}]"
        entry: dict[str, Any] = {**drug.entry, "line": line.number}
        self.draft.note(path, [one.source for one in exposures], f"line {line.number} by {line.rule}: {line.why}")
        if drug.kind != "class" and (regimen := self._regimen(exposures, drug.label)):
            entry["regimen"] = regimen
        if not drug.steroid:
            self._course(path, entry, ended, stretches, index)
        self.entries.append(entry)

    def _regimen(self, exposures: list[Exposure], label: str) -> str | None:
        stated = regimen_stated(self.tables, [text for one in exposures for text in (*one.notes, *one.use)])
        if not stated:
            return None
        taken = self.tables.lexicon.find(stated, "regimen").taken("regimen")
        if len(taken) == 1 and taken[0].iri and label in taken[0].drugs:
            return taken[0].label
        if len(taken) == 1 and taken[0].iri:
            self.record.misunderstand(f"regimen {stated!r} beside {label}", "the regimen does not contain the drug")
        else:
            self.record.assume(
                f"{stated} is not a regimen of the graph: its drugs are taken, the name is kept as text here"
            )
        return None

    def _course(self, path: str, entry: dict[str, Any], ended: Ended, stretches: list[Stretch], index: date) -> None:
        grade = self._best(ended, stretches)
        last = last_dose(self.tables, stretches)
        progression = ended.progression
        days = None
        if progression and progression.day.exact:
            days = self._days(path, last, progression)
        elif progression:
            self.record.misunderstand(
                f"{progression.source}: progression {progression.day}", "the day is not known; no days, no duration"
            )
        elif self._last_line_unproved(path, stretches):
            pass
        refractory = (
            days is not None and days <= self.tables.limits["refractory days"]
        ) or grade in self.responses.grades[6:]
        toxic = [
            one
            for stretch in stretches
            for one in stretch.exposures
            if self.tables.means("stop reason", *one.stop) == "toxicity"
        ]
        if toxic:
            source = toxic[-1]
            if not refractory:
                entry["status"] = "intolerant"
                self.draft.note(f"{path}.status", [source.source], f"stopped for toxicity: {'; '.join(source.stop)}")
            entry["toxicity"] = "unacceptable"
            self.draft.note(f"{path}.toxicity", [source.source], f"stopped: {'; '.join(source.stop)}")
        if grade:
            entry["best_response"] = grade
            self.draft.note(
                f"{path}.best_response",
                [r.source for r in ended.responses if r.grade == grade],
                "the best recorded in the line",
            )
        if progression and progression.day.exact:
            self._duration(path, entry, ended, progression)
        if days is not None and progression:
            entry["days_from_last_dose_to_progression"] = days
            when = "on therapy" if last.ongoing or days == 0 else f"last dose {last.day}"
            rule = f"60-day rule: {when}, {progression.kind} {progression.day}"
            self.draft.note(f"{path}.days_from_last_dose_to_progression", [*last.sources, progression.source], rule)
            if not toxic:
                self.draft.note(f"{path}.status", [*last.sources, progression.source], "left to these keys")

    def _best(self, ended: Ended, stretches: list[Stretch]) -> str | None:
        grades = [response.grade for response in ended.responses]
        if not grades:
            stated = [
                self.responses.grade(one.response) for stretch in stretches for one in stretch.exposures if one.response
            ]
            grades = [grade for grade in stated if grade]
        return min(grades, key=self.responses.grades.index, default=None)

    def _days(self, path: str, last: LastDose, progression: Progression) -> int | None:
        if last.problem:
            self.record.misunderstand(path, f"{last.problem}: days, status and what rests on them are left out")
            return None
        if last.ongoing or last.day is None or last.day >= progression.day.first:
            return 0
        return (progression.day.first - last.day).days

    def _last_line_unproved(self, path: str, stretches: list[Stretch]) -> bool:
        reasons = sorted({one.stop[0] for stretch in stretches for one in stretch.exposures if one.stop})
        said = f"; stopped: {'; '.join(reasons)}" if reasons else "; no reason for a stop is recorded"
        last = last_dose(self.tables, stretches)
        problem = f"; {last.problem}" if last.problem else ""
        self.record.misunderstand(
            path, f"no progression of its line is recorded: status unknown, and it may change the answer{said}{problem}"
        )
        return True

    def _duration(self, path: str, entry: dict[str, Any], ended: Ended, progression: Progression) -> None:
        lasting = set(self.tables.labels("response that lasts"))
        first = next((r for r in ended.responses if r.grade in lasting), None)
        if first is None:
            return
        if not first.day.exact:
            self.record.misunderstand(f"{first.source}: {first.grade} {first.day}", "the day is not known; no duration")
            return
        entry["response_duration_mo"] = round((progression.day.first - first.day.first).days / self.month, 1)
        rule = f"{first.grade} of {first.day} to {progression.kind} {progression.day}"
        self.draft.note(f"{path}.response_duration_mo", [first.source, progression.source], rule)


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
        return LastDose(None, False, f"the day of the last dose is not known ({final.end})", sources)
    return LastDose(final.end.first, False, "", sources)


def _clash(tables: Tables, ends: list[tuple[date | None, str]]) -> str:
    """Return how some last doses disagree, or an empty text; None is a drug that goes on."""
    days = [end for end, _ in ends if end is not None]
    apart = len(days) > 1 and (max(days) - min(days)).days > tables.limits["last dose agreement days"]
    if len(ends) > 1 and (apart or (days and len(days) < len(ends))):
        return " and ".join(f"{source}: {end or 'goes on'}" for end, source in ends)
    return ""
