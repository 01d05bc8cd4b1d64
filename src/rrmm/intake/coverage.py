"""Whether a text says nothing but what is known: names, phrases of rules, and words that change nothing beside them.

Words that deny, doubt or plan have no end. So a short text is read as a whole: what no rule knows is left over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

from rrmm.catalogue.naming.model import Meaning
from rrmm.errors import LONGEST_NAME
from rrmm.intake.tables import ABSENCE, DOUBT, Rule, Tables
from rrmm.spelling import key, plain

T = TypeVar("T")
LONGEST_GRAM = 8
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
BETWEEN = re.compile(r"[\s/'’-]*")
TAKEN = "■"
LOOSE = re.compile(rf"[\s.,;:()\[\]/&*•·\"'|!{TAKEN}-]*")


class Names(NamedTuple):
    """What each name of some places in a text means, and the text with a sign in the place of each."""

    meanings: tuple[tuple[Meaning, ...], ...]
    text: str


class Phrases(NamedTuple):
    """The rules of a place whose patterns a text has, and the text with a sign in the place of each."""

    rules: tuple[Rule, ...]
    text: str


def find_grams(
    text: str, words: Sequence[tuple[int, int]], between: re.Pattern[str], read: Callable[[str], T | None]
) -> list[tuple[int, int, T]]:
    """Return what `read` knows of neighbouring words, each with its place; the longest are asked first."""
    near = [bool(between.fullmatch(text, one[1], other[0])) for one, other in pairwise(words)]
    free = [True] * len(words)
    found = []
    for size in range(min(LONGEST_GRAM, len(words)), 0, -1):
        for first in range(len(words) - size + 1):
            last = first + size - 1
            if all(free[first : last + 1]) and all(near[first:last]):
                start, end = words[first][0], words[last][1]
                if meaning := read(text[start:end]):
                    free[first : last + 1] = [False] * size
                    found.append((start, end, meaning))
    return sorted(found, key=lambda one: one[0])


def read_name(tables: Tables, said: str, places: Collection[str]) -> list[Meaning]:
    """Return the settled meanings of a name in some places."""
    numbers = tables.lexicon.tables["names"].get(key(said), ())
    meanings = (tables.lexicon.all[number] for number in numbers)
    return [meaning for meaning in meanings if meaning.where in places and meaning.taken]


def mark_names(tables: Tables, text: str, places: Collection[str]) -> Names:
    """Find the settled names of some places in a text, the longest first."""
    if len(text) > LONGEST_NAME:
        return Names((), text)
    words = [match.span() for match in WORD.finditer(text)]
    found = find_grams(text, words, BETWEEN, lambda gram: read_name(tables, gram, places))
    pieces, last = [], 0
    for start, end, _ in found:
        pieces += [text[last:start], TAKEN]
        last = end
    return Names(tuple(tuple(meanings) for _, _, meanings in found), "".join([*pieces, text[last:]]))


def mark_phrases(text: str, rules: Iterable[Rule]) -> Phrases:
    """Find the phrases of some rules in a text, in the order of the rules."""
    having = []
    for rule in rules:
        for pattern in rule.patterns:
            text, times = pattern.subn(TAKEN, text)
            if times and rule not in having:
                having.append(rule)
    return Phrases(tuple(having), text)


def left_over(tables: Tables, text: str, *places: str) -> str:
    """Return what is left of a text without the phrases of some places, "" where only signs between words are."""
    for place in places:
        text = without(tables, text, place)
    return "" if LOOSE.fullmatch(text) else " ".join(text.replace(TAKEN, " ").split())


def without(tables: Tables, text: str, place: str) -> str:
    """Return a text without the phrases of a place."""
    for rule in tables.places[place]:
        for pattern in rule.patterns:
            text = pattern.sub(" ", text)
    return text


def reserved(tables: Tables, text: str) -> bool:
    """Return whether a text doubts what it says, says that there was none of it, or is too long to be one statement."""
    return len(text) > LONGEST_NAME or any(tables.by_text(place, text) for place in (ABSENCE, DOUBT, "denying sign"))


def read_whole(tables: Tables, text: str, place: str, beside: str, *, doubts: bool = False) -> str | None:
    """Return what a text means in a place if it says that alone, else None; `doubts` may be what the place is about."""
    folded = plain(text[: LONGEST_NAME + 1])
    if len(folded) > LONGEST_NAME or (not doubts and reserved(tables, folded)):
        return None
    phrases = mark_phrases(folded, tables.places[place])
    meanings = {rule.means for rule in phrases.rules}
    return meanings.pop() if len(meanings) == 1 and not left_over(tables, phrases.text, beside) else None
