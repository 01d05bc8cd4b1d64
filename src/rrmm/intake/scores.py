"""Scores and stages: ECOG, frailty, ISS, eGFR, creatinine clearance; each the last one, none turned into another."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from rrmm.errors import LONGEST_NAME
from rrmm.intake import dates
from rrmm.intake.comorbidities import Comorbidities
from rrmm.intake.coverage import TAKEN, left_over, read_whole, reserved
from rrmm.intake.findings import Findings
from rrmm.intake.measures import Value
from rrmm.intake.records import Observation, Record
from rrmm.intake.result import Draft
from rrmm.intake.tables import Rule, Tables
from rrmm.spelling import plain

WORST = 4
DIGIT = re.compile(r"(?<![\d.,])\d+(?![\d%]|[.,]\d)")
COMPARE: dict[str, Callable[[float, float], bool]] = {">=": operator.ge, "<": operator.lt}


def fill_ecog(tables: Tables, record: Record, draft: Draft, observations: Sequence[Observation]) -> None:
    """Add the last ECOG grade."""
    graded = []
    for observation in observations:
        grade = _ecog(tables, observation)
        if grade is None or not 0 <= grade <= WORST:
            said = observation.text or observation.value.shown
            record.misunderstand(
                f"{observation.source}: {observation.concept.shown} {said}", "no ECOG grade from 0 to 4"
            )
        elif observation.day is not None:
            graded.append((observation.day, observation.time, grade, observation.source))
        else:
            record.misunderstand(f"{observation.source}: ECOG {grade}", "no date")
    if not graded:
        return
    day, time, _, _ = max(graded, key=lambda one: (one[0], one[1]))
    latest = [one for one in graded if (one[0], one[1]) == (day, time)]
    if len({one[2] for one in latest}) > 1:
        said = " and ".join(f"{grade} ({source})" for _, _, grade, source in latest)
        record.misunderstand(f"ECOG of {day}: {said}", "two grades of one day contradict; left open")
    else:
        draft.put("ecog", latest[-1][2], [latest[-1][3]], f"the last one, of {day}")


def _ecog(tables: Tables, observation: Observation) -> int | None:
    for coding in observation.value.codings:
        if rule := tables.by_code("ecog grade", coding.curie):
            return int(rule.means)
    if observation.quantity:
        value = observation.quantity.value
        return int(value) if value == int(value) and not observation.quantity.comparator else None
    stated = {_graded(tables, text) for text in (observation.text, *observation.value.words) if text}
    return stated.pop() if len(stated) == 1 else None


def _graded(tables: Tables, text: str) -> int | None:
    """Return the one digit of a text that says nothing else."""
    folded = plain(text[: LONGEST_NAME + 1])
    digits = DIGIT.findall(folded)
    if len(digits) != 1 or reserved(tables, folded):
        return None
    return None if left_over(tables, DIGIT.sub(TAKEN, folded), "beside a grade of ecog") else int(digits[0])


def fill_words(tables: Tables, record: Record, draft: Draft, measure: str, observations: Sequence[Observation]) -> None:
    """Add the last clinician's word for frailty, or the stated stage by ISS."""
    place, path, beside = {
        "frailty": ("frailty word", "frailty", "beside frailty"),
        "iss": ("iss word", "iss", "beside a stage"),
    }[measure]
    stated = []
    for observation in observations:
        texts = tuple(filter(None, [observation.text, *observation.value.words]))
        read = {read_whole(tables, text, place, beside) for text in texts}
        means = read.pop() if len(read) == 1 else None
        if means and observation.day:
            stated.append((observation.day, observation.time, means, observation.source))
        else:
            said = "; ".join(texts) or (f"{observation.quantity.value:g}" if observation.quantity else "")
            record.misunderstand(f"{observation.source}: {observation.concept.shown} {said}", f"no word of {path}")
    if stated:
        day, _, means, source = (min if measure == "iss" else max)(stated)
        draft.put(path, means, [source], f"stated on {day}")


def fill_kidney(findings: Findings, record: Record, draft: Draft) -> None:
    """Add the last eGFR and creatinine clearance."""
    for measure, path in (("egfr", "egfr"), ("creatinine_clearance", "creatinine_clearance")):
        if value := findings.last(measure, ever=True):
            number = int(value.value) if value.value == int(value.value) else round(value.value, 1)
            draft.put(path, number, [value.source], f"the last one, {value.as_said} of {value.day}")
    creatinine = findings.last("creatinine", ever=True)
    if "egfr" not in draft.patient and creatinine:
        found = f"creatinine {creatinine.as_said} of {creatinine.day} is there, and no eGFR is computed"
        record.misunderstand("egfr", f"no eGFR per 1.73 m² in the record; {found}")


def fill_iss(
    tables: Tables,
    record: Record,
    draft: Draft,
    findings: Findings,
    comorbidities: Comorbidities,
    first_line: date | None,
) -> None:
    """Add the ISS stage from beta-2 microglobulin and albumin at diagnosis."""
    if "iss" in draft.patient:
        return
    near = _at_diagnosis(tables, record, findings, comorbidities, first_line)
    stage = next((rule.means for rule in tables.places["iss stage"] if near and _holds(rule, near)), None)
    if stage:
        said = " and ".join(f"{measure} {value.as_said}" for measure, value in near.items())
        draft.put("iss", stage, [value.source for value in near.values()], f"{said} at diagnosis")


def _at_diagnosis(
    tables: Tables, record: Record, findings: Findings, comorbidities: Comorbidities, first_line: date | None
) -> dict[str, Value]:
    """Return the value nearest to diagnosis of each measure of the stage; none where one is missing."""
    starts = [c.start for c in record.conditions if c.start and comorbidities.is_myeloma(c.concept)]
    anchor = min(starts, default=dates.on(first_line) if first_line else None)
    if anchor is None:
        return {}
    window = timedelta(days=tables.limits["diagnosis window days"])
    latest = min(anchor.last + window, first_line) if first_line else anchor.last + window
    conditions = [text.split() for rule in tables.places["iss stage"] for text in sorted(rule.when, reverse=True)]
    values = {}
    for measure in dict.fromkeys(measure for measure, _, _ in conditions):
        series = findings.of(measure, ever=True)
        near = [value for value in series if anchor.first - window <= value.day.first <= latest]
        if not near and series:
            said = f"{series[-1].source}: {measure} {series[-1].as_said} of {series[-1].day}"
            record.misunderstand(said, "not at diagnosis; no ISS from it")
        if not near:
            return {}
        first = anchor.first
        values[measure] = min(near, key=lambda value: abs((value.day.first - first).days))
    return values


def _holds(rule: Rule, values: Mapping[str, Value]) -> bool:
    conditions = (text.split() for text in rule.when)
    return all(COMPARE[sign](values[measure].value, float(number)) for measure, sign, number in conditions)
