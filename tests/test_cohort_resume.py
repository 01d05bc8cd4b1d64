"""The command ``rrmm cohort``: an interrupted run leaves nothing half-written, and goes on where it stopped."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys

import polars as pl
import pytest

from rrmm.cohort.partitions import Work, answer, plan
from support.commands import checkout
from support.folders import held, names, small_batches, tables, write

KG = checkout()
COMPILED = KG.rule_base


INTERRUPTED = """
import os, signal, sys
from rrmm.cli.main import main
from rrmm.cohort.evaluator import CohortEvaluator

by, left, *arguments = sys.argv[1:]
answers, left = CohortEvaluator.answers, int(left)


def counted(judge, judged):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.Signals[by])
    return answers(judge, judged)


CohortEvaluator.answers = counted
sys.exit(main(arguments))
"""


def interrupted(by, after, *arguments):
    """Run a command that a signal ends when so many batches are answered; return its exit code."""
    command = [sys.executable, "-c", INTERRUPTED, by, str(after), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, env=small_batches()).returncode


LEFT = {"SIGINT": (130, 0), "SIGKILL": (-signal.SIGKILL, 1)}


@pytest.mark.parametrize("by", LEFT)
def test_an_interrupted_run_leaves_nothing_half_written(by, rrmm, folder, made_up):
    """After SIGINT nothing is there; SIGKILL leaves a hidden file, no table by its name."""
    made_up.write_parquet(folder / "patients.parquet")
    code, left = LEFT[by]
    assert interrupted(by, 5, "cohort", "patients.parquet", "-o", "answers.parquet") == code
    parts = list(folder.glob(".rrmm-*.part"))
    assert len(parts) == left
    assert names(folder) == sorted([*(part.name for part in parts), "patients.parquet"])
    assert rrmm("cohort", "patients.parquet", "-o", "answers.parquet")[0] == 0
    shown = [name for name in names(folder) if name[0] != "."]
    assert shown == ["answers.parquet", "answers.summary.json", "patients.parquet"]
    assert pl.read_parquet(folder / "answers.parquet").equals(KG.cohort(made_up).collect())


@pytest.mark.parametrize("by", LEFT)
def test_an_interrupted_run_goes_on(by, rrmm, folder, made_up):
    """Tables that are done are left as they are, the others answered, and it all comes to what one run comes to."""
    tables(folder, made_up)
    assert interrupted(by, 8, "cohort", "patients", "-o", "answers") == LEFT[by][0]
    done = folder / "answers" / "1.parquet"
    assert [path for path in names(folder / "answers") if path[0] not in "._"] == ["1.parquet"]
    assert not (folder / "answers.summary.json").exists()
    before = done.stat()
    code, told = rrmm("cohort", "patients", "-o", "answers")
    assert code == 0
    assert (done.stat().st_ino, done.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [path for path in names(folder / "answers") if path[0] not in "._"] == [f"{n}.parquet" for n in (1, 2, 3)]
    assert rrmm("cohort", "patients", "-o", "at_once") == (0, told)
    assert (folder / "answers.summary.json").read_text() == (folder / "at_once.summary.json").read_text()
    for number in (1, 2, 3):
        one, other = (folder / name / f"{number}.parquet" for name in ("answers", "at_once"))
        assert pl.read_parquet(one).equals(pl.read_parquet(other))


def damage(path):
    """Cut the end off a file."""
    path.write_bytes(path.read_bytes()[:-100])


def edit(path):
    """Let a note count nothing."""
    note = json.loads(path.read_text())
    note["done"]["counts"] = None
    path.write_text(json.dumps(note))
    return {}


CHANGES = {
    "nothing": (lambda _: {}, set()),
    "answers_gone": (lambda folder: (folder / "answers" / "2.parquet").unlink(), {2}),
    "answers_cut": (lambda folder: damage(folder / "answers" / "2.parquet"), {2}),
    "note_gone": (lambda folder: (folder / "answers" / "_rrmm" / "2.parquet.json").unlink(), {2}),
    "note_cut": (lambda folder: damage(folder / "answers" / "_rrmm" / "2.parquet.json"), {2}),
    "note_strange": (lambda folder: write(folder / "answers" / "_rrmm" / "2.parquet.json", "7") and None, {2}),
    "note_edited": (lambda folder: edit(folder / "answers" / "_rrmm" / "2.parquet.json"), {2}),
    "input": (lambda folder: shutil.copy(folder / "patients" / "1.parquet", folder / "patients" / "2.parquet"), {2}),
    "form": (lambda _: {"wide": True}, {1, 2, 3}),
    "graph": (lambda _: {"digest": "another"}, {1, 2, 3}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_has_changed_is_answered_again(name, folder, made_up):
    """Another graph or form, a changed table, and answers or notes that are damaged or gone are not taken as done."""
    patients = made_up.head(30)
    given = [*tables(folder, patients).iterdir()]
    partitions = plan(given, folder / "answers", several=True)
    work = Work(COMPILED, "a graph", wide=False, skip_bad=False)
    first = answer(work, partitions, lambda _: None)
    before = {one.source.stem: one.target.stat().st_ino for one in partitions}
    for one in partitions:  # a number of a file is not given away again while it has another name
        one.target.with_suffix(".kept").hardlink_to(one.target)
    change, expected = CHANGES[name]
    found = change(folder)
    told = []
    counts = answer(work._replace(**(found if isinstance(found, dict) else {})), partitions, told.append)
    again = {int(one.source.stem) for one in partitions if one.target.stat().st_ino != before[one.source.stem]}
    assert again == expected
    assert sum(told) == patients.height
    assert (counts == first) == (name != "input")


def test_a_run_over_another_form_is_not_mixed(folder, made_up, monkeypatch):
    """A table whose answers were replaced before the run was ended is not taken for what it was."""
    given = [*tables(folder, made_up, pieces=1).iterdir()]
    (partition,) = plan(given, folder / "answers", several=True)
    work = Work(COMPILED, "a graph", wide=False, skip_bad=False)
    answer(work, [partition], lambda _: None)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("rrmm.cohort.partitions.Path.write_text", _interrupt)
        answer(work._replace(wide=True), [partition], lambda _: None)
    assert "timing" in pl.read_parquet_schema(partition.target)
    answer(work, [partition], lambda _: None)
    assert pl.read_parquet(partition.target).equals(KG.cohort(made_up).collect())


def _interrupt(*_, **__):
    raise KeyboardInterrupt


def test_answers_of_a_table_that_is_gone_are_not_among_the_new_ones(rrmm, folder):
    """A run names what an earlier one left, rows set aside too, and writes nothing; what no run wrote may stay."""
    for name, age in (("a", 70), ("b", 700), ("c", 70)):
        write(folder / f"{name}.csv", f"id,age\n{name},{age}\nx,70\n")
    assert rrmm("cohort", "?.csv", "-o", "answers", "--skip-bad")[0] == 0
    assert rrmm("cohort", "?.csv", "-o", "answers")[0] == 2  # b.csv is answered no more, and its answers lie there
    write(folder / "answers" / "mine.csv", "id\n1\n")
    before = held(folder)
    left = "answers/b.csv, answers/c.csv, answers.bad/b.csv"
    code, told = rrmm("cohort", "a*.csv", "-o", "answers", "--wide")
    assert code == 2
    assert f"answers: holds what an earlier run wrote for tables that are not among these: {left}." in told
    assert held(folder) == before
    for name in left.split(", "):
        (folder / name).unlink()
    assert rrmm("cohort", "a*.csv", "-o", "answers")[0] == 0
    assert (folder / "answers" / "mine.csv").is_file()


def test_bad_rows_are_not_taken_as_done(rrmm, folder):
    """Where bad rows were set aside a run without --skip-bad refuses them; if their file is lost it is made again."""
    for name, age in (("a", 700), ("b", 70)):
        write(folder / f"{name}.csv", f"id,age\n1,{age}\n2,70\n")
    assert rrmm("cohort", "?.csv", "-o", "answers")[0] == 2
    assert names(folder / "answers") == ["_rrmm"]
    first = rrmm("cohort", "?.csv", "-o", "answers", "--skip-bad")
    assert first[0] == 0
    assert rrmm("cohort", "?.csv", "-o", "answers")[0] == 2
    (folder / "answers.bad" / "a.csv").unlink()
    assert rrmm("cohort", "?.csv", "-o", "answers", "--skip-bad") == first
    assert (folder / "answers.bad" / "a.csv").is_file()
