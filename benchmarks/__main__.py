"""Time commands beside their peers, interleaved, and print the ratios as Markdown.

python -m benchmarks [RUNS]
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import warm

RRMM = [sys.executable, "-m", "rrmm"]
FIRST = "the same, first use of the graph"
COMMANDS = {
    "bare interpreter": [sys.executable, "-c", "pass"],
    "rrmm regimens --refractory bortezomib": [
        str(Path(sys.executable).with_name("rrmm")),
        "regimens",
        "--refractory",
        "bortezomib",
    ],
    FIRST: [*RRMM, "regimens", "--refractory", "bortezomib"],
    "the same derivation through rdflib": [sys.executable, "-m", "benchmarks.peers", "derivation"],
    "rrmm check": [*RRMM, "check"],
    "pySHACL alone": [sys.executable, "-m", "benchmarks.peers", "judge"],
}
RATIOS = [
    ("rrmm regimens --refractory bortezomib", "bare interpreter", "at most 6"),
    ("the same derivation through rdflib", "rrmm regimens --refractory bortezomib", "at least 10"),
    ("pySHACL alone", "rrmm check", "at least 5"),
]


def timed(command: Sequence[str], *, first_use: bool) -> float:
    """Return the seconds a command takes; bytecode may be cached, as on a user's machine."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as empty:
        if first_use:
            environment["XDG_CACHE_HOME"] = empty
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True, env=environment)
        return time.perf_counter() - start


def main(runs: int) -> None:
    """Run every command `runs` times in turn, after one run that is not counted."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(runs + 1):
        for name, command in COMMANDS.items():
            seconds = timed(command, first_use=name == FIRST)
            if number:
                times[name].append(seconds)
    times |= warm.times(runs)
    median = {name: statistics.median(values) for name, values in times.items()}
    print(f"Medians of {runs} interleaved runs, CPython {platform.python_version()}, {os.cpu_count()} cores\n")
    print("| command | ms | spread |\n|---|---|---|")
    for name, values in times.items():
        print(f"| {name} | {median[name] * 1000:.3g} | {min(values) * 1000:.3g}–{max(values) * 1000:.3g} |")
    print("\n| ratio | measured | wanted |\n|---|---|---|")
    for slow, fast, wanted in [*RATIOS, *warm.RATIOS]:
        print(f"| {slow} : {fast} | {median[slow] / median[fast]:.1f} | {wanted} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
