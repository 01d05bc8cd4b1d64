"""Lines of therapy and the courses of their drugs: records made up at random are read as what they tell."""

from __future__ import annotations

from random import Random

import pytest

from rrmm.intake import from_fhir
from support.random_courses import Course, record
from support.records import course, response


def read(resources) -> tuple[object, list[Course]]:
    """Return the number of prior lines, and the courses of all drugs but the steroid."""
    (intake,) = from_fhir(resources)
    entries = [one for one in intake.patient["prior_drugs"] if one["drug"] != "dexamethasone"]
    days, best, duration = "days_from_last_dose_to_progression", "best_response", "response_duration_mo"
    return intake.patient.get("prior_lines"), [
        Course(one["drug"], one["line"], one.get(days), one.get(best), one.get(duration)) for one in entries
    ]


@pytest.mark.parametrize(
    "seeds", [range(40), pytest.param(range(40, 1000), marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_a_record_is_read_as_what_it_tells(seeds):
    """Lines, days from the last dose, best responses and durations are those by which the record was made."""
    for seed in seeds:
        resources, courses = record(Random(seed))
        number, found = read(resources)
        assert (number, sorted(found)) == (max(one.line for one in courses), sorted(courses)), f"seed {seed}"


def doses(drug, *days):
    """Return a dose of a drug on each of some days."""
    dose = {"resourceType": "MedicationAdministration", "status": "completed"}
    named = {"medicationCodeableConcept": {"text": drug}}
    return [{**dose, **named, "id": f"{drug}{day}", "effectiveDateTime": day} for day in days]


PATIENT = {"resourceType": "Patient", "id": "p"}
BEFORE = doses("bortezomib", "2020-05-04", "2020-05-11", "2020-05-18", "2020-05-25")
PROGRESSION = response("PD", "2020-06-01")


@pytest.mark.parametrize(
    ("after", "lines", "days"),
    [
        ([], 1, 7),
        (doses("bortezomib", "2020-06-01"), 1, 0),
        (doses("bortezomib", "2020-06-04", "2020-06-11"), 1, 0),
        (doses("bortezomib", "2020-07-20", "2020-07-27"), 2, 7),
        (doses("bortezomib", "2020-06-01") + doses("carfilzomib", "2020-07-20"), 2, 0),
        (doses("bortezomib", "2020-06-04") + doses("carfilzomib", "2020-07-20"), 2, 0),
        (doses("bortezomib", "2020-06-04", "2020-07-01") + doses("daratumumab", "2020-06-10"), 2, 7),
        ([course("bortezomib", "2020-06-01", "2020-09-01")], 2, 7),
        (doses("carfilzomib", "2020-06-01", "2020-06-08"), 2, 7),
    ],
)
def test_doses_about_a_progression(after, lines, days):
    """A dose on its day, and what goes on without a pause or another drug, is of the line that progressed."""
    number, found = read([PATIENT, *BEFORE, PROGRESSION, *after])
    assert (number, next(one.days for one in found if (one.drug, one.line) == ("bortezomib", 1))) == (lines, days)
