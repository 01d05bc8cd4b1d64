"""The command ``rrmm simulate``: made-up patients into a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from rrmm.cli import arguments
from rrmm.cli.terminal import write
from rrmm.cohort import require_libraries

HELP = "Make up patients, correlated as a registry's are, for tests and benchmarks; no claim of epidemiology."
EXAMPLE = "rrmm simulate 1000 --seed 1 -o patients.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("count", type=int, metavar="N", help="how many patients")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="the same seed, the same patients (default: 0)"
    )
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="OUT", help="a file (.parquet, .csv, .arrow)"
    )


def run(options: argparse.Namespace) -> int:
    """Make up the patients and return the exit code."""
    with require_libraries():
        from rrmm.cohort import run
    run.simulate(arguments.load_graph().rule_base, options.count, options.seed, options.output)
    write(f"{options.count:,} made-up patients in {options.output}\n")
    return 0
