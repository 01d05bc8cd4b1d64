"""Scores and stages: ECOG, frailty, ISS, eGFR, creatinine clearance; each the last one, none turned into another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from rrmm.catalogue.naming.spelling import plain
from rrmm.intake.comorbidities import Comorbidities
from rrmm.intake.dates import Day
from rrmm.intake.findings import Findings
from rrmm.intake.records import Observation, Record
from rrmm.intake.result import Draft
from rrmm.intake.tables import Tables

WORST = 4


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
    for text in (observation.text, *observation.value.words):
        digits = [word for word in plain(text).replace("-", " - ").split() if word.strip("().,:;").isdigit()]
        if len(digits) == 1:
            return int(digits[0].strip("().,:;"))
    return None


def fill_words(tables: Tables, record: Record, draft: Draft, measure: str, observations: Sequence[Observation]) -> None:
    """Add the last clinician's word for frailty, or the stated stage by ISS."""
    place, path = {"frailty": ("frailty word", "frailty"), "iss": ("iss word", "iss")}[measure]
    stated = []
    for observation in observations:
        texts = tuple(filter(None, [observation.text, *observation.value.words]))
        means = tables.means(place, *texts)
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
        record.misunderstand(
            "egfr",
            f"no eGFR per 1.73 m² in the record; creatinine {creatinine.as_said} of {creatinine.day} is there, and no eGFR is computed",
        )


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
    limits = tables.limits
    starts = [c.start for c in record.conditions if c.start and comorbidities.is_myeloma(c.concept)]
    diagnosis = min(starts, default=None)
    window = timedelta(days=limits["diagnosis window days"])
    anchor = diagnosis or (Day(first_line, first_line) if first_line else None)
    if anchor is None:
        return
    latest = min(anchor.last + window, first_line) if first_line else anchor.last + window
    pair = []
    for measure in ("beta2_microglobulin", "albumin"):
        near = [v for v in findings.of(measure, ever=True) if anchor.first - window <= v.day.first <= latest]
        if not near:
            later = findings.of(measure, ever=True)
            if later:
                record.misunderstand(
                    f"{later[-1].source}: {measure} {later[-1].as_said} of {later[-1].day}",
                    "not at diagnosis; no ISS from it",
                )
            return
        pair.append(min(near, key=lambda v: abs((v.day.first - anchor.first).days)))
    beta, albumin = pair
    if beta.value >= limits["iss beta-2 high"]:
        stage = "III"
    elif beta.value < limits["iss beta-2 low"] and albumin.value >= limits["iss albumin"]:
        stage = "I"
    else:
        stage = "II"
    rule = f"beta-2 microglobulin {beta.as_said} and albumin {albumin.as_said} at diagnosis"
    draft.put("iss", stage, [beta.source, albumin.source], rule)
