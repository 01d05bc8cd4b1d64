"""From the words of a patient file to facts; what is not stated stays unknown.

Every word is looked up in the graph. An unknown one is an error that offers the nearest, never ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rrmm.errors import PatientError, close_names, nearest
from rrmm.iris import ID, RRMM
from rrmm.logic.conditions import NOTHING_KNOWN, Values
from rrmm.patient.document import Document
from rrmm.patient.naming import REST_UNKNOWN, Numbered, ReadWord, lexicon, line_of, shown, translate
from rrmm.patient.values import Value, ValueReader, describe
from rrmm.records import NamedTuple
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key
from rrmm.texts import check_lengths, check_texts

DRUGS = "prior_drugs"
BELOW = f"{DRUGS}."
DRUG = RRMM + "treatmentDrug"
LINE = RRMM + "treatmentLine"
PRIOR_LINES = RRMM + "priorLines"
PATIENT_ID = RRMM + "patientId"
OTHER = ID + "other/"
ANY_DRUG = RRMM + "Drug"
OF_NO_SOURCE = " (known to no source)"


class Treatment(NamedTuple):
    """One prior drug: what the file says of it, as facts; `defaulted` properties are not stated in it.

    `label` names a drug that is not of the graph: one that no source knows, or one of a class. `apart` tells that
    it was given as part of a transplantation, so that it is no treatment by itself.
    """

    drug: str
    facts: dict[str, Values]
    defaulted: frozenset[str]
    label: str | None = None
    apart: bool = False


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

    Raises PatientError naming the key for an unknown key or word, a wrong type or a value out of range; one error
    holds all faults, contradictions among what could be read too.
    """
    check_texts(document, where)
    check_lengths(document, where)
    translated, faults = translate(document, rule_base, where)
    resolver = _Resolver(rule_base, where)
    patient = resolver.patient(translated)
    if faults := [*faults, *resolver.faults]:
        raise PatientError.of([*faults, *_contradictions(patient, rule_base)])
    return patient


def _contradictions(patient: Patient, rule_base: RuleBase) -> Sequence[PatientError]:
    """Return what contradicts itself in the part of a file that could be read."""
    from rrmm.patient.history import History

    try:
        History(rule_base, patient)
    except PatientError as error:
        return error.faults
    return ()


class _Resolver:
    def __init__(self, rule_base: RuleBase, where: str) -> None:
        self.rule_base, self.where = rule_base, where
        self.reader = ValueReader(rule_base, where)
        self.error = self.reader.error
        self.faults: list[PatientError] = []
        self.ruled_out: dict[str, dict[Value, str]] = {}

    def patient(self, document: Document) -> Patient:
        facts: dict[str, Values] = {}
        treatments = None
        for path, value in dict(self._flatten(document, "")).items():
            key = self.rule_base.keys[path]
            try:
                if path == DRUGS:
                    treatments = self._treatments(value)
                    continue
                values = self._values(key, path, value, path)
            except PatientError as error:
                self.faults += error.faults
                continue
            if key.unknown_below is None or all(float(number) >= key.unknown_below for number in values.certain):
                facts[key.property] = values
        for key in self.rule_base.keys.values():
            if key.ruled_out:
                absent = self.ruled_out.get(key.path, {})
                facts[key.ruled_out] = Values(frozenset(absent), facts=absent)
        defaulted = self._add_defaults(facts, of_treatment=False)
        if treatments is not None and PRIOR_LINES in facts:
            complete = not _says_rest_unknown(document.get(DRUGS))
            self._match_lines(float(max(facts[PRIOR_LINES].certain)), treatments, complete=complete)
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
                self.faults.append(self._unknown_key(prefix + str(key), str(key), value, heads))
                continue
            path = prefix + key
            if value is None:
                continue
            if path in self.rule_base.keys:
                yield path, value
            elif isinstance(value, Mapping):
                yield from self._flatten(value, path + ".")
            else:
                problem = f"takes keys below it, not {describe(value)}. See: rrmm schema patient"
                self.faults.append(self.error(path, problem, value))

    def _unknown_key(self, path: str, key: str, value: object, known: Iterable[str]) -> PatientError:
        names = list(known)
        problem = f"unknown key.{nearest(key, names)} See: rrmm schema patient"
        return self.error(path, problem, value, close_names(key, names))

    def _treatments(self, value: object) -> list[Treatment]:
        if not isinstance(value, list):
            raise self.error(
                DRUGS, f"takes a list of prior drugs, [] where there were none, not {describe(value)}.", value
            )
        treatments: list[Treatment] = []
        places: set[tuple[str, object]] = set()
        for number, entry in enumerate(value, 1):
            path = f"{DRUGS}[{entry.number if isinstance(entry, Numbered) else number}]"
            if entry == REST_UNKNOWN:
                continue
            if isinstance(entry, str):
                entry = {"drug": entry}
            if not isinstance(entry, Mapping):
                problem = f"takes a mapping with the key drug, not {describe(entry)}."
                self.faults.append(self.error(path, problem, entry))
                continue
            facts = self._treatment(entry, path)
            if DRUG not in facts:
                continue
            drug = str(next(iter(facts[DRUG].certain)))
            if drug == ANY_DRUG and isinstance(entry["drug"], Mapping):
                drug = OTHER + str(next(iter(entry["drug"].values())))
            place = (drug, line_of(entry))
            if place in places:
                problem = f"{self.rule_base.label(drug)} stands twice in one line of therapy. Merge the entries."
                self.faults.append(self.error(path, problem))
            places.add(place)
            unnamed = entry["drug"] if isinstance(entry["drug"], Mapping) else {}
            words = next((str(word) for word in unnamed.values()), None)
            apart = isinstance(entry, Numbered) and entry.apart
            treatments.append(Treatment(drug, facts, self._add_defaults(facts, of_treatment=True), words, apart))
        return treatments

    def _treatment(self, entry: Mapping[str, object], path: str) -> dict[str, Values]:
        keys = {name.removeprefix(BELOW): key for name, key in self.rule_base.keys.items() if name.startswith(BELOW)}
        facts: dict[str, Values] = {}
        apart = isinstance(entry, Numbered) and entry.apart
        drug = ""
        try:
            drug = self._drug(entry, path, keys["drug"], facts)
        except PatientError as error:
            self.faults += error.faults
        for name, value in entry.items():
            if name not in keys:
                self.faults.append(self._unknown_key(f"{path}.{name}", str(name), value, keys))
            elif value is not None and name != "drug" and not (apart and name == "regimen"):
                fact = f"{DRUGS}[{drug}].{name}"
                try:
                    facts[keys[name].property] = self._values(keys[name], f"{path}.{name}", value, fact)
                except PatientError as error:
                    self.faults += error.faults
        return facts

    def _drug(self, entry: Mapping[str, object], path: str, key: Key, facts: dict[str, Values]) -> str:
        """Return the words for the drug of an entry, and add it to its facts."""
        if entry.get("drug") is None:
            raise self.error(path, "the key drug is missing.")
        if unnamed := self._unnamed_drug(f"{path}.drug", entry["drug"]):
            iri, drug = unnamed
            known = ANY_DRUG if iri.startswith(OTHER) else iri
            facts[DRUG] = Values(frozenset({known}), facts={known: f"{DRUGS}[{drug}]"})
            return drug
        iri = self.reader.name(key, f"{path}.drug", entry["drug"])
        drug = self.rule_base.label(iri)
        facts[DRUG] = Values(frozenset({iri}), facts={iri: f"{DRUGS}[{drug}].drug: {shown(entry['drug'])}"})
        return drug

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
        if meaning.iri is None:  # a class of which the graph has no drug
            self.reader.not_covered.append(str(word))
            return OTHER + word, str(word)
        return str(meaning.iri), str(word)

    def _values(self, key: Key, path: str, value: object, fact: str) -> Values:
        """Return the values of a key; `fact` names the key in the texts of its facts."""
        if key.kind == "list":
            listing = self.reader.listing(key, path, value)
            texts = listing.texts
            said = dict[Value, str](texts)
            if listing.others and not texts:
                said[NOTHING_KNOWN] = f"{fact}: {', '.join(listing.others)}{OF_NO_SOURCE}"
            self.ruled_out[key.path] = listing.absent
            if listing.complete:
                return Values(frozenset(texts), self._unsaid(texts) - listing.absent.keys(), said)
            rest = self.rule_base.members[str(key.values_from)] - listing.absent.keys()
            return Values(frozenset(texts), rest - texts.keys(), said)
        single = self.reader.single(key, path, value)
        if key.kind == "code" and str(value).strip().upper() != single:
            value = ReadWord(str(single), str(value))
        return Values(frozenset({single}), facts={single: f"{fact}: {_text(value)}"})

    def _unsaid(self, texts: Iterable[Value]) -> frozenset[str]:
        """Return what a list may hold beside what it names: one of a class of which only the class is said."""
        one_of = self.rule_base.one_of
        classes = [one_of[str(value)] for value in texts if value in one_of]
        return frozenset().union(*(members for members in classes if members.isdisjoint(texts)))

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

    def _match_lines(self, count: float, treatments: list[Treatment], *, complete: bool) -> None:
        """Refuse prior drugs in more lines than there were; where there was one, each drug was given in it."""
        for treatment in treatments:
            line = treatment.facts.get(LINE)
            if not count or (line and float(max(line.certain)) > count):
                place = f"line {max(line.certain):g}" if line else "a prior drug"
                label = treatment.label or self.rule_base.label(treatment.drug)
                problem = f"{place} contradicts prior_lines: {count:g}. Correct one."
                self.faults.append(self.error(f"{DRUGS}[{label}]", problem))
        if count and not treatments and complete:
            self.faults.append(self.error(DRUGS, f"none contradicts prior_lines: {count:g}. Correct one."))
        if count == 1:
            for treatment in treatments:
                treatment.facts.setdefault(LINE, Values(frozenset({1.0}), facts={1.0: "prior_lines: 1"}))


def _says_rest_unknown(entries: object) -> bool:
    return isinstance(entries, list) and REST_UNKNOWN in entries


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else shown(value)
