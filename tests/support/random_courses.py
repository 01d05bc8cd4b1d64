"""Records of treatments made up at random whose truth is known: lines, last doses, progressions and responses.

A line ends with a progression, on or after its last dose, but for a late one; the next begins later, with a new drug.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple

from support.records import course, dose, procedure, response

REGIMENS = (
    *(("bortezomib", "lenalidomide"), ("carfilzomib", "lenalidomide"), ("daratumumab", "lenalidomide")),
    *(("pomalidomide", "bortezomib"), ("daratumumab", "pomalidomide"), ("isatuximab", "carfilzomib")),
    *(("selinexor", "bortezomib"), ("bortezomib", "cyclophosphamide"), ("ixazomib", "lenalidomide")),
    *(("carfilzomib",), ("teclistamab",), ("talquetamab",), ("belantamab mafodotin",)),
)
WORDS = {
    "bortezomib": ("bortezomib", "Velcade 3.5 mg", "bortezomib (VELCADE) 1.3 mg/m2 SC"),
    "lenalidomide": ("lenalidomide", "Revlimid 25 mg", "LENALIDOMIDE 10 MG CAP"),
    "daratumumab": ("daratumumab", "Darzalex 16 mg/kg", "daratumumab-hyaluronidase-fihj"),
    "teclistamab": ("teclistamab", "Tecvayli", "teclistamab-cqyv"),
}
SUPPORTIVE = ("aciclovir 400 mg", "aspirin 81 mg", "zoledronic acid 4 mg", "ondansetron")
LASTING = {"sCR", "CR", "VGPR", "PR"}
DAYS_PER_MONTH = 30.4375


class Course(NamedTuple):
    """A drug in a line: days from its last dose to the progression, the best response and its duration in months."""

    drug: str
    line: int
    days: int
    best: str | None
    duration: float | None


class Truth(NamedTuple):
    """What a record tells: courses, months without treatment at the last relapse, months from a transplantation."""

    courses: list[Course]
    interval: float
    months_to_relapse: float | None


def record(random: Random) -> tuple[list[dict[str, Any]], Truth]:
    """Return the resources of a person, shuffled, and what they tell."""
    resources: list[dict[str, Any]] = []
    courses: list[Course] = []
    by_doses, relapse = random.random() < 0.5, None
    begin, drugs = date(2016, 1, 1) + timedelta(days=random.randrange(900)), ("",)
    late: set[str] = set()
    for line in range(1, random.randrange(2, 6)):
        drugs = random.choice([one for one in REGIMENS if not set(one) <= set(drugs) and late.isdisjoint(one)])
        late.clear()
        ends = {drug: begin + timedelta(days=random.randrange(50, 700)) for drug in drugs}
        given = {drug: [(begin, end)] for drug, end in ends.items()}
        transplant = None
        if line == 1 and random.random() < 0.5:
            drugs, (given, transplant) = ("bortezomib", "lenalidomide"), _with_transplant(random, begin)
            resources.append(procedure("Autologous stem cell transplantation", performedDateTime=f"{transplant}"))
            ends = {drug: spans[-1][1] for drug, spans in given.items()}
        last = max(ends.values())
        progression = last + timedelta(days=random.choice((0, random.randrange(1, 61), random.randrange(61, 400))))
        best, day = random.choice(("sCR", "VGPR", "PR", "MR", "SD", None)), begin + timedelta(days=25)
        for drug in drugs:
            divide = _doses if by_doses else _orders
            spans = [part for start, end in given[drug] for part in divide(random, start, end)]
            if by_doses and (progression - ends[drug]).days <= 14 and random.random() < 0.3:
                ends[drug] = progression + timedelta(days=random.randrange(1, 8))
                spans.append((ends[drug], ends[drug]))
                late.add(drug)
            resources += [_given(random, drug, *span) for span in spans]
            days = max((progression - ends[drug]).days, 0)
            duration = _months(progression - day) if best in LASTING else None
            courses.append(Course(drug, line, days, best, duration))
        resources.append(course("dexamethasone 40 mg", f"{begin}", f"{ends[drugs[0]]}"))
        resources += [response(best, f"{day}")] if best else []
        resources.append(response(random.choice(("PD", "Progressive disease", "relapse")), f"{progression}"))
        relapse = _months(progression - transplant) if transplant else relapse
        interval = _months(max(progression - max(ends.values()), timedelta()))
        begin = progression + timedelta(days=random.randrange(12, 60))
    resources += [course(drug, "2016-02-01", "2020-01-01") for drug in SUPPORTIVE if random.random() < 0.5]
    random.shuffle(resources)
    numbered = [{"id": f"r{number}", **resource} for number, resource in enumerate(resources)]
    return [{"resourceType": "Patient", "id": "p"}, *numbered], Truth(courses, interval, relapse)


def _with_transplant(random: Random, begin: date) -> tuple[dict[str, list[tuple[date, date]]], date]:
    """Return when the drugs of induction and maintenance were given, and the day of the transplantation."""
    induced = begin + timedelta(days=random.randrange(80, 150))
    transplant = induced + timedelta(days=random.randrange(20, 60))
    maintained = transplant + timedelta(days=random.randrange(60, 120))
    maintenance = (maintained, maintained + timedelta(days=random.randrange(60, 900)))
    return {"bortezomib": [(begin, induced)], "lenalidomide": [(begin, induced), maintenance]}, transplant


def _months(span: timedelta) -> float:
    return round(span.days / DAYS_PER_MONTH, 1)


def _given(random: Random, drug: str, start: date, end: date) -> dict[str, Any]:
    text = random.choice(WORDS.get(drug, (drug,)))
    return course(text, f"{start}", f"{end}") if start < end else dose(text, f"{start}T10:00:00Z")


def _doses(random: Random, start: date, end: date) -> list[tuple[date, date]]:
    """Return days every one, two or four weeks, and the last."""
    days = [start]
    while (day := days[-1] + timedelta(days=random.choice((7, 14, 28)))) < end:
        days.append(day)
    return [(day, day) for day in (*days, end)]


def _orders(random: Random, start: date, end: date) -> list[tuple[date, date]]:
    """Return periods with pauses of a day to a month between them."""
    periods = []
    while (until := start + timedelta(days=random.randrange(20, 80))) < end - timedelta(days=35):
        periods.append((start, until))
        start = until + timedelta(days=random.randrange(1, 30))
    return [*periods, (start, end)]
