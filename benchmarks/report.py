"""What the races came to, with the machine and the versions that it holds for: as JSON, and from that as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.race import MIB, Ratio, Result

LIBRARIES = ("numpy", "polars", "duckdb", "pyoxigraph", "oxigraph", "rdflib", "owlready2", "pyshacl", "pyrudof")
INTRODUCTION = (
    "Made by `make bench`. The times hold for this machine; the ratios are of medians in one run, in which the"
    " contenders took turns, each in a process of its own. Memory is the most that its process took; of a server, its"
    " client."
)
PICTURE = "![Seconds by number of patients, rrmm beside its peers](cohort.svg)"
CLOCK = (
    " Times are of the processor, user and system, ended children included; where servers take part, of the wall,"
    " unless the race says otherwise."
)
EXTRAPOLATED = "¹ extrapolated from a part of the work"

Document = dict[str, Any]


def document(results: Iterable[Result]) -> Document:
    """Return the report: the machine, and each race with times in seconds, memory in MiB and ratios."""
    return {"machine": machine(), "clock": "processor", "races": [_race(result) for result in results]}


def _race(result: Result) -> Document:
    return {
        "race": result.race.name,
        "times": [
            {**time._asdict(), "parts": dict(time.parts), "median": time.median} for time in result.times.values()
        ],
        "ratios": [
            {
                **ratio._asdict(),
                "part": result.part(ratio),
                "measured": result.ratio(ratio),
                "kept": holds(ratio, result.ratio(ratio)),
            }
            for ratio in result.race.ratios
        ],
        "left_out": [*result.race.left_out],
    }


def holds(ratio: Ratio, measured: float) -> bool:
    """Return whether a measured ratio is within what is wanted."""
    low, high = ratio.at_least or 0, ratio.at_most or float("inf")
    return low <= measured <= high


def machine() -> Document:
    """Return what the times depend on: processor, cores, memory in MiB, system and versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB // MIB
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory": memory,
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {platform.python_implementation(): platform.python_version()} | dict(_versions()),
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
            yield name, "(not installed)"


def markdown(report: Document) -> str:
    """Return a report as Markdown: what was wanted, then a table of times and one of ratios for each race."""
    here = report["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in here["versions"].items())
    on = f"{here['processor']}, {here['cores']} cores, {here['memory']:,} MiB, {here['system']}"
    lines = ["# Benchmarks", "", INTRODUCTION + (CLOCK if "clock" in report else ""), "", f"{on}; {versions}."]
    lines += ["", PICTURE, "", "## What was wanted", "", table(report)]
    for race in report["races"]:
        lines += ["", f"## {race['race'][0].upper()}{race['race'][1:]}", "", *_times(race["times"])]
        if race["ratios"]:
            lines += ["", "| time of | by that of | measured | wanted |", "|---|---|--:|--:|"]
            lines += [f"| {_ratio(ratio)} |" for ratio in race["ratios"]]
        for said in race["left_out"]:
            lines += ["", f"Left out: {said}"]
    return "\n".join(lines) + "\n"


def _times(times: list[Document]) -> Iterator[str]:
    yield "| | median | spread | rounds | memory, MiB |"
    yield "|---|--:|--:|--:|--:|"
    for time in times:
        spread = f"{seconds(min(time['seconds']))} – {seconds(max(time['seconds']))}"
        name = f"{time['name']}{' ¹' * time['extrapolated']}"
        yield f"| {name} | {seconds(time['median'])} | {spread} | {len(time['seconds'])} | {time['memory']:,} |"
    if any(time["extrapolated"] for time in times):
        yield ""
        yield EXTRAPOLATED


def table(report: Document) -> str:
    """Return the ratios of which something is wanted, as one table in Markdown."""
    lines = ["| work | time of | by that of | measured | wanted |", "|---|---|---|--:|--:|"]
    for race in report["races"]:
        lines += [f"| {race['race']} | {_ratio(ratio)} |" for ratio in race["ratios"] if _range(ratio)]
    return "\n".join(lines)


def verdicts(report: Document) -> str:
    """Return a line for each ratio with a bound, which says whether that is met or missed."""
    return "\n".join(
        f"{'met' if ratio['kept'] else 'missed'}: {race['race']}: {_of(ratio)} is {ratio['measured']:.3g} times"
        f" {ratio['by']}, wanted {_range(ratio)}"
        for race, ratio in _bounded(report)
    )


def missed(report: Document) -> bool:
    """Return whether any bound is missed."""
    return any(not ratio["kept"] for _, ratio in _bounded(report))


def _bounded(report: Document) -> Iterator[tuple[Document, Document]]:
    yield from ((race, ratio) for race in report["races"] for ratio in race["ratios"] if _range(ratio))


def _ratio(ratio: Document) -> str:
    measured = f"{ratio['measured']:,.3g}" if ratio["measured"] < 1000 else f"{ratio['measured']:,.0f}"
    missed = "" if ratio["kept"] else " **missed**"
    return f"{_of(ratio)} | {ratio['by']} | {measured} ×{missed} | {_range(ratio)}"


def _of(ratio: Document) -> str:
    return f"{ratio['of']}, {ratio['part']}" if ratio.get("part") else str(ratio["of"])


def _range(ratio: Document) -> str:
    if ratio["at_most"] is not None:
        return f"at most {ratio['at_most']:g}"
    return "" if ratio["at_least"] is None else f"at least {ratio['at_least']:g}"


def seconds(value: float) -> str:
    """Return seconds with three digits and the unit that suits them.

    >>> seconds(0.00234), seconds(71.26), seconds(4321)
    ('2.34 ms', '71.3 s', '4,321 s')
    """
    if value >= 1:
        return f"{value:,.0f} s" if value >= 100 else f"{value:.3g} s"
    return f"{value * 1e3:.3g} ms" if value >= 1e-3 else f"{value * 1e6:.3g} µs"
