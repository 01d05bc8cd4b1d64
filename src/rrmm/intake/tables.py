"""The rules of intake as tables: codes, patterns, units, paths, and limits, built from the graph once and cached."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache, cached_property, lru_cache
from math import inf
from typing import NamedTuple

from rrmm.catalogue.naming.lexicon import Lexicon
from rrmm.errors import LONGEST_NAME, KnowledgeError
from rrmm.graph.files import GraphFiles
from rrmm.intake.records import Concept
from rrmm.iris import local_name
from rrmm.rules.base import RuleBase
from rrmm.spelling import plain

CACHE = "intake.json"
LONGEST_TEXT = 20_000
DENIAL, ABSENCE, DOUBT, PLAN, FAILED = "denial", "absence", "doubt", "plan", "failed drug"
"""Places of the rules by which a text takes back what it names."""
RESERVATIONS = (ABSENCE, DOUBT, PLAN)
"""Those that hold of whatever is named."""

_compile = cache(re.compile)  # the cache of `re` holds fewer patterns than there are


class Rule(NamedTuple):
    """One rule of intake."""

    place: str
    means: str
    codes: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    paths: tuple[str, ...]
    when: tuple[str, ...]
    reason: str
    unit: str
    factor: float
    number: float
    minimum: float | None
    maximum: float | None


class Tables:
    """All rules of intake of a graph, its names, and the keys of a patient file in their order with their ranges."""

    def __init__(self, rows: list[dict[str, list[str]]], lexicon: Lexicon, rules: RuleBase) -> None:
        self.lexicon, self._rules = lexicon, rules
        keys = rules.keys
        self.keys = tuple(dict.fromkeys(path.partition(".")[0] for path in keys))
        self.ranges = {
            path: (-inf if key.minimum is None else key.minimum, inf if key.maximum is None else key.maximum)
            for path, key in keys.items()
        }
        self.places: dict[str, list[Rule]] = defaultdict(list)
        for said in sorted(rows, key=lambda said: int(said.get("ruleOrder", ["0"])[0])):
            rule = _rule(said)
            self.places[rule.place].append(rule)

    @classmethod
    @lru_cache(maxsize=2)
    def of(cls, files: GraphFiles) -> Tables:
        """Return the rules of a graph, from the cache where the graph has not changed."""
        if cached := files.artefact(CACHE):
            return cls(json.loads(cached), Lexicon.of(files), RuleBase.of(files))
        from rrmm.graph import queries
        from rrmm.graph.store import Store

        rules: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in Store(files.snapshot).rows(queries.find(files.root, "intake", "rules").text):
            rules[row["rule"]][local_name(row["property"])].append(str(row["value"]))
        rows = [dict(said) for _, said in sorted(rules.items())]
        files.keep(CACHE, json.dumps(rows, ensure_ascii=False).encode())
        return cls(rows, Lexicon.of(files), RuleBase.of(files))

    def labels(self, place: str) -> tuple[str, ...]:
        """Return what the rules of a place stand for, in their order."""
        return tuple(dict.fromkeys(rule.means for rule in self.places[place]))

    def label(self, place: str) -> str:
        """Return what the one rule of a place stands for."""
        return self.places[place][0].means

    def members(self, class_iri: str) -> frozenset[str]:
        """Return the labels of the drugs of a class; none for anything else."""
        return frozenset(map(self._rules.label, self._rules.members_of(class_iri)))

    @cached_property
    def limits(self) -> dict[str, float]:
        """Limit → number."""
        return {rule.means: rule.number for rule in self.places["limit"]}

    @cached_property
    def _codes(self) -> dict[str, dict[str, Rule]]:
        return {
            place: {code.casefold(): rule for rule in rules for code in rule.codes}
            for place, rules in self.places.items()
        }

    def codes(self, place: str) -> tuple[str, ...]:
        """Return the codes of the rules of a place, in small letters."""
        return tuple(self._codes.get(place, {}))

    def by_code(self, place: str, code: str) -> Rule | None:
        """Return the rule of a place with this code."""
        return self._codes.get(place, {}).get(code.strip().casefold())

    def by_beginning(self, place: str, code: str) -> Rule | None:
        """Return the rule of a place with the longest code that this one begins with."""
        known = self._codes.get(place, {})
        folded = code.strip().casefold()[: max(map(len, known), default=0)]
        return next((known[folded[:size]] for size in range(len(folded), 0, -1) if folded[:size] in known), None)

    @staticmethod
    def fold(text: str) -> str:
        """Return a text as patterns read it: of a very long one the beginning, without what is too long for a word.

        A pattern looks for the end of a word from each of its letters.
        """
        folded = plain(text[:LONGEST_TEXT])
        return folded if len(folded) <= LONGEST_NAME else " ".join(w for w in folded.split() if len(w) <= LONGEST_NAME)

    def by_text(self, place: str, text: str) -> Rule | None:
        """Return the first rule of a place whose pattern a text has."""
        folded = self.fold(text)
        return next((rule for rule in self.places[place] for one in rule.patterns if one.search(folded)), None)

    def plain_part(self, text: str, *reservations: str) -> tuple[str, str]:
        """Return the part of a text that is said without reservation, and why the rest is not read, "" where all is.

        A denial takes back what follows it; the other reservations, places of rules, take back the whole text.
        """
        folded = self.fold(text)
        for place in reservations:
            if rule := self.by_text(place, folded):
                return "", rule.means
        denials = [
            (match.start(), rule)
            for rule in self.places[DENIAL]
            for one in rule.patterns
            if (match := one.search(folded))
        ]
        if not denials:
            return text, ""
        start, rule = min(denials, key=lambda pair: pair[0])
        return folded[:start], rule.means

    def taken_back(self, words: Iterable[str], reservations: Iterable[str], says: Callable[[str], object]) -> str:
        """Return why no part that is said without reservation `says` it, "" where one does, or nothing is reserved."""
        parts = [self.plain_part(word, *reservations) for word in words]
        return "" if any(says(part) for part, _ in parts) else next((why for _, why in parts if why), "")

    def find(self, place: str, concept: Concept, *texts: str) -> Rule | None:
        """Return the rule of a place for a concept: by its codes, else by its words, then by further texts."""
        for coding in concept.codings:
            if rule := self.by_code(place, coding.curie):
                return rule
        for text in (*concept.words, *texts):
            if rule := self.by_text(place, text):
                return rule
        return None

    def means(self, place: str, *texts: str) -> str | None:
        """Return what the first understood text means in a place."""
        for text in texts:
            if text and (rule := self.by_text(place, text)):
                return rule.means
        return None

    def system(self, name: str) -> str:
        """Return the canonical prefix of a code system, or its own name where it is unknown."""
        rule = self.by_code("system", name) or self.by_code("system", name.split("|")[0])
        return rule.means if rule else name.strip()

    def paths(self, format_: str, name: str) -> tuple[str, dict[str, list[str]]] | None:
        """Return the kind of a resource and role → paths, or None for a resource that says nothing here."""
        rule = self.by_code(f"{format_} resource", name)
        if rule is None:
            return None
        parts = (path.partition(": ") for path in rule.paths)
        return rule.means, {role: [one.strip() for one in paths.split("|")] for role, _, paths in parts}


def _rule(said: dict[str, list[str]]) -> Rule:
    def first(name: str) -> str:
        return next(iter(said.get(name, ())), "")

    def number(name: str) -> float | None:
        return float(first(name)) if first(name) else None

    try:
        patterns = tuple(_compile(pattern) for pattern in said.get("intakePattern", ()))
    except re.error as error:
        raise KnowledgeError(
            f"{error.pattern!r}: not a regular expression ({error}). Mend rrmm:intakePattern."
        ) from None
    return Rule(
        first("intakePlace"),
        first("intakeMeans"),
        tuple(said.get("intakeCode", ())),
        patterns,
        tuple(said.get("intakePath", ())),
        tuple(said.get("intakeWhen", ())),
        first("intakeReason"),
        first("intakeUnit"),
        number("intakeFactor") or 1.0,
        number("intakeNumber") or 0.0,
        number("intakeMinimum"),
        number("intakeMaximum"),
    )
