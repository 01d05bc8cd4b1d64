"""Many patients: their facts, courses and states, and which guidance fires for them.

The logic of `rrmm.history` and `rrmm.advice`, over sets of rows instead of one patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from rrmm.cohort.cells import Table
from rrmm.cohort.courses import BELOW, Courses
from rrmm.cohort.facts import Facts
from rrmm.cohort.judged import Judged, Needs, Verdicts, merged
from rrmm.cohort.planes import Plane, Rows, Truths
from rrmm.cohort.words import Vocabulary
from rrmm.compiled import Compiled, Guidance
from rrmm.effects import TIMINGS
from rrmm.states import State


class Rung(NamedTuple):
    """One action in time: its rows, the guidance by which it is entailed, and what could hasten it."""

    action: str
    rows: Plane
    because: Mapping[str, Plane]
    needs: Needs


class Fired:
    """The guidance that fires for many patients; without `asking` no verdict says what it waits for."""

    def __init__(
        self, compiled: Compiled, table: Table, known: Mapping[str, Vocabulary], *, asking: bool
    ) -> None:
        self.compiled, self.asking = compiled, asking
        self.rows = Rows(len(table.given))
        self.facts = Facts(compiled, self.rows)
        keys = {path: key for path, key in compiled.keys.items() if not path.startswith(BELOW)}
        self.facts.read({path: key for path, key in keys.items() if key.kind != "object"}, table.patients, known)
        self.courses = Courses(compiled, table, self.facts, known)
        self.lifted = {str(state.yields) for state in compiled.states.values() if state.yields}
        self._lift()
        self.judged = Judged(self.facts, [state for state in compiled.states.values() if state.bearer == "Patient"])
        self._fires: dict[tuple[str, ...], Verdicts] = {}
        self._asked: dict[str, Needs] = {}

    @property
    def faulty(self) -> Truths:
        """The rows that no patient file could have."""
        return self.facts.faulty | self.courses.faulty | self.judged.contradicted()

    def _lift(self) -> None:
        """Add the conditions on what the prior drugs yield."""
        courses, rows = self.courses, self.rows
        for name in self.lifted:
            self.facts.unknown[name] = rows.but(courses.given)
            for one in self.compiled.sieve.by_property.get(name, []):
                drugs = sorted(map(str, one.values & set(courses.drugs)))
                met = rows.any(courses.certain(name, drug) for drug in drugs)
                open_ = rows.any(courses.possible(name, drug) for drug in drugs)
                self.facts.met[one.key] = met
                self.facts.unmet[one.key] = courses.given & rows.but(met | open_)

    def fires(self, guidance: Guidance) -> Verdicts:
        """Return for whom guidance holds: in every state it applies to."""
        if guidance.applies_to not in self._fires:
            self._fires[guidance.applies_to] = self.every(guidance.applies_to)
        return self._fires[guidance.applies_to]

    def every(self, states: Iterable[str]) -> Verdicts:
        """Return for whom all of some states hold."""
        verdicts = [self.judged.of[iri] for iri in states]
        yes = self.rows.every(verdict.yes for verdict in verdicts)
        no = self.rows.any(verdict.no for verdict in verdicts)
        within = self.rows.but(no)
        return Verdicts(yes, no, merged(self.rows, map(self.asked, states), within) if self.asking else {})

    def asked(self, iri: str) -> Needs:
        """Return the keys of the patient file that would settle a state, for whom it is not settled."""
        if iri not in self._asked:
            self._asked[iri] = self._asks(self.compiled.states[iri])
        return self._asked[iri]

    def _asks(self, state: State) -> Needs:
        facts, courses, paths = self.facts, self.courses, self.compiled.paths
        unknown = self.judged.unknown(state)
        if not unknown.any():
            return {}
        properties = sorted(self.compiled.sieve.properties(state))
        found: list[Needs] = []
        for name in properties:
            waiting = self.judged.waiting_for(state, name)
            if name in facts.defaulted:
                found.append({paths[name]: unknown & facts.defaulted[name]})
            found.append({paths[name]: waiting & facts.unknown[name]})
            if name in self.lifted:
                for drug in courses.drugs:
                    named = self._waiting_for_drug(state, name, drug)
                    opened = (courses.open(other, drug) for other in properties if other in self.lifted)
                    found.append(merged(self.rows, opened, named))
        return merged(self.rows, found)

    def _waiting_for_drug(self, state: State, name: str, drug: str) -> Plane:
        conditions, possible = self.compiled.conditions, self.courses.possible(name, drug)
        waiting = (
            plane
            for key, plane in self.judged.waiting(state).items()
            if conditions[key].property == name and drug in conditions[key].values
        )
        return self.rows.any(waiting) & possible

    @cached_property
    def silent(self) -> dict[str, Plane]:
        """Guidance → the rows in which other guidance supersedes it."""
        found: dict[str, Plane] = {}
        for guidance in self.compiled.guidance:
            for iri in guidance.supersedes:
                found[iri] = self.rows.any((found.get(iri, self.rows.none), self.fires(guidance).yes))
        return found

    @cached_property
    def perhaps_silent(self) -> dict[str, Needs]:
        """Guidance → what would tell whether other guidance supersedes it."""
        found: dict[str, Needs] = {}
        for guidance in self.compiled.guidance:
            for iri in guidance.supersedes:
                found[iri] = merged(self.rows, (found.get(iri, {}), self.fires(guidance).needs))
        return found

    def speaks(self, guidance: Guidance) -> Plane:
        """Return the rows in which no other guidance supersedes this one."""
        return self.rows.but(self.silent[guidance.iri]) if guidance.iri in self.silent else self.rows.all

    def pattern(self) -> Iterator[tuple[str, Plane]]:
        """Yield each disease pattern with its rows: that of the first state that holds."""
        left = self.rows.all
        for state in self.judged.states:
            if state.pattern:
                here = left & self.judged.of[state.iri].yes
                left = left ^ here
                yield state.pattern, here
        yield "unknown", left

    def timing(self) -> Iterator[Rung]:
        """Yield the rungs of timing with the rows for which they are the highest that is entailed."""
        left, hastening = self.rows.all, list[Needs]()
        for effect, action in TIMINGS.items():
            rules = [(guidance, self.fires(guidance)) for guidance in self.compiled.guidance if guidance.effect == effect]
            here = left & self.rows.any(fired.yes for _, fired in rules)
            left = left ^ here
            because = {guidance.iri: here & fired.yes for guidance, fired in rules}
            needs = [merged(self.rows, hastening, here)] if self.asking else []
            for guidance, _ in rules if self.asking else []:
                needs.append(merged(self.rows, [self._assumptions(guidance)], because[guidance.iri]))
            yield Rung(action, here, because, merged(self.rows, needs))
            hastening += [fired.needs for _, fired in rules]
        yield Rung("undetermined", left, {}, merged(self.rows, hastening, left))

    def _assumptions(self, guidance: Guidance) -> Needs:
        """Return the keys that are left out and taken to have a value or none, and on which a verdict rests."""
        taken = {key.property: key.path for key in self.compiled.keys.values() if key.assumed is not None or key.default_none}
        found: list[Needs] = []
        for iri in guidance.applies_to:
            for one, plane in self.judged.chosen(self.compiled.states[iri]):
                properties = {self.compiled.conditions[name].property for name, _ in one} & taken.keys()
                found.append({taken[name]: plane & self.facts.defaulted[name] for name in properties})
        return merged(self.rows, found)
