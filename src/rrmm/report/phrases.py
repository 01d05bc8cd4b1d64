"""Facts, needs and findings of one report in the words of people, by the labels and questions of the graph."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rrmm.catalogue.comparisons import Comparison, Direction
from rrmm.derivation.details import ApprovalAnswer
from rrmm.report.model import OptionAnswer, ReportRecord
from rrmm.report.wording import Group
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import NAMED, Truth, name_status
from rrmm.rules.model import Guidance, Reason, enumerate_words

OF_DRUG = re.compile(r"prior_drugs\[([^\],]*)(?:, line \d+)?\](?:\.(\w+))?")
UNITS = {"a": "", "mo": "months", "d": "days"}
COMPARED: dict[Direction, str] = {
    "favours": "favoured over",
    "no_difference": "no different from",
    "disfavours": "behind",
}
ORDER = tuple(COMPARED)
NOT_STATED = "not stated"
CHECK_LABEL = "check the current label"


def name_unit(unit: str) -> str:
    """Return a unit of UCUM as people write it.

    >>> name_unit("mL/min/{1.73_m2}"), name_unit("mo")
    ('mL/min/1.73 m²', 'months')
    """
    return UNITS.get(unit, re.sub(r"[{}]", "", unit).replace("_", " ").replace("m2", "m²"))


def name_decision(approval: ApprovalAnswer, *, check: bool = True) -> str:
    """Return what a regulator decided, where, and when as printed; what is not approved asks for the current label."""
    place = f" in {approval.jurisdiction}" if approval.jurisdiction else ""
    dated = [approval.as_of] if approval.as_of else []
    asides = [*dated, *([CHECK_LABEL] if check and approval.state == "not_approved" else [])]
    aside = f" ({'; '.join(asides)})" if asides else ""
    return f"{approval.state.replace('_', ' ')}{place}{aside}"


class Phrases:
    """The words of one report."""

    def __init__(self, record: ReportRecord, rule_base: RuleBase) -> None:
        self.record, self.rule_base = record, rule_base
        self.holds: dict[str, Truth] = {state.state: state.holds for state in record.states}
        self.comparisons: dict[str, list[Comparison]] = {}
        for comparison in record.comparisons:
            self.comparisons.setdefault(comparison.regimen, []).append(comparison)

    @property
    def sources(self) -> str:
        """The sources as running text names them."""
        return enumerate_words([source.brief for source in self.rule_base.sources])

    @property
    def any_source(self) -> str:
        """The sources in a sentence that says what none of them does."""
        return " or ".join(source.brief for source in self.rule_base.sources)

    @property
    def named_by(self) -> str:
        """The sources that name an option as recommended."""
        named = [option.because for option in self.record.options if option.status == NAMED]
        reasons = [one for because in named if not self.rule_base.own_file(because) for one in because]
        return self.rule_base.cite(reasons) if reasons else self.rule_base.named_by

    def name_status(self, option: OptionAnswer) -> str:
        """Return the status of an option with what names it: the sources, or the file of a user that alone does."""
        return name_status(option.status, self.rule_base.own_file(option.because) or self.named_by)

    def heading(self, group: Group) -> str:
        """Return the heading of some options, with the sources that name them or call them investigational."""
        if group.status == NAMED:
            return f"Named by {group.file or self.named_by}"
        if group.status == "investigational":
            reasons = [reason for option in group.options for reason in option.because]
            return f"{group.heading} in {self.rule_base.cite(reasons)}"
        return group.heading

    def say(self, facts: Iterable[str]) -> str:
        """Return facts in words, each once; what is not stated is no fact."""
        parts = (part for fact in facts for part in fact.split("; "))
        return ", ".join(dict.fromkeys(filter(None, map(self._fact, parts))))

    def say_one(self, fact: str) -> str:
        """Return one fact in words."""
        return self.say([fact])

    def _fact(self, fact: str) -> str:
        path, _, value = fact.partition(": ")
        value = value.replace("_", " ")
        if value == NOT_STATED:
            return ""
        if drug := OF_DRUG.match(path):
            name = drug[2]
            if name in {"status", None}:
                return f"{drug[1]} {value}".strip()
            return f"{drug[1]} before" if name == "drug" else f"{drug[1]} {self._label(f'prior_drugs.{name}')} {value}"
        key = self.rule_base.keys.get(path)
        if key is None:
            return fact.replace("_", " ")
        if key.kind in {"list", "object"}:
            return value if value != "none" else f"no {key.label}"
        return f"{key.label} {value}" if key.kind != "boolean" else f"{key.label}: {value}"

    def _label(self, path: str) -> str:
        key = self.rule_base.keys.get(path)
        return key.label if key else path.rpartition(".")[2].replace("_", " ")

    def ask(self, needs: Iterable[str]) -> list[str]:
        """Return the questions that would answer needs, each once, the drugs of one question together."""
        drugs: dict[str, dict[str, None]] = {}
        for need in needs:
            question, drug = self.question(need)
            drugs.setdefault(question, {}).update({drug: None} if drug else {})
        return [question.replace("{drug}", enumerate_words(list(names))) for question, names in drugs.items()]

    def question(self, need: str) -> tuple[str, str]:
        """Return the question of a need, with a place for the drug, and the drug that it asks about."""
        of_drug = OF_DRUG.match(need)
        path = f"prior_drugs.{of_drug[2] or 'drug'}" if of_drug else need.partition("[")[0]
        key = self.rule_base.keys.get(path)
        words = key.question if key and key.question else f"What is the {self._label(path)}?"
        return words, of_drug[1] if of_drug else ""

    def settings(self, reasons: Iterable[Reason], wanted: Truth) -> list[str]:
        """Return for each of some statements the states of its setting that hold, fail or are unknown, together."""
        named: dict[str, None] = {}
        for reason in reasons:
            guidance = self.rule_base.by_iri.get(reason.rule)
            states = (*guidance.setting, *guidance.only_if) if guidance else ()
            labels = [self.rule_base.states[iri].label for iri in states]
            if together := enumerate_words([label for label in labels if self.holds.get(label) == wanted]):
                named[together] = None
            if guidance and guidance.undecided and wanted == "unknown":
                named[guidance.undecided] = None
        return list(named)

    def on_high_risk(self, option: OptionAnswer) -> list[Reason]:
        """Return what says how an option does in high-risk disease."""
        rule_base = self.rule_base
        speaking = (one for one in rule_base.on_high_risk if option.option in rule_base.named_options(one))
        return [rule_base.reason(one) for one in speaking]

    def in_words(self, reasons: Iterable[Reason]) -> list[str]:
        """Return the circumstances without a number of some statements."""
        statements = (self.rule_base.by_iri.get(reason.rule) for reason in reasons)
        return list(dict.fromkeys(words for one in statements if one for words in one.setting_in_words))

    def for_whom(self, reasons: Iterable[Reason]) -> str:
        """Return the states of the patient to which some guidance applies."""
        statements: Iterable[Guidance | None] = (self.rule_base.by_iri.get(reason.rule) for reason in reasons)
        states = (self.rule_base.states[iri].label for one in statements if one for iri in one.applies_to)
        return ", ".join(dict.fromkeys(states))

    def compare(self, option: OptionAnswer) -> str:
        """Return what studies of patients like this found of an option; an asterisk marks significance."""
        found: dict[tuple[Direction, str, str], dict[str, bool]] = {}
        for one in self.comparisons.get(option.option, ()):
            if one.population_matches == "yes":
                endpoints = found.setdefault((one.direction, one.trial, one.over), {})
                endpoints[one.endpoint] = endpoints.get(one.endpoint, False) or one.significant == "yes"
        alike: dict[tuple[Direction, str, str], list[str]] = {}
        for (direction, trial, over), endpoints in found.items():
            marked = enumerate_words([f"{name}{'*' * significant}" for name, significant in endpoints.items()])
            alike.setdefault((direction, trial, marked), []).append(over)
        return "; ".join(
            f"{COMPARED[direction]} {enumerate_words(overs)} in {marked} ({trial})"
            for (direction, trial, marked), overs in sorted(alike.items(), key=lambda item: ORDER.index(item[0][0]))
        )
