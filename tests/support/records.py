"""Small records of FHIR, and what an intake lists of them."""

from __future__ import annotations

from rrmm.intake import from_fhir

PERIOD = {"start": "2024-01-01", "end": "2024-06-01"}
REST = "rest unknown"


def read(*resources, index_date="2026-01-01"):
    """Return the intake of a person with some resources."""
    numbered = [{"id": f"r{number}", **resource} for number, resource in enumerate(resources)]
    return from_fhir([{"resourceType": "Patient", "id": "p"}, *numbered], index_date=index_date)[0]


def statement(text, **fields):
    """Return a statement that a drug was taken, or another resource of a drug."""
    said = {"resourceType": "MedicationStatement", "status": "completed", "medicationCodeableConcept": {"text": text}}
    return {**said, "effectivePeriod": PERIOD, **fields}


def record(**resource):
    """Return the intake of a person with bortezomib and one more resource of FHIR."""
    drug = {
        "resourceType": "MedicationStatement",
        "id": "m",
        "status": "completed",
        "medicationCodeableConcept": {"text": "bortezomib"},
        "effectivePeriod": {"start": "2024-01-01", "end": "2024-06-01"},
    }
    patient = {"resourceType": "Patient", "id": "p"}
    return from_fhir([patient, drug, {"id": "r", **resource}], index_date="2026-01-01")[0]


def is_not_understood(read, text):
    """Return whether an intake lists a text among what it did not understand."""
    return any(text in one["what"] for one in read.not_understood)


def lists(read, text):
    """Return whether an intake lists a text among what it did not understand, or ignored."""
    ignored = (what for several in read.ignored_items.values() for what in several)
    return is_not_understood(read, text) or any(text in what for what in ignored)


def course(name, start, end, **more):
    """Return the statement of a drug that was given from one day to another."""
    period = {"start": start, "end": end} if start else None
    drug = {"medicationCodeableConcept": {"text": name}, **({"effectivePeriod": period} if period else {})}
    return {
        "resourceType": "MedicationStatement",
        "status": "completed",
        "subject": {"reference": "Patient/p"},
        **drug,
        **more,
    }


def dose(name, day):
    """Return a dose of a drug that was given on a day."""
    given = {"resourceType": "MedicationAdministration", "status": "completed", "id": f"{name}-{day}"}
    return {**given, "medicationCodeableConcept": {"text": name}, "effectiveDateTime": day}


def measurement(name, day, value, unit):
    """Return a measurement of a day."""
    measured = {"resourceType": "Observation", "status": "final", "id": f"{name}-{day}", "code": {"text": name}}
    return {**measured, "effectiveDateTime": day, "valueQuantity": {"value": value, "unit": unit}}


def response(value, day):
    """Return the response of a day."""
    of_imwg = {"code": {"text": "IMWG response"}, "effectiveDateTime": day, "valueString": value}
    return {"resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/p"}, **of_imwg}


def procedure(text, **fields):
    """Return a procedure that was done."""
    done = {"resourceType": "Procedure", "status": "completed", "performedDateTime": "2024-03-01"}
    return {**done, "code": {"text": text}, **fields}


def drugs(intake):
    """Return the names of the prior drugs, and whether the list says that it is not complete."""
    entries = intake.patient.get("prior_drugs", [])
    named = {str(entry.get("drug") or entry.get("class")) for entry in entries if isinstance(entry, dict)}
    return named, REST in entries
