"""The derivation traced over a graph's rules: its circuit, and the name of each output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rrmm.derivation.names import MET, UNMET
from rrmm.derivation.programs import (
    AGAINST,
    BECAUSE,
    CAUTION,
    CAUTION_NEEDS,
    CONFLICT,
    CONTRADICTION,
    FIT,
    FIT_BECAUSE,
    FIT_NEEDS,
    GIVES,
    HASTENED_BY,
    HIGH_RISK,
    KINDS,
    LISTED,
    NEEDS,
    NO,
    OFFERED,
    PATTERN,
    PREFERENCE,
    REMARK,
    STATUS,
    SUPERSEDED,
    TIMED_BY,
    TIMING,
    YES,
)
from rrmm.derivation.states import States
from rrmm.derivation.statuses import OptionBits, Statuses
from rrmm.logic.circuit import Bit, Circuit, Name, Trace
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import PREFERRING
from rrmm.rules.model import Guidance


def trace(rule_base: RuleBase) -> Circuit:
    """Return the derivation over a rule base as a circuit, its outputs of one kind together."""
    symbols = Trace()
    derivation = Statuses(rule_base, symbols, symbols.input)
    return symbols.circuit(dict(sorted(outputs(derivation), key=lambda output: KINDS.index(output[0][0]))))


def courses(rule_base: RuleBase) -> Circuit:
    """Return the states of a prior treatment as a circuit."""
    symbols = Trace()
    states = [state for state in rule_base.states.values() if state.bearer != "Patient"]
    judged = States(symbols, states, lambda key, sign: symbols.input(MET if sign else UNMET, key))
    verdicts = ((YES, judged.yes), (NO, judged.no))
    return symbols.circuit({(kind, iri): bit for kind, bits in verdicts for iri, bit in bits.items()})


def outputs(derivation: Statuses[Bit]) -> Iterator[tuple[Name, Bit]]:
    """Yield each output of a derivation under its name."""
    fired = derivation.fired
    for state in fired.states.states:
        yield (YES, state.iri), fired.states.yes[state.iri]
        yield (NO, state.iri), fired.states.no[state.iri]
        if state.contradiction:
            yield (CONTRADICTION, state.iri), fired.states.yes[state.iri]
    for iri, bit in fired.patterns():
        yield (PATTERN, iri), bit
    hastening: dict[str, Bit] = {}
    for rung in fired.timing():
        yield (TIMING, rung.action), rung.holds
        for iri, bit in rung.because.items():
            yield (TIMED_BY, iri), bit
        for key, bit in rung.needs.items():
            hastening[key] = hastening[key] | bit if key in hastening else bit
    for key, bit in sorted(hastening.items()):
        yield (HASTENED_BY, key), bit
    options = derivation.options()
    for option in options:
        yield from _of_option(option)
    for guidance in fired.rule_base.remarking:
        yield (REMARK, guidance.iri), fired.fires(guidance).yes
    for guidance in fired.rule_base.by_effect.get(PREFERRING, ()):
        yield (PREFERENCE, guidance.iri), fired.fires(guidance).yes
    for one, other in fired.rule_base.conflicting:
        meet = fired.fires(one).yes & fired.fires(other).yes
        for rule, against in ((one, other), (other, one)):
            if rule.effect in fired.rule_base.effects.closing:
                meet = meet & fired.algebra.any(_closing(derivation, rule, against, options))
        yield (CONFLICT, one.iri, other.iri), meet
    high_risk = fired.rule_base.on_high_risk
    yield (HIGH_RISK,), fired.algebra.any(fired.fires(guidance).yes for guidance in high_risk)


def _of_option(one: OptionBits[Bit]) -> Iterator[tuple[Name, Bit]]:
    iri = one.option.iri
    yield (OFFERED, iri), one.offered
    for status, bit in one.statuses.items():
        yield (STATUS, iri, status), bit
    yield (LISTED, iri), one.listed
    for kind, of in ((BECAUSE, one.because), (AGAINST, one.against), (CAUTION, one.cautions)):
        for (rule, drug), bit in of.items():
            yield (kind, iri, rule, drug), bit
    for key, bit in sorted(one.needs.items()):
        yield (NEEDS, iri, key), bit
    for fit, bit in one.fit.values.items():
        yield (FIT, iri, fit), bit
    for (rule, drug), bit in one.fit.because.items():
        yield (FIT_BECAUSE, iri, rule, drug), bit
    for key, bit in sorted(one.fit.needs.items()):
        yield (FIT_NEEDS, iri, key), bit
    for rule, bit in one.superseded.items():
        yield (SUPERSEDED, iri, rule), bit
    for key, bit in sorted(one.caution_needs.items()):
        yield (CAUTION_NEEDS, iri, key), bit
    for (rule, status), bit in one.gives.items():
        yield (GIVES, iri, rule, status), bit


def _closing(
    derivation: Statuses[Bit], rule: Guidance, against: Guidance, options: Iterable[OptionBits[Bit]]
) -> Iterator[Bit]:
    """Yield whether a rule closes each option, by each of its drugs, that other guidance speaks of."""
    for one in options:
        if one.option.iri in against.options:
            for closing, drug in derivation.rule_base.plan(one.option).closing:
                if closing == rule:
                    yield derivation.closes(rule, drug)
