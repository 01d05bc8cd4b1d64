"""From the guidance that fires for many patients to the status of every option, as `rrmm.options` for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rrmm.cohort.advice import Advice
from rrmm.cohort.cells import Table
from rrmm.cohort.planes import Plane
from rrmm.cohort.verdicts import NOTHING, Needs, Verdicts, merged
from rrmm.cohort.vocabulary import Vocabulary
from rrmm.derivation.statuses import RANKS
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import ASKING, CLOSING, DECIDING, OFFERING, REQUIRING, STATUSES
from rrmm.rules.model import Guidance, Option

DISCOURAGED = "discouraged"


class Outcome(NamedTuple):
    """What one guidance says of an option: statuses with their rows, and the facts that could give another.

    `asks` holds the facts by the status that they could give; under None they matter whatever the status is.
    """

    rule: str
    gives: list[tuple[str, Plane]]
    asks: list[tuple[str | None, Needs]]


class Answers(NamedTuple):
    """What is found for one option: the rows it is offered to, and their statuses.

    Where it is asked for, `because` holds the rules that give the status, in order, `cautions` those that
    attach, each with its rows, and `needs` the facts that could turn the status.
    """

    option: Option
    offered: Plane
    statuses: Mapping[str, Plane]
    because: Mapping[str, Plane] = NOTHING
    cautions: Mapping[str, Plane] = NOTHING
    needs: Needs = NOTHING


class Derivations(Advice):
    """The derivations for many patients over one graph's tables."""

    def __init__(self, rule_base: RuleBase, table: Table, known: Mapping[str, Vocabulary], *, asking: bool) -> None:
        super().__init__(rule_base, table, known, asking=asking)
        self._closures: dict[tuple[str, str], Outcome] = {}
        self._decisions: dict[str, Outcome] = {}

    def answers(self) -> list[Answers]:
        """Return the answers for every option of the graph, then for every drug that can be given again."""
        found = [self._answers(option, self.rows.all) for option in self.rule_base.options]
        for option in retreatments(self.rule_base):
            (drug,) = option.components
            found.append(self._answers(option, self.courses.received(drug)))
        return found

    def _answers(self, option: Option, offered: Plane) -> Answers:
        outcomes = list(self._outcomes(option))
        given: dict[str, Plane] = {}
        for outcome in outcomes:
            for status, plane in outcome.gives:
                _add(given, status, plane)
        spared = given.get("recommended", self.rows.none) if option.kind == "regimen" else self.rows.none
        discouraged = given.pop(DISCOURAGED, self.rows.none) & self.rows.but(spared)
        _add(given, "not_recommended", discouraged)
        statuses: dict[str, Plane] = {}
        left = offered
        for status in STATUSES:
            statuses[status] = left & given.get(status, self.rows.none)
            left = left ^ statuses[status]
        statuses["option"] = statuses["option"] | left
        if not self.asking:
            return Answers(option, offered, statuses)
        because = self._because(outcomes, {**statuses, DISCOURAGED: statuses["not_recommended"] & discouraged})
        _add(because, option.iri, left)
        return Answers(
            option, offered, statuses, because, self._cautions(option, offered), self._needs(outcomes, statuses)
        )

    def _because(self, outcomes: Iterable[Outcome], within: Mapping[str, Plane]) -> dict[str, Plane]:
        """Return the rules that give the statuses of the rows; those that discourage come last."""
        found: dict[str, Plane] = {}
        gives = [(outcome.rule, status, plane) for outcome in outcomes for status, plane in outcome.gives]
        for rule, status, plane in sorted(gives, key=lambda one: one[1] == DISCOURAGED):
            _add(found, rule, plane & within[status])
        return found

    def _cautions(self, option: Option, offered: Plane) -> Mapping[str, Plane]:
        advising = [guidance for guidance, _ in self.rule_base.plan(option).advising]
        return {one.iri: offered & self.speaks(one) & self.fires(one).yes for one in advising}

    def _needs(self, outcomes: Iterable[Outcome], statuses: Mapping[str, Plane]) -> Needs:
        """Return what could turn the status of the rows; nothing turns an exclusion."""
        found: dict[str | None, list[Needs]] = {}
        for outcome in outcomes:
            for could, needs in outcome.asks:
                found.setdefault(could, []).append(needs)
        return merged(merged(needs, self._weaker(could, statuses)) for could, needs in found.items())

    def _weaker(self, could: str | None, statuses: Mapping[str, Plane]) -> Plane:
        """Return the rows of a status that a stronger one could turn."""
        turned = (status for status in STATUSES[1:] if could is None or RANKS[could] < RANKS[status])
        return self.rows.any(statuses[status] for status in turned)

    def _outcomes(self, option: Option) -> Iterator[Outcome]:
        plan = self.rule_base.plan(option)
        for rule, drug in plan.closing:
            if (rule.iri, drug) not in self._closures:
                self._closures[rule.iri, drug] = self._closed(rule, drug)
            yield self._closures[rule.iri, drug]
        for guidance in plan.deciding:
            if guidance.iri not in self._decisions:
                self._decisions[guidance.iri] = self._decided(guidance, self.fires(guidance))
            yield self._decisions[guidance.iri]
        for guidance in plan.picking:
            yield self._decided(guidance, self._picked(guidance, option))

    def _closed(self, rule: Guidance, drug: str) -> Outcome:
        """Return for whom a rule closes what contains a drug, or what is not known of the drug."""
        courses, name, speaks = self.courses, str(rule.closed_by), self.speaks(rule)
        yes, unknown = CLOSING[rule.effect]
        certain, possible = courses.certain(name, drug), courses.possible(name, drug)
        missing = self.rows.but(courses.given)
        gives: list[tuple[str, Plane]] = [(yes, speaks & certain)]
        if unknown:
            gives.append((unknown, speaks & (missing | possible)))
        if not self.asking:
            return Outcome(rule.iri, gives, [])
        needs = [
            merged([{self.rule_base.paths[name]: missing}], speaks),
            merged([courses.open(name, drug)], speaks & possible),
            merged([courses.unstated(name, drug)], speaks & self.rows.but(certain | possible)),
        ]
        return Outcome(rule.iri, gives, [(yes, merged(needs))])

    def _decided(self, guidance: Guidance, fired: Verdicts) -> Outcome:
        """Return the status that guidance gives where it fires, or what it waits for."""
        speaks = self.speaks(guidance)
        if guidance.effect == ASKING:
            asked = {self.rule_base.paths[str(guidance.asks)]: fired.yes} if self.asking else NOTHING
            return Outcome(guidance.iri, [], [(None, merged([asked, fired.needs], speaks))])
        status = DECIDING[guidance.effect]
        if guidance.effect == REQUIRING:
            fired = self._unmet(guidance, fired)
        waits = merged([fired.needs], speaks) if status != "option" else NOTHING
        perhaps = self.perhaps_silent.get(guidance.iri, NOTHING)
        asks: list[tuple[str | None, Needs]] = [(status, waits), (None, merged([perhaps], speaks & fired.yes))]
        return Outcome(guidance.iri, [(status, speaks & fired.yes)], asks)

    def _picked(self, guidance: Guidance, option: Option) -> Verdicts:
        """Return for whom guidance holds and picks an option by one of its drugs."""
        fired, courses, name = self.fires(guidance), self.courses, str(guidance.for_drugs_of)
        drugs = [drug for drug in option.components if drug in courses.drugs]
        missing = self.rows.but(courses.given)
        hit = self.rows.any(courses.certain(name, drug) for drug in drugs)
        maybe = self.rows.any(courses.possible(name, drug) for drug in drugs) & self.rows.but(hit)
        no = fired.no | self.rows.but(missing | hit | maybe)
        if not self.asking:
            return Verdicts(fired.yes & hit, no)
        opened = [merged([courses.open(name, drug)], maybe & courses.possible(name, drug)) for drug in drugs]
        needs = [fired.needs, {self.rule_base.paths[name]: missing}, *opened]
        return Verdicts(fired.yes & hit, no, merged(needs, self.rows.but(no)))

    def _unmet(self, guidance: Guidance, fired: Verdicts) -> Verdicts:
        """Return for whom an only-if condition is known to be unmet, of those for whom guidance fires."""
        met = self.every(guidance.only_if)
        needs = merged([fired.needs, merged([met.needs], fired.yes)])
        return Verdicts(fired.yes & met.no, fired.no | (fired.yes & met.yes), needs)


def retreatments(rule_base: RuleBase) -> list[Option]:
    """Return the options of giving a drug again, one for every drug that is offered so."""
    offers = rule_base.by_effect.get(OFFERING, [])
    spared = {name for guidance in offers for name in guidance.except_for}
    drugs = sorted(rule_base.drugs) if offers else []
    return [rule_base.retreatment(drug) for drug in drugs if not spared & set(rule_base.drugs[drug])]


def _add(found: dict[str, Plane], name: str, plane: Plane) -> None:
    found[name] = found[name] | plane if name in found else plane
