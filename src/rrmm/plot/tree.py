"""A tree of guidance: from each state of a patient, or several together, to what the sources name there.

A line is a rule; it carries the word of the source and leads to the rule. Nothing is ranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from rrmm.plot.font import measure, wrap
from rrmm.plot.panels import Row
from rrmm.plot.sheet import GREY, MARGIN, NORMAL, RIGHT, RULE, SMALL, Sheet

STEM, MARK, NAME, WORD, PLACE = MARGIN + 6.0, MARGIN + 20.0, MARGIN + 30.0, 190.0, 276.0
STEP, DIGIT = SMALL + 3, 11.0
MOST = 40
ANYONE = "No state of the patient is named"
SUPPORTED = "option"
OPEN_ENDS = (" to", " by", " with", " of")
UNWORDED, HOLDS = "none", "in"
State = tuple[str, str]


class Edge(NamedTuple):
    """A rule without its IRI: what it names, how strongly, where it stands, in which words."""

    supported: bool
    name: str
    source: str
    modality: str
    note: str
    href: str


class Tree:
    """States as branches, rules as leaves."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.branches: dict[str, dict[tuple[State, ...], dict[Edge, list[str]]]] = {}
        for (rule, _), group in groupby(rows, key=lambda row: (row["rule_iri"], row["names"])):
            parts = list(group)
            states = tuple(sorted({(row["tie"], row["state"]) for row in parts if row.get("state")}, reverse=True))
            edges = self.branches.setdefault(parts[0]["part"], {}).setdefault(states, {})
            edges.setdefault(_edge(parts), []).append(rule)

    def write(self, sheet: Sheet) -> None:
        """Write the legend, then each branch with its leaves, those without a state last."""
        sheet.key("the source says when, or recommends it to patients of this state", "circle")
        sheet.key("the source supports it", "circle", hollow=True)
        leaves = (rules for part in self.branches.values() for edges in part.values() for rules in edges.values())
        if any(len(rules) > 1 for rules in leaves):
            sheet.text(MARGIN, sheet.y + SMALL, "1 2", size=SMALL - 1)
            sheet.paragraph("several rules say the same; each number leads to one", left=MARGIN + 16)
        for part, branches in self.branches.items():
            for number, states in enumerate(sorted(branches, key=lambda states: not states)):
                sheet.y += 10
                sheet.part()
                if not number:
                    sheet.paragraph(part, size=NORMAL + 2, bold=True)
                    sheet.y += 6
                edges = sorted(branches[states].items(), key=_rank)
                for first in range(0, len(edges), MOST):
                    if first:
                        sheet.y += 10
                        sheet.part()
                    self._branch(sheet, _join(states) or ANYONE, edges[first : first + MOST])

    def _branch(self, sheet: Sheet, head: str, edges: Sequence[tuple[Edge, list[str]]]) -> None:
        top = sheet.y
        sheet.y += 3
        sheet.paragraph(head, left=STEM, right=RIGHT - 6, size=NORMAL, bold=True)
        sheet.y += 3
        sheet.box(MARGIN, top, RIGHT - MARGIN, sheet.y - top)
        stem = last = sheet.y
        for edge, rules in edges:
            last = self._leaf(sheet, edge, rules)
        sheet.line([STEM, STEM], [stem, last], RULE, 1, 1)

    def _leaf(self, sheet: Sheet, edge: Edge, rules: Sequence[str]) -> float:
        """Write one line, with a number for each of several rules that say the same, and return its middle."""
        sheet.y += 3
        middle = sheet.y + STEP - 6
        sheet.line([STEM, MARK], [middle, middle], RULE, 1, 1)
        sheet.mark(MARK, middle, hollow=edge.supported, href=rules[0])
        columns = [
            (NAME, WORD, edge.name, edge.href, True),
            (WORD, PLACE, edge.modality, "", False),
            (PLACE, RIGHT + 4, edge.source, rules[0], False),
        ]
        height = 1
        for left, right, text, href, bold in columns:
            lines = wrap(text, right - left - 4, SMALL, bold)
            for number, line in enumerate(lines, 1):
                sheet.text(left, sheet.y + number * STEP - 3, line, size=SMALL, bold=bold, href=href)
            height = max(height, len(lines))
        first = WORD + (measure(f"{edge.modality} ", SMALL) if edge.modality else 0)
        for number, rule in enumerate(rules, 1) if len(rules) > 1 else ():
            below, place = divmod(number - 1, max(1, int((PLACE - first) // DIGIT)))
            height = max(height, below + 1)
            sheet.text(first + place * DIGIT, sheet.y + (below + 1) * STEP - 3, str(number), size=SMALL - 1, href=rule)
        sheet.y += height * STEP
        if edge.note:
            sheet.paragraph(edge.note, left=NAME, size=SMALL - 1, colour=GREY)
        return middle


def _edge(rows: Sequence[Row]) -> Edge:
    first = rows[0]
    return Edge(
        first["strength"] == SUPPORTED,
        first["names"],
        "; ".join(dict.fromkeys(row["source"] for row in rows)),
        "" if first["modality"] == UNWORDED else first["modality"],
        first.get("unquantified") or "",
        first.get("names_iri") or "",
    )


def _rank(item: tuple[Edge, list[str]]) -> tuple[bool, str, str]:
    edge, _ = item
    return edge.supported, edge.name.casefold(), edge.source


def _close(state: str) -> str:
    """Return a state of a patient or of a drug; that of a drug names no drug, and does not end open.

    >>> _close("first line, not refractory to"), _close("fit")
    ('first line, not refractory to the drug', 'fit')
    """
    return f"{state} the drug" if state.endswith(OPEN_ENDS) else state


def _join(states: Sequence[State]) -> str:
    """Return states as words, a tie that they share said once, and none where they simply hold.

    >>> _join([("in", "fit"), ("in", "high-risk cytogenetics")])
    'Fit and high-risk cytogenetics'
    """
    groups = [
        f"{'' if tie == HOLDS else tie} {' and '.join(_close(state) for _, state in group)}".strip()
        for tie, group in groupby(states, key=lambda pair: pair[0])
    ]
    text = ", ".join(groups)
    return text[:1].upper() + text[1:] if text[1:2].isalpha() else text
