"""A tree of guidance: from each state of a patient, or several together, to what the sources name there.

A line is a rule; it carries the word of the source and leads to the rule. Nothing is ranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from rrmm.plot.font import wrap
from rrmm.plot.panels import Row
from rrmm.plot.sheet import GREY, MARGIN, NORMAL, RIGHT, RULE, SMALL, Sheet

STEM, MARK, NAME, WORD, PLACE = MARGIN + 6.0, MARGIN + 20.0, MARGIN + 30.0, 222.0, 276.0
STEP = SMALL + 3
ANYONE = "No state of the patient is named"
SUPPORTED = "option"
UNWORDED = "none"
State = tuple[str, str]


class Edge(NamedTuple):
    """A rule as a line: what it names, how strongly, in which words, and where it stands."""

    name: str
    href: str
    supported: bool
    modality: str
    note: str
    rule: str
    source: str


class Tree:
    """States as branches, rules as leaves."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.branches: dict[str, dict[tuple[State, ...], list[Edge]]] = {}
        for _, group in groupby(rows, key=lambda row: (row["rule_iri"], row["names"])):
            edges = list(group)
            states = tuple(sorted({(row["tie"], row["state"]) for row in edges if row.get("state")}, reverse=True))
            self.branches.setdefault(edges[0]["part"], {}).setdefault(states, []).append(_edge(edges))

    def write(self, sheet: Sheet) -> None:
        """Write the legend, then each branch with its leaves, those without a state last."""
        sheet.key("the source says when, or recommends it to patients of this state", "circle")
        sheet.key("the source supports it", "circle", hollow=True)
        for part, branches in self.branches.items():
            for number, states in enumerate(sorted(branches, key=lambda states: not states)):
                sheet.y += 10
                sheet.part()
                if not number:
                    sheet.paragraph(part, size=NORMAL + 2, bold=True)
                    sheet.y += 6
                self._branch(sheet, _join(states) or ANYONE, branches[states])

    def _branch(self, sheet: Sheet, head: str, edges: Sequence[Edge]) -> None:
        top = sheet.y
        sheet.y += 3
        sheet.paragraph(head, left=STEM, right=RIGHT - 6, size=NORMAL, bold=True)
        sheet.y += 3
        sheet.box(MARGIN, top, RIGHT - MARGIN, sheet.y - top)
        stem = last = sheet.y
        name = ""
        for edge in sorted(edges, key=lambda edge: (edge.supported, edge.name.casefold(), edge.source)):
            last = self._leaf(sheet, edge, "" if edge.name == name else edge.name)
            name = edge.name
        sheet.line([STEM, STEM], [stem, last], RULE, 1, 1)

    def _leaf(self, sheet: Sheet, edge: Edge, name: str) -> float:
        """Write one line and return where it leaves the stem."""
        sheet.y += 3
        middle = sheet.y + STEP - 6
        sheet.line([STEM, MARK], [middle, middle], RULE, 1, 1)
        sheet.mark(MARK, middle, hollow=edge.supported, href=edge.rule)
        columns = [
            (NAME, WORD, name, edge.href, True),
            (WORD, PLACE, edge.modality, "", False),
            (PLACE, RIGHT + 4, edge.source, edge.rule, False),
        ]
        height = 0
        for left, right, text, href, bold in columns:
            lines = wrap(text, right - left - 4, SMALL, bold)
            for number, line in enumerate(lines, 1):
                sheet.text(left, sheet.y + number * STEP - 3, line, size=SMALL, bold=bold, href=href)
            height = max(height, len(lines))
        sheet.y += height * STEP
        if edge.note:
            sheet.paragraph(edge.note, left=NAME, size=SMALL - 1, colour=GREY)
        return middle


def _edge(rows: Sequence[Row]) -> Edge:
    first = rows[0]
    return Edge(
        first["names"],
        first.get("names_iri") or "",
        first["strength"] == SUPPORTED,
        "" if first["modality"] == UNWORDED else first["modality"],
        first.get("unquantified") or "",
        first["rule_iri"],
        "; ".join(dict.fromkeys(row["source"] for row in rows)),
    )


def _join(states: Sequence[State]) -> str:
    """Return states as words, a tie that they share said once.

    >>> _join([("in", "fit"), ("in", "high-risk cytogenetics")])
    'In fit and high-risk cytogenetics'
    """
    groups = [
        f"{tie} {' and '.join(state for _, state in group)}" for tie, group in groupby(states, key=lambda pair: pair[0])
    ]
    text = ", ".join(groups)
    return text[:1].upper() + text[1:]
