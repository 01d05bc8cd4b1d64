"""A timeline: a row for each study, a mark for each year in which it was reported."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rrmm.plot.axis import Axis
from rrmm.plot.font import wrap
from rrmm.plot.panels import Row
from rrmm.plot.sheet import GREY, MARGIN, RIGHT, RULE, SMALL, Sheet

NAMES, STEP = 150.0, SMALL + 3
ROWS, YEARS = 30, 5
SQUARE = "source"


class Timeline:
    """Reports by year of publication; a square is a source that prints results without saying of which look."""

    def __init__(self, rows: Sequence[Row]) -> None:
        years = [int(row["year"]) for row in rows]
        first, last = min(years) // YEARS * YEARS, -(-(max(years) + 1) // YEARS) * YEARS
        self.axis = Axis(NAMES + 4, RIGHT - 6, tuple(map(float, range(first, last + 1, YEARS))))
        studies = [list(group) for _, group in groupby(rows, key=lambda row: row["study_iri"])]
        self.studies = sorted(studies, key=lambda reports: reports[0]["study"].casefold())

    def write(self, sheet: Sheet) -> None:
        """Write what the marks mean, then the studies in parts, each below the years."""
        sheet.key("a publication with results in the graph", "circle")
        sheet.key("a publication without one of its own", "circle", hollow=True)
        sheet.key("a source that prints results of no named look", "square")
        for first in range(0, len(self.studies), ROWS):
            sheet.y += 10
            sheet.part()
            self._years(sheet)
            for number, reports in enumerate(self.studies[first : first + ROWS]):
                self._row(sheet, reports, shaded=number % 2 == 0)

    def _years(self, sheet: Sheet) -> None:
        sheet.y += SMALL + 4
        for number, tick in enumerate(self.axis.ticks):
            if number % 2 == 0 or len(self.axis.ticks) <= 6:
                sheet.text(self.axis.at(tick), sheet.y - 2, f"{tick:g}", size=SMALL - 1, colour=GREY, anchor="middle")
        sheet.y += 2

    def _row(self, sheet: Sheet, reports: Sequence[Row], *, shaded: bool) -> None:
        label = wrap(reports[0]["study"], NAMES - MARGIN - 8, SMALL)
        height = len(label) * STEP + 5
        if shaded:
            sheet.box(MARGIN, sheet.y, RIGHT - MARGIN, height)
        for number, line in enumerate(label, 1):
            sheet.text(MARGIN + 3, sheet.y + number * STEP - 1, line, size=SMALL, href=reports[0]["study_iri"])
        for tick in self.axis.ticks:
            sheet.line([self.axis.at(tick)] * 2, [sheet.y, sheet.y + height], RULE, 0.6, 1)
        places = [self.axis.at(int(row["year"])) for row in reports]
        middle = sheet.y + height / 2
        sheet.line([min(places), max(places)], [middle, middle], RULE, 2, 1)
        for row, x in zip(reports, places, strict=True):
            self._mark(sheet, row, x, middle)
        sheet.y += height

    def _mark(self, sheet: Sheet, row: Row, x: float, y: float) -> None:
        count = row["results"]
        look = f" ({row['look']})" if row.get("look") else ""
        said = f"{row['year']}{look}: {row['report']}; {count} {'result' if count == 1 else 'results'}"
        shape = "square" if row["kind"] == SQUARE else "circle"
        sheet.mark(x, y, shape, hollow=not count, href=row["report_iri"], title=said)
