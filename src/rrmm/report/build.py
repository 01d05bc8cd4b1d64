"""From a derivation to the report of one patient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from rrmm.catalogue.evidence import Evidence, Result
from rrmm.derivation.by_source import BySource, judge_by_source
from rrmm.derivation.details import approvals, in_abnormalities
from rrmm.derivation.explain import Answer, Derivation
from rrmm.derivation.model import Change, Influence
from rrmm.logic.conditions import NOTHING_KNOWN, Verdict
from rrmm.patient.resolve import LINE, Treatment
from rrmm.patient.values import MEASURE
from rrmm.patient.warnings import warn
from rrmm.records import MISSING
from rrmm.report.contract import TOXICITY
from rrmm.report.model import (
    Altered,
    Course,
    CourseStatus,
    Fact,
    Knowledge,
    OptionAnswer,
    ReportRecord,
    Silence,
    SourceTitle,
    StateVerdict,
    Warned,
)
from rrmm.report.phrases import name_unit
from rrmm.report.report import Report
from rrmm.rules.base import TREATMENT_OPTION, RuleBase
from rrmm.rules.effects import Truth
from rrmm.rules.model import Gap, Option, Source

UNSHOWN = {"id"}
UNALTERED = Altered()
TRUTHS: dict[bool | None, Truth] = {True: "yes", False: "no", None: "unknown"}


def build(
    derivation: Derivation,
    evidence: Evidence | None = None,
    changes: Mapping[str, Sequence[Change]] | None = None,
    influences: Sequence[Influence] | None = None,
    altered: Altered = UNALTERED,
) -> Report:
    """Return the report of a derivation.

    Without `evidence` its evidence lists are empty; `changes` gives each option its ``would_change_if``;
    `influences` says what would change without each rule; `altered` what was changed of the graph as it ships.
    """
    rule_base, answers = derivation.rule_base, derivation.answers()
    named = {answer.option.iri: answer.option.label for answer in answers}
    doubts = evidence.doubted(named) if evidence else ()
    results = evidence.for_patient(derivation.facts, derivation.verdicts) if evidence else None
    alone = judge_by_source(derivation, answers)
    open_ = [answer.option.iri for answer in answers if answer.fit]
    record = ReportRecord(
        patient=derivation.patient.name,
        knowledge=describe_knowledge(rule_base.sources, altered),
        facts=tuple(_facts(derivation)),
        history=tuple(_course(derivation, *course) for course in derivation.history.courses),
        disease_pattern=derivation.pattern(),
        states=tuple(_state(derivation, iri) for iri in derivation.verdicts),
        timing=derivation.timing(),
        options=tuple(_option(derivation, answer, results, changes, alone) for answer in answers),
        preferences=derivation.preferences(answers),
        conflicts=derivation.conflicts(answers),
        comparisons=evidence.compare(open_, derivation.verdicts) if evidence else (),
        warnings=tuple(Warned(one.keys, one.text) for one in warn(derivation.history)),
        discrepancies=doubts,
        silences=tuple(_silences(rule_base, answers)),
        not_covered=tuple(derivation.patient.not_covered),
        remarks=derivation.remarks(),
        sensitivity=MISSING if influences is None else tuple(influences),
        readings=(),
    )
    readings = sorted({reason.reading for reason in record.reasons() if reason.reading})
    known = tuple(rule_base.readings[iri] for iri in readings if iri in rule_base.readings)
    return Report(record._replace(readings=known), rule_base)


def describe_knowledge(sources: Sequence[Source], altered: Altered = UNALTERED) -> Knowledge:
    """Return what an answer rests on: version, sources, where their knowledge ends, and the disclaimer."""
    return Knowledge(
        sources[0].version,
        tuple(SourceTitle(source.name, source.citation, source.published) for source in sources),
        max(source.ends for source in sources),
        (sources[0].together if len(sources) > 1 else "") or sources[0].disclaimer,
        *altered,
    )


def _facts(derivation: Derivation) -> Iterator[Fact]:
    """Yield what the patient file says, key by key in the order of the schema; defaults are not facts."""
    patient = derivation.patient
    for key in derivation.rule_base.keys.values():
        values = patient.facts.get(key.property)
        if values is None or key.property in patient.defaulted or key.path in UNSHOWN:
            continue
        stated = [values.facts[value].partition(": ")[2] for value in sorted(values.certain, key=str)]
        if stated or not values.possible or NOTHING_KNOWN in values.facts:
            bare = not any(map(MEASURE.fullmatch, stated))  # a number without a unit of its own
            unit = f" {name_unit(key.unit)}".rstrip() if key.unit and bare else ""
            nothing = values.facts.get(NOTHING_KNOWN, "").partition(": ")[2] or "none"
            yield Fact(key.path, key.label, (", ".join(stated) or nothing) + unit)


def _silences(rule_base: RuleBase, answers: Sequence[Answer]) -> Iterator[Silence]:
    """Yield what the sources do not cover of open options, or of one of their drugs.

    A toxicity counts where no caution stands; one that stands at every option says nothing of this one.
    """
    everywhere = set.intersection(*(_cautions(answer) for answer in answers)) if answers else set()
    options = [answer.option for answer in answers if answer.fit]
    quiet = [answer.option for answer in answers if answer.fit and _cautions(answer) <= everywhere]
    for gap in rule_base.gaps:
        about = [option.label for option in (quiet if gap.subject == TOXICITY else options) if _is_about(gap, option)]
        if about or TREATMENT_OPTION in gap.about:
            yield Silence(gap.source, gap.subject, gap.text, tuple(about))


def _is_about(gap: Gap, option: Option) -> bool:
    """Return whether a gap is about an option: itself, or a drug of it; of toxicity, all of its drugs."""
    drugs = gap.about & option.components.keys()
    return option.iri in gap.about or (len(drugs) == len(option.components) if gap.subject == TOXICITY else bool(drugs))


def _cautions(answer: Answer) -> set[str]:
    """Return the rules that caution about an option."""
    return {caution.because.rule for caution in answer.cautions if caution.kind in {"caution", "monitor"}}


def _course(derivation: Derivation, treatment: Treatment, verdicts: Mapping[str, Verdict]) -> Course:
    states = derivation.rule_base.states
    holding = [(states[iri], verdict) for iri, verdict in verdicts.items() if states[iri].course and verdict.holds]
    return Course(
        treatment.label or derivation.rule_base.label(treatment.drug),
        int(max(line.certain)) if (line := treatment.facts.get(LINE)) else None,
        cast(CourseStatus, holding[0][0].course) if holding else "exposed",
        tuple(derivation.state_reason(state, verdict) for state, verdict in holding),
    )


def _state(derivation: Derivation, iri: str) -> StateVerdict:
    state, verdict = derivation.rule_base.states[iri], derivation.verdicts[iri]
    because = (derivation.state_reason(state, verdict),) if verdict.holds else ()
    return StateVerdict(state.label, TRUTHS[verdict.holds], because, verdict.needs)


def _option(
    derivation: Derivation,
    answer: Answer,
    results: Callable[[str], tuple[Result, ...]] | None,
    changes: Mapping[str, Sequence[Change]] | None,
    alone: Mapping[str, Mapping[str, BySource]],
) -> OptionAnswer:
    option = answer.option
    new, again = derivation.novelty(option) if answer.fit else ((), ())
    return OptionAnswer(
        option.label,
        option.kind,
        tuple(option.components.values()),
        answer.status,
        tuple(answer.because),
        tuple(answer.needs),
        MISSING if changes is None else tuple(changes.get(option.label, ())),
        tuple(answer.cautions),
        answer.fit,
        tuple(answer.fit_because),
        tuple(answer.fit_needs),
        {source: of.get(option.iri) for source, of in alone.items()},
        approvals(derivation, option),
        tuple(answer.caution_needs),
        tuple(answer.superseded),
        tuple(new),
        tuple(again),
        derivation.high_risk_evidence(option),
        in_abnormalities(derivation, option) if answer.fit else (),
        results(option.iri) if results else (),
    )
