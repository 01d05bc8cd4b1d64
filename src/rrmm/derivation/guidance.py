"""Which guidance fires, which speaks, and when to treat: logic over any Boolean values.

Whatever has ``& | ~`` serves as a value: a symbol of a circuit, an integer with a bit for each patient.
Of each thing two values are known, that it certainly is and that it certainly is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Generic, NamedTuple

from rrmm.derivation.names import (
    ASKED,
    CERTAIN,
    CONTESTED,
    DEFAULTED,
    GIVEN,
    MET,
    POSSIBLE,
    SILENCED,
    UNKNOWN,
    UNMET,
    UNSTATED,
    UNTOLD,
)
from rrmm.derivation.states import States, Verdicts, merge
from rrmm.logic.circuit import Algebra, B
from rrmm.logic.conditions import State
from rrmm.patient.history import DRUG_KEY, LAST, LINE_KEY, PRIOR_LINES, RESPONSE_KEY
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Guidance

DRUGS = "prior_drugs"
BELOW = f"{DRUGS}."

Input = Callable[..., B]


class Rung(NamedTuple, Generic[B]):
    """One action in time: whether it is the highest, the guidance it follows from, what could hasten it."""

    action: str
    holds: B
    because: Mapping[str, B]
    needs: Mapping[str, B]


class Firing(Generic[B]):
    """The guidance that fires; `bit` gives the value of each input by its name."""

    def __init__(self, rule_base: RuleBase, algebra: Algebra[B], bit: Input[B]) -> None:
        self.rule_base, self.algebra, self.bit = rule_base, algebra, bit
        self.lifted = {str(state.yields): state for state in rule_base.lifted}
        self.drugs = sorted({*rule_base.drugs, *rule_base.drug_classes})
        self._settled: dict[tuple[str, bool], B] = {}
        self._every: dict[tuple[str, ...], Verdicts[B]] = {}
        self._fires: dict[str, Verdicts[B]] = {}
        self._asks: dict[str, Mapping[str, B]] = {}
        self.states = States(
            algebra, [state for state in rule_base.states.values() if state.bearer == "Patient"], self._literal
        )

    def _literal(self, key: str, sign: bool) -> B:
        """Return whether a condition is met, or unmet; one on what prior drugs yield is settled over the drugs."""
        condition = self.rule_base.conditions[key]
        if condition.property not in self.lifted:
            return self.bit(MET if sign else UNMET, key)
        if (key, sign) not in self._settled:
            named = [drug for drug in self.drugs if drug in condition.values]
            met = self.algebra.any(self.bit(CERTAIN, condition.property, drug) for drug in named)
            possible = self.algebra.any(self.bit(POSSIBLE, condition.property, drug) for drug in named)
            self._settled[key, True] = met
            self._settled[key, False] = self.given(condition.property) & ~(met | possible)
        return self._settled[key, sign]

    def given(self, name: str) -> B:
        """Return whether the prior drugs that could yield a property are known."""
        given = self.bit(GIVEN)
        return given & ~self.bit(UNTOLD, name) if self.lifted[name].alike_in_line else given

    def fires(self, guidance: Guidance) -> Verdicts[B]:
        """Return whether guidance holds: in every state it applies to, and it is not silenced."""
        if guidance.iri not in self._fires:
            silenced = self.bit(SILENCED, guidance.iri)
            yes, no, needs = self.every(guidance.applies_to)
            heard = merge(self.algebra, [needs], ~silenced)
            self._fires[guidance.iri] = Verdicts(yes & ~silenced, no | silenced, heard)
        return self._fires[guidance.iri]

    def every(self, states: tuple[str, ...]) -> Verdicts[B]:
        """Return whether all of some states hold."""
        if states not in self._every:
            yes = self.algebra.every(self.states.yes[iri] for iri in states)
            no = self.algebra.any(self.states.no[iri] for iri in states)
            self._every[states] = Verdicts(yes, no, merge(self.algebra, map(self._needs_of, states), ~no))
        return self._every[states]

    def _needs_of(self, iri: str) -> Mapping[str, B]:
        """Return the keys of the patient file that would settle an undecided state."""
        if iri not in self._asks:
            self._asks[iri] = merge(self.algebra, self._asking(self.rule_base.states[iri]))
        return self._asks[iri]

    def _asking(self, state: State) -> Iterator[Mapping[str, B]]:
        paths, conditions = self.rule_base.paths, self.rule_base.conditions
        properties = sorted(self.rule_base.sieve.properties(state))
        waiting = self.states.waiting(state)
        for name in properties:
            awaited = {key: bit for key, bit in waiting.items() if conditions[key].property == name}
            missing = ~self.given(name) if name in self.lifted else self.bit(UNKNOWN, name)
            yield {paths[name]: self.algebra.any(awaited.values()) & missing}
            if name in self.defaults:
                yield {paths[name]: self.states.unknown(state) & self.bit(DEFAULTED, name)}
            for drug in self.drugs if name in self.lifted else ():
                named = self.algebra.any(bit for key, bit in awaited.items() if drug in conditions[key].values)
                wanted = named & self.bit(POSSIBLE, name, drug)
                if wanted is not self.algebra.none:
                    yield merge(
                        self.algebra, (self.asked(one, drug) for one in properties if one in self.lifted), wanted
                    )

    @cached_property
    def defaults(self) -> frozenset[str]:
        """The properties of a patient that are taken to have a value, or none, where the file does not say."""
        keys = (key for key in self.rule_base.keys.values() if key.bearer == "Patient")
        return frozenset(key.property for key in keys if key.default or key.assumed is not None or key.default_none)

    def asked(self, name: str, drug: str) -> Mapping[str, B]:
        """Return what would tell whether a drug is a value of a lifted property."""
        keys = asked_keys(self.rule_base, name)
        needs = {self._need(name, drug, key): self.bit(ASKED, name, drug, key) for key in keys}
        if self.lifted[name].of_last_line:
            uncounted = self.bit(UNKNOWN, PRIOR_LINES)
            needs[self.rule_base.paths[PRIOR_LINES]] = needs[self._need(name, drug, LINE_KEY)] & uncounted
        return needs

    def unstated(self, name: str, drug: str) -> Mapping[str, B]:
        """Return the keys left to their default that could make a drug a value of a lifted property after all."""
        keys = default_keys(self.rule_base, name)
        return {self._need(name, drug, key): self.bit(UNSTATED, name, drug, key) for key in keys}

    def _need(self, name: str, drug: str, key: str) -> str:
        last = LAST if self.lifted[name].alike_in_line and key != LINE_KEY else ""
        return f"{DRUGS}[{self.rule_base.label(drug)}{last}].{key}"

    @cached_property
    def _superseded(self) -> dict[str, list[Verdicts[B]]]:
        """Guidance → the verdicts of what supersedes it."""
        superseding: dict[str, list[Verdicts[B]]] = {}
        for guidance in self.rule_base.superseding:
            for iri in guidance.supersedes:
                superseding.setdefault(iri, []).append(self.fires(guidance))
        return superseding

    def speaks(self, guidance: Guidance) -> B:
        """Return whether guidance is neither superseded nor silenced."""
        return ~(self.bit(SILENCED, guidance.iri) | self.superseded(guidance))

    def superseded(self, guidance: Guidance) -> B:
        """Return whether other guidance that fires supersedes this one."""
        return self.algebra.any(other.yes for other in self._superseded.get(guidance.iri, ()))

    def perhaps_silent(self, guidance: Guidance) -> Mapping[str, B]:
        """Return what would tell whether other guidance supersedes this one."""
        return merge(self.algebra, (other.needs for other in self._superseded.get(guidance.iri, ())))

    def doubted(self, guidance: Guidance) -> B:
        """Return whether it is unknown if other guidance supersedes this one."""
        return self.algebra.any(~(other.yes | other.no) for other in self._superseded.get(guidance.iri, ()))

    def patterns(self) -> Iterator[tuple[str, B]]:
        """Yield each disease pattern with whether it is the patient's: that of the first state that holds."""
        left = self.algebra.all
        for state in self.states.states:
            if state.pattern:
                yield state.iri, left & self.states.yes[state.iri]
                left = left & ~self.states.yes[state.iri]

    def timing(self) -> Iterator[Rung[B]]:
        """Yield the rungs of timing, the highest first."""
        left, hastening = self.algebra.all, list[Mapping[str, B]]()
        for effect, action in self.rule_base.effects.timings.items():
            rules = self.rule_base.by_effect.get(effect, [])
            fired = self.algebra.any(self.fires(one).yes for one in rules)
            here = left & fired
            left = left & ~fired
            because = {one.iri: here & self.fires(one).yes for one in rules}
            assumed = [merge(self.algebra, [self._assumptions(one)], because[one.iri]) for one in rules]
            needs = merge(self.algebra, [merge(self.algebra, hastening, here), *assumed, self._contested(here)])
            yield Rung(action, here, because, needs)
            hastening += [self.fires(one).needs for one in rules]
        yield Rung("undetermined", left, {}, merge(self.algebra, [*hastening, self._contested(left)], left))

    def _contested(self, here: B) -> Mapping[str, B]:
        """Return the keys whose default is in doubt, since it would contradict what is stated."""
        keys = (key for key in self.rule_base.keys.values() if key.property in self.defaults and not key.default)
        return {key.path: here & self.bit(CONTESTED, key.property) for key in keys}

    def _assumptions(self, guidance: Guidance) -> Mapping[str, B]:
        """Return the keys that are left out and taken to have a value or none, and on which a verdict rests."""
        keys = self.rule_base.keys.values()
        taken = {key.property: key.path for key in keys if key.assumed is not None or key.default_none}
        of, assumed = self.rule_base.conditions, list[Mapping[str, B]]()
        for iri in guidance.applies_to:
            for one, rests in self.states.chosen(self.rule_base.states[iri]):
                names = sorted({of[condition].property for condition, _ in one} & taken.keys())
                assumed.append({taken[name]: rests & self.bit(DEFAULTED, name) for name in names})
        return merge(self.algebra, assumed)


def asked_keys(rule_base: RuleBase, name: str) -> list[str]:
    """Return the keys of a prior drug that can tell whether a lifted property has it."""
    (state,) = (state for state in rule_base.lifted if state.yields == name)
    keys = {rule_base.paths[one].removeprefix(BELOW) for one in rule_base.sieve.properties(state)}
    keys |= {LINE_KEY} if state.of_last_line or state.of_latest_use else set()
    keys |= {RESPONSE_KEY} if state.alike_in_line else set()
    return sorted(keys | {DRUG_KEY})


def default_keys(rule_base: RuleBase, name: str) -> list[str]:
    """Return those that the derivation takes to have a value where the file does not say."""
    defaults = {
        key.path for key in rule_base.keys.values() if key.default or key.assumed is not None or key.default_none
    }
    return [key for key in asked_keys(rule_base, name) if BELOW + key in defaults]
