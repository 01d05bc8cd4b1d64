"""Lines of therapy and the courses of their drugs: records made up at random are read as what they tell."""

from __future__ import annotations

from random import Random

import pytest

from rrmm.intake import from_fhir
from support.random_courses import Course, record
from support.records import course, dose, response


def courses(patient):
    """Return the courses of all drugs of a patient file but the steroid."""
    days, best, duration = "days_from_last_dose_to_progression", "best_response", "response_duration_mo"
    return sorted(
        Course(one["drug"], one["line"], one.get(days), one.get(best), one.get(duration))
        for one in patient["prior_drugs"]
        if one["drug"] != "dexamethasone"
    )


@pytest.mark.parametrize(
    "seeds", [range(40), pytest.param(range(40, 1000), marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_a_record_is_read_as_what_it_tells(seeds):
    """Lines, days from the last dose, best responses, durations and intervals are those by which it was made."""
    for seed in seeds:
        resources, truth = record(Random(seed))
        (intake,) = from_fhir(resources)
        patient, transplant = intake.patient, intake.patient.get("transplant", {})
        assert courses(patient) == sorted(truth.courses), f"seed {seed}"
        assert patient["prior_lines"] == max(one.line for one in truth.courses), f"seed {seed}"
        assert patient["treatment_free_interval_mo"] == truth.interval, f"seed {seed}"
        assert transplant.get("months_to_relapse") == truth.months_to_relapse, f"seed {seed}"
        assert transplant.get("maintenance", False) == (truth.months_to_relapse is not None), f"seed {seed}"


def shorten(resource, random, share):
    """Leave some dates of a resource without their day."""
    period = resource.get("effectivePeriod", {})
    for holder, key in ((period, "start"), (period, "end"), (resource, "effectiveDateTime")):
        if key in holder and random.random() < share:
            holder[key] = holder[key][:7]


@pytest.mark.parametrize(
    "seeds", [range(40), pytest.param(range(40, 1000), marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_of_months_nothing_is_wrong(seeds):
    """Of dates without their day, what is given fits the truth, and most of what months can tell is given."""
    given = {True: 0, False: 0}
    for seed in seeds:
        resources, truth = record(Random(seed))
        if any("T" in resource.get("effectiveDateTime", "") for resource in resources):
            continue
        random, known = Random(seed), {(one.drug, one.line): one for one in truth.courses}
        share = random.choice((0.1, 0.3, 1))
        for resource in resources:
            shorten(resource, random, share)
        (intake,) = from_fhir(resources)
        lines = max(one.line for one in truth.courses)
        assert intake.patient.get("prior_lines", lines) == lines, f"seed {seed}"
        for entry in intake.patient["prior_drugs"] if "prior_lines" in intake.patient else []:
            if entry["drug"] == "dexamethasone":
                continue
            days, true = entry.get("days_from_last_dose_to_progression"), known[entry["drug"], entry["line"]].days
            status = entry.get("status") or (days is not None and ("refractory" if days <= 60 else "later"))
            given[bool(status)] += 1
            assert not status or (status == "refractory") == (true <= 60), f"seed {seed}"
    assert given[True] > 2 * given[False]


@pytest.mark.parametrize(("start", "days"), [("2020-06", None), ("2020-06-20", 10), ("2020-07", 10)])
def test_a_drug_that_began_in_the_month_of_a_progression(start, days):
    """Before or after it is not said: what differs is left out, and the drug is named."""
    drugs = [course("bortezomib", "2020-01-01", "2020-06-05"), course("carfilzomib", start, "2020-12-01")]
    (intake,) = from_fhir([PATIENT, *drugs, response("PD", "2020-06-15")])
    first = next(one for one in courses(intake.patient) if one.drug == "bortezomib")
    assert first.days == days
    doubted = [fault["why"] for fault in intake.not_understood if "after a progression of these days" in fault["why"]]
    assert bool(doubted) == (days is None)
    assert all("carfilzomib from 2020-06" in why for why in doubted)


def doses(drug, *days):
    """Return a dose of a drug on each of some days."""
    return [dose(drug, day) for day in days]


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
    (intake,) = from_fhir([PATIENT, *BEFORE, PROGRESSION, *after])
    first = next(one for one in courses(intake.patient) if (one.drug, one.line) == ("bortezomib", 1))
    assert (intake.patient["prior_lines"], first.days) == (lines, days)
