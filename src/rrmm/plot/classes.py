"""A diagram of classes: a ring with an arrow for each pair that relates, then for each class the relations by name.

A line is as thick as the statements are many, by their logarithm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import hypot, log10
from typing import NamedTuple

from rrmm.plot.font import measure, wrap
from rrmm.plot.panels import Row
from rrmm.plot.sheet import COLOURS, GREY, MARGIN, NORMAL, RIGHT, RULE, SMALL, WIDTH, Sheet

BOX, PAD, STEP = 84.0, 5.0, NORMAL + 2
ACROSS, APART = 2, 62.0
INWARDS, POINTS, HEAD = 0.5, 20, 5.0
NAME, TARGET, COUNT = MARGIN + 8.0, 190.0, RIGHT - 6
Point = tuple[float, float]


class Node(NamedTuple):
    """A class: its IRI, its name in lines, and the middle of its box."""

    iri: str
    label: list[str]
    x: float
    y: float

    @property
    def height(self) -> float:
        """The height of its box."""
        return len(self.label) * STEP + 2 * PAD


class Classes:
    """Classes as boxes on a ring, relations as arrows across it."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self.names = {row[f"{end}_iri"]: row[end] for end in ("from", "to") for row in rows}

    def write(self, sheet: Sheet) -> None:
        """Write the ring, then a block for each class from which relations go out."""
        sheet.part()
        nodes = {node.iri: node for node in self._place(sheet.y + 24)}
        for (start, end), count in self._pairs():
            _arrow(sheet, nodes[start], nodes[end], _middle(nodes), 0.5 + 0.35 * log10(count))
        for node in nodes.values():
            top = node.y - node.height / 2
            sheet.box(node.x - BOX / 2, top, BOX, node.height)
            for number, line in enumerate(node.label, 1):
                base = top + PAD + number * STEP - 3
                sheet.text(node.x, base, line, bold=True, anchor="middle", href=node.iri)
        sheet.y = max(node.y + node.height / 2 for node in nodes.values()) + 8
        for iri, group in groupby(self.rows, key=lambda row: row["from_iri"]):
            sheet.y += 10
            sheet.part()
            self._block(sheet, iri, list(group))

    def _pairs(self) -> list[tuple[tuple[str, str], int]]:
        """Return each pair of different classes with the number of statements between them."""
        counts: dict[tuple[str, str], int] = {}
        for row in self.rows:
            pair = (row["from_iri"], row["to_iri"])
            if row["from_iri"] != row["to_iri"]:
                counts[pair] = counts.get(pair, 0) + row["statements"]
        return list(counts.items())

    def _place(self, top: float) -> Iterator[Node]:
        """Yield the classes around a rectangle, clockwise from its top left."""
        size = len(self.names)
        down = max(0, size - 2 * ACROSS + 1) // 2
        left, right = MARGIN + BOX / 2, RIGHT - BOX / 2
        inner = [left + (right - left) * (0.5 + number) / ACROSS for number in range(ACROSS)]
        inner = [WIDTH / 2 + (x - WIDTH / 2) * 0.72 for x in inner]
        sides = [top + APART * (0.75 + number) for number in range(down)]
        bottom = top + APART * (0.5 + down)
        places: list[Point] = [(x, top) for x in inner]
        places += [(right, y) for y in sides]
        places += [(x, bottom) for x in reversed(inner)]
        places += [(left, y) for y in reversed(sides)]
        for (iri, name), (x, y) in zip(self.names.items(), places, strict=False):
            yield Node(iri, wrap(name[:1].upper() + name[1:], BOX - 2 * PAD, NORMAL, bold=True), x, y)

    def _block(self, sheet: Sheet, iri: str, rows: Sequence[Row]) -> None:
        """Write what goes out from a class: a line for each relation and class that it leads to."""
        top = sheet.y
        sheet.y += 3
        name = self.names[iri]
        sheet.paragraph(name[:1].upper() + name[1:], left=NAME, size=NORMAL, bold=True, href=iri)
        sheet.y += 3
        sheet.box(MARGIN, top, RIGHT - MARGIN, sheet.y - top)
        for row in rows:
            base = sheet.y + SMALL + 5
            count = f"{row['statements']:,}"
            end = NAME + measure(row["relation"], SMALL) + 6
            sheet.text(NAME, base, row["relation"], size=SMALL, href=row["relation_iri"])
            _head(sheet, (end, base - 3.5), (TARGET - 6, base - 3.5), 1)
            sheet.text(TARGET, base, row["to"], size=SMALL, bold=True, href=row["to_iri"])
            sheet.text(COUNT, base, count, size=SMALL, colour=GREY, anchor="end")
            sheet.y += SMALL + 6


def _middle(nodes: dict[str, Node]) -> Point:
    return WIDTH / 2, sum(node.y for node in nodes.values()) / len(nodes)


def _arrow(sheet: Sheet, start: Node, end: Node, middle: Point, width: float) -> None:
    """Draw an arrow from box to box that bends towards the middle."""
    y = (start.y + end.y) / 2
    bend = (middle[0], y + (middle[1] - y) * INWARDS)
    first, last = _border(start, bend), _border(end, bend)
    steps = [number / POINTS for number in range(POINTS + 1)]
    points = [
        tuple((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c for a, b, c in zip(first, bend, last, strict=True))
        for t in steps
    ]
    sheet.line([x for x, _ in points], [y for _, y in points], COLOURS["circle"], width, 1)
    _head(sheet, bend, last, width, shaft=False)


def _border(node: Node, towards: Point) -> Point:
    """Return where the line from the middle of a box towards a point leaves the box."""
    across, down = towards[0] - node.x, towards[1] - node.y
    reach = min(
        BOX / 2 / abs(across) if across else float("inf"),
        node.height / 2 / abs(down) if down else float("inf"),
    )
    return node.x + across * reach, node.y + down * reach


def _head(sheet: Sheet, start: Point, end: Point, width: float, *, shaft: bool = True) -> None:
    """Draw the head of an arrow that comes from `start`, and its shaft."""
    length = hypot(end[0] - start[0], end[1] - start[1]) or 1
    along = ((end[0] - start[0]) / length * HEAD, (end[1] - start[1]) / length * HEAD)
    back = (end[0] - along[0], end[1] - along[1])
    side = (-along[1] * 0.45, along[0] * 0.45)
    colour = RULE if shaft else COLOURS["circle"]
    if shaft:
        sheet.line([start[0], end[0]], [start[1], end[1]], colour, width, 1)
    corners = [(back[0] + side[0], back[1] + side[1]), end, (back[0] - side[0], back[1] - side[1])]
    sheet.line([x for x, _ in corners], [y for _, y in corners], colour, max(width, 1), 1)
