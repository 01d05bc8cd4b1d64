"""Tables of patients answered one after the other: what is done is kept, what is bad is set aside.

Beside the answers of several tables stands ``_rrmm``: of each, what it was answered from and what it came to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import polars as pl

from rrmm.atomic import beside
from rrmm.cohort import files
from rrmm.cohort.evaluator import ID, CohortEvaluator
from rrmm.cohort.tally import Counts, added, counted
from rrmm.errors import PatientError
from rrmm.rules.base import RuleBase
from rrmm.version import __version__

ROW, PROBLEM = "row", "problem"
SHOWN = 5
NOTES = "_rrmm"

Progress = Callable[[int], object]


class Partition(NamedTuple):
    """One table of patients, where its answers go, and where the rows that cannot be understood."""

    source: Path
    target: Path
    aside: Path
    note: Path | None = None


class Work(NamedTuple):
    """How tables are answered: over which graph, in which form, and what becomes of bad rows."""

    rule_base: RuleBase
    digest: str
    wide: bool
    skip_bad: bool


def planned(sources: Sequence[Path], out: Path, *, several: bool) -> list[Partition]:
    """Return where the answers of tables go: into a file, or into a folder with one file a table.

    Raises PatientError where an output has no place, or would overwrite another, or an input.
    """
    if not several:
        files.free(out)
        aside = out.with_name(f"{out.stem}.bad{sources[0].suffix}")
        found = [Partition(sources[0], out, aside)]
    else:
        if out.is_file():
            raise PatientError(f"{out}: is a file, but the answers of several tables go to a folder. Name one.")
        aside = out.with_name(f"{out.name}.bad")
        suffix = out.suffix if out.suffix in files.SUFFIXES else None
        names = [source.with_suffix(suffix or source.suffix).name for source in sources]
        found = [
            Partition(source, out / name, aside / source.name, out / NOTES / f"{name}.json")
            for source, name in zip(sources, names, strict=True)
        ]
    inputs = {source.resolve() for source in sources}
    targets = [partition.target.resolve() for partition in found]
    for source, target, aside, _ in found:
        if targets.count(target.resolve()) > 1:
            raise PatientError(f"{source}: another table has its name. Rename one: each goes to {target.name}.")
        for path in (target, aside):
            if path.resolve() in inputs:
                raise PatientError(f"{path}: is a table of patients, and would be overwritten. Give OUT another name.")
        files.kind(target)
    return found


def answer(work: Work, partitions: Sequence[Partition], progress: Progress) -> Counts:
    """Answer the tables, each unless that is done, and return their counts together.

    The columns of all are looked at first. Raises PatientError for a column that patients do not have, and,
    unless bad rows are skipped, for rows that cannot be understood: how many, and the first of them.
    """
    steps = [_Step(work, partition, progress) for partition in partitions]
    for folder in {partition.note.parent for partition in partitions if partition.note}:
        folder.mkdir(parents=True, exist_ok=True)
    return reduce(added, [step.counts() for step in steps])


class _Step:
    """The work on one table, batch by batch, in several threads."""

    def __init__(self, work: Work, partition: Partition, progress: Progress) -> None:
        self.work, self.partition, self.progress = work, partition, progress
        self.frame = files.scan(partition.source)
        names = self.frame.collect_schema().names()
        if {ROW, PROBLEM} <= set(names):
            self.frame = self.frame.drop(ROW, PROBLEM)
        self.frame = self.frame.with_row_index(ROW, offset=1)
        self.named = ID in names
        if not self.named:
            self.frame = self.frame.with_columns(pl.col(ROW).cast(pl.String).alias(ID))
        schema = self.frame.drop(ROW).collect_schema()
        self.evaluator = CohortEvaluator(work.rule_base, schema, str(partition.source), wide=work.wide)
        self.found = counted(self.evaluator.form, self.evaluator.evaluate(pl.DataFrame(schema=schema), asking=True))
        self.bad: list[tuple[int, str]] = []
        self.bad_rows = 0
        self.shared = pl.Series(dtype=schema[ID])
        self.aside: list[pl.DataFrame] = []
        self.lock = Lock()

    def counts(self) -> Counts:
        """Return the counts of the table, once its answers are there."""
        source, target, aside, note = self.partition
        origin = self._origin() if note else {}
        if note and (noted := _noted(note)).get("of") == origin and noted.get("size") == _size(target):
            done, bad = dict(noted["counts"]), noted["counts"]["bad_rows"]
            if not bad or (self.work.skip_bad and aside.is_file()):
                self.progress(done["patients"] + bad)
                return done
        if note:
            note.unlink(missing_ok=True)
        with files.understood(source), beside(target) as path:
            if self.named:
                self.shared = _shared(self.frame)
            answers = self.frame.map_batches(self._answers, schema=self.evaluator.schema, streamable=True)
            files.sink(answers, path, files.kind(target))
            if self.bad_rows and not self.work.skip_bad:
                raise PatientError(self._refusal())
            if self.aside:
                aside.parent.mkdir(exist_ok=True)
                with beside(aside) as path:
                    files.sink(pl.concat(self.aside).sort(ROW).lazy(), path, files.kind(aside))
        counts = {**self.found, "bad_rows": self.bad_rows}
        if note:
            done = {"of": origin, "size": _size(target), "counts": counts}
            note.write_text(json.dumps(done), encoding="utf-8")
        return counts

    def _answers(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Return the answers for the good rows of a batch; none where one bad row refuses the table."""
        shared = batch[ID].is_in(self.shared.implode()).fill_null(False)
        if shared.any():
            rows = batch.filter(shared)
            problems = [f"id: {name} stands in several rows. One row is one patient." for name in rows[ID]]
            self._bad(rows, problems, rows.height)
        rows = batch.filter(~shared)
        evaluation = self.evaluator.evaluate(rows.drop(ROW), asking=True)
        if evaluation.faulty.any():
            faults = list(islice(self.evaluator.faults(evaluation), None if self.work.skip_bad else SHOWN))
            places, problems = [fault.place for fault in faults], [fault.problem for fault in faults]
            self._bad(rows[places], problems, int(evaluation.faulty.sum()))
            evaluation = self.evaluator.evaluate(rows.filter(~evaluation.faulty).drop(ROW), asking=True)
        refused = self.bad_rows and not self.work.skip_bad
        counts = {} if refused else counted(self.evaluator.form, evaluation)
        with self.lock:
            self.found = added(self.found, counts)
            self.progress(batch.height)
        return pl.DataFrame(schema=self.evaluator.schema) if refused else self.evaluator.answers(evaluation)

    def _bad(self, rows: pl.DataFrame, problems: Sequence[str], count: int) -> None:
        """Keep bad rows, each with what is wrong; where they refuse the table, the first of so many."""
        told = zip(rows[ROW].to_list(), problems, strict=True)
        with self.lock:
            self.bad_rows += count
            self.bad = sorted([*self.bad, *told])[:SHOWN]
            if self.work.skip_bad:
                self.aside.append(rows.select(ROW, pl.Series(PROBLEM, problems, dtype=pl.String), pl.exclude(ROW)))

    def _refusal(self) -> str:
        first = "".join(f"\n  row {row}: {problem}" for row, problem in self.bad)
        left = f"\n  and {self.bad_rows - len(self.bad):,} more" if self.bad_rows > len(self.bad) else ""
        rows, them = ("1 row", "it") if self.bad_rows == 1 else (f"{self.bad_rows:,} rows", "them")
        advice = f"Correct {them}, or set {them} aside with --skip-bad."
        return f"{self.partition.source}: {rows} cannot be understood. {advice}{first}{left}"

    def _origin(self) -> dict[str, Any]:
        """Return what the answers of the table follow from."""
        with self.partition.source.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        return {"input": content, "graph": self.work.digest, "rrmm": __version__, "wide": self.work.wide}


def _noted(note: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(note.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError):
        return {}


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _shared(frame: pl.LazyFrame) -> pl.Series:
    """Return the identifiers that stand in several rows."""
    ids = frame.select(ID).drop_nulls()
    return ids.filter(pl.col(ID).is_duplicated()).unique().collect().to_series()
