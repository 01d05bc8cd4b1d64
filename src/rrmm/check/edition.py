"""A later edition of a source: every span and figure of the earlier text, found again in the later one.

It says where each now stands, and which statements rest on what changed or vanished. It decides nothing: a curator
reads those again. Nothing is written.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from rrmm.check.source import read, read_text
from rrmm.graph import queries
from rrmm.graph.store import Store
from rrmm.graph.terms import Term, iri_term
from rrmm.iris import local_name, short

Fate = Literal["same", "moved", "changed", "vanished"]

FATES: tuple[Fate, ...] = get_args(Fate)
KEPT = 0.5  # the part of a span that must be found again, for it to be changed and not vanished
ALIKE = 0.8  # how like a line elsewhere must be, of 1
MOST_GROWTH = 2  # how many times as long a changed span may become
SHORT = 12  # characters up to which what stands in the place of a figure is its change
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


class Found(NamedTuple):
    """What became of a span or figure: its fate, where it stood, where it stands, and the hash of what stands there."""

    iri: str
    fate: Fate
    old: tuple[int, int]
    new: tuple[int, int] | None
    sha256: str | None
    statements: tuple[str, ...]


class Edition(NamedTuple):
    """What became of all spans and figures of a source."""

    source: str
    found: list[Found]

    @property
    def differing(self) -> list[Found]:
        """Those that do not stand where they stood."""
        return [one for one in self.found if one.fate != "same"]

    @property
    def counts(self) -> dict[str, int]:
        """Fate → how many spans and figures have it."""
        counted = Counter(one.fate for one in self.found)
        return {fate: counted[fate] for fate in FATES}

    def to_json(self) -> str:
        """Return the source, the counts, and all that does not stand where it stood, as JSON."""
        found = [one._asdict() | {"iri": short(one.iri)} for one in self.differing]
        edition = {"source": self.source, "counts": self.counts, "found": found}
        return json.dumps(edition, ensure_ascii=False, indent=1) + "\n"

    def to_text(self) -> str:
        """Return what changed, vanished and moved, the statements that rest on it, and the counts."""
        lines = []
        for one in sorted(self.differing, key=lambda one: -FATES.index(one.fate)):
            new = f" → {one.new[0]}–{one.new[1]}" if one.new else ""
            digest = f", SHA-256 {one.sha256}" if one.sha256 and one.fate == "changed" else ""
            lines.append(f"{one.fate:<9} {short(one.iri)}  {one.old[0]}–{one.old[1]}{new}{digest}")
            if one.fate != "moved":
                lines += [f"          read again: {short(statement)}" for statement in one.statements]
        counted = ", ".join(f"{number:,} {fate}" for fate, number in self.counts.items())
        return "\n".join([*lines, f"{len(self.found):,} spans and figures of {self.source}: {counted}."]) + "\n"


def compare(store: Store, root: Path, old: Path, new: Path) -> Edition:
    """Return what became of the spans and figures of the source whose text is `old`, in the text `new`.

    Raises RrmmError when `old` is of no source, and when one of the files is not readable UTF-8.
    """
    ((source, before),) = read(store, root, [old]).items()
    places = Places(before, read_text(new))
    bound = {"source": iri_term(source)}
    resting: dict[str, list[str]] = {}
    for row in store.rows(queries.find(root, "source", "statements").bind(bound)):
        resting.setdefault(str(row["address"]), []).append(str(row["statement"]))
    spans = [
        _judge(places, iri, (start, end), places.find(start, end), resting)
        for iri, start, end in _addresses(store, root, "spans", bound)
    ]
    figures = [
        _judge(places, iri, (start, end), _with_its_span(spans, start, end) or places.find(start, end), resting)
        for iri, start, end in _addresses(store, root, "figures", bound)
    ]
    return Edition(local_name(source), spans + figures)


def _addresses(store: Store, root: Path, name: str, bound: Mapping[str, Term]) -> Iterator[tuple[str, int, int]]:
    for row in store.rows(queries.find(root, "source", name).bind(bound)):
        yield str(row[name.removesuffix("s")]), int(row["start"]), int(row["end"])


def _with_its_span(spans: list[Found], start: int, end: int) -> tuple[int, int] | None:
    """Return where a figure stands whose span is unchanged."""
    for span in spans:
        if span.new and span.fate in {"same", "moved"} and span.old[0] <= start and end <= span.old[1]:
            shift = span.new[0] - span.old[0]
            return start + shift, end + shift
    return None


def _judge(
    places: Places, iri: str, old: tuple[int, int], new: tuple[int, int] | None, resting: Mapping[str, list[str]]
) -> Found:
    statements = tuple(resting.get(iri, ()))
    if new is None:
        return Found(iri, "vanished", old, None, None, statements)
    text = places.new[slice(*new)]
    fate: Fate = "changed" if text != places.old[slice(*old)] else "same" if new == old else "moved"
    return Found(iri, fate, old, new, hashlib.sha256(text.encode()).hexdigest(), statements)


class Places:
    """Where the characters of an earlier text stand in a later one."""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new
        self.blocks = list(_align(old, new))
        self._starts = [start for start, _, _ in self.blocks]

    def find(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where a stretch of the earlier text stands in the later one, unchanged or changed; None if gone.

        The alignment comes first; what it does not find whole may stand elsewhere, once.

        >>> places = Places("PFS was 5 months. OS was 9.", "A word first. PFS was 5 months. OS was 8.")
        >>> places.find(0, 17), places.find(25, 26)
        ((14, 31), (39, 40))
        """
        text, kept = self.old[start:end], self._kept(start, end)
        near = self._image(start, after=False), self._image(end, after=True)
        if self.new[slice(*near)] == text:
            return near
        if len(text) > SHORT and self.new.count(text) == 1:
            place = self.new.index(text)
            return place, place + len(text)
        replaced = 0 < near[1] - near[0] <= max(MOST_GROWTH * len(text), SHORT)
        if replaced and (kept >= KEPT * len(text) or len(text) <= SHORT):
            return near
        return self._elsewhere(text)

    def _kept(self, start: int, end: int) -> int:
        """Return how many characters of a stretch are aligned."""
        return sum(max(min(first + length, end) - max(first, start), 0) for first, _, length in self.blocks)

    def _image(self, place: int, *, after: bool) -> int:
        """Return where a place stands in the later text: beside what is aligned before it, or `after` it."""
        number = bisect_right(self._starts, place) - 1
        first, there, length = self.blocks[number] if number >= 0 else (0, 0, 0)
        if place <= first + length and (after or place < first + length):
            return there + place - first
        if not after:
            return there + length
        return self.blocks[number + 1][1] if number + 1 < len(self.blocks) else len(self.new)

    def _elsewhere(self, text: str) -> tuple[int, int] | None:
        """Return the line of the later text that is most like a stretch, where it is like enough."""
        best, place = ALIKE, None
        matcher = SequenceMatcher(None, b=_words(text), autojunk=False)
        start = 0
        for line in self.new.splitlines(keepends=True):
            matcher.set_seq1(_words(line))
            if len(text) > len(line) / 3 and matcher.quick_ratio() > best and matcher.ratio() > best:
                best, place = matcher.ratio(), (start, start + len(line.rstrip()))
            start += len(line)
        return place


def _align(old: str, new: str) -> Iterator[tuple[int, int, int]]:
    """Yield the stretches that both texts share, in order: start in each, and length; by lines, then by words."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    for tag, start, there, old_part, new_part in _opcodes(before, after):
        if tag == "equal":
            yield start, there, len("".join(old_part))
        elif tag == "replace":
            words = _opcodes(_words("".join(old_part)), _words("".join(new_part)))
            yield from (
                (start + within, there + other, len("".join(part)))
                for kind, within, other, part, _ in words
                if kind == "equal"
            )


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, int, int, Sequence[str], Sequence[str]]]:
    """Yield each step of the alignment of two sequences: its kind, where it starts in both texts, and its parts."""
    start = there = 0
    for tag, first, last, other_first, other_last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        old_part, new_part = old[first:last], new[other_first:other_last]
        yield tag, start, there, old_part, new_part
        start, there = start + sum(map(len, old_part)), there + sum(map(len, new_part))


def _words(text: str) -> list[str]:
    return _WORD.findall(text)
