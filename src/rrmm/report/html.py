"""An outline as HTML: one page that needs nothing from elsewhere; every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import log
from pathlib import Path

from rrmm.report.blocks import Block, Folded, Grid, Heading, Items, Line, Paragraph, Span, Strip
from rrmm.texts import show

STYLE = Path(__file__).with_name("report.css")
WIDTH, MARGIN = 132, 4
LOWEST, HIGHEST = 0.2, 2.0  # of the scale of ratios
CLASSES = {"address", "mark", "note", "warning", "rule"}


def write_page(outlines: Sequence[list[Block]]) -> str:
    """Return one HTML page with an article for each outline."""
    names = [block.text for blocks in outlines for block in blocks[:1] if isinstance(block, Heading)]
    title = escape(show(", ".join(names)))
    links = "".join(f'<li><a href="#p{n}">{escape(show(name))}</a></li>' for n, name in enumerate(names, 1))
    contents = f'<nav aria-label="Patients"><ol>{links}</ol></nav>' if len(names) > 1 else ""
    body = "\n".join(write_article(blocks, f"p{number}") for number, blocks in enumerate(outlines, 1))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title} – rrmm</title>\n<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n"
        f"<body>\n<main>\n{contents}\n{body}\n</main>\n</body>\n</html>\n"
    )


def write_article(blocks: Iterable[Block], name: str = "p1") -> str:
    """Return an outline as one HTML article; `name` keeps its anchors apart from those of others."""
    return show(f'<article id="{escape(name)}">\n{_html(blocks)}\n</article>')


def _html(blocks: Iterable[Block]) -> str:
    return "\n".join(_block(block) for block in blocks)


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        kind = f' class="{escape(block.kind)}"' if block.kind else ""
        return f"<h{block.level}{kind}>{escape(block.text)}</h{block.level}>"
    if isinstance(block, Paragraph):
        kind = f' class="{escape(block.kind)}"' if block.kind else ""
        return f"<p{kind}>{_line(block.line)}</p>"
    if isinstance(block, Items):
        tag = "ol" if block.ordered else "ul"
        entries = "".join(f"<li>{_line(line)}</li>" for line in block.lines)
        return f"<{tag}>{entries}</{tag}>" if entries else ""
    if isinstance(block, Folded):
        kind = f' class="{escape(block.kind)}"' if block.kind else ""
        return f"<details{kind}><summary>{_line(block.title)}</summary>{_html(block.blocks)}</details>"
    return _table(block)


def _table(grid: Grid) -> str:
    head = "".join(f'<th scope="col">{escape(title)}</th>' for title in grid.head)
    strips = grid.strips or (None,) * len(grid.rows)
    rows = "".join(f"<tr>{_cells(grid, row, strip)}</tr>" for row, strip in zip(grid.rows, strips, strict=True))
    return (
        f"<table><caption>{escape(grid.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cells(grid: Grid, row: tuple[str, ...], strip: Strip | None) -> str:
    drawings = {grid.drawn: draw(strip)} if strip else {}
    return "".join(
        f'<td data-label="{escape(title)}">{escape(cell)}{drawings.get(place, "")}</td>'
        for place, (title, cell) in enumerate(zip(grid.head, row, strict=True))
    )


def draw(strip: Strip) -> str:
    """Return a ratio and its interval as a small drawing on one scale for all, with a line at 1.

    What lies beyond the scale is drawn at its end. The numbers stand beside it, so it needs no words.
    """
    ends = "".join(f' x{n}="{_place(end)}"' for n, end in enumerate(strip.ends or (), 1))
    interval = f'<line{ends} y1="6" y2="6"/>' if ends else ""
    return (
        f'<svg class="strip" viewBox="0 0 {WIDTH} 12" width="{WIDTH}" height="12" aria-hidden="true">'
        f'<line class="none" x1="{_place(1)}" x2="{_place(1)}" y1="0" y2="12"/>{interval}'
        f'<circle cx="{_place(strip.ratio)}" cy="6" r="3"/></svg>'
    )


def _place(ratio: float) -> str:
    """Return where a ratio stands on the scale.

    >>> _place(0.01), _place(1), _place(100)
    ('4', '90.67', '128')
    """
    share = log(max(ratio, LOWEST) / LOWEST) / log(HIGHEST / LOWEST)
    return f"{MARGIN + min(share, 1) * (WIDTH - 2 * MARGIN):.4g}"


def _line(line: Line) -> str:
    return "".join(_span(span) for span in line)


def _span(span: Span) -> str:
    text = escape(span.text)
    if span.kind == "strong":
        return f"<strong>{text}</strong>"
    return f'<span class="{span.kind}">{text}</span>' if span.kind in CLASSES else text
