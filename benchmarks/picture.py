"""How the time of a cohort grows with its patients, beside its peers: one line a contender, both scales logarithmic."""

from __future__ import annotations

import io
import re

import matplotlib
from matplotlib.figure import Figure

from benchmarks.report import Document
from rrmm.plot.sheet import RULE

SIZED = re.compile(r"([\d,]+) patients, statuses and states")
SHAPES = "osD^v<>"


def draw(report: Document) -> bytes:
    """Return the picture of a report as SVG; a hollow mark is extrapolated."""
    lines: dict[str, dict[int, tuple[float, bool]]] = {}
    for race in report["races"]:
        if sized := SIZED.fullmatch(race["race"]):
            for time in race["times"]:
                place = int(sized[1].replace(",", ""))
                lines.setdefault(time["name"], {})[place] = time["median"], time["extrapolated"]
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "rrmm"})

        figure = Figure(figsize=(6.4, 4), layout="constrained")
        axes = figure.add_subplot()
        for shape, (name, points) in zip(SHAPES, lines.items(), strict=False):
            (line,) = axes.loglog([*points], [seconds for seconds, _ in points.values()], label=name, marker=shape)
            if any(extrapolated for _, extrapolated in points.values()):
                line.set(linestyle=":", markerfacecolor="none")
        axes.set(xlabel="patients", ylabel="seconds", title="A cohort: status of every option, every state")
        axes.grid(which="major", color=RULE, linewidth=0.5)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return stream.getvalue()
