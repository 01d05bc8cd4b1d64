"""The rule base: what a derivation needs to know of a graph, from the cache where the graph has not changed.

Evidence is not part of it, so that it grows with the rules and never with the number of results.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from rrmm.graph.files import GraphFiles
from rrmm.graph.overlays import compare
from rrmm.graph.store import Asked, Store
from rrmm.iris import ID, RRMM, local_name
from rrmm.logic.conditions import Condition, Conditions, State, Verdict
from rrmm.rules import reader
from rrmm.rules.citing import CitedGuidance
from rrmm.rules.effects import OFFERING, HighRiskEvidence, PrintedEvidence
from rrmm.rules.model import (
    AbnormalityEvidence,
    Gap,
    Guidance,
    Key,
    Option,
    Plan,
    Reading,
    Unit,
)
from rrmm.rules.plan import build_plan

if TYPE_CHECKING:
    from rrmm.rules.rows import Tables

CACHE = "rules.marshal"
PORTABLE = 4
"""The form of a table of plain values that every supported Python reads."""
RETREATMENT = RRMM + "Retreatment"
TREATMENT_OPTION = RRMM + "TreatmentOption"


class RuleBase(CitedGuidance):
    """The guidance, options, states and keys of one graph, as records; each is read from its table when first used."""

    def __init__(self, tables: Tables, files: GraphFiles | None = None) -> None:
        super().__init__(tables)
        self.files = files
        self.kept: dict[str, Any] = {}
        self._parts: dict[str, dict[str, str]] = {}
        self.silenced: frozenset[str] = frozenset()
        self._plans: dict[str, Plan] = {}

    @classmethod
    def of(cls, knowledge: GraphFiles, store: Asked | None = None) -> RuleBase:
        """Return the rule base of a graph: from the cache, or by queries to `store` where one is given."""
        own = {one.thing: one.file for one in compare(knowledge.whole) if one.own}
        if store is None and (cached := knowledge.artefact(CACHE)):
            tables = cast("Tables", marshal.loads(cached))  # noqa: S302 - of the user's own cache
            return cls({**tables, "own": own}, knowledge)
        from rrmm.rules.tables import build_tables

        tables = build_tables(knowledge.root, store or Store(knowledge.snapshot))
        if store is None:
            knowledge.keep(CACHE, marshal.dumps(cast(Any, tables), PORTABLE))
        return cls({**tables, "own": own}, None if store is not None else knowledge)

    def __getstate__(self) -> dict[str, object]:
        """Return what another process needs for the same rule base; it reads the records anew."""
        return {**vars(RuleBase(self._tables)), "silenced": self.silenced}

    def without(self, guidance: Iterable[str]) -> RuleBase:
        """Return the rule base with some guidance, by IRI, silenced in derivations; both share what is kept."""
        other = RuleBase(self._tables, self.files)
        other.kept, other.silenced = self.kept, frozenset(guidance)
        return other

    # -- the graph as a whole

    @property
    def version(self) -> str:
        """The version of the graph."""
        return self.sources[0].version

    @cached_property
    def readings(self) -> dict[str, Reading]:
        """Reading IRI → reading."""
        return {iri: Reading(iri, row["label"], row["text"]) for iri, row in self._tables["readings"].items()}

    @cached_property
    def members(self) -> dict[str, frozenset[str]]:
        """Class → its instances."""
        return {name: frozenset(things) for name, things in self._tables["members"].items()}

    @property
    def drugs(self) -> Mapping[str, list[str]]:
        """Drug IRI → its classes."""
        return self._tables["drugs"]

    def members_of(self, class_iri: str) -> frozenset[str]:
        """Return the drugs of a class of drugs; none for anything else."""
        return self._drugs_of_class.get(class_iri, frozenset())

    @cached_property
    def _drugs_of_class(self) -> dict[str, frozenset[str]]:
        classes = {name for names in self.drugs.values() for name in names}
        return {name: frozenset(drug for drug, names in self.drugs.items() if name in names) for name in classes}

    @property
    def drug_classes(self) -> Iterable[str]:
        """The classes of drugs. Each stands for a drug of it that is not known."""
        return self._drugs_of_class.keys()

    def names(self, class_iri: str) -> Mapping[str, str]:
        """Return folded label, alias, CURIE or IRI → thing, for the instances of a class."""
        return self._tables["names"][class_iri]

    # -- the patient file

    @cached_property
    def keys(self) -> dict[str, Key]:
        """Key path → key, prior treatments' keys below ``prior_drugs.``, in the schema's order."""
        return {key.path: key for key in map(reader.read_key, self._tables["keys"])}

    @cached_property
    def units(self) -> dict[str, list[Unit]]:
        """Property → the further units in which its measure can be given."""
        units: dict[str, list[Unit]] = {}
        for row in self._tables["units"]:
            unit = Unit(row["unit"], tuple(row["spellings"]), row["multiplier"], row["divisor"])
            units.setdefault(row["property"], []).append(unit)
        return units

    @cached_property
    def one_of(self) -> dict[str, frozenset[str]]:
        """Word that says one of a class without saying which → the members of the class."""
        return {thing: self.members[name] for thing, name in self._tables["one_of"].items()}

    @property
    def regions(self) -> Mapping[str, str]:
        """Code or name of a country → its code, ISO 3166-1 alpha-2."""
        return self._tables["regions"]

    @cached_property
    def backbone(self) -> frozenset[str]:
        """The drugs that accompany others: of a backbone class."""
        classes = set(self._tables["backbone"])
        return frozenset(drug for drug, names in self.drugs.items() if classes & set(names))

    @cached_property
    def key_of(self) -> dict[str, Key]:
        """Property → key."""
        return {key.property: key for key in self.keys.values()}

    @cached_property
    def defaulting(self) -> dict[str, list[Key]]:
        """Bearer → its keys that have a default, which may be that there is none."""
        keys = [key for key in self.keys.values() if key.default or key.assumed or key.default_none]
        return {bearer: [key for key in keys if key.bearer == bearer] for bearer in ("Patient", "PriorTreatment")}

    @cached_property
    def heads(self) -> dict[str, set[str]]:
        """The beginning of key paths, empty or up to a dot → what can follow it up to the next dot."""
        heads: dict[str, set[str]] = {"": set()}
        for path in self.keys:
            names = path.split(".")
            for depth, name in enumerate(names):
                heads.setdefault("".join(f"{above}." for above in names[:depth]), set()).add(name)
        return heads

    @cached_property
    def paths(self) -> dict[str, str]:
        """Property → the path of its key in the patient file; what is lifted from prior drugs stands under them."""
        paths = {key.property: key.path for key in self.keys.values()}
        paths |= {key.ruled_out: key.path for key in self.keys.values() if key.ruled_out}
        return paths | dict.fromkeys((str(state.yields) for state in self.lifted), "prior_drugs")

    # -- states

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """Key → condition."""
        return {condition.key: condition for condition in map(reader.read_condition, self._tables["conditions"])}

    @cached_property
    def sieve(self) -> Conditions:
        """The conditions as bits, for the evaluation of one subject after another."""
        return Conditions(self.conditions, self.paths)

    @cached_property
    def states(self) -> dict[str, State]:
        """IRI → state, the states of prior treatments included."""
        return reader.read_states(self._tables)

    @cached_property
    def lifted(self) -> list[State]:
        """The states of prior treatments that yield a property of the patient."""
        return [state for state in self.states.values() if state.yields]

    @cached_property
    def lifting(self) -> list[str]:
        """The properties of a patient that prior treatments yield."""
        return [str(state.yields) for state in self.lifted]

    @cached_property
    def contradictory(self) -> list[State]:
        """The states that hold only where a file contradicts itself."""
        return [state for state in self.states.values() if state.contradiction]

    @cached_property
    def asked_states(self) -> frozenset[str]:
        """The states that guidance applies to or requires, and the patterns of the disease."""
        asked = {iri for guidance in self.guidance for iri in (*guidance.applies_to, *guidance.only_if)}
        return frozenset(asked | {iri for iri, state in self.states.items() if state.pattern})

    @cached_property
    def implausible(self) -> list[State]:
        """The states that a file is warned of."""
        return [state for state in self.states.values() if state.warning]

    @cached_property
    def verdicts_without_facts(self) -> dict[str, dict[str, Verdict]]:
        """Bearer → its states with their verdicts where nothing is known."""
        verdicts: dict[str, dict[str, Verdict]] = {key.bearer: {} for key in self.keys.values()}
        for state in self.states.values():
            verdicts.setdefault(state.bearer, {})[state.iri] = self.sieve.verdict_without_facts(state)
        return verdicts

    @cached_property
    def resting_on(self) -> dict[tuple[str, str], list[State]]:
        """Bearer and property → the states that rest on it."""
        states: dict[tuple[str, str], list[State]] = {}
        for state in self.states.values():
            for name in self.sieve.properties(state):
                states.setdefault((state.bearer, name), []).append(state)
        return states

    # -- options

    @cached_property
    def options(self) -> list[Option]:
        """The treatment options, in the order of the graph."""
        return [reader.read_option(row) for row in self._tables["options"]]

    @cached_property
    def label_of_option(self) -> dict[str, str]:
        """Option IRI → label."""
        return {option.iri: option.label for option in self.options}

    @cached_property
    def high_risk(self) -> dict[str, HighRiskEvidence]:
        """Option IRI → what the source says on it in high-risk disease; the first guidance that speaks counts."""
        words: dict[str, HighRiskEvidence] = {}
        for guidance in self.on_high_risk:
            for option in guidance.options:
                if guidance.high_risk and guidance.iri not in self.silenced:
                    words.setdefault(option, guidance.high_risk)
        return words

    @cached_property
    def abnormality_evidence(self) -> dict[tuple[str, str], AbnormalityEvidence]:
        """Option and abnormality → what is printed of it there; where there is none, nothing is."""
        return {
            (row["option"], row["abnormality"]): AbnormalityEvidence(
                row["iri"], row["label"], cast(PrintedEvidence, row["printed"]), tuple(row["passages"])
            )
            for row in self._tables["abnormality_evidence"]
        }

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """What each source does not cover."""
        return tuple(
            Gap(row["topic"], local_name(row["subject"]), row["source"], row["text"], frozenset(row["about"]))
            for row in self._tables["gaps"]
        )

    def retreatment(self, drug: str) -> Option:
        """Return the option of giving a drug again."""
        label = self.label(drug)
        classes = {drug: frozenset(self.drugs[drug])}
        iri = f"{ID}regimen/retreatment-{local_name(drug)}"
        return Option(iri, f"retreatment: {label}", "retreatment", frozenset({RETREATMENT}), (), {drug: label}, classes)

    def named_options(self, guidance: Guidance) -> tuple[str, ...]:
        """Return the labels of the options that guidance is about; none where it is about all."""
        if len(guidance.options) == len(self.options):
            return ()
        return tuple(self.label_of_option[iri] for iri in guidance.options)

    def guidance_on(self, option: Option) -> list[Guidance]:
        """Return the guidance that targets an option: itself, its kind, its drugs or their classes."""
        if option.kind != "retreatment":
            return self.by_option.get(option.iri, [])
        drugs = {drug for components in option.classes.values() for drug in components} | set(option.components)
        wanted = drugs | option.kinds | {option.iri, TREATMENT_OPTION}
        return [guidance for guidance in self.guidance if wanted & set(guidance.targets)]

    @cached_property
    def spared(self) -> frozenset[str]:
        """The classes of drugs that are never offered again by themselves."""
        offers = (guidance for guidance in self.by_effect.get(OFFERING, ()) if guidance.iri not in self.silenced)
        return frozenset(name for guidance in offers for name in guidance.except_for)

    def drugs_and_classes(self, option: Option) -> dict[str, str]:
        """Return the drugs of an option, then their classes, by IRI with labels; of spared classes nothing."""
        if option.iri not in self._parts:
            self._parts[option.iri] = self._read_parts(option)
        return self._parts[option.iri]

    def _read_parts(self, option: Option) -> dict[str, str]:
        drugs = {drug: label for drug, label in option.components.items() if not option.classes[drug] & self.spared}
        classes = sorted({name for drug in drugs for name in option.classes[drug]} - {RRMM + "Drug"}, key=self.label)
        return drugs | {name: self.label(name) for name in classes}

    def favouring(self, option: Option) -> list[Guidance]:
        """Return the statements in favour of an option or of its kind, each once, ordered by IRI."""
        kinds = (option.iri, *option.kinds)
        statements = {one.iri: one for kind in kinds for one in self.by_favoured.get(kind, ())}
        return [statements[iri] for iri in sorted(statements)]

    def plan(self, option: Option) -> Plan:
        """Return the guidance on an option, sorted by what it does."""
        if option.iri not in self._plans:
            self._plans[option.iri] = build_plan(option, self.guidance_on(option), self.effects, self.drugs)
        return self._plans[option.iri]
