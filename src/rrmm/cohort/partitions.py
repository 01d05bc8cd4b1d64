"""Answer tables of patients one after the other; skip those that are answered already, and set bad rows aside.

The folder ``_rrmm`` beside the answers holds a note for each table: the digests of its inputs, and its counts; an empty
one while it is answered anew. So answers of a table that is no longer given are known, and refused beside new ones.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import polars as pl

from rrmm.atomic import beside, make_folder
from rrmm.cohort import files
from rrmm.cohort.evaluator import ID, CohortEvaluator
from rrmm.cohort.reading import Reading, TableReader
from rrmm.cohort.tally import Counts, add_counts, count_answers
from rrmm.errors import PatientError
from rrmm.records import JsonObject
from rrmm.rules.base import RuleBase
from rrmm.texts import parse_json
from rrmm.version import __version__

ROW, PROBLEM = "row", "problem"
SHOWN = 5
NOTES = "_rrmm"

Progress = Callable[[int], object]


class Partition(NamedTuple):
    """One table of patients, the file of its answers, and the file of its invalid rows."""

    source: Path
    target: Path
    aside: Path
    note: Path | None = None


class Work(NamedTuple):
    """How to answer tables: by which rule base, in which form, whether to skip invalid rows, how to read columns.

    With `csv_safe` a spreadsheet runs no cell of a CSV that is written.
    """

    rule_base: RuleBase
    digest: str
    wide: bool
    skip_bad: bool
    reading: Reading = Reading()
    csv_safe: bool = True


def plan(sources: Sequence[Path], out: Path, *, several: bool) -> list[Partition]:
    """Return input and outputs of each table: one file of answers, or a folder with one file a table.

    Raises PatientError where an output cannot be written, would overwrite an input or another output, or would stand
    among the answers of a table that is not given.
    """
    if not several:
        files.check_writable(out)
        aside = out.with_name(f"{out.stem}.bad{files.written(sources[0].suffix)}")
        partitions = [Partition(sources[0], out, aside)]
    else:
        if out.is_file():
            raise PatientError(f"{out}: is a file, but the answers of several tables go to a folder. Name one.")
        aside = out.with_name(f"{out.name}.bad")
        suffix = out.suffix if out.suffix in files.SUFFIXES else None
        names = [source.with_suffix(suffix or files.written(source.suffix)).name for source in sources]
        _refuse_earlier(out, aside, names)
        partitions = [
            Partition(
                source,
                out / name,
                aside / source.with_suffix(files.written(source.suffix)).name,
                out / NOTES / f"{name}.json",
            )
            for source, name in zip(sources, names, strict=True)
        ]
    inputs = {source.resolve() for source in sources}
    targets = [partition.target.resolve() for partition in partitions]
    for source, target, aside, _ in partitions:
        if targets.count(target.resolve()) > 1:
            raise PatientError(f"{source}: another table has its name. Rename one: each goes to {target.name}.")
        for path in (target, aside):
            if path.resolve() in inputs:
                raise PatientError(f"{path}: is a table of patients, and would be overwritten. Give OUT another name.")
        files.kind(target, written=True)
    return partitions


def _refuse_earlier(out: Path, aside: Path, names: Sequence[str]) -> None:
    """Raise PatientError where answers or invalid rows lie that a run wrote for another table than these."""
    earlier = [note.stem for note in sorted((out / NOTES).glob("*.json")) if note.stem not in names]
    if left := [str(folder / name) for folder in (out, aside) for name in earlier if (folder / name).is_file()]:
        shown = ", ".join(left[:SHOWN]) + (f" and {len(left) - SHOWN:,} more" if len(left) > SHOWN else "")
        problem = f"{out}: holds what an earlier run wrote for tables that are not among these: {shown}."
        raise PatientError(f"{problem} Remove it, or name another folder.")


def answer(work: Work, partitions: Sequence[Partition], progress: Progress) -> Counts:
    """Answer the tables that are not answered yet, and return the counts of all.

    Raises PatientError for an unknown column of any table, before a row is read; and for invalid rows, unless they
    are skipped: how many there are, and the first of them.
    """
    steps = [_Step(work, partition, progress) for partition in partitions]
    for folder in {partition.note.parent for partition in partitions if partition.note}:
        make_folder(folder)
    return reduce(add_counts, [step.counts() for step in steps])


class _Step:
    """The work on one table, batch by batch, in several threads."""

    def __init__(self, work: Work, partition: Partition, progress: Progress) -> None:
        self.work, self.partition, self.progress = work, partition, progress
        self.frame = files.scan(partition.source)
        if {ROW, PROBLEM} <= set(self.frame.collect_schema().names()):
            self.frame = self.frame.drop(ROW, PROBLEM)
        reader = TableReader(work.rule_base, work.reading)
        self.frame, self.kept = reader.read(self.frame, str(partition.source))
        names = self.frame.collect_schema().names()
        self.frame = self.frame.with_row_index(ROW, offset=1)
        self.named = ID in names
        if not self.named:
            self.frame = self.frame.with_columns(pl.col(ROW).cast(pl.String).alias(ID))
        every = self.frame.collect_schema()
        schema = pl.Schema({name: dtype for name, dtype in every.items() if name not in {ROW, *self.kept}})
        self.evaluator = CohortEvaluator(work.rule_base, schema, str(partition.source), wide=work.wide)
        self.totals = count_answers(
            self.evaluator.form, self.evaluator.evaluate(pl.DataFrame(schema=schema), asking=True)
        )
        if clash := [name for name in self.kept if name in self.evaluator.schema]:
            raise PatientError(
                f"{partition.source}: {', '.join(clash)}: a column of the answers. Rename it to keep it."
            )
        self.schema = {**self.evaluator.schema, **{name: every[name] for name in self.kept}}
        self.bad: list[tuple[int, str]] = []
        self.bad_rows = 0
        self.shared = pl.Series(dtype=schema[ID])
        self.aside: list[pl.DataFrame] = []
        self.lock = Lock()

    def counts(self) -> Counts:
        """Answer the table unless its answers are there, and return its counts."""
        source, target, aside, note = self.partition
        origin = self._origin() if note else {}
        if note and (earlier := _read_note(note)).get("of") == origin and earlier.get("size") == _size(target):
            done, bad = dict(earlier["counts"]), earlier["counts"]["bad_rows"]
            if not bad or (self.work.skip_bad and aside.is_file()):
                self.progress(done["patients"] + bad)
                return done
        if note and note.is_file():
            note.write_bytes(b"")
        with files.translate_errors(source), beside(target) as path:
            if self.named:
                self.shared = _shared_ids(self.frame)
            answers = self.frame.map_batches(self._answers, schema=self.schema, streamable=True)
            files.sink(answers, path, files.kind(target), csv_safe=self.work.csv_safe)
            if self.bad_rows and not self.work.skip_bad:
                raise PatientError(self._refusal())
            if self.aside:
                make_folder(aside.parent)
                with beside(aside) as path:
                    rows = pl.concat(self.aside).sort(ROW).lazy()
                    files.sink(rows, path, files.kind(aside), csv_safe=self.work.csv_safe)
        counts = {**self.totals, "bad_rows": self.bad_rows}
        if note:
            note.write_text(_seal({"of": origin, "size": _size(target), "counts": counts}), encoding="utf-8")
        return counts

    def _answers(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Return the answers for the valid rows of a batch; none once an invalid row has refused the table."""
        shared = batch[ID].is_in(self.shared.implode()).fill_null(False)
        if shared.any():
            rows = batch.filter(shared)
            problems = [f"id: {name} stands in several rows. One row is one patient." for name in rows[ID]]
            self._set_aside(rows, problems, rows.height)
        rows = batch.filter(~shared)
        evaluation = self.evaluator.evaluate(rows.drop(ROW, *self.kept), asking=True)
        if evaluation.faulty.any():
            faults = list(islice(self.evaluator.faults(evaluation), None if self.work.skip_bad else SHOWN))
            places, problems = [fault.place for fault in faults], [fault.problem for fault in faults]
            self._set_aside(rows[places], problems, int(evaluation.faulty.sum()))
            evaluation = self.evaluator.evaluate(rows.filter(~evaluation.faulty).drop(ROW, *self.kept), asking=True)
        refused = self.bad_rows and not self.work.skip_bad
        counts = {} if refused else count_answers(self.evaluator.form, evaluation)
        with self.lock:
            self.totals = add_counts(self.totals, counts)
            self.progress(batch.height)
        if refused:
            return pl.DataFrame(schema=self.schema)
        answers = self.evaluator.answers(evaluation)
        if not self.kept:
            return answers
        beside = rows.select(pl.col(ID).cast(pl.String), *self.kept)
        return answers.join(beside, on=ID, how="left", maintain_order="left")

    def _set_aside(self, rows: pl.DataFrame, problems: Sequence[str], count: int) -> None:
        """Keep invalid rows with their problems; where they refuse the table, only the first and their number."""
        faults = zip(rows[ROW].to_list(), problems, strict=True)
        with self.lock:
            self.bad_rows += count
            self.bad = sorted([*self.bad, *faults])[:SHOWN]
            if self.work.skip_bad:
                self.aside.append(rows.select(ROW, pl.Series(PROBLEM, problems, dtype=pl.String), pl.exclude(ROW)))

    def _refusal(self) -> str:
        first = "".join(f"\n  row {row}: {problem}" for row, problem in self.bad)
        left = f"\n  and {self.bad_rows - len(self.bad):,} more" if self.bad_rows > len(self.bad) else ""
        rows, them = ("1 row", "it") if self.bad_rows == 1 else (f"{self.bad_rows:,} rows", "them")
        advice = f"Correct {them}, or set {them} aside with --skip-bad."
        return f"{self.partition.source}: {rows} cannot be understood. {advice}{first}{left}"

    def _origin(self) -> JsonObject:
        """Return digests of all that determines the answers of the table."""
        with self.partition.source.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        work = {"wide": self.work.wide, "csv_safe": self.work.csv_safe}
        return {"input": content, "graph": self.work.digest, "rrmm": __version__, **work} | (
            {"columns": dict(self.work.reading.columns)} if self.work.reading.columns else {}
        )


def _read_note(note: Path) -> JsonObject:
    """Return what a note says, nothing where it is missing or is not as it was written."""
    try:
        text = note.read_text(encoding="utf-8")
        told = dict(parse_json(text)["done"])
    except (OSError, TypeError, ValueError, KeyError):
        return {}
    return told if text == _seal(told) else {}


def _seal(done: JsonObject) -> str:
    """Return a note with the checksum of what it says."""
    return json.dumps({"done": done, "checksum": zlib.crc32(json.dumps(done).encode())})


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _shared_ids(frame: pl.LazyFrame) -> pl.Series:
    """Return the identifiers that stand in several rows."""
    ids = frame.select(ID).drop_nulls()
    return ids.filter(pl.col(ID).is_duplicated()).unique().collect().to_series()
