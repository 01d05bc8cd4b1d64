"""The whole report in reading order, as headings, paragraphs, lists and tables.

What people read is decided here, once for Markdown, HTML and plain text: the answer at a glance, each option folded,
and at the end what it all rests on. Rules, character positions and IRIs stand at the end alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from rrmm.iris import short
from rrmm.report.blocks import Block, Folded, Heading, Items, Line, Paragraph, Span
from rrmm.report.details import Details
from rrmm.report.model import ReportRecord
from rrmm.report.phrases import Phrases
from rrmm.report.summary import Row, Summary, summarise
from rrmm.report.wording import REMARKS
from rrmm.rules.base import RuleBase
from rrmm.rules.model import enumerate_words


def build_outline(record: ReportRecord, rule_base: RuleBase, *, everything: bool = False) -> list[Block]:
    """Return the blocks of one report; excluded options are told in full only where `everything` is."""
    return list(_Outline(record, rule_base, everything=everything).blocks())


def build_option(record: ReportRecord, rule_base: RuleBase, name: str) -> list[Block]:
    """Return the blocks of one option in full; raises KeyError for an option that the report does not list."""
    details = Details(record, rule_base)
    for option in record.options:
        if option.option == name:
            return [Heading(1, name), *details.option(option), *details.addresses([option])]
    raise KeyError(name)


class _Outline:
    def __init__(self, record: ReportRecord, rule_base: RuleBase, *, everything: bool) -> None:
        self.record, self.everything = record, everything
        self.summary: Summary = summarise(record, rule_base)
        self.phrases, self.details = Phrases(record, rule_base), Details(record, rule_base)

    def blocks(self) -> Iterator[Block]:
        yield from self._head()
        for rows in self.summary.groups:
            yield Heading(2, f"{rows.heading} · {len(rows.rows)}", rows.group.status)
            for row in rows.rows:
                yield Folded(_title(row), list(self.details.option(row.option)), "option")
        yield from self._excluded()
        yield from self._legend()
        yield from self._several()
        yield from self._rest()

    def _head(self) -> Iterator[Block]:
        summary = self.summary
        yield Heading(1, summary.patient)
        if summary.title:
            yield Paragraph([Span(summary.title, "strong")])
        course = " → ".join(" · ".join(line) for line in (summary.history, summary.states) if line)
        for line in filter(None, (" · ".join(summary.facts), course)):
            yield Paragraph([Span(line)])
        yield Paragraph([Span("When: ", "strong"), Span(summary.timing)])
        for warning in summary.warnings:
            yield Paragraph([Span("Warning: ", "strong"), Span(warning)], "warning")
        for caution in summary.always:
            yield Paragraph([Span("For every option: ", "strong"), Span(caution.text)])
        for word in summary.unknown_words:
            yield Paragraph([Span(f"Nothing is said on {word}.")])

    def _excluded(self) -> Iterator[Block]:
        count = sum(len(names) for _, names in self.summary.excluded)
        if not count:
            return
        yield Heading(2, f"Excluded · {count}", "excluded")
        yield Items([[Span(f"{why}: ", "strong"), Span(", ".join(names))] for why, names in self.summary.excluded])
        if self.everything:
            for option in self.record.options:
                if option.status == "excluded":
                    yield Folded([Span(option.option, "strong")], list(self.details.option(option)), "option")

    def _legend(self) -> Iterator[Block]:
        if self.summary.marks:
            yield Heading(2, "Marks")
            yield Items([[Span(f"{mark.sign} ", "mark"), Span(mark.text)] for mark in self.summary.marks])
        if self.summary.questions:
            yield Heading(2, "To find out next")
            yield Items([[Span(question.text)] for question in self.summary.questions], ordered=True)

    def _several(self) -> Iterator[Block]:
        """Yield what concerns several options: preferences and conflicts."""
        record, reason = self.record, self.details.reason
        if record.preferences:
            preferences = [
                [
                    Span(f"{enumerate_words(one.preferred)} over {enumerate_words(one.over)}: ", "strong"),
                    *reason(one.because),
                ]
                for one in record.preferences
            ]
            yield Folded(
                [Span(f"Preferred ({len(preferences)}): {'; '.join(self.summary.preferences)}")], [Items(preferences)]
            )
        conflicts = [one for one in record.conflicts if self.everything or one.text in self.summary.conflicts]
        if conflicts:
            blocks: list[Block] = []
            for conflict in conflicts:
                blocks += [Paragraph([Span(conflict.text)]), Items([reason(one) for one in conflict.between])]
            yield Folded([Span(f"Where statements pull apart ({len(conflicts)})")], blocks)
        if any(option.would_change_if for option in record.options):
            yield Folded([Span("What would change an answer")], list(self.details.all_changes()))

    def _rest(self) -> Iterator[Block]:
        yield Heading(2, "Behind the answer")
        yield Folded([Span("The patient: timing, prior drugs, states")], list(self.details.patient()))
        for kind, heading in REMARKS.items():
            of_kind = [remark for remark in self.record.remarks if remark.kind == kind]
            if of_kind:
                yield Folded([Span(f"{heading} ({len(of_kind)})")], [Items(list(map(self.details.remark, of_kind)))])
        yield from self._gaps()
        yield from self._doubts()
        readings = self.record.readings or ()
        if readings:
            lines: list[Line] = [[Span(r.label, "strong"), Span(f": {r.text}")] for r in readings]
            yield Folded([Span(f"Adopted readings ({len(lines)})")], [Items(lines)])
        shown = [option for option in self.record.options if self.everything or option.status != "excluded"]
        yield from self.details.addresses(shown, whole=True)
        yield from self._knowledge()

    def _gaps(self) -> Iterator[Block]:
        lines: list[Line] = [
            [Span(f"{silence.text} {', '.join(silence.on)}".rstrip())] for silence in self.record.silences
        ]
        if lines:
            yield Folded([Span(f"What is not covered by {self.phrases.any_source} ({len(lines)})")], [Items(lines)])

    def _doubts(self) -> Iterator[Block]:
        shown = {option.option for option in self.record.options if option.status != "excluded"}
        lines: list[Line] = [
            [
                Span(f"{doubt.severity}: ", "strong"),
                Span(f"{doubt.label} ({', '.join(doubt.on)})"),
                Span(f"; published: {doubt.decided} ({doubt.verdict})" if doubt.decided else ""),
            ]
            for doubt in self.record.discrepancies
            if doubt.severity != "editorial" and (self.everything or shown & set(doubt.on))
        ]
        if lines:
            yield Folded([Span(f"Numbers and statements in doubt ({len(lines)})")], [Items(lines)])

    def _knowledge(self) -> Iterator[Block]:
        knowledge = self.record.knowledge
        lines = [f"Source: {source.title}" for source in knowledge.sources]
        lines += [f"Graph {knowledge.version}; its knowledge ends in {knowledge.knowledge_ends}"]
        lines += [f"Added to the graph: {knowledge.said_of(name)}" for name in knowledge.added]
        lines += [f"Silenced: {short(name)}" for name in knowledge.silenced]
        yield Items([[Span(line)] for line in lines])
        yield Paragraph([Span(knowledge.disclaimer)], "warning")


def _title(row: Row) -> Line:
    line = [Span(row.option.option, "strong")]
    line += [Span(f" {row.marks}", "mark")] if row.marks else []
    return line + [Span(f" – {text}", "note") for text in (row.high_risk, row.note or row.reason) if text]
