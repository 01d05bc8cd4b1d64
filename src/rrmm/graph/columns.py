"""A table in aligned columns for people: no word is broken, and what is left out for want of width is said."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

COMFORT = 9
"""The width, in characters, below which a column of several words is hard to read."""
REMARK = 40
"""The length, in characters, from which a text that repeats stands once, below the table."""

IRI = re.compile(r"[a-z]+:\S+")
HYPHEN = re.compile(r"(?<=[a-z]{3}[-+])(?=[a-z]{3})")
MARKS = "[ ]"
"""The name of a column that points at texts below the table."""
Cells = Sequence[Sequence[str]]


class _Column(NamedTuple):
    name: str
    cells: list[str]

    @property
    def widest(self) -> int:
        """The width at which nothing wraps."""
        return max(map(len, [self.name, *self.cells]))

    @property
    def rank(self) -> int:
        """The order in which columns get room: marks, words and numbers, IRIs, what is empty."""
        filled = [cell for cell in self.cells if cell]
        if self.name == MARKS or not filled:
            return 0 if filled else 3
        return 2 if all(IRI.fullmatch(cell) for cell in filled) else 1

    @property
    def narrowest(self) -> int:
        """The least width that breaks no word."""
        pieces = [*_split_name(self.name), *(piece for cell in self.cells for piece in _split(cell))]
        least = COMFORT if any(" " in cell for cell in self.cells) else 1
        return min(self.widest, max(least, *(len(piece.strip()) for piece in pieces)))


def write(names: Sequence[str], rows: Cells, width: int, keeps: Sequence[str] = ()) -> str:
    """Return the rows in columns that fit `width` characters, and below them what was taken out of the columns.

    Cells wrap at spaces, names of columns after an underscore. A long text that rows share stands once, below.
    Columns that do not fit are left out, IRIs first, then from the right, those of `keeps` last, and named; a single
    one may exceed `width`.
    """
    columns = [_Column(name, [row[number] for row in rows]) for number, name in enumerate(names)]
    columns, remarks = _take_remarks(columns)
    shown, left = _choose(columns, width, keeps)
    widths = _fit(shown, width)
    lines = [*_line([_split_name(column.name) for column in shown], widths), "  ".join("─" * wide for wide in widths)]
    for number in range(len(rows)):
        lines += _line([_split(column.cells[number]) for column in shown], widths)
    lines.append(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")
    for remark in remarks:
        lines += textwrap.wrap(remark, width, subsequent_indent="  ")
    if left:
        note = f"Not shown, for want of width: {', '.join(left)}. CSV and JSON have every column."
        lines += textwrap.wrap(note, width, subsequent_indent="  ")
    return "\n".join(lines) + "\n"


def _take_remarks(columns: list[_Column]) -> tuple[list[_Column], list[str]]:
    """Return the columns, long texts that repeat as numbers or taken out, and these texts."""
    kept, remarks = [], []
    for column in columns:
        texts = list(dict.fromkeys(cell for cell in column.cells if cell))
        repeats = len(texts) * 2 <= sum(map(bool, column.cells))
        if not texts or not repeats or min(map(len, texts)) < REMARK:
            kept.append(column)
        elif len(texts) == 1 and all(column.cells):
            remarks.append(f"{column.name}: {texts[0]}")
        else:
            marks = {text: f"[{number}]" for number, text in enumerate(texts, len(remarks) + 1)}
            kept.append(_Column(MARKS, [marks.get(cell, "") for cell in column.cells]))
            remarks += [f"{mark} {column.name}: {text}" for text, mark in marks.items()]
    return (kept, remarks) if kept else (columns, [])


def _choose(columns: list[_Column], width: int, keeps: Sequence[str]) -> tuple[list[_Column], list[str]]:
    """Return the columns that fit, chosen from `keeps`, then from the left, IRIs last, and the names of the others."""
    order = {name: number - len(keeps) for number, name in enumerate(keeps)}
    shown: list[int] = []
    room = width
    for number in sorted(range(len(columns)), key=lambda i: (order.get(columns[i].name, 0), columns[i].rank)):
        narrowest = columns[number].narrowest
        if narrowest <= room or not shown:
            shown.append(number)
            room -= narrowest + 2
    return [columns[i] for i in sorted(shown)], [column.name for i, column in enumerate(columns) if i not in shown]


def _fit(columns: list[_Column], width: int) -> list[int]:
    """Return the widths of the columns: the widest shrinks first, none below what breaks no word."""
    widths = [column.widest for column in columns]
    least = [column.narrowest for column in columns]
    while sum(widths) + 2 * (len(widths) - 1) > width and widths != least:
        widest = max(range(len(widths)), key=lambda i: (widths[i] > least[i], widths[i]))
        widths[widest] -= 1
    return widths


def _split(cell: str) -> list[str]:
    """Return the pieces between which a cell may wrap, each word with the space before it.

    A word with a hyphen or plus between small letters is several pieces; acronyms and IRIs are one.
    """
    words = (f" {word}" for word in cell.split())
    return [piece for word in words for piece in ([word] if IRI.fullmatch(word[1:]) else HYPHEN.split(word))]


def _split_name(name: str) -> list[str]:
    """Return the parts of a column's name, each but the last with its underscore."""
    *first, last = name.split("_")
    return [*(f"{part}_" for part in first), last]


def _line(cells: Sequence[Sequence[str]], widths: Sequence[int]) -> list[str]:
    """Return a row of cells, each given by its pieces, as lines."""
    wrapped = [_wrap(pieces, wide) for pieces, wide in zip(cells, widths, strict=True)]
    return [
        "  ".join(part.ljust(wide) for part, wide in zip(parts, widths, strict=True)).rstrip()
        for parts in zip_longest(*wrapped, fillvalue="")
    ]


def _wrap(pieces: Sequence[str], width: int) -> list[str]:
    """Return pieces in lines of at most `width` characters, where each of them fits."""
    lines = [""]
    for piece in pieces:
        if not lines[-1]:
            lines[-1] = piece.lstrip()
        elif len(lines[-1]) + len(piece) <= width:
            lines[-1] += piece
        else:
            lines.append(piece.lstrip())
    return lines
