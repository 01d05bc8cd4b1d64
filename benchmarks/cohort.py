"""Tables of patients: the status of every option and every state, three-valued, beside peers; and with all reasons.

The columns read alone bound what any engine can do. The loop asks for one patient after the other; its time is that
of the first few, multiplied. DuckDB derives answers from SQL made of the same rules, and both hold a table of them in
memory before they count it; it reads each prior drug alone, so it races over patients whose prior drugs are unknown.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

from benchmarks.race import Contender, Race, Ratio
from rrmm.api import KnowledgeGraph
from rrmm.cohort.answers import HOLDS, STATE, Form
from rrmm.cohort.cells import normal
from rrmm.cohort.columns import layout
from rrmm.cohort.documents import document
from rrmm.cohort.planes import Rows
from rrmm.cohort.tally import add_counts
from rrmm.derivation.explain import Derivation
from rrmm.logic.dnf import Conjunction, Literal
from rrmm.patient.resolve import resolve
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import STATUSES

SIZES, MILLION, MOST = (10_000, 100_000, 1_000_000), 1_000_000, 10_000_000
SEED, FEW, STATED, WRITTEN = 8, 200, 100_000, 100_000
RRMM = (sys.executable, "-m", "rrmm")
READ, OURS, DUCKDB, LOOP = "Polars reads the columns", "rrmm", "DuckDB", "a loop over patients"
WRITE, LONG = "Polars writes that table, its texts as text", "rrmm, from Parquet to Parquet"
PLANES, EXPRESSIONS = "planes of bits", "expressions of Polars"
COMMAND = "rrmm cohort --wide, with the summary"

Counts = dict[str, Any]


def races() -> Iterator[Race]:
    """Yield the races, smallest table first; each table is made when its race comes."""
    yield Race(
        f"the states of {STATED:,} patients, logic alone",
        [Contender(name, f"{__name__}:{work}") for name, work in ((PLANES, "planes"), (EXPRESSIONS, "expressions"))],
        [Ratio(EXPRESSIONS, PLANES)],
        same=True,
    )
    with TemporaryDirectory() as folder:
        for count in SIZES:
            yield size_race(count, make_patients(Path(folder), count))
        yield peer_race(MILLION, make_patients(Path(folder), MILLION))
        yield reasons_race(MILLION, make_patients(Path(folder), MILLION))
        yield largest(make_patients(Path(folder), MOST))


def make_patients(folder: Path, count: int) -> str:
    """Return a Parquet file of so many made-up patients."""
    path = folder / f"{count}.parquet"
    if not path.exists():
        subprocess.run(
            [*RRMM, "simulate", str(count), "--seed", str(SEED), "-o", str(path)], check=True, stdout=DEVNULL
        )
    return str(path)


def size_race(count: int, path: str) -> Race:
    """Return the race over one table, in memory."""
    here, million = f"{__name__}:", count == MILLION
    return Race(
        f"{count:,} patients, statuses and states",
        [
            Contender(READ, f"{here}read", (path,)),
            Contender(OURS, f"{here}ours", (path,)),
            Contender(LOOP, f"{here}loop", (path,), times=count / FEW, rounds=3),
        ],
        [
            Ratio(OURS, READ, at_most=1.8 if million else None),
            Ratio(LOOP, OURS),
        ],
        same=True,
    )


def peer_race(count: int, path: str) -> Race:
    """Return the race with DuckDB, without a bound, over the patients of a table without their prior drugs."""
    untold = f"{path}.untold.parquet"
    pl.read_parquet(path).with_columns(prior_drugs=None).write_parquet(untold)
    return Race(
        f"{count:,} patients whose prior drugs are unknown, statuses and states",
        [Contender(OURS, f"{__name__}:ours", (untold,)), Contender(DUCKDB, "benchmarks.duck:statuses", (untold,))],
        [Ratio(DUCKDB, OURS)],
        rounds=3,
        same=True,
    )


def reasons_race(count: int, path: str) -> Race:
    """Return the race with reasons, cautions and needs, to a file; the texts of a part fill the memory of a peer."""
    here = f"{__name__}:"
    return Race(
        f"{count:,} patients, with reasons and needs",
        [
            Contender(WRITE, f"{here}write", (path,), times=count / WRITTEN),
            Contender(LONG, f"{here}long", (path,)),
        ],
        [Ratio(LONG, WRITE, at_most=1.4)],
        rounds=3,
    )


def largest(path: str) -> Race:
    """Return the race over the largest table, batch by batch."""
    command = (*RRMM, "cohort", path, "-o", f"{path}.answers.parquet", "--wide")
    return Race(
        f"{MOST:,} patients, statuses and states",
        [
            Contender(READ, f"{__name__}:read_on", (path,)),
            Contender(OURS, f"{__name__}:ours_on", (path,)),
            Contender(COMMAND, command=command),
        ],
        [Ratio(OURS, READ)],
        rounds=1,
    )


def read(path: str) -> Callable[[], None]:
    """Return what reads a file into memory."""
    return lambda: _drop(pl.scan_parquet(path).collect())


def read_on(path: str) -> Callable[[], None]:
    """Return what reads a file batch by batch."""
    return lambda: pl.scan_parquet(path).sink_batches(_drop)


def _drop(frame: pl.DataFrame) -> None:
    assert frame.width  # noqa: S101 - there is something to drop


def ours(path: str) -> Callable[[], Counts]:
    """Return what reads a Parquet file, derives a table of answers, one row a patient, and counts it."""
    graph = KnowledgeGraph.load()
    form = Form(graph.rule_base)
    return lambda: counts(form, graph.cohort(pl.scan_parquet(path), wide=True).collect())


def ours_on(path: str) -> Callable[[], Counts]:
    """Return the same batch by batch, no more of the answers in memory than one."""
    graph = KnowledgeGraph.load()
    form = Form(graph.rule_base)

    def derived() -> Counts:
        found: list[Counts] = []
        graph.cohort(pl.scan_parquet(path), wide=True).sink_batches(lambda batch: found.append(counts(form, batch)))
        return reduce(add_counts, found)

    return derived


def counts(form: Form, answers: pl.DataFrame) -> Counts:
    """Return how many patients there are, and how many have each answer, by state and by option."""
    words = dict.fromkeys(form.states, HOLDS) | dict.fromkeys(form.options.categories, STATUSES)
    summed = [(pl.col(name) == word).sum().alias(f"{name} {word}") for name in words for word in words[name]]
    (numbers,) = answers.select(summed).rows(named=True)
    found = {name: {word: numbers[f"{name} {word}"] for word in words[name]} for name in words}
    return {
        "patients": answers.height,
        "states": {name.removeprefix(STATE): found[name] for name in form.states},
        "options": {name: found[name] for name in form.options.categories},
    }


def loop(path: str) -> Callable[[], None]:
    """Return the derivation for the first few patients of a file, each from its patient file."""
    rule_base = KnowledgeGraph.load().rule_base
    frame = pl.read_parquet(path, n_rows=FEW)
    table = normal(layout(rule_base, frame.schema, path), frame)
    documents = [document(rule_base, table, row) for row in range(FEW)]

    def derived() -> None:
        for one in documents:
            Derivation(rule_base, resolve(one, rule_base)).answers()

    return derived


def long(path: str) -> Callable[[], None]:
    """Return what reads a file, derives a row a patient and option with its reasons, and writes them to a file."""
    graph = KnowledgeGraph.load()
    return lambda: graph.cohort(pl.scan_parquet(path)).sink_parquet(f"{path}.long.parquet")


def write(path: str) -> Callable[[], None]:
    """Return what writes the same table of the first patients from memory."""
    answers = KnowledgeGraph.load().cohort(pl.scan_parquet(path).head(WRITTEN)).collect()
    table = answers.with_columns(pl.col(pl.Categorical).cast(pl.String))
    return lambda: table.write_parquet(f"{path}.written.parquet")


def planes() -> Callable[[], list[int]]:
    """Return the states as sets of rows, over random truths of the conditions; it gives how often each holds."""
    rule_base, met = KnowledgeGraph.load().rule_base, _truths()
    rows = Rows(STATED)
    of = {literal: rows.where(truths) for literal, truths in met.items()}
    return lambda: [
        int(np.bitwise_count(rows.any(rows.every(map(of.__getitem__, one)) for one in sets)).sum())
        for sets in _sets(rule_base)
    ]


def expressions() -> Callable[[], list[int]]:
    """Return the same as one selection of expressions over columns of truth values."""
    rule_base, met = KnowledgeGraph.load().rule_base, _truths()
    frame = pl.DataFrame({_named(literal): truths for literal, truths in met.items()})
    holds = [
        pl.any_horizontal([pl.all_horizontal([_named(literal) for literal in one]) for one in sets]).alias(str(number))
        for number, sets in enumerate(_sets(rule_base))
    ]
    return lambda: [*frame.select(holds).sum().row(0)]


def _truths() -> dict[Literal, np.ndarray]:
    """Return for each condition, met and not met, random rows; a third of all are neither."""
    random = np.random.default_rng(SEED)
    found = {}
    for name in KnowledgeGraph.load().rule_base.conditions:
        drawn = random.integers(0, 3, STATED)
        found[name, True], found[name, False] = drawn == 0, drawn == 1
    return found


def _sets(rule_base: RuleBase) -> list[list[Conjunction]]:
    return [[*sets] for state in rule_base.states.values() for sets in (state.yes, state.no) if sets]


def _named(literal: Literal) -> str:
    return f"{literal[0]} {literal[1]}"
