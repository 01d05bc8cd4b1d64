"""A record takes time, and gives answers, that grow as it does."""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from contextlib import contextmanager

import pytest

from rrmm.catalogue.naming.lexicon import Lexicon
from rrmm.errors import PatientError
from rrmm.intake import from_fhir
from rrmm.intake.result import Draft
from support.records import dose

HANG_S = 60


@contextmanager
def deadline(seconds):
    """Fail what takes longer."""

    def stop(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def given(number, name, **more):
    """Return a statement of a drug, given on a day of its own."""
    day = f"{1950 + number // 336}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}"
    drug = {"medicationCodeableConcept": {"text": name}, "effectivePeriod": {"start": day, "end": day}}
    return {"resourceType": "MedicationStatement", "id": f"m{number}", "status": "completed", **drug, **more}


MANY = {
    "one drug day by day": lambda size: [given(n, "bortezomib") for n in range(size)],
    "maintenance without a name": lambda size: [
        given(n, "chemotherapy", note=[{"text": "maintenance"}]) for n in range(size)
    ],
    "doses without a name within a month": lambda size: [
        {**dose("study drug", f"2020-01-{n % 28 + 1:02}"), "id": f"m{n}"} for n in range(size)
    ],
    "notes that may take a drug back": lambda size: [
        given(n, "bortezomib", note=[{"text": "dexamethasone not given"}]) for n in range(size)
    ],
    "responses that name a line": lambda size: [
        given(0, "bortezomib"),
        *(
            {
                "resourceType": "Observation",
                "status": "final",
                "code": {"text": "IMWG response"},
                "effectiveDateTime": f"19{51 + n // 336}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}",
                "valueString": "PR in first line",
            }
            for n in range(size)
        ),
    ],
    "persons who are not in the input": lambda size: [
        resource
        for n in range(size // 2)
        for resource in (
            {"resourceType": "Patient", "id": f"p{n}"},
            {"resourceType": "Condition", "id": f"c{n}", "subject": {"reference": f"Patient/stranger{n}"}},
        )
    ],
    "references to one reason": lambda size: [
        {"resourceType": "Condition", "id": "c", "code": {"coding": [{"code": str(n)} for n in range(100)]}},
        given(0, "bortezomib", reasonReference=[{"reference": f"Condition/c/_history/{n}"} for n in range(size)]),
    ],
    "a report of many lines": lambda size: [
        {
            "resourceType": "DiagnosticReport",
            "code": {"text": "Cytogenetics report"},
            "conclusion": "t(4;14) negative\n" * size,
        }
    ],
    "a sentence without end": lambda size: [
        {
            "resourceType": "DiagnosticReport",
            "code": {"text": "Cytogenetics report"},
            "conclusion": "no del(17p) " * size,
        }
    ],
}


@pytest.mark.parametrize("kind", MANY)
def test_work_grows_as_the_record_does(kind):
    """Twice the record takes twice the calls: none looks at all others."""

    def count_calls(size):
        calls = Counter()
        content = MANY[kind](size)
        sys.setprofile(lambda frame, event, argument: calls.update([event]))
        try:
            from_fhir(content)
        finally:
            sys.setprofile(None)
        return calls.total()

    count_calls(4)
    assert count_calls(800) < 2.2 * count_calls(400)


def test_offers_are_not_looked_for(monkeypatch):
    """A drug that no name covers is named in the report; near names are for those who ask."""
    monkeypatch.setattr(Lexicon, "near", None)
    (intake,) = from_fhir([given(1, "quxomab")])
    assert intake.patient["prior_drugs"]


def test_drugs_that_go_on_through_all_lines_are_refused():
    """What is answered follows from what was sent: hundreds of drugs in hundreds of lines are no history."""
    endless = [given(n, f"drug{n}mab", status="active", effectivePeriod={"start": "1950-01-01"}) for n in range(100)]
    progressions = [
        {
            "resourceType": "Observation",
            "id": f"p{n}",
            "status": "final",
            "code": {"text": "Response to treatment"},
            "effectiveDateTime": f"{1951 + n}-06-01",
            "valueCodeableConcept": {"text": "progressive disease"},
        }
        for n in range(60)
    ]
    later = [given(n * 336 + 400, f"later{n}mab") for n in range(60)]
    assert from_fhir([*endless[:10], *progressions, *later])
    with pytest.raises(PatientError, match="Give each drug its end"):
        from_fhir([*endless, *progressions, *later])


def test_places_that_say_something_of_many_drugs_are_bounded():
    """Each response is a source of each drug of its line: many of both are refused."""
    draft = Draft()
    for number in range(4):
        draft.note(str(number), map(str, range(50_000)), "")
    with pytest.raises(PatientError, match="more than 200,000 places"):
        draft.note("5", ["1"], "")


@pytest.mark.parametrize("tail", ["1" * 1_000_000, "1 " * 500_000, "; del(17p)" * 100_000])
def test_a_cytogenetic_text_is_read_as_far_as_its_limit(tail):
    """Long digits and lists cost no more than a page, and what is not read is said."""
    report = {"resourceType": "DiagnosticReport", "id": "r", "code": {"text": "FISH"}, "conclusion": "del(17p) " + tail}
    with deadline(HANG_S):
        (intake,) = from_fhir([report])
    assert any("20,000" in one["what"] for one in intake.not_understood)


LONG = "xyzzy " * 20_000


@pytest.mark.parametrize(
    "code",
    [{"text": LONG}, {"coding": [{"code": "1", "display": LONG}]}, {"coding": [{"code": LONG}]}],
    ids=["text", "display", "code"],
)
def test_what_many_places_name_is_listed_by_its_beginning(code):
    """The answer does not repeat a long text for each resource that refers to it."""
    drug = {"resourceType": "Medication", "id": "m", "code": code}
    named = {"medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/m"}}
    (intake,) = from_fhir([drug, *(given(n, "", **named) for n in range(40))])
    answer = json.dumps(intake.to_dict())
    assert "xyzzy" in answer
    assert len(answer) < len(LONG)


def test_a_long_identifier_is_shortened():
    """What is listed of the parts of a resource does not repeat it."""
    parts = [{"code": {"text": f"panel {n}"}, "valueString": "x"} for n in range(40)]
    panel = {"resourceType": "Observation", "id": LONG, "status": "final", "code": {"text": "panel"}}
    (intake,) = from_fhir([{**panel, "component": parts}])
    assert len(json.dumps(intake.to_dict())) < len(LONG)


def test_a_concept_of_many_codes_is_refused():
    """A concept has the codes of some systems, not thousands."""
    codes = [{"code": str(n)} for n in range(201)]
    drug = given(1, "", medicationCodeableConcept={"coding": codes})
    with pytest.raises(PatientError, match="more than 200 codings"):
        from_fhir([drug])
    codes.pop()
    assert from_fhir([drug])


@pytest.mark.parametrize("text", ["0" * 300_000, "lenalidomide " * 30_000, "1-" * 150_000, "x, " * 100_000])
def test_a_long_text_in_place_of_a_name_is_read_to_a_bound(text):
    """It costs no more than a page, whatever it holds, and gives no drug."""
    named = {"status": "completed", "effectiveDateTime": "2024-01-01", "performedDateTime": "2024-01-01"}
    record = [
        {"resourceType": "MedicationStatement", "id": "m", **named, "medicationCodeableConcept": {"text": text}},
        {"resourceType": "Procedure", "id": "p", **named, "code": {"text": text}},
        {"resourceType": "Condition", "id": "c", "code": {"text": text}},
    ]
    with deadline(HANG_S):
        (intake,) = from_fhir(record)
    assert intake.patient.get("prior_drugs", []) in ([], ["rest unknown"])
