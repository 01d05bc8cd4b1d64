"""What the JSON of a report says unless everything is asked for: the form that users rely on, without what repeats.

An excluded option keeps its reasons and loses cautions and evidence. What is general stands in the whole report alone:
cautions that no fact of the patient calls up on options that are not open, further reasons of mere support, whom a
study enrolled and what it found in patients unlike this one, remarks that no fact calls up, states that no guidance
asks for, approvals without place and condition, the texts of readings, editorial discrepancies.
"""

from __future__ import annotations

from rrmm.catalogue.evidence import Result
from rrmm.derivation.details import ApprovalAnswer
from rrmm.records import MISSING
from rrmm.report.model import OptionAnswer, ReportRecord
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Caution, Reason

OPEN = frozenset({"recommended", "option", "undetermined"})
CONTEXT = frozenset({"N", "prior lines", "follow-up", "high-risk cytogenetics"})  # whom a study enrolled
TOXICITY = "ToxicityTopic"
GRAVE = frozenset({"decisive", "numeric"})


def shorten(record: ReportRecord, rule_base: RuleBase) -> ReportRecord:
    """Return a report in the form of the contract."""
    wanted = {rule_base.states[iri].label for iri in rule_base.asked_states}
    several = len(record.knowledge.sources) > 1
    options = tuple(_option(option, several=several) for option in record.options)
    shown = {option.option for option in options if option.status != "excluded"}
    doubts = (doubt._replace(on=tuple(name for name in doubt.on if name in shown)) for doubt in record.discrepancies)
    return record._replace(
        options=options,
        states=tuple(state for state in record.states if state.state in wanted),
        discrepancies=tuple(doubt for doubt in doubts if doubt.on and doubt.severity in GRAVE),
        remarks=tuple(remark for remark in record.remarks if remark.because.facts),
        silences=tuple(silence for silence in record.silences if silence.topic == TOXICITY),
        comparisons=tuple(comparison._replace(population=MISSING) for comparison in record.comparisons),
        readings=MISSING,
    )


def _option(option: OptionAnswer, *, several: bool) -> OptionAnswer:
    closed = option.status == "excluded"
    return option._replace(
        because=_because(option),
        fit_because=() if option.fit == "only_named" else option.fit_because,
        by_source=option.by_source if several else {},
        approvals=() if closed else tuple(filter(_says_where, option.approvals)),
        cautions=() if closed else tuple(caution for caution in option.cautions if _is_telling(caution, option)),
        evidence=() if closed else tuple(map(_result, filter(_is_near, option.evidence))),
    )


def _because(option: OptionAnswer) -> tuple[Reason, ...]:
    """Return the reasons of the status: of an option that is open by mere support one that the fit does not tell."""
    if option.status != "option":
        return option.because
    told = {reason.rule for reason in option.fit_because}
    return (*(reason for reason in option.because if reason.rule not in told), *option.because)[:1]


def _is_telling(caution: Caution, option: OptionAnswer) -> bool:
    """Return whether a caution answers to a fact of the patient, or is one of the open option itself."""
    if caution.because.facts:
        return True
    return option.status in OPEN


def _is_near(result: Result) -> bool:
    """Return whether a result is an effect in patients of whom this one may be."""
    return result.endpoint not in CONTEXT and result.population_matches != "no"


def _says_where(approval: ApprovalAnswer) -> bool:
    """Return whether an approval says where it counts, or for whom."""
    return bool(approval.jurisdiction or approval.condition)


def _result(result: Result) -> Result:
    """Return a result with its caveat in a clause and a grave doubt; what it is stands in the list of the report."""
    return result._replace(
        comparability=result.comparability.partition(";")[0],
        doubt=result.doubt if result.doubt in GRAVE else MISSING,
        discrepancies=MISSING,
    )
