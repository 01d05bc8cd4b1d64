"""A derivation that is asked again and again for patients who differ in a fact or two, and only for statuses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from oracle.statuses import Derivation
from rrmm.logic.conditions import Evaluator, Facts, State, Verdict
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Caution, Guidance, Option, Reason


class Bare(Derivation):
    """A derivation whose reasons name the rule alone, and that collects no cautions."""

    def cautions(self, option: Option) -> list[Caution]:
        """Return nothing."""
        return []

    def reason(self, guidance: Guidance, facts: Iterable[str] = ()) -> Reason:
        """Return the rule."""
        return Reason(guidance.iri, "")


class Remembering:
    """A compiled engine that remembers: an edit leaves most states as they are."""

    def __init__(self, rule_base: RuleBase) -> None:
        self.rule_base = rule_base
        self.states: dict[str, list[tuple[State, list[str]]]] = defaultdict(list)
        for state in rule_base.states.values():
            self.states[state.bearer].append((state, sorted(rule_base.sieve.properties(state))))
        self._told: dict[Any, Verdict] = {}

    def verdicts(self, facts: Facts, bearer: str) -> dict[str, Verdict]:
        """Return state IRI → verdict."""
        rule_base, told = self.rule_base, known(facts)
        evaluator = Evaluator(facts, rule_base.sieve)
        found = {}
        for state, properties in self.states[bearer]:
            key = (state.iri, *map(told.get, properties))
            if key not in self._told:
                self._told[key] = evaluator.verdict(state)
            found[state.iri] = self._told[key]
        return found


def known(facts: Facts) -> dict[str, Any]:
    """Return what is certain and what is possible of each property."""
    return {name: (values.certain, values.possible) for name, values in facts.items()}
