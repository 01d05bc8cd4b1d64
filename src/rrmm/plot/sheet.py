"""A sheet for one picture: text, lines and marks at pixels from its top left corner, in what a phone can show.

A sheet knows nothing of trials. Styles stand on each element and no identifier but that of the title and the
description is used, so that several pictures can stand in one page, and none styles what is in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from rrmm.plot.font import wrap

WIDTH = 380
MARGIN = 12
RIGHT = WIDTH - MARGIN
SMALL, NORMAL, LARGE = 10.0, 11.0, 15.0
INK, GREY, RULE, BAND, PAPER = "#1b2733", "#56616d", "#c3ccd5", "#e9eef3", "#ffffff"
COLOURS = {"circle": "#0b5394", "square": "#a84300"}
NAMED = {
    INK: "ink",
    GREY: "grey",
    RULE: "rule",
    BAND: "band",
    PAPER: "paper",
    **{hue: shape for shape, hue in COLOURS.items()},
}
RADIUS, SIDE = 3.6, 6.6
BENEATH, ABOVE = 0, 3


class Sheet:
    """A sheet that grows downwards: `y` is where the next block begins; `width` can grow beyond that of a phone."""

    def __init__(self) -> None:
        self.y, self.width = float(MARGIN), WIDTH
        self._elements: list[tuple[int, Element]] = []
        self._parts = [(0.0, 0)]

    def part(self) -> None:
        """Begin a part: what follows stays together where parts stand side by side."""
        if len(self._elements) > self._parts[-1][1]:
            self._parts.append((self.y, len(self._elements)))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = NORMAL,
        colour: str = INK,
        bold: bool = False,
        anchor: str = "start",
        upright: bool = False,
        href: str = "",
    ) -> None:
        """Write one line of text, its base line at `y`; `upright` turns it to be read from below, `href` links it."""
        if not text:
            return
        weight = " font-weight: bold;" if bold else ""
        style = f"font-family: sans-serif; font-size: {_number(size)}px;{weight} text-anchor: {anchor}; fill: {colour}"
        element = self._add(ABOVE, "text", href, x=_number(x), y=_number(y), style=style)
        if upright:
            element.set("transform", f"rotate(-90 {_number(x)} {_number(y)})")
        element.text = text

    def paragraph(
        self,
        text: str,
        *,
        left: float = MARGIN,
        right: float = RIGHT,
        size: float = SMALL,
        colour: str = INK,
        bold: bool = False,
        href: str = "",
    ) -> None:
        """Write a text in as many lines as it needs, and go below it."""
        for line in wrap(text, right - left, size, bold):
            self.y += size + 3
            self.text(left, self.y - 3, line, size=size, colour=colour, bold=bold, href=href)

    def key(self, text: str, shape: str = "", *, hollow: bool = False) -> None:
        """Say what a shape means; without one, what a bar means."""
        left, middle = MARGIN + 5, self.y + 7
        if shape:
            self.mark(left, middle, shape, hollow=hollow)
        else:
            self.line([MARGIN, left + 5], [middle, middle], COLOURS["circle"], 3)
        self.paragraph(text, left=MARGIN + 16)

    def line(self, xs: Sequence[float], ys: Sequence[float], colour: str, width: float = 1, order: int = 2) -> None:
        """Draw a line; a lower `order` lies beneath."""
        points = " ".join(f"{_number(x)} {_number(y)}" for x, y in zip(xs, ys, strict=True))
        self._add(order, "path", d=f"M {points}", style=f"fill: none; stroke: {colour}; stroke-width: {_number(width)}")

    def curve(self, start: tuple[float, float], end: tuple[float, float], colour: str = RULE, width: float = 1) -> None:
        """Draw a line that leaves its start and reaches its end level."""
        middle = (start[0] + end[0]) / 2
        first, *others = (f"{_number(x)} {_number(y)}" for x, y in (start, (middle, start[1]), (middle, end[1]), end))
        way = f"M {first} C {' '.join(others)}"
        self._add(1, "path", d=way, style=f"fill: none; stroke: {colour}; stroke-width: {_number(width)}")

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str = BAND,
        *,
        opacity: float = 1,
        href: str = "",
        title: str = "",
    ) -> None:
        """Shade a rectangle beneath everything else; `title` is what a pointer reads on it."""
        size = {"width": _number(width), "height": _number(height)}
        thin = "" if opacity == 1 else f"; fill-opacity: {_number(opacity)}"
        at = {"x": _number(x), "y": _number(y)}
        self._add(BENEATH, "rect", href, title, **at, **size, style=f"fill: {colour}{thin}")

    def mark(
        self, x: float, y: float, shape: str = "circle", *, hollow: bool = False, href: str = "", title: str = ""
    ) -> None:
        """Draw a circle or a square in its colour; a square is hollow, so that readers can tell it without colours."""
        fill = PAPER if hollow or shape == "square" else COLOURS[shape]
        style = f"fill: {fill}; stroke: {COLOURS[shape]}; stroke-width: 1.5"
        if shape == "circle":
            self._add(ABOVE, "circle", href, title, cx=_number(x), cy=_number(y), r=_number(RADIUS), style=style)
        else:
            corner = {"x": _number(x - SIDE / 2), "y": _number(y - SIDE / 2)}
            self._add(ABOVE, "rect", href, title, **corner, width=_number(SIDE), height=_number(SIDE), style=style)

    def svg(self, name: str, title: str, description: str) -> bytes:
        """Return the sheet, cut below what is on it, as accessible SVG; `name` sets its identifiers apart."""
        root = self._root(0, self.y + MARGIN)
        root.attrib |= {"aria-labelledby": f"{name}-title {name}-desc", "style": "max-width: 100%; height: auto"}
        root.set("role", "group" if any(element.tag == "a" for _, element in self._elements) else "img")
        for tag, text in (("title", title), ("desc", description)):
            element = ElementTree.SubElement(root, tag, id=f"{name}-{tag}")
            element.text, element.tail = text, "\n"
        background = ElementTree.SubElement(root, "rect", width="100%", height="100%", style=f"fill: {PAPER}")
        background.tail = "\n"
        return self._fill(root, self._elements)

    def parts(self) -> list[bytes]:
        """Return each part as SVG to stand beside the others, without a background."""
        tops = [*(top for top, _ in self._parts), self.y + MARGIN]
        firsts = [*(first for _, first in self._parts), len(self._elements)]
        return [
            self._fill(self._root(tops[number], tops[number + 1]), self._elements[first : firsts[number + 1]])
            for number, first in enumerate(firsts[:-1])
        ]

    def _root(self, top: float, bottom: float) -> Element:
        height = round(bottom - top)
        size = {"width": str(self.width), "height": str(height), "viewBox": f"0 {_number(top)} {self.width} {height}"}
        root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, "lang": "en"})
        root.text = "\n"
        return root

    def _fill(self, root: Element, elements: Sequence[tuple[int, Element]]) -> bytes:
        root.extend(element for _, element in sorted(elements, key=lambda pair: pair[0]))
        return ElementTree.tostring(root, encoding="unicode").encode() + b"\n"

    def _add(self, order: int, tag: str, href: str = "", title: str = "", **attributes: str) -> Element:
        element = outer = Element(tag, attributes)
        if title:
            ElementTree.SubElement(element, "title").text = title
        if href:
            outer = Element("a", href=href)
            outer.append(element)
        outer.tail = "\n"
        self._elements.append((order, outer))
        return element


def tint(svg: bytes) -> str:
    """Return SVG whose colours a page can set: each is a variable, and as drawn where the page sets none.

    >>> tint(b'<path style="stroke: #c3ccd5"/>')
    '<path style="stroke: var(--plot-rule, #c3ccd5)"/>'
    """
    text = svg.decode()
    for colour, name in NAMED.items():
        text = text.replace(colour, f"var(--plot-{name}, {colour})")
    return text


def _number(value: float) -> str:
    """Return a number of pixels to two decimal places, as short as it can be."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
