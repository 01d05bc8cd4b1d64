"""A map of regimens and drugs: a row a treatment, a column a drug, the drugs of a class side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from rrmm.plot.font import measure, wrap
from rrmm.plot.panels import LETTERS, Row
from rrmm.plot.sheet import COLOURS, GREY, MARGIN, RULE, SMALL, WIDTH, Sheet

NAMES = 134.0
STEP = SMALL + 2
UNCLASSED = "no class in the graph"


class Column(NamedTuple):
    """A drug, or a class that is named alone, with its class and the one at the top of the hierarchy."""

    family: str
    kind: str
    drug: str


class Matrix:
    """The classes by letter, the matrix, and the drugs that are in no treatment."""

    def __init__(self, rows: Sequence[Row]) -> None:
        narrowest = _narrowest({_column(row) for row in rows if row.get("named_as") == "drug"})
        once = [row for row in rows if narrowest.get(row.get("component") or "", _column(row)) == _column(row)]
        self.rows = [row for row in once if row.get("regimen")]
        self.unused = [_column(row) for row in once if not row.get("regimen")]
        drugs = {_column(row) for row in self.rows if row.get("named_as") == "drug"}
        named = {_column(row) for row in self.rows if row.get("named_as") == "class"}
        alone = {column for column in named if not _of_class(column.drug, drugs)}
        self.columns = sorted(drugs | alone, key=lambda column: (not column.family, *map(str.casefold, column)))
        self.right = max(WIDTH - MARGIN, NAMES + STEP * len(self.columns))
        self.families = [(name, list(columns)) for name, columns in groupby(self.columns, lambda column: column.family)]

    def write(self, sheet: Sheet) -> None:
        """Write the classes, the heads of the columns, every row, and what is left out."""
        sheet.width = round(self.right + MARGIN)
        self._legend(sheet)
        self._heads(sheet)
        for (kind, components), rows in groupby(self.rows, key=lambda row: (row["kind"], row.get("components"))):
            count = f", {components} component{'' if components == 1 else 's'}" if components else ""
            sheet.y += 17
            sheet.text(MARGIN, sheet.y - 4, f"{kind}{count}", size=SMALL, colour=GREY, bold=True)
            for number, (_, treatment) in enumerate(groupby(rows, key=lambda row: row["regimen_iri"])):
                self._row(sheet, list(treatment), number % 2 == 0)
        if self.unused:
            sheet.y += 8
            sheet.paragraph("In no treatment", bold=True)
            sheet.paragraph(", ".join(f"{column.drug} ({column.kind or UNCLASSED})" for column in self.unused))

    def _legend(self, sheet: Sheet) -> None:
        for family, letter in self._letters():
            drugs = [drug if kind == family else f"{drug} ({kind})" for _, kind, drug in dict(self.families)[family]]
            sheet.text(MARGIN, sheet.y + SMALL, letter, size=SMALL, bold=True)
            sheet.paragraph(f"{family or UNCLASSED}: {', '.join(drugs)}", left=MARGIN + 16)
        sheet.y += 4
        sheet.key("contains the drug", "circle")
        sheet.key("uses the drug; the rest is left open", "circle", hollow=True)
        sheet.key("a drug of this class")

    def _letters(self) -> Iterator[tuple[str, str]]:
        for number, (family, _) in enumerate(self.families):
            yield family, LETTERS[number % len(LETTERS)].upper()

    def _heads(self, sheet: Sheet) -> None:
        sheet.y += max((measure(column.drug, SMALL) for column in self.columns), default=0) + 8
        for number, column in enumerate(self.columns):
            sheet.text(self._at(number) + 3.5, sheet.y, column.drug, size=SMALL, upright=True)
        sheet.y += 4
        for family, letter in self._letters():
            first, last = self._ends(dict(self.families)[family])
            sheet.line([first - 4, last + 4], [sheet.y, sheet.y], GREY)
            sheet.text((first + last) / 2, sheet.y + 11, letter, size=SMALL, bold=True, anchor="middle")

    def _row(self, sheet: Sheet, rows: Sequence[Row], shaded: bool) -> None:
        label = wrap(str(rows[0]["regimen"]), NAMES - MARGIN - 6, SMALL)
        height = len(label) * STEP + 4
        if shaded:
            sheet.box(MARGIN, sheet.y, self.right - MARGIN, height)
        for line in label:
            sheet.y += STEP
            sheet.text(MARGIN + 3, sheet.y - 1, line, size=SMALL)
        sheet.y += 4
        for _, columns in self.families[1:]:
            edge = self._at(self.columns.index(columns[0])) - self._at(0.5) + self._at(0)
            sheet.line([edge, edge], [sheet.y - height, sheet.y], RULE, 0.6, 1)
        for row in rows:
            self._mark(sheet, row, sheet.y - height / 2)

    def _mark(self, sheet: Sheet, row: Row, y: float) -> None:
        if row.get("named_as") == "class":
            first, last = self._ends(_of_class(row["component"], self.columns))
            sheet.line([first - 4, last + 4], [y, y], COLOURS["circle"], 3)
        elif row.get("component"):
            sheet.mark(self._at(self.columns.index(_column(row))), y, hollow=row.get("components") is None)

    def _at(self, number: float) -> float:
        return NAMES + (number + 0.5) * (self.right - NAMES) / len(self.columns)

    def _ends(self, columns: Sequence[Column]) -> tuple[float, float]:
        return self._at(self.columns.index(columns[0])), self._at(self.columns.index(columns[-1]))


def _column(row: Row) -> Column:
    return Column(row.get("family") or "", row.get("class") or "", row.get("component") or "")


def _narrowest(columns: Iterable[Column]) -> dict[str, Column]:
    """Return drug → its column: of several classes that a drug is in, those with the fewest drugs."""
    columns = list(columns)
    families, kinds = (Counter(column[place] for column in columns) for place in (0, 1))
    wide_first = sorted(columns, key=lambda column: (-families[column.family], -kinds[column.kind], column))
    return {column.drug: column for column in wide_first}


def _of_class(name: str, columns: Iterable[Column]) -> list[Column]:
    """Return the columns of a class: its drugs, or the class itself where none is in a treatment."""
    return [column for column in columns if name in column]
