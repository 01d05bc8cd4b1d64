"""Records in a standard of the field as the patient of a command; what was not understood goes to standard error."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rrmm.cli.terminal import read_input, warn
from rrmm.errors import PatientError
from rrmm.graph.files import GraphFiles

FORMATS = ("fhir", "omop", "phenopacket")


def add_arguments(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add the arguments that say how records are read."""
    parser.add_argument("--from", dest="form", choices=FORMATS, required=required, help="the standard of a record")
    parser.add_argument(
        "--index-date", metavar="DATE", help="what is dated later does not count; the last fact of a record by default"
    )
    parser.add_argument("--person", action="append", metavar="ID", help="one of the persons of a record; repeatable")


def refuse_without_form(options: argparse.Namespace) -> None:
    """Raise PatientError for arguments of records where none is read."""
    given = [name for name, value in (("--index-date", options.index_date), ("--person", options.person)) if value]
    if given and options.form is None:
        raise PatientError(f"{' and '.join(given)}: for records alone. Add --from {' or '.join(FORMATS)}.")


def read_patient(where: str, options: argparse.Namespace, graph: GraphFiles) -> dict[str, Any]:
    """Return the patient file of the one person of a record, and print what was left of the record.

    Raises PatientError where it holds several persons and `--person` does not choose one of them.
    """
    from rrmm.intake import read

    if where == "-":
        content = read.parse_json(read_input(), "standard input")
        intakes = read.from_content(content, options.form, index_date=options.index_date, graph=graph)
    else:
        intakes = read.from_path(Path(where), options.form, index_date=options.index_date, graph=graph)
    chosen = read.choose(intakes, options.person or [])
    if len(chosen) != 1:
        raise PatientError(
            f"{where}: {len(chosen):,} persons ({read.list_persons(chosen)}). Choose one with --person ID, or write"
            f" a patient file of each with: rrmm intake {where} --from {options.form} -o FOLDER"
        )
    for note in chosen[0].notes:
        warn(f"{where}: {note}")
    return chosen[0].patient
