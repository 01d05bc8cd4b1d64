"""A patient file in, facts out; what is not stated stays unknown.

Every word of the file is looked up in the graph. An unknown one is an error that offers the
nearest, never ignored. Patient data is not logged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rrmm.errors import PatientError, close_names, nearest
from rrmm.iris import RRMM
from rrmm.logic.conditions import Values
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

MAXIMUM_BYTES = 1_000_000
CODE = re.compile("[A-Za-z]{2}")


class Treatment(NamedTuple):
    """One prior drug: what the file says of it, as facts; `defaulted` properties are not stated in it."""

    drug: str
    facts: dict[str, Values]
    defaulted: frozenset[str]


class Patient(NamedTuple):
    """A patient's facts by property; a property that is missing is unknown."""

    name: str
    facts: dict[str, Values]
    treatments: list[Treatment] | None
    not_covered: list[str]
    defaulted: frozenset[str]
    where: str


def read(text: str, where: str) -> list[dict[str, Any]]:
    """Return the mapping of a YAML 1.2 or JSON patient file.

    Raises PatientError when it is empty, too large, not YAML, or not a mapping with text keys.
    """
    if len(text) > MAXIMUM_BYTES:
        raise PatientError(f"{where}: {len(text):,} characters; a patient file has at most {MAXIMUM_BYTES:,}.")
    if not text.strip():
        raise PatientError(f"{where}: empty. Give at least one key, or see: rrmm schema patient")
    document = _parse(text, where)
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise PatientError(f"{where}: a patient is a mapping of keys to values. See: rrmm schema patient")
    return [document]


def _parse(text: str, where: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except _Duplicate as error:
        raise PatientError(f"{where}: key {error} stands twice.") from None
    except (ValueError, RecursionError):
        pass
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise PatientError(f"{where}{line}: {problem}. Mend the YAML there.") from None
    except (ValueError, TypeError, RecursionError, AttributeError, KeyError, IndexError, OverflowError) as error:
        raise PatientError(f"{where}: not a patient file ({type(error).__name__}: {error}).") from None


class _Duplicate(Exception):
    """A key stands twice in one JSON object."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Duplicate(repr(key))
        found[key] = value
    return found


def load(path: Path) -> dict[str, Any]:
    """Return the mapping of the patient file at `path`."""
    try:
        with path.open("rb") as stream:
            content = stream.read(4 * MAXIMUM_BYTES + 1)
        if len(content) > 4 * MAXIMUM_BYTES:
            raise PatientError(f"{path}: too large; a patient file has at most {MAXIMUM_BYTES:,} characters.")
        return read(content.decode("utf-8-sig"), str(path))[0]
    except OSError as error:
        raise PatientError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise PatientError(f"{path}: not UTF-8 text.") from None


def resolve(document: Mapping[str, Any], rule_base: RuleBase, where: str = "patient") -> Patient:
    """Return the facts of a patient file's mapping.

    Raises PatientError naming the key for an unknown key or word, a wrong type or a value out of range.
    """
    return _Resolver(rule_base, where).patient(document)


class _Resolver:
    def __init__(self, rule_base: RuleBase, where: str) -> None:
        self.rule_base, self.where = rule_base, where
        self.not_covered: list[str] = []

    def error(self, path: str, problem: str, value: object = None, offers: Sequence[str] = ()) -> PatientError:
        return PatientError(f"{self.where}: {path}: {problem}", file=self.where, key=path, value=value, offers=offers)

    def patient(self, document: Mapping[str, Any]) -> Patient:
        flat = dict(self._flatten(document, ""))
        facts, treatments = {}, None
        for path, value in flat.items():
            key = self.rule_base.keys[path]
            if path == "prior_drugs":
                treatments = self._treatments(value)
            else:
                values = self._values(key, path, value, path)
                if key.unknown_below is None or all(float(v) >= key.unknown_below for v in values.certain):
                    facts[key.property] = values
        defaulted = self._default(facts, "")
        self._count_lines(facts, treatments)
        if treatments and facts.get(RRMM + "priorLines", Values(frozenset())).certain == {1.0}:
            for treatment in treatments:
                treatment.facts.setdefault(
                    RRMM + "treatmentLine", Values(frozenset({1.0}), facts={1.0: "prior_lines: 1"})
                )
        name = facts.get(RRMM + "patientId")
        called = str(next(iter(name.certain))) if name else "patient"
        return Patient(called, facts, treatments, self.not_covered, defaulted, self.where)

    def _count_lines(self, facts: dict[str, Values], treatments: list[Treatment] | None) -> None:
        """Refuse prior drugs in more lines than there were."""
        if treatments is None or RRMM + "priorLines" not in facts:
            return
        count = float(max(facts[RRMM + "priorLines"].certain))
        for treatment in treatments:
            line = treatment.facts.get(RRMM + "treatmentLine")
            if not count or (line and float(max(line.certain)) > count):
                said = f"line {max(line.certain):g}" if line else "a prior drug"
                label = self.rule_base.label(treatment.drug)
                raise self.error(f"prior_drugs[{label}]", f"{said} contradicts prior_lines: {count:g}. Correct one.")

    def _default(self, facts: dict[str, Values], below: str) -> frozenset[str]:
        """Add the values that stand for keys left out; return the properties of those."""
        added = set()
        for key in self.rule_base.defaulting["PriorTreatment" if below else "Patient"]:
            if key.property in facts:
                continue
            stands = key.default or key.assumed
            if stands is not None:
                facts[key.property] = Values(frozenset({stands}), facts={stands: f"{key.path}: not stated"})
                added.add(key.property)
            elif key.default_none:
                facts[key.property] = Values(frozenset())
                added.add(key.property)
        return frozenset(added)

    def _flatten(self, mapping: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, Any]]:
        heads = self.rule_base.heads[prefix]
        for key, value in mapping.items():
            if key not in heads:
                raise self.error(
                    f"{prefix}{key}",
                    f"unknown key.{nearest(str(key), heads)} See: rrmm schema patient",
                    value,
                    close_names(str(key), heads),
                )
            path = prefix + key
            if value is None:
                continue
            if path in self.rule_base.keys:
                yield path, value
            elif isinstance(value, Mapping):
                yield from self._flatten(value, path + ".")
            else:
                raise self.error(path, f"takes keys below it, not {_shown(value)}. See: rrmm schema patient", value)

    def _treatments(self, value: Any) -> list[Treatment]:
        if not isinstance(value, list):
            raise self.error("prior_drugs", f"takes a list of prior drugs, not {_shown(value)}.", value)
        found: list[Treatment] = []
        seen: set[tuple[Any, Any]] = set()
        for number, entry in enumerate(value, 1):
            path = f"prior_drugs[{number}]"
            if isinstance(entry, str):
                entry = {"drug": entry}
            if not isinstance(entry, Mapping):
                raise self.error(path, f"takes a mapping with the key drug, not {_shown(entry)}.", entry)
            facts = self._treatment(entry, path)
            drug = str(next(iter(facts[RRMM + "treatmentDrug"].certain)))
            place = (drug, entry.get("line"))
            if place in seen:
                label = self.rule_base.label(drug)
                raise self.error(path, f"{label} stands twice in one line of therapy. Merge the entries.")
            seen.add(place)
            found.append(Treatment(drug, facts, self._default(facts, path)))
        return found

    def _treatment(self, entry: Mapping[str, Any], path: str) -> dict[str, Values]:
        below = "prior_drugs."
        keys = {name.removeprefix(below): key for name, key in self.rule_base.keys.items() if name.startswith(below)}
        if entry.get("drug") is None:
            raise self.error(path, "the key drug is missing.")
        drug = self.rule_base.label(self._named(keys["drug"], f"{path}.drug", entry["drug"]))
        facts: dict[str, Values] = {}
        for name, value in entry.items():
            if name not in keys:
                raise self.error(
                    f"{path}.{name}",
                    f"unknown key.{nearest(str(name), keys)} See: rrmm schema patient",
                    value,
                    close_names(str(name), keys),
                )
            if value is not None:
                said = f"{below[:-1]}[{drug}].{name}"
                facts[keys[name].property] = self._values(keys[name], f"{path}.{name}", value, said)
        return facts

    def _values(self, key: Key, path: str, value: Any, said: str) -> Values:
        if key.kind == "list":
            entries = value if isinstance(value, list) else [value]
            resolved = [self._entry(key, f"{path}[{number}]", entry) for number, entry in enumerate(entries, 1)]
            pairs = [pair for pair in resolved if pair]
            return Values(frozenset(thing for thing, _ in pairs), facts=dict(pairs))
        resolved_one = self._single(key, path, value)
        return Values(frozenset({resolved_one}), facts={resolved_one: f"{said}: {_said(value)}"})

    def _entry(self, key: Key, path: str, entry: Any) -> tuple[str, str] | None:
        if isinstance(entry, Mapping):
            unknown = [name for name in entry if name not in {"name", "grade", "other"}]
            if unknown:
                raise self.error(path, f"unknown key {unknown[0]!r}; an entry has name and grade, or other.")
            if "other" in entry:
                if not key.other or not isinstance(entry["other"], str):
                    raise self.error(path, "other takes a text, in lists that allow it. See: rrmm schema patient")
                self.not_covered.append(entry["other"])
                return None
            grade = entry.get("grade")
            if grade is not None and (isinstance(grade, bool) or not isinstance(grade, int) or not 1 <= grade <= 5):
                raise self.error(f"{path}.grade", f"takes a grade from 1 to 5, not {_shown(grade)}.", grade)
            thing = self._named(key, path, entry.get("name"))
            return thing, f"{key.path}: {entry['name']}" + (f", grade {grade}" if grade else "")
        return self._named(key, path, entry), f"{key.path}: {entry}"

    def _single(self, key: Key, path: str, value: Any) -> Any:
        if key.kind == "choice":
            return self._named(key, path, value)
        if key.kind == "text" and isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return str(value)
        if key.kind == "code":
            if not isinstance(value, str) or not CODE.fullmatch(value):
                raise self.error(path, f"takes an ISO 3166-1 alpha-2 code such as KR, not {_shown(value)}.", value)
            return value.upper()
        if key.kind == "boolean" and isinstance(value, bool):
            return (key.when_true if value else key.when_false) or value
        if key.kind in {"number", "integer"} and isinstance(value, (int, float)) and not isinstance(value, bool):
            return self._number(key, path, value)
        wanted = {"boolean": "true or false", "text": "text", "integer": "a whole number", "number": "a number"}[
            key.kind
        ]
        raise self.error(path, f"takes {wanted}, not {_shown(value)}.", value)

    def _number(self, key: Key, path: str, value: float) -> float:
        low, high = key.minimum, key.maximum
        if value != value or value in (float("inf"), float("-inf")) or (key.kind == "integer" and value != int(value)):
            raise self.error(path, f"takes a {'whole ' if key.kind == 'integer' else ''}number, not {value}.", value)
        if (low is not None and value < low) or (high is not None and value > high):
            span = f"from {low:g} to {high:g}" if high is not None and low is not None else f"of at least {low:g}"
            unit = f" (unit {key.unit})" if key.unit else ""
            raise self.error(
                path, f"{value:g} is out of range; it takes a number {span}{unit}. {key.definition}", value
            )
        return float(value)

    def _named(self, key: Key, path: str, word: Any) -> str:
        names = self.rule_base.names(str(key.values_from))
        if isinstance(word, bool) or not isinstance(word, (str, int)):
            raise self.error(path, f"takes a name, not {_shown(word)}.", word)
        thing = names.get(str(word).casefold())
        if thing is None:
            readable = [name for name in names if "/" not in name and ":" not in name]
            hint = nearest(str(word), readable) or f" Known: {', '.join(sorted(readable)[:12])}."
            escape = " A true word that the review does not know: {other: …}." if key.other else ""
            raise self.error(
                path, f"unknown name {str(word)[:60]!r}.{hint}{escape}", word, close_names(str(word), readable)
            )
        return thing


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
