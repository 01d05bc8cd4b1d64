"""What stands beside the status of one option and decides nothing: approvals, and evidence in an abnormality."""

from __future__ import annotations

from typing import Literal

from rrmm.derivation.explain import Derivation
from rrmm.iris import RRMM
from rrmm.records import NamedTuple
from rrmm.rules.address import Address
from rrmm.rules.effects import PrintedEvidence, Truth
from rrmm.rules.model import Approval, Option, Reason

ApprovalState = Literal["approved", "withdrawn", "not_approved"]


class ApprovalAnswer(NamedTuple):
    """An approval of a drug of an option, its printed condition held against the patient."""

    jurisdiction: str | None
    """Where it counts, as ISO 3166-1 alpha-2; null where the source does not print it."""
    state: ApprovalState
    """What the regulator decided."""
    as_of: str | None
    """The date of the decision, where it is printed, or else of the text that says so."""
    condition: str | None
    """The condition as printed, in a few words."""
    met: Truth
    """Whether the patient meets the condition, wherever the patient lives; unknown without a condition."""
    needs: tuple[str, ...]
    """Keys of the patient file that would tell."""
    source: Address
    """Where the source says it."""


class AbnormalityDetail(NamedTuple):
    """What is printed of an option in one abnormality that the patient has."""

    abnormality: str
    """The abnormality."""
    printed: PrintedEvidence
    """How much of an effect the source prints."""
    because: tuple[Reason, ...]
    """What says so; empty where nothing is printed."""


def approvals(derivation: Derivation, option: Option) -> tuple[ApprovalAnswer, ...]:
    """Return the approvals of the drugs of an option, those of the patient's own region first."""
    named = derivation.rule_base.approvals_of_drug
    region = derivation.facts.get(derivation.rule_base.keys["region"].property)
    here = region.certain if region else frozenset()
    every = (_approval(derivation, one) for drug in option.components for one in named.get(drug, ()))
    return tuple(sorted(every, key=lambda one: one.jurisdiction not in here))


def _approval(derivation: Derivation, approval: Approval) -> ApprovalAnswer:
    rule_base = derivation.rule_base
    condition = [iri for iri in approval.statement.setting if not _of_place(derivation, iri)]
    verdicts = [derivation.verdicts[iri] for iri in condition]
    met: Truth = "unknown"
    if any(verdict.holds is False for verdict in verdicts):
        met = "no"
    elif verdicts and all(verdict.holds for verdict in verdicts):
        met = "yes"
    waiting = [need for verdict in verdicts for need in verdict.needs] if met == "unknown" else []
    return ApprovalAnswer(
        approval.jurisdiction,
        "approved" if approval.approved else "withdrawn" if approval.withdrawn else "not_approved",
        approval.as_of,
        approval.condition,
        met,
        tuple(dict.fromkeys(waiting)),
        rule_base.address_of(approval.statement.iri, approval.statement.passages),
    )


def _of_place(derivation: Derivation, iri: str) -> bool:
    """Return whether a state says where a patient is treated, and nothing else."""
    rule_base = derivation.rule_base
    return rule_base.sieve.properties(rule_base.states[iri]) == {rule_base.keys["region"].property}


def in_abnormalities(derivation: Derivation, option: Option) -> tuple[AbnormalityDetail, ...]:
    """Return what is printed of an option in each high-risk abnormality that the patient has."""
    rule_base = derivation.rule_base
    facts = derivation.facts.get(rule_base.keys["cytogenetics"].property)
    if facts is None:
        return ()
    high_risk = rule_base.members.get(f"{RRMM}HighRiskAbnormality", frozenset())
    details = []
    for abnormality in sorted(high_risk & {str(value) for value in facts.certain}, key=rule_base.label):
        evidence = rule_base.abnormality_evidence.get((option.iri, abnormality))
        because: tuple[Reason, ...] = ()
        if evidence:
            address = rule_base.address_of(evidence.iri, evidence.passages)
            because = (Reason(evidence.iri, evidence.label, facts=(facts.facts[abnormality],), source=address),)
        printed = evidence.printed if evidence else "nothing"
        details.append(AbnormalityDetail(rule_base.label(abnormality), printed, because))
    return tuple(details)
