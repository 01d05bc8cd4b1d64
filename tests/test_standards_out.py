"""Reports as FHIR, histories as phenopackets: valid by the field's own models, and read back by intake."""

from __future__ import annotations

import json

import pytest

from rrmm.cli.main import main
from rrmm.intake import from_phenopacket
from support import ROOT

PATIENT = {
    "id": "round",
    "age": 66,
    "comorbidities": ["renal impairment", {"name": "heart failure", "present": False}],
    "prior_lines": 2,
    "prior_drugs": [
        {"drug": "bortezomib", "line": 1, "best_response": "VGPR"},
        {"drug": "lenalidomide", "line": 2, "best_response": "SD", "toxicity": "unacceptable"},
        {"drug": {"other": "iberdomide"}, "line": 2},
    ],
}


def written(form, capsys, *files):
    """Return what `rrmm regimens` prints in a format."""
    assert main(["regimens", *map(str, files), "--format", form]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def patient(tmp_path):
    """Return a patient file on disk."""
    path = tmp_path / "patient.json"
    path.write_text(json.dumps(PATIENT), encoding="utf-8")
    return path


def test_fhir_is_valid(capsys, patient):
    """A Bundle of two reports is one of FHIR R4B, and each option is one action."""
    bundle = pytest.importorskip("fhir.resources.R4B.bundle").Bundle
    content = written("fhir", capsys, patient, ROOT / "examples" / "double-refractory.yaml")
    bundle.model_validate(content)
    groups = [one["resource"] for one in content["entry"] if one["resource"]["resourceType"] == "RequestGroup"]
    assert [group["subject"]["display"] for group in groups] == ["round", "double-refractory"]
    assert all({"title", "code", "description"} <= action.keys() for group in groups for action in group["action"])


def test_references_of_fhir_stand_in_the_bundle(capsys, patient):
    """A GuidanceResponse points at its options and issues by their full addresses."""
    content = written("fhir", capsys, patient)
    response = content["entry"][0]["resource"]
    addresses = {entry["fullUrl"] for entry in content["entry"]}
    assert {response["result"]["reference"], response["evaluationMessage"][0]["reference"]} <= addresses


def test_fhir_says_the_same_as_json(capsys, patient):
    """Status, research use and sources are those of the report in JSON; what no source knows is an issue."""
    report, content = written("json", capsys, patient), written("fhir", capsys, patient)
    response, group, outcome = (entry["resource"] for entry in content["entry"])
    statuses = {action["title"]: action["code"][0]["coding"][0]["code"] for action in group["action"]}
    assert statuses == {option["option"]: option["status"] for option in report["options"]}
    notes = [note["text"] for note in response["note"]]
    assert report["knowledge"]["disclaimer"] in notes
    assert all(any(source["title"] in note for note in notes) for source in report["knowledge"]["sources"])
    assert "No source knows: iberdomide" in [issue["details"]["text"] for issue in outcome["issue"]]


def test_a_history_comes_back(capsys, patient):
    """A phenopacket is valid, and intake reads from it the patient file that it was written from."""
    content = written("phenopacket", capsys, patient)
    json_format = pytest.importorskip("google.protobuf.json_format")
    json_format.ParseDict(content, pytest.importorskip("phenopackets").Phenopacket())
    (intake,) = from_phenopacket(content, index_date=content["metaData"]["created"][:10])
    assert intake.patient == PATIENT
