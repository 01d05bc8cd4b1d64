"""From the states of patients to the status of every option, as SQL."""

from __future__ import annotations

from collections.abc import Iterator

from rrmm.cohort.options import DISCOURAGED, retreatments

from benchmarks.duck_facts import Columns, Facts, either, every, quoted
from rrmm.rules.effects import ASKING, CLOSING, DECIDING, REQUIRING, STATUSES, TIMINGS
from rrmm.rules.model import Guidance, Option

Named = tuple[str, ...]


class Rules:
    """The guidance of one graph, over columns with the states of patients and the sets of their drugs."""

    def __init__(self, facts: Facts) -> None:
        self.facts, self.rule_base = facts, facts.rule_base
        self.states = [state for state in self.rule_base.states.values() if state.bearer == "Patient"]
        self.options = [*self.rule_base.options, *retreatments(self.rule_base)]
        self._holds = {state.iri: f"s{number}" for number, state in enumerate(self.states)}
        applied = dict.fromkeys(one.applies_to for one in self.rule_base.guidance if one.applies_to)
        self._fires = {states: f"f{number}" for number, states in enumerate(applied)}
        self._guidance = {guidance.iri: guidance for guidance in self.rule_base.guidance}
        self._closed: dict[tuple[str, Named], str] = {}

    def holds(self) -> Columns:
        """Return the states: each whether it holds."""
        return {self._holds[state.iri]: self.facts.holds(state) for state in self.states}

    def fires(self) -> Columns:
        """Return whether guidance fires: certainly, in every state it applies to."""
        return {
            name: f"coalesce({every(map(self._holds.__getitem__, states))}, false)"
            for states, name in self._fires.items()
        }

    def closing(self) -> Columns:
        """Return the sets of drugs that close an option to a status, for each combination of rules on an option."""
        found = {}
        for option in self.options:
            for status, rules in self._closing(option).items():
                name = self._closed.setdefault((status, rules), f"x{len(self._closed)}")
                found[name] = " | ".join(self._closes(self._guidance[iri], status) for iri in rules)
        return found

    def statuses(self) -> Columns:
        """Return the options: the status of each, NULL where it is not offered."""
        return {f"o{number}": self._status(option) for number, option in enumerate(self.options)}

    def pattern(self) -> str:
        """Return the disease pattern: that of the first state that holds."""
        shown = ((self._holds[state.iri], state.pattern) for state in self.states if state.pattern)
        return f"CASE {' '.join(f'WHEN {holds} THEN {quoted(pattern)}' for holds, pattern in shown)} ELSE 'unknown' END"

    def timing(self) -> str:
        """Return the highest rung of timing."""
        rungs = {
            action: either(self._fired(one) for one in self.rule_base.guidance if one.effect == effect)
            for effect, action in TIMINGS.items()
        }
        cases = " ".join(f"WHEN {fired} THEN {quoted(action)}" for action, fired in rungs.items())
        return f"CASE {cases} ELSE 'undetermined' END"

    def given(self, option: Option) -> dict[str, str]:
        """Return the statuses that an option can have but the last, the strongest first, each with when it is given."""
        found: dict[str, list[str]] = {}
        drugs = self.facts.bits(option.components)
        for status, rules in self._closing(option).items():
            found.setdefault(status, []).append(f"({self._closed[status, rules]} & {drugs}) <> 0")
        plan = self.rule_base.plan(option)
        for guidance in (*plan.deciding, *plan.picking):
            if guidance.effect != ASKING:
                found.setdefault(DECIDING[guidance.effect], []).append(self._decides(guidance, drugs))
        if against := found.pop(DISCOURAGED, None):
            spared = found.get("recommended", []) if option.kind == "regimen" else []
            found.setdefault("not_recommended", []).append(every([either(against), f"NOT {either(spared)}"]))
        return {status: either(found[status]) for status in STATUSES[:-1] if status in found}

    def possible(self, option: Option) -> list[str]:
        """Return the statuses that an option can have."""
        return [*self.given(option), STATUSES[-1]]

    def _status(self, option: Option) -> str:
        cases = [f"WHEN {given} THEN {quoted(status)}::status" for status, given in self.given(option).items()]
        if option.kind == "retreatment":
            received = f"(received & {self.facts.bits(option.components)}) <> 0"
            cases.insert(0, f"WHEN NOT coalesce({received}, false) THEN NULL")
        otherwise = f"{quoted(STATUSES[-1])}::status"
        return f"CASE {' '.join(cases)} ELSE {otherwise} END" if cases else otherwise

    def _closing(self, option: Option) -> dict[str, Named]:
        """Return the rules that close an option because of its drugs, by the statuses they give."""
        found: dict[str, Named] = {}
        for iri in dict.fromkeys(rule.iri for rule, _ in self.rule_base.plan(option).closing):
            for status in filter(None, CLOSING[self._guidance[iri].effect]):
                found[status] = (*found.get(status, ()), iri)
        return found

    def _closes(self, rule: Guidance, status: str) -> str:
        """Return the drugs by which a rule gives a status; of a patient whose drugs are not known it may be any."""
        plans = map(self.rule_base.plan, self.options)
        meant = self.facts.bits(drug for plan in plans for one, drug in plan.closing if one == rule)
        _, certain, possible = self.facts.lifted[str(rule.closed_by)]
        known = f"coalesce({possible}, {self.facts.all})"
        if status == CLOSING[rule.effect][0]:
            known = f"coalesce({certain}, 0)"
        silent = either(self._silenced(rule))
        bits = f"({known} & {meant})"
        return bits if silent == "false" else f"CASE WHEN {silent} THEN 0 ELSE {bits} END"

    def _decides(self, guidance: Guidance, drugs: int) -> str:
        """Return whether guidance gives its status to an option of some drugs."""
        terms = [self._fired(guidance), *(f"NOT {fired}" for fired in self._silenced(guidance))]
        if guidance.effect == REQUIRING:
            unmet = either(f"NOT {self._holds[iri]}" for iri in guidance.only_if)
            terms.append(f"coalesce({unmet}, false)")
        if guidance.for_drugs_of:
            certain = self.facts.lifted[guidance.for_drugs_of].certain
            terms.append(f"(coalesce({certain}, 0) & {drugs}) <> 0")
        return every(terms)

    def _fired(self, guidance: Guidance) -> str:
        return self._fires[guidance.applies_to] if guidance.applies_to else "true"

    def _silenced(self, guidance: Guidance) -> Iterator[str]:
        """Yield whether each guidance fires that supersedes another."""
        for other in self.rule_base.guidance:
            if guidance.iri in other.supersedes:
                yield self._fired(other)
