"""The plan of an option: the guidance on it, sorted by what it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rrmm.rules.effects import ASKING, Effects
from rrmm.rules.model import Guidance, Option, Plan


def build_plan(
    option: Option, guidance: Iterable[Guidance], effects: Effects, drugs: Mapping[str, Iterable[str]]
) -> Plan:
    """Return the plan of an option, from the guidance on it; `drugs` names what is a drug and not a class."""
    rules = list(guidance)
    decisive = [rule for rule in rules if rule.effect in effects.deciding]
    deciding = tuple(rule for rule in decisive if not rule.for_drugs_of)
    closing = [rule for rule in rules if rule.effect in effects.closing]
    return Plan(
        tuple((rule, drug) for rule in closing for drug in _closing_drugs(rule, option, drugs)),
        deciding,
        tuple(rule for rule in decisive if rule.for_drugs_of),
        tuple((rule, _agent(rule, option)) for rule in rules if rule.effect in effects.cautions),
        tuple(rule for rule in rules if rule.effect == ASKING),
    )


def _closing_drugs(rule: Guidance, option: Option, drugs: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the drugs of an option by which a rule closes it: all but those of exempt classes."""
    exempt = set(rule.except_for)
    return tuple(drug for drug, classes in option.classes.items() if drug in drugs and not classes & exempt)


def _agent(rule: Guidance, option: Option) -> str:
    """Return the drugs of an option that a rule targets, or the option."""
    targets = set(rule.targets)
    components = [drug for drug, classes in option.classes.items() if drug in targets or classes & targets]
    return ", ".join(option.components[drug] for drug in components) or option.label
