"""Cytogenetic findings: from answers, ISCN strings, and the sentences of a report; absent ones too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from rrmm.intake.dates import Day
from rrmm.intake.records import Observation, Record, Text
from rrmm.intake.result import Draft
from rrmm.intake.tables import Tables
from rrmm.patient.naming import REST_UNKNOWN
from rrmm.spelling import plain

PRESENT, ABSENT = "present", "absent"
UNCLEAR = "what is said of it is not understood"
ABNORMALITY, BEFORE, AFTER = "abnormality", "before", "after"
UNREAD_ANSWER = re.compile(r"\s*[:=]\s*\S")
SENTENCE = 40


class Claim(NamedTuple):
    """An abnormality that a record says is present or absent."""

    label: str
    present: bool
    day: Day | None
    source: str
    said: str


class Mark(NamedTuple):
    """A mention of an abnormality in a clause, or a word of presence before or after one."""

    start: int
    end: int
    kind: str
    means: str


class Cytogenetics:
    """Collects claims and fills the list of a patient file."""

    def __init__(self, tables: Tables, record: Record) -> None:
        self.tables, self.record = tables, record
        self.standard = tables.label("standard-risk")
        self.claims: list[Claim] = []
        self.variants: list[Claim] = []
        self.normal: list[str] = []
        self._read_clause = cache(lambda clause: tuple(self._clause(clause)))

    # -- sources

    def read(self, observation: Observation) -> None:
        """Take an observation of cytogenetics."""
        before = len(self.claims) + len(self.variants)
        words = [word for word in observation.concept.words if self._mentions(plain(word))]
        answer = self._answer(observation)
        named = [*words[:1], *observation.names]
        if answer and any(self._mentions(plain(name)) or self._variant(name) for name in named):
            if answer not in {PRESENT, ABSENT}:
                self.record.misunderstand(f"{observation.source}: {named[0]}", answer)
                return
            for name in named:
                self._name(name, answer == PRESENT, observation)
        else:
            for text in filter(None, [observation.text, *observation.value.words[:1], *observation.parts]):
                self._sentences(text, observation.day, observation.source)
        if len(self.claims) + len(self.variants) == before and answer in {PRESENT, ABSENT, None} and not self.normal:
            said = observation.text or observation.value.shown
            self.record.misunderstand(
                f"{observation.source}: {observation.concept.shown} {said}", "no abnormality is named"
            )

    def read_report(self, text: Text) -> bool:
        """Take the conclusion of a cytogenetic report; return whether anything in it was understood."""
        before = len(self.claims) + len(self.normal)
        self._sentences(text.body, text.day, text.source)
        return len(self.claims) + len(self.normal) > before

    def _answer(self, observation: Observation) -> str | None:
        """Return present, absent, or not tested where the value of an observation is such an answer."""
        for coding in observation.value.codings:
            if rule := self.tables.by_code("presence", coding.curie):
                return rule.means
        quantity = observation.quantity
        if quantity is not None:
            is_flagged = any(self.tables.by_code("positive flag", flag) for flag in observation.flags)
            return ABSENT if quantity.value == 0 else PRESENT if is_flagged else None
        for text in (observation.text, *observation.value.words):
            if text and len(text) <= SENTENCE and not self._mentions(plain(text)):
                return self.tables.means("presence", text)
        return None

    def _name(self, name: str, present: bool, observation: Observation) -> None:
        for label in dict.fromkeys(mark.means for mark in self._mentions(plain(name))):
            self.claims.append(Claim(label, present, observation.day, observation.source, name))
        if self._variant(name):
            label = str(self.tables.means("variant", name))
            self.variants.append(Claim(label, present, observation.day, observation.source, name))

    def _variant(self, text: str) -> bool:
        return self.tables.by_text("variant", text) is not None

    # -- sentences

    def _mentions(self, text: str) -> list[Mark]:
        """Return the mentions of abnormalities in a text, the longest where two overlap, in order."""
        found = [
            Mark(match.start(), match.end(), ABNORMALITY, rule.means)
            for rule in self.tables.places["abnormality"]
            for pattern in rule.patterns
            for match in pattern.finditer(text)
            if text[match.start() - 1 : match.start()] != "?"
        ]
        if not found and len(text) <= SENTENCE:
            taken = self.tables.lexicon.taken(text, "cytogenetics")
            labels = [meaning.label for meaning in taken if meaning.label != self.standard]
            found = [Mark(0, len(text), ABNORMALITY, label) for label in labels]
        return list(_apart(found))

    def _sentences(self, text: str, day: Day | None, source: str) -> None:
        folded = plain(text)
        if self.tables.by_text("iscn text", folded):
            self._iscn(folded, day, source, text)
        if self.tables.by_text("normal karyotype", folded):
            self.normal.append(source)
        ends = self.tables.places["clause end"][0].patterns[0]
        for clause in ends.split(folded):
            for label, means in self._read_clause(clause or ""):
                if means in {PRESENT, ABSENT}:
                    self.claims.append(Claim(label, means == PRESENT, day, source, text))
                else:
                    self.record.misunderstand(f"{source}: {label}", means)
        if self._variant(folded):
            answer = self.tables.means("presence", self.tables.places["variant"][0].patterns[0].sub("", folded))
            if answer in {PRESENT, None}:
                self.variants.append(Claim(str(self.tables.means("variant", folded)), True, day, source, text))

    def _iscn(self, folded: str, day: Day | None, source: str, text: str) -> None:
        denied = self.tables.by_text("unread denial", folded)
        for place, present in (("iscn", True), ("iscn absent", False)):
            for rule in self.tables.places[place]:
                if any(pattern.search(folded) for pattern in rule.patterns):
                    if present and denied:
                        self.record.misunderstand(f"{source}: {rule.means}", UNCLEAR)
                    else:
                        self.claims.append(Claim(rule.means, present, day, source, text))

    def _clause(self, clause: str) -> Iterator[tuple[str, str]]:
        """Yield each abnormality of a clause with present, absent or not tested, by the words around it.

        Nothing is present in a clause with a denial that no rule reads.
        """
        mentions = self._mentions(clause)
        if not mentions:
            return
        masked = _mask(clause, mentions)
        before = list(_apart(self._words(masked, "presence before", BEFORE)))
        covered = _mask(masked, before)
        behind = list(_apart(self._words(covered, "presence", AFTER)))
        denied = self.tables.by_text("unread denial", _mask(covered, behind))
        for label, means in self._read_marks(clause, sorted([*mentions, *before, *behind])):
            yield label, UNCLEAR if denied and means == PRESENT else means

    @staticmethod
    def _read_marks(clause: str, marks: Sequence[Mark]) -> Iterator[tuple[str, str]]:
        current: str | None = None
        pending: list[str] = []
        seen = False
        final = max(place for place, mark in enumerate(marks) if mark.kind == ABNORMALITY)
        for place, mark in enumerate(marks):
            answers = mark.kind == AFTER or (mark.kind == BEFORE and _answers(clause, mark, named=place < final))
            if mark.kind == ABNORMALITY:
                seen = True
                if current:
                    yield mark.means, current
                else:
                    pending.append(mark.means)
            elif answers and pending:
                yield from ((label, mark.means) for label in pending)
                pending, current = [], None
            elif mark.kind == BEFORE or not seen:
                yield from ((label, PRESENT) for label in pending)
                pending, current = [], mark.means
        last = max((mark.end for mark in marks if mark.kind == ABNORMALITY), default=0)
        means = UNCLEAR if UNREAD_ANSWER.match(clause[last:]) else PRESENT
        yield from ((label, means) for label in pending)

    def _words(self, text: str, place: str, kind: str) -> list[Mark]:
        return [
            Mark(match.start(), match.end(), kind, rule.means)
            for rule in self.tables.places[place]
            for pattern in rule.patterns
            for match in pattern.finditer(text)
        ]

    # -- the list

    def fill(self, draft: Draft) -> None:
        """Add the list of cytogenetic findings, and of variants."""
        settled = self._settle(self.claims)
        present = [claim for claim in settled.values() if claim.present]
        absent = {label for label, claim in settled.items() if not claim.present}
        needed = self.tables.labels("standard-risk needs")
        entries: list[object] = [self._entry(claim.label) for claim in present if claim.label != self.standard]
        open_labels = {claim.label for claim in self.claims} - settled.keys()
        standard = set(needed) <= absent
        if standard:
            entries.insert(0, self.standard)
        elif not entries:
            entries = [{"name": label, "present": False} for label in needed if label in absent]
        elif not set(needed) <= settled.keys() or open_labels:
            entries.append(REST_UNKNOWN)
        if not standard and settled:
            missing = [label for label in needed if label not in settled and label not in open_labels]
            if missing:
                self.record.misunderstand(
                    ", ".join(missing), "not tested, as far as the record says; standard-risk is not known"
                )
        if self.normal and not settled:
            self.record.misunderstand(
                f"{self.normal[0]}: normal karyotype", "without FISH it is not standard-risk; cytogenetics unknown"
            )
        if entries:
            sources = list(dict.fromkeys(claim.source for claim in settled.values()))
            rule = "; ".join(f"{claim.label} {'present' if claim.present else 'absent'}" for claim in settled.values())
            draft.put("cytogenetics", entries, sources, rule)
        variants = [claim for claim in self._settle(self.variants).values() if claim.present]
        if variants:
            draft.put(
                "variants",
                [claim.label for claim in variants],
                [claim.source for claim in variants],
                "reported as present",
            )

    def _entry(self, label: str) -> object:
        """Return an abnormality as the file names it: `{other: …}` where no source has it."""
        meanings = self.tables.lexicon.taken(label, "cytogenetics")
        known = next((meaning for meaning in meanings if meaning.iri), None)
        if label in self.tables.labels("abnormality not named"):
            self.record.misunderstand(label, "which abnormality is not named")
            return label
        return label if known else {"other": label}

    def _settle(self, claims: Sequence[Claim]) -> dict[str, Claim]:
        """Return the last claim of each abnormality; two of one day that contradict leave it open."""
        settled: dict[str, Claim] = {}
        by_label: dict[str, list[Claim]] = {}
        for claim in claims:
            by_label.setdefault(claim.label, []).append(claim)
        for label, several in by_label.items():
            last = max((claim.day for claim in several if claim.day), default=None)
            latest = [claim for claim in several if claim.day == last]
            if len({claim.present for claim in latest}) > 1:
                said = " and ".join(f"{claim.source} ({'present' if claim.present else 'absent'})" for claim in latest)
                self.record.misunderstand(f"{label}: {said}", "two statements of one day contradict; left open")
                continue
            if len({claim.present for claim in several}) > 1:
                self.record.assume(f"{label}: statements of several days differ; the last, of {last}, counts")
            settled[label] = latest[-1]
        return settled


def _answers(clause: str, mark: Mark, *, named: bool) -> bool:
    """Return whether a word that can stand before a name stands behind one: `t(14;16) not tested`, `t(4;14): no, …`.

    `named` tells that another name follows; no two blanks follow each other in a clause.
    """
    before, behind = clause[max(0, mark.start - 2) : mark.start].rstrip(), clause[mark.end : mark.end + 2].lstrip()
    return not named or before.endswith((":", "=")) or behind.startswith((",", ")"))


def _apart(marks: Sequence[Mark]) -> Iterator[Mark]:
    """Yield marks that do not overlap, the longest first, in order of place."""
    kept: list[Mark] = []
    taken = bytearray(max((mark.end for mark in marks), default=0))
    for mark in sorted(marks, key=lambda mark: mark.start - mark.end):
        if not any(taken[mark.start : mark.end]):
            taken[mark.start : mark.end] = b"\1" * (mark.end - mark.start)
            kept.append(mark)
    yield from sorted(kept)


def _mask(text: str, marks: Sequence[Mark]) -> str:
    """Return a text with the marks, in order of place, made blank, so that no word in them is read again."""
    pieces, end = list[str](), 0
    for mark in marks:
        pieces += (text[end : mark.start], " " * (mark.end - mark.start))
        end = mark.end
    return "".join((*pieces, text[end:]))
