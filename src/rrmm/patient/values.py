"""The value of one key of a patient file: its type, its range, and the thing that a word names."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence

from rrmm.errors import PatientError, close_names, quote, shorten
from rrmm.patient import regions
from rrmm.patient.naming import REST_UNKNOWN, lexicon, place_of, shown
from rrmm.records import NamedTuple
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key, Unit
from rrmm.texts import show_line

Value = str | float

EXPECTED = {"boolean": "true or false", "text": "text", "integer": "a whole number", "number": "a number"}
ENTRY_KEYS = {"name", "grade", "other", "present"}
GRADES = range(1, 6)
MEASURE = re.compile(r"([-+]?\d+(?:\.\d+)?)\s*([^\d\s.,].*)")
DECIMALS = 4
DECIMALS_OF_WHOLE = re.compile(r"(?<=\A\d)\.0+\Z")
LARGEST = sys.float_info.max
SHOWN_NAMES = 12


class Listing(NamedTuple):
    """What a list says: the fact of each thing that is there, of each that is absent, and whether it says all.

    `others` are the words that no source knows of what is there.
    """

    texts: dict[Value, str]
    absent: dict[Value, str]
    complete: bool
    others: tuple[str, ...] = ()


class Entry(NamedTuple):
    """One entry of a list: its thing, None for a word that no source knows, and whether it is there."""

    thing: str | None
    text: str
    present: bool = True


class ValueReader:
    """Reads values as the keys of a graph define them; `where` names the file in errors.

    `not_covered` collects the words that the file gives as true and no source knows.
    """

    def __init__(self, rule_base: RuleBase, where: str) -> None:
        self.rule_base, self.where = rule_base, where
        self.not_covered: list[str] = []

    def error(self, path: str, problem: str, value: object = None, offers: Sequence[str] = ()) -> PatientError:
        """Return an error that names the key, the value and the names that are offered instead."""
        message = f"{self.where}: {show_line(path)}: {problem}"
        return PatientError(message, file=self.where, key=path, value=value, offers=offers)

    def listing(self, key: Key, path: str, value: object) -> Listing:
        """Return what a list says; one entry may stand without a list."""
        entries = value if isinstance(value, list) else [value]
        words = [entry for entry in entries if not _says_rest_unknown(entry)]
        read, faults = list[Entry](), list[PatientError]()
        for number, entry in enumerate(words, 1):
            try:
                read.append(self._entry(key, f"{path}[{number}]", entry))
            except PatientError as error:
                faults += error.faults
        if faults:
            raise PatientError.of(faults)
        texts: dict[Value, str] = {entry.thing: entry.text for entry in read if entry.thing and entry.present}
        absent: dict[Value, str] = {entry.thing: entry.text for entry in read if entry.thing and not entry.present}
        if contradicted := absent.keys() & texts.keys():
            label = self.rule_base.label(min(map(str, contradicted)))
            raise self.error(path, f"{label} is said to be there and to be absent. Correct one.")
        complete = len(words) == len(entries) and (not read or any(entry.present for entry in read))
        others = tuple(entry.text for entry in read if entry.thing is None and entry.present)
        return Listing(texts, absent, complete, others)

    def _entry(self, key: Key, path: str, entry: object) -> Entry:
        if not isinstance(entry, Mapping):
            return Entry(self.name(key, path, entry), f"{key.path}: {shown(entry)}")
        unknown = [name for name in entry if name not in ENTRY_KEYS]
        if unknown:
            raise self.error(path, f"unknown key {quote(unknown[0])}; an entry has name, grade and present, or other.")
        present = entry.get("present")
        if present is not None and not isinstance(present, bool):
            raise self.error(f"{path}.present", f"takes true or false, not {describe(present)}.", present)
        if "other" in entry and entry.keys() & {"name", "grade"}:
            raise self.error(path, "name and other are two things. Give each an entry of its own.")
        if "other" in entry:
            if not key.other or not isinstance(entry["other"], str) or not entry["other"].strip():
                raise self.error(path, "other takes a text, in lists that allow it. See: rrmm schema patient")
            if present is not False:
                self.not_covered.append(str(entry["other"]))
            return Entry(None, shown(entry["other"]), present is not False)
        grade = whole(entry.get("grade"))
        if grade is not None and (isinstance(grade, bool) or not isinstance(grade, int) or grade not in GRADES):
            raise self.error(f"{path}.grade", f"takes a grade from 1 to 5, not {describe(grade)}.", grade)
        thing = self.name(key, path, entry.get("name"))
        denied = "no " if present is False else ""
        text = f"{key.path}: {denied}{shown(entry['name'])}" + (f", grade {grade}" if grade else "")
        return Entry(thing, text, present is not False)

    def single(self, key: Key, path: str, value: object) -> Value:
        """Return the value of a key that takes one."""
        if key.kind == "choice":
            return self.name(key, path, value)
        if key.kind == "code":
            return self._region(path, value)
        if isinstance(value, bool):
            if key.kind == "boolean":
                return (key.when_true if value else key.when_false) or value
        elif key.kind == "text" and isinstance(value, (str, int, float)):
            return str(value)
        elif key.kind in {"number", "integer"} and isinstance(value, (int, float)):
            return self._number(key, path, value)
        elif key.kind == "number" and isinstance(value, str) and (measure := MEASURE.fullmatch(value.strip())):
            return self._number(key, path, self._converted(key, path, float(measure[1]), measure[2]))
        raise self.error(path, f"takes {EXPECTED[key.kind]}, not {describe(value)}.", value)

    def _region(self, path: str, value: object) -> str:
        """Return the code of a country, by its code or name."""
        if not isinstance(value, str) or not value.strip():
            raise self.error(path, f"takes a country, by its ISO 3166-1 code or name, not {describe(value)}.", value)
        code = regions.code_of(self.rule_base, value)
        if code is None:
            offers = regions.offer(self.rule_base, value)
            hint = f"Did you mean {' or '.join(offers)}?" if offers else "Give its ISO 3166-1 code, such as KR."
            raise self.error(path, f"unknown country {quote(value)}. {hint}", value, offers)
        return code

    def _number(self, key: Key, path: str, value: float) -> float:
        low, high = key.minimum, key.maximum
        if not -LARGEST <= value <= LARGEST or (key.kind == "integer" and value != int(value)):
            raise self.error(
                path, f"takes a {'whole ' if key.kind == 'integer' else ''}number, not {shorten(str(value))}.", value
            )
        if (low is not None and value < low) or (high is not None and value > high):
            meant = self._meant(key, value)
            span = f"from {low:g} to {high:g}" if high is not None and low is not None else f"of at least {low:g}"
            unit = f" (unit {key.unit})" if key.unit else ""
            problem = f"{value:g} is out of range; it takes a number {span}{unit}. {meant or key.definition}"
            raise self.error(path, problem, value)
        return float(value)

    def _converted(self, key: Key, path: str, number: float, unit: str) -> float:
        """Return a number in another unit as one in the unit of the key."""
        folded = fold_unit(unit)
        if key.unit and folded == fold_unit(key.unit):
            return number
        further = self.rule_base.units.get(key.property, [])
        for one in further:
            if folded in map(fold_unit, (one.unit, *one.spellings)):
                return convert(one, number)
        known = ", ".join(dict.fromkeys([*([key.unit] if key.unit else []), *(one.unit for one in further)]))
        raise self.error(
            path, f"unknown unit {quote(unit)}. Known: {known or 'none; give a number'}.", f"{number:g} {unit}"
        )

    def _meant(self, key: Key, value: float) -> str:
        """Return in which units a number out of range would make sense."""
        low = -LARGEST if key.minimum is None else key.minimum
        high = LARGEST if key.maximum is None else key.maximum
        sensible = [
            f'{unit}? That is {number:.{1 if number >= 1 else 4}f} {key.unit}: write "{value:g} {unit}".'
            for one in self.rule_base.units.get(key.property, [])
            if (one.multiplier, one.divisor) != (1, 1) and low <= (number := convert(one, value)) <= high
            for unit in (_spelt(one),)
        ]
        return " ".join(sensible)

    def name(self, key: Key, path: str, word: object) -> str:
        """Return the thing that a word names, among those that a key can hold."""
        names, word = self.rule_base.names(str(key.values_from)), whole(word)
        if isinstance(word, bool) or not isinstance(word, (str, int)):
            raise self.error(path, f"takes a name, not {describe(word)}.", word)
        thing = names.get(folded(str(word)))
        if thing is None:
            raise self._unknown(key, path, str(word))
        return thing

    def _unknown(self, key: Key, path: str, word: str) -> PatientError:
        """Return the error of an unknown name: it offers names near in spelling or meaning, or all of a few."""
        names = self.rule_base.names(str(key.values_from))
        readable = [name for name in names if "/" not in name and ":" not in name]
        place = place_of(key)
        near = lexicon(self.rule_base).find(word, place).offers if place else ()
        offers = list(near) or close_names(word, readable)
        hint = f" Did you mean {' or '.join(offers[:3])}?" if offers else ""
        if not hint and len(readable) <= SHOWN_NAMES:
            hint = f" Known: {', '.join(sorted(readable))}."
        escape = " A true word that no source knows: {other: …}." if key.other else ""
        return self.error(path, f"unknown name {quote(word)}.{hint}{escape}", word, offers)


def whole(value: object) -> object:
    """Return a whole number without the decimals that a table with gaps gives it; anything else as it is.

    >>> whole(2.0), whole(2.5)
    (2, 2.5)
    """
    return int(value) if isinstance(value, float) and value.is_integer() else value


def folded(word: str) -> str:
    """Return a word as names are looked up: in small letters, a whole number without decimals.

    >>> folded("Del(17p)"), folded("2.0")
    ('del(17p)', '2')
    """
    return DECIMALS_OF_WHOLE.sub("", word).casefold()


def fold_unit(unit: str) -> str:
    """Return a unit without the differences of writing that make none.

    >>> fold_unit("µmol / l") == fold_unit("umol/L")
    True
    """
    text = unicodedata.normalize("NFKC", unit).casefold()
    return "".join(text.replace("μ", "u").split())


def convert(unit: Unit, number: float) -> float:
    """Return a number in a further unit in the unit of its key, to four decimals: no finer than it was measured."""
    return round(number * unit.multiplier / unit.divisor, DECIMALS)


def _spelt(unit: Unit) -> str:
    """Return a unit as people write it, where that differs from its code in a sign alone."""
    return next((one for one in unit.spellings if fold_unit(one) == fold_unit(unit.unit)), unit.unit)


def _says_rest_unknown(entry: object) -> bool:
    return isinstance(entry, str) and entry.strip().casefold() == REST_UNKNOWN


def describe(value: object) -> str:
    """Return a value of a patient file as an error shows it: in JSON, cut to one short line."""
    return shorten(json.dumps(value, ensure_ascii=False, default=str))
