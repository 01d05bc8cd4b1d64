"""The command ``rrmm schema``: the JSON Schema of what the other commands read and write."""

from __future__ import annotations

import argparse
import sys

from rrmm.cli import arguments
from rrmm.cli.terminal import format_json

HELP = "Print the schema of a patient file, a table of patients, or a report."
EXAMPLE = "rrmm schema patient"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("of", choices=["patient", "cohort", "report", "comparison"])


def run(options: argparse.Namespace) -> int:
    """Print the schema and return the exit code."""
    from rrmm.report import schema

    of_graph = {"patient": schema.patient, "cohort": schema.cohort}
    fixed = {"report": schema.report, "comparison": schema.comparison}
    kind = options.of
    sys.stdout.write(
        format_json(of_graph[kind](arguments.load_graph().rule_base) if kind in of_graph else fixed[kind]())
    )
    return 0
