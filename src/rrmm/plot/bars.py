"""Bars of coverage: a bar for each section of a text, filled where a statement of the graph has its address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rrmm.plot.font import measure, wrap
from rrmm.plot.panels import Row
from rrmm.plot.sheet import COLOURS, GREY, MARGIN, NORMAL, RIGHT, SMALL, Sheet

BAR = 9.0
MOST = 18
NEAR = 2
"""The characters between two spans that are drawn as one: a space, a line break."""
Span = tuple[int, int]


class Bars:
    """Sections in the order of the text; all bars are on one scale."""

    def __init__(self, rows: Sequence[Row]) -> None:
        sources: dict[str, dict[str, list[Row]]] = {}
        for row in rows:
            sources.setdefault(row["source"], {}).setdefault(row["section_iri"], []).append(row)
        self.sources = {name: list(sections.values()) for name, sections in sources.items()}
        longest = max(_length(section) for sections in self.sources.values() for section in sections)
        self.scale = (RIGHT - MARGIN) / longest

    def write(self, sheet: Sheet) -> None:
        """Write each source with its sections, and how many characters of each are addressed."""
        sheet.key("characters that some statement has as its address")
        for source, sections in self.sources.items():
            covered = sum(end - start for start, end in _union(row for section in sections for row in section))
            for first in range(0, len(sections), MOST):
                sheet.y += 10
                sheet.part()
                more = "" if first else f": {covered:,} characters addressed"
                sheet.paragraph(f"{source}{more or ', continued'}", size=NORMAL + 2, bold=True)
                for section in sections[first : first + MOST]:
                    self._section(sheet, section)

    def _section(self, sheet: Sheet, rows: Sequence[Row]) -> None:
        spans = _union(rows)
        covered, length = sum(end - start for start, end in spans), _length(rows)
        said = f"{covered:,} of {length:,}"
        room = RIGHT - MARGIN - measure(said, SMALL - 1) - 8
        sheet.y += 6
        name, *rest = wrap(rows[0]["section"], room, SMALL)
        sheet.text(RIGHT, sheet.y + SMALL, said, size=SMALL - 1, colour=GREY, anchor="end")
        for line in [name, *rest]:
            sheet.y += SMALL + 3
            sheet.text(MARGIN, sheet.y - 3, line, size=SMALL, href=rows[0]["section_iri"])
        sheet.y += 1
        sheet.box(MARGIN, sheet.y, length * self.scale, BAR)
        for start, end in _union(rows, NEAR):
            left = MARGIN + (start - spans[0][0]) * self.scale
            sheet.box(left, sheet.y, (end - start) * self.scale, BAR, COLOURS["circle"])
        sheet.y += BAR


def _length(rows: Sequence[Row]) -> int:
    return max(int(row["end"]) for row in rows) - min(int(row["start"]) for row in rows)


def _union(rows: Iterable[Row], near: int = 0) -> list[Span]:
    """Return the spans of passages, joined where they overlap or no more than `near` characters lie between.

    >>> _union([{"start": 5, "end": 9}, {"start": 0, "end": 3}, {"start": 8, "end": 12}])
    [(0, 3), (5, 12)]
    """
    joined: list[Span] = []
    for start, end in sorted((int(row["start"]), int(row["end"])) for row in rows):
        if joined and start <= joined[-1][1] + near:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
