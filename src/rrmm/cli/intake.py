"""The command ``rrmm intake``: records in a standard of the field in, patient files out."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from contextlib import ExitStack
from io import StringIO
from itertools import count
from pathlib import Path

from rrmm.atomic import beside, make_folder, put
from rrmm.cli import arguments, records
from rrmm.cli.terminal import format_json, warn, write
from rrmm.cohort import require_libraries
from rrmm.errors import RrmmError
from rrmm.graph.files import GraphFiles
from rrmm.intake.read import JSON_ENDINGS, choose, from_path
from rrmm.intake.result import Intake
from rrmm.rules.base import RuleBase

WIDTH = 160
PATIENT = ".yaml"
TABLES = (".csv", ".parquet", ".xlsx", ".arrow")
HELP = "Turn records of FHIR, OMOP or Phenopackets into patient files; say where each key came from and what was left."
EXAMPLE = "rrmm intake bundle.json --from fhir --index-date 2026-02-16"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument(
        "input",
        type=Path,
        metavar="FILE|FOLDER",
        help="JSON, NDJSON, or a folder of them; of OMOP, a folder of CSV or Parquet",
    )
    records.add_arguments(parser, required=True)
    arguments.add_overlays(parser, "adds codes and names of your own, in Turtle; repeatable")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="writes the report beside the patient files, as JSON"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FOLDER|TABLE",
        help="writes one patient file a person into a folder, or one table (.csv, .parquet, .xlsx) with a row a person",
    )
    parser.add_argument("--format", choices=["yaml", "json"], default="yaml")


def run(options: argparse.Namespace) -> int:
    """Print or write the patient files and return the exit code."""
    _check_places(options)
    graph = arguments.load_with_overlays(options).files
    every = from_path(options.input, options.form, index_date=options.index_date, graph=graph)
    intakes = choose(every, options.person or [])
    with ExitStack() as written:
        if options.report:
            report = format_json([one.to_dict() for one in intakes]).encode()
            written.enter_context(beside(options.report)).write_bytes(report)
        if options.output and options.output.suffix.lower() in TABLES:
            _write_table(graph, intakes, options.output)
        elif options.output:
            make_folder(options.output)
            named = zip(_name_files(intakes), intakes, strict=True)
            put({options.output / f"{name}{PATIENT}": to_yaml(one).encode() for name, one in named})
        elif options.format == "json":
            write(format_json([one.to_dict() for one in intakes]))
        else:
            write("---\n".join(map(to_yaml, intakes)))
    return 0


def _check_places(options: argparse.Namespace) -> None:
    """Raise RrmmError where the report or the table has the place of a patient file or of a record."""
    report, output = (path and path.resolve() for path in (options.report, options.output))
    if report and (report == output or (report.parent == output and report.suffix == PATIENT)):
        raise RrmmError(f"{options.report}: is a place of patient files. Give the report another name.")
    read = TABLES if options.form == "omop" else JSON_ENDINGS
    for path in filter(None, (report, output)):
        if path.is_file() and path.suffix.lower() in read and options.input.resolve() in path.parents:
            raise RrmmError(f"{path}: is in the folder of the records, and would be lost. Give another place.")


def _write_table(graph: GraphFiles, intakes: Sequence[Intake], path: Path) -> None:
    """Write a table of the persons, and on standard error what stands below each patient file."""
    with require_libraries():
        from rrmm.cohort.writing import write
    write(RuleBase.of(graph), [one.patient for one in intakes], path)
    for intake in intakes:
        for note in intake.notes:
            warn(f"{intake.patient['id']}: {note}")


def _name_files(intakes: Sequence[Intake]) -> list[str]:
    """Return a file name for each person; two that would be alike get numbers."""
    names: dict[str, None] = {}
    for intake in intakes:
        letters = (letter if letter.isalnum() or letter in "-_." else "_" for letter in str(intake.patient["id"]))
        name = "".join(letters).lstrip(".") or "patient"
        same = (f"{name}-{number}" for number in count(2))
        names[name if name not in names else next(one for one in same if one not in names)] = None
    return list(names)


def to_yaml(intake: Intake) -> str:
    """Return a patient file, and below it what was not understood, assumed and ignored, as comments."""
    from ruamel.yaml import YAML

    stream = StringIO()
    writer = YAML(pure=True)
    writer.width = WIDTH
    writer.dump(intake.patient, stream)
    notes = (f"# {json.dumps(note, ensure_ascii=False)[1:-1]}\n" for note in intake.notes)
    return stream.getvalue() + "".join(notes)
