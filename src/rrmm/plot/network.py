"""A network of controlled studies: from the regimen of a control arm, by a study, to what was tested against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rrmm.plot.font import measure, wrap
from rrmm.plot.panels import Row
from rrmm.plot.sheet import BAND, COLOURS, MARGIN, NORMAL, SMALL, Sheet

BOX, LINE = 150.0, 170.0
STEP = NORMAL + 3
PAD, GAP = 4.0, 6.0
AGAIN = " (above)"


class Node(NamedTuple):
    """A regimen with the studies that tested others against it; `again` where it stands further up."""

    name: str
    href: str
    again: bool
    tests: list[tuple[str, str, Node]]


class Network:
    """Regimens as boxes, studies as lines from left to right."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.tests: dict[str, list[Row]] = {}
        self.names: dict[str, str] = {}
        for row in rows:
            self.tests.setdefault(row["from_iri"], []).append(row)
            self.names |= {row["from_iri"]: row["from"], row["to_iri"]: row["to"]}
        tested = {row["to_iri"] for row in rows if row["to_iri"] != row["from_iri"]}
        self.seen: set[str] = set()
        roots = sorted((iri for iri in self.tests if iri not in tested), key=self._size)
        self.roots = [self._node(iri) for iri in roots]
        self.roots += [self._node(iri) for iri in self.tests if iri not in self.seen]

    def write(self, sheet: Sheet) -> None:
        """Write each tree of regimens below the other."""
        depth = max(map(_depth, self.roots))
        sheet.width = round(2 * MARGIN + depth * (BOX + LINE) - LINE)
        for root in self.roots:
            sheet.y += 8
            self._write(sheet, root, 0)

    def _node(self, iri: str) -> Node:
        again = iri in self.seen
        self.seen.add(iri)
        rows = () if again else self.tests.get(iri, ())
        tests = [(row["study"], row["study_iri"], self._node(row["to_iri"])) for row in rows]
        further = again and iri in self.tests
        return Node(self.names[iri] + AGAIN * further, iri, again, tests)

    def _size(self, iri: str) -> tuple[int, str]:
        """Return the key that puts the regimen with the most regimens behind it first."""
        return -len(set(self._behind(iri, set()))), self.names[iri].casefold()

    def _behind(self, iri: str, seen: set[str]) -> Iterator[str]:
        for row in self.tests.get(iri, ()):
            if row["to_iri"] not in seen:
                seen.add(row["to_iri"])
                yield row["to_iri"]
                yield from self._behind(row["to_iri"], seen)

    def _write(self, sheet: Sheet, node: Node, level: int) -> float:
        """Write a regimen and what was tested against it to its right; return the middle of its box."""
        left = MARGIN + level * (BOX + LINE)
        label = wrap(node.name, BOX - 2 * PAD, NORMAL, bold=True)
        height = len(label) * STEP + 2 * PAD
        top = sheet.y
        ends = []
        for study, href, other in node.tests:
            beyond = (len(_wrap(study)) * (SMALL + 1) - height) / 2
            sheet.y += max(0, beyond)
            ends.append((study, href, self._write(sheet, other, level + 1)))
            sheet.y += max(0, beyond)
        middle = (ends[0][2] + ends[-1][2]) / 2 if ends else top + height / 2
        middle = max(middle, top + height / 2)
        sheet.box(left, middle - height / 2, BOX, height, BAND)
        for number, line in enumerate(label, 1):
            sheet.text(left + PAD, middle - height / 2 + number * STEP, line, bold=True, href=node.href)
        for study, href, end in ends:
            self._line(sheet, study, href, (left + BOX, middle), (left + BOX + LINE, end))
        sheet.y = max(sheet.y, middle + height / 2 + GAP)
        return middle

    def _line(self, sheet: Sheet, study: str, href: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        right, y = end
        label = _wrap(study)
        wide = max(measure(line, SMALL) for line in label)
        sheet.curve(start, (right - wide - 10, y), COLOURS["circle"], 1.2)
        for number, line in enumerate(label):
            base = y + 3.5 + (number - (len(label) - 1) / 2) * (SMALL + 1)
            sheet.text(right - 5, base, line, size=SMALL, anchor="end", href=href)


def _wrap(study: str) -> list[str]:
    return wrap(study, LINE - 40, SMALL)


def _depth(node: Node) -> int:
    return 1 + max((_depth(other) for _, _, other in node.tests), default=0)
