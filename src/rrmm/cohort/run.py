"""Cohorts from the command line: tables of patients answered, or made up."""

from __future__ import annotations

import argparse
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
from rrmm.cohort.partitions import Partition, Work, answer, planned
from rrmm.cohort.simulate import flattened, patients
from rrmm.cohort.tally import ordered, text
from rrmm.errors import PatientError
from rrmm.rules.base import RuleBase


def cohort(rule_base: RuleBase, digest: str, options: argparse.Namespace) -> int:
    """Answer tables of patients, print what they come to and return the exit code."""
    sources = files.found(options.patients)
    out: Path = options.output if options.output.name.strip(".") else options.output.resolve()
    summary: Path = options.summary or out.with_name(f"{out.stem}.summary.json")
    partitions = planned(sources, out, several=not Path(options.patients[0]).is_file() or len(sources) > 1)
    files.free(summary)
    if summary.resolve() in {path.resolve() for one in partitions for path in (one.source, one.target, one.aside)}:
        raise PatientError(f"{summary}: is a table of patients or of answers. Give the summary another name.")
    work = Work(rule_base, digest, options.wide, options.skip_bad)
    with _progress(partitions) as progress:
        counts = ordered(answer(work, partitions, progress))
    with beside(summary) as path:
        path.write_text(json.dumps(counts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(text(counts))
    if bad := counts["bad_rows"]:
        aside = partitions[0].aside if len(partitions) == 1 else partitions[0].aside.parent
        sys.stdout.write(f"\nNot understood and set aside in {aside}: {bad:,} row{'' if bad == 1 else 's'}\n")
    return 0


@contextmanager
def _progress(partitions: Sequence[Partition]) -> Iterator[Callable[[int], object]]:
    """Give what is told of answered patients: a bar with rate and time left where a person looks on."""
    shown = sys.stderr.isatty()
    total = sum(files.scan(one.source).select(pl.len()).collect().item() for one in partitions) if shown else None
    with tqdm(total=total, unit=" patients", unit_scale=True, disable=not shown) as bar:
        yield bar.update


def simulate(rule_base: RuleBase, options: argparse.Namespace) -> int:
    """Make up patients and return the exit code."""
    count, seed, out = options.count, options.seed, options.output
    if count < 1 or seed < 0:
        raise PatientError(f"simulate {count} --seed {seed}: give at least one patient, and a seed of at least 0.")
    form = files.kind(out)
    files.free(out)
    tables = flattened(rule_base, count, seed) if form == "csv" else patients(rule_base, count, seed)
    first = next(tables)
    with beside(out) as path:
        files.sink(register_io_source(lambda *_: chain([first], tables), schema=first.schema), path, form)
    sys.stdout.write(f"{count:,} made-up patients in {out}\n")
    return 0
