"""What the texts beside a drug say: the line, and that the drug is for the myeloma."""

from __future__ import annotations

from collections.abc import Iterable

from rrmm.intake.tables import Tables


def line_stated(tables: Tables, texts: Iterable[str]) -> int | None:
    """Return the number of the line that a text states, or None."""
    for text in map(tables.fold, texts):
        for rule in tables.places["line stated"]:
            for pattern in rule.patterns:
                if match := pattern.search(text):
                    return int(match[1]) if match.groups() else int(rule.means)
    return None


def regimen_stated(tables: Tables, texts: Iterable[str]) -> str | None:
    """Return the name of the regimen that a text states, as written, or None."""
    for text in texts:
        plainly = tables.fold(text)
        for rule in tables.places["regimen stated"]:
            for pattern in rule.patterns:
                if match := pattern.search(plainly):
                    start = plainly.find(match[1])
                    folded = text.casefold()
                    place = folded.find(match[1]) if len(folded) == len(text) else -1
                    return text[place : place + len(match[1])].strip() if place >= 0 else match[1].strip() or str(start)
    return None


def is_myeloma(tables: Tables, texts: Iterable[str]) -> bool:
    """Return whether a text names the myeloma."""
    return any(tables.by_text("disease", text) for text in texts)
