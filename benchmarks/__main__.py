"""Run the races, and write the report; with the names of suites, run these alone and print theirs.

python -m benchmarks [--rounds N] [SUITE …]
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
from rrmm.files import put

ROOT = Path(__file__).parent.parent
SUITES = ("cold", "patient", "catalogue", "validation", "cohort", "growth")
BEGIN, END = "<!-- benchmarks -->", "<!-- end of benchmarks -->"


def raced(suites: Sequence[str], rounds: int) -> list[Result]:
    """Run the races of suites one after the other, and say so."""
    found = []
    for suite in suites:
        for race in importlib.import_module(f"benchmarks.{suite}").races():
            sys.stderr.write(f"{suite}: {race.name}\n")
            found.append(run(race, rounds))
    return found


def written(results: Sequence[Result]) -> None:
    """Write the report, the picture, and the table of ratios in the README."""
    folder, readme = ROOT / "docs" / "benchmarks", ROOT / "README.md"
    folder.mkdir(exist_ok=True)
    document = json.dumps(report.document(results), ensure_ascii=False, indent=1) + "\n"
    put(
        {
            folder / "README.md": report.markdown(results).encode(),
            folder / "benchmarks.json": document.encode(),
            folder / "cohort.svg": picture.drawn(results),
            readme: renewed(readme.read_text(encoding="utf-8"), results).encode(),
        }
    )


def renewed(readme: str, results: Sequence[Result]) -> str:
    """Return the README with the ratios that are wanted between its marks."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    bounded = [result._replace(race=result.race._replace(ratios=_bounded(result))) for result in results]
    table = "\n".join(report.ratios([result for result in bounded if result.race.ratios]))
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _bounded(result: Result) -> list[report.Ratio]:
    return [ratio for ratio in result.race.ratios if report.wanted(ratio)]


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of {', '.join(SUITES)}")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if unknown := set(options.suites) - set(SUITES):
        parser.error(f"no suite {', '.join(sorted(unknown))}; there are {', '.join(SUITES)}")
    results = raced(options.suites or SUITES, options.rounds)
    if options.suites:
        print(report.markdown(results))
    else:
        written(results)


if __name__ == "__main__":
    main()
