"""Regimens of a patient's history by their parts: `Dara-VRd`, `BorCyDex`, `bortezomib/lenalidomide/dex`.

Which letters and syllables stand for which drugs is data. Two ways to read a name make it ambiguous.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain, product

from rrmm.catalogue.naming.model import AMBIGUOUS, EXACT, Meaning, Tables
from rrmm.spelling import key, plain

STRONG = re.compile(r"\s*(?:\+|/|,|;|&|\band\b|\bplus\b|\bwith\b|\b그리고\b)\s*")
WEAK = re.compile(r"\s*-\s*|\s+")
CANDIDATES_AT_MOST = 6
READINGS_AT_MOST = 64
LONGEST = 40

Drugs = tuple[str, ...]


class Regimens:
    """Reads the names of regimens; `drug` returns the meanings of one drug's name."""

    def __init__(self, tables: Tables, meanings: list[Meaning], drug: Callable[[str], list[Meaning]]) -> None:
        self.drug = drug
        self.whole = {
            name: meanings[numbers[0]].drugs for name, numbers in tables["regimens"].items() if len(numbers) == 1
        }
        parts = {name: (label,) for name, label in tables["parts"]["regimen part"].items()}
        self.parts: dict[str, Drugs] = parts | {name: drugs for name, drugs in self.whole.items() if len(name) > 1}
        self.single = parts
        self.beginnings = tables["parts"]["regimen beginning"]
        self.ends = tables["parts"]["regimen end"]
        self._segments = cache(self._segment)

    def find(self, said: str, least: int = 2) -> list[Drugs]:
        """Return the drugs of each way to read a regimen of `least` drugs or more; none for doses and other numbers."""
        text = plain(said)
        if len(text) > LONGEST * 4 or any(letter.isdigit() for letter in text):
            return []
        readings = self._joined(text)
        distinct = {frozenset(drugs): drugs for drugs in readings if len(set(drugs)) == len(drugs) >= least}
        return list(distinct.values())[:CANDIDATES_AT_MOST]

    def _joined(self, text: str) -> list[Drugs]:
        for separator in (STRONG, WEAK):
            pieces = [piece for piece in separator.split(text) if piece]
            if len(pieces) > 1 and (readings := self._combined(pieces)):
                return readings
        return self._piece(text)

    def _combined(self, pieces: list[str]) -> list[Drugs]:
        """Return the readings of several pieces; all must be understood."""
        readings: list[list[Drugs]] = []
        for number, piece in enumerate(pieces):
            rest, name = pieces[number + 1 :], key(piece)
            if not number and name in self.beginnings and key("".join(rest)) in self.whole:
                readings.append([(self.beginnings[name],)])
            elif number and not rest and name in self.ends:
                readings.append([(self.ends[name],)])
            else:
                readings.append(self._joined(piece) if piece != "".join(pieces) else self._piece(piece))
            if not readings[-1]:
                return []
        return [tuple(chain.from_iterable(choice)) for choice in product(*readings)][:READINGS_AT_MOST]

    def _piece(self, piece: str) -> list[Drugs]:
        name = key(piece)
        if whole := self.whole.get(name):
            return [whole]
        meanings = [meaning for meaning in self.drug(piece) if meaning.where == "drug"]
        if meanings and all(meaning.taken for meaning in meanings):
            return [(meanings[0].label,)]
        if name in self.single:
            return [self.single[name]]
        if meanings and len(name) > 1:
            return [(meaning.label,) for meaning in meanings]
        return list(self._segments(name)) if len(name) <= LONGEST else []

    def _segment(self, name: str) -> tuple[Drugs, ...]:
        """Return the readings of a name without separators, by the fewest parts."""
        least: list[tuple[int, list[Drugs]]] = [(0, [()])]
        for end in range(1, len(name) + 1):
            best = len(name) + 1
            readings: list[Drugs] = []
            for start in range(end):
                count, before = least[start]
                drugs = self._part(name, start, end)
                if not before or not drugs or count + 1 > best:
                    continue
                longer = [earlier + drugs for earlier in before if not set(earlier) & set(drugs)]
                if longer:
                    readings = longer if count + 1 < best else readings + longer
                    best = count + 1
            least.append((best, readings))
        return tuple({frozenset(drugs): drugs for drugs in self._plausible(name, least[-1][1])}.values())

    def _part(self, name: str, start: int, end: int) -> Drugs | None:
        part = name[start:end]
        if part in self.parts:
            return self.parts[part]
        if not start and part in self.beginnings and name[end:] in self.whole:
            return (self.beginnings[part],)
        return (self.ends[part],) if start and end == len(name) and part in self.ends else None

    def _plausible(self, name: str, readings: list[Drugs]) -> Iterator[Drugs]:
        for drugs in readings:
            if len(drugs) > 1 or name in self.parts:
                yield drugs

    def meanings(self, readings: list[Drugs], label: Callable[[Drugs], Meaning]) -> list[Meaning]:
        """Return one meaning for one reading, or a candidate for each of several."""
        certainty = EXACT if len(readings) == 1 else AMBIGUOUS
        because = None if len(readings) == 1 else "it can be read in several ways"
        return [label(drugs)._replace(certainty=certainty, because=because) for drugs in readings]
