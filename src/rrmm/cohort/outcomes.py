"""From the guidance that fires for many patients to the status of every option, as `rrmm.options` for one.

What one guidance says of an option is a status for some rows, and the facts that could give it others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rrmm.cohort.fired import Fired
from rrmm.cohort.judged import Needs, Verdicts, merged
from rrmm.cohort.planes import Plane
from rrmm.compiled import Compiled, Guidance, Option
from rrmm.effects import ASKING, CLOSING, DECIDING, OFFERING, REQUIRING, STATUSES
from rrmm.options import RANKS

DISCOURAGED = "discouraged"


class Outcome(NamedTuple):
    """What one guidance says of an option: statuses with their rows, and the facts that could give another.

    `asks` holds the facts by the status that they could give; under None they matter whatever the status is.
    """

    rule: str
    gives: list[tuple[str, Plane]]
    asks: list[tuple[str | None, Needs]]


class Answers(NamedTuple):
    """The answers for one option: the rows it is offered to, their statuses, and what stands beside these.

    `because` holds the rules that give the status, in order, `cautions` those that attach, each with its rows.
    They and `needs` are there where it is asked.
    """

    option: Option
    offered: Plane
    statuses: Mapping[str, Plane]
    because: Mapping[str, Plane] = {}
    cautions: Mapping[str, Plane] = {}
    needs: Needs = {}


class Outcomes:
    """The answers for many patients."""

    def __init__(self, fired: Fired) -> None:
        self.fired, self.compiled, self.rows = fired, fired.compiled, fired.rows
        self._closures: dict[tuple[str, str], Outcome] = {}
        self._decisions: dict[str, Outcome] = {}

    def answers(self) -> Iterator[Answers]:
        """Yield the answers for every option, in a fixed order: those of the graph, then each drug given again."""
        for option in self.compiled.options:
            yield self._answers(option, self.rows.all)
        for option in retreatments(self.compiled):
            (drug,) = option.components
            yield self._answers(option, self.fired.courses.received(drug))

    def _answers(self, option: Option, offered: Plane) -> Answers:
        outcomes = list(self._outcomes(option))
        given: dict[str, Plane] = {}
        for outcome in outcomes:
            for status, plane in outcome.gives:
                _add(given, status, plane)
        spared = given.get("recommended", self.rows.none) if option.kind == "regimen" else self.rows.none
        discouraged = given.pop(DISCOURAGED, self.rows.none) & self.rows.but(spared)
        _add(given, "not_recommended", discouraged)
        statuses, left = {}, offered
        for status in STATUSES:
            statuses[status] = left & given.get(status, self.rows.none)
            left = left ^ statuses[status]
        statuses["option"] = statuses["option"] | left
        if not self.fired.asking:
            return Answers(option, offered, statuses)
        named = self._named(outcomes, statuses, discouraged)
        _add(named, option.iri, left)
        return Answers(option, offered, statuses, named, self._cautions(option, offered), self._needs(outcomes, statuses))

    def _named(
        self, outcomes: Iterable[Outcome], statuses: Mapping[str, Plane], discouraged: Plane
    ) -> dict[str, Plane]:
        """Return the rules that give the statuses of the rows, those that discourage last."""
        found: dict[str, Plane] = {}
        gives = [(outcome.rule, status, plane) for outcome in outcomes for status, plane in outcome.gives]
        for rule, status, plane in gives:
            if status != DISCOURAGED:
                _add(found, rule, plane & statuses[status])
        for rule, status, plane in gives:
            if status == DISCOURAGED:
                _add(found, rule, plane & discouraged & statuses["not_recommended"])
        return found

    def _needs(self, outcomes: Iterable[Outcome], statuses: Mapping[str, Plane]) -> Needs:
        """Return what could turn the status of the rows; nothing turns an exclusion."""
        weaker: dict[str | None, Plane] = {}
        found: dict[str | None, list[Needs]] = {}
        for outcome in outcomes:
            for could, needs in outcome.asks:
                found.setdefault(could, []).append(needs)
        for could in found:
            turned = (s for s in STATUSES[1:] if could is None or RANKS[could] < RANKS[s])
            weaker[could] = self.rows.any(statuses[status] for status in turned)
        return merged(self.rows, [merged(self.rows, needs, weaker[could]) for could, needs in found.items()])

    def _cautions(self, option: Option, offered: Plane) -> Mapping[str, Plane]:
        advising = [guidance for guidance, _ in self.compiled.plan(option).advising]
        return {one.iri: offered & self.fired.speaks(one) & self.fired.fires(one).yes for one in advising}

    def _outcomes(self, option: Option) -> Iterator[Outcome]:
        plan = self.compiled.plan(option)
        for rule, drugs in plan.closing:
            for drug in drugs:
                if (rule.iri, drug) not in self._closures:
                    self._closures[rule.iri, drug] = self._closed(rule, drug)
                yield self._closures[rule.iri, drug]
        for guidance in plan.deciding:
            if guidance.for_drugs_of:
                yield self._decided(guidance, self._picked(guidance, option))
                continue
            if guidance.iri not in self._decisions:
                self._decisions[guidance.iri] = self._decided(guidance, self.fired.fires(guidance))
            yield self._decisions[guidance.iri]

    def _closed(self, rule: Guidance, drug: str) -> Outcome:
        """Return for whom a rule closes what contains a drug, or what is not known of the drug."""
        courses, name, speaks = self.fired.courses, str(rule.closed_by), self.fired.speaks(rule)
        yes, unknown = CLOSING[rule.effect]
        certain, possible = courses.certain(name, drug), courses.possible(name, drug)
        missing = self.rows.but(courses.given)
        gives = [(yes, speaks & certain)]
        if unknown:
            gives.append((unknown, speaks & (missing | possible)))
        if not self.fired.asking:
            return Outcome(rule.iri, gives, [])
        neither = self.rows.but(certain | possible)
        needs = [
            merged(self.rows, [{self.compiled.paths[name]: missing}], speaks),
            merged(self.rows, [courses.open(name, drug)], speaks & possible),
            merged(self.rows, [courses.unstated(name, drug)], speaks & neither),
        ]
        return Outcome(rule.iri, gives, [(yes, merged(self.rows, needs))])

    def _decided(self, guidance: Guidance, fired: Verdicts) -> Outcome:
        """Return the status that guidance gives where it fires, and what it waits for."""
        speaks = self.fired.speaks(guidance)
        if guidance.effect == ASKING:
            asked = {self.compiled.paths[str(guidance.asks)]: fired.yes} if self.fired.asking else {}
            return Outcome(guidance.iri, [], [(None, merged(self.rows, [asked, fired.needs], speaks))])
        status = DECIDING[guidance.effect]
        if guidance.effect == REQUIRING:
            fired = self._unmet(guidance, fired)
        gives = [(status, speaks & fired.yes)]
        waits = merged(self.rows, [fired.needs], speaks) if status != "option" else {}
        perhaps = merged(self.rows, [self.fired.perhaps_silent.get(guidance.iri, {})], speaks & fired.yes)
        return Outcome(guidance.iri, gives, [(status, waits), (None, perhaps)])

    def _picked(self, guidance: Guidance, option: Option) -> Verdicts:
        """Return for whom guidance holds and picks an option by one of its drugs."""
        fired, courses, name = self.fired.fires(guidance), self.fired.courses, str(guidance.for_drugs_of)
        drugs = [drug for drug in option.components if drug in courses.drugs]
        hit = self.rows.any(courses.certain(name, drug) for drug in drugs)
        missing = self.rows.but(courses.given)
        maybe = self.rows.any(courses.possible(name, drug) for drug in drugs) & self.rows.but(hit)
        no = fired.no | self.rows.but(missing | hit | maybe)
        if not self.fired.asking:
            return Verdicts(fired.yes & hit, no)
        opened = [merged(self.rows, [courses.open(name, drug)], courses.possible(name, drug)) for drug in drugs]
        needs = [
            merged(self.rows, [fired.needs], self.rows.but(no)),
            merged(self.rows, [{self.compiled.paths[name]: missing}], self.rows.but(no)),
            merged(self.rows, opened, maybe & self.rows.but(no)),
        ]
        return Verdicts(fired.yes & hit, no, merged(self.rows, needs))

    def _unmet(self, guidance: Guidance, fired: Verdicts) -> Verdicts:
        """Return for whom an only-if condition is known to be unmet, of those for whom guidance fires."""
        met = self.fired.every(guidance.only_if)
        return Verdicts(
            fired.yes & met.no,
            fired.no | (fired.yes & met.yes),
            merged(self.rows, [fired.needs, merged(self.rows, [met.needs], fired.yes)]),
        )


def retreatments(compiled: Compiled) -> list[Option]:
    """Return the options of giving a drug again, for every drug that is offered so."""
    offers = [guidance for guidance in compiled.guidance if guidance.effect == OFFERING]
    spared = {name for guidance in offers for name in guidance.except_for}
    drugs = sorted(compiled.raw["drugs"]) if offers else []
    return [compiled.retreatment(drug) for drug in drugs if not spared & set(compiled.raw["drugs"][drug])]


def _add(found: dict[str, Plane], rule: str, plane: Plane) -> None:
    found[rule] = found[rule] | plane if rule in found else plane
