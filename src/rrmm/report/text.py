"""The report for a terminal: the answer on one screen, or the blocks of an outline as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from rrmm.records import MISSING
from rrmm.report.blocks import Block, Folded, Grid, Heading, Items, Line, Paragraph
from rrmm.report.model import ReportRecord
from rrmm.report.phrases import Phrases
from rrmm.report.summary import LETTERS, Row, Rows, Summary
from rrmm.rules.effects import name_status
from rrmm.texts import show

LEAD = 10
NARROWEST_NAME, WIDEST_NAME = 12, 26
OPEN = {"recommended", "option"}
SPACED = {None, "fits", "unknown"}
FEW = 3


class _Wrapper:
    def __init__(self, width: int) -> None:
        self.width = width

    def wrap(self, line: str, first: str = "", rest: str | None = None) -> list[str]:
        below = " " * len(first) if rest is None else rest
        wrapped = textwrap.wrap(line, self.width, initial_indent=first, subsequent_indent=below, break_on_hyphens=False)
        return wrapped or [first.rstrip()]


def write_text(summary: Summary, record: ReportRecord, phrases: Phrases, width: int = 100) -> str:
    """Return the answer at a glance, wrapped to `width` characters."""
    return show("\n".join(_Screen(summary, record, phrases, width).lines()) + "\n")


def write_blocks(blocks: Iterable[Block], width: int = 100) -> str:
    """Return the blocks of an outline as text, wrapped to `width` characters."""
    return show("\n".join(_block_lines(blocks, _Wrapper(width), "")) + "\n")


class _Screen(_Wrapper):
    def __init__(self, summary: Summary, record: ReportRecord, phrases: Phrases, width: int) -> None:
        super().__init__(width)
        self.summary, self.record, self.phrases = summary, record, phrases

    def lines(self) -> Iterator[str]:
        summary = self.summary
        yield from self._lead("Patient", " · ".join(filter(None, (summary.patient, summary.title))))
        course = " → ".join(" · ".join(line) for line in (summary.history, summary.states) if line)
        for line in filter(None, (" · ".join(summary.facts), course)):
            yield from self._lead("", line)
        yield from self._lead("When", summary.timing)
        for warning in summary.warnings:
            yield from self._lead("Warning", warning)
        for number, caution in enumerate(summary.always):
            yield from self._lead("" if number else "Always", caution.text)
        for rows in summary.groups:
            if rows.group.status in OPEN and rows.group.fit in SPACED:
                yield ""
            yield from self._group(rows)
        yield from self._excluded()
        yield ""
        for mark in summary.marks:
            if mark.sign in LETTERS:
                yield from self.wrap(mark.text, f"  {mark.sign}  ")
        signs = [f"{mark.sign} {mark.text}" for mark in summary.marks if mark.sign not in LETTERS]
        if signs:
            yield from self.wrap(" · ".join(signs), "  ", "  ")
        if summary.preferences:
            yield from self._lead("Preferred", "; ".join(summary.preferences))
        for conflict in summary.conflicts:
            yield from self._lead("Conflict", conflict)
        yield from self._changes()
        yield from self._sensitivity()
        if summary.questions:
            yield ""
            yield "TO FIND OUT NEXT"
            for number, question in enumerate(summary.questions, 1):
                yield from self.wrap(question.text, f"  {number}  ")
        yield ""
        for word in summary.unknown_words:
            yield f"Nothing is said on {word}."
        yield from self._knowledge()

    def _lead(self, lead: str, text: str) -> list[str]:
        return self.wrap(text, f"{lead:<{LEAD}}")

    def _group(self, rows: Rows) -> Iterator[str]:
        named = rows.group.status == "recommended"
        placed = [row for row in rows.rows if named or row.note or row.high_risk]
        flowing = [row for row in rows.rows if row not in placed]
        title = f"{rows.heading.upper()} · {len(rows.rows)}"
        if not placed:
            yield from self.wrap(f"{title}: {', '.join(map(_name, flowing))}", "", "  ")
            return
        yield title
        by_place: dict[tuple[str, str], list[str]] = {}
        for row in placed:
            by_place.setdefault((row.high_risk, row.note), []).append(_name(row))
        longest = max(len(name) for names in by_place.values() for name in names)
        names_width = min(max(longest, NARROWEST_NAME), WIDEST_NAME)
        risk_width = max(len(high_risk) for high_risk, _ in by_place)
        for (high_risk, note), names in by_place.items():
            column = f"{high_risk:<{risk_width}}  " if risk_width else ""
            name = ", ".join(names)
            if len(name) <= names_width:
                yield from self.wrap(note, f"  {name:<{names_width}}  {column}")
            else:
                yield from self.wrap(" — ".join(filter(None, (name, high_risk, note))), "  ", "    ")
        if flowing:
            yield from self.wrap(", ".join(map(_name, flowing)), "  also: ", "    ")

    def _excluded(self) -> Iterator[str]:
        count = sum(len(names) for _, names in self.summary.excluded)
        if count:
            reasons = "; ".join(f"{reason} ({_count(names)})" for reason, names in self.summary.excluded)
            yield from self.wrap(f"EXCLUDED · {count}: {reasons}", "", "  ")

    def _changes(self) -> Iterator[str]:
        """Yield the changes of the patient, each with the options that it turns to a status."""
        if not any(option.would_change_if is not MISSING for option in self.record.options):
            return
        by_facts: dict[str, dict[str, list[str]]] = {}
        for option in self.record.options:
            for change in option.would_change_if or ():
                facts = " and ".join(map(self.phrases.say_one, change.facts))
                status = name_status(change.status, self.phrases.rule_base.named_by_any)
                by_facts.setdefault(facts, {}).setdefault(status, []).append(option.option)
        yield ""
        yield "WHAT WOULD CHANGE AN ANSWER"
        for facts, statuses in by_facts.items():
            turned = "; ".join(f"{status}: {', '.join(names)}" for status, names in statuses.items())
            yield from self.wrap(f"{facts} → {turned}", "  ", "    ")

    def _sensitivity(self) -> Iterator[str]:
        """Yield what would change without each rule that matters to this patient."""
        influences = self.record.sensitivity
        if influences is MISSING:
            return
        yield ""
        yield "WITHOUT ONE RULE"
        if not influences:
            yield "  Nothing would change: no rule decides alone."
        for influence in influences or ():
            by_status: dict[str, list[str]] = {}
            for turned in influence.options:
                named_by = self.phrases.rule_base.named_by_any
                status = name_status(turned.status, named_by) if turned.status else "not offered"
                by_status.setdefault(status, []).append(turned.option)
            changes = [f"{status}: {', '.join(names)}" for status, names in by_status.items()]
            if influence.timing:
                changes.append(f"timing: {influence.timing.replace('_', ' ')}")
            yield from self.wrap(f"{influence.label} → {'; '.join(changes)}", "  ", "    ")

    def _knowledge(self) -> Iterator[str]:
        knowledge = self.record.knowledge
        added = [knowledge.said_of(name) for name in knowledge.added]
        for lead, names in (("Added to the graph", added), ("Silenced", knowledge.silenced)):
            if names:
                yield from self.wrap(f"{lead}: {', '.join(names)}.", "", "  ")
        yield from self.wrap("One option in full: --why OPTION. Everything, with addresses: --all.")
        sources = [source.title for source in knowledge.sources]
        named = sources[0] if len(sources) == 1 else f"By {self.phrases.sources}"
        yield from self.wrap(f"{named}. {knowledge.disclaimer}")


def _count(names: Sequence[str]) -> str:
    """Return the names where they are few, or how many there are."""
    return ", ".join(names) if len(names) <= FEW else f"{len(names)} options"


def _name(row: Row) -> str:
    return f"{row.option.option} {row.marks}".rstrip()


def _block_lines(blocks: Iterable[Block], wrapper: _Wrapper, indent: str) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Heading):
            yield from ("", block.text.upper() if block.level < 3 else block.text)
        elif isinstance(block, Paragraph):
            yield from wrapper.wrap(_plain(block.line), indent, indent + "  ")
        elif isinstance(block, Items):
            for number, line in enumerate(block.lines, 1):
                lead = f"{number} " if block.ordered else "· "
                yield from wrapper.wrap(_plain(line), f"{indent}  {lead}", f"{indent}    ")
        elif isinstance(block, Grid):
            yield from wrapper.wrap(block.caption, indent)
            for row in block.rows:
                yield from wrapper.wrap(_cells(block.head, row), f"{indent}  · ", f"{indent}    ")
        elif isinstance(block, Folded):
            yield from ("", *wrapper.wrap(_plain(block.title), indent, indent + "  "))
            yield from _block_lines(block.blocks, wrapper, indent + "  ")


def _cells(head: Sequence[str], row: Sequence[str]) -> str:
    first, *others = zip(head, row, strict=True)
    return "; ".join([first[1], *(f"{name}: {cell}" for name, cell in others if cell)])


def _plain(line: Line) -> str:
    return "".join(span.text for span in line).strip()
