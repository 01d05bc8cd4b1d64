"""What the JSON of a report says unless everything is asked for: the form that users rely on, without what repeats.

An excluded option keeps its reasons and loses cautions and evidence. What two arms of a study showed stands with the
option that the study set over the other, what a publication prints stands in place of the sources that print the same,
and comparisons are those of open options. What is general stands in the whole
report alone: cautions that no fact of the patient calls up on options that are not open, how a drug is given where no
toxicity asks for it, further reasons of mere support, whom a study enrolled, what it found in patients unlike this one,
remarks that no fact calls up, states that no guidance asks for, approvals without place and condition, the texts of
readings, editorial discrepancies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rrmm.catalogue.comparisons import Comparison
from rrmm.catalogue.evidence import Result
from rrmm.derivation.details import ApprovalAnswer
from rrmm.records import MISSING, Once
from rrmm.report.model import OptionAnswer, ReportRecord
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Caution, Reason

OPEN = frozenset({"recommended", "option", "undetermined"})
CONTEXT = frozenset({"N", "prior lines", "follow-up", "high-risk cytogenetics"})  # whom a study enrolled
VAGUE = frozenset({"count", "proportion", "range"})
TOXICITY = "ToxicityTopic"
SCHEDULE = "schedule"
GRAVE = frozenset({"decisive", "numeric"})
OTHERWISE = "otherwise"
CLAUSE_END = re.compile("[;:]")


def shorten(record: ReportRecord, rule_base: RuleBase) -> ReportRecord:
    """Return a report in the form of the contract."""
    wanted = {rule_base.states[iri].label for iri in rule_base.asked_states}
    several = len(record.knowledge.sources) > 1
    listed = {option.option for option in record.options if option.status != "excluded"}
    open_ones = {option.option for option in record.options if option.status in OPEN}
    told = {(row.over, row.trial, row.regimen) for row in record.comparisons if row.regimen in listed}
    options = tuple(_option(option, told, several=several) for option in record.options)
    doubts = (
        doubt._replace(on=tuple(filter(listed.__contains__, doubt.on)), verdict=MISSING)
        for doubt in record.discrepancies
    )
    silences = (silence._replace(on=tuple(filter(open_ones.__contains__, silence.on))) for silence in record.silences)
    return record._replace(
        options=options,
        states=tuple(state for state in record.states if state.state in wanted),
        discrepancies=tuple(doubt for doubt in doubts if doubt.on and doubt.severity in GRAVE),
        remarks=tuple(remark for remark in record.remarks if remark.because.facts),
        silences=tuple(silence for silence in silences if silence.topic == TOXICITY and silence.on),
        comparisons=tuple(
            _comparison(row) for row in record.comparisons if row.regimen in open_ones or row.over in open_ones
        ),
        readings=MISSING,
    )


def _option(option: OptionAnswer, told: set[tuple[str, str, str]], *, several: bool) -> OptionAnswer:
    """Return an option; `told` are control, study and treatment of the comparisons that stand with the treatment."""
    closed = option.status == "excluded"
    near = [row for row in option.evidence if _is_near(row) and (option.option, row.trial, row.comparator) not in told]
    return option._replace(
        because=_because(option),
        fit_because=() if option.fit == "only_named" else option.fit_because,
        by_source=option.by_source if several else {},
        approvals=() if closed else tuple(filter(_says_where, option.approvals)),
        cautions=() if closed else tuple(caution for caution in option.cautions if _is_telling(caution, option)),
        evidence=() if closed else tuple(map(_result, _first_hand(near))),
    )


def _because(option: OptionAnswer) -> tuple[Reason, ...]:
    """Return the reasons of the status: of an option that is open by mere support one that may be of this patient.

    The fit tells what may be of this patient, or, where nothing may, what is not.
    """
    if option.status != "option":
        return option.because
    told = {reason.rule for reason in option.fit_because}
    near = option.fit in {"fits", "unknown"}
    return (*(reason for reason in option.because if (reason.rule in told) is near), *option.because)[:1]


def _is_telling(caution: Caution, option: OptionAnswer) -> bool:
    """Return whether a caution answers to a fact of the patient, or is a danger of an option that is open."""
    if caution.because.facts:
        return True
    plain = caution.kind == SCHEDULE and not caution.concern and option.kind != "retreatment"
    return option.status in OPEN and not plain


def _is_near(result: Result) -> bool:
    """Return whether a result is an effect in patients of whom this one is, or a rate or time where it may be."""
    if result.population_matches == "unknown" and result.statistic in VAGUE:
        return False
    return result.endpoint not in CONTEXT and result.population_matches != "no"


def _first_hand(rows: Sequence[Result]) -> list[Result]:
    """Return rows where what a publication prints stands in place of its copies; what it prints alone is left out."""
    told = {row.result for row in rows if row.first_hand}
    originals = {row.result: [one.result for one in row.published or () if one.result] for row in rows if _is_copy(row)}
    copies = {copy for copy, of in originals.items() if told.intersection(of)}
    kept = {original for copy in copies for original in originals[copy]}
    return [row for row in rows if (row.result in kept if row.first_hand else row.result not in copies)]


@Once
def _is_copy(result: Result) -> bool:
    """Return whether a row repeats, number by number, what publications print."""
    effect = result.effect
    numbers = (result.as_printed, result.comparator_as_printed, effect and effect.as_printed, effect and effect.p)
    published = result.published or ()
    same = {one.as_printed for one in published}
    return same >= set(filter(None, numbers)) and all(one.outcome != OTHERWISE for one in published)


def _says_where(approval: ApprovalAnswer) -> bool:
    """Return whether an approval says where it counts, or for whom."""
    return bool(approval.jurisdiction or approval.condition)


@Once
def _comparison(comparison: Comparison) -> Comparison:
    """Return a comparison without whom it was made in; whether the patient lies there is said."""
    return comparison._replace(population=MISSING)


@Once
def _result(result: Result) -> Result:
    """Return a result with its caveat in a clause and a grave doubt; what it is stands in the list of the report."""
    return result._replace(
        comparability=CLAUSE_END.split(result.comparability)[0],
        doubt=result.doubt if result.doubt in GRAVE else MISSING,
        discrepancies=MISSING,
        published=MISSING,
    )
