"""What was given: each drug of a record with its exposure, what prepares cells, and what is not understood of it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from rrmm.errors import quote
from rrmm.intake import grafts, preparations, transplants
from rrmm.intake.dates import Day, on
from rrmm.intake.drugs import AMBIGUOUS, CONDITIONING, MYELOMA, SUPPORTIVE, UNCLEAR, UNNAMED, Drug, Drugs, Named
from rrmm.intake.lines import Given
from rrmm.intake.mentions import find_mentions
from rrmm.intake.records import Exposure, Procedure, Record
from rrmm.intake.responses import Responses
from rrmm.intake.result import Draft
from rrmm.intake.tables import Tables
from rrmm.intake.transplants import Transplant
from rrmm.intake.uses import find_doubts, find_withheld, stated_use
from rrmm.intake.wording import TOXICITY, stop_reason, stop_stated


class Treatments:
    """Reads what was given to a person, and keeps what is open of it.

    `doubted` names what is not understood and may have been given; with `counts_doubted` it counts. `undated` are
    entries of prior drugs without a date, `unplaced` the drugs of these whose line is not stated either.
    """

    def __init__(
        self, tables: Tables, record: Record, draft: Draft, responses: Responses, *, counts_doubted: bool
    ) -> None:
        self.tables, self.record, self.draft, self.responses = tables, record, draft, responses
        self.counts_doubted = counts_doubted
        self.doubted: list[str] = []
        self.incomplete = False
        self.undated: dict[str, dict[str, object]] = {}
        self.unplaced: set[Drug] = set()
        self.procedures: list[Procedure] = []
        self.undated_transplants: list[str] = []

    def find(self, days: Sequence[Transplant]) -> list[Given]:
        """Return the drugs that were given, those that prepare a transplantation of these days aside."""
        drugs = Drugs(self.tables)
        given: list[Given] = []
        preparing: dict[tuple[str, str], list[str]] = defaultdict(list)
        exposures = [*self.record.exposures, *self._infusions()]
        prepared = {
            preparations.CONDITIONING: [day for day, _ in days],
            preparations.LYMPHODEPLETION: self._infused_cells(exposures, drugs),
        }
        for exposure in exposures:
            named = drugs.find(exposure.concept, exposure.myeloma or exposure.line is not None)
            if not exposure.end and not exposure.ongoing and preparations.gives_cells(self.tables, named):
                exposure = exposure._replace(end=exposure.start)
            what = f"{exposure.source}: {exposure.concept.shown}"
            use = stated_use(self.tables, exposure, named)
            if not exposure.stop and exposure.end and not exposure.ongoing:
                stop = stop_stated(self.tables, exposure.concept.words, exposure.notes)
                exposure = exposure._replace(stop=(stop,) if stop else ())
            if exposure.start and exposure.end and exposure.end.last < exposure.start.first:
                why = f"it ends on {exposure.end}, before it begins on {exposure.start}; the end is not read"
                self.record.misunderstand(what, why)
                exposure = exposure._replace(end=None)
            if exposure.other:
                self.record.ignore("drugs for another disease than the myeloma", f"{what}: {exposure.other}")
            elif withheld := find_withheld(self.tables, exposure, named):
                self.record.ignore("not taken", f"{what}: {quote(withheld)}")
            elif named.kind == SUPPORTIVE or (use == "supportive" and named.kind != UNNAMED):
                self.record.ignore("supportive drugs", what)
            elif named.kind == CONDITIONING:
                preparing[preparations.CONDITIONING, exposure.concept.shown].append(exposure.source)
            elif named.kind == UNNAMED:
                why = "a drug without a name: the list of prior drugs is not complete; its line counts"
                self.record.misunderstand(what, why)
                self.incomplete = True
                given.append(Given(None, exposure))
            elif named.kind == MYELOMA:
                if named.rest:
                    why = f"what {named.rest} names is not understood; the list of prior drugs is not complete"
                    self.record.misunderstand(what, why)
                    self.incomplete = True
                    given += self._doubt(exposure, named)
                for one in self._name(exposure, named, prepared):
                    if isinstance(one, Given):
                        given.append(one)
                    else:
                        preparing[one].append(exposure.source)
                if given and given[-1].exposure is exposure:
                    for text, doubt in find_doubts(self.tables, exposure):
                        self.record.misunderstand(f"{what}: {quote(text)}", doubt)
                    if any(self.tables.by_text("procedure", word) for word in exposure.concept.words):
                        self.record.misunderstand(what, "the procedure that stands beside the drug is not read")
            else:
                why = (
                    f"ambiguous: {named.how}"
                    if named.kind in UNCLEAR
                    else "neither known as a myeloma drug nor as a supportive one"
                )
                self.record.misunderstand(what, f"{why}; the list of prior drugs is not complete")
                self.incomplete = True
                given += self._doubt(exposure, named) if named.kind == AMBIGUOUS else []
        given += [Given(None, _infusion(one)) for one in self.procedures if self.counts_doubted]
        for (use, label), sources in preparing.items():
            told = f"{label} ({', '.join(sources)}) is {preparations.SHOWN[use]}"
            self.record.assume(f"{told}, not a prior drug of its own")
            if use == preparations.LYMPHODEPLETION and not prepared[use]:
                why = "the record has no such infusion with a date; the list of prior drugs is not complete"
                self.record.misunderstand(told, why)
                self.incomplete = True
                self.unplaced.add(Drug("the infusion that it prepared", "other"))
        return given

    def place(self, given: Sequence[Given]) -> list[Given]:
        """Return what was given; what began in the month of a progression, after it where the reading has it so.

        A progression of such a month is then the later one.
        """
        progressions = self.responses.progressions
        days = sorted(one.day.first for one in progressions)
        placed = [self._place(one, days) for one in given]
        starts = sorted(start.first for one in given if (start := _start(one)))
        for place, one in enumerate(progressions):
            if _has_later(one.day, starts):
                self.doubted.append(f"{one.kind} of {one.day}, after a drug that began in these days")
                if self.counts_doubted:
                    progressions[place] = one._replace(day=on(one.day.last))
        progressions.sort(key=lambda one: one.day)
        return placed

    def _place(self, one: Given, progressions: Sequence[date]) -> Given:
        start, end = _start(one), one.exposure.end
        if start is None or not _has_later(start, progressions):
            return one
        self.doubted.append(f"{one.exposure.concept.shown} from {start}, after a progression of these days")
        last = min(start.last, end.first) if end else start.last
        later = one.exposure._replace(start=on(max(last, start.first)))
        return one._replace(exposure=later) if self.counts_doubted else one

    def _doubt(self, exposure: Exposure, named: Named) -> list[Given]:
        """Note a drug that is not understood; return what it may have given, where the reading counts it."""
        if exposure.start is None:
            return []
        self.doubted.append(exposure.concept.shown)
        perhaps = [Given(drug, exposure) for drug in named.perhaps] or [Given(None, exposure)]
        return perhaps if self.counts_doubted else []

    def add_perhaps(self, days: Sequence[Transplant]) -> list[Transplant]:
        """Return transplantations with their days, with those that may be one where the reading counts them."""
        counted = list(days)
        for day, shown in transplants.perhaps(self.tables, self.record, days):
            self.doubted += [shown] if day else []
            self.undated_transplants += [] if day else [shown]
            counted += [(day, shown)] if day and self.counts_doubted else []
        return sorted(counted)

    def _infused_cells(self, exposures: Iterable[Exposure], drugs: Drugs) -> list[Day]:
        """Return the days on which engineered cells were given."""
        found = []
        for exposure in exposures:
            named = drugs.find(exposure.concept, exposure.myeloma or exposure.line is not None)
            is_given = not exposure.other and not find_withheld(self.tables, exposure, named)
            if exposure.start and is_given and preparations.gives_cells(self.tables, named):
                found.append(exposure.start)
        return found

    def _name(
        self, exposure: Exposure, named: Named, prepared: Mapping[str, list[Day]]
    ) -> Iterator[Given | tuple[str, str]]:
        """Yield the drugs of an exposure, each as given, or as what it prepares and its label."""
        for drug in named.drugs:
            if use := preparations.purpose(self.tables, drug, named, exposure, prepared):
                yield use, drug.label
                continue
            if exposure.start is None:
                how = f"in line {exposure.line}, as stated" if exposure.line else "without a line"
                self.record.misunderstand(f"{exposure.source}: {drug.label}", f"no date; listed {how}")
                self._list_undated(drug, exposure)
            yield Given(drug, exposure)
            if named.how and exposure.concept.shown.casefold() != drug.label.casefold():
                self.record.assume(f"{exposure.source}: {exposure.concept.shown} is {drug.label}; {named.how}")

    def _list_undated(self, drug: Drug, exposure: Exposure) -> None:
        """List a drug without a date, with what is stated of it."""
        grade = self.responses.grade(exposure.response) if exposure.response and not drug.steroid else None
        toxic = stop_reason(self.tables, self.record, exposure) == TOXICITY
        stated = {"line": exposure.line, "best_response": grade, "toxicity": "unacceptable" if toxic else None}
        entry = {**drug.entry, **{key: value for key, value in stated.items() if value}}
        self.unplaced |= set() if drug.steroid or exposure.line else {drug}
        if self.undated.setdefault(repr(entry), entry) is entry:
            self.draft.note(f"prior_drugs[{drug.label}]", [exposure.source], "without a date")

    def _infusions(self) -> list[Exposure]:
        """Return the procedures that give a named drug, such as an infusion of engineered cells."""
        drugs = Drugs(self.tables)
        found = []
        for procedure in self.record.procedures:
            if self.tables.find("procedure", procedure.concept):
                continue
            what = f"{procedure.source}: {procedure.concept.shown}"
            named = drugs.find(procedure.concept)
            given = drugs.is_coded(procedure.concept) or any(
                self.tables.by_text("administration", word) for word in procedure.concept.words
            )
            if named.kind == MYELOMA and not named.how.startswith("no source") and given:
                found.append(_infusion(procedure))
            elif grafts.is_named(self.tables, procedure.concept) and not any(
                find_mentions(self.tables, word) for word in procedure.concept.words
            ):
                continue  # listed with the transplantations
            elif named.kind in {MYELOMA, *UNCLEAR}:
                why = "a procedure that names a drug, and does not say outright that it was given"
                self.record.misunderstand(what, f"{why}; the list of prior drugs is not complete")
                self.incomplete = True
                self.doubted.append(procedure.concept.shown)
                self.procedures.append(procedure)
            elif not self.tables.by_text("dialysis session", procedure.concept.shown):
                self.record.ignore("procedures that no key of a patient file takes", what)
        return found


def _infusion(procedure: Procedure) -> Exposure:
    """Return a procedure as a drug that was given on its day."""
    return Exposure(procedure.source, "administration", procedure.concept, procedure.day, procedure.day)


def _start(one: Given) -> Day | None:
    """Return when a drug began that can begin a line: no steroid does."""
    return None if one.drug and one.drug.steroid else one.exposure.start


def _has_later(day: Day, days: Sequence[date]) -> bool:
    """Return whether any of some sorted days is one that a partial date can mean, later than its first."""
    return bisect_right(days, day.first) < bisect_right(days, day.last)
