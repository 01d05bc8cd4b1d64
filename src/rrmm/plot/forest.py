"""A forest plot: hazard ratios on a logarithmic axis, as printed; no interval is drawn because none is in the graph."""

from __future__ import annotations

from collections.abc import Sequence

from rrmm.plot.axis import ratios
from rrmm.plot.panels import PLOT, Line, Panels, Row
from rrmm.plot.sheet import GREY, SMALL, Sheet


class Forest(Panels):
    """Hazard ratios, one a line."""

    BLOCK = ("study_iri", "arm_iri")

    def __init__(self, rows: Sequence[Row]) -> None:
        super().__init__(rows, ratios([row["value"] for row in rows if _has_point(row)], *PLOT))

    def legend(self, sheet: Sheet) -> None:
        """Say what the points mean."""
        sheet.key("hazard ratio and P as printed; the graph holds no confidence intervals, so none is drawn", "circle")
        if any("direction" in row for row in self.rows):
            sheet.key("which arm it favours is in doubt", "circle", hollow=True)

    def arms(self, block: Sequence[Row]) -> list[str]:
        """Return the experimental regimen and that of the control arm."""
        return [block[0]["group"], block[0]["control"]]

    def lines(self, block: Sequence[Row]) -> list[Line]:
        """Return one line a result."""
        return [
            Line(row["line"], [row], row["as_printed"], f"P {_space(row['p_value'])}" if row.get("p_value") else "")
            for row in block
        ]

    def points(self, sheet: Sheet, line: Line, y: float) -> None:
        """Draw the ratio where it is a number."""
        (row,) = line.rows
        if _has_point(row):
            sheet.mark(self.axis.at(row["value"]), y, hollow="direction" in row)

    def foot(self, sheet: Sheet) -> None:
        """Say which side is whose."""
        unity = self.axis.at(1)
        sheet.text(unity - 6, sheet.y + 9, "← favours experimental", size=SMALL - 1, colour=GREY, anchor="end")
        sheet.text(unity + 6, sheet.y + 9, "favours control →", size=SMALL - 1, colour=GREY)
        sheet.y += 12


def _has_point(row: Row) -> bool:
    return (row.get("value") or 0) > 0


def _space(printed: str) -> str:
    return printed if printed[:1] in "<>≤≥" else f"= {printed}"
