"""What differs between two reports: states, timing, options, approvals and results, each with both sides.

The JSON Schema beside this module is made from the records here, as that of the report is.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from functools import cached_property
from typing import Literal, NamedTuple, TypeVar

from rrmm.catalogue.evidence import Result
from rrmm.derivation.details import ApprovalAnswer
from rrmm.derivation.model import Timing
from rrmm.records import JsonObject, to_dict
from rrmm.report.blocks import Block
from rrmm.report.model import Knowledge, OptionAnswer, StateVerdict
from rrmm.report.phrases import Phrases
from rrmm.report.report import Report
from rrmm.report.summary import Summary, summarise
from rrmm.rules.address import Address
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import Fit, Status, Truth
from rrmm.rules.model import Reason

Part = TypeVar("Part")
Decision = tuple[str | None, str, str | None, str | None, Address]
ChangeKind = Literal["new", "gone", "status", "fit", "approvals", "results"]


class StateSide(NamedTuple):
    """A state in one of two reports."""

    holds: Truth
    """Whether it holds."""


class DifferingState(NamedTuple):
    """A state that holds in one of two reports and not in the other."""

    state: str
    """The state."""
    sides: tuple[StateSide | None, StateSide | None]
    """The state in each report; null where a report has none of it."""


class OptionSide(NamedTuple):
    """An option in one of two reports."""

    status: Status
    """Its status."""
    fit: Fit | None
    """How near the sources' words and trials are to the patient; null where the option is excluded."""
    because: tuple[Reason, ...]
    """The guidance that gives the status."""
    note: str
    """What places it, in words: what was found, what it depends on, or why it is excluded."""


class DifferingOption(NamedTuple):
    """An option that is not the same in both reports."""

    option: str
    """The option."""
    change: ChangeKind
    """The first of these that differs: whether it is listed, its status, its fit, its approvals, its results."""
    sides: tuple[OptionSide | None, OptionSide | None]
    """The option in each report; null where a report does not list it."""
    approvals: tuple[ApprovalAnswer, ...]
    """The approvals, withdrawals and non-approvals that only the second report has."""
    results: tuple[Result, ...]
    """The comparisons between arms that only the second report has, for an option that both leave open."""


class ComparisonRecord(NamedTuple):
    """What differs between two reports."""

    patients: tuple[str, str]
    """The ids of both patients."""
    knowledge: tuple[Knowledge, Knowledge]
    """What each report rests on."""
    sources: tuple[str, str]
    """The sources of each report, as running text names them."""
    states: tuple[DifferingState, ...]
    """The states that differ."""
    timing: tuple[()] | tuple[Timing, Timing]
    """Both timings where the actions differ, else empty."""
    options: tuple[DifferingOption, ...]
    """The options that differ."""


class Comparison:
    """The differences between two reports; `data` is the record as plain dicts and lists, to be read only.

    `rule_base` is that of the second.
    """

    def __init__(self, record: ComparisonRecord, rule_base: RuleBase) -> None:
        self.record, self.rule_base = record, rule_base

    @cached_property
    def data(self) -> JsonObject:
        """The differences as plain data."""
        return to_dict(self.record)

    def to_json(self) -> str:
        """Return the differences as JSON text."""
        return json.dumps(self.data, ensure_ascii=False, indent=1) + "\n"

    def to_text(self, width: int = 100) -> str:
        """Return the differences for a terminal, what is new first."""
        from rrmm.report.text import write_blocks

        return write_blocks(self.outline(), width)

    def to_markdown(self) -> str:
        """Return the differences as Markdown."""
        from rrmm.report.markdown import write_markdown

        return write_markdown(self.outline())

    def outline(self) -> list[Block]:
        """Return the differences as headings, paragraphs and lists."""
        from rrmm.report.comparison_outline import build_outline

        return build_outline(self.record, self.rule_base)


def compare(first: Report, second: Report) -> Comparison:
    """Return what differs between two reports; an option that one side lacks is None there."""
    before, after = first.record, second.record
    timings = (before.timing, after.timing)
    states = _pair({one.state: one for one in before.states}, {one.state: one for one in after.states})
    options = _pair({one.option: one for one in before.options}, {one.option: one for one in after.options})
    notes = (_notes(summarise(before, first.rule_base)), _notes(summarise(after, second.rule_base)))
    known = {_decision(approval) for option in before.options for approval in option.approvals}
    differing = (_compare_option(name, sides, notes, known) for name, sides in options.items())
    return Comparison(
        ComparisonRecord(
            (before.patient, after.patient),
            (before.knowledge, after.knowledge),
            (_sources(first), _sources(second)),
            tuple(
                DifferingState(name, (_state_side(old), _state_side(new)))
                for name, (old, new) in states.items()
                if (old and old.holds) != (new and new.holds)
            ),
            timings if before.timing.action != after.timing.action else (),
            tuple(filter(None, differing)),
        ),
        second.rule_base,
    )


def _compare_option(
    name: str,
    sides: tuple[OptionAnswer | None, OptionAnswer | None],
    notes: tuple[Mapping[str, str], Mapping[str, str]],
    known: Container[Decision],
) -> DifferingOption | None:
    """Return how an option differs, or None where it does not."""
    old, new = sides
    told = [one for one in new.approvals if one.jurisdiction or one.condition] if new else []
    approvals = tuple(one for one in told if _decision(one) not in known)
    results: tuple[Result, ...] = ()
    change: ChangeKind
    if old is None or new is None:
        change = "new" if old is None else "gone"
    else:
        results = _new_results(old, new)
        if old.status != new.status:
            change = "status"
        elif old.fit != new.fit:
            change = "fit"
        elif approvals:
            change = "approvals"
        elif results:
            change = "results"
        else:
            return None
    both = (_option_side(old, notes[0]), _option_side(new, notes[1]))
    return DifferingOption(name, change, both, approvals, results)


def _decision(approval: ApprovalAnswer) -> Decision:
    """Return what tells one decision from another, whatever the patient."""
    return approval.jurisdiction, approval.state, approval.as_of, approval.condition, approval.source


def _new_results(old: OptionAnswer, new: OptionAnswer) -> tuple[Result, ...]:
    """Return the comparisons of arms that only the later answer has, in its order, where both leave the option open."""
    if "excluded" in {old.status, new.status}:
        return ()
    known = {result.result for result in old.evidence}
    return tuple(result for result in new.evidence if result.effect and result.result not in known)


def _pair(first: Mapping[str, Part], second: Mapping[str, Part]) -> dict[str, tuple[Part | None, Part | None]]:
    """Return name → what it stands for on both sides."""
    return {name: (first.get(name), second.get(name)) for name in dict.fromkeys([*first, *second])}


def _notes(summary: Summary) -> dict[str, str]:
    """Return option → what places it in its group, or why it is excluded."""
    notes = {row.option.option: row.note or row.reason for rows in summary.groups for row in rows.rows}
    return notes | {name: reason for reason, names in summary.excluded for name in names}


def _sources(report: Report) -> str:
    return Phrases(report.record, report.rule_base).sources


def _state_side(state: StateVerdict | None) -> StateSide | None:
    return StateSide(state.holds) if state else None


def _option_side(option: OptionAnswer | None, notes: Mapping[str, str]) -> OptionSide | None:
    return OptionSide(option.status, option.fit, option.because, notes.get(option.option, "")) if option else None
