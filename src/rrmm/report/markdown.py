"""An outline as Markdown; whatever a file or the graph says is text, never markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rrmm.report.blocks import Block, Folded, Grid, Heading, Items, Line, Paragraph, Span
from rrmm.texts import show

MARKUP = re.compile(r"([\\`*_\[\]<>|#~&$])")
STYLES = {"strong": "**", "warning": "**", "note": "*"}


def write_markdown(blocks: Iterable[Block]) -> str:
    """Return an outline as a Markdown document."""
    return show("\n\n".join(text for block in blocks for text in _block(block) if text) + "\n")


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"{'#' * block.level} {escape(block.text)}"
    elif isinstance(block, Paragraph):
        yield ("> " if block.kind else "") + _line(block.line)
    elif isinstance(block, Items):
        leads = (f"{number}." if block.ordered else "-" for number, _ in enumerate(block.lines, 1))
        yield "\n".join(f"{lead} {_line(line)}" for lead, line in zip(leads, block.lines, strict=True))
    elif isinstance(block, Grid):
        yield f"*{escape(block.caption)}*"
        rows = [block.head, tuple("---" for _ in block.head), *(tuple(map(escape, row)) for row in block.rows)]
        yield "\n".join(f"| {' | '.join(row)} |" for row in rows)
    elif isinstance(block, Folded):
        title = "".join(span.text for span in block.title)
        yield f"### {escape(title)}" if block.kind == "option" else f"**{escape(title)}**"
        for below in block.blocks:
            yield from _block(below)


def _line(line: Line) -> str:
    return "".join(map(_span, line)).strip()


def _span(span: Span) -> str:
    """Return a span with its style around the text, spaces outside the marks."""
    if span.kind == "rule":
        return f" `{span.text.strip().replace('`', '')}`"
    mark = STYLES.get(span.kind, "")
    core = span.text.strip()
    before, _, after = span.text.partition(core) if core else (span.text, "", "")
    return f"{before}{mark}{escape(core)}{mark}{after}" if core else span.text


def escape(text: str) -> str:
    """Return a text with the signs of Markdown made harmless, on one line."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))
