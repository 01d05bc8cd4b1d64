"""What intake gives for one person: the patient file, where each key came from, and what was left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from rrmm.errors import PatientError
from rrmm.records import JsonObject

MOST_SOURCES = 200_000


class Intake(NamedTuple):
    """The patient file of one person, and the report beside it."""

    patient: dict[str, Any]
    index_date: str
    sources: dict[str, list[str]]
    rules: dict[str, str]
    not_understood: list[dict[str, str]]
    ignored: dict[str, int]
    ignored_items: dict[str, list[str]]
    assumed: list[str]

    @property
    def notes(self) -> list[str]:
        """What stands beside the patient file, one line each; nothing is left out."""
        notes = [f"index date: {self.index_date}"]
        notes += [f"not understood: {one['what']}: {one['why']}" for one in self.not_understood]
        notes += [f"assumed: {text}" for text in self.assumed]
        notes += [f"ignored: {reason}: {number}" for reason, number in self.ignored.items()]
        return [" ".join(note.split()) for note in notes]

    def to_dict(self) -> JsonObject:
        """Return the patient file and its report as JSON has them."""
        return {
            "patient": self.patient,
            "index_date": self.index_date,
            "from": self.sources,
            "rules": self.rules,
            "not_understood": self.not_understood,
            "ignored": self.ignored,
            "ignored_items": self.ignored_items,
            "assumed": self.assumed,
        }


class Draft:
    """A patient file while it is filled: each key with its sources and the rule that gave it."""

    def __init__(self) -> None:
        self.patient: dict[str, Any] = {}
        self.sources: dict[str, list[str]] = {}
        self.rules: dict[str, str] = {}
        self.count = 0

    def put(self, path: str, value: object, sources: Iterable[str], rule: str) -> None:
        """Set a key, given as its path."""
        holder = self.patient
        *above, last = path.split(".")
        for name in above:
            holder = holder.setdefault(name, {})
        holder[last] = value
        self.note(path, sources, rule)

    def drop_impossible(self, ranges: Mapping[str, tuple[float, float]]) -> Iterator[tuple[str, object]]:
        """Take out the numbers that a patient file does not take; yield each path with its number."""
        for path, (low, high) in ranges.items():
            *above, last = path.split(".")
            holder: Any = self.patient
            for name in above:
                holder = holder.get(name) if isinstance(holder, dict) else None
            value = holder.get(last) if isinstance(holder, dict) else None
            if isinstance(value, (int, float)) and not low <= value <= high:
                del holder[last]
                yield path, value

    def note(self, path: str, sources: Iterable[str], rule: str) -> None:
        """Say where a key came from, and by which rule; raises PatientError for more sources than a record can have.

        What says something of each drug of a line is a source of each of them.
        """
        self.sources[path] = list(dict.fromkeys(sources))
        self.rules[path] = rule
        self.count += len(self.sources[path])
        if self.count > MOST_SOURCES:
            problem = f"more than {MOST_SOURCES:,} places say what its keys hold. Send what concerns the myeloma."
            raise PatientError(f"record: {problem}")
