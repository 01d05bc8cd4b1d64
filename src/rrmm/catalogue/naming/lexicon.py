"""The one index of names: what a word means in each place, or what it could be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache

from rrmm.catalogue.naming import build
from rrmm.catalogue.naming.codes import Codes
from rrmm.catalogue.naming.model import (
    AMBIGUOUS,
    BESIDE,
    EXACT,
    PLACES,
    Answer,
    Meaning,
    Rule,
    Tables,
    weakest,
)
from rrmm.catalogue.naming.regimens import Drugs, Regimens
from rrmm.catalogue.naming.spelling import near
from rrmm.errors import LONGEST_NAME, check_choice
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Store
from rrmm.spelling import key, plain

CACHE = "names.json"
OFFERS = 5
REMEMBERED = 1 << 12
RULES_IN_A_ROW = 5
GLOSS = re.compile(r"(.+?)\s*\(([^()]+)\)")
SEVERAL = re.compile(r"\s*(?:,(?!\d)|;\s|/|\band\b|&|\bwith\b|\bplus\b|\bthen\b|\bfollowed by\b|\+)\s*(?![^(]*\))")
IN_ONE_TEXT = ("comorbidity", "cytogenetics", "finding", "regimen")
WORD = re.compile(r"\w{4,}")


class Lexicon:
    """Answers what a name means; everything it knows is in its tables."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.all = [_meaning(row) for row in tables["meanings"]]
        self.codes = Codes(tables)
        self._answers = lru_cache(maxsize=REMEMBERED)(self._answer)
        self.taken = lru_cache(maxsize=REMEMBERED)(self._taken)
        self.read = lru_cache(maxsize=REMEMBERED)(self._read)

    @classmethod
    def of(cls, files: GraphFiles) -> Lexicon:
        """Return the names of a graph, from the cache where the graph has not changed."""
        if cached := files.artefact(CACHE):
            return cls(build.cast_tables(json.loads(cached)))
        tables = build.build_index(files.root, Store(files.snapshot))
        files.keep(CACHE, json.dumps(tables, ensure_ascii=False).encode())
        return cls(tables)

    def find(self, said: str, where: str | None = None) -> Answer:
        """Return what a name means, in one place if given, and what is offered where nothing is taken.

        Raises QueryError for an unknown place.
        """
        if where is not None:
            check_choice("place of names", where, PLACES, key="where")
        return self._answers(said, where)

    def _taken(self, said: str, where: str) -> tuple[Meaning, ...]:
        """Return what is taken of a name in one place, without looking for what could be offered."""
        return tuple(meaning for meaning in self._find(said, (where,)) if meaning.where == where and meaning.taken)

    def _read(self, said: str, where: str | None = None) -> Answer:
        """Return what a name means, as `find` does, without looking for what could be offered."""
        places = (where,) if where else PLACES
        return Answer(said, tuple(meaning for meaning in self._find(said, places) if meaning.where in places), ())

    def _answer(self, said: str, where: str | None) -> Answer:
        answer = self._read(said, where)
        if any(meaning.taken for meaning in answer.meanings):
            return answer
        return answer._replace(offers=tuple(self._offers(said, answer.meanings, (where,) if where else PLACES)))

    def _find(self, said: str, places: Sequence[str]) -> list[Meaning]:
        if not said.strip() or len(said) > LONGEST_NAME:
            return []
        if (direct := self._direct(said)) and any(meaning.where in places for meaning in direct):
            return direct
        numbers = self.codes.find(said)
        if numbers is not None:
            return [self.all[number] for number in numbers]
        found: dict[Meaning, None] = {}
        for place in places:
            found.update(dict.fromkeys(self._in_place(plain(said), place)))
        drugs = {meaning.label for meaning in found if meaning.where == "drug" and meaning.taken}
        return [meaning for meaning in found if meaning.where != "regimen" or not drugs.issuperset(meaning.drugs)]

    def _direct(self, text: str) -> list[Meaning]:
        return [self.all[number] for number in self.tables["names"].get(key(text), ())]

    # -- one place

    def _in_place(self, text: str, place: str) -> list[Meaning]:
        if meanings := self._by_rules(text, place):
            return meanings
        return list(self._several(text, place)) if place in IN_ONE_TEXT else []

    def _by_rules(self, text: str, place: str) -> list[Meaning]:
        """Return what is left of a text means when rules of writing are applied, the fewest first."""
        steps: list[tuple[str, tuple[Rule, ...]]] = [(text, ())]
        seen = {text}
        while steps:
            following: list[tuple[str, tuple[Rule, ...]]] = []
            for current, applied in steps:
                if meanings := self._understood(current, place, applied):
                    return meanings
                for rule, pattern in self._rules[place]:
                    shorter = _tidy(pattern.sub(rule.replacement, current, count=1))
                    if shorter and shorter not in seen and len(applied) < RULES_IN_A_ROW:
                        seen.add(shorter)
                        following.append((shorter, (*applied, rule)))
            steps = following
        return []

    def _understood(self, text: str, place: str, applied: tuple[Rule, ...]) -> list[Meaning]:
        allowed = (place, *BESIDE.get(place, ()))
        meanings = [meaning for meaning in self._direct(text) if meaning.where in allowed]
        procedures = [meaning for meaning in meanings if meaning.where == "procedure"]
        meanings = procedures or meanings or self._glossed(text, place)
        if place == "regimen" and not procedures and not any(meaning.where == place for meaning in meanings):
            readings = self._regimens.find(text, least=1 if applied else 2)
            meanings = self._regimens.meanings(readings, self.regimen)
        return [_weakened(meaning, applied) for meaning in meanings]

    def _glossed(self, text: str, place: str) -> list[Meaning]:
        """Return the meaning of `X (Y)` where Y says the same, or settles which of several X is."""
        match = GLOSS.fullmatch(text)
        if not match:
            return []
        meanings = [meaning for meaning in self._direct(match[1]) if meaning.where == place]
        gloss = self._direct(match[2]) or self._by_rules(match[2], place)
        labels = {meaning.label for meaning in gloss}
        fitting = [m for m in meanings if m.label in labels or labels.intersection(m.drugs)]
        if len(fitting) == 1 and fitting[0].certainty == AMBIGUOUS:
            return [fitting[0]._replace(certainty=EXACT, because=None)]
        return fitting if all(meaning.taken for meaning in fitting) else []

    def _several(self, text: str, place: str) -> Iterator[Meaning]:
        """Yield the meanings of a text that names several things, if each is understood."""
        pieces = [piece for piece in SEVERAL.split(text) if piece.strip()]
        parts = [self._by_rules(piece, place) for piece in pieces]
        understood = len(pieces) > 1 and all(part and all(meaning.taken for meaning in part) for part in parts)
        if understood and (
            place != "regimen" or any(meaning.where == "procedure" for part in parts for meaning in part)
        ):
            for part in parts:
                yield from part

    def _drug(self, text: str) -> list[Meaning]:
        direct = [meaning for meaning in self._direct(text) if meaning.where == "drug"]
        return direct or self._by_rules(plain(text), "drug")

    def regimen(self, drugs: Drugs) -> Meaning:
        """Return the meaning of some drugs as a regimen: that of the graph, where it has it."""
        return self._by_drugs.get(frozenset(drugs)) or Meaning("regimen", " + ".join(drugs), drugs)

    @cached_property
    def _by_drugs(self) -> dict[frozenset[str], Meaning]:
        kept: dict[frozenset[str], Meaning] = {}
        for meaning in self.all:
            if meaning.where == "regimen" and meaning.iri and len(meaning.label) > 1:
                kept.setdefault(frozenset(meaning.drugs), meaning._replace(certainty=EXACT, because=None))
        return kept

    @cached_property
    def _regimens(self) -> Regimens:
        return Regimens(self.tables, self.all, self._drug)

    @cached_property
    def _rules(self) -> dict[str, list[tuple[Rule, re.Pattern[str]]]]:
        rules: dict[str, list[tuple[Rule, re.Pattern[str]]]] = {place: [] for place in PLACES}
        for row in self.tables["rules"]:
            rule = Rule(tuple(row[0]), *row[1:])  # type: ignore[arg-type]
            pattern = re.compile(rule.pattern)
            for place in rule.places:
                rules[place].append((rule, pattern))
        return rules

    # -- offers

    def _offers(self, said: str, meanings: Sequence[Meaning], places: Sequence[str]) -> list[str]:
        """Return labels to offer: what an ambiguous name could be, members of a class, then near names."""
        offers = [meaning.label for meaning in meanings if meaning.label != meaning.because]
        if not offers:
            for meaning in self._direct(said) if len(said) <= LONGEST_NAME else ():
                if meaning.where == "class" and "drug" in places and meaning.iri:
                    offers += self.tables["members"].get(meaning.iri, [])
        return list(dict.fromkeys(offers or self.near(said, places)))

    def near(self, said: str, places: Sequence[str] = PLACES, *, sharing: bool = True) -> list[str]:
        """Return the labels of names near in spelling, else, where `sharing`, of names that share a word."""
        if len(said) > LONGEST_NAME:
            return []
        word = key(said)
        if word.replace(";", "").isdigit():
            return []
        found: list[tuple[float, str]] = []
        for apart, name in near(word, (name for name in self.tables["names"] if not name.startswith("code|"))):
            for meaning in self._settled(name, places):
                found.append((apart + (0 if meaning.iri else 0.5), meaning.label))
        labels = dict.fromkeys(label for _, label in sorted(found, key=lambda pair: pair[0]))
        return list(labels or dict.fromkeys(self._sharing(said, places) if sharing else ()))[:OFFERS]

    def _settled(self, name: str, places: Sequence[str]) -> Iterator[Meaning]:
        for number in self.tables["names"][name]:
            if self.all[number].where in places and self.all[number].taken:
                yield self.all[number]

    def _sharing(self, said: str, places: Sequence[str]) -> Iterable[str]:
        """Return the labels of names that hold the longest word of what was said."""
        words = sorted(WORD.findall(plain(said)), key=len, reverse=True)
        for word in map(key, words):
            names = [name for name in self.tables["names"] if word in name and not name.startswith("code|")]
            labels = [m.label for name in sorted(names, key=len) for m in self._settled(name, places)]
            if labels:
                return labels
        return []


def _meaning(row: list[object]) -> Meaning:
    where, label, drugs, *rest = row
    return Meaning(where, label, tuple(drugs), *rest)  # type: ignore[arg-type]


def _weakened(meaning: Meaning, applied: tuple[Rule, ...]) -> Meaning:
    """Return a meaning as the applied rules leave it."""
    for rule in applied:
        meaning = meaning._replace(
            certainty=weakest(meaning.certainty, rule.certainty),
            grade=rule.grade or meaning.grade,
            because=meaning.because or rule.because,
        )
    return meaning


def _tidy(text: str) -> str:
    """Return a text without the blanks and open ends that a rule leaves."""
    text = " ".join(text.split()).strip(" ,;/")
    if text.count("(") > text.count(")"):
        text = text.rstrip("( ")
    return text.lstrip(") ") if text.startswith(")") else text
