"""Sentences of a cytogenetic report: what each says of an abnormality, and that it is not understood where it may.

An answer counts for the names of its own piece. A sentence with a word that no rule knows says nothing outright.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from rrmm.errors import LONGEST_NAME
from rrmm.intake.pieces import (
    ABNORMALITY,
    ABSENT,
    ANSWER,
    ANSWERS,
    ASIDE,
    BEFORE,
    BULLET,
    COUNT,
    DATE,
    DENIAL,
    EXCEPTION,
    FINDING,
    HARMLESS,
    HEADS,
    NAMES,
    PIECE_END,
    PRESENT,
    PROBE,
    PROBE_GENE,
    PROBE_OF,
    RESULT,
    SENTENCE_END,
    SEPARATOR,
    SIGNS,
    SINGULAR,
    TEST,
    UNCLEAR,
    UNKNOWN,
    VARIANT,
    Name,
    Piece,
    Word,
)
from rrmm.intake.tables import LONGEST_TEXT, Tables
from rrmm.spelling import plain

PLACES = (
    *(ABNORMALITY, VARIANT, PROBE_OF, PROBE_GENE, PROBE, ASIDE, RESULT, EXCEPTION, BEFORE, DENIAL, COUNT, ANSWER),
    *(SIGNS, SINGULAR, BULLET, TEST, HARMLESS, FINDING, DATE, SEPARATOR, SENTENCE_END, PIECE_END),
)
"""Places of the rules that read words; of two that read as much of a text, the first counts."""
OVERLONG = "…"
LONGEST_PIECE, LONGEST_ANSWER, LONGEST_KEPT, LONGEST_END = 40, 160, 500, 20
OF_ALL = ("later answer", "answer of others")
"""Places of the rules by which an answer without a name is of all names, and by which it is not."""
NOT_BLANK = re.compile(r"\S+")
OPEN_END = re.compile(
    r"(?:[,/&:(.;]|(?<![-:=] )(?<![-:=(])\bnot?|\b(?:and|or|nor|of|for|with|by|in|the|to|und|oder|mit|von|et|ou|de))$",
    re.IGNORECASE,
)
GOES_ON = re.compile(r"[(),/&]|(?:and|or|nor|und|oder|noch|et|ou)\b", re.IGNORECASE)
BULLETS = re.compile(r"^[-*•·–—]+\s+")
"""How a line ends that the next one goes on with, how that one begins, and the signs before an item of a list."""


def fold(text: str) -> str:
    """Return a text in the letters of the patterns; a sign that no rule reads stands for what is too long."""
    folded = plain(text[:LONGEST_TEXT]) + (f" {OVERLONG}" if len(text) > LONGEST_TEXT else "")
    if len(folded) <= LONGEST_NAME:
        return folded
    return " ".join(word if len(word) <= LONGEST_NAME else OVERLONG for word in folded.split())


class Sentences:
    """Reads sentences by the rules of a graph."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def fold(self, text: str) -> str:
        """Return a text in the letters of the patterns, with a sign between lines that each name something.

        A line that is broken off, or goes on with the one before, is one with it.
        """
        lines = [line.strip() for line in text[:LONGEST_TEXT].splitlines() if line.strip()]
        joined, names = "", False
        for line in lines:
            here = any(word.kind in NAMES for word in self.words(fold(line)))
            is_new = names and here and not OPEN_END.search(joined[-LONGEST_END:]) and not GOES_ON.match(line)
            joined += f"; {BULLETS.sub('', line)}" if is_new else f" {line}"
            names = here or (names and not is_new)
        return fold(joined.strip() + text[LONGEST_TEXT:])

    def read(self, folded: str) -> Iterator[tuple[str, str]]:
        """Yield each abnormality and variant that a text names, with present, absent, or why it is neither."""
        words = self.words(folded)
        if len({word.text for word in words if word.kind == DATE}) > 1:
            words = [word._replace(kind=UNKNOWN) if word.kind == DATE else word for word in words]
        sentences = [
            [Piece(self._with_names(piece, folded)) for piece in _split(one, PIECE_END)]
            for one in _split(_set_aside(words), SENTENCE_END)
        ]
        for sentence in sentences:
            _settle(sentence)
        _settle_across(sentences)
        _settle_across(sentences[::-1])
        pieces = [piece for sentence in sentences for piece in sentence]
        self._take_back(pieces, folded)
        for piece in pieces:
            yield from piece.results()

    def _take_back(self, pieces: Sequence[Piece], folded: str) -> None:
        """Leave open what a later piece without names answers otherwise: `repeat FISH negative`."""
        names: list[Name] = []
        for piece in pieces:
            if not piece.names and names and self._is_of_all(folded[piece.start : piece.end]):
                for name in names:
                    is_otherwise = name.means in {PRESENT, ABSENT} and piece.outright - {name.means}
                    name.means = UNCLEAR if is_otherwise else name.means
            names += piece.names

    def _is_of_all(self, said: str) -> bool:
        """Return whether an answer without names is of the test as a whole, or of a later one."""
        has_place = [any(one.search(said) for rule in self.tables.places[p] for one in rule.patterns) for p in OF_ALL]
        return len(said) <= LONGEST_ANSWER and has_place == [True, False]

    def answer(self, text: str, label: str) -> str:
        """Return what a text answers of an abnormality: present, absent, or why it is neither."""
        folded = fold(f"{label}: {text}")
        if not any(word.kind in {*ANSWERS, BEFORE, DENIAL} for word in self.words(folded)):
            return UNCLEAR
        return next((means for _, means in self.read(folded)), UNCLEAR)

    def denies(self, folded: str) -> bool:
        """Return whether a name says with its own words that it is absent, or leaves it open."""
        said = (word for word in self.words(folded) if word.kind in ANSWERS | HEADS)
        return any(word.means != PRESENT for word in said)

    def mentions(self, folded: str) -> list[Word]:
        """Return the abnormalities and variants that a text names, in order."""
        words = self._with_names(self.words(folded), folded)
        return [word for word in words if word.kind in {ABNORMALITY, VARIANT}]

    def names_abnormality(self, folded: str) -> bool:
        """Return whether a text names an abnormality, by itself or by a probe that stands for one, or a probe alone."""
        kinds = self.kinds(folded)
        return bool(kinds & NAMES) and (UNKNOWN not in kinds or bool(self.mentions(folded)))

    def kinds(self, folded: str) -> set[str]:
        """Return the kinds of the words of a text."""
        return {word.kind for word in self.words(folded)}

    def _with_names(self, words: list[Word], folded: str) -> list[Word]:
        """Return the words of a piece, or its names where it is as a whole what a patient file takes for one."""
        if not words or {word.kind for word in words} & {ABNORMALITY, VARIANT, *ANSWERS, *HEADS}:
            return words
        start, end = words[0].start, words[-1].end
        taken = self.tables.lexicon.taken(folded[start:end], "cytogenetics") if end - start <= LONGEST_PIECE else []
        labels = [meaning.label for meaning in taken if meaning.label != self.tables.label("standard-risk")]
        return [Word(start, end, ABNORMALITY, label, words[0].text) for label in labels] or words

    def words(self, folded: str) -> list[Word]:
        """Return all words of a text in order; those between the known ones are unknown."""
        return list(
            _words_of_name(self.tables, folded) if len(folded) <= LONGEST_KEPT else _find_words(self.tables, folded)
        )


@lru_cache(maxsize=1_000)
def _words_of_name(tables: Tables, folded: str) -> tuple[Word, ...]:
    """Return the words of a short text, which several readers ask for."""
    return tuple(_find_words(tables, folded))


def _find_words(tables: Tables, folded: str) -> Iterator[Word]:
    found = [
        Word(match.start(), match.end(), place, rule.means, match[0])
        for place in PLACES
        for rule in tables.places[place]
        for pattern in rule.patterns
        for match in pattern.finditer(folded)
        if match[0] and not (place == ABNORMALITY and folded[match.start() - 1 : match.start()] == "?")
    ]
    end = 0
    for word in (*_apart(found), Word(len(folded), len(folded), SENTENCE_END, "", "")):
        for gap in NOT_BLANK.finditer(folded, end, word.start):
            yield Word(gap.start(), gap.end(), UNKNOWN, "", gap[0])
        yield word
        end = word.end


def _settle(pieces: Sequence[Piece]) -> None:
    """Give pieces that are nothing but names what their list says, or leave them open where others deny."""
    bare = [piece.is_bare for piece in pieces]
    following: list[Piece | None] = []
    later: Piece | None = None
    for piece, is_bare in zip(reversed(pieces), reversed(bare), strict=True):
        following.append(later)
        later = later if is_bare else piece
    head: Word | None = None
    is_listed = False
    for place, (piece, later) in enumerate(zip(pieces, reversed(following), strict=True)):
        if not bare[place]:
            head, is_listed = piece.head, piece.is_listed
        elif head is not None and head.means != PRESENT:
            _say(piece, head.means if is_listed else UNCLEAR)
        elif later and later.denies and (not later.names or later.leads_with_answer):
            is_alone = not any(bare[max(0, place - 1) : place]) and later is pieces[place + 1]
            if not (is_alone and later.is_singular and not later.has_colon_answer):
                _say(piece, UNCLEAR)


def _settle_across(sentences: Sequence[Sequence[Piece]]) -> None:
    """Leave sentences open that are nothing but names, next to one without names that denies."""
    is_denied = False
    for sentence in sentences:
        if not any(piece.names for piece in sentence):
            is_denied |= any(piece.denies for piece in sentence)
            continue
        bare = [name for piece in sentence for name in piece.names if name.bare]
        for name in bare if is_denied else ():
            name.means = UNCLEAR
        is_denied &= len(bare) == sum(len(piece.names) for piece in sentence)


def _say(piece: Piece, means: str) -> None:
    for name in piece.names:
        name.means = means


def _set_aside(words: Sequence[Word]) -> list[Word]:
    """Return words whose names carry a mark where they stand under a heading of methods, history, or the like."""
    is_aside, marked = False, list[Word]()
    for word in words:
        is_aside = word.kind == ASIDE or (is_aside and word.kind != RESULT)
        marked.append(word._replace(text=ASIDE) if is_aside and word.kind in NAMES else word)
    return marked


def _split(words: Sequence[Word], kind: str) -> list[list[Word]]:
    return [list(group) for is_end, group in groupby(words, lambda word: word.kind == kind) if not is_end]


def _apart(words: Sequence[Word]) -> Iterator[Word]:
    """Yield words that do not overlap, the longest first, in order of place."""
    kept: list[Word] = []
    taken = bytearray(max((word.end for word in words), default=0))
    for word in sorted(words, key=lambda word: word.start - word.end):
        if not any(taken[word.start : word.end]):
            taken[word.start : word.end] = b"\1" * (word.end - word.start)
            kept.append(word)
    yield from sorted(kept)
