"""A fault of the knowledge as a value: the guard that found it, and the thing at fault."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One fault in the graph: the guard that found it, the place, and the remedy.

    `guard` is ``shape:<Name>``, ``check:<slug>`` or ``source``; `focus` and `property` are IRIs;
    `message` names the thing and the remedy.
    """

    guard: str
    focus: str
    property: str
    value: str
    message: str
