"""What differs between two reports: statuses, states and timing, each with the reasons on both sides.

The JSON Schema beside this module is made from the records here, as that of the report is.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple, TypeVar

from rrmm.derivation.model import Timing
from rrmm.iris import short
from rrmm.records import JsonObject, to_dict
from rrmm.report.model import Knowledge, OptionAnswer, ReportRecord, StateVerdict
from rrmm.report.wording import timing
from rrmm.rules.effects import Status, Truth, name_status
from rrmm.rules.model import Reason

Part = TypeVar("Part")
INDENT = " " * 10


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
    because: tuple[Reason, ...]
    """The guidance that gives it."""


class DifferingOption(NamedTuple):
    """An option with another status in each of two reports."""

    option: str
    """The option."""
    sides: tuple[OptionSide | None, OptionSide | None]
    """The option in each report; null where a report does not list it."""


class ComparisonRecord(NamedTuple):
    """What differs between two reports."""

    patients: tuple[str, str]
    """The ids of both patients."""
    knowledge: tuple[Knowledge, Knowledge]
    """What each report rests on."""
    states: tuple[DifferingState, ...]
    """The states that differ."""
    timing: tuple[()] | tuple[Timing, Timing]
    """Both timings where the actions differ, else empty."""
    options: tuple[DifferingOption, ...]
    """The options whose status differs."""


class Comparison:
    """The differences between two reports; `data` is the record as plain dicts and lists, to be read only."""

    def __init__(self, record: ComparisonRecord, named_by: str) -> None:
        self.record, self.named_by = record, named_by

    @cached_property
    def data(self) -> JsonObject:
        """The differences as plain data."""
        return to_dict(self.record)

    def to_json(self) -> str:
        """Return the differences as JSON text."""
        return json.dumps(self.data, ensure_ascii=False, indent=1) + "\n"

    def to_text(self, width: int = 100) -> str:
        """Return the differences for a terminal, one line each, the reasons for a change below it."""
        return "\n".join(_lines(self.record, self.named_by, width)) + "\n"


def compare(first: ReportRecord, second: ReportRecord, named_by: str) -> Comparison:
    """Return what differs between two reports; an option that one side lacks is None there.

    `named_by` are the sources that name options, as running text refers to them.
    """
    timings = (first.timing, second.timing)
    states = _pair({state.state: state for state in first.states}, {state.state: state for state in second.states})
    options = _pair({o.option: o for o in first.options}, {o.option: o for o in second.options})
    return Comparison(
        ComparisonRecord(
            patients=(first.patient, second.patient),
            knowledge=(first.knowledge, second.knowledge),
            states=tuple(
                DifferingState(name, (_state_side(before), _state_side(after)))
                for name, (before, after) in states.items()
                if (before and before.holds) != (after and after.holds)
            ),
            timing=timings if first.timing.action != second.timing.action else (),
            options=tuple(
                DifferingOption(name, (_option_side(before), _option_side(after)))
                for name, (before, after) in options.items()
                if (before and before.status) != (after and after.status)
            ),
        ),
        named_by,
    )


def _pair(first: Mapping[str, Part], second: Mapping[str, Part]) -> dict[str, tuple[Part | None, Part | None]]:
    """Return name → what it stands for on both sides."""
    return {name: (first.get(name), second.get(name)) for name in dict.fromkeys([*first, *second])}


def _state_side(state: StateVerdict | None) -> StateSide | None:
    return StateSide(state.holds) if state else None


def _option_side(option: OptionAnswer | None) -> OptionSide | None:
    return OptionSide(option.status, option.because) if option else None


def _lines(record: ComparisonRecord, named_by: str, width: int) -> Iterator[str]:
    def wrap(line: str, first: str, rest: str = INDENT) -> list[str]:
        return textwrap.wrap(line, width, initial_indent=first, subsequent_indent=rest)

    yield from wrap(" → ".join(map(_side, record.patients, record.knowledge)), "Compared  ")
    for state in record.states:
        words = " → ".join(side.holds if side else "not listed" for side in state.sides)
        yield from wrap(f"{state.state}: {words}", "State     ")
    if record.timing:
        yield from wrap(" → ".join(map(timing, record.timing)), "Timing    ")
    for option in record.options:
        words = " → ".join(name_status(side.status, named_by) if side else "not listed" for side in option.sides)
        yield from wrap(f"{option.option}: {words}", "Option    ")
        for reason in _reasons(*option.sides):
            yield from wrap(f"{reason.label} [{reason.source}]", f"{INDENT}→ ", f"{INDENT}  ")
    if not (record.states or record.timing or record.options):
        yield "No state, timing or status differs."


def _reasons(before: OptionSide | None, after: OptionSide | None) -> tuple[Reason, ...]:
    """Return the reasons for a change: of the new status, or of the old one where nothing speaks against it now."""
    side = after if after and after.status != "option" else before
    return side.because if side else ()


def _side(patient: str, knowledge: Knowledge) -> str:
    changes = [f"with {name}" for name in knowledge.added] + [f"without {short(name)}" for name in knowledge.silenced]
    return f"{patient} ({', '.join(changes)})" if changes else patient
