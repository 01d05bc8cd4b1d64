"""One fact of a patient file changed: which changes could matter, and the merge patch that makes them.

What could matter is read from the conditions of the states: a value inside and one outside each class,
a number on either side of each threshold. Making a known fact unknown is no change of the patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rrmm.logic.conditions import Condition
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

DROP = object()
OUTSIDE = "ZZ"

Document = Mapping[str, Any]


class Edit(NamedTuple):
    """One fact changed: where in the document, to what (DROP removes a list's entry), and in words.

    `property` is the property of the patient that it touches, `drug` the drug of a prior treatment.
    """

    path: tuple[str | int, ...]
    value: Any
    said: str
    property: str
    drug: str | None = None


def applied(document: Document, edits: Iterable[Edit]) -> dict[str, Any]:
    """Return the document with facts changed; the document itself stays as it is."""
    result: Any = _plain(document)
    for edit in edits:
        _put(result, list(edit.path), edit.value)
    return dict(_without_dropped(result))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(below) for key, below in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list) else value


def _put(target: Any, path: list[str | int], value: Any) -> None:
    head, *rest = path
    if isinstance(head, int):
        target.extend([DROP] * (head + 1 - len(target)))
    if not rest:
        target[head] = value
        return
    below = target[head] if isinstance(head, int) else target.get(head)
    if isinstance(rest[0], int):
        below = [] if below is None else below if isinstance(below, list) else [below]
    elif not isinstance(below, dict):
        below = {} if below is None else {"drug": below}
    target[head] = below
    _put(below, rest, value)


def _without_dropped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_dropped(below) for key, below in value.items()}
    if isinstance(value, list):
        return [_without_dropped(entry) for entry in value if entry is not DROP]
    return value


def merge_patch(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON merge patch (RFC 7386) that turns one document into another; a list is replaced whole.

    >>> merge_patch({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 1, "c": 3}, "d": [1, 2]})
    {'a': {'c': 3}, 'd': [1, 2]}
    """
    patch: dict[str, Any] = {key: None for key in old if key not in new}
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

    def __init__(self, rule_base: RuleBase, document: Document, needs: Iterable[str] = ()) -> None:
        self.rule_base, self.document, self.needs = rule_base, document, set(needs)
        self.by_property: dict[str, list[Condition]] = {}
        for condition in rule_base.conditions.values():
            self.by_property.setdefault(condition.property, []).append(condition)

    def all(self) -> list[Edit]:
        """Return every change of one fact that some condition can tell."""
        found: list[Edit] = []
        for path, key in self.rule_base.keys.items():
            if path == "prior_drugs":
                found += self._treatments(key)
            elif not path.startswith("prior_drugs.") and key.property in self.by_property:
                found += self._of_key(key)
        return found

    def _of_key(self, key: Key) -> Iterator[Edit]:
        path = tuple(key.path.split("."))
        present = self._at(path)
        if key.kind == "list":
            yield from self._of_list(key, path, present)
            return
        for value in self._values(key):
            if value != present or isinstance(value, bool) is not isinstance(present, bool):
                yield Edit(path, value, f"{key.path}: {_said(value)}", key.property)

    def _of_list(self, key: Key, path: tuple[str, ...], present: Any) -> Iterator[Edit]:
        entries = [] if present is None else present if isinstance(present, list) else [present]
        if present is None:
            yield Edit(path, [], f"{key.path}: none", key.property)
        held = {self._thing(key, entry) for entry in entries}
        for number, entry in enumerate(entries):
            name = entry.get("name", entry.get("other")) if isinstance(entry, Mapping) else entry
            yield Edit((*path, number), DROP, f"{key.path}: without {name}", key.property)
        for number, value in enumerate(self._values(key, held), len(entries)):
            yield Edit((*path, number), value, f"{key.path}: {value}", key.property)

    def _treatments(self, key: Key) -> Iterator[Edit]:
        entries = self._at((key.path,))
        below = [k for path, k in self.rule_base.keys.items() if path.startswith(f"{key.path}.")]
        naming = next(k for k in below if k.bearer == "PriorTreatment" and k.path.endswith(".drug"))
        told = [k for k in below if k.property in self.by_property]
        if entries is None:
            yield Edit((key.path,), [], f"{key.path}: none", key.property)
        held = set()
        for number, entry in enumerate(entries or []):
            entry = entry if isinstance(entry, Mapping) else {"drug": entry}
            drug = self._thing(naming, entry["drug"])
            held.add(drug)
            label = self.rule_base.label(str(drug))
            yield Edit((key.path, number), DROP, f"{key.path}: without {label}", key.property, drug)
            for one in told:
                name = one.path.removeprefix(f"{key.path}.")
                for value in self._values(one):
                    if value != entry.get(name):
                        said = f"{key.path}[{label}].{name}: {_said(value)}"
                        yield Edit((key.path, number, name), value, said, one.property, drug)
        stated = next(k for k in told if k.default)
        name = stated.path.removeprefix(f"{key.path}.")
        number = len(entries or [])
        for drug in sorted(set(self.rule_base.names(str(naming.values_from)).values()) - held):
            label = self.rule_base.label(drug)
            for value in self._values(stated):
                entry = {"drug": label, name: value}
                yield Edit((key.path, number), entry, f"{key.path}[{label}].{name}: {value}", key.property, drug)
            number += 1

    def _at(self, path: Sequence[str]) -> Any:
        value: Any = self.document
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def _thing(self, key: Key, entry: Any) -> str | None:
        word = entry.get("name") if isinstance(entry, Mapping) else entry
        return self.rule_base.names(str(key.values_from)).get(str(word).casefold())

    def _values(self, key: Key, held: Iterable[str | None] = ()) -> list[Any]:
        """Return one value for each way in which the conditions on a key can turn out."""
        if key.kind == "boolean":
            return [True, False]
        conditions = self.by_property[key.property]
        if key.kind in {"number", "integer"}:
            return _beside(conditions, key)
        if key.kind == "code":
            return [*sorted({str(value) for c in conditions for value in c.values}), OUTSIDE]
        if not key.values_from:
            return []
        found: dict[tuple[bool, ...], str] = {}
        things = dict.fromkeys(self.rule_base.names(key.values_from).values())
        for thing in sorted(things, key=self.rule_base.label):
            if thing != key.default and thing not in set(held):
                told = tuple(thing in condition.values for condition in conditions)
                if key.kind == "choice" or any(told):
                    found.setdefault(told, self.rule_base.label(thing))
        return list(found.values())


def _beside(conditions: Sequence[Condition], key: Key) -> list[float]:
    """Return one number for each way in which conditions can turn out, among those the key takes."""
    low = float("-inf") if key.minimum is None else key.minimum
    high = float("inf") if key.maximum is None else key.maximum
    near = {c.threshold + step for c in conditions if c.operator for step in (-1.0, 0.0, 1.0)}
    found: dict[tuple[bool, ...], float] = {}
    for value in sorted(near):
        if low <= value <= high:
            found.setdefault(tuple(bool(c.met_by(frozenset({value}))) for c in conditions), value)
    return [int(value) if value == int(value) else value for value in found.values()]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
