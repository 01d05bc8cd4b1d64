"""The parts of an outline: headings, paragraphs, lists, tables, and what can be unfolded."""

from __future__ import annotations

from rrmm.records import NamedTuple


class Span(NamedTuple):
    """A run of text: plain, ``strong``, ``address``, ``note``, ``mark``, ``rule`` or ``warning``."""

    text: str
    kind: str = "plain"


Line = list[Span]


class Heading(NamedTuple):
    """A heading; level 1 names the patient, 2 a section."""

    level: int
    text: str
    kind: str = ""


class Paragraph(NamedTuple):
    """A paragraph; `kind` is empty or ``warning``."""

    line: Line
    kind: str = ""


class Items(NamedTuple):
    """A list."""

    lines: list[Line]
    ordered: bool = False


class Strip(NamedTuple):
    """A ratio with the ends of its interval, where they are printed, to be drawn."""

    ratio: float
    ends: tuple[float, float] | None = None


class Grid(NamedTuple):
    """A table with a caption and a header; `strips` has for each row what is drawn below the cell in `drawn`."""

    caption: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    strips: tuple[Strip | None, ...] = ()
    drawn: int = 0


class Folded(NamedTuple):
    """Blocks that a reader can unfold; `kind` is empty or ``option``."""

    title: Line
    blocks: list[Block]
    kind: str = ""


Block = Heading | Paragraph | Items | Grid | Folded
