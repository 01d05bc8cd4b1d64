"""The command ``rrmm cohort``: tables of patients in, tables of answers out."""

from __future__ import annotations

import argparse
from pathlib import Path

from rrmm.cli import arguments
from rrmm.cli.terminal import write
from rrmm.cohort import require_libraries

HELP = "Answer a table of patients: which options are open for each, why, and what is not known."
EXAMPLE = "rrmm cohort patients.csv -o answers.parquet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument(
        "patients",
        nargs="+",
        help="tables with one row a patient (.parquet, .csv, .arrow, .xlsx), a folder or glob of them",
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
    parser.add_argument(
        "--map",
        type=Path,
        metavar="FILE",
        help="columns of the tables by their keys, in YAML or JSON: 'Hb fall: relapse.findings.hemoglobin_fall_g_dl';"
        " keep carries a column to the answers, drop leaves it out",
    )
    parser.add_argument(
        "--keep", action="append", default=[], metavar="COLUMN", help="carries a column to the answers; repeatable"
    )
    parser.add_argument(
        "--csv-safe",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="writes an apostrophe before a text of a CSV that a spreadsheet would run as a formula, such as an id"
        " that begins with = (default: yes)",
    )
    arguments.add_overlays(parser)
    arguments.add_view(parser)
    parser.add_argument("--summary", type=Path, metavar="FILE", help="the counts as JSON (default: beside OUT)")


def run(options: argparse.Namespace) -> int:
    """Answer the tables, print what they come to, and return the exit code."""
    with require_libraries():
        from rrmm.cohort import run
        from rrmm.cohort.reading import Reading
    graph = arguments.load_with_overlays(options).view(options.source, options.as_of)
    write(
        run.answer_tables(
            graph.rule_base,
            graph.files.digest,
            options.patients,
            options.output,
            summary=options.summary,
            wide=options.wide,
            skip_bad=options.skip_bad,
            reading=Reading.of(options.map, options.keep),
            csv_safe=options.csv_safe,
        )
    )
    return 0
