"""What is wrong in the knowledge, as a value: a guard found it at a focus."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One thing wrong in the graph: which guard found it, where, and what to do.

    `guard` is ``shape:<Name>``, ``check:<slug>`` or ``source``; `focus` and `property` are IRIs;
    `message` names the thing and the remedy.
    """

    guard: str
    focus: str
    property: str
    value: str
    message: str
