"""Cytogenetic findings: from answers, ISCN strings, and the sentences of a report; absent ones too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rrmm.intake.dates import Day
from rrmm.intake.pieces import ABNORMALITY, ABSENT, PRESENT, UNCLEAR, UNKNOWN, VARIANT
from rrmm.intake.records import Observation, Record, Text
from rrmm.intake.result import Draft
from rrmm.intake.sentences import Sentences, fold
from rrmm.intake.tables import LONGEST_TEXT, Tables
from rrmm.patient.naming import REST_UNKNOWN

CONTRADICTED = "its name, its value and its flags contradict each other"


class Claim(NamedTuple):
    """An abnormality that a record says is present or absent."""

    label: str
    present: bool
    day: Day | None
    source: str
    said: str


class Cytogenetics:
    """Collects claims and fills the list of a patient file."""

    def __init__(self, tables: Tables, record: Record) -> None:
        self.tables, self.record = tables, record
        self.sentences = Sentences(tables)
        self.standard = tables.label("standard-risk")
        self.needed = tables.labels("standard-risk needs")
        self.claims: list[Claim] = []
        self.variants: list[Claim] = []
        self.unclear: set[str] = set()
        self.normal: list[str] = []
        self._is_name: dict[str, bool] = {}

    # -- sources

    def read(self, observation: Observation) -> None:
        """Take an observation of cytogenetics."""
        before = self._count()
        named = [name for name in (*observation.concept.words[:1], *observation.names) if self._names(name)]
        named = named or [word for word in observation.concept.words if self._names(word)][:1]
        answer = self._answer(observation)
        texts = list(filter(None, [observation.text, *observation.value.words[:1], *observation.parts]))
        if named and answer:
            for name in named:
                self._name(name, answer, observation)
            return
        for text in texts:
            self._read_text(text, observation.day, observation.source)
        if self._count() == before and not named:
            joined = " ".join([observation.concept.shown, *texts[:1]])
            if self.tables.by_text("variant", joined):
                self._read_text(joined, observation.day, observation.source)
        if self._count() == before and not self.normal:
            said = observation.text or observation.value.shown
            why = UNCLEAR if named else "no abnormality is named"
            self.record.misunderstand(f"{observation.source}: {observation.concept.shown} {said}", why)

    def name_of(self, observation: Observation) -> str:
        """Return the name of an observation that names an abnormality in everyday words, "" where none does."""
        for word in observation.concept.words:
            if word not in self._is_name:
                self._is_name[word] = self.sentences.names_abnormality(fold(word))
            if self._is_name[word]:
                return word
        return ""

    def read_named(self, observation: Observation, name: str) -> None:
        """Take an observation of an everyday name that says no more; of a probe, what its value says as a text."""
        kinds = self.sentences.kinds(fold(name))
        text = observation.text or (observation.value.shown if observation.value else "")
        if UNKNOWN in kinds:
            self.record.misunderstand(f"{observation.source}: {name} {text}", "more than an abnormality; not taken")
        elif kinds & {ABNORMALITY, VARIANT}:
            self.read(observation)
        else:
            self._read_text(f"{name}: {text or UNCLEAR}", observation.day, observation.source)

    def read_report(self, text: Text) -> bool:
        """Take the conclusion of a cytogenetic report; return whether anything in it was understood."""
        before = self._count()
        self._read_text(text.body, text.day, text.source)
        return self._count() > before

    def _count(self) -> int:
        return len(self.claims) + len(self.variants) + len(self.normal)

    def _answer(self, observation: Observation) -> str | None:
        """Return present, absent, or why it is neither, where the value of an observation is an answer."""
        flags = {rule.means for flag in observation.flags if (rule := self.tables.by_code("answer flag", flag))}
        answer = self._value(observation)
        if answer is None:
            return next(iter(flags)) if len(flags) == 1 and flags <= {PRESENT, ABSENT} else None
        is_raised = any(self.tables.by_code("positive flag", flag) for flag in observation.flags)
        denied = flags - {answer} if answer in {PRESENT, ABSENT} else set()
        return CONTRADICTED if denied or (answer == ABSENT and is_raised) else answer

    def _value(self, observation: Observation) -> str | None:
        for coding in observation.value.codings:
            if rule := self.tables.by_code("presence", coding.curie):
                return rule.means
        quantity, high = observation.quantity, observation.high
        if quantity is not None:
            is_high = high is not None and high.units == quantity.units and quantity.value > high.value
            is_flagged = is_high or any(self.tables.by_code("positive flag", flag) for flag in observation.flags)
            if quantity.value == 0 and not quantity.comparator:
                return ABSENT
            return PRESENT if is_flagged and "<" not in quantity.comparator else UNCLEAR
        for text in filter(None, (observation.text, *observation.value.words)):
            if not self._names(text):
                return self.sentences.answer(text, self.needed[0])
        return None

    def _names(self, text: str) -> list[str]:
        return list(dict.fromkeys(word.means for word in self.sentences.mentions(fold(text))))

    def _name(self, name: str, answer: str, observation: Observation) -> None:
        """Take what an observation answers of what it names; of several one is present, nobody knows which."""
        labels = self._names(name)
        if answer in {PRESENT, ABSENT} and self.sentences.denies(fold(name)):
            answer = CONTRADICTED
        elif answer == PRESENT and len(labels) > 1:
            answer = UNCLEAR
        for label in labels:
            self._claim(label, answer, observation.day, observation.source, name)

    def _claim(self, label: str, means: str, day: Day | None, source: str, said: str) -> None:
        if means not in {PRESENT, ABSENT}:
            self.unclear.add(label)
            self.record.misunderstand(f"{source}: {label}", means)
            return
        claims = self.variants if label in self.tables.labels("variant") else self.claims
        claims.append(Claim(label, means == PRESENT, day, source, said))

    def _read_text(self, text: str, day: Day | None, source: str) -> None:
        folded = self.sentences.fold(text)
        if self.tables.by_text("iscn text", folded):
            self._iscn(folded, day, source, text)
        if self.tables.by_text("normal karyotype", folded):
            self.normal.append(source)
        for label, means in self.sentences.read(folded):
            self._claim(label, means, day, source, text)
        if len(text) > LONGEST_TEXT:
            self.record.misunderstand(
                f"{source}: what follows the first {LONGEST_TEXT:,} letters", "too long; not read"
            )

    def _iscn(self, folded: str, day: Day | None, source: str, text: str) -> None:
        denied = self.tables.by_text("unread denial", folded)
        for place, present in (("iscn", PRESENT), ("iscn absent", ABSENT)):
            for rule in self.tables.places[place]:
                if any(pattern.search(folded) for pattern in rule.patterns):
                    means = UNCLEAR if present == PRESENT and denied else present
                    self._claim(rule.means, means, day, source, text)

    # -- the list

    def fill(self, draft: Draft) -> None:
        """Add the list of cytogenetic findings, and of variants."""
        settled = self._settle(self.claims)
        present = [claim for claim in settled.values() if claim.present]
        absent = {label for label, claim in settled.items() if not claim.present}
        needed = self.needed
        entries: list[object] = [self._entry(claim.label) for claim in present if claim.label != self.standard]
        open_labels = {claim.label for claim in self.claims} | self.unclear
        open_labels -= settled.keys()
        standard = set(needed) <= absent
        if standard:
            entries.insert(0, self.standard)
        is_open = bool(entries) and (bool(open_labels) or not set(needed) <= settled.keys())
        if is_open or not entries:
            known = (label for label in (*needed, *settled) if label in absent and self._is_known(label))
            entries += [
                {"name": label, "present": False}
                for label in dict.fromkeys(known)
                if not standard or label not in needed
            ]
        if is_open:
            entries.append(REST_UNKNOWN)
        if not standard and settled:
            missing = [label for label in needed if label not in {*settled, *open_labels}]
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
        if label in self.tables.labels("abnormality not named"):
            self.record.misunderstand(label, "which abnormality is not named")
            return label
        return label if self._is_known(label) else {"other": label}

    def _is_known(self, label: str) -> bool:
        return any(meaning.iri for meaning in self.tables.lexicon.taken(label, "cytogenetics"))

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
