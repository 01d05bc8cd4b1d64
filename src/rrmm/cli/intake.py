"""The command ``rrmm intake``: records in a standard of the field in, patient files out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from rrmm.atomic import put
from rrmm.cli.terminal import format_json
from rrmm.errors import PatientError
from rrmm.intake.read import FORMATS, from_path
from rrmm.intake.result import Intake

WIDTH = 160
HELP = "Turn records of FHIR, OMOP or Phenopackets into patient files; say where each key came from and what was left."
EXAMPLE = "rrmm intake bundle.json --from fhir --index-date 2026-02-16"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument(
        "input", type=Path, metavar="FILE|FOLDER", help="JSON, NDJSON, or a folder of them; of OMOP, CSV"
    )
    parser.add_argument("--from", dest="form", choices=FORMATS, required=True, help="the standard of the records")
    parser.add_argument(
        "--index-date", metavar="DATE", help="what is dated later does not count; the last fact by default"
    )
    parser.add_argument("--person", action="append", metavar="ID", help="one of the persons; repeatable")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="writes the report beside the patient files, as JSON"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help="writes one patient file a person")
    parser.add_argument("--format", choices=["yaml", "json"], default="yaml")


def run(options: argparse.Namespace) -> int:
    """Print or write the patient files and return the exit code."""
    intakes = choose(from_path(options.input, options.form, index_date=options.index_date), options.person)
    if options.report:
        put({options.report: format_json([one.to_dict() for one in intakes]).encode()})
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
        put({options.output / f"{_file_name(one)}.yaml": to_yaml(one).encode() for one in intakes})
    elif options.format == "json":
        sys.stdout.write(format_json([one.to_dict() for one in intakes]))
    else:
        sys.stdout.write("---\n".join(map(to_yaml, intakes)))
    return 0


def _file_name(intake: Intake) -> str:
    letters = (letter if letter.isalnum() or letter in "-_." else "_" for letter in str(intake.patient["id"]))
    return "".join(letters).lstrip(".") or "patient"


def choose(intakes: Sequence[Intake], persons: Sequence[str] | None) -> list[Intake]:
    """Return the intakes of some persons, or all; raises PatientError for an unknown person."""
    if not persons:
        return list(intakes)
    known = {str(one.patient["id"]): one for one in intakes}
    unknown = [name for name in persons if name not in known]
    if unknown:
        raise PatientError(f"--person {unknown[0]}: not in the input. It has {', '.join(list(known)[:5])}.")
    return [known[name] for name in persons]


def to_yaml(intake: Intake) -> str:
    """Return a patient file, and below it what was not understood, assumed and ignored, as comments."""
    from ruamel.yaml import YAML

    stream = StringIO()
    writer = YAML(pure=True)
    writer.width = WIDTH
    writer.dump(intake.patient, stream)
    notes = [f"index date: {intake.index_date}"]
    notes += [f"not understood: {one['what']}: {one['why']}" for one in intake.not_understood]
    notes += [f"assumed: {text}" for text in intake.assumed]
    notes += [f"ignored: {reason}: {number}" for reason, number in intake.ignored.items()]
    return stream.getvalue() + "".join(f"# {json.dumps(note, ensure_ascii=False)[1:-1]}\n" for note in notes)
