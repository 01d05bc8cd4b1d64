"""The names of a graph and what holds each: written forms, labels, codes and prefixes, by the keys of their lookup.

A name leads to one thing. Who compares the claims of a graph with and without a file sees which name the file takes,
whatever its spelling and wherever its statement stands. Statements that are incomplete claim nothing here.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rrmm.graph import queries
from rrmm.graph.store import Row, Store
from rrmm.iris import local_name
from rrmm.records import NamedTuple
from rrmm.spelling import CODE, code_key, iri_codes, key, name_key

if TYPE_CHECKING:
    from rrmm.graph.files import GraphFiles

TREATMENTS = {"drug", "class", "regimen", "procedure"}
_BEGINNING = "beginning"
_CACHE = "claims.json"

Name = tuple[str, str]


class Claim(NamedTuple):
    """That a name leads to a thing."""

    name: Name
    """Where names are told apart, and the key of the name there."""
    thing: str
    """The IRI of what holds the name: a thing, or the statement that gives it the name."""
    property: str
    """The local name of the property that gives the name."""
    value: str
    """The name as it is written."""


def keep_claims(files: GraphFiles) -> list[Claim]:
    """Return the claims of the files of a graph, from the cache where the graph has not changed."""
    if cached := files.artefact(_CACHE):
        return [Claim((place, text), *rest) for (place, text), *rest in json.loads(cached)]
    claims = read_claims(files.root, Store(files.snapshot))
    files.keep(_CACHE, json.dumps(claims, ensure_ascii=False).encode())
    return claims


def read_claims(root: Path, store: Store) -> list[Claim]:
    """Return the claims of a graph, by the queries of the lookup in `root`."""
    rows = {name: store.rows(query.text) for name, query in queries.read(root, "names").items()}
    statements: dict[str, dict[str, dict[str, list[str]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for row in rows["statements"]:
        said = statements[local_name(row["kind"])][str(row["statement"])]
        said[local_name(row["property"])].append(str(row["value"]))
    systems = statements["CodeSystem"]
    return [
        *_claim_forms(statements["Name"], systems),
        *_claim_prefixes(systems),
        *_claim_things(rows["things"]),
        *_claim_codes(rows["codes"], rows["things"], systems),
    ]


def find_holders(name: Name, held: Mapping[Name, set[str]]) -> set[str]:
    """Return what holds a name; of a code, what holds the longest beginning of it where none holds the whole."""
    if name in held:
        return held[name]
    place, text = name
    if not (place == _BEGINNING or text.startswith(CODE)):
        return set()
    code = text.removeprefix(CODE).replace(".", "")
    shorter = ((_BEGINNING, code[:size]) for size in range(len(code), code.find(":") + 1, -1))
    return next((held[one] for one in shorter if one in held), set())


def _where(place: str) -> str:
    """Return where the names of a place are told apart: a drug, a class and a regimen of one name are one question."""
    return "treatment" if place in TREATMENTS else place


def _claim_forms(
    statements: Mapping[str, Mapping[str, list[str]]], systems: Mapping[str, Mapping[str, list[str]]]
) -> Iterator[Claim]:
    for statement, said in statements.items():
        for place in said.get("place", ()):
            for form in said.get("writtenForm", ()):
                yield Claim((_where(place), name_key(form)), statement, "writtenForm", form)
        prefixes = [one for system in said.get("codeSystem", ()) for one in systems[system].get("canonicalPrefix", ())]
        for beginning in said.get("codeBeginning", ()):
            for prefix in prefixes:
                code = f"{prefix}:{beginning}".casefold()
                yield Claim((_BEGINNING, code), statement, "codeBeginning", beginning)


def _claim_prefixes(systems: Mapping[str, Mapping[str, list[str]]]) -> Iterator[Claim]:
    for system, said in systems.items():
        for name in ("canonicalPrefix", "prefixSpelling"):
            for prefix in said.get(name, ()):
                yield Claim(("prefix", key(prefix)), system, name, prefix)
        for vocabulary in said.get("ofVocabulary", ()):
            yield Claim(("vocabulary", vocabulary), system, "ofVocabulary", vocabulary)


def _claim_things(rows: Iterable[Row]) -> Iterator[Claim]:
    for row in rows:
        place, thing = _where(str(row["place"])), str(row["thing"])
        for name, column in (("label", "label"), ("altLabel", "alias")):
            if text := str(row.get(column, "")):
                yield Claim((place, key(text)), thing, name, text)
        for code in iri_codes(thing):
            yield Claim((place, code_key(code)), thing, "type", code)


def _claim_codes(
    rows: Iterable[Row], things: Iterable[Row], systems: Mapping[str, Mapping[str, list[str]]]
) -> Iterator[Claim]:
    places: dict[str, set[str]] = defaultdict(set)
    for row in things:
        places[str(row["thing"])].add(_where(str(row["place"])))
    prefixes: dict[str, set[str]] = defaultdict(set)
    for said in systems.values():
        for vocabulary in said.get("ofVocabulary", ()):
            prefixes[vocabulary].update(said.get("canonicalPrefix", ()))
    for row in rows:
        thing, code = str(row["thing"]), str(row["code"])
        local = code.removeprefix(str(row["namespace"]))
        for prefix in prefixes[str(row["vocabulary"])]:
            for place in places[thing]:
                yield Claim((place, code_key(f"{prefix}:{local}")), thing, "exactMatch", code)
