"""A forest plot: hazard ratios with their confidence intervals on a logarithmic axis, as printed, a line for each look.

No interval is computed: where a source prints none, none is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

from rrmm.plot.axis import ratios
from rrmm.plot.panels import PLOT, Line, Panels, Row
from rrmm.plot.sheet import GREY, INK, SMALL, Sheet

WIDEST = 0.125, 8.0  # an end beyond these widens no axis: an arrow stands for it
USUAL = 95  # percent; any other level is written


class Forest(Panels):
    """Hazard ratios, one a line."""

    BLOCK = ("study_iri", "arm_iri")

    def __init__(self, rows: Sequence[Row]) -> None:
        drawn = [row["value"] for row in rows if _has_point(row)]
        drawn += [end for row in rows for end in _interval(row) or () if WIDEST[0] <= end <= WIDEST[1]]
        super().__init__(rows, ratios(drawn, *PLOT))
        self.dated = len({row.get("published") for row in rows}) > 1

    def legend(self, sheet: Sheet) -> None:
        """Say what the points mean."""
        sheet.key("hazard ratio and P as printed", "circle")
        if any(map(_interval, self.rows)):
            sheet.paragraph(
                "Line and numbers below: confidence interval as printed, of 95% unless another level stands there"
            )
        if not all(map(_interval, self.rows)):
            sheet.paragraph("No line: no confidence interval is printed")
        if any("direction" in row for row in self.rows):
            sheet.key("which arm it favours is in doubt", "circle", hollow=True)

    def arms(self, block: Sequence[Row]) -> list[str]:
        """Return the experimental regimen and that of the control arm."""
        return [block[0]["group"], block[0]["control"]]

    def lines(self, block: Sequence[Row]) -> list[Line]:
        """Return one line a result."""
        return [
            Line(
                self._label(row),
                [row],
                row["as_printed"],
                f"P {_space(row['p_value'])}" if row.get("p_value") else "",
                _print_interval(row),
            )
            for row in block
        ]

    def _label(self, row: Row) -> str:
        """Return population and look: when it was published, where dates differ, and the follow-up."""
        published = str(row.get("published") or "")[:4] if self.dated else ""
        follow_up = f"at {row['follow_up']} mo" if row.get("follow_up") else ""
        return ", ".join(filter(None, (row["line"], published, follow_up)))

    def points(self, sheet: Sheet, line: Line, y: float) -> None:
        """Draw the ratio where it is a number."""
        (row,) = line.rows
        if interval := _interval(row):
            self._whisker(sheet, interval, y)
        if _has_point(row):
            sheet.mark(self.axis.at(row["value"]), y, hollow="direction" in row)

    def _whisker(self, sheet: Sheet, interval: tuple[float, float], y: float) -> None:
        """Draw an interval; an arrow ends it where it goes on beyond the axis."""
        low, high = self.axis.ticks[0], self.axis.ticks[-1]
        left, right = (self.axis.at(min(max(end, low), high)) for end in interval)
        sheet.line([left, right], [y, y], INK, 1.2, 2)
        for beyond, tip, back in ((interval[0] < low, left, left + 4), (interval[1] > high, right, right - 4)):
            if beyond:
                sheet.line([back, tip, back], [y - 3, y, y + 3], INK, 1.2, 2)

    def foot(self, sheet: Sheet) -> None:
        """Say which side is whose."""
        unity = self.axis.at(1)
        sheet.text(unity - 6, sheet.y + 9, "← favours experimental", size=SMALL - 1, colour=GREY, anchor="end")
        sheet.text(unity + 6, sheet.y + 9, "favours control →", size=SMALL - 1, colour=GREY)
        sheet.y += 12


def _has_point(row: Row) -> bool:
    return (row.get("value") or 0) > 0


def _interval(row: Row) -> tuple[float, float] | None:
    """Return the ends of the interval of a row where both are numbers above 0."""
    lower, upper = row.get("lower") or 0, row.get("upper") or 0
    return (lower, upper) if lower > 0 and upper > 0 else None


def _print_interval(row: Row) -> str:
    if not row.get("ci_lower"):
        return ""
    level = f"{row['ci_level']:g}%: " if row.get("ci_level") not in {None, USUAL} else ""
    return f"{level}{row['ci_lower']}–{row['ci_upper']}"


def _space(printed: str) -> str:
    return printed if printed[:1] in "<>≤≥" else f"= {printed}"
