"""An outline as HTML: one page that needs nothing from elsewhere; every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from rrmm.iris import local_name, short
from rrmm.report.outline import Block, Folded, Grid, Heading, Items, Line, Paragraph, Span

STYLE = Path(__file__).with_name("report.css")
CLASSES = {"address", "note", "warning", "rule"}


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
    parts = []
    for is_option, group in groupby(_runs(list(blocks)), key=lambda blocks: _is_option(blocks[0])):
        inner = "\n".join(
            f'<section class="option">{_html(blocks, name)}</section>' if is_option else _html(blocks, name)
            for blocks in group
        )
        parts.append(inner)
    return f'<article id="{escape(name)}">\n' + "\n".join(parts) + "\n</article>"


def _is_option(block: Block) -> bool:
    return isinstance(block, Heading) and block.level == 3


def _runs(blocks: list[Block]) -> Iterable[list[Block]]:
    """Yield the blocks in runs that begin with a heading."""
    run: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading) and run:
            yield run
            run = []
        run.append(block)
    yield run


def _html(blocks: Iterable[Block], name: str) -> str:
    return "\n".join(_block(block, name) for block in blocks)


def _block(block: Block, name: str) -> str:
    if isinstance(block, Heading):
        kind = f' class="{escape(block.kind)}"' if block.kind else ""
        return f"<h{block.level}{kind}>{escape(block.text)}</h{block.level}>"
    if isinstance(block, Paragraph):
        kind = f' class="{escape(block.kind)}"' if block.kind else ""
        return f"<p{kind}>{_line(block.line, name)}</p>"
    if isinstance(block, Items):
        return f"<ul>{''.join(f'<li>{_line(line, name)}</li>' for line in block.lines)}</ul>" if block.lines else ""
    if isinstance(block, Folded):
        return f"<details><summary>{escape(block.title)}</summary>{_html(block.blocks, name)}</details>"
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


def _line(line: Line, name: str) -> str:
    return "".join(_span(span, name) for span in line)


def _span(span: Span, name: str) -> str:
    text = escape(span.text)
    if span.kind == "strong":
        return f"<strong>{text}</strong>"
    if span.kind == "reading":
        return f' <a href="#{name}-{escape(local_name(span.text))}">{escape(short(span.text))}</a>'
    if span.kind == "anchor":
        return f' <span id="{name}-{escape(local_name(span.text))}" class="rule">{escape(short(span.text))}</span>'
    return f'<span class="{span.kind}">{text}</span>' if span.kind in CLASSES else text
