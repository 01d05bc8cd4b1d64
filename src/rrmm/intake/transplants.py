"""Transplantations: done or not, from them to relapse, maintenance after them; and the interval without treatment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from rrmm.errors import quote
from rrmm.intake import grafts
from rrmm.intake.courses import Ended
from rrmm.intake.dates import Day
from rrmm.intake.doses import last_dose
from rrmm.intake.grafts import ALLOGENEIC, AUTOLOGOUS, COLLECTION
from rrmm.intake.lines import Line, Stretch
from rrmm.intake.records import Exposure, Record
from rrmm.intake.responses import Progression
from rrmm.intake.result import Draft
from rrmm.intake.tables import Tables

Transplant = tuple[Day, str]
MAINTENANCE = "maintenance"
PRIOR = "transplant.prior_autoSCT"
OF_ANOTHER = "an allogeneic transplantation; no key of a patient file takes it"


def transplants(tables: Tables, record: Record, draft: Draft) -> list[Transplant]:
    """Return the dated autologous transplantations; others go to the report."""
    found: list[Transplant] = []
    for procedure in record.procedures:
        rule = tables.find("procedure", procedure.concept)
        means = rule.means if rule else None
        what = f"{procedure.source}: {procedure.concept.shown}"
        if rule and (why := grafts.reservation(tables, procedure.concept)):
            record.misunderstand(what, why)
        elif means == AUTOLOGOUS and (said := grafts.taken_back(tables, procedure.notes)):
            record.misunderstand(f"{what}: {'; '.join(map(quote, procedure.notes))}", f"{said}; not taken")
        elif means == AUTOLOGOUS and procedure.day:
            for note in (one for one in procedure.notes if tables.by_text("procedure not done", one)):
                record.misunderstand(f"{what}: {quote(note)}", "a note that may take it back; taken all the same")
            found.append((procedure.day, procedure.source))
        elif means == AUTOLOGOUS:
            draft.put(PRIOR, True, [procedure.source], "an autologous transplantation without a date")
        elif means == COLLECTION:
            record.ignore("collection of stem cells, no transplantation", what)
        elif means == ALLOGENEIC:
            record.misunderstand(what, OF_ANOTHER)
        elif rule is None and grafts.is_named(tables, procedure.concept):
            record.misunderstand(what, "a transplantation or stem cells, not outright the patient's own; not taken")
    found.sort()
    if found:
        days = ", ".join(str(day) for day, _ in found)
        draft.put(PRIOR, True, [source for _, source in found], f"autologous transplantation {days}")
    return found


def perhaps(tables: Tables, record: Record, found: Sequence[Transplant]) -> list[tuple[Day | None, str]]:
    """Return what may be an autologous transplantation that is not found by its day, each with its day, if any."""
    named = [
        (one.day, one.concept.shown)
        for one in record.procedures
        if not tables.find("procedure", one.concept) and grafts.is_named(tables, one.concept)
    ]
    if found:
        return named
    undated = [
        (None, one.concept.shown)
        for one in record.procedures
        if (rule := tables.find("procedure", one.concept)) and rule.means == AUTOLOGOUS and one.day is None
    ]
    past = [
        (one.start, one.concept.shown)
        for one in record.conditions
        if not one.denied and grafts.past(tables, one.concept) in {AUTOLOGOUS, grafts.UNSAID}
    ]
    return [*named, *undated, *past]


@lru_cache(maxsize=4)
def names(tables: Tables) -> frozenset[str]:
    """Return the labels of procedures that are an autologous transplantation."""
    labels = {meaning.label for meaning in tables.lexicon.all if meaning.where == "procedure"}
    return frozenset(label for label in labels if tables.means("procedure", label) == AUTOLOGOUS)


def after(
    tables: Tables,
    record: Record,
    draft: Draft,
    found: Sequence[Transplant],
    lines: Sequence[Line],
    ends: Sequence[Ended],
) -> None:
    """Add the months from the last transplantation to relapse, and whether maintenance followed."""
    if not found:
        return
    day, source = found[-1]
    at = next(
        (n for n in reversed(range(len(lines))) if any(s.transplant and s.start == day for s in lines[n].stretches)),
        None,
    )
    if at is None:
        return
    progression = ends[at].progression
    tandem = [other for other, _ in found if any(s.transplant and s.start == other for s in lines[at].stretches)]
    if progression and day.exact and progression.day.exact and progression.day.first > day.first:
        months = round((progression.day.first - day.first).days / tables.limits["days per month"], 1)
        which = "the last of a tandem, " if len(tandem) > 1 else ""
        draft.put(
            "transplant.months_to_relapse",
            months,
            [source, progression.source],
            f"from {which}{day} to {progression.day}",
        )
    drugs = [s for s in lines[at].stretches if not s.transplant and s.drug and not s.drug.steroid]
    _maintenance(tables, record, draft, drugs, day, progression)


def _maintenance(
    tables: Tables, record: Record, draft: Draft, drugs: Sequence[Stretch], day: Day, progression: Progression | None
) -> None:
    """Say whether maintenance followed; a drug that went on through the transplantation leaves it open."""
    after = {id(s): [one for one in s.exposures if one.start and one.start.first > day.first] for s in drugs}
    through = [one for s in drugs for one in s.exposures if _goes_through(one, day)]
    later = [s for s in drugs if after[id(s)]]
    uses = {id(s): {tables.means("use", *one.use, *one.notes) for one in after[id(s)]} for s in later}
    others = {"consolidation", "conditioning", "induction"}
    kept = [s for s in later if MAINTENANCE in uses[id(s)] or not uses[id(s)] & others]
    stated = [s for s in kept if MAINTENANCE in uses[id(s)]]
    margin = tables.limits["together days"]
    starts = {id(s): s.start.first for s in kept}
    alone = [
        s for s in kept if not any(o is not s and abs((starts[id(o)] - starts[id(s)]).days) <= margin for o in kept)
    ]
    path = "transplant.maintenance"
    if chosen := stated or alone:
        names = ", ".join(dict.fromkeys(s.drug.label for s in chosen if s.drug))
        rule = f"{names} after the transplantation of {day}"
        how = "" if stated else ", alone and without progression before it"
        draft.put(path, True, [one.source for s in chosen for one in after[id(s)]], rule + how)
    elif said := [one for one in through if tables.means("use", *one.use, *one.notes, *one.dose) == MAINTENANCE]:
        draft.put(path, True, [one.source for one in said], f"stated of a drug taken through {day}")
    elif through:
        what = ", ".join(f"{one.source}: {one.concept.shown}" for one in through)
        record.misunderstand(what, f"taken before and after the transplantation of {day}: maintenance is left open")
    elif not later and progression:
        recorded = [
            e.source for e in record.exposures if e.start and (e.start > day or e.ongoing or (e.end and e.end > day))
        ]
        if recorded:
            rule = f"drugs are recorded after {day} up to the relapse of {progression.day}, and none is maintenance"
            draft.put(path, False, recorded[:3], rule)


def _goes_through(exposure: Exposure, day: Day) -> bool:
    begun = exposure.start is not None and exposure.start.first <= day.first
    return begun and (exposure.ongoing or (exposure.end is not None and exposure.end.first > day.last))


def interval(
    tables: Tables,
    record: Record,
    draft: Draft,
    lines: Sequence[Line],
    ends: Sequence[Ended],
    found: Sequence[Transplant],
) -> None:
    """Add the interval without treatment: from the last dose of any drug, or a later transplantation, to relapse."""
    path = "treatment_free_interval_mo"
    if not lines or ends[-1].progression is None or not ends[-1].progression.day.exact:
        return
    progression = ends[-1].progression
    relapse = progression.day.first
    lasts: list[tuple[date, tuple[str, ...]]] = [(day.last, (source,)) for day, source in found if day.last <= relapse]
    for line in lines:
        drugs: dict[object, list[Stretch]] = {}
        for stretch in line.stretches:
            if not stretch.transplant:
                drugs.setdefault(stretch.drug or id(stretch), []).append(stretch)
        for several in drugs.values():
            last = last_dose(tables, several)
            if last.problem and line is lines[-1]:
                record.misunderstand(path, f"{last.problem}: left out")
                return
            if last.ongoing and line is lines[-1]:
                lasts.append((relapse, last.sources))
            elif last.day and not last.problem:
                lasts.append((min(last.day.last, relapse), last.sources))
    if lasts:
        day, sources = max(lasts)
        months = round((relapse - day).days / tables.limits["days per month"], 1)
        value = 0 if months == 0 else months
        draft.put(path, value, [*sources, progression.source], f"from {day} to {progression.kind} {progression.day}")
