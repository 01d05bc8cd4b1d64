"""What the texts beside a drug say outright: the line, the regimen, and that the drug is for the myeloma."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rrmm.intake.tables import RESERVATIONS, Tables

CLAUSE = re.compile(r"[;,](?=\s|$)|(?<!\d)\.(?=\s|$)|\n|\s-\s|[()]")


def line_stated(tables: Tables, texts: Iterable[str]) -> int | None:
    """Return the number of the line that texts name outright, or None: a clause that is nothing but it.

    Where the words could be a batch, a vertebra or a catheter, nothing but a drug or its use may stand beside them.
    """
    for text in texts:
        said, _ = tables.plain_part(text, *RESERVATIONS)
        clauses = [clause for part in CLAUSE.split(tables.fold(said)) if (clause := part.strip(" ."))]
        outright = {number for one in clauses if (number := _line(tables, "line stated", one)) is not None}
        if not outright and all(_beside_a_line(tables, one) for one in clauses):
            outright = {number for one in clauses if (number := _line(tables, "line stated alone", one)) is not None}
        if len(outright) == 1:
            return outright.pop()
    return None


def _line(tables: Tables, place: str, clause: str) -> int | None:
    for rule in tables.places[place]:
        for pattern in rule.patterns:
            if match := pattern.fullmatch(clause):
                return int(match[1]) if match.groups() else int(rule.means)
    return None


def _beside_a_line(tables: Tables, clause: str) -> bool:
    texts = any(tables.by_text(place, clause) for place in ("line stated alone", "regimen stated", "use"))
    return texts or any(meaning.taken for meaning in tables.lexicon.read(clause).meanings)


def find_outright(tables: Tables, texts: Iterable[str]) -> list[str]:
    """Return the texts that nothing in them denies, doubts or plans."""
    return [text for text in texts if not tables.plain_part(text, *RESERVATIONS)[1]]


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
