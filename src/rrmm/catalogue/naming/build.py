"""The index of names, built from the graph once and kept beside its other tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from rrmm.catalogue.naming.model import AMBIGUOUS, EXACT, Meaning, Rule, Tables
from rrmm.graph import queries
from rrmm.graph.store import Asked, Row
from rrmm.iris import local_name
from rrmm.spelling import code_key, iri_codes, key, name_key

PARTS = ("regimen part", "regimen beginning", "regimen end")
JOINED = " + "


def build_index(root: Path, store: Asked) -> Tables:
    """Return the names of a graph, by the queries in `root`."""
    return _Builder({name: store.rows(query.text) for name, query in queries.read(root, "names").items()}).tables()


class _Builder:
    def __init__(self, rows: dict[str, list[Row]]) -> None:
        self.rows = rows
        self.meanings: dict[Meaning, int] = {}
        self.order: list[Meaning] = []
        self.names: dict[str, list[int]] = defaultdict(list)
        self.statements: dict[str, dict[str, dict[str, list[str]]]] = defaultdict(lambda: defaultdict(_lists))
        for row in rows["statements"]:
            said = self.statements[local_name(row["kind"])][row["statement"]]
            said[local_name(row["property"])].append(row["value"])
        self.labels = {row["thing"]: str(row["label"]) for row in rows["things"]}
        self.things = {(row["place"], str(row["label"]).casefold()): str(row["thing"]) for row in rows["things"]}
        self.components: dict[str, list[str]] = defaultdict(list)
        for row in rows["components"]:
            self.components[row["regimen"]].append(row["label"])
        combined = {row["regimen"] for row in rows["components"] if not row["drug"]}
        self.by_drugs = {
            frozenset(drugs): iri
            for iri, drugs in sorted(self.components.items(), reverse=True)
            if iri in self.labels and iri not in combined and len(self.labels[iri]) > 1
        }

    def tables(self) -> Tables:
        """Return all tables; statements come first, so that an ambiguous name beats a label."""
        beginnings: dict[str, dict[str, list[int]]] = defaultdict(dict)
        parts: dict[str, dict[str, str]] = {place: {} for place in PARTS}
        systems = self.statements["CodeSystem"]
        for said in self.statements["Name"].values():
            place = said["place"][0]
            if place in parts:
                label = [*map(self.labels.__getitem__, said["means"]), *said["meansLabel"]][0]
                parts[place].update((key(form), label) for form in said["writtenForm"])
                continue
            meanings = self._add(self._meanings(said, place))
            for form in said["writtenForm"]:
                self._name(name_key(form), place, meanings)
            for beginning in said["codeBeginning"]:
                prefix = systems[said["codeSystem"][0]]["canonicalPrefix"][0]
                beginnings[prefix][beginning.casefold()] = meanings
        for row in self.rows["things"]:
            self._thing(row)
        prefixes, canonical = self._prefixes()
        namespaces = self._codes(canonical)
        return {
            "meanings": [list(meaning) for meaning in self.order],
            "names": dict(self.names),
            "parts": parts,
            "regimens": self._regimens(),
            "rules": [list(rule) for rule in self._rules()],
            "prefixes": prefixes,
            "namespaces": namespaces,
            "beginnings": dict(beginnings),
            "members": self._members(),
        }

    def _meanings(self, said: dict[str, list[str]], place: str) -> list[Meaning]:
        certainty = said["certainty"][0]
        because = next(iter(said["because"]), None)
        if certainty == AMBIGUOUS:
            return [self._candidate(place, text, because) for text in said["candidate"]] or [
                Meaning(place, because or "", certainty=AMBIGUOUS, because=because)
            ]
        drugs = [*map(self.labels.__getitem__, said["meansDrug"]), *said["meansDrugLabel"]]
        if place == "regimen":
            return [self._regimen(drugs, certainty)]
        also = next(iter(said["alsoSays"]), None)
        things: list[tuple[str, str | None]] = [(self.labels[iri], iri) for iri in said["means"]]
        things += [(label, self.things.get((place, label.casefold()))) for label in said["meansLabel"]]
        return [Meaning(place, label, tuple(drugs), iri, certainty, also=also) for label, iri in things]

    def _candidate(self, place: str, text: str, because: str | None) -> Meaning:
        drugs = text.split(JOINED)
        if place == "regimen" or len(drugs) > 1:
            return self._regimen(drugs, AMBIGUOUS)._replace(where=place, because=because)
        places = (place, "class") if place == "drug" else (place,)
        iri = next(filter(None, (self.things.get((where, text.casefold())) for where in places)), None)
        return Meaning(place, text, iri=iri, certainty=AMBIGUOUS, because=because)

    def _regimen(self, drugs: list[str], certainty: str) -> Meaning:
        iri = self.by_drugs.get(frozenset(drugs))
        return Meaning("regimen", self.labels[iri] if iri else JOINED.join(drugs), tuple(drugs), iri, certainty)

    def _thing(self, row: Row) -> None:
        """Add the label, alias, CURIE and IRI of a thing where no statement has the name."""
        place, iri = row["place"], row["thing"]
        meaning = Meaning(place, row["label"], tuple(self.components.get(iri, ())), iri)
        for name in filter(None, (row["label"], row.get("alias"))):
            if place != "regimen" or len(name) > 1:
                self._name(key(name), place, self._add([meaning]))
        for code in iri_codes(iri):
            self._name(code_key(code), place, self._add([meaning]))

    def _prefixes(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return spelling → canonical prefix, and vocabulary → canonical prefix."""
        spellings: dict[str, str] = {}
        canonical: dict[str, str] = {}
        for said in self.statements["CodeSystem"].values():
            prefix = said["canonicalPrefix"][0]
            spellings.update((key(spelling), prefix) for spelling in [prefix, *said["prefixSpelling"]])
            canonical.update((vocabulary, prefix) for vocabulary in said["ofVocabulary"])
        return spellings, canonical

    def _codes(self, canonical: dict[str, str]) -> list[list[str]]:
        """Add every exact match as a name; return the namespaces of the vocabularies with their prefixes."""
        places: dict[str, list[str]] = defaultdict(list)
        for row in self.rows["things"]:
            if row["place"] not in places[row["thing"]]:
                places[row["thing"]].append(row["place"])
        namespaces = []
        for row in self.rows["codes"]:
            prefix, local = canonical.get(row["vocabulary"]), row["code"].removeprefix(row["namespace"])
            if prefix is None:
                continue
            namespaces.append([row["namespace"].casefold(), prefix])
            for place in places[row["thing"]]:
                drugs = tuple(self.components.get(row["thing"], ()))
                meaning = Meaning(place, self.labels[row["thing"]], drugs, row["thing"])
                self._name(code_key(f"{prefix}:{local}"), place, self._add([meaning]))
        return [list(pair) for pair in sorted({(name, prefix) for name, prefix in namespaces})]

    def _regimens(self) -> dict[str, list[int]]:
        """Return key → meanings of what can be part of a longer regimen: whole regimens, settled."""
        meanings, kept = self.order, {}
        for name, numbers in self.names.items():
            found = [n for n in numbers if meanings[n].where == "regimen"]
            if found and all(meanings[n].certainty == EXACT for n in found) and not name.startswith("code|"):
                kept[name] = found
        return kept

    def _rules(self) -> list[Rule]:
        rules = []
        for said in sorted(self.statements["NameRule"].values(), key=lambda said: int(said["ruleOrder"][0])):
            grade = int(said["nameGrade"][0]) if said["nameGrade"] else None
            places, because = tuple(said["place"]), next(iter(said["because"]), None)
            pattern, replacement = said["namePattern"][0], said["replacement"][0]
            rules.append(Rule(places, pattern, replacement, said["certainty"][0], grade, because))
        return rules

    def _members(self) -> dict[str, list[str]]:
        members: dict[str, list[str]] = defaultdict(list)
        for row in self.rows["members"]:
            members[row["class"]].append(row["label"])
        return dict(members)

    def _add(self, meanings: Iterable[Meaning]) -> list[int]:
        numbers = []
        for meaning in meanings:
            if meaning not in self.meanings:
                self.meanings[meaning] = len(self.order)
                self.order.append(meaning)
            numbers.append(self.meanings[meaning])
        return numbers

    def _name(self, name: str, place: str, numbers: list[int]) -> None:
        """Add a name in a place, unless it has a meaning there already."""
        if name and not any(self.order[number].where == place for number in self.names[name]):
            self.names[name].extend(numbers)


def _lists() -> dict[str, list[str]]:
    return defaultdict(list)


def cast_tables(content: object) -> Tables:
    """Return tables read from the cache."""
    return cast(Tables, content)
