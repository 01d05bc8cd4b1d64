"""Sentences of a cytogenetic report: what each says of an abnormality, and that it is not understood where it may.

An answer counts for the names of its own piece. A sentence with a word that no rule knows says nothing outright.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from rrmm.errors import LONGEST_NAME
from rrmm.intake.tables import LONGEST_TEXT, Tables
from rrmm.spelling import plain

PRESENT, ABSENT, NOT_TESTED = "present", "absent", "not tested"
UNCLEAR = "what is said of it is not understood"
EXCEPTED = "excepted"
ABNORMALITY, VARIANT, PROBE, PROBE_OF, PROBE_GENE = "abnormality", "variant", "probe", "probe of", "probe gene"
ANSWER, COUNT = "presence", "count"
BEFORE, DENIAL, EXCEPTION, FINDING = "presence before", "denial before", "exception", "finding verb"
SEPARATOR, PIECE_END, SENTENCE_END = "separator", "piece end", "sentence end"
HARMLESS, SINGULAR, DATE, ASIDE, RESULT = "harmless", "singular", "date", "aside", "result"
BULLET, TEST, UNKNOWN = "bullet", "test", "unknown"
PASSED = {HARMLESS, TEST, SINGULAR, DATE, RESULT}
NAMES = {ABNORMALITY, VARIANT, PROBE, PROBE_OF, PROBE_GENE}
ANSWERS = {ANSWER, COUNT}
HEADS = {BEFORE, DENIAL, EXCEPTION, FINDING}
PLACES = (
    *(ABNORMALITY, VARIANT, PROBE_OF, PROBE_GENE, PROBE, ASIDE, RESULT, EXCEPTION, BEFORE, DENIAL, COUNT, ANSWER),
    *(SINGULAR, BULLET, TEST, HARMLESS, FINDING, DATE, SEPARATOR, SENTENCE_END, PIECE_END),
)
"""Places of the rules that read words; of two that read as much of a text, the first counts."""
OR, COLON, CLOSING, OVERLONG = "or", (":", "="), ")", "…"
LONGEST_PIECE = 40
NOT_BLANK = re.compile(r"\S+")


class Word(NamedTuple):
    """A name, an answer, or another known word of a text; `kind` is the place of its rule."""

    start: int
    end: int
    kind: str
    means: str
    text: str


@dataclass
class _Name:
    label: str
    kind: str
    means: str = ""
    aside: bool = False
    signed: bool = False
    bare: bool = False


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

    def read(self, folded: str) -> Iterator[tuple[str, str]]:
        """Yield each abnormality and variant that a text names, with present, absent, or why it is neither."""
        words = self.words(folded)
        if len({word.text for word in words if word.kind == DATE}) > 1:
            words = [word._replace(kind=UNKNOWN) if word.kind == DATE else word for word in words]
        sentences = [
            [_Piece(self._with_names(piece, folded)) for piece in _split(one, PIECE_END)]
            for one in _split(_set_aside(words), SENTENCE_END)
        ]
        for sentence in sentences:
            _settle(sentence)
        _settle_across(sentences)
        _settle_across(sentences[::-1])
        for piece in (piece for sentence in sentences for piece in sentence):
            yield from piece.results()

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
        found = [
            Word(match.start(), match.end(), place, rule.means, match[0])
            for place in PLACES
            for rule in self.tables.places[place]
            for pattern in rule.patterns
            for match in pattern.finditer(folded)
            if match[0] and not (place == ABNORMALITY and folded[match.start() - 1 : match.start()] == "?")
        ]
        words, end = list[Word](), 0
        for word in (*_apart(found), Word(len(folded), len(folded), SENTENCE_END, "", "")):
            for gap in NOT_BLANK.finditer(folded, end, word.start):
                words.append(Word(gap.start(), gap.end(), UNKNOWN, "", gap[0]))
            words.append(word)
            end = word.end
        return words


class _Piece:
    """A piece of a sentence, read word by word."""

    def __init__(self, words: Sequence[Word]) -> None:
        raw = [at for at, word in enumerate(words) if word.kind not in PASSED or word.text in (*COLON, CLOSING)]
        self.words = [words[at] for at in raw]
        self.names: list[_Name] = []
        self.pending: list[_Name] = []
        self.entry: list[_Name] = []
        self.answered: list[_Name] = []
        self.head: Word | None = None
        self.is_listed = self.is_fresh = self.is_separated = self.is_mixed = False
        self.is_signed = self.has_head = self.leads_with_answer = self.has_colon_answer = False
        self.joint = ""
        self.is_doubtful = any(word.kind == UNKNOWN for word in words)
        self.is_singular = any(word.kind == SINGULAR for word in words)
        self.is_test = any(word.kind == TEST for word in words)
        self.said = {word.means for word in words if word.kind in ANSWERS | HEADS - {FINDING, EXCEPTION}}
        self.last_name = max((place for place, word in enumerate(self.words) if word.kind in NAMES), default=-1)
        for place, word in enumerate(self.words):
            if word.kind in NAMES:
                self._name(word)
            elif word.kind == BULLET:
                self._dash(words, raw[place])
            elif word.kind == SEPARATOR:
                self.is_separated = True
                self.joint = word.means if word.means == OR or not self.joint else self.joint
            elif word.kind in HEADS and not self._is_behind(place):
                self._begin(word, is_listed=word.text.endswith(COLON) or self.words[place + 1].text in COLON)
            elif word.kind in ANSWERS | HEADS:
                self._answer(place, word)
        self._leave(is_plain=not self.is_mixed)

    @property
    def is_bare(self) -> bool:
        """Return whether the piece is nothing but names."""
        return bool(self.names) and all(name.bare for name in self.names) and not self.is_doubtful

    @property
    def denies(self) -> bool:
        """Return whether an answer of the piece is another than present."""
        return bool(self.said - {PRESENT})

    def results(self) -> Iterator[tuple[str, str]]:
        """Yield the label of each name with what is said of it."""
        named = {name.label for name in self.names if name.kind in {ABNORMALITY, VARIANT}}
        for name in self.names:
            means = name.means
            if means == EXCEPTED:
                means = PRESENT if self.said - {PRESENT} == {ABSENT} else UNCLEAR
            if (self.is_doubtful or name.aside) and means in {PRESENT, ABSENT}:
                means = UNCLEAR
            if name.kind in {ABNORMALITY, VARIANT}:
                yield name.label, means
            elif name.kind != PROBE and name.label not in named:
                yield name.label, means if name.kind == PROBE_OF and means != PRESENT else UNCLEAR

    def _name(self, word: Word) -> None:
        name = _Name(word.means, word.kind, aside=word.text == ASIDE, signed=self.is_signed)
        self.is_signed = False
        if self.is_separated or not self.is_fresh:
            self.entry = []
            self.is_separated = False
        self.names.append(name)
        self.entry.append(name)
        if self.head is None:
            self.pending.append(name)
        else:
            name.means = EXCEPTED if self.head.kind == EXCEPTION else self.head.means
            self.answered.append(name)
        self.is_fresh = True

    def _dash(self, words: Sequence[Word], place: int) -> None:
        """Take a dash between blanks: before a name, and not behind a word such as `FISH`, it may be a minus."""
        before = words[place - 1].kind if place else SEPARATOR
        if words[place + 1 :] and words[place + 1].kind in NAMES:
            if self.is_fresh and not self.is_separated:
                self._leave(is_plain=False)
            self.is_signed = before in {SEPARATOR, *NAMES, *ANSWERS}

    def _leave(self, *, is_plain: bool) -> None:
        """Take the names that wait for an answer as present where they stand alone, else leave them open."""
        for name in self.pending:
            name.bare = is_plain and not name.signed and not self.is_test
            name.means = PRESENT if name.bare else UNCLEAR
        self.pending = []

    def _is_behind(self, place: int) -> bool:
        """Return whether a word that can stand before a name stands behind one: `17p- not tested`, `17p-: no, …`."""
        if place > self.last_name:
            return True
        before, after = self.words[max(0, place - 2) : place], self.words[place + 1]
        is_after_colon = len(before) == 2 and before[0].kind in NAMES and before[1].text in COLON
        return bool(self.names) and (is_after_colon or after.kind == SEPARATOR or after.text == CLOSING)

    def _begin(self, word: Word, *, is_listed: bool) -> None:
        """Take a word for the names that follow."""
        if word.kind == FINDING and (self.names or self.head):
            return
        self._leave(is_plain=self.is_separated and not self.is_mixed)
        self.entry, self.answered, self.joint = [], [], ""
        if self.head and not self.names and self.head.kind != FINDING:
            word = word._replace(means=_both(self.head.means, word.means))
        self.head, self.is_listed, self.has_head, self.is_fresh, self.is_mixed = word, is_listed, True, False, False

    def _answer(self, place: int, word: Word) -> None:
        """Take a word for the names before it; for those that follow where it begins a list."""
        following = self.words[place + 1 : place + 3]
        is_colon = bool(following) and following[0].text in COLON
        is_list = len(following) == 2 and is_colon and following[1].kind in NAMES
        if is_list or not self.names:
            kind = self.head.kind if self.head and not self.names else BEFORE
            self._begin(word._replace(kind=kind), is_listed=is_list)
            return
        self.has_colon_answer |= place > 0 and self.words[place - 1].text in COLON
        if self.head is not None and self.is_fresh:
            self._answer_under_head(word, self.head)
        elif self.pending:
            for name in self.pending:
                name.means = word.means
            self.answered, self.pending = self.pending, []
        else:
            for name in self.answered:
                name.means = _both(name.means, word.means)
        self.leads_with_answer |= not self.has_head
        self.is_fresh, self.is_mixed, self.joint = False, True, ""

    def _answer_under_head(self, word: Word, head: Word) -> None:
        before = [name for name in self.answered if not any(name is own for own in self.entry)]
        is_completed = head.kind == DENIAL and word.kind == ANSWER and word.means == PRESENT
        for name in self.entry:
            if is_completed and (not before or self.joint == OR):
                continue
            if is_completed:
                name.means = UNCLEAR
            elif before or head.kind == FINDING or (name.means == EXCEPTED and word.means == PRESENT):
                name.means = name.means if name.means == EXCEPTED else word.means
            else:
                name.means = _both(name.means, word.means)
        if head.kind == FINDING and word.means != head.means:
            for name in before:
                name.means = UNCLEAR
        self.answered, self.head = list(self.entry), None


def _both(one: str, other: str) -> str:
    return one if one == other else UNCLEAR


def _settle(pieces: Sequence[_Piece]) -> None:
    """Give pieces that are nothing but names what their list says, or leave them open where others deny."""
    bare = [piece.is_bare for piece in pieces]
    following: list[_Piece | None] = []
    later: _Piece | None = None
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


def _settle_across(sentences: Sequence[Sequence[_Piece]]) -> None:
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


def _say(piece: _Piece, means: str) -> None:
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
