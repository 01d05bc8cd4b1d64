"""An outline as HTML: one page that needs nothing from elsewhere; every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from rrmm.report.blocks import Block, Folded, Grid, Heading, Items, Line, Paragraph, Span

STYLE = Path(__file__).with_name("report.css")
CLASSES = {"address", "mark", "note", "warning", "rule"}


def write_page(outlines: Sequence[list[Block]]) -> str:
    """Return one HTML page with an article for each outline."""
    names = [block.text for blocks in outlines for block in blocks[:1] if isinstance(block, Heading)]
    title = escape(", ".join(names))
    links = "".join(f'<li><a href="#p{n}">{escape(name)}</a></li>' for n, name in enumerate(names, 1))
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
    return f'<article id="{escape(name)}">\n{_html(blocks)}\n</article>'


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
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td data-label="{escape(title)}">{escape(cell)}</td>' for title, cell in zip(grid.head, row, strict=True)
        )
        + "</tr>"
        for row in grid.rows
    )
    return (
        f"<table><caption>{escape(grid.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _line(line: Line) -> str:
    return "".join(_span(span) for span in line)


def _span(span: Span) -> str:
    text = escape(span.text)
    if span.kind == "strong":
        return f"<strong>{text}</strong>"
    return f'<span class="{span.kind}">{text}</span>' if span.kind in CLASSES else text
