"""The knowledge that a derivation needs, as typed tables, from the cache where it has them.

Evidence is not among them, so they grow with the rules and never with the number of results.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Asked, Store
from rrmm.iris import ID, RRMM, local_name
from rrmm.logic.conditions import Condition, Conditions, State, Verdict
from rrmm.logic.dnf import DNF
from rrmm.rules.effects import ASKING, Effects
from rrmm.rules.model import Guidance, Key, Option, Plan

RETREATMENT = RRMM + "Retreatment"
TREATMENT_OPTION = RRMM + "TreatmentOption"


class RuleBase:
    """The tables of one graph."""

    def __init__(self, raw: Mapping[str, Any], files: GraphFiles | None = None) -> None:
        self.raw, self.files = raw, files
        self.kept: dict[str, Any] = {}
        self.silenced: frozenset[str] = frozenset()
        self._plans: dict[str, Plan] = {}
        self._reasons: dict[str, dict[str, Any]] = {}
        self._cautions: dict[tuple[str, str], dict[str, Any]] = {}
        self._sources: dict[tuple[str, ...], dict[str, Any]] = {}

    @classmethod
    def of(cls, knowledge: GraphFiles, store: Asked | None = None) -> RuleBase:
        """Return the tables of a graph, from the cache where it has them; those of a `store` are always asked for."""
        from rrmm.rules.tables import tables

        if store is not None:
            return cls(tables(knowledge.root, store))
        if cached := knowledge.artefact("tables.json"):
            return cls(json.loads(cached.read_bytes()), knowledge)
        raw = tables(knowledge.root, Store(knowledge.snapshot))
        knowledge.keep("tables.json", json.dumps(raw, ensure_ascii=False).encode())
        return cls(raw, knowledge)

    def without(self, rules: Iterable[str]) -> RuleBase:
        """Return the same tables with some guidance silenced in derivations; both share what is kept."""
        other = RuleBase(self.raw, self.files)
        other.kept, other.silenced = self.kept, frozenset(rules)
        return other

    @cached_property
    def keys(self) -> dict[str, Key]:
        """Key path → key, prior treatments' keys below ``prior_drugs.``, in the schema's order."""
        found = {}
        for row in self.raw["keys"]:
            nested = local_name(row["bearer"]) == "PriorTreatment"
            path = f"prior_drugs.{row['key']}" if nested else row["key"]
            found[path] = Key(
                row["property"],
                path,
                row["kind"],
                local_name(row["bearer"]),
                row["label"],
                row["definition"],
                row.get("class"),
                row.get("minimum"),
                row.get("maximum"),
                row.get("unit"),
                bool(row.get("other")),
                row.get("default"),
                row.get("true"),
                row.get("false"),
                bool(row.get("none")),
                row.get("unknown_below"),
                row.get("assumed"),
            )
        return found

    @cached_property
    def key_of(self) -> dict[str, Key]:
        """Property → key."""
        return {key.property: key for key in self.keys.values()}

    @cached_property
    def defaulting(self) -> dict[str, list[Key]]:
        """Bearer → its keys that have a value, or none, where a patient file does not say."""
        keys = [key for key in self.keys.values() if key.default or key.assumed or key.default_none]
        return {bearer: [key for key in keys if key.bearer == bearer] for bearer in ("Patient", "PriorTreatment")}

    @cached_property
    def heads(self) -> dict[str, set[str]]:
        """The beginning of key paths, empty or up to a dot → what can follow it up to the next dot."""
        found: dict[str, set[str]] = {"": set()}
        for path in self.keys:
            names = path.split(".")
            for depth, name in enumerate(names):
                found.setdefault("".join(f"{above}." for above in names[:depth]), set()).add(name)
        return found

    @cached_property
    def paths(self) -> dict[str, str]:
        """Property → the path of its key in the patient file; what is lifted from prior drugs stands under them."""
        found = {key.property: key.path for key in self.keys.values()}
        return found | dict.fromkeys((str(state.yields) for state in self.lifted), "prior_drugs")

    @cached_property
    def members(self) -> dict[str, frozenset[str]]:
        """Class → its instances."""
        return {name: frozenset(things) for name, things in self.raw["members"].items()}

    def names(self, class_iri: str) -> Mapping[str, str]:
        """Return folded label, alias, CURIE or IRI → thing, for the instances of a class."""
        names: Mapping[str, str] = self.raw["names"][class_iri]
        return names

    def label(self, iri: str) -> str:
        """Return the label of a thing, or its local name."""
        return str(self.raw["labels"].get(iri) or local_name(iri))

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """Key → condition."""
        return {row[0]: Condition(row[0], row[1], frozenset(row[2]), *row[3:]) for row in self.raw["conditions"]}

    @cached_property
    def sieve(self) -> Conditions:
        """The conditions as bits, for the evaluation of one subject after another."""
        return Conditions(self.conditions, self.paths)

    @cached_property
    def states(self) -> dict[str, State]:
        """IRI → state, the states of prior treatments included."""
        literals = [(row[0], sign) for row in self.raw["conditions"] for sign in (True, False)]

        def unpacked(sets: list[list[int]]) -> DNF:
            return frozenset(frozenset(map(literals.__getitem__, one)) for one in sets)

        return {
            row["iri"]: State(
                row["iri"],
                row["label"],
                row["bearer"],
                row["yields"],
                unpacked(row["yes"]),
                unpacked(row["no"]),
                tuple(row["readings"]),
                tuple(row["based_on"]),
                row["course"],
                row["pattern"],
                row["contradiction"],
                row["of_last_line"],
            )
            for row in self.raw["states"]
        }

    @cached_property
    def lifted(self) -> list[State]:
        """The states of prior treatments that say something of the patient."""
        return [state for state in self.states.values() if state.yields]

    @cached_property
    def lifting(self) -> list[str]:
        """The properties of a patient that prior treatments yield."""
        return [str(state.yields) for state in self.lifted]

    @cached_property
    def contradictory(self) -> list[State]:
        """The states in which no consistent file has a subject."""
        return [state for state in self.states.values() if state.contradiction]

    @cached_property
    def untold(self) -> dict[str, dict[str, Verdict]]:
        """Bearer → its states with their verdicts where nothing is known."""
        found: dict[str, dict[str, Verdict]] = {key.bearer: {} for key in self.keys.values()}
        for state in self.states.values():
            found.setdefault(state.bearer, {})[state.iri] = self.sieve.untold(state)
        return found

    @cached_property
    def resting_on(self) -> dict[tuple[str, str], list[State]]:
        """Bearer and property → the states that rest on it."""
        found: dict[tuple[str, str], list[State]] = {}
        for state in self.states.values():
            for name in self.sieve.properties(state):
                found.setdefault((state.bearer, name), []).append(state)
        return found

    @cached_property
    def guidance(self) -> list[Guidance]:
        """All guidance, ordered by IRI."""
        shared = [tuple(options) for options in self.raw["targeted"]]
        found = []
        for row in self.raw["guidance"]:
            values: dict[str, Any] = {
                name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
            }
            values["options"], values["over_options"] = shared[row["options"]], shared[row["over_options"]]
            found.append(Guidance(**values))
        return found

    @cached_property
    def by_iri(self) -> dict[str, Guidance]:
        """IRI → guidance."""
        return {guidance.iri: guidance for guidance in self.guidance}

    @cached_property
    def by_option(self) -> dict[str, list[Guidance]]:
        """Option IRI → the guidance that targets it."""
        found: dict[str, list[Guidance]] = {}
        for guidance in self.guidance:
            for option in guidance.options:
                found.setdefault(option, []).append(guidance)
        return found

    @cached_property
    def by_effect(self) -> dict[str, list[Guidance]]:
        """Effect → the guidance that has it."""
        found: dict[str, list[Guidance]] = {}
        for guidance in self.guidance:
            found.setdefault(guidance.effect, []).append(guidance)
        return found

    @cached_property
    def effects(self) -> Effects:
        """What each effect does."""
        return Effects.of(self.raw["effects"])

    @cached_property
    def statuses(self) -> tuple[str, ...]:
        """The statuses of an option, the strongest first."""
        return tuple(self.raw["statuses"])

    @cached_property
    def closing_by(self) -> frozenset[str]:
        """The properties of prior drugs by which guidance closes options."""
        closing = (guidance for guidance in self.guidance if guidance.effect in self.effects.closing)
        return frozenset(str(guidance.closed_by) for guidance in closing)

    @cached_property
    def remarking(self) -> list[Guidance]:
        """The guidance that is a remark, in the order of all guidance."""
        return [guidance for guidance in self.guidance if guidance.effect in self.effects.remarks]

    @cached_property
    def conflicting(self) -> list[tuple[Guidance, Guidance]]:
        """The pairs of guidance that conflict, as the one that comes first says it."""
        rules = {guidance.iri: guidance for guidance in self.guidance}
        pairs = ((one, rules[iri]) for one in self.guidance for iri in one.conflicts_with if iri in rules)
        return [(one, other) for one, other in pairs if one.iri < other.iri]

    @cached_property
    def superseding(self) -> list[Guidance]:
        """The guidance that supersedes other guidance."""
        return [guidance for guidance in self.guidance if guidance.supersedes]

    @cached_property
    def on_high_risk(self) -> list[Guidance]:
        """The guidance that says how a regimen does in high-risk disease."""
        return [guidance for guidance in self.guidance if guidance.high_risk]

    def named_options(self, guidance: Guidance) -> list[str]:
        """Return the labels of the options that guidance is about; none where it is about all."""
        if len(guidance.options) == len(self.options):
            return []
        return [self.label_of_option[iri] for iri in guidance.options]

    @cached_property
    def label_of_option(self) -> dict[str, str]:
        """Option IRI → label."""
        return {option.iri: option.label for option in self.options}

    @cached_property
    def high_risk(self) -> dict[str, str]:
        """Option IRI → what the source says on it in high-risk disease."""
        heard = (guidance for guidance in self.on_high_risk if guidance.iri not in self.silenced)
        said = [(option, str(guidance.high_risk)) for guidance in heard for option in guidance.options]
        return {option: self.label(word) for option, word in reversed(said)}

    @cached_property
    def options(self) -> list[Option]:
        """The treatment options, in the order of the graph."""
        return [
            Option(
                row["iri"],
                row["label"],
                "procedure" if RRMM + "Procedure" in row["kinds"] else "regimen",
                frozenset(row["kinds"]),
                tuple(row["passages"]),
                row["components"],
                {component: frozenset(classes) for component, classes in row["classes"].items()},
            )
            for row in self.raw["options"]
        ]

    def retreatment(self, drug: str) -> Option:
        """Return the option of giving a drug again."""
        label = self.label(drug)
        classes = {drug: frozenset(self.raw["drugs"][drug])}
        iri = f"{ID}regimen/retreatment-{local_name(drug)}"
        return Option(iri, f"retreatment: {label}", "retreatment", frozenset({RETREATMENT}), (), {drug: label}, classes)

    def guidance_on(self, option: Option) -> list[Guidance]:
        """Return the guidance that targets an option: itself, its kind, its drugs or their classes."""
        if option.kind != "retreatment":
            return self.by_option.get(option.iri, [])
        drugs = {drug for components in option.classes.values() for drug in components} | set(option.components)
        wanted = drugs | option.kinds | {option.iri, TREATMENT_OPTION}
        return [guidance for guidance in self.guidance if wanted & set(guidance.targets)]

    def plan(self, option: Option) -> Plan:
        """Return the guidance on an option, sorted by what it does."""
        if option.iri not in self._plans:
            on = self.guidance_on(option)
            decisive = [one for one in on if one.effect in self.effects.deciding or one.effect == ASKING]
            deciding = tuple(one for one in decisive if not one.for_drugs_of)
            self._plans[option.iri] = Plan(
                tuple(
                    (one, drug)
                    for one in on
                    if one.effect in self.effects.closing
                    for drug in self._closing(one, option)
                ),
                deciding,
                tuple(one for one in decisive if one.for_drugs_of),
                tuple((one, self._agent(one, option)) for one in on if one.effect in self.effects.cautions),
            )
        return self._plans[option.iri]

    def _closing(self, rule: Guidance, option: Option) -> tuple[str, ...]:
        exempt, drugs = set(rule.except_for), self.raw["drugs"]
        return tuple(drug for drug, classes in option.classes.items() if drug in drugs and not classes & exempt)

    def _agent(self, guidance: Guidance, option: Option) -> str:
        targets = set(guidance.targets)
        hit = [drug for drug, classes in option.classes.items() if drug in targets or classes & targets]
        return ", ".join(option.components[drug] for drug in hit) or option.label

    def reason(self, guidance: Guidance) -> Mapping[str, Any]:
        """Return the reason that guidance gives, without the facts it matched."""
        if guidance.iri not in self._reasons:
            self._reasons[guidance.iri] = {
                "rule": guidance.iri,
                "label": guidance.label,
                "modality": "none" if guidance.modality == "NoModal" else guidance.modality.lower(),
                "reading": guidance.reading,
                "facts": [],
                "source": self.source(guidance.passages),
            }
        return self._reasons[guidance.iri]

    def caution(self, guidance: Guidance, agent: str) -> dict[str, Any]:
        """Return the caution that guidance gives for an agent, without the facts it matched."""
        if (guidance.iri, agent) not in self._cautions:
            self._cautions[guidance.iri, agent] = {
                "kind": self.effects.cautions[guidance.effect],
                "agent": agent,
                "concern": ", ".join(map(self.label, guidance.concerns)) or None,
                "trigger": guidance.trigger,
                "text": guidance.text,
                "because": self.reason(guidance),
            }
        return self._cautions[guidance.iri, agent]

    def criterion_source(self, state: State) -> dict[str, Any]:
        """Return the source of the criteria that a state is based on."""
        return self.source(tuple(p for criterion in state.based_on for p in self.raw["criteria"].get(criterion, ())))

    def source(self, passages: tuple[str, ...]) -> dict[str, Any]:
        """Return section, citations and spans of passages, as a report's SOURCE."""
        if passages not in self._sources:
            found = [self.raw["passages"][passage] for passage in passages if passage in self.raw["passages"]]
            self._sources[passages] = {
                "section": "; ".join(dict.fromkeys(entry["section"] for entry in found)),
                "citations": sorted({number for entry in found for number in entry["citations"]}),
                "spans": [span for entry in found for span in entry["spans"]],
            }
        return self._sources[passages]
