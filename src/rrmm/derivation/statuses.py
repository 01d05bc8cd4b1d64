"""From fired guidance to the status of every option: logic over any Boolean values, written once.

It knows kinds of guidance (recommend, avoid, require, …), never a drug, a regimen or a threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, NamedTuple

from rrmm.derivation.fit import FitBits, Unmet, fit_of
from rrmm.derivation.guidance import Firing, Input
from rrmm.derivation.names import CERTAIN, GIVEN, POSSIBLE, RECEIVED, SILENCED
from rrmm.derivation.states import Verdicts, merge
from rrmm.logic.circuit import Algebra, B
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import CLOSED, NAMED, OFFERING, REQUIRING, Gift
from rrmm.rules.model import Guidance, Option


class Outcome(NamedTuple, Generic[B]):
    """What one guidance says of an option: the statuses it gives, and the facts that could give another.

    `drug` is the drug by which it closes the option, or empty. A status that yields to another has that as its
    second value. `asks` holds the facts by the status that they could give; under None they matter whatever the
    status is.
    """

    rule: Guidance
    drug: str
    gives: list[tuple[str, str | None, B]]
    asks: list[tuple[str | None, Mapping[str, B]]]


class OptionBits(NamedTuple, Generic[B]):
    """What is derived of one option: whether it is offered, its status, and why.

    `because` holds the guidance that gives the status, with the drug by which it closes the option, in the
    order of a report; `listed` that no guidance decides; `against` what discourages a recommended option;
    `cautions` the guidance that attaches, and the agent; `needs` the keys that could turn the status; `gives` all
    statuses that guidance gives, the weaker ones too; `fit` how near the option stands to the patient;
    `superseded` the guidance on the option that other guidance silences; `caution_needs` the keys that could
    add a caution, dose or monitoring.
    """

    option: Option
    offered: B
    statuses: Mapping[str, B]
    listed: B
    because: Mapping[tuple[str, str], B]
    against: Mapping[tuple[str, str], B]
    cautions: Mapping[tuple[str, str], B]
    needs: Mapping[str, B]
    gives: Mapping[tuple[str, str], B]
    fit: FitBits[B]
    superseded: Mapping[str, B]
    caution_needs: Mapping[str, B]


class Statuses(Generic[B]):
    """The derivation over one graph's rules."""

    def __init__(self, rule_base: RuleBase, algebra: Algebra[B], bit: Input[B]) -> None:
        self.rule_base, self.algebra, self.bit = rule_base, algebra, bit
        self.fired = Firing(rule_base, algebra, bit)
        self._closures: dict[tuple[str, str], Outcome[B]] = {}
        self._decisions: dict[str, Outcome[B]] = {}

    def options(self) -> list[OptionBits[B]]:
        """Return what is derived for every option of the graph, then for every drug that can be given again."""
        offers = self.rule_base.by_effect.get(OFFERING, [])
        again = self.algebra.any(~self.bit(SILENCED, guidance.iri) for guidance in offers)
        derived = [self._option(option, self.algebra.all) for option in self.rule_base.options]
        for option in retreatments(self.rule_base):
            (drug,) = option.components
            derived.append(self._option(option, self.bit(RECEIVED, drug) & again))
        return derived

    def _option(self, option: Option, offered: B) -> OptionBits[B]:
        any_, none = self.algebra.any, self.algebra.none
        outcomes = list(self._outcomes(option))
        gives = [(outcome, *one) for outcome in outcomes for one in outcome.gives]
        firm = {status: [] for status in self.rule_base.statuses}  # type: dict[str, list[B]]
        for _, status, yields_to, bit in gives:
            if not yields_to:
                firm[status].append(bit)
        given = {status: any_(bits) for status, bits in firm.items()}
        counting = [
            (outcome, status, yields_to, bit & ~given[yields_to] if yields_to and option.kind == "regimen" else bit)
            for outcome, status, yields_to, bit in gives
        ]
        for _, status, yields_to, bit in counting:
            if yields_to:
                given[status] = given[status] | bit
        statuses, left = {}, offered
        for status, bit in given.items():
            statuses[status] = left & bit
            left = left & ~bit
        statuses[self.rule_base.statuses[-1]] = statuses[self.rule_base.statuses[-1]] | left
        because: dict[tuple[str, str], B] = {}
        every: dict[tuple[str, str], B] = {}
        for outcome, status, _, bit in sorted(counting, key=lambda one: one[2] is not None):
            of, by = (outcome.rule.iri, outcome.drug), (outcome.rule.iri, status)
            because[of] = because.get(of, none) | bit & statuses[status]
            every[by] = every.get(by, none) | bit
        against = {
            (outcome.rule.iri, outcome.drug): bit & statuses[yields_to]
            for outcome, _, yields_to, bit in gives
            if yields_to
        }
        advising = {
            (one.iri, agent): offered & self.fired.speaks(one) & self.fired.fires(one).yes
            for one, agent in self.rule_base.plan(option).advising
        }
        firm_needs = option.kind == "regimen"
        needs = self._needs(outcomes, statuses, self._firmly(offered, firm) if firm_needs else statuses)
        live = offered & ~statuses[CLOSED]
        fit = self._fit(option, outcomes, live, statuses[NAMED])
        silenced = {
            one.iri: live
            & self.fired.fires(one).yes
            & (self.fired.superseded(one) | self._lifted(self.rule_base.lifted_by.get((one.iri, option.iri), ())))
            for one in self.rule_base.guidance_on(option)
        }
        superseded = {iri: bit for iri, bit in silenced.items() if bit is not none}
        asked: list[Mapping[str, B]] = [
            merge(self.algebra, [self.fired.fires(one).needs], live & self.fired.speaks(one))
            for one, _ in self.rule_base.plan(option).advising
        ]
        asked += [self._question(one, live) for one in self.rule_base.plan(option).asking]
        return OptionBits(
            option,
            offered,
            statuses,
            left,
            because,
            against,
            advising,
            needs,
            every,
            fit,
            superseded,
            merge(self.algebra, asked),
        )

    def _question(self, guidance: Guidance, live: B) -> Mapping[str, B]:
        """Return the key that guidance asks for, and what would tell whether it asks; a status never waits for it."""
        fired = self.fired.fires(guidance)
        asked = {self.rule_base.paths[str(guidance.asks)]: fired.yes}
        return merge(self.algebra, [asked, fired.needs], live & self.fired.speaks(guidance))

    def _fit(self, option: Option, outcomes: Iterable[Outcome[B]], live: B, recommended: B) -> FitBits[B]:
        """Return the fit of an option: by the statements in favour of it, and by what it is given for only."""
        statements = [(one, self._stated(one, option)) for one in self.rule_base.favouring(option)]
        unmet = [
            Unmet(one.rule, one.drug, one.gives[0][2], merge(self.algebra, [asked for _, asked in one.asks]))
            for one in outcomes
            if one.rule.effect == REQUIRING or (one.drug and one.gives[0][1] != CLOSED)
        ]
        return fit_of(self.fired, statements, unmet, live, recommended)

    def _stated(self, guidance: Guidance, option: Option) -> Verdicts[B]:
        """Return whether the setting of a statement holds, which may be one of the drug of the option.

        Where it includes what no key of a patient file tells, it is never known to hold.
        """
        verdicts = self.fired.every(guidance.setting)
        if guidance.undecided:
            verdicts = verdicts._replace(yes=self.algebra.none)
        for name in filter(None, (guidance.for_drugs_of, guidance.setting_of_drug)):
            verdicts = self._picked(verdicts, name, option)
        return verdicts

    def _firmly(self, offered: B, firm: Mapping[str, list[B]]) -> Mapping[str, B]:
        """Return the statuses without those that yield to another."""
        statuses, left = {}, offered
        for status, bits in firm.items():
            given = self.algebra.any(bits)
            statuses[status] = left & given
            left = left & ~given
        last = self.rule_base.statuses[-1]
        statuses[last] = statuses[last] | left
        return statuses

    def _needs(
        self, outcomes: Iterable[Outcome[B]], statuses: Mapping[str, B], firmly: Mapping[str, B]
    ) -> Mapping[str, B]:
        """Return what could turn the status; nothing turns an exclusion.

        A status that yields to another can be turned by it, and by what could give it: `firmly` leaves it out.
        """
        by_status: dict[str | None, list[Mapping[str, B]]] = {}
        for outcome in outcomes:
            for could, needs in outcome.asks:
                by_status.setdefault(could, []).append(needs)
        turned = {
            could: merge(self.algebra, needs, self._weaker(could, statuses) | self._weaker(could, firmly))
            for could, needs in by_status.items()
        }
        return merge(self.algebra, turned.values())

    def _weaker(self, could: str | None, statuses: Mapping[str, B]) -> B:
        """Return whether the status is one that another could turn: a weaker one."""
        order = self.rule_base.statuses
        weaker = order[1 if could is None else order.index(could) + 1 :]
        return self.algebra.any(statuses[status] for status in weaker)

    def _outcomes(self, option: Option) -> Iterator[Outcome[B]]:
        plan = self.rule_base.plan(option)
        for rule, drug in plan.closing:
            if (rule.iri, drug) not in self._closures:
                self._closures[rule.iri, drug] = self._closed(rule, drug)
            yield self._closures[rule.iri, drug]
        for guidance in plan.deciding:
            if guidance.iri not in self._decisions:
                self._decisions[guidance.iri] = self._decided(guidance, self.fired.fires(guidance))
            later = self.rule_base.lifted_by.get((guidance.iri, option.iri), ())
            yield self._unless(self._decisions[guidance.iri], later) if later else self._decisions[guidance.iri]
        for guidance in plan.picking:
            name = str(guidance.for_drugs_of)
            yield self._decided(guidance, self._picked(self.fired.fires(guidance), name, option))

    def closes(self, rule: Guidance, drug: str) -> B:
        """Return whether a rule certainly closes what contains a drug."""
        return self.fired.speaks(rule) & self.bit(CERTAIN, str(rule.closed_by), drug)

    def _closed(self, rule: Guidance, drug: str) -> Outcome[B]:
        """Return whether a rule closes what contains a drug, or what is not known of the drug."""
        name, speaks, missing = str(rule.closed_by), self.fired.speaks(rule), ~self.bit(GIVEN)
        gift = self.rule_base.effects.closing[rule.effect]
        certain, possible = self.bit(CERTAIN, name, drug), self.bit(POSSIBLE, name, drug)
        gives: list[tuple[str, str | None, B]] = [(gift.status, gift.yields_to, speaks & certain)]
        if gift.possibly:
            gives.append((gift.possibly, gift.yields_to, speaks & (missing | possible)))
        needs = [
            merge(self.algebra, [{self.rule_base.paths[name]: missing}], speaks),
            merge(self.algebra, [self.fired.asked(name, drug)], speaks & possible),
            merge(self.algebra, [self.fired.unstated(name, drug)], speaks & ~(certain | possible)),
        ]
        return Outcome(rule, drug, gives, [(gift.status, merge(self.algebra, needs))])

    def _unless(self, outcome: Outcome[B], later: Iterable[Guidance]) -> Outcome[B]:
        """Return an outcome without what later guidance lifts."""
        left = ~self._lifted(later)
        gives = [(status, yields_to, bit & left) for status, yields_to, bit in outcome.gives]
        asks = [(could, merge(self.algebra, [needs], left)) for could, needs in outcome.asks]
        waits = merge(self.algebra, (self.fired.fires(one).needs for one in later), left)
        given = self.algebra.any(bit for _, _, bit in gives)
        return Outcome(outcome.rule, outcome.drug, gives, [*asks, (None, merge(self.algebra, [waits], given))])

    def _lifted(self, later: Iterable[Guidance]) -> B:
        """Return whether any of some guidance holds and speaks."""
        return self.algebra.any(self.fired.fires(one).yes & self.fired.speaks(one) for one in later)

    def _decided(self, guidance: Guidance, fired: Verdicts[B]) -> Outcome[B]:
        """Return the status that guidance gives where it fires, or what it waits for."""
        speaks, algebra = self.fired.speaks(guidance), self.algebra
        gift: Gift = self.rule_base.effects.deciding[guidance.effect]
        if guidance.effect == REQUIRING:
            fired = self._unmet(guidance, fired)
        waits = merge(algebra, [fired.needs], speaks) if gift.status != self.rule_base.statuses[-1] else {}
        perhaps = merge(algebra, [self.fired.perhaps_silent(guidance)], speaks & fired.yes)
        gives: list[tuple[str, str | None, B]] = [(gift.status, gift.yields_to, speaks & fired.yes)]
        return Outcome(guidance, "", gives, [(gift.status, waits), (None, perhaps)])

    def _picked(self, fired: Verdicts[B], name: str, option: Option) -> Verdicts[B]:
        """Return whether guidance holds and picks an option by a property that one of its drugs has."""
        missing = ~self.bit(GIVEN)
        drugs = [drug for drug in option.components if drug in self.rule_base.drugs]
        hit = self.algebra.any(self.bit(CERTAIN, name, drug) for drug in drugs)
        maybe = self.algebra.any(self.bit(POSSIBLE, name, drug) for drug in drugs) & ~hit
        no = fired.no | ~(missing | hit | maybe)
        asked = [
            merge(self.algebra, [self.fired.asked(name, drug)], maybe & self.bit(POSSIBLE, name, drug))
            for drug in drugs
        ]
        needs = [fired.needs, {self.rule_base.paths[name]: missing}, *asked]
        return Verdicts(fired.yes & hit, no, merge(self.algebra, needs, ~no))

    def _unmet(self, guidance: Guidance, fired: Verdicts[B]) -> Verdicts[B]:
        """Return whether guidance fires and an only-if condition is known to be unmet."""
        met = self.fired.every(guidance.only_if)
        needs = merge(self.algebra, [fired.needs, merge(self.algebra, [met.needs], fired.yes)])
        return Verdicts(fired.yes & met.no, fired.no | (fired.yes & met.yes), needs)


def retreatments(rule_base: RuleBase) -> list[Option]:
    """Return the options of giving a drug again, one for every drug that is offered so."""
    offers = rule_base.by_effect.get(OFFERING, [])
    spared = {name for guidance in offers for name in guidance.except_for}
    drugs = sorted(rule_base.drugs) if offers else []
    return [rule_base.retreatment(drug) for drug in drugs if not spared & set(rule_base.drugs[drug])]
