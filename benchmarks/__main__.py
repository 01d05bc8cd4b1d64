"""Run the races, and write the report; with the names of suites, run these alone and print theirs.

python -m benchmarks [--rounds N] [--strict] [SUITE …]
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import picture, report
from benchmarks.race import Result, run
from rrmm.atomic import put

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "benchmarks"
SUITES = ("cold", "patient", "catalogue", "validation", "cohort", "spark", "growth", "endpoint")


def race_suites(suites: Sequence[str], rounds: int) -> list[Result]:
    """Run the races of suites one after the other, and say so."""
    results = []
    for suite in suites:
        for race in importlib.import_module(f"benchmarks.{suite}").races():
            sys.stderr.write(f"{suite}: {race.name}\n")
            results.append(run(race, rounds))
    return results


def write(document: report.Document) -> None:
    """Write the report and its picture."""
    put(
        {
            FOLDER / "benchmarks.json": (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode(),
            FOLDER / "README.md": report.markdown(document).encode(),
            FOLDER / "cohort.svg": picture.draw(document),
        }
    )


def main() -> int:
    """Read the arguments, run, and return the exit code: 1 with `--strict` where a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of {', '.join(SUITES)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--strict", action="store_true", help="ends with 1 where a bound is missed")
    options = parser.parse_args()
    if unknown := set(options.suites) - set(SUITES):
        parser.error(f"no suite {', '.join(sorted(unknown))}; there are {', '.join(SUITES)}")
    results = race_suites(options.suites or SUITES, options.rounds)
    document = report.document(results)
    if options.suites:
        print(report.markdown(document))
    else:
        write(document)
    print(report.verdicts(document))
    return int(options.strict and report.missed(document))


if __name__ == "__main__":
    sys.exit(main())
