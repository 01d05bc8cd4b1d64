"""Lines of therapy by their completions: every order in which the drugs of a file can have been given.

What all completions agree on is known (readings 60 to 62 and 4).
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from oracle.graph import RRMM, AtLeast, Graph, Truth, some
from rrmm.logic.conditions import Values
from rrmm.patient.resolve import Patient, Treatment

DRUG = RRMM + "treatmentDrug"
LINE, PRIOR_LINES = RRMM + "treatmentLine", RRMM + "priorLines"
AT_MOST = 20_000


class Given(NamedTuple):
    """A drug in one completion: in which line, whether it only accompanies others there, and what holds of it."""

    drug: str
    line: int
    accompanies: bool
    holds: dict[str, Truth]


class TooMany(Exception):
    """A file with more completions than it is worth to look at."""


class Refused(Exception):
    """A file that contradicts itself."""


class History:
    """The facts of a patient, with what the prior drugs yield."""

    def __init__(self, graph: Graph, patient: Patient) -> None:
        self.graph, self.patient = graph, patient
        self.facts: dict[str, Values | AtLeast] = dict(patient.facts)
        self.treatments = [one for one in patient.treatments or [] if not one.apart]
        self._known: dict[tuple[int, int], dict[str, Truth]] = {}
        self._count_lines()
        self._refuse_treatments()
        if patient.treatments is not None:
            self._lift()
        self._refuse()

    def holds(self, state: str) -> Truth:
        """Return whether a state holds for the patient."""
        return self.graph.holds(state, self.facts)

    def _count_lines(self) -> None:
        if PRIOR_LINES not in self.facts:
            least = max([line for one in self.treatments if (line := line_of(one))], default=0)
            self.facts[PRIOR_LINES] = AtLeast(max(least, 1 if self.treatments else 0))

    def _refuse_treatments(self) -> None:
        for state in self.graph.subjects("contradiction"):
            if RRMM + "PriorTreatment" in self.graph.classes(state) or self._of_treatment(state):
                for one in self.patient.treatments or []:
                    if self.graph.holds(state, one.facts):
                        raise Refused(state)

    def _of_treatment(self, state: str) -> bool:
        from pyoxigraph import NamedNode

        above = NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")
        treatment = NamedNode(RRMM + "PriorTreatment")
        return any(self.graph.store.quads_for_pattern(NamedNode(state), above, treatment))

    def _refuse(self) -> None:
        states = [state for state in self.graph.subjects("contradiction") if not self._of_treatment(state)]
        broken = [state for state in states if self.holds(state)]
        guessed = {
            name
            for name in self.patient.defaulted
            for state in broken
            if name in self.graph.properties(state) and name not in STATED_AS_UNSTATED
        }
        for name in guessed:  # a default never contradicts a stated word (70)
            del self.facts[name]
        for state in states:
            if self.holds(state):
                raise Refused(state)

    def _lift(self) -> None:
        worlds = list(self._worlds())
        for state in self.graph.subjects("yields"):
            (name,) = self.graph.objects(state, "yields")
            seen = [self._yields(state, given, last) for given, last in worlds]
            drugs = {drug for one in seen for drug in one}
            certain = {drug for drug in drugs if all(one.get(drug, False) is True for one in seen)}
            possible = {drug for drug in drugs if any(one.get(drug, False) is not False for one in seen)}
            if not self.patient.complete:
                possible |= set(self.graph.drugs)
            self.facts[name] = Values(frozenset(certain), frozenset(possible - certain))

    def _worlds(self):
        entries = self.treatments
        drugs = [[*self.graph.members(one.drug), one.drug] for one in entries]
        lines = [line_of(one) for one in entries]
        known = sorted({line for line in lines if line})
        free = sum(line is None for line in lines)
        count = self.facts[PRIOR_LINES]
        total = None if isinstance(count, AtLeast) else int(max(count.certain))
        told = bool(total) and self.patient.complete and len(known) + free >= total  # a list that is given is complete
        top = total or max(known, default=0) + free
        places = sorted({*known, *range(1, min(top, free + 2) + 1), *range(max(1, top - free), top + 1)})
        choices = [places if line is None else [line] for line in lines]
        size = 1
        for several in (*choices, *drugs):
            size *= len(several)
        if size > AT_MOST:
            raise TooMany
        for order in product(*choices):
            lasts = [total or max(order, default=0)]
            if not total and not self.patient.complete:
                lasts.append(lasts[0] + 1)
            for named in product(*drugs):
                given = [
                    Given(drug, line, self._accompanies(place, named, lines), self._states(place, line))
                    for place, (drug, line) in enumerate(zip(named, order, strict=True))
                ]
                given += [
                    one._replace(drug=entry.drug)
                    for one, entry in zip(given, entries, strict=True)
                    if one.drug != entry.drug
                ]
                for last in lasts:
                    if last in order or not told:
                        yield given, last

    def _states(self, place: int, line: int) -> dict[str, Truth]:
        """Return which states a prior treatment has, if it was given in some line."""
        if (place, line) not in self._known:
            one = self.treatments[place]
            number = Values(frozenset({float(line)}))
            facts = {**one.facts, DRUG: Values(frozenset({one.drug})), LINE: number}
            states = self.graph.subjects("yields")
            self._known[place, line] = {state: self.graph.holds(state, facts) for state in states}
        return self._known[place, line]

    def _accompanies(self, place, drugs, lines) -> bool:
        """Return whether a drug only accompanies another, of its line or of a line that is not known."""
        others = [drug for drug, at in zip(drugs, lines, strict=True) if at in (lines[place], None) or not lines[place]]
        return self._backbone(drugs[place]) and not all(map(self._backbone, others))

    def _backbone(self, drug: str) -> bool:
        return any(self.graph.objects(kind, "isBackbone") == ["true"] for kind in self.graph.classes(drug))

    def _yields(self, state: str, given: list[Given], last: int) -> dict[str, Truth]:
        """Return drug → whether a state of its treatment gives it to the patient, in one completion."""
        truths = [(one, one.holds[state]) for one in given]
        if self.graph.objects(state, "alikeInLine"):
            here = [(one, truth) for one, truth in truths if one.line == last]
            if not here:
                return dict.fromkeys(self.graph.drugs, None) if last else {}
            telling = [truth for one, truth in here if not (one.accompanies and truth is not True)]
            agreed = telling[0] if len(set(telling)) == 1 else None
            return {one.drug: agreed for one, truth in here if not (one.accompanies and truth is not True)}
        truths = [(one, False if truth is None and one.accompanies else truth) for one, truth in truths]
        if self.graph.objects(state, "ofLastLine"):
            truths = [(one, truth) for one, truth in truths if one.line == last]
        by_drug: dict[str, list[tuple[int, Truth]]] = {}
        for one, truth in truths:
            by_drug.setdefault(one.drug, []).append((one.line, truth))
        if self.graph.objects(state, "ofLatestUse"):
            return {drug: latest(several) for drug, several in by_drug.items()}
        return {drug: some(truth for _, truth in several) for drug, several in by_drug.items()}


STATED_AS_UNSTATED = {RRMM + "relapseType", RRMM + "meetsImwgPd", RRMM + "treatmentStatus"}


def latest(several: list[tuple[int, Truth]]) -> Truth:
    """Return what the latest use of a drug says."""
    end = max(line for line, _ in several)
    said = {truth for line, truth in several if line == end}
    return said.pop() if len(said) == 1 else None


def line_of(one: Treatment) -> int | None:
    """Return the line of a prior treatment, where it is known."""
    return int(max(one.facts[LINE].certain)) if LINE in one.facts else None


__all__ = ["History", "Refused", "TooMany"]
