"""A piece of a sentence of a cytogenetic report: the words of it, and what it answers of each name in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

PRESENT, ABSENT, NOT_TESTED = "present", "absent", "not tested"
UNCLEAR = "what is said of it is not understood"
EXCEPTED = "excepted"
ABNORMALITY, VARIANT, PROBE, PROBE_OF, PROBE_GENE = "abnormality", "variant", "probe", "probe of", "probe gene"
ANSWER, COUNT, SIGNS = "presence", "count", "list of signs"
BEFORE, DENIAL, EXCEPTION, FINDING = "presence before", "denial before", "exception", "finding verb"
SEPARATOR, PIECE_END, SENTENCE_END = "separator", "piece end", "sentence end"
HARMLESS, SINGULAR, DATE, ASIDE, RESULT = "harmless", "singular", "date", "aside", "result"
BULLET, TEST, UNKNOWN = "bullet", "test", "unknown"
PASSED = {HARMLESS, TEST, SINGULAR, DATE, RESULT}
NAMES = {ABNORMALITY, VARIANT, PROBE, PROBE_OF, PROBE_GENE}
ANSWERS = {ANSWER, COUNT, SIGNS}
HEADS = {BEFORE, DENIAL, EXCEPTION, FINDING}
OR, COLON, CLOSING = "or", (":", "="), ")"
SIGN = re.compile(r"[+-]+")


class Word(NamedTuple):
    """A name, an answer, or another known word of a text; `kind` is the place of its rule."""

    start: int
    end: int
    kind: str
    means: str
    text: str


@dataclass
class Name:
    """A name of a piece, with what is said of it."""

    label: str
    kind: str
    means: str = ""
    aside: bool = False
    signed: bool = False
    bare: bool = False


class Piece:
    """A piece of a sentence, read word by word."""

    def __init__(self, words: Sequence[Word]) -> None:
        words = [_join_signs(word) for word in words]
        self.start, self.end = (words[0].start, words[-1].end) if words else (0, 0)
        words = _sign(words)
        raw = [at for at, word in enumerate(words) if word.kind not in PASSED or word.text in (*COLON, CLOSING)]
        self.words = [words[at] for at in raw]
        self.names: list[Name] = []
        self.pending: list[Name] = []
        self.entry: list[Name] = []
        self.answered: list[Name] = []
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

    @property
    def outright(self) -> set[str]:
        """Return present and absent where the piece says so in words, or by a count of none."""
        said = (word for word in self.words if word.kind in {ANSWER, BEFORE, DENIAL} or word.means == ABSENT)
        return {word.means for word in said} & {PRESENT, ABSENT}

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
        name = Name(word.means, word.kind, aside=word.text == ASIDE, signed=self.is_signed)
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
            self.is_separated |= bool(self.names)
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
        if word.kind == SIGNS:
            self._answer_each(word)
        elif self.head is not None and self.is_fresh:
            self._answer_under_head(word, self.head, is_closed=self.words[place - 1].text == CLOSING)
        elif self.pending:
            for name in self.pending:
                name.means = word.means
            self.answered, self.pending = self.pending, []
        else:
            for name in self.answered:
                name.means = _both(name.means, word.means)
        self.leads_with_answer |= not self.has_head
        self.is_fresh, self.is_mixed, self.joint = False, True, ""

    def _answer_each(self, word: Word) -> None:
        """Give each name of the piece its sign of a list where there are as many of both, else leave them open."""
        signs, before = SIGN.findall(word.text), self.answered if self.head is not None else self.pending
        is_plain = len(signs) == len(before) == len(self.names) and not (self.head and self.head.kind != FINDING)
        for name, sign in zip(self.names, signs if is_plain else [""] * len(self.names), strict=True):
            name.means = (PRESENT if "+" in sign else ABSENT) if sign else UNCLEAR
        self.answered, self.pending = list(self.names), []

    def _answer_under_head(self, word: Word, head: Word, *, is_closed: bool) -> None:
        before = [name for name in self.answered if not any(name is own for own in self.entry)]
        is_completed = (
            head.kind in {DENIAL, BEFORE} and head.means == ABSENT and word.kind == ANSWER and word.means == PRESENT
        )
        for name in self.entry:
            if is_completed and (not before or self.joint == OR or is_closed):
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


def _join_signs(word: Word) -> Word:
    """Return a list of one sign over and over as the answer that it is."""
    signs = {sign[0] for sign in SIGN.findall(word.text)} if word.kind == SIGNS else set()
    return word._replace(kind=COUNT, means=PRESENT if "+" in signs else ABSENT) if len(signs) == 1 else word


def _both(one: str, other: str) -> str:
    return one if one == other else UNCLEAR


def _sign(words: Sequence[Word]) -> list[Word]:
    """Return words in which a dash behind a name and its colon is a minus, and no bullet: `del(17p): - t(4;14): +`."""
    read = list(words)
    for place, (name, colon, dash) in enumerate(zip(words, words[1:], words[2:], strict=False)):
        if name.kind in NAMES and colon.text in COLON and dash.kind == BULLET:
            read[place + 2] = dash._replace(kind=ANSWER, means=ABSENT)
    return read
