"""Changes of one fact of a patient file: those that could matter, and the merge patch that makes them.

What could matter is read from the conditions of the states: a value inside and one outside each class,
a number on either side of each threshold. Making a known fact unknown is no change of the patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rrmm.logic.conditions import Condition
from rrmm.patient.document import Document
from rrmm.patient.lines import name_entry
from rrmm.patient.naming import REST_UNKNOWN, ReadWord
from rrmm.records import JsonObject
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

DROP = object()
OUTSIDE = "ZZ"
DRUGS = "prior_drugs"
BELOW = f"{DRUGS}."


class Edit(NamedTuple):
    """One fact changed: where in the document, to what (DROP removes a list's entry), and in words.

    `property` is the property of the patient that it touches, `drug` the drug of a prior treatment.
    """

    path: tuple[str | int, ...]
    value: object
    text: str
    property: str
    drug: str | None = None


def apply_edits(document: Document, edits: Iterable[Edit]) -> dict[str, object]:
    """Return the document with facts changed; the document itself stays as it is."""
    result: object = _plain(document)
    for edit in edits:
        result = _put(result, edit.path, edit.value)
    cleaned = _without_dropped(result)
    return cleaned if isinstance(cleaned, dict) else {}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return str(value) if isinstance(value, ReadWord) else value


def _put(present: object, path: Sequence[str | int], value: object) -> object:
    """Return `present` with `value` at a path; what the path lacks is added, a word becomes the drug of an entry."""
    if not path:
        return value
    head, *rest = path
    if isinstance(head, int):
        entries = list(present) if isinstance(present, list) else [] if present is None else [present]
        entries += [DROP] * (head + 1 - len(entries))
        entries[head] = _put(entries[head], rest, value)
        return entries
    mapping = present if isinstance(present, dict) else {} if present is None else {"drug": present}
    return {**mapping, head: _put(mapping.get(head), rest, value)}


def _without_dropped(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_dropped(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_without_dropped(entry) for entry in value if entry is not DROP]
    return value


def merge_patch(old: Document, new: Document) -> JsonObject:
    """Return the JSON merge patch (RFC 7386) that turns one document into another; a list is replaced whole.

    >>> merge_patch({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 1, "c": 3}, "d": [1, 2]})
    {'a': {'c': 3}, 'd': [1, 2]}
    """
    patch: JsonObject = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        if isinstance(value, dict) and isinstance(before, Mapping):
            if below := merge_patch(before, value):
                patch[key] = below
        elif key not in old or before != value or isinstance(before, bool) is not isinstance(value, bool):
            patch[key] = value
    return patch


class Edits:
    """The changes of one fact that could matter for one patient file."""

    def __init__(self, rule_base: RuleBase, document: Document) -> None:
        self.rule_base, self.document = rule_base, document
        self.by_property: dict[str, list[Condition]] = {}
        for condition in rule_base.conditions.values():
            self.by_property.setdefault(condition.property, []).append(condition)

    def all(self) -> list[Edit]:
        """Return every change of one fact that some condition can tell."""
        edits: list[Edit] = []
        for path, key in self.rule_base.keys.items():
            if path == DRUGS:
                edits += self._of_drugs(key)
            elif not path.startswith(BELOW) and key.property in self.by_property:
                edits += self._of_key(key)
        return edits

    def _of_key(self, key: Key) -> Iterator[Edit]:
        path = tuple(key.path.split("."))
        present = self._at(path)
        if key.kind == "list":
            yield from self._of_list(key, path, present)
            return
        for value in self._values(key):
            if value != present or isinstance(value, bool) is not isinstance(present, bool):
                yield Edit(path, value, f"{key.path}: {_text(value)}", key.property)

    def _of_list(self, key: Key, path: tuple[str, ...], present: object) -> Iterator[Edit]:
        entries = present if isinstance(present, list) else [] if present is None else [present]
        if present is None:
            yield Edit(path, [], f"{key.path}: none", key.property)
        held = {self._thing(key, entry) for entry in entries}
        for number, entry in enumerate(entries):
            name = entry.get("name", entry.get("other")) if isinstance(entry, Mapping) else entry
            yield Edit((*path, number), DROP, f"{key.path}: without {name}", key.property)
        for number, value in enumerate(self._values(key, held), len(entries)):
            yield Edit((*path, number), value, f"{key.path}: {value}", key.property)

    def _of_drugs(self, key: Key) -> Iterator[Edit]:
        present = self._at((DRUGS,))
        entries = [entry for entry in present if entry != REST_UNKNOWN] if isinstance(present, list) else []
        if present is None:
            yield Edit((DRUGS,), [], f"{DRUGS}: none", key.property)
        naming = self.rule_base.keys[f"{BELOW}drug"]
        drugs = [self._thing(naming, entry["drug"] if isinstance(entry, Mapping) else entry) for entry in entries]
        for number, (drug, entry) in enumerate(zip(drugs, entries, strict=True)):
            if drug:
                yield from self._of_entry(key, number, drug, entry if isinstance(entry, Mapping) else {"drug": entry})
        others = sorted(set(self.rule_base.names(str(naming.values_from)).values()) - set(drugs))
        for number, drug in enumerate(others, len(entries)):
            yield from self._of_new_drug(key, number, drug)

    def _of_entry(self, key: Key, number: int, drug: str, entry: Document) -> Iterator[Edit]:
        """Yield the changes of a prior drug: without it, and each of its keys; its line is named where it has one."""
        line = entry.get("line")
        place = name_entry(self.rule_base.label(drug), line if isinstance(line, int | float) else None)
        yield Edit((DRUGS, number), DROP, f"{DRUGS}: without {place}", key.property, drug)
        for below in self._keys_of_drugs():
            name = below.path.removeprefix(BELOW)
            for value in self._values(below):
                if value != entry.get(name):
                    text = f"{DRUGS}[{place}].{name}: {_text(value)}"
                    yield Edit((DRUGS, number, name), value, text, below.property, drug)

    def _of_new_drug(self, key: Key, number: int, drug: str) -> Iterator[Edit]:
        """Yield a further prior drug, with each value of the key that has a default: its status."""
        status = next(below for below in self._keys_of_drugs() if below.default)
        name, label = status.path.removeprefix(BELOW), self.rule_base.label(drug)
        for value in self._values(status):
            text = f"{DRUGS}[{label}].{name}: {value}"
            yield Edit((DRUGS, number), {"drug": label, name: value}, text, key.property, drug)

    def _keys_of_drugs(self) -> list[Key]:
        """Return the keys of a prior drug on which there are conditions."""
        keys = self.rule_base.keys.items()
        return [key for path, key in keys if path.startswith(BELOW) and key.property in self.by_property]

    def _at(self, path: Sequence[str]) -> object:
        value: object = self.document
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def _thing(self, key: Key, entry: object) -> str | None:
        word = entry.get("name") if isinstance(entry, Mapping) else entry
        return self.rule_base.names(str(key.values_from)).get(str(word).casefold())

    def _values(self, key: Key, held: Iterable[str | None] = ()) -> Sequence[str | float]:
        """Return one value for each way in which the conditions on a key can turn out."""
        if key.kind == "boolean":
            return [True, False]
        conditions = self.by_property[key.property]
        if key.kind in {"number", "integer"}:
            return _numbers(conditions, key)
        if key.kind == "code":
            return [*sorted({str(value) for c in conditions for value in c.values}), OUTSIDE]
        if not key.values_from:
            return []
        labels: dict[tuple[bool, ...], str] = {}
        things = dict.fromkeys(self.rule_base.names(key.values_from).values())
        for thing in sorted(things, key=self.rule_base.label):
            if thing != key.default and thing not in set(held):
                outcome = tuple(thing in condition.values for condition in conditions)
                if key.kind == "choice" or any(outcome):
                    labels.setdefault(outcome, self.rule_base.label(thing))
        return list(labels.values())


def _numbers(conditions: Sequence[Condition], key: Key) -> list[float]:
    """Return one number for each way in which conditions can turn out, among those the key takes."""
    low = float("-inf") if key.minimum is None else key.minimum
    high = float("inf") if key.maximum is None else key.maximum
    near = {c.threshold + step for c in conditions if c.operator for step in (-1.0, 0.0, 1.0)}
    numbers: dict[tuple[bool, ...], float] = {}
    for value in sorted(near):
        if low <= value <= high:
            numbers.setdefault(tuple(bool(c.met_by(frozenset({value}))) for c in conditions), value)
    return [int(value) if value == int(value) else value for value in numbers.values()]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
