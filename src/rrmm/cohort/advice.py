"""Which guidance fires for many patients, and when to treat them, as `rrmm.history` and `rrmm.advice` for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from rrmm.cohort.cells import Table
from rrmm.cohort.columns import BELOW
from rrmm.cohort.courses import Courses
from rrmm.cohort.facts import Facts
from rrmm.cohort.planes import Plane, Rows, Truths
from rrmm.cohort.verdicts import NOTHING, Needs, States, Verdicts, merged
from rrmm.cohort.vocabulary import Vocabulary
from rrmm.logic.conditions import State
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import TIMINGS
from rrmm.rules.model import Guidance


class Rung(NamedTuple):
    """One action in time: the rows for which it is the highest, the guidance it follows from, what could hasten it."""

    action: str
    rows: Plane
    because: Mapping[str, Plane]
    needs: Needs


class Advice:
    """The guidance that fires for many patients; what it waits for is found only with `asking`."""

    def __init__(self, rule_base: RuleBase, table: Table, known: Mapping[str, Vocabulary], *, asking: bool) -> None:
        self.rule_base, self.asking = rule_base, asking
        self.rows = Rows(len(table.given))
        self.facts = Facts(rule_base, self.rows)
        keys = {
            path: key for path, key in rule_base.keys.items() if not path.startswith(BELOW) and key.kind != "object"
        }
        self.facts.read(keys, table.patients, known)
        self.courses = Courses(rule_base, table, self.facts, known)
        self.lifted = {str(state.yields) for state in rule_base.lifted}
        self._lift()
        self.states = States(self.facts, [state for state in rule_base.states.values() if state.bearer == "Patient"])
        self._fires: dict[tuple[str, ...], Verdicts] = {}
        self._asked: dict[str, Needs] = {}

    @property
    def faulty(self) -> Truths:
        """For each row whether it is one that no patient file could have."""
        return self.facts.faulty | self.courses.faulty | self.states.contradicted()

    def _lift(self) -> None:
        """Settle the conditions on what the prior drugs yield."""
        courses, rows = self.courses, self.rows
        for name in self.lifted:
            self.facts.unknown[name] = rows.but(courses.given)
            for one in self.rule_base.sieve.by_property.get(name, []):
                drugs = sorted(map(str, one.values & set(courses.drugs)))
                met = rows.any(courses.certain(name, drug) for drug in drugs)
                maybe = rows.any(courses.possible(name, drug) for drug in drugs)
                self.facts.met[one.key] = met
                self.facts.unmet[one.key] = courses.given & rows.but(met | maybe)

    def fires(self, guidance: Guidance) -> Verdicts:
        """Return for whom guidance holds: in every state it applies to."""
        if guidance.applies_to not in self._fires:
            self._fires[guidance.applies_to] = self.every(guidance.applies_to)
        return self._fires[guidance.applies_to]

    def every(self, states: Iterable[str]) -> Verdicts:
        """Return for whom all of some states hold."""
        verdicts = [self.states.of[iri] for iri in states]
        yes = self.rows.every(verdict.yes for verdict in verdicts)
        no = self.rows.any(verdict.no for verdict in verdicts)
        needs = merged(map(self._needs_of, states), self.rows.but(no)) if self.asking else NOTHING
        return Verdicts(yes, no, needs)

    def _needs_of(self, iri: str) -> Needs:
        """Return the keys of the patient file that would settle a state, for whom it is not settled."""
        if iri not in self._asked:
            state = self.rule_base.states[iri]
            self._asked[iri] = merged(self._asks(state)) if self.states.unknown(state).any() else NOTHING
        return self._asked[iri]

    def _asks(self, state: State) -> Iterator[Needs]:
        facts, courses, paths = self.facts, self.courses, self.rule_base.paths
        properties = self.rule_base.sieve.properties(state)
        for name in properties:
            yield {paths[name]: self.states.waiting_for(state, name) & facts.unknown[name]}
            if name in facts.defaulted:
                yield {paths[name]: self.states.unknown(state) & facts.defaulted[name]}
            for drug in courses.drugs if name in self.lifted else ():
                waiting = self._waiting_for_drug(state, name, drug)
                if waiting.any():
                    yield merged((courses.open(one, drug) for one in properties & self.lifted), waiting)

    def _waiting_for_drug(self, state: State, name: str, drug: str) -> Plane:
        """Return the rows whose undecided state waits for whether a drug is a value of a lifted property."""
        of = self.rule_base.conditions
        waiting = self.states.waiting(state).items()
        named = (plane for key, plane in waiting if of[key].property == name and drug in of[key].values)
        return self.rows.any(named) & self.courses.possible(name, drug)

    @cached_property
    def _silent(self) -> dict[str, Plane]:
        """Guidance → the rows in which other guidance supersedes it."""
        found: dict[str, Plane] = {}
        for guidance in self.rule_base.superseding:
            for iri in guidance.supersedes:
                found[iri] = found.get(iri, self.rows.none) | self.fires(guidance).yes
        return found

    @cached_property
    def perhaps_silent(self) -> dict[str, Needs]:
        """Guidance → what would tell whether other guidance supersedes it."""
        found: dict[str, Needs] = {}
        for guidance in self.rule_base.superseding:
            for iri in guidance.supersedes:
                found[iri] = merged((found.get(iri, NOTHING), self.fires(guidance).needs))
        return found

    def speaks(self, guidance: Guidance) -> Plane:
        """Return the rows in which no other guidance supersedes this one."""
        return self.rows.but(self._silent[guidance.iri]) if guidance.iri in self._silent else self.rows.all

    def patterns(self) -> Iterator[tuple[str, Plane]]:
        """Yield each disease pattern with its rows: that of the first state that holds."""
        left = self.rows.all
        for state in self.states.states:
            if state.pattern:
                here = left & self.states.of[state.iri].yes
                left = left ^ here
                yield state.pattern, here
        yield "unknown", left

    def timing(self) -> Iterator[Rung]:
        """Yield the rungs of timing, the highest first."""
        left, hastening = self.rows.all, list[Needs]()
        for effect, action in TIMINGS.items():
            rules = self.rule_base.by_effect.get(effect, [])
            here = left & self.rows.any(self.fires(one).yes for one in rules)
            left = left ^ here
            because = {one.iri: here & self.fires(one).yes for one in rules}
            taken = [merged([self._assumptions(one)], because[one.iri]) for one in rules] if self.asking else []
            yield Rung(action, here, because, merged([merged(hastening, here), *taken]))
            hastening += [self.fires(one).needs for one in rules]
        yield Rung("undetermined", left, {}, merged(hastening, left))

    def _assumptions(self, guidance: Guidance) -> Needs:
        """Return the keys that are left out and taken to have a value or none, and on which a verdict rests."""
        keys = self.rule_base.keys.values()
        taken = {key.property: key.path for key in keys if key.assumed is not None or key.default_none}
        of, found = self.rule_base.conditions, list[Needs]()
        for iri in guidance.applies_to:
            for one, plane in self.states.chosen(self.rule_base.states[iri]):
                names = {of[condition].property for condition, _ in one} & taken.keys()
                found.append({taken[name]: plane & self.facts.defaulted[name] for name in names})
        return merged(found)
