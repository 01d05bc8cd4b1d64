"""Which drugs a text mentions, read to its end: what is neither a name nor known to be harmless is left over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rrmm.catalogue.naming.model import AMBIGUOUS, Meaning
from rrmm.intake.coverage import find_grams, read_name
from rrmm.intake.tables import Tables
from rrmm.spelling import key

TOKEN = re.compile(r"[^\W_]+")
SIGNS = re.compile("[◆■]")
BETWEEN_TOKENS = re.compile(r"[ -]?")
LONGEST_TEXT = 1_000
SHORTEST_NAME, SHORTEST_WORD = 2, 4
PLACES = ("drug", "class", "regimen")
HARMLESS = ("days of a drug", "beside a drug")
MASK, NAME, KNOWN = "|", "◆", "■"
"""Signs in the place of what separates drugs, of a name, and of what is harmless beside one."""


class Mentions(NamedTuple):
    """What a text names: drugs and regimens, drugs that no source knows, what could be several, and what is left."""

    meanings: tuple[Meaning, ...] = ()
    others: tuple[str, ...] = ()
    supportive: bool = False
    unsettled: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    only_short: bool = False
    hint: bool = False

    def __bool__(self) -> bool:
        """Return whether a drug of the myeloma is named; short names beside a supportive drug are none."""
        return bool(self.meanings) and not (self.only_short and self.supportive)

    @property
    def drugs(self) -> tuple[str, ...]:
        """The labels of the named drugs, each once."""
        return tuple(dict.fromkeys(label for meaning in self.meanings for label in meaning.drugs or (meaning.label,)))


def find_mentions(tables: Tables, text: str) -> Mentions:
    """Return what a text mentions; long names count wherever they stand, short ones as an item of the list."""
    folded = tables.fold(text)
    said, cut = folded[:LONGEST_TEXT], len(text) > LONGEST_TEXT
    named: list[Meaning] = []
    unsettled: list[tuple[str, list[Meaning]]] = []
    masked = said
    for start, end, meaning in _long_names(tables, said):
        masked = masked[:start] + NAME * (end - start) + masked[end:]
        named.append(meaning)
    only_short = not named
    supportive, others, left = False, [], ["…"] if cut else []
    procedures: list[str] = []
    listed = [(item, element) for element in _split(tables, masked, HARMLESS) for item in _items(element)]
    alone = only_short and len(listed) == 1
    for item, element in listed:
        meanings = _short_name(tables, item, alone=alone)
        taken = [meaning for meaning in meanings if meaning.taken]
        if taken and not (_names_drug(tables, element) and _is_beside(taken[0], item, named)):
            named += taken[:1]
        elif meanings:
            unsettled.append((item, meanings))
        elif _covers(tables, "supportive drug", item):
            supportive = True
        elif tables.lexicon.taken(item, "procedure"):
            procedures.append(item)
        elif " " not in item and _covers(tables, "cancer drug", item):
            others.append(item)
        else:
            left.append(item)
    drugs = [meaning for meaning in named if meaning.where != "class"]
    mentions = Mentions(
        tuple(drugs or named), tuple(others), supportive, (), tuple(procedures), tuple(left), only_short
    )
    known = set(mentions.drugs)
    if not named and not supportive:
        words = {word for item in left for word in item.split() if len(word) >= SHORTEST_NAME}
        mentions = mentions._replace(hint=any(tables.lexicon.taken(word, "regimen") for word in words))
    return mentions._replace(unsettled=tuple(name for name, meanings in unsettled if not _settles(known, meanings)))


def _long_names(tables: Tables, text: str) -> list[tuple[int, int, Meaning]]:
    """Return where names stand that are too long to be another word, with what they mean."""
    tokens = [match.span() for match in TOKEN.finditer(text)]
    return find_grams(text, tokens, BETWEEN_TOKENS, lambda said: _long_name(tables, said))


def _long_name(tables: Tables, said: str) -> Meaning | None:
    if len(key(said)) < SHORTEST_WORD and said.isascii():
        return None
    meanings = read_name(tables, said, PLACES)
    is_single = bool(TOKEN.fullmatch(said))
    if not meanings and not is_single and " " not in said:
        meanings = list(tables.lexicon.taken(said, "regimen"))
    if not meanings and is_single and not said.isascii():
        meanings = list(tables.lexicon.taken(said, "drug"))
    return next(iter(meanings), None)


def drop_phrases(tables: Tables, text: str) -> str:
    """Return a text without phrases whose words alone would deny something: `before meals`."""
    folded = tables.fold(text)
    for pattern in (pattern for rule in tables.places["phrase beside a drug"] for pattern in rule.patterns):
        folded = pattern.sub(MASK, folded)
    return folded


def find_left(tables: Tables, text: str, places: Iterable[str] = HARMLESS) -> list[str]:
    """Return what patterns of some places leave of a text, item by item of its list."""
    return [item for element in _split(tables, tables.fold(text), places) for item in _items(element)]


def _split(tables: Tables, text: str, places: Iterable[str]) -> list[str]:
    """Return the elements of a list, each with a sign in the place of what is harmless."""
    for place, sign in (*((place, KNOWN) for place in places), ("between drugs", MASK)):
        for pattern in (pattern for rule in tables.places[place] for pattern in rule.patterns):
            text = pattern.sub(sign, text)
    return text.split(MASK)


def _items(element: str) -> list[str]:
    return [item for part in SIGNS.split(element) if TOKEN.search(item := part.strip(" -.:*'\""))]


def _is_beside(meaning: Meaning, item: str, named: Sequence[Meaning]) -> bool:
    """Return whether the letters of a regimen beside a drug may say how it is packed or given.

    Two may, and more unless the regimen has the drug.
    """
    known = {label for one in named for label in (one.drugs or (one.label,))}
    return meaning.where == "regimen" and (len(key(item)) <= SHORTEST_NAME or known.isdisjoint(meaning.drugs))


def _names_drug(tables: Tables, element: str) -> bool:
    """Return whether an element names a drug."""
    return NAME in element or any(_covers(tables, "supportive drug", item) for item in _items(element))


def _short_name(tables: Tables, item: str, *, alone: bool) -> list[Meaning]:
    """Return what an item of a list means as a drug; beside others `PD` settles nothing, and a letter is no name."""
    if not alone and len(key(item)) < SHORTEST_NAME:
        return []
    meanings = tables.lexicon.read(item).meanings
    drugs = [meaning for meaning in meanings if meaning.where in PLACES]
    beside = not alone and any(meaning.where == "response" for meaning in meanings)
    return [meaning._replace(certainty=AMBIGUOUS) for meaning in drugs] if beside else drugs


def _settles(known: set[str], meanings: Iterable[Meaning]) -> bool:
    """Return whether known drugs hold all of one reading: `MP` beside `VMP`."""
    readings = [meaning.drugs or (meaning.label,) for meaning in meanings]
    return any({part.strip() for label in labels for part in label.split("+")} <= known for labels in readings)


def _covers(tables: Tables, place: str, item: str) -> bool:
    """Return whether patterns of a place take the whole of an item."""
    return any(pattern.fullmatch(item) for rule in tables.places[place] for pattern in rule.patterns)
