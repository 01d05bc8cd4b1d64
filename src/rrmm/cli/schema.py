"""The command ``rrmm schema``: the JSON Schema of what the other commands read and write."""

from __future__ import annotations

import argparse

from rrmm.cli import arguments
from rrmm.cli.terminal import format_json, write

HELP = "Print the schema of a patient file, a table of patients, or a report."
EXAMPLE = "rrmm schema patient"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("of", choices=["patient", "cohort", "report", "comparison"])


def run(options: argparse.Namespace) -> int:
    """Print the schema and return the exit code."""
    from rrmm.patient import schema as of_patient
    from rrmm.report import schema as of_report

    of_graph = {"patient": of_patient.patient, "cohort": of_patient.cohort}
    fixed = {"report": of_report.report, "comparison": of_report.comparison}
    kind = options.of
    write(format_json(of_graph[kind](arguments.load_graph().rule_base) if kind in of_graph else fixed[kind]()))
    return 0
