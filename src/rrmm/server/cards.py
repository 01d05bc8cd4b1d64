"""Cards of CDS Hooks: a report in a sentence and its details, or what speaks against an order.

Every card says that it is for research, its sources and their dates. Cards inform; none proposes an order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, TypedDict
from uuid import uuid4

from rrmm.records import JsonObject
from rrmm.report.markdown import escape
from rrmm.report.model import Knowledge, OptionAnswer
from rrmm.report.report import Report
from rrmm.report.summary import Row, Rows, Summary, summarise
from rrmm.server.assistant import cite, locate
from rrmm.server.enclosed import encode
from rrmm.server.prefetch import Chart, Ordered

LONGEST_SUMMARY = 139
CLOSED = frozenset({"excluded", "not_recommended"})
LISTED = 5
RESEARCH = "Research use only"


class CardLink(TypedDict):
    """A link of a card."""

    label: str
    url: str
    type: Literal["absolute"]


class CardSource(TypedDict):
    """Where the information of a card comes from."""

    label: str
    url: str


class Card(TypedDict):
    """A card, by the specification of CDS Hooks 2.0."""

    uuid: str
    summary: str
    indicator: Literal["info", "warning"]
    detail: str
    source: CardSource
    links: list[CardLink]


class Place(NamedTuple):
    """The public address of the service."""

    base: str

    def report(self, patient: JsonObject) -> CardLink:
        """Return the link to the full report: the patient stands behind the #, which no browser sends."""
        known = {key: value for key, value in patient.items() if key not in {"id", "title"}}
        return {
            "label": f"Full report ({RESEARCH.lower()})",
            "url": f"{self.base}/report.html#{encode(known)}",
            "type": "absolute",
        }


def options_card(report: Report, chart: Chart, place: Place) -> Card:
    """Return the card on the options of a patient."""
    summary = summarise(report.record, report.rule_base)
    counts = {
        "named": sum(len(rows.rows) for rows in summary.groups if rows.group.status == "recommended"),
        "supported in patients like this": sum(len(rows.rows) for rows in summary.groups if rows.group.fit == "fits"),
        "excluded": sum(len(options) for _, options in summary.excluded),
    }
    told = ", ".join(f"{count} {word}" for word, count in counts.items())
    parts = [f"**When to treat:** {escape(summary.timing)}", *map(_group, summary.groups)]
    parts += [_items("Excluded", (f"{', '.join(names)}: {reason}" for reason, names in summary.excluded))]
    parts += [_items("Marks", (f"{mark.sign}: {mark.text}" for mark in summary.marks))]
    parts += [_items("To find out next", [question.text for question in summary.questions]), *_read(summary, chart)]
    return _card(f"Myeloma regimens: {told}", "info", parts, report.record.knowledge, place, chart)


def order_cards(report: Report, chart: Chart, ordered: Ordered, place: Place) -> list[Card]:
    """Return a card for each drug that is ordered and that something speaks against, and one for what was not read."""
    cards = []
    if ordered.unread:
        parts = [_items("Not read, so nothing is said of it", ordered.unread)]
        cards.append(_card("An order was not read", "info", parts, report.record.knowledge, place, chart))
    for drug in ordered.drugs:
        options = [option for option in report.record.options if drug in option.components]
        cautions = _cautions(drug, options)
        closed = options and all(option.status in CLOSED for option in options)
        if not closed and not cautions:
            continue
        reasons = dict.fromkeys(cite(reason) for option in options for reason in option.because) if closed else {}
        counted = "1 caution" if len(cautions) == 1 else f"{len(cautions)} cautions"
        what = "no regimen with it is open" if closed else counted
        parts = [_items(f"Why no regimen with {drug} is open", reasons), _items("Cautions", cautions)]
        parts += _read(summarise(report.record, report.rule_base), chart)
        cards.append(_card(f"{drug}: {what}", "warning", parts, report.record.knowledge, place, chart))
    return cards


def _cautions(drug: str, options: Iterable[OptionAnswer]) -> list[str]:
    """Return the cautions on a drug that facts of the patient call up, each once, with its address."""
    found: dict[str, None] = {}
    for option in options:
        for caution in option.cautions:
            if caution.agent == drug and caution.because.facts:
                found[f"{caution.text} [{locate(caution.because.source)}]"] = None
    return list(found)


def _card(
    said: str, indicator: Literal["info", "warning"], parts: list[str], knowledge: Knowledge, place: Place, chart: Chart
) -> Card:
    label = "; ".join(f"{source.title} ({source.published})" for source in knowledge.sources)
    detail = "\n\n".join([*filter(None, parts), f"*{escape(knowledge.disclaimer)}* Sources: {escape(label)}."])
    return {
        "uuid": str(uuid4()),
        "summary": _fit(f"{said}. {RESEARCH}."),
        "indicator": indicator,
        "detail": detail,
        "source": {"label": f"{label}. {RESEARCH}.", "url": f"{place.base}/"},
        "links": [place.report(chart.intake.patient)],
    }


def _fit(summary: str) -> str:
    """Return a summary within the length that the specification allows, its end kept."""
    if len(summary) <= LONGEST_SUMMARY:
        return summary
    end = f"… {RESEARCH}."
    return summary[: LONGEST_SUMMARY - len(end)].rstrip() + end


def _group(rows: Rows) -> str:
    """Return the options of a group: each with its reason and address where sources name it, names alone elsewhere."""
    if rows.group.status == "recommended":
        named = (f"{_name(row)}: {cite(row.option.because[0])}" for row in rows.rows)
        return _items(rows.heading, named)
    names = ", ".join(map(_name, rows.rows))
    return f"**{escape(rows.heading)}:** {escape(names)}"


def _name(row: Row) -> str:
    return f"{row.option.option} ({row.marks})" if row.marks else row.option.option


def _read(summary: Summary, chart: Chart) -> list[str]:
    """Return what was read from the record, and what was not."""
    parts = [f"**Read from the record:** {escape('; '.join([*summary.history, *summary.facts]) or 'nothing')}"]
    parts.append(_items("Contradictory or implausible", summary.warnings))
    left = [f"{one['what']}: {one['why']}" for one in chart.intake.not_understood]
    more = [f"and {len(left) - LISTED} more"] if len(left) > LISTED else []
    parts.append(_items("Not understood", [*left[:LISTED], *more]))
    parts.append(_items("No source knows", summary.unknown_words))
    if chart.unread:
        parts.append(f"**Not in the prefetch, so not known:** {escape(', '.join(chart.unread))}")
    return parts


def _items(title: str, items: Iterable[str]) -> str:
    lines = [f"- {escape(item)}" for item in items]
    return "\n".join([f"**{escape(title)}**", "", *lines]) if lines else ""
