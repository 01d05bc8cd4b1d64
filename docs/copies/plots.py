"""The three pictures of the page on copies, each drawn from the answer of one catalogued question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rrmm.api import KnowledgeGraph
from rrmm.plot.sheet import COLOURS, GREY, MARGIN, RIGHT, SMALL, Sheet

READ = {"whole", "cut"}
OUTCOMES = {"same": COLOURS["circle"], "rounded": "#8fb1d6", "otherwise": COLOURS["square"]}
BAR = 12.0
NUMBERS = 96.0  # pixels for what stands behind a bar

Bars = Sequence[tuple[str, Mapping[str, int]]]


def pictures(kg: KnowledgeGraph) -> dict[str, bytes]:
    """Return file name → SVG."""
    names = {source.name: source.brief for source in kg.rule_base.sources}
    counts = [one for one in kg.query("copy-counts").to_dicts() if one["read"] in READ]
    kinds = sorted({one["statistic"] for one in counts})
    by_source = [(names[name], _sum(one for one in counts if one["source"] == name)) for name in names]
    by_number = [
        (f"{kind}, {names[name]}", _sum(one for one in counts if (one["statistic"], one["source"]) == (kind, name)))
        for kind in kinds
        for name in names
    ]
    slips = Counter[tuple[str, str]]()
    for one in kg.query("slips").to_dicts():
        slips[one["slip"], one["source"]] += one["numbers"]
    by_slip = [(f"{slip}, {names[name]}", {"otherwise": count}) for (slip, name), count in sorted(slips.items())]
    return {
        "how-often.svg": _draw("how-often", "How often each source prints what was published", by_source),
        "by-number.svg": _draw("by-number", "The same, by kind of number", by_number),
        "by-slip.svg": _draw("by-slip", "What is printed otherwise, by kind of slip", by_slip),
    }


def _sum(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    total = Counter[str]()
    for one in rows:
        total.update(same=one["same_prints"], rounded=one["rounded_prints"], otherwise=one["other_prints"])
    return {outcome: total[outcome] for outcome in OUTCOMES}


def _draw(name: str, title: str, bars: Bars) -> bytes:
    """Return stacked bars, each with its numbers; all are of one scale, and the same words describe them."""
    bars = [(label, of) for label, of in bars if any(of.values())]
    sheet = Sheet()
    sheet.paragraph(title, size=SMALL + 2, bold=True)
    longest = max(sum(of.values()) for _, of in bars)
    for label, of in bars:
        sheet.y += 4
        sheet.paragraph(label)
        left = MARGIN
        for outcome, count in of.items():
            width = count * (RIGHT - NUMBERS - MARGIN) / longest
            sheet.box(left, sheet.y, width, BAR, OUTCOMES[outcome])
            left += width
        sheet.text(left + 4, sheet.y + BAR - 2, " · ".join(map(str, of.values())), size=SMALL, colour=GREY)
        sheet.y += BAR
    sheet.y += 6
    shown = list(dict.fromkeys(outcome for _, of in bars for outcome in of))
    sheet.paragraph(f"In this order: {', '.join(shown)}. Only abstracts, whole or cut, decide.", colour=GREY)
    words = "; ".join(
        f"{label}: {', '.join(f'{count} {outcome}' for outcome, count in of.items())}" for label, of in bars
    )
    return sheet.svg(name, title, words)
