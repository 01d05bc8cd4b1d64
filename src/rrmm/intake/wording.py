"""What texts beside a drug say outright: line, regimen, why it was stopped, that it is for the myeloma."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from rrmm.errors import LONGEST_NAME
from rrmm.intake.coverage import left_over, mark_names, mark_phrases, reserved, without
from rrmm.intake.records import Exposure, Record
from rrmm.intake.tables import RESERVATIONS, Tables

CLAUSE = re.compile(r"[;,](?=\s|$)|(?<!\d)\.(?=\s|$)|\n|\s-\s|[()]")

PROGRESSION, INSUFFICIENT, TOXICITY = "progression", "insufficient response", "toxicity"
FAILURES = (PROGRESSION, INSUFFICIENT)
DECIDING = (*FAILURES, TOXICITY)
"""Reasons that decide whether a drug is refractory or not tolerated."""

PARTS = re.compile(r"[;,/+&()]|\b(?:and|und|et)\b")
BESIDE_STOP, BESIDE_NOT_GIVEN = "beside a stop", "beside not given"
DENIED = "it says what was no reason for the stop; no reason is read"
NOT_ALONE = "it says more than the reason for a stop; no reason is read"


class Stop(NamedTuple):
    """The reason for a stop, or why none is read."""

    reason: str
    why: str


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


@lru_cache(maxsize=10_000)
def read_stop(tables: Tables, text: str) -> Stop:
    """Return the reason that a text gives for a stop: one that decides anything, only if the text says that alone."""
    folded = tables.fold(text)
    if len(folded) <= LONGEST_NAME:
        folded = without(tables, folded, "denied beside a stop")
    rules = tables.places["stop reason"]
    deciding = [rule for rule in rules if rule.means in DECIDING]
    if not any(one.search(folded) for rule in deciding for one in rule.patterns):
        reason = next((rule.means for rule in rules for one in rule.patterns if one.search(folded)), "")
        return Stop(reason, "" if reason or folded == tables.fold(text) else DENIED)
    if reserved(tables, folded):
        return Stop("", NOT_ALONE)
    means = set()
    for part in PARTS.split(folded):
        having = mark_phrases(part, rules)
        decided = {rule.means for rule in having.rules} & set(DECIDING)
        text_left = mark_names(tables, having.text, ("drug", "regimen", "class", "procedure")).text
        places = ("beside a toxicity", BESIDE_STOP) if decided <= {TOXICITY} else (BESIDE_STOP,)
        if len(decided) > 1 or left_over(tables, text_left, *places):
            return Stop("", NOT_ALONE)
        means |= {rule.means for rule in having.rules}
    return Stop(next(rule.means for rule in rules if rule.means in means), "")


def stop_stated(tables: Tables, named: Iterable[str], notes: Iterable[str]) -> str:
    """Return what the name of a drug, or a note that begins with it, says of why it was stopped; "" for nothing."""
    for text, anywhere in (*((one, True) for one in named), *((one, False) for one in notes)):
        folded = tables.fold(text)
        for match in (one.search(folded) for rule in tables.places["stop stated"] for one in rule.patterns):
            if match and (anywhere or not left_over(tables, folded[: match.start()], BESIDE_NOT_GIVEN)):
                return folded[match.end() :].strip(" .)")
    return ""


def stop_reason(tables: Tables, record: Record, exposure: Exposure) -> str | None:
    """Return the reason for which a drug was stopped, or None; list the texts of which none is read."""
    for text in exposure.stop:
        stop = read_stop(tables, text)
        if stop.why:
            record.misunderstand(f"{exposure.source}: stopped: {text}", stop.why)
        if stop.reason:
            return stop.reason
    return None
