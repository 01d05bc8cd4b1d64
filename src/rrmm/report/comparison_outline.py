"""What differs between two reports, in reading order: what is new and for whom, what changed, what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rrmm.catalogue.evidence import with_unit
from rrmm.derivation.details import ApprovalAnswer
from rrmm.iris import short
from rrmm.report import wording
from rrmm.report.blocks import Block, Heading, Items, Line, Paragraph, Span
from rrmm.report.comparison import ComparisonRecord, DifferingOption, OptionSide
from rrmm.report.details import describe_approval, describe_effect
from rrmm.report.model import Knowledge
from rrmm.rules.base import RuleBase

CHANGED = {
    "status": "Status changed",
    "fit": "Fit changed",
    "gone": "No longer listed",
}
NOTHING = "No state, timing, status, fit, approval or result differs."


def build_outline(record: ComparisonRecord, rule_base: RuleBase) -> list[Block]:
    """Return the differences as blocks; `rule_base` tells what names an option."""
    return list(_blocks(record, rule_base))


def _blocks(record: ComparisonRecord, rule_base: RuleBase) -> Iterator[Block]:
    before, after = map(_side, record.patients, record.knowledge, record.sources)
    same = record.patients[0] == record.patients[1]
    yield Heading(1, f"What changes for {record.patients[0]}" if same else "What differs")
    yield Paragraph([Span(f"{before} → {after}")])
    if record.states or record.timing:
        yield Heading(2, "The patient")
        lines = [
            [Span(f"{one.state}: ", "strong"), Span(_arrow(s and s.holds for s in one.sides))] for one in record.states
        ]
        if record.timing:
            lines.append([Span("When: ", "strong"), Span(" → ".join(map(wording.timing, record.timing)))])
        yield Items(lines)
    yield from _new(record, rule_base)
    for change, heading in CHANGED.items():
        changed = [one for one in record.options if one.change == change]
        if changed:
            yield Heading(2, f"{heading} · {len(changed)}")
            yield Items([_changed(one, rule_base) for one in changed])
    yield from _decisions(record)
    yield from _results(record)
    if not (record.states or record.timing or record.options):
        yield Paragraph([Span(NOTHING)])
    yield Paragraph([Span(record.knowledge[1].disclaimer)], "warning")


def _new(record: ComparisonRecord, rule_base: RuleBase) -> Iterator[Block]:
    """Yield the new options by status and fit, those of one reason together."""
    groups: dict[str, dict[str, list[str]]] = {}
    for one in record.options:
        side = one.sides[1]
        if one.change == "new" and side:
            groups.setdefault(_place(side, rule_base), {}).setdefault(side.note, []).append(one.option)
    for place in [*dict.fromkeys([*map(str.lower, wording.FITS.values())]), *groups]:
        by_note = groups.pop(place, None)
        if by_note:
            count = sum(map(len, by_note.values()))
            yield Heading(2, f"New, {place} · {count}")
            yield Items([[Span(", ".join(names), "strong"), *_note(note)] for note, names in by_note.items()])


def _changed(one: DifferingOption, rule_base: RuleBase) -> Line:
    after = one.sides[1] or one.sides[0]
    line = [Span(f"{one.option}: ", "strong"), Span(_arrow(side and _place(side, rule_base) for side in one.sides))]
    return line + _note(after.note if after else "")


def _decisions(record: ComparisonRecord) -> Iterator[Block]:
    """Yield what regulators decided, each decision with its options, what is not approved first."""
    decisions: dict[ApprovalAnswer, list[str]] = {}
    for one in record.options:
        for approval in one.approvals:
            decisions.setdefault(approval, []).append(one.option)
    for heading, wanted in (("Withdrawn or not approved", False), ("Approved", True)):
        lines = [
            [Span(f"{', '.join(names)}: ", "strong"), *describe_approval(approval)]
            for approval, names in decisions.items()
            if (approval.state == "approved") == wanted
        ]
        if lines:
            yield Heading(2, f"{heading} · {len(lines)}")
            yield Items(lines)


def _results(record: ComparisonRecord) -> Iterator[Block]:
    """Yield the later comparisons of options that both reports leave open, but for patients unlike this one."""
    lines: list[Line] = []
    for one in record.options:
        for result in one.results:
            if result.effect and result.population_matches != "no":
                number, other = result.as_printed, result.comparator_as_printed
                value = " against ".join(with_unit(one, result.unit) for one in (number, other) if one)
                versus = f" against {result.comparator}" if result.comparator else ""
                where = "" if result.population == wording.WHOLE else f", {result.population}"
                told = f"{value}; " if number != result.effect.as_printed else ""
                text = f"{result.endpoint}{versus}: {told}{describe_effect(result.effect)} ({result.trial}{where})"
                lines.append([Span(f"{one.option}: ", "strong"), Span(text)])
    if lines:
        yield Heading(2, f"Further results · {len(lines)}")
        yield Items(lines)


def _place(side: OptionSide, rule_base: RuleBase) -> str:
    """Return the status of an option, or how an open one fits."""
    if side.status == "option" and side.fit:
        return wording.FITS[side.fit].lower()
    return rule_base.name_status(side.status, side.because)


def _arrow(words: Iterable[str | None]) -> str:
    return " → ".join(word or "not listed" for word in words)


def _note(text: str) -> Line:
    return [Span(f" – {text}", "note")] if text else []


def _side(patient: str, knowledge: Knowledge, sources: str) -> str:
    changes = [f"with {knowledge.said_of(name)}" for name in knowledge.added] + [
        f"without {short(name)}" for name in knowledge.silenced
    ]
    return ", ".join([f"{patient} by {sources}", *changes])
