"""The words of a patient document as the graph knows them: brands, codes, spellings, regimens of a history.

A word that the graph has as a label, alias, CURIE or IRI stays as it is. What a name means in its place is taken;
an ambiguous one is refused with what it could be; what no source knows is kept as `{other: …}`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rrmm.errors import PatientError, quote
from rrmm.graph.files import GraphFiles
from rrmm.iris import RRMM, local_name
from rrmm.patient.document import Document
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

if TYPE_CHECKING:
    from rrmm.catalogue.naming.lexicon import Lexicon
    from rrmm.catalogue.naming.model import Meaning

DRUGS = "prior_drugs"
BELOW = f"{DRUGS}."
REST_UNKNOWN = "rest unknown"
READ_AS = ", read as "
TRANSPLANT_PART = RRMM + "TransplantPart"
PLACES = {
    "Drug": "drug",
    "Regimen": "regimen",
    "CytogeneticFinding": "cytogenetics",
    "Comorbidity": "comorbidity",
    "Response": "response",
    "AggressiveFeature": "finding",
}


class ReadWord(str):
    """A label of the graph that stands for what a patient file says."""

    __slots__ = ("said",)

    said: str

    def __new__(cls, label: str, said: str) -> ReadWord:
        """Return the label; `said` is the word of the file."""
        word = super().__new__(cls, label)
        word.said = said
        return word


def shown(word: object) -> str:
    """Return a word as facts show it: what was said, and what it was read as."""
    return f"{word.said}{READ_AS}{word}" if isinstance(word, ReadWord) else str(word)


def lexicon(rule_base: RuleBase) -> Lexicon:
    """Return the names of the graph of a rule base; of this package's graph where it came from an endpoint."""
    if "lexicon" not in rule_base.kept:
        from rrmm.catalogue.naming.lexicon import Lexicon

        rule_base.kept["lexicon"] = Lexicon.of((rule_base.files or GraphFiles()).whole)
    known: Lexicon = rule_base.kept["lexicon"]
    return known


def place_of(key: Key) -> str | None:
    """Return the place of names that a key takes, or None for a key without any."""
    return PLACES.get(local_name(str(key.values_from))) if key.values_from else None


def named_keys(rule_base: RuleBase) -> list[tuple[list[str], str, Key]]:
    """Return the keys of a patient that take names: the path above each, its last part, and the key."""
    if "named keys" not in rule_base.kept:
        paths = [(path.split("."), key) for path, key in rule_base.keys.items() if not path.startswith(BELOW)]
        rule_base.kept["named keys"] = [(path[:-1], path[-1], key) for path, key in paths if place_of(key)]
    keys: list[tuple[list[str], str, Key]] = rule_base.kept["named keys"]
    return keys


class Numbered(dict[str, object]):
    """An entry of prior drugs, with its number in the patient file, and whether it is part of a transplantation."""

    number: int = 0
    apart: bool = False


def translate(
    document: Document, rule_base: RuleBase, where: str = "patient"
) -> tuple[dict[str, object], list[PatientError]]:
    """Return a document whose names are labels of the graph, and the faults; what has a fault is left out.

    Regimens without a drug stand for their drugs.
    """
    translator = _Translator(rule_base, where)
    return translator.document(document), translator.faults


def transplanted(rule_base: RuleBase, drug: str, regimen: str) -> bool:
    """Return whether a drug whose regimen has this name was given as part of a transplantation."""
    if regimen.strip().casefold() in rule_base.names(TRANSPLANT_PART):
        return True
    return any(drug in meaning.drugs for meaning in lexicon(rule_base).find(regimen).taken("procedure"))


def components(rule_base: RuleBase, regimen: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the label and drugs of a regimen of the graph by its name, or None for free text."""
    known = rule_base.names(str(rule_base.keys[f"{BELOW}regimen"].values_from)).get(regimen.strip().casefold())
    label = rule_base.label(known) if known else regimen
    taken = [one for one in lexicon(rule_base).find(label, "regimen").taken("regimen") if one.iri]
    return (taken[0].label, taken[0].drugs) if len(taken) == 1 else None


def within(rule_base: RuleBase, drug: str, drugs: Iterable[str]) -> bool:
    """Return whether a drug is among those of a regimen, or of a class among them; all by their labels."""
    iri = rule_base.names(str(rule_base.keys[f"{BELOW}drug"].values_from)).get(drug.casefold(), "")
    classes = {rule_base.label(name).casefold() for name in rule_base.drugs.get(iri, ())}
    return any(one.casefold() in {drug.casefold(), *classes} for one in drugs)


def drugs_of(word: str, rule_base: RuleBase) -> tuple[str, ...]:
    """Return the labels of the drugs that a word in place of a drug stands for: several of a regimen, or one."""
    if word.casefold() in rule_base.names(str(rule_base.keys[f"{BELOW}drug"].values_from)):
        return (word,)
    answer = lexicon(rule_base).find(word)
    drugs, regimens = answer.taken("drug"), answer.taken("regimen")
    if drugs:
        return (drugs[0].label,)
    return regimens[0].drugs if len(regimens) == 1 else ()


class _Translator:
    def __init__(self, rule_base: RuleBase, where: str) -> None:
        self.rule_base, self.where = rule_base, where
        self.also: list[str] = []
        self.faults: list[PatientError] = []
        self.drug_names = rule_base.names(str(rule_base.keys[f"{BELOW}drug"].values_from))
        self.below = {path.removeprefix(BELOW): key for path, key in rule_base.keys.items() if path.startswith(BELOW)}

    def document(self, document: Document) -> dict[str, object]:
        result = dict(document)
        for above, last, key in named_keys(self.rule_base):
            holder: Any = result
            for head in above:
                below = holder.get(head) if isinstance(holder, dict) else None
                holder = holder if below is None else below
                if not isinstance(holder, Mapping):
                    break
            else:
                self._put(result, above, last, key)
        if isinstance(result.get(DRUGS), list):
            result[DRUGS] = self._drugs(result[DRUGS])  # type: ignore[arg-type]
        for path in self.also:
            if path in self.rule_base.keys and path not in result:
                result[path] = True
        return result

    def _put(self, result: dict[str, object], above: list[str], last: str, key: Key) -> None:
        holder: Any = result
        for head in above:
            if not isinstance(holder.get(head), Mapping):
                return
            holder[head] = dict(holder[head])
            holder = holder[head]
        value = holder.get(last)
        if value is not None:
            try:
                holder[last] = self._list(key, value) if key.kind == "list" else self._word(key, key.path, value)
            except PatientError as error:
                self.faults += error.faults
                del holder[last]

    def _list(self, key: Key, value: object) -> object:
        entries = value if isinstance(value, list) else [value]
        read, faults = list[object](), list[PatientError]()
        for number, entry in enumerate(entries, 1):
            try:
                read += self._entry(key, number, entry)
            except PatientError as error:
                faults += error.faults
        if faults:
            raise PatientError.of(faults)
        return read if isinstance(value, list) or len(read) != 1 else read[0]

    def _entry(self, key: Key, number: int, entry: object) -> Iterator[object]:
        """Yield an entry of a list under the labels of what it means."""
        word = entry.get("name") if isinstance(entry, Mapping) else entry
        meanings = [] if self._known(key, word) else self._meanings(key, f"{key.path}[{number}]", word)
        if not meanings:
            yield entry
        for meaning in meanings:
            rest = (
                {name: value for name, value in entry.items() if name != "name"} if isinstance(entry, Mapping) else {}
            )
            if meaning.grade:
                rest.setdefault("grade", meaning.grade)
            if self._known(key, meaning.label):
                label = ReadWord(meaning.label, str(word))
                yield {"name": label, **rest} if rest else label
            elif rest.get("present") is not False:
                yield {"other": ReadWord(meaning.label, str(word))}

    def _word(self, key: Key, path: str, value: object) -> object:
        """Return the label of one word; as it is where no name is known."""
        meanings = [] if self._known(key, value) else self._meanings(key, path, value)
        fitting = [meaning.label for meaning in meanings if self._known(key, meaning.label)]
        return ReadWord(fitting[0], str(value)) if len(fitting) == 1 else value

    # -- prior drugs

    def _drugs(self, entries: list[object]) -> list[object]:
        """Return the prior drugs, one entry a drug and line; an entry of a drug counts before one of its regimen."""
        read = list[tuple[object, bool]]()
        for number, entry in enumerate(entries, 1):
            try:
                several = list(self._treatment(number, entry))
            except PatientError as error:
                self.faults += error.faults
            else:
                read += [(self._number(one, number), by_regimen) for one, by_regimen in several]
        stated = {_place(entry) for entry, by_regimen in read if not by_regimen}
        kept: list[object] = []
        for entry, by_regimen in read:
            if not by_regimen or _place(entry) not in stated:
                kept.append(entry)
                stated.add(_place(entry))
        rest = [entry for entry in kept if entry == REST_UNKNOWN]
        return [*(entry for entry in kept if entry != REST_UNKNOWN), *rest[:1]]

    @staticmethod
    def _number(entry: object, number: int) -> object:
        if isinstance(entry, Mapping):
            apart = isinstance(entry, Numbered) and entry.apart
            entry = Numbered(entry)
            entry.number, entry.apart = number, apart
        return entry

    def _treatment(self, number: int, entry: object) -> Iterator[tuple[object, bool]]:
        """Yield the entries that one stands for, and whether it names a regimen."""
        path = f"{DRUGS}[{number}]"
        if not isinstance(entry, (str, Mapping)):
            yield entry, False
            return
        given: dict[str, object] = {"drug": entry} if isinstance(entry, str) else dict(entry)
        if isinstance(entry, str) and entry.strip().casefold() == REST_UNKNOWN:
            yield REST_UNKNOWN, False
            return
        for name, key in self.below.items():
            if name not in {"drug", "regimen"} and place_of(key) and given.get(name) is not None:
                given[name] = self._word(key, f"{path}.{name}", given[name])
        if "other" in given and given.get("drug") is None:
            given["drug"] = {"other": given.pop("other")}
        if "class" in given and given.get("drug") is None:
            given["drug"] = {"class": self._class(f"{path}.class", given.pop("class"))}
        word = given.get("drug")
        if isinstance(word, Mapping) and [*word] == ["class"] and isinstance(word["class"], str):
            given["drug"] = {"class": self._class(f"{path}.drug", word["class"])}
        if word is None and given.get("regimen") is not None:
            meaning = self._regimen(path + ".regimen", given["regimen"])
            yield from ((one, True) for one in self._expanded(given, meaning))
        elif isinstance(word, str) and not self._known(self.below["drug"], word):
            yield from self._named(given, path, word)
        else:
            yield self._beside(given, path), False

    def _named(self, given: dict[str, object], path: str, word: str) -> Iterator[tuple[object, bool]]:
        """Yield the entries of a drug's name that the graph does not have as it stands."""
        answer = lexicon(self.rule_base).find(word)
        drugs, regimens = answer.taken("drug"), answer.taken("regimen")
        if drugs:
            label = drugs[0].label
            read: object = ReadWord(label, word)
            drug = read if self._known(self.below["drug"], label) else {"other": read}
            yield self._beside({**given, "drug": drug}, path), False
        elif len(regimens) == 1:
            rest = {name: value for name, value in given.items() if name != "drug"}
            yield from ((one, True) for one in self._expanded({"regimen": word, **rest}, regimens[0]))
        elif classes := answer.taken("class"):
            yield {**given, "drug": {"class": self._class(f"{path}.drug", classes[0].label, word)}}, False
        elif procedures := answer.taken("procedure"):
            raise self._error(
                f"{path}.drug", f"{quote(word)} is {procedures[0].label}, not a drug. See the key transplant."
            )
        else:
            place = "drug" if any(meaning.where == "drug" for meaning in answer.meanings) else "regimen"
            self._refuse_ambiguous(f"{path}.drug", word, [m for m in answer.meanings if m.where == place])
            yield given, False

    def _class(self, path: str, word: object, said: str | None = None) -> str:
        """Return the label of a class of drugs that the graph has members of, or that no source knows."""
        meanings = lexicon(self.rule_base).find(str(word), "class").meanings
        taken = (meaning for meaning in meanings if meaning.taken)
        known = [one for one in taken if one.iri is None or self.rule_base.members_of(one.iri)]
        if known:
            return ReadWord(known[0].label, said or str(word))
        self._refuse_ambiguous(path, str(word), [meaning for meaning in meanings if not meaning.taken])
        raise self._error(path, f"unknown class of drugs {quote(word)}. See: rrmm query drug-classes")

    def _regimen(self, path: str, word: object) -> Meaning:
        """Return the regimen that a word names; raises PatientError where none is settled."""
        found = lexicon(self.rule_base).find(str(word), "regimen")
        taken = found.taken("regimen")
        if len(taken) == 1:
            return taken[0]
        alone = lexicon(self.rule_base).find(str(word), "drug").taken("drug")
        if alone:
            from rrmm.catalogue.naming.model import Meaning

            return Meaning("regimen", alone[0].label, (alone[0].label,))
        self._refuse_ambiguous(path, str(word), found.meanings)
        near = f" Did you mean {' or '.join(found.offers)}?" if found.offers else ""
        raise self._error(path, f"unknown regimen {quote(word)}, and the key drug is missing.{near}", found.offers)

    def _expanded(self, given: Mapping[str, object], meaning: Meaning) -> Iterator[dict[str, object]]:
        """Yield an entry for each drug of a regimen."""
        said = str(given["regimen"])
        rest = {name: value for name, value in given.items() if name not in {"regimen", "drug"}}
        if meaning.iri and self._known(self.below["regimen"], meaning.label):
            rest["regimen"] = ReadWord(meaning.label, said)
        for label in meaning.drugs:
            read: object = ReadWord(label, said)
            if not self._known(self.below["drug"], label):
                classes = lexicon(self.rule_base).find(label, "class").taken("class")
                read = {"class" if classes else "other": read}
            yield {"drug": read, **rest}

    def _beside(self, given: dict[str, object], path: str) -> dict[str, object]:
        """Return an entry whose regimen, beside its drug, is one of the graph, or left out as free text."""
        word, drug = given.get("regimen"), given.get("drug")
        if not isinstance(word, str):
            return given
        rest = {name: value for name, value in given.items() if name != "regimen"}
        if not isinstance(drug, str) or drug.casefold() not in self.drug_names:
            return rest
        label = self.rule_base.label(self.drug_names[drug.casefold()])
        if transplanted(self.rule_base, label, word):
            entry = Numbered(given)
            entry.apart = True
            return entry
        regimen = components(self.rule_base, word)
        if regimen is None:
            return rest
        if not within(self.rule_base, label, regimen[1]):
            has = " + ".join(regimen[1])
            raise self._error(f"{path}.regimen", f"{word} ({has}) has no {label}. Correct one.")
        return {**given, "regimen": ReadWord(regimen[0], word) if regimen[0] != word else word}

    # -- words

    def _known(self, key: Key, word: object) -> bool:
        if isinstance(word, bool) or not isinstance(word, str):
            return True
        folded = word.strip().casefold()
        return folded == REST_UNKNOWN or folded in self.rule_base.names(str(key.values_from))

    def _meanings(self, key: Key, path: str, word: object) -> list[Meaning]:
        place = place_of(key)
        answer = lexicon(self.rule_base).find(str(word), place)
        meanings = list(answer.taken(str(place)))
        if not meanings:
            self._refuse_ambiguous(path, str(word), answer.meanings)
        self.also += [meaning.also for meaning in meanings if meaning.also]
        return meanings

    def _refuse_ambiguous(self, path: str, word: str, meanings: list[Meaning] | tuple[Meaning, ...]) -> None:
        if not meanings:
            return
        because = next((meaning.because for meaning in meanings if meaning.because), None)
        labels = [meaning.label for meaning in meanings if meaning.label != meaning.because]
        could = f" It could be {' or '.join(labels)}; say which." if labels else " Say what it is."
        raise self._error(path, f"{quote(word)} is ambiguous: {because}.{could}", labels)

    def _error(self, path: str, problem: str, offers: Any = ()) -> PatientError:
        return PatientError(f"{self.where}: {path}: {problem}", file=self.where, key=path, offers=list(offers))


def _place(entry: object) -> tuple[str, object]:
    if not isinstance(entry, Mapping):
        return str(entry), None
    drug = entry.get("drug")
    name = drug.get("other", drug.get("class")) if isinstance(drug, Mapping) else drug
    return str(name).casefold(), line_of(entry)


def line_of(entry: Mapping[str, object]) -> object:
    """Return the line of an entry as a key of a set, whatever stands there."""
    line = entry.get("line")
    return line if isinstance(line, Hashable) else str(line)
