"""The derivation as programs: traced once over a graph's rules, kept in the graph's cache, run over any bits.

*Statuses* answers states, pattern, timing and statuses; *everything* also reasons, cautions and needs.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from rrmm.derivation.statuses import OptionBits, Statuses
from rrmm.logic.circuit import Bit, Circuit, Name, Trace
from rrmm.logic.circuit_code import function, python
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import CLOSING, PREFERRING
from rrmm.rules.model import Guidance

# the kinds of outputs, each with what its name goes on with
YES, NO = "yes", "no"  # a state
PATTERN = "pattern"  # the state that is the disease pattern
TIMING = "timing"  # an action
OFFERED, STATUS = "offered", "status"  # an option; and a status
TIMED_BY, HASTENED_BY = "timed by", "hastened by"  # guidance; a key
LISTED, NEEDS = "listed", "needs"  # an option; and a key
BECAUSE, AGAINST, CAUTION = "because", "against", "caution"  # an option, guidance, a drug or agent or nothing
CONFLICT, PREFERENCE, REMARK, HIGH_RISK = "conflict", "preference", "remark", "high risk"  # guidance

FIRST = frozenset({YES, NO, PATTERN, TIMING, OFFERED, STATUS})


class Program(NamedTuple):
    """A compiled circuit: the place of each input by its name, the names of the outputs in order, and the function."""

    inputs: dict[Name, int]
    outputs: Sequence[Name]
    function: Callable[[Sequence[Any], Any, Any], list[Any]]


class Programs:
    """The programs over one graph's rules, each made when first asked for."""

    def __init__(self, rule_base: RuleBase) -> None:
        self.rule_base = rule_base

    @classmethod
    def of(cls, rule_base: RuleBase) -> Programs:
        """Return the programs of a rule base, which it keeps."""
        programs: Programs = rule_base.kept.setdefault("programs", cls(rule_base))
        return programs

    @cached_property
    def circuit(self) -> Circuit:
        """The whole derivation as gates."""
        return trace(self.rule_base)

    @cached_property
    def statuses(self) -> Program:
        """The program that answers states, pattern, timing and statuses."""
        return self._program("statuses", lambda name: name[0] in FIRST)

    @cached_property
    def everything(self) -> Program:
        """The program that also answers reasons, cautions and needs."""
        return self._program("everything", lambda name: True)

    def _program(self, name: str, wanted: Callable[[Name], bool]) -> Program:
        files = self.rule_base.files
        artefact = f"{name}.{sys.implementation.cache_tag}.bin"
        if files and (cached := files.artefact(artefact)):
            inputs, outputs, code = marshal.loads(cached.read_bytes())
        else:
            circuit = self.circuit.restricted(output for output in self.circuit.outputs if wanted(output))
            inputs, outputs, code = list(circuit.inputs), list(circuit.outputs), python(circuit)
            if files:
                files.keep(artefact, marshal.dumps((inputs, outputs, code)))
        return Program({name: place for place, name in enumerate(inputs)}, outputs, function(code))


def trace(rule_base: RuleBase) -> Circuit:
    """Return the derivation over a rule base as a circuit."""
    symbols = Trace()
    derivation = Statuses(rule_base, symbols, symbols.input)
    return symbols.circuit(dict(outputs(derivation)))


def outputs(derivation: Statuses[Bit]) -> Iterator[tuple[Name, Bit]]:
    """Yield each output of a derivation under its name."""
    fired = derivation.fired
    for state in fired.states.states:
        yield (YES, state.iri), fired.states.yes[state.iri]
        yield (NO, state.iri), fired.states.no[state.iri]
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
            if rule.effect in CLOSING:
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


def _closing(
    derivation: Statuses[Bit], rule: Guidance, against: Guidance, options: Iterable[OptionBits[Bit]]
) -> Iterator[Bit]:
    """Yield whether a rule closes each option, by each of its drugs, that other guidance speaks of."""
    for one in options:
        if one.option.iri in against.options:
            for closing, drug in derivation.rule_base.plan(one.option).closing:
                if closing == rule:
                    yield derivation.closes(rule, drug)

