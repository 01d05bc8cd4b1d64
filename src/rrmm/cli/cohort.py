"""The commands ``rrmm cohort`` and ``rrmm simulate``: their arguments, and what runs them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rrmm.cli import arguments
from rrmm.cohort import needed

HELP = "Answer a table of patients: which options are open for each, why, and what is not known."
SIMULATE_HELP = "Make up patients, correlated as a registry's are, for tests and benchmarks; no claim of epidemiology."


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``rrmm cohort`` to its parser."""
    parser.add_argument(
        "patients", nargs="+", help="tables with one row a patient (.parquet, .csv, .arrow), a folder or glob of them"
    )
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        type=Path,
        metavar="OUT",
        help="a file (.parquet, .csv, .arrow); for several tables a folder, in which a second run goes on where"
        " the first one stopped",
    )
    parser.add_argument(
        "--wide",
        action="store_true",
        help="one row a patient with the status of each option, the states and the timing,"
        " in place of one row a patient and option with reasons, cautions and needs",
    )
    parser.add_argument(
        "--skip-bad",
        action="store_true",
        help="sets rows that cannot be understood aside in a file of their own, with what is wrong, beside OUT",
    )
    parser.add_argument("--summary", type=Path, metavar="FILE", help="the counts as JSON (default: beside OUT)")


def add_simulate_to(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``rrmm simulate`` to its parser."""
    parser.add_argument("count", type=int, metavar="N", help="how many patients")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="the same seed, the same patients (default: 0)"
    )
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="OUT", help="a file (.parquet, .csv, .arrow)"
    )


def cohort(options: argparse.Namespace) -> int:
    """Answer tables of patients and return the exit code."""
    graph = arguments.shipped()
    return int(_run().cohort(graph.rule_base, graph.files.digest, options))


def simulate(options: argparse.Namespace) -> int:
    """Make up patients and return the exit code."""
    return int(_run().simulate(arguments.shipped().rule_base, options))


def _run() -> Any:
    with needed():
        from rrmm.cohort import run
    return run
