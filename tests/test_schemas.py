"""The JSON Schemas of the report and of the comparison: made from the types, and strict."""

from __future__ import annotations

import json

import jsonschema
import pytest
from docs.reference import schemas

from rrmm.report import schema
from rrmm.report.comparison import compare
from rrmm.server import answer_schemas

DOUBLE_REFRACTORY = {
    "prior_drugs": [
        {"drug": "bortezomib", "status": "refractory"},
        {"drug": "lenalidomide", "status": "refractory"},
    ],
    "cytogenetics": ["del(17p)"],
    "comorbidities": ["heart failure"],
}
MISTAKES = {
    "unknown key": lambda report: report.update(extra=1),
    "missing key": lambda report: report.pop("timing"),
    "unknown status": lambda report: report["options"][0].update(status="open"),
    "missing reason": lambda report: report["options"][0].pop("because"),
    "number for text": lambda report: report.update(patient=1),
    "null for a list": lambda report: report.update(options=None),
    "unknown modality": lambda report: report["options"][0]["because"][0].update(modality="must"),
    "one end of a span": lambda report: report["options"][0]["because"][0]["source"].update(spans=[[1]]),
    "text for a citation": lambda report: report["options"][0]["because"][0]["source"].update(citations=["36"]),
    "unknown action": lambda report: report["timing"].update(action="wait"),
    "caution without reason": lambda report: report["options"][0]["cautions"][0].update(because=None),
}


@pytest.fixture(scope="module")
def report(kg):
    """Return the report of a patient with every kind of entry."""
    return kg.regimens_for(DOUBLE_REFRACTORY, what_if=True)


@pytest.mark.parametrize("name", ["report", "comparison"])
def test_the_schema_is_that_of_the_types(name):
    """What ``make schemas`` would write is what stands beside the types."""
    text = (schema.FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")
    assert text == schemas.to_text(schemas.build(name))
    jsonschema.Draft202012Validator.check_schema(getattr(schema, name)())


def test_the_schemas_of_answers_are_those_of_the_types():
    """What ``make schemas`` would write for short answers is what stands in the service."""
    text = answer_schemas.FILE.read_text(encoding="utf-8")
    assert text == schemas.to_text(schemas.build_answers())
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


@pytest.mark.parametrize("name", ["report", "comparison"])
def test_every_field_is_described(name):
    """Each key of each record says what it holds."""
    whole = getattr(schema, name)()
    records = {name: whole, **whole["$defs"]}
    bare = [
        f"{record}.{key}"
        for record, entry in records.items()
        for key, field in entry["properties"].items()
        if record != "Address" and "description" not in field
    ]
    assert bare == []


def test_a_report_is_accepted(report):
    """With evidence and changes, the report is valid."""
    jsonschema.validate(report.to_dict(), schema.report())


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused(report, mistake):
    """A report with one thing wrong is not valid."""
    spoilt = report.to_dict(everything=True)
    MISTAKES[mistake](spoilt)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spoilt, schema.report())


def test_a_comparison_is_accepted_and_one_with_a_single_side_is_not(kg, report):
    """Two sides are shown of all that differs, and no fewer."""
    data = compare(kg.regimens_for({}), report).data
    assert data["options"]
    jsonschema.validate(data, schema.comparison())
    data["options"][0]["sides"].pop()
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema.comparison())
