"""A grid: a row and a column for each of two things, in each cell how much is printed of both, empty cells kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rrmm.plot.font import measure, wrap
from rrmm.plot.panels import Row
from rrmm.plot.sheet import COLOURS, GREY, MARGIN, RIGHT, SMALL, WIDTH, Sheet

NAMES, STEP = 146.0, SMALL + 3
CELL = 25.0
ROWS = 26
FAINTEST, STRONGEST = 0.12, 0.5


class Grid:
    """Counts by row and column; a darker cell holds more."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.cells = {(row["row_iri"], row["column_iri"]): row for row in rows}
        self.names = {row["row_iri"]: row["row"] for row in rows}
        self.most = max((row["results"] for row in rows), default=1) or 1
        filled = Counter(row["column_iri"] for row in rows if row["results"])
        columns = {row["column_iri"]: row["column"] for row in rows}
        self.columns = dict(sorted(columns.items(), key=lambda column: (-filled[column[0]], column[1].casefold())))
        self.wide = NAMES + CELL * len(self.columns) > RIGHT
        self.right = NAMES + CELL * len(self.columns) if self.wide else float(RIGHT)

    def write(self, sheet: Sheet) -> None:
        """Write the rows below the heads of the columns, which are repeated where parts can stand side by side."""
        sheet.width = round(max(WIDTH, self.right + MARGIN))
        lines = sorted(self.names, key=lambda iri: (self.names[iri].casefold(), iri))
        most = len(lines) if self.wide else ROWS
        for first in range(0, len(lines), most):
            sheet.y += 10
            sheet.part()
            self._heads(sheet)
            for number, iri in enumerate(lines[first : first + most]):
                self._row(sheet, iri, shaded=number % 2 == 0)

    def _heads(self, sheet: Sheet) -> None:
        sheet.y += max(measure(name, SMALL) for name in self.columns.values()) + 6
        for number, (href, name) in enumerate(self.columns.items()):
            sheet.text(self._at(number) + 3.5, sheet.y, name, size=SMALL, upright=True, href=href)
        sheet.y += 6

    def _row(self, sheet: Sheet, iri: str, *, shaded: bool) -> None:
        label = wrap(self.names[iri], NAMES - MARGIN - 8, SMALL)
        height = len(label) * STEP + 5
        if shaded:
            sheet.box(MARGIN, sheet.y, self.right - MARGIN, height)
        for number, line in enumerate(label, 1):
            sheet.text(MARGIN + 3, sheet.y + number * STEP - 1, line, size=SMALL, href=iri)
        for number, column in enumerate(self.columns):
            self._cell(sheet, self.cells.get((iri, column)), number, height)
        sheet.y += height

    def _cell(self, sheet: Sheet, row: Row | None, number: int, height: float) -> None:
        count = row["results"] if row else 0
        x, y = self._at(number), sheet.y + height / 2 + 3.5
        if not row or not count:
            sheet.text(x, y, "·", size=SMALL, colour=GREY, anchor="middle")
            return
        said = f"{row['row']}, {row['column']}: {count} {'result' if count == 1 else 'results'}"
        opacity = FAINTEST + (STRONGEST - FAINTEST) * (count / self.most) ** 0.5
        step = self._at(1) - self._at(0)
        edges = (x - step / 2 + 1, sheet.y + 1, step - 2, height - 2)
        sheet.box(*edges, COLOURS["circle"], opacity=opacity, href=row["row_iri"], title=said)
        sheet.text(x, y, str(count), size=SMALL, anchor="middle")

    def _at(self, number: float) -> float:
        return NAMES + (number + 0.5) * (self.right - NAMES) / len(self.columns)
