"""From fired guidance to the status of every option.

The step is one for all engines. It knows kinds of guidance (recommend, avoid, require, …), never a
drug, a regimen or a threshold.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from oracle.effects import ASKING, CLOSING, DECIDING, OFFERING, REQUIRING, STATUSES
from oracle.guidance import Advice, Answer
from oracle.history import Engine
from rrmm.logic.conditions import Verdict
from rrmm.patient.resolve import Patient
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import Status
from rrmm.rules.model import Guidance, Option, Reason

SUPPORTED = (None, "option")
NO_NEEDS: frozenset[str] = frozenset()


class Outcome(NamedTuple):
    """What one guidance says of an option: a status with its reason, and the facts that could give it another.

    `could` is the status that these facts could give; without it they matter whatever the status is.
    """

    status: str | None = None
    reason: Reason | None = None
    needs: frozenset[str] = NO_NEEDS
    could: str | None = None

    def asks(self, status: str) -> bool:
        """Return whether its facts could turn a status: only a stronger one does."""
        return self.could is None or RANKS[self.could] < RANKS[status]


SAYS_NOTHING = Outcome()
RANKS: dict[str, int] = {
    **{status: rank for rank, status in enumerate(STATUSES)},
    "discouraged": STATUSES.index("not_recommended"),
}


class Derivation(Advice):
    """The derivation for one patient over one graph's tables."""

    def __init__(self, rule_base: RuleBase, patient: Patient, engine: Engine | None = None) -> None:
        super().__init__(rule_base, patient, engine)
        self._closures: dict[tuple[str, str], Outcome] = {}
        self._decisions: dict[str, Outcome] = {}
        self._touched = self._touching()

    def _touching(self) -> frozenset[str | float] | None:
        """Return the drugs by which an option may be closed; None where that may be any."""
        known = [self.facts.get(name) for name in self.rule_base.closing_by]
        told = [drugs for values in known if values for drugs in (values.certain, values.possible)]
        return frozenset().union(*told, (drug for _, drug in self.unstated)) if all(known) else None

    def answers(self) -> list[Answer]:
        """Return an answer for every option of the graph, then for each prior drug given again."""
        return [self.answer(option) for option in [*self.rule_base.options, *self._again()]]

    def _again(self) -> list[Option]:
        offers = self.rule_base.by_effect.get(OFFERING, [])
        drugs = dict.fromkeys(treatment.drug for treatment, _ in self.courses)
        spared = {name for guidance in offers for name in guidance.except_for}
        return [self.rule_base.retreatment(d) for d in drugs if offers and not spared & set(self.rule_base.drugs[d])]

    def answer(self, option: Option) -> Answer:
        """Return status, reasons, needs and cautions of one option."""
        found: defaultdict[str, list[Reason]] = defaultdict(list)
        outcomes = self._outcomes(option)
        for outcome in outcomes:
            if outcome.status and outcome.reason:
                found[outcome.status].append(outcome.reason)
        if "discouraged" in found and not ("recommended" in found and option.kind == "regimen"):
            found["not_recommended"] += found["discouraged"]
        status: Status = next((name for name in STATUSES if name in found), "option")
        because = found[status] or [self._named(option)]
        needs: set[str] = set()
        if status != "excluded":
            needs.update(*(one.needs for one in outcomes if one.needs and one.asks(status)))
        return Answer(option, status, because, sorted(needs), self.cautions(option), found)

    def _named(self, option: Option) -> Reason:
        """Return the reason of an option of which no guidance says more: the source names it."""
        label, address = (
            "named by the source, which says nothing against it here",
            self.rule_base.address(option.passages),
        )
        return Reason(option.iri, label, source=address)

    def _outcomes(self, option: Option) -> list[Outcome]:
        """Return what each guidance on an option says of it, but for what says nothing.

        What supports an option counts where nothing turns its status; else only what may silence it does.
        """
        plan = self.rule_base.plan(option)
        closures, silent = self._closures, self.silent
        found = []
        for rule, drug in plan.closing:
            if self._touched is not None and drug not in self._touched:
                continue
            of = (rule.iri, drug)
            if (outcome := closures.get(of)) is None:
                outcome = closures[of] = SAYS_NOTHING if rule.iri in silent else self._closed(rule, drug)
            if outcome is not SAYS_NOTHING:
                found.append(outcome)
        found += self._decisions_of([one for one in plan.deciding if DECIDING.get(one.effect) != "option"])
        picked = [self._decided(one, self._picked(one, option)) for one in plan.picking if one.iri not in silent]
        picked = [outcome for outcome in picked if outcome is not SAYS_NOTHING]
        supporting: Iterable[Guidance] = [one for one in plan.deciding if DECIDING.get(one.effect) == "option"]
        if any(outcome.status not in SUPPORTED for outcome in (*found, *picked)):
            supporting = (one for one in supporting if one.iri in self.perhaps_silent)
        return [*found, *self._decisions_of(supporting), *picked]

    def _decisions_of(self, deciding: Iterable[Guidance]) -> list[Outcome]:
        decisions, found = self._decisions, []
        for guidance in deciding:
            iri = guidance.iri
            if (outcome := decisions.get(iri)) is None:
                spoken = SAYS_NOTHING if iri in self.silent else self._decided(guidance, self.fires(guidance))
                outcome = decisions[iri] = spoken
            if outcome is not SAYS_NOTHING:
                found.append(outcome)
        return found

    def _closed(self, rule: Guidance, drug: str) -> Outcome:
        """Return whether a rule closes what contains a drug, or what is not known of the drug."""
        name = str(rule.closed_by)
        values = self.facts.get(name)
        yes, unknown = CLOSING[rule.effect]
        if values is None:
            need = self.rule_base.paths[name]
            said = f"{self.rule_base.label(drug)}: {need} not known"
            return Outcome(unknown, self.reason(rule, [said]), frozenset({need}), yes)
        if drug in values.certain:
            return Outcome(yes, self.reason(rule, [values.facts[drug]]))
        if drug in values.possible:
            reason = self.reason(rule, [f"{self.rule_base.label(drug)}: not known whether it closes this option"])
            return Outcome(unknown, reason, frozenset(self.open_needs[name, drug]), yes)
        needs = self.unstated.get((name, drug))
        return Outcome(needs=frozenset(needs), could=yes) if needs else SAYS_NOTHING

    def _decided(self, guidance: Guidance, fired: Verdict) -> Outcome:
        """Return the status that guidance gives when it fires, or what it waits for."""
        if guidance.effect == ASKING:
            asked = {self.rule_base.paths[str(guidance.asks)]} if fired.holds else set()
            return Outcome(needs=frozenset({*asked, *fired.needs}))
        if guidance.effect == REQUIRING and fired.holds:
            fired = self._unmet(guidance)
        if fired.holds is False:
            return SAYS_NOTHING
        status = DECIDING[guidance.effect]
        needs = frozenset(fired.needs) if fired.needs and status != "option" else NO_NEEDS
        if not fired.holds:
            return Outcome(needs=needs, could=status) if needs else SAYS_NOTHING
        if guidance.iri in self.perhaps_silent:
            needs |= self.perhaps_silent[guidance.iri]
        return Outcome(status, self.reason(guidance, fired.facts), needs)

    def _picked(self, guidance: Guidance, option: Option) -> Verdict:
        """Return whether guidance holds for this patient and picks this option by one of its drugs."""
        fired = self.fires(guidance)
        if fired.holds is False:
            return fired
        values = self.facts.get(str(guidance.for_drugs_of))
        if values is None:
            return Verdict(None, needs=(*fired.needs, self.rule_base.paths[str(guidance.for_drugs_of)]))
        drugs = set(option.components)
        if hit := drugs & values.certain:
            facts = tuple(values.facts[drug] for drug in sorted(hit))
            return Verdict(fired.holds, (*fired.facts, *facts), fired.needs)
        if maybe := drugs & values.possible:
            asked = {need for drug in maybe for need in self.open_needs[str(guidance.for_drugs_of), str(drug)]}
            return Verdict(None, needs=tuple(sorted({*fired.needs, *asked})))
        return Verdict(False)

    def _unmet(self, guidance: Guidance) -> Verdict:
        """Return whether an only-if condition is known to be unmet."""
        verdicts = [(self.rule_base.states[iri], self.verdicts[iri]) for iri in guidance.only_if]
        unmet = [verdict for _, verdict in verdicts if verdict.holds is False]
        if unmet:
            return Verdict(True, tuple(fact for verdict in unmet for fact in verdict.facts))
        unknown = {need for pair in verdicts if pair[1].holds is None for need in self.needs_of(*pair)}
        return Verdict(None if unknown else False, needs=tuple(sorted(unknown)))
