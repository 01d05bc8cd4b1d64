"""A sheet for one picture: text, lines and marks at pixels from its top left corner, in what a phone can show.

The one door to matplotlib. A sheet knows nothing of trials; the font that measures text comes with matplotlib,
so that a picture does not depend on the fonts of a machine.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rrmm.errors import MissingExtra

WIDTH = 380
MARGIN = 12
RIGHT = WIDTH - MARGIN
SMALL, NORMAL, LARGE = 10.0, 11.0, 15.0
INK, GREY, RULE, BAND = "#1b2733", "#56616d", "#c3ccd5", "#e9eef3"
COLOURS = {"circle": "#0b5394", "square": "#a84300"}
RADIUS, SIDE = 3.6, 6.6
FONT = "DejaVu Sans"
WORD = re.compile(r"[^\s+]*\+|[^\s+]+\s*|\s+")


@contextmanager
def settings() -> Iterator[None]:
    """Draw with settings that do not depend on the user's; raises MissingExtra without matplotlib."""
    try:
        import matplotlib
    except ImportError:
        raise MissingExtra("A picture", "plot") from None
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "rrmm"})
        yield


class Sheet:
    """A sheet that grows downwards: `y` is where the next block begins."""

    def __init__(self) -> None:
        from matplotlib.figure import Figure
        from matplotlib.transforms import Affine2D

        self.figure = Figure(figsize=(WIDTH / 72, 1), dpi=72)
        self.y = float(MARGIN)
        self._down = Affine2D()

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = NORMAL,
        colour: str = INK,
        bold: bool = False,
        anchor: str = "left",
        upright: bool = False,
    ) -> None:
        """Write one line of text, its base line at `y`; `upright` turns it to be read from below."""
        self.figure.text(
            x,
            y,
            text,
            transform=self._down,
            fontproperties=_font(size, bold),
            color=colour,
            ha=anchor,
            va="baseline",
            rotation=90 if upright else 0,
            rotation_mode="anchor",
            parse_math=False,
        )

    def paragraph(
        self,
        text: str,
        *,
        left: float = MARGIN,
        right: float = RIGHT,
        size: float = SMALL,
        colour: str = INK,
        bold: bool = False,
    ) -> None:
        """Write a text in as many lines as it needs, and go below it."""
        for line in wrapped(text, right - left, size, bold):
            self.y += size + 3
            self.text(left, self.y - 3, line, size=size, colour=colour, bold=bold)

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
        from matplotlib.lines import Line2D

        self.figure.add_artist(
            Line2D(xs, ys, transform=self._down, color=colour, linewidth=width, zorder=order, solid_capstyle="butt")
        )

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """Shade a rectangle beneath everything else."""
        from matplotlib.patches import Rectangle

        self.figure.add_artist(
            Rectangle((x, y), width, height, transform=self._down, facecolor=BAND, edgecolor="none", zorder=0)
        )

    def mark(self, x: float, y: float, shape: str = "circle", *, hollow: bool = False) -> None:
        """Draw a circle or a square in its colour; a square is hollow, so that it can be told without colours."""
        from matplotlib.patches import Circle, Patch, Rectangle

        colour = COLOURS[shape]
        style: dict[str, Any] = {
            "transform": self._down,
            "edgecolor": colour,
            "facecolor": "#ffffff" if hollow or shape == "square" else colour,
            "linewidth": 1.5,
            "zorder": 3,
        }
        patch: Patch = (
            Circle((x, y), RADIUS, **style)
            if shape == "circle"
            else Rectangle((x - SIDE / 2, y - SIDE / 2), SIDE, SIDE, **style)
        )
        self.figure.add_artist(patch)

    def svg(self) -> bytes:
        """Return the sheet, cut below what is on it, as matplotlib writes SVG."""
        height = round(self.y + MARGIN)
        self.figure.set_figheight(height / 72)
        self._down.scale(1, -1).translate(0, height)
        written = io.BytesIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        self.figure.savefig(written, format="svg", metadata=nothing)
        return written.getvalue()


def measured(text: str, size: float = NORMAL, bold: bool = False) -> float:
    """Return the width of a text in pixels."""
    from matplotlib.textpath import text_to_path

    return float(text_to_path.get_text_width_height_descent(text, _font(size, bold), False)[0])


def wrapped(text: str, width: float, size: float = NORMAL, bold: bool = False) -> list[str]:
    """Return a text in lines of at most `width` pixels, broken at spaces and after plus signs."""
    lines, line = [], ""
    for word in WORD.findall(text):
        if line.strip() and measured((line + word).rstrip(), size, bold) > width:
            lines.append(line.strip())
            line = ""
        line += word
    return [*lines, line.strip()]


def _font(size: float, bold: bool) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(family=FONT, size=size, weight="bold" if bold else "normal")
