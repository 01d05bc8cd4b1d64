"""From the words of a patient file to facts; what is not stated stays unknown.

Every word is looked up in the graph. An unknown one is an error that offers the nearest, never ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rrmm.errors import PatientError, close_names, nearest
from rrmm.iris import ID, RRMM
from rrmm.logic.conditions import Values
from rrmm.patient.document import Document
from rrmm.patient.naming import REST_UNKNOWN, lexicon, shown, translate
from rrmm.patient.values import ValueReader, describe
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

DRUGS = "prior_drugs"
BELOW = f"{DRUGS}."
DRUG = RRMM + "treatmentDrug"
LINE = RRMM + "treatmentLine"
PRIOR_LINES = RRMM + "priorLines"
PATIENT_ID = RRMM + "patientId"
OTHER = ID + "other/"


class Treatment(NamedTuple):
    """One prior drug: what the file says of it, as facts; `defaulted` properties are not stated in it.

    `label` names a drug that is not of the graph: one that no source knows, or one of a class.
    """

    drug: str
    facts: dict[str, Values]
    defaulted: frozenset[str]
    label: str | None = None


class Patient(NamedTuple):
    """A patient's facts by property; a property that is missing is unknown.

    `complete` tells whether the treatments are all that there were.
    """

    name: str
    facts: dict[str, Values]
    treatments: list[Treatment] | None
    not_covered: list[str]
    defaulted: frozenset[str]
    where: str
    complete: bool = True


def resolve(document: Document, rule_base: RuleBase, where: str = "patient") -> Patient:
    """Return the facts of a patient file's mapping.

    Raises PatientError naming the key for an unknown key or word, a wrong type or a value out of range.
    """
    return _Resolver(rule_base, where).patient(translate(document, rule_base, where))


class _Resolver:
    def __init__(self, rule_base: RuleBase, where: str) -> None:
        self.rule_base, self.where = rule_base, where
        self.reader = ValueReader(rule_base, where)
        self.error = self.reader.error

    def patient(self, document: Document) -> Patient:
        facts: dict[str, Values] = {}
        treatments = None
        for path, value in dict(self._flatten(document, "")).items():
            if path == DRUGS:
                treatments = self._treatments(value)
                continue
            key = self.rule_base.keys[path]
            values = self._values(key, path, value, path)
            if key.unknown_below is None or all(float(number) >= key.unknown_below for number in values.certain):
                facts[key.property] = values
        defaulted = self._add_defaults(facts, of_treatment=False)
        if treatments is not None and PRIOR_LINES in facts:
            self._match_lines(float(max(facts[PRIOR_LINES].certain)), treatments)
        name = facts.get(PATIENT_ID)
        label = str(next(iter(name.certain))) if name else "patient"
        complete = not _says_rest_unknown(document.get(DRUGS))
        return Patient(
            label, facts, treatments, list(dict.fromkeys(self.reader.not_covered)), defaulted, self.where, complete
        )

    def _flatten(self, mapping: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
        """Yield the path of each key with its value; what is null is left out."""
        heads = self.rule_base.heads[prefix]
        for key, value in mapping.items():
            if key not in heads:
                raise self._unknown_key(prefix + str(key), str(key), value, heads)
            path = prefix + key
            if value is None:
                continue
            if path in self.rule_base.keys:
                yield path, value
            elif isinstance(value, Mapping):
                yield from self._flatten(value, path + ".")
            else:
                raise self.error(path, f"takes keys below it, not {describe(value)}. See: rrmm schema patient", value)

    def _unknown_key(self, path: str, key: str, value: object, known: Iterable[str]) -> PatientError:
        names = list(known)
        problem = f"unknown key.{nearest(key, names)} See: rrmm schema patient"
        return self.error(path, problem, value, close_names(key, names))

    def _treatments(self, value: object) -> list[Treatment]:
        if not isinstance(value, list):
            raise self.error(DRUGS, f"takes a list of prior drugs, not {describe(value)}.", value)
        treatments: list[Treatment] = []
        places: set[tuple[str, object]] = set()
        for number, entry in enumerate(value, 1):
            path = f"{DRUGS}[{number}]"
            if entry == REST_UNKNOWN:
                continue
            if isinstance(entry, str):
                entry = {"drug": entry}
            if not isinstance(entry, Mapping):
                raise self.error(path, f"takes a mapping with the key drug, not {describe(entry)}.", entry)
            facts = self._treatment(entry, path)
            drug = str(next(iter(facts[DRUG].certain)))
            place = (drug, entry.get("line"))
            if place in places:
                label = self.rule_base.label(drug)
                raise self.error(path, f"{label} stands twice in one line of therapy. Merge the entries.")
            places.add(place)
            unnamed = entry["drug"] if isinstance(entry["drug"], Mapping) else {}
            words = next((str(word) for word in unnamed.values()), None)
            treatments.append(Treatment(drug, facts, self._add_defaults(facts, of_treatment=True), words))
        return treatments

    def _treatment(self, entry: Mapping[str, object], path: str) -> dict[str, Values]:
        keys = {name.removeprefix(BELOW): key for name, key in self.rule_base.keys.items() if name.startswith(BELOW)}
        if entry.get("drug") is None:
            raise self.error(path, "the key drug is missing.")
        facts: dict[str, Values] = {}
        unnamed = self._unnamed_drug(f"{path}.drug", entry["drug"])
        if unnamed:
            iri, drug = unnamed
            facts[DRUG] = Values(frozenset({iri}), facts={iri: f"{DRUGS}[{drug}]"})
        else:
            drug = self.rule_base.label(self.reader.name(keys["drug"], f"{path}.drug", entry["drug"]))
        for name, value in entry.items():
            if name not in keys:
                raise self._unknown_key(f"{path}.{name}", str(name), value, keys)
            if value is not None and not (unnamed and name == "drug"):
                fact = f"{DRUGS}[{drug}].{name}"
                facts[keys[name].property] = self._values(keys[name], f"{path}.{name}", value, fact)
        return facts

    def _unnamed_drug(self, path: str, value: object) -> tuple[str, str] | None:
        """Return the IRI and the words of `{other: …}`, which no source knows, or of `{class: …}`: one of its drugs."""
        if not isinstance(value, Mapping):
            return None
        kind, word = next(iter(value.items()), ("", None))
        if len(value) != 1 or kind not in {"other", "class"} or not isinstance(word, str) or not word.strip():
            raise self.error(
                path, "takes a name, {other: NAME} for a drug that no source knows, or {class: NAME}.", value
            )
        if kind == "other":
            self.reader.not_covered.append(str(word))
            return OTHER + word, str(word)
        (meaning,) = lexicon(self.rule_base).find(word, "class").taken("class")
        return str(meaning.iri), str(word)

    def _values(self, key: Key, path: str, value: object, fact: str) -> Values:
        """Return the values of a key; `fact` names the key in the texts of its facts."""
        if key.kind == "list":
            listing = self.reader.listing(key, path, value)
            texts = listing.texts
            if listing.complete:
                return Values(frozenset(texts), facts=texts)
            rest = self.rule_base.members[str(key.values_from)] - listing.absent
            return Values(frozenset(texts), rest - texts.keys(), texts)
        single = self.reader.single(key, path, value)
        return Values(frozenset({single}), facts={single: f"{fact}: {_text(value)}"})

    def _add_defaults(self, facts: dict[str, Values], *, of_treatment: bool) -> frozenset[str]:
        """Add the default of each missing key that has one; return the properties added."""
        added = set()
        for key in self.rule_base.defaulting["PriorTreatment" if of_treatment else "Patient"]:
            if key.property in facts:
                continue
            default = key.default or key.assumed
            if default is not None:
                facts[key.property] = Values(frozenset({default}), facts={default: f"{key.path}: not stated"})
                added.add(key.property)
            elif key.default_none:
                facts[key.property] = Values(frozenset())
                added.add(key.property)
        return frozenset(added)

    def _match_lines(self, count: float, treatments: list[Treatment]) -> None:
        """Refuse prior drugs in more lines than there were; where there was one, each drug was given in it."""
        for treatment in treatments:
            line = treatment.facts.get(LINE)
            if not count or (line and float(max(line.certain)) > count):
                place = f"line {max(line.certain):g}" if line else "a prior drug"
                label = self.rule_base.label(treatment.drug)
                raise self.error(f"{DRUGS}[{label}]", f"{place} contradicts prior_lines: {count:g}. Correct one.")
        if count == 1:
            for treatment in treatments:
                treatment.facts.setdefault(LINE, Values(frozenset({1.0}), facts={1.0: "prior_lines: 1"}))


def _says_rest_unknown(entries: object) -> bool:
    return isinstance(entries, list) and REST_UNKNOWN in entries


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else shown(value)
