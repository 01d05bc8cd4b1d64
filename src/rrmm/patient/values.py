"""The value of one key of a patient file: its type, its range, and the thing that a word names."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

from rrmm.errors import PatientError, close_names, nearest
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

Value = str | float

COUNTRY_CODE = re.compile("[A-Za-z]{2}")
EXPECTED = {"boolean": "true or false", "text": "text", "integer": "a whole number", "number": "a number"}
ENTRY_KEYS = {"name", "grade", "other"}
GRADES = range(1, 6)
LARGEST = sys.float_info.max
SHOWN_NAMES = 12
SHOWN_CHARACTERS = 60


class ValueReader:
    """Reads values as the keys of a graph define them; `where` names the file in errors.

    `not_covered` collects the words that the file gives as true and no source knows.
    """

    def __init__(self, rule_base: RuleBase, where: str) -> None:
        self.rule_base, self.where = rule_base, where
        self.not_covered: list[str] = []

    def error(self, path: str, problem: str, value: object = None, offers: Sequence[str] = ()) -> PatientError:
        """Return an error that names the key, the value and the names that are offered instead."""
        return PatientError(f"{self.where}: {path}: {problem}", file=self.where, key=path, value=value, offers=offers)

    def entries(self, key: Key, path: str, value: object) -> Iterator[tuple[str, str]]:
        """Yield the thing and the fact of each entry of a list; one entry may stand without a list."""
        for number, entry in enumerate(value if isinstance(value, list) else [value], 1):
            place = f"{path}[{number}]"
            if not isinstance(entry, Mapping):
                yield self.name(key, place, entry), f"{key.path}: {entry}"
            elif resolved := self._mapping(key, place, entry):
                yield resolved

    def _mapping(self, key: Key, path: str, entry: Mapping[str, object]) -> tuple[str, str] | None:
        """Return the thing and the fact of an entry with a grade; None for a word that no source knows."""
        unknown = [name for name in entry if name not in ENTRY_KEYS]
        if unknown:
            raise self.error(path, f"unknown key {unknown[0]!r}; an entry has name and grade, or other.")
        if "other" in entry:
            if not key.other or not isinstance(entry["other"], str):
                raise self.error(path, "other takes a text, in lists that allow it. See: rrmm schema patient")
            self.not_covered.append(entry["other"])
            return None
        grade = entry.get("grade")
        if grade is not None and (isinstance(grade, bool) or not isinstance(grade, int) or grade not in GRADES):
            raise self.error(f"{path}.grade", f"takes a grade from 1 to 5, not {describe(grade)}.", grade)
        thing = self.name(key, path, entry.get("name"))
        return thing, f"{key.path}: {entry['name']}" + (f", grade {grade}" if grade else "")

    def single(self, key: Key, path: str, value: object) -> Value:
        """Return the value of a key that takes one."""
        if key.kind == "choice":
            return self.name(key, path, value)
        if key.kind == "code":
            if not isinstance(value, str) or not COUNTRY_CODE.fullmatch(value):
                raise self.error(path, f"takes an ISO 3166-1 alpha-2 code such as KR, not {describe(value)}.", value)
            return value.upper()
        if isinstance(value, bool):
            if key.kind == "boolean":
                return (key.when_true if value else key.when_false) or value
        elif key.kind == "text" and isinstance(value, (str, int, float)):
            return str(value)
        elif key.kind in {"number", "integer"} and isinstance(value, (int, float)):
            return self._number(key, path, value)
        raise self.error(path, f"takes {EXPECTED[key.kind]}, not {describe(value)}.", value)

    def _number(self, key: Key, path: str, value: float) -> float:
        low, high = key.minimum, key.maximum
        if not -LARGEST <= value <= LARGEST or (key.kind == "integer" and value != int(value)):
            raise self.error(path, f"takes a {'whole ' if key.kind == 'integer' else ''}number, not {value}.", value)
        if (low is not None and value < low) or (high is not None and value > high):
            span = f"from {low:g} to {high:g}" if high is not None and low is not None else f"of at least {low:g}"
            unit = f" (unit {key.unit})" if key.unit else ""
            problem = f"{value:g} is out of range; it takes a number {span}{unit}. {key.definition}"
            raise self.error(path, problem, value)
        return float(value)

    def name(self, key: Key, path: str, word: object) -> str:
        """Return the thing that a word names, among those that a key can hold."""
        names = self.rule_base.names(str(key.values_from))
        if isinstance(word, bool) or not isinstance(word, (str, int)):
            raise self.error(path, f"takes a name, not {describe(word)}.", word)
        thing = names.get(str(word).casefold())
        if thing is None:
            readable = [name for name in names if "/" not in name and ":" not in name]
            hint = nearest(str(word), readable) or f" Known: {', '.join(sorted(readable)[:SHOWN_NAMES])}."
            escape = " A true word that the review does not know: {other: …}." if key.other else ""
            problem = f"unknown name {str(word)[:SHOWN_CHARACTERS]!r}.{hint}{escape}"
            raise self.error(path, problem, word, close_names(str(word), readable))
        return thing


def describe(value: object) -> str:
    """Return a value of a patient file as an error shows it: in JSON, cut to one short line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "…"
