"""A patient file that uses the names of a user's own files, told to the graph as it ships.

What such a file adds is there a word that no source knows, ``{other: …}``; a curated thing has its curated name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rrmm.graph.overlays import OverlayChange
from rrmm.patient.document import Document
from rrmm.patient.naming import translate
from rrmm.rules.base import RuleBase
from rrmm.texts import FREE

Names = Mapping[str, object]


def restate(document: Document, rule_base: RuleBase, changes: Iterable[OverlayChange], where: str) -> Document:
    """Return a document without the names that overlays give; `rule_base` is that of the graph with them.

    A document with a fault stays as it is: who reads it next says what is wrong.
    """
    changed = {change.thing: change for change in changes}
    things = map(rule_base.names, rule_base.members)
    names = {name: _word(changed[iri]) for named in things for name, iri in named.items() if iri in changed}
    translated, faults = translate(document, rule_base, where)
    return document if faults or not names else {key: _restate(value, key, names) for key, value in translated.items()}


def _word(change: OverlayChange) -> object:
    return {"other": change.label} if change.change == "added" else change.label


def _restate(value: object, key: str, names: Names) -> object:
    """Return a value of a document with its names restated."""
    if isinstance(value, list):
        return [_restate(entry, key, names) for entry in value]
    if isinstance(value, Mapping):
        name = _restate(value.get("name"), "name", names)
        if isinstance(name, Mapping):
            return name
        return {below: _restate(part, below, names) for below, part in value.items()}
    return names.get(value.casefold(), value) if isinstance(value, str) and key not in FREE else value
