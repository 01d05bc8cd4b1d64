"""What the races came to, as Markdown and as JSON, with the machine and the versions that it holds for."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.race import MIB, Ratio, Result

LIBRARIES = (
    "numpy",
    "polars",
    "duckdb",
    "pyoxigraph",
    "oxigraph",
    "rdflib",
    "owlready2",
    "pyshacl",
    "pyrudof",
)
HOLDS = (
    "These are times on one machine, and hold for it alone; the ratios are of medians in one run, contenders in turn."
)
EXTRAPOLATED = "¹ extrapolated from a part of the work"


def machine() -> dict[str, Any]:
    """Return what the times depend on: processor, cores, memory in MiB, system and versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB // MIB
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_MiB": memory,
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": dict(_versions()),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()


def _versions() -> Iterator[tuple[str, str]]:
    for name in LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"


def document(results: Iterable[Result]) -> dict[str, Any]:
    """Return the report as JSON has it: the machine, and each race with times in seconds and memory in MiB."""
    return {
        "machine": machine(),
        "races": [
            {
                "race": result.race.name,
                "times": [{**time._asdict(), "median": time.median} for time in result.times.values()],
                "ratios": [{**ratio._asdict(), "measured": result.ratio(ratio)} for ratio in result.race.ratios],
            }
            for result in results
        ],
    }


def markdown(results: Sequence[Result]) -> str:
    """Return the report as Markdown: a table of times and one of ratios for each race."""
    here = machine()
    versions = ", ".join(f"{name} {number}" for name, number in here["versions"].items())
    lines = [
        "# Benchmarks",
        "",
        f"{here['processor']}, {here['cores']} cores, {here['memory_MiB']:,} MiB, {here['system']}, {here['python']};"
        f" {versions}. Made by `make bench`.",
        "",
        HOLDS,
    ]
    for result in results:
        lines += ["", f"## {result.race.name[0].upper()}{result.race.name[1:]}", "", *_times(result)]
        if result.race.ratios:
            lines += ["", *ratios([result])]
        lines += [f"\nLeft out: {said}" for said in result.race.left_out]
    return "\n".join(lines) + "\n"


def _times(result: Result) -> Iterator[str]:
    yield "| | median | spread | rounds | memory, MiB |"
    yield "|---|--:|--:|--:|--:|"
    for time in result.times.values():
        spread = f"{seconds(min(time.seconds))} – {seconds(max(time.seconds))}"
        mark = " ¹" if time.extrapolated else ""
        yield f"| {time.name}{mark} | {seconds(time.median)} | {spread} | {len(time.seconds)} | {time.memory:,} |"
    if any(time.extrapolated for time in result.times.values()):
        yield ""
        yield EXTRAPOLATED


def ratios(results: Sequence[Result]) -> Iterator[str]:
    """Yield the lines of a table of ratios, of several races with the name of each."""
    several = len(results) > 1
    yield f"|{' work |' * several} time of | by time of | measured | wanted |"
    yield f"|{'---|' * several}---|---|--:|--:|"
    for result in results:
        for ratio in result.race.ratios:
            work = f" {result.race.name} |" * several
            measured = result.ratio(ratio)
            kept = "" if kept_by(ratio, measured) else " (missed)"
            yield f"|{work} {ratio.of} | {ratio.by} | {measured:.3g} ×{kept} | {wanted(ratio)} |"


def wanted(ratio: Ratio) -> str:
    """Return the bound on a ratio in words, if there is one."""
    if ratio.at_most is not None:
        return f"at most {ratio.at_most:g}"
    return "" if ratio.at_least is None else f"at least {ratio.at_least:g}"


def kept_by(ratio: Ratio, measured: float) -> bool:
    """Return whether a measured ratio keeps its bound."""
    low = 0 if ratio.at_least is None else ratio.at_least
    high = float("inf") if ratio.at_most is None else ratio.at_most
    return low <= measured <= high


def seconds(value: float) -> str:
    """Return seconds with three digits and the unit that suits them.

    >>> seconds(0.00234), seconds(71.26)
    ('2.34 ms', '71.3 s')
    """
    if value >= 1:
        return f"{value:,.0f} s" if value >= 100 else f"{value:.3g} s"
    return f"{value * 1e3:.3g} ms" if value >= 1e-3 else f"{value * 1e6:.3g} µs"
