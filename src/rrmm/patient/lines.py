"""Lines of therapy: which prior treatments are of the last line, and which are the latest use of their drug.

It lifts a state from prior treatments to the patient over integers with a bit for each trial, so that one patient
(one bit) and many trials of what-if share one formulation. Of a fact two integers are known: that it certainly is so,
and that it certainly is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_

from rrmm.logic.conditions import State
from rrmm.records import NamedTuple

Line = float | None
Bits = tuple[int, int]


def name_entry(drug: str, line: Line) -> str:
    """Return what an entry of the prior drugs is called: its drug, and its line where it has one.

    >>> name_entry("bortezomib", 1.0)
    'bortezomib, line 1'
    """
    return drug if line is None else f"{drug}, line {line:g}"


class Entry(NamedTuple):
    """A prior treatment: its drug, its line where that is known, and whether its drug accompanies others."""

    drug: str
    line: Line
    backbone: bool = False


class Place(NamedTuple):
    """Where a treatment stands among the lines; None is unknown.

    `beside` tells that it accompanies another drug of its line.
    """

    last: bool | None
    latest: bool | None
    beside: bool


class Places(NamedTuple):
    """The places of treatments, and whether the last line may be one of which no treatment is given."""

    of: list[Place]
    untold: bool


def arrange(entries: Sequence[Entry], count: Line, *, complete: bool = True) -> Places:
    """Return where treatments stand among the lines; `count` is the number of prior lines, if known.

    The last line is known if the count says so, if every treatment has a line, or if there was one treatment;
    `complete` tells whether the treatments are all that there were.

    >>> [one.last for one in arrange([Entry("a", 1.0), Entry("b", None)], None).of]
    [None, None]
    >>> arrange([Entry("a", 1.0)], 3.0).untold
    True
    """
    known = [entry.line for entry in entries if entry.line is not None]
    every = len(known) == len(entries)
    last = count
    if last is None and complete and every:
        last = max(known, default=None)
    single = complete and len(entries) == 1 and count is None
    places = [
        Place(
            True if single else _is_last(entry.line, last, known), _is_latest(entry, entries), _beside(entry, entries)
        )
        for entry in entries
    ]
    covered = len(set(known)) + len(entries) - len(known)
    told = any(one.last for one in places) or count is None or covered >= count
    return Places(places, not told)


def count_least(entries: Sequence[Entry]) -> float:
    """Return how many lines there were at least: as many as the highest line given, one where a drug is given.

    >>> count_least([Entry("a", 3.0), Entry("b", None)]), count_least([Entry("b", None)]), count_least([])
    (3.0, 1.0, 0.0)
    """
    return max((entry.line or 1.0 for entry in entries), default=0.0)


def _is_last(line: Line, last: Line, known: Sequence[float]) -> bool | None:
    if line is None or last is None:
        return False if line is not None and line < max(known) else None
    return line == last


def _is_latest(entry: Entry, entries: Sequence[Entry]) -> bool | None:
    """Return whether a treatment is the latest use of its drug."""
    lines = [other.line for other in entries if other.drug == entry.drug]
    known = [line for line in lines if line is not None]
    if entry.line is not None and entry.line < max(known):
        return False
    return True if len(lines) == 1 or len(known) == len(lines) else None


def _beside(entry: Entry, entries: Sequence[Entry]) -> bool:
    return entry.backbone and any(
        not other.backbone and (other.line == entry.line or None in (other.line, entry.line)) for other in entries
    )


class Use(NamedTuple):
    """A prior treatment in many trials: its drug, where it is present, and its place in bits."""

    drug: str
    present: int
    last: Bits
    latest: Bits
    beside: int


def lift(state: State, uses: Sequence[Use], verdicts: Sequence[Bits]) -> list[Bits]:
    """Return for each treatment whether it certainly gives its drug to what a state yields, and certainly does not."""
    known = [(yes & use.present, no | use.beside & ~yes) for use, (yes, no) in zip(uses, verdicts, strict=True)]
    if state.of_latest_use:
        return _of_latest_use(uses, known)
    if state.of_last_line:
        return _alike(uses, known) if state.alike_in_line else _in_last_line(uses, known)
    return known


def _of_latest_use(uses: Sequence[Use], known: Sequence[Bits]) -> list[Bits]:
    """Let the latest use of each drug decide; where the order is unknown, all that may be the latest must agree."""
    lifted = []
    for use, (yes, no) in zip(uses, known, strict=True):
        latest, earlier = use.latest
        rivals = [
            (bits, other.present & ~other.latest[1])
            for other, bits in zip(uses, known, strict=True)
            if other.drug == use.drug
        ]
        all_yes = reduce(and_, (bits[0] | ~may for bits, may in rivals))
        all_no = reduce(and_, (bits[1] | ~may for bits, may in rivals))
        lifted.append((yes & ~earlier & (latest | all_yes), earlier | no & (latest | all_no)))
    return lifted


def _in_last_line(uses: Sequence[Use], known: Sequence[Bits]) -> list[Bits]:
    return [(yes & use.last[0], no | use.last[1]) for use, (yes, no) in zip(uses, known, strict=True)]


def _alike(uses: Sequence[Use], known: Sequence[Bits]) -> list[Bits]:
    """Let all treatments of the last line decide together: those that may be of it must agree."""
    told = [use.present & ~use.last[1] & ~(use.beside & ~yes & no) for use, (yes, no) in zip(uses, known, strict=True)]
    all_yes = reduce(and_, (bits[0] | ~may for bits, may in zip(known, told, strict=True)), -1)
    all_no = reduce(and_, (bits[1] | ~may for bits, may in zip(known, told, strict=True)), -1)
    return [
        (yes & use.last[0] & all_yes, use.last[1] | no & (all_no | ~may))
        for use, (yes, no), may in zip(uses, known, told, strict=True)
    ]
