"""What every picture of results shares: a panel for each control arm, a block for each study, a line for each print.

Rows keep the order in which the query gives them; nothing here sorts by a value. What has no number keeps its line
and gets no point. Each doubt about a result is a letter beside it and a note below.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from rrmm.plot.axis import Axis
from rrmm.plot.font import measure, wrap
from rrmm.plot.sheet import GREY, MARGIN, NORMAL, RIGHT, RULE, SMALL, Sheet
from rrmm.records import JsonObject

Row = JsonObject

INDENT = MARGIN + 8.0
PLOT = (122.0, 238.0)
PRINTED = 248.0
MARKS = RIGHT - 24.0
STEP = NORMAL + 2
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Line(NamedTuple):
    """One line of a block: its label, the results on it, what is printed of them in one or two columns, and below."""

    label: str
    rows: Sequence[Row]
    printed: str
    aside: str = ""
    below: str = ""


class Notes:
    """The doubts about the results, each with a letter, in order of appearance."""

    def __init__(self) -> None:
        self.letters: dict[str, str] = {}

    def marks(self, rows: Iterable[Row]) -> str:
        """Return the letters of the doubts about some rows."""
        doubts = dict.fromkeys(doubt for row in rows for doubt in (row.get("doubts") or "").split(" | ") if doubt)
        for doubt in doubts:
            times, number = divmod(len(self.letters), len(LETTERS))
            self.letters.setdefault(doubt, LETTERS[number] * (times + 1))
        return ",".join(sorted(self.letters[doubt] for doubt in doubts))

    def write(self, sheet: Sheet) -> None:
        """Write the notes below each other."""
        if self.letters:
            sheet.y += 10
            sheet.part()
            sheet.paragraph("In doubt: the letters beside results", size=NORMAL, bold=True)
        for doubt, letter in self.letters.items():
            sheet.text(MARGIN, sheet.y + SMALL, letter, size=SMALL, bold=True)
            sheet.paragraph(doubt, left=MARGIN + 18)


class Panels(ABC):
    """A picture of results in panels; each subclass makes its lines and points."""

    BLOCK: tuple[str, ...]

    def __init__(self, rows: Sequence[Row], axis: Axis) -> None:
        self.rows, self.axis, self.notes = rows, axis, Notes()

    @abstractmethod
    def legend(self, sheet: Sheet) -> None:
        """Say what the marks mean."""

    @abstractmethod
    def arms(self, block: Sequence[Row]) -> list[str]:
        """Return the regimens that a block compares, that of the control arm last."""

    @abstractmethod
    def lines(self, block: Sequence[Row]) -> list[Line]:
        """Return the lines of a block."""

    @abstractmethod
    def points(self, sheet: Sheet, line: Line, y: float) -> None:
        """Draw what has a number."""

    @abstractmethod
    def foot(self, sheet: Sheet) -> None:
        """Say below the ticks what the axis means."""

    def write(self, sheet: Sheet) -> None:
        """Write the legend, every panel, and the notes."""
        self.legend(sheet)
        for control, panel in groupby(self.rows, key=lambda row: row.get("control")):
            sheet.y += 12
            sheet.part()
            top = sheet.y
            sheet.y += 3
            head = f"Control arm: {control}" if control else "No control arm"
            sheet.paragraph(head, left=MARGIN + 5, right=RIGHT - 5, size=NORMAL, bold=True)
            sheet.y += 3
            sheet.box(MARGIN, top, RIGHT - MARGIN, sheet.y - top)
            for _, block in groupby(panel, key=lambda row: [row[name] for name in self.BLOCK]):
                self._block(sheet, list(block))
            self._ticks(sheet)
            self.foot(sheet)
        self.notes.write(sheet)

    def _block(self, sheet: Sheet, block: Sequence[Row]) -> None:
        arms = " vs. ".join(self.arms(block))
        study = block[0]["study"]
        sheet.y += 5
        sheet.paragraph(study if study == arms else f"{study}: {arms}", left=MARGIN + 2, size=NORMAL, bold=True)
        lines = self.lines(block)
        times = Counter(line.label for line in lines)
        for line in lines:
            section = f", in “{line.rows[0]['section']}”" if times[line.label] > 1 else ""
            self._line(sheet, line, wrap(line.label + section, PLOT[0] - INDENT - 6, NORMAL))

    def _line(self, sheet: Sheet, line: Line, label: Sequence[str]) -> None:
        printed = wrap(line.printed, MARKS - PRINTED, NORMAL)
        printed += wrap(line.below, MARKS - PRINTED, NORMAL) if line.below else []
        height = NORMAL + 6 + (max(len(label), len(printed)) - 1) * STEP
        for tick in self.axis.ticks:
            strong = self.axis.logarithmic and tick == 1
            here = self.axis.at(tick)
            sheet.line([here, here], [sheet.y, sheet.y + height], GREY if strong else RULE, 1.2 if strong else 0.6, 1)
        first = sheet.y + STEP
        for left, texts in ((INDENT, label), (PRINTED, printed)):
            for number, text in enumerate(texts):
                sheet.text(left, first + number * STEP, text)
        sheet.text(PRINTED + 40, first, line.aside, size=SMALL)
        sheet.text(RIGHT, first - 1, self.notes.marks(line.rows), size=SMALL - 1, colour=GREY, anchor="end")
        self.points(sheet, line, first - 4)
        sheet.y += height

    def _ticks(self, sheet: Sheet) -> None:
        sheet.line(PLOT, [sheet.y, sheet.y], GREY)
        free = float(RIGHT)
        for tick in reversed(self.axis.ticks):
            here = self.axis.at(tick)
            sheet.line([here, here], [sheet.y, sheet.y + 3], GREY)
            half = measure(f"{tick:g}", SMALL - 1) / 2
            if here + half + 3 <= free:
                sheet.text(here, sheet.y + 13, f"{tick:g}", size=SMALL - 1, colour=GREY, anchor="middle")
                free = here - half
        sheet.y += 15
