"""The answer at a glance as records: what a page draws beside the patient that a person enters."""

from __future__ import annotations

from typing import NamedTuple

from rrmm.report.model import OptionAnswer, ReportRecord
from rrmm.report.phrases import name_decision
from rrmm.report.summary import LETTERS, Row, summarise
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import Fit, Status, TimingAction, Truth


class GlanceApproval(NamedTuple):
    """What a regulator decided on a drug of an option."""

    text: str
    """The decision with its place and date."""
    condition: str | None
    """The printed condition."""
    met: Truth
    """Whether the patient meets the condition."""


class GlanceOption(NamedTuple):
    """An option in one line."""

    option: str
    """The option."""
    status: Status
    """Whether it is open for this patient."""
    fit: Fit | None
    """How near the sources' words and trials are to this patient; null where the option is excluded."""
    note: str
    """What places the option in its group, or one reason."""
    high_risk: str
    """What is printed of it in high-risk disease; empty for other patients."""
    cautions: tuple[str, ...]
    """The harms to heed, each with what in the patient calls it up."""
    signs: str
    """The signs at its name, as the list of marks explains them."""
    approvals: tuple[GlanceApproval, ...]
    """What regulators decided, where a place or condition is printed."""


class GlanceGroup(NamedTuple):
    """Options under one heading, in the order of the graph."""

    heading: str
    """The heading."""
    status: Status
    """Their status."""
    fit: Fit | None
    """Their fit, where the status leaves them open."""
    options: tuple[GlanceOption, ...]
    """The options."""


class GlanceExclusion(NamedTuple):
    """Options that are excluded for one reason."""

    because: str
    """The reason."""
    options: tuple[str, ...]
    """The options."""


class GlanceMark(NamedTuple):
    """A sign at the names of options."""

    sign: str
    """The sign."""
    text: str
    """What it means."""


class GlanceQuestion(NamedTuple):
    """What to find out next."""

    text: str
    """The question."""
    needs: tuple[str, ...]
    """The keys of the patient file that answer it, such as prior_drugs[bortezomib].status."""


class Glance(NamedTuple):
    """A report at a glance."""

    patient: str
    """The patient's id."""
    facts: tuple[str, ...]
    """What the patient file says beside the prior drugs."""
    history: tuple[str, ...]
    """The prior drugs, each with what its course shows."""
    states: tuple[str, ...]
    """The states that hold and by which guidance decides."""
    action: TimingAction
    """When to start treatment."""
    timing: str
    """The same in a sentence, with its reason."""
    warnings: tuple[str, ...]
    """What in the patient file contradicts itself or is implausible."""
    always: tuple[str, ...]
    """Cautions on every option."""
    groups: tuple[GlanceGroup, ...]
    """Every option that is not excluded."""
    excluded: tuple[GlanceExclusion, ...]
    """Every option that is excluded."""
    marks: tuple[GlanceMark, ...]
    """The signs at the names of options."""
    preferences: tuple[str, ...]
    """Options preferred over others."""
    conflicts: tuple[str, ...]
    """Statements that pull apart for this patient."""
    questions: tuple[GlanceQuestion, ...]
    """The questions whose answers could change most."""
    unknown_words: tuple[str, ...]
    """Words of the patient file that no source knows."""
    sources: tuple[str, ...]
    """The sources, as running text names them."""
    disclaimer: str
    """What this is not."""


def build_glance(record: ReportRecord, rule_base: RuleBase) -> Glance:
    """Return a report at a glance."""
    summary = summarise(record, rule_base)
    groups = (
        GlanceGroup(rows.heading, rows.group.status, rows.group.fit, tuple(map(_option, rows.rows)))
        for rows in summary.groups
    )
    return Glance(
        record.patient,
        tuple(filter(None, (summary.title, *summary.facts))),
        tuple(summary.history),
        tuple(summary.states),
        record.timing.action,
        summary.timing,
        tuple(summary.warnings),
        tuple(caution.text for caution in summary.always),
        tuple(groups),
        tuple(GlanceExclusion(because, tuple(names)) for because, names in summary.excluded),
        tuple(GlanceMark(*mark) for mark in summary.marks if mark.sign not in LETTERS),
        tuple(summary.preferences),
        tuple(summary.conflicts),
        tuple(GlanceQuestion(*question) for question in summary.questions),
        tuple(summary.unknown_words),
        tuple(source.brief for source in rule_base.sources),
        record.knowledge.disclaimer,
    )


def _option(row: Row) -> GlanceOption:
    signs = "".join(sign for sign in row.marks if sign not in LETTERS)
    return GlanceOption(
        row.option.option,
        row.option.status,
        row.option.fit,
        row.note or row.reason,
        row.high_risk,
        row.cautions,
        signs,
        tuple(_approvals(row.option)),
    )


def _approvals(option: OptionAnswer) -> dict[GlanceApproval, None]:
    return dict.fromkeys(
        GlanceApproval(name_decision(approval, check=False), approval.condition, approval.met)
        for approval in option.approvals
        if approval.jurisdiction
    )
