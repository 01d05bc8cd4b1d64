"""How wide a text is, and where it breaks into lines.

``widths.json`` holds the advance of each character of DejaVu Sans in thousandths of the font size. It is wider
than the fonts in which readers see a picture, so that what fits here fits there, on every machine alike.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

WORD = re.compile(r"[^\s+]*\+|[^\s+]+\s*|\s+")
WIDEST = 1000


def measure(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a text in pixels; an unknown character is as wide as the font is high."""
    widths = _widths()["bold" if bold else "normal"]
    return sum(widths.get(character, WIDEST) for character in text) * size / 1000


def wrap(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """Return a text in lines of at most `width` pixels, broken at spaces and after plus signs.

    >>> wrap("daratumumab+lenalidomide", 80, 11)
    ['daratumumab+', 'lenalidomide']
    """
    lines, line = [], ""
    for word in WORD.findall(text):
        if line.strip() and measure((line + word).rstrip(), size, bold) > width:
            lines.append(line.strip())
            line = ""
        line += word
    return [*lines, line.strip()]


@cache
def _widths() -> dict[str, dict[str, int]]:
    widths: dict[str, dict[str, int]] = json.loads(
        files("rrmm.plot").joinpath("widths.json").read_text(encoding="utf-8")
    )
    return widths
