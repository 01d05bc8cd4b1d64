"""Files of patients: answer them, or simulate them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source
from tqdm import tqdm

from rrmm.atomic import beside
from rrmm.cohort import files
from rrmm.cohort.partitions import Partition, Work, answer, plan
from rrmm.cohort.reading import Reading, TableReader
from rrmm.cohort.simulate import flatten, patients
from rrmm.cohort.tally import sort_counts, text
from rrmm.errors import PatientError
from rrmm.rules.base import RuleBase

AS_NAMED = Reading()
MOST_PATIENTS = 1_000_000_000


def answer_tables(
    rule_base: RuleBase,
    digest: str,
    patterns: Sequence[str],
    output: Path,
    *,
    summary: Path | None = None,
    wide: bool = False,
    skip_bad: bool = False,
    reading: Reading = AS_NAMED,
    csv_safe: bool = True,
) -> str:
    """Answer tables of patients into `output`, write the counts into `summary`, and return them as text.

    `digest` names the state of the graph; `patterns` are files, folders or globs. With `skip_bad`, invalid
    rows go into a file of their own; with `csv_safe` a spreadsheet runs no cell of a CSV. Raises PatientError
    for an invalid table or row.
    """
    sources = files.find(patterns)
    out = output if output.name.strip(".") else output.resolve()
    summary = summary or out.with_name(f"{out.stem}.summary.json")
    partitions = plan(sources, out, several=not Path(patterns[0]).is_file() or len(sources) > 1)
    files.check_writable(summary)
    if summary.resolve() in {path.resolve() for part in partitions for path in (part.source, part.target, part.aside)}:
        raise PatientError(f"{summary}: is a table of patients or of answers. Give the summary another name.")
    with _progress(partitions) as progress:
        counts = sort_counts(answer(Work(rule_base, digest, wide, skip_bad, reading, csv_safe), partitions, progress))
    with beside(summary) as path:
        path.write_text(json.dumps(counts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    shown = f"{_columns(rule_base, reading, sources[0])}{text(counts, rule_base.named_by_any)}"
    if not (bad := counts["bad_rows"]):
        return shown
    aside = partitions[0].aside if len(partitions) == 1 else partitions[0].aside.parent
    return f"{shown}\nNot understood and set aside in {aside}: {bad:,} row{'' if bad == 1 else 's'}\n"


def _columns(rule_base: RuleBase, reading: Reading, source: Path) -> str:
    """Return which columns were read by another name, as text; empty where none was."""
    renamed = TableReader(rule_base, reading).renamed(files.scan(source).collect_schema().names())
    lines = "".join(f"  {name} is {path}\n" for name, path in renamed.items())
    return f"COLUMNS by another name\n{lines}\n" if lines else ""


@contextmanager
def _progress(partitions: Sequence[Partition]) -> Iterator[Callable[[int], object]]:
    """Return a progress callback; on a terminal it shows a bar with rate and time left."""
    shown = sys.stderr.isatty()
    total = None
    if shown:
        total = sum(files.scan(part.source).select(pl.len()).collect().item() for part in partitions)
    with tqdm(total=total, unit=" patients", unit_scale=True, disable=not shown) as bar:
        yield bar.update


def simulate(rule_base: RuleBase, count: int, seed: int, out: Path) -> None:
    """Write simulated patients into a file; raises PatientError for an invalid count, seed or file."""
    if not 1 <= count <= MOST_PATIENTS or seed < 0:
        wanted = f"give at least one patient, at most {MOST_PATIENTS:,}, and a seed of at least 0"
        raise PatientError(f"simulate {count} --seed {seed}: {wanted}.")
    form = files.kind(out, written=True)
    files.check_writable(out)
    tables = flatten(rule_base, count, seed) if form == "csv" else patients(rule_base, count, seed)
    first = next(tables)
    with beside(out) as path:
        files.sink(register_io_source(lambda *_: chain([first], tables), schema=first.schema), path, form)
