"""One record written in the ways that a standard allows gives one patient file, whichever way is chosen."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import pytest

from rrmm.intake import from_fhir, from_phenopacket
from rrmm.intake.read import from_path

RECORDS = ("toxicity-and-tandem", "units")
FOLDER = Path(__file__).parent / "intake"
TIME = "T10:30:00+09:00"


def nodes(node):
    """Yield every object of a document."""
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(part)


def resources(bundle, *kinds):
    """Return the resources of a Bundle, of some types."""
    found = [entry["resource"] for entry in bundle["entry"]]
    return [one for one in found if not kinds or one["resourceType"] in kinds]


def in_another_order(bundle):
    """Shuffle the entries."""
    random.Random(3).shuffle(bundle["entry"])
    return bundle


def by_uuid(bundle):
    """Give entries addresses of their own, which references use."""
    text = json.dumps(bundle)
    for number, entry in enumerate(bundle["entry"]):
        resource = entry["resource"]
        text = text.replace(f'"{resource["resourceType"]}/{resource["id"]}"', f'"urn:uuid:{number}"')
    bundle = json.loads(text)
    for number, entry in enumerate(bundle["entry"]):
        entry["fullUrl"] = f"urn:uuid:{number}"
    return bundle


def as_list(bundle):
    """Leave out the Bundle."""
    return resources(bundle)


def in_a_bundle_within(bundle):
    """Put the Bundle into another."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": bundle}]}


def with_contained_drugs(bundle):
    """Name drugs by Medication resources within."""
    for one in resources(bundle):
        if "medicationCodeableConcept" in one:
            one["contained"] = [{"resourceType": "Medication", "id": "m", "code": one.pop("medicationCodeableConcept")}]
            one["medicationReference"] = {"reference": "#m"}
    return bundle


def with_local_codes_first(bundle):
    """Put a code of the hospital's own before each."""
    for node in nodes(bundle):
        if isinstance(node.get("coding"), list):
            node["coding"].insert(0, {"system": "urn:oid:1.2.3.4", "code": "Z9"})
    return bundle


def with_times(bundle):
    """Give every day a time and a zone."""
    for node in nodes(bundle):
        for key in {"effectiveDateTime", "start", "end", "performedDateTime", "onsetDateTime"} & node.keys():
            node[key] += TIME if len(node[key]) == len("2026-02-02") else ""
    return bundle


def observed(key, value_of):
    """Return the change that writes the day of each observation under another key."""

    def change(bundle):
        for one in resources(bundle, "Observation"):
            if "effectiveDateTime" in one:
                one[key] = value_of(one.pop("effectiveDateTime"))
        return bundle

    return change


def amended(bundle):
    """Correct every observation."""
    for one in resources(bundle, "Observation"):
        one["status"] = "corrected" if one["status"] == "final" else one["status"]
    return bundle


def as_release_5(bundle):
    """Write drugs and procedures as FHIR R5 does."""
    for one in resources(bundle):
        if "medicationCodeableConcept" in one:
            one["medication"] = {"concept": one.pop("medicationCodeableConcept")}
        for key in [key for key in one if key.startswith("performed")]:
            one[key.replace("performed", "occurrence")] = one.pop(key)
    return bundle


def values_in_words(bundle):
    """Write quantities and concepts as text."""
    for one in resources(bundle, "Observation"):
        if one.get("valueCodeableConcept", {}).get("text"):
            one["valueString"] = one.pop("valueCodeableConcept")["text"]
        if "valueQuantity" in one and "comparator" not in one["valueQuantity"]:
            quantity = one.pop("valueQuantity")
            one["valueString"] = f"{quantity['value']} {quantity.get('unit') or quantity.get('code', '')}".strip()
    return bundle


FORMS = {
    "another order": in_another_order,
    "references by UUID": by_uuid,
    "a list of resources": as_list,
    "a Bundle within a Bundle": in_a_bundle_within,
    "drugs as contained resources": with_contained_drugs,
    "local codes first": with_local_codes_first,
    "days with times": with_times,
    "periods": observed("effectivePeriod", lambda day: {"start": day, "end": day}),
    "instants": observed("effectiveInstant", lambda day: day if "T" in day else day + TIME),
    "timings": observed("effectiveTiming", lambda day: {"event": [day]}),
    "issued": observed("issued", lambda day: day if "T" in day else day + TIME),
    "corrected": amended,
    "release 5": as_release_5,
    "values in words": values_in_words,
}


def patients(path):
    """Return the patient files of a record, lists without an order in one."""
    found = [one.patient for one in from_path(path, "fhir", index_date="2026-02-16")]
    for patient in found:
        patient.get("comorbidities", []).sort(key=str)
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("record", RECORDS)
def test_a_form_changes_nothing(record, form, tmp_path):
    """The patient files are those of the record as it was."""
    original = FOLDER / record / "record.json"
    changed = FORMS[form](json.loads(original.read_text()))
    assert json.dumps(changed) != json.dumps(json.loads(original.read_text())), "the form is that of the record"
    (tmp_path / "record.json").write_text(json.dumps(changed))
    assert patients(tmp_path / "record.json") == patients(original) != [{}]


def rows_in_another_order(head, rows):
    """Shuffle rows and columns."""
    places = random.Random(2).sample(range(len(head)), len(head))
    shuffled = random.Random(1).sample(rows, len(rows))
    return [head[place] for place in places], [[row[place] for place in places] for row in shuffled]


def in_capitals(head, rows):
    """Write the names of columns in capitals."""
    return [name.upper() for name in head], rows


def with_decimals(head, rows):
    """Write whole numbers as a column of floating point numbers."""
    return head, [
        [f"{cell}.0" if cell.isdigit() and not name.endswith(("_code", "_value")) else cell for name, cell in row]
        for row in (list(zip(head, row, strict=True)) for row in rows)
    ]


def with_nulls(head, rows):
    """Write a word for what is missing."""
    return head, [[cell or "NULL" for cell in row] for row in rows]


@pytest.mark.parametrize("form", [rows_in_another_order, in_capitals, with_decimals, with_nulls])
def test_a_form_of_a_table_changes_nothing(form, tmp_path):
    """The patient files of an OMOP extract are those of the tables as they were; nothing more is left out."""
    original = FOLDER / "omop-three-persons" / "omop"
    for path in original.glob("*.csv"):
        head, *rows = csv.reader(path.read_text().splitlines())
        head, rows = form(head, rows)
        with (tmp_path / path.name).open("w", newline="") as stream:
            csv.writer(stream).writerows([head, *rows])
    before, after = (
        {one.patient["id"]: (one.patient, sorted(map(str, one.not_understood))) for one in from_path(folder, "omop")}
        for folder in (original, tmp_path)
    )
    assert before.keys() == after.keys() and len(before) == 3
    assert before == after


def test_what_is_no_date_is_named(tmp_path):
    """A day in the order of a country is not read, and said; a year that stands for an open end is neither."""
    folder = tmp_path / "omop"
    folder.mkdir()
    (folder / "person.csv").write_text("person_id,year_of_birth\n1,1960\n")
    (folder / "drug_exposure.csv").write_text(
        "drug_exposure_id,person_id,drug_concept_id,drug_exposure_start_date,drug_exposure_end_date,drug_source_value\n"
        "1,1,0,03/10/2025,2025-09-01,bortezomib\n2,1,0,2025-10-01,9999-12-31,carfilzomib\n"
    )
    (intake,) = from_path(folder, "omop")
    said = [f"{one['what']}: {one['why']}" for one in intake.not_understood if "ISO 8601" in one["why"]]
    assert said == ["drug_exposure/1: '03/10/2025': no date of ISO 8601 (YYYY-MM-DD); not read"]


@pytest.mark.parametrize("written", [True, "true", " TRUE "])
def test_a_truth_is_one_as_a_text_too(written):
    """What was not to be given was not, and what is excluded is not there."""
    order = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "active",
        "intent": "order",
        "authoredOn": "2024-01-01",
        "doNotPerform": written,
        "medicationCodeableConcept": {"text": "bortezomib"},
    }
    assert "prior_drugs" not in from_fhir([{"resourceType": "Patient", "id": "p"}, order])[0].patient
    excluded = {"type": {"id": "HP:0001635", "label": "heart failure"}, "excluded": written}
    packet = {"id": "x", "subject": {"id": "p"}, "phenotypicFeatures": [excluded]}
    denied = {"name": "heart failure", "present": False}
    assert from_phenopacket(packet)[0].patient["comorbidities"] == [denied]
