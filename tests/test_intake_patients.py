"""Synthetic patients, messier than a standard asks: each with the patient file that a careful reader writes.

A folder of `tests/intake` is one input with its `expected.yaml`: what is expected was written by reading, not by
running. In it, `not_understood` are pieces of what must be said, `ignored` counts by reason over all persons.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from ruamel.yaml import YAML

from rrmm.intake.read import from_path
from rrmm.patient.resolve import resolve

FOLDERS = sorted(path.parent for path in (Path(__file__).parent / "intake").glob("*/expected.yaml"))


def expectation(folder):
    """Return what is expected of a folder, and where its input stands."""
    expected = YAML(typ="safe", pure=True).load(folder / "expected.yaml")
    return expected, folder / expected["input"] if "input" in expected else folder


def read(expected, path):
    """Return the intakes of an input."""
    return from_path(path, expected["from"], index_date=expected.get("index_date"))


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def case(request):
    """Return the intakes of one folder with what is expected of them."""
    expected, path = expectation(request.param)
    return read(expected, path), expected


def test_patient_files(case):
    """The patient files are the expected ones, to the key, in the order of the persons."""
    intakes, expected = case
    assert [one.patient for one in intakes] == expected["patients"]


def test_what_is_left_is_named(case):
    """What was not understood and ignored is in the report."""
    intakes, expected = case
    said = [f"{one['what']}: {one['why']}" for intake in intakes for one in intake.not_understood]
    assert [piece for piece in expected.get("not_understood", ()) if not any(piece in text for text in said)] == []
    ignored = sum((Counter(intake.ignored) for intake in intakes), Counter())
    assert {reason: ignored[reason] for reason in expected.get("ignored", ())} == expected.get("ignored", {})


def test_every_key_has_a_source(case):
    """Each key of a patient file says where it came from."""
    intakes, _ = case
    for intake in intakes:
        sources = {path.partition(".")[0].partition("[")[0] for path, several in intake.sources.items() if several}
        assert set(intake.patient) <= sources


def test_patient_files_can_be_answered(case, kg):
    """A patient file that intake writes is one that the library reads."""
    intakes, _ = case
    for intake in intakes:
        resolve(intake.patient, kg.rule_base, "intake")


def test_parquet_is_read_as_csv_is(tmp_path):
    """An OMOP extract in Parquet, with types in place of text, gives the same patient files."""
    expected, path = expectation(Path(__file__).parent / "intake" / "omop-three-persons")
    for table in path.iterdir():
        pl.read_csv(table, separator=";", try_parse_dates=True).write_parquet(tmp_path / f"{table.stem}.parquet")
    assert [one.patient for one in read(expected, tmp_path)] == expected["patients"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_inputs_are_of_their_standard(folder):
    """The inputs are what the field's own models take: what is messy in them is what the standard allows."""
    expected, place = expectation(folder)
    paths = sorted({*folder.glob("*.json"), *folder.glob("*.ndjson"), *([place] if place.is_file() else ())})
    assert paths or expected["from"] == "omop"
    for path in paths:
        text = path.read_text(encoding="utf-8")
        contents = [json.loads(line) for line in text.splitlines()] if path.suffix == ".ndjson" else [json.loads(text)]
        for content in contents:
            if expected["from"] == "fhir":
                validate_fhir(content)
            else:
                validate_phenopackets(content)


def validate_fhir(content):
    """Raise an error for a resource that is not FHIR R4B."""
    fhir = pytest.importorskip("fhir.resources.R4B")
    fhir.get_fhir_model_class(content["resourceType"]).model_validate(content)


def validate_phenopackets(content):
    """Raise an error for what is no phenopacket of version 2."""
    json_format, phenopackets = pytest.importorskip("google.protobuf.json_format"), pytest.importorskip("phenopackets")
    for packet in content if isinstance(content, list) else [content]:
        json_format.ParseDict(packet, phenopackets.Phenopacket())
