"""Work timed beside its peers: each contender in a process of its own, called in turn, the others asleep.

A contender is a command that is run whole, or work that a process has set up and does again when it is asked to.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, NamedTuple

MIB = 1024


def processor() -> float:
    """Return the seconds of the processor that this process, its threads and its ended children took."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def children() -> float:
    """Return the seconds of the processor that the running children of this process and theirs took (on Linux)."""

    def used(process: int) -> float:
        found = {
            int(one) for path in Path(f"/proc/{process}/task").glob("*/children") for one in path.read_text().split()
        }
        return sum(time.clock_gettime(~child << 3 | 2) + used(child) for child in found)  # clock_getcpuclockid(3)

    return used(os.getpid())


CLOCKS: dict[str, Callable[[], float]] = {"processor": processor, "children": children, "wall": time.perf_counter}


class Contender(NamedTuple):
    """One way to do the work.

    `work` names a function, ``module:function``: called with `arguments` it sets up, and returns what is
    timed, `repeats` calls at a stretch. A `command` is timed from start to end instead, a `fresh` one with an empty
    cache. What takes long is timed in the first `rounds` rounds only. `times` is the multiple of the timed part that
    the work comes to, where it would take too long to do whole, or the share of it where more is done at once.
    """

    name: str
    work: str = ""
    arguments: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    fresh: bool = False
    repeats: int = 1
    rounds: int | None = None
    times: float = 1


class Ratio(NamedTuple):
    """The time of one contender by that of another, and the bound that it is wanted to keep."""

    of: str
    by: str
    at_most: float | None = None
    at_least: float | None = None


class Race(NamedTuple):
    """Contenders for one piece of work, and the ratios that matter; `same`: the answers that are given must be one.

    With `parts` an answer is the seconds of each part of the work, and a ratio is that of the part with the largest.
    `left_out` says what does not take part, and why. What counts is the time of the processor; with the `clock` of
    the children that of the servers which a contender has started, with that of the wall that of waiting for them.
    """

    name: str
    contenders: Sequence[Contender]
    ratios: Sequence[Ratio] = ()
    same: bool = False
    rounds: int | None = None
    left_out: Sequence[str] = ()
    clock: str = "processor"
    parts: bool = False


class Time(NamedTuple):
    """What was measured of one contender: seconds of each round, and the most memory that its process took, in MiB."""

    name: str
    seconds: Sequence[float]
    memory: int
    extrapolated: bool
    parts: Mapping[str, float] = MappingProxyType({})

    @property
    def median(self) -> float:
        """The median of the seconds."""
        return statistics.median(self.seconds)


class Result(NamedTuple):
    """What a race came to: the time of each contender, and each ratio of medians."""

    race: Race
    times: Mapping[str, Time]

    def ratio(self, ratio: Ratio) -> float:
        """Return how many times as long one contender takes as another, with the largest part where there are parts."""
        part = self.part(ratio)
        return self._by(ratio, part) if part else self.times[ratio.of].median / self.times[ratio.by].median

    def part(self, ratio: Ratio) -> str:
        """Return the part with the largest ratio; empty where the race has no parts."""
        return max(self.times[ratio.of].parts, key=lambda part: self._by(ratio, part), default="")

    def _by(self, ratio: Ratio, part: str) -> float:
        return self.times[ratio.of].parts[part] / self.times[ratio.by].parts[part]


def run(race: Race, rounds: int) -> Result:
    """Run a race: one round that is not counted, then so many that are.

    Raises ValueError where contenders that should agree give two answers.
    """
    rounds = race.rounds or rounds
    with ExitStack() as stack:
        runners = {
            one.name: _Command(one) if one.command else stack.enter_context(_Process(one, race.clock))
            for one in race.contenders
        }
        seconds: dict[str, list[float]] = {one.name: [] for one in race.contenders}
        answers: dict[str, Any] = {}
        parts: dict[str, list[dict[str, float]]] = {one.name: [] for one in race.contenders}
        for number in range(rounds + 1):
            for one in race.contenders:
                if number <= (one.rounds or rounds):
                    spent, answers[one.name] = runners[one.name].go()
                    if number:
                        seconds[one.name].append(spent * one.times)
                        parts[one.name].append(answers[one.name] if race.parts else {})
        if race.same:
            first, *others = [name for name, answer in answers.items() if answer is not None]
            different = [name for name in others if answers[name] != answers[first]]
            if different:
                raise ValueError(f"{race.name}: {', '.join(different)} and {first} answer differently")
        return Result(
            race,
            {
                one.name: Time(
                    one.name, seconds[one.name], runners[one.name].peak(), one.times > 1, _medians(parts[one.name])
                )
                for one in race.contenders
            },
        )


def _medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {part: statistics.median(one[part] for one in rounds) for part in rounds[0]}


class _Command:
    """A command, run whole, timed by the processor; bytecode may be cached, as on a user's machine."""

    def __init__(self, contender: Contender) -> None:
        self.command, self.fresh = contender.command, contender.fresh
        self.most = 0

    def go(self) -> tuple[float, None]:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        with TemporaryDirectory() as empty:
            if self.fresh:
                environment["XDG_CACHE_HOME"] = empty
            process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, env=environment)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, self.command)
        self.most = max(self.most, usage.ru_maxrss // MIB)
        return usage.ru_utime + usage.ru_stime, None

    def peak(self) -> int:
        return self.most


class _Process:
    """A process that has set up its work and does it when it is told to."""

    def __init__(self, contender: Contender, clock: str) -> None:
        self.contender, self.clock = contender, clock

    def __enter__(self) -> _Process:
        one = self.contender
        command = [sys.executable, "-m", "benchmarks.worker", one.work, self.clock, str(one.repeats), *one.arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._read_line()
        return self

    def __exit__(self, *error: object) -> None:
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def go(self) -> tuple[float, Any]:
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        said = self._read_line()
        self.most = said["memory"]
        return said["seconds"], said["answer"]

    def peak(self) -> int:
        return self.most

    def _read_line(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.contender.name}: its process ended")
        return dict(json.loads(line))
