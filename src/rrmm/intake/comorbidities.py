"""Comorbidities from the problem list, dependence on dialysis, and which conditions are the myeloma itself."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from rrmm.catalogue.naming.model import Meaning
from rrmm.errors import LONGEST_NAME
from rrmm.intake import grafts, remarks, transplants
from rrmm.intake.coverage import TAKEN, left_over, mark_names, mark_phrases, read_whole, reserved, without
from rrmm.intake.drugs import embedded
from rrmm.intake.records import Concept, Condition, Procedure, Record
from rrmm.intake.result import Draft
from rrmm.intake.tables import ABSENCE, DENIAL, DOUBT, PLAN, RESERVATIONS, Tables
from rrmm.spelling import plain

PATH, PLACE = "comorbidities", "comorbidity"
DIALYSIS, SESSION, BESIDE = "dialysis", "dialysis session", "beside a disease"
NONE_OF_THEM = "none of the diseases"
BESIDE_NAMES = ("drug", "class", "regimen", "procedure")


class Comorbidities:
    """Reads conditions."""

    def __init__(self, tables: Tables, record: Record, draft: Draft) -> None:
        self.tables, self.record, self.draft = tables, record, draft
        self.entries: dict[str, dict[str, Any]] = {}
        self.sources: dict[str, list[str]] = {}
        self.graded: dict[str, list[remarks.Graded]] = defaultdict(list)
        self.others = 0
        self.is_open = False

    def is_myeloma(self, concept: Concept) -> bool:
        """Return whether a condition is the myeloma, or a disease of its kind."""
        if any(self.tables.by_beginning("disease", coding.curie) for coding in concept.codings):
            return True
        bare = [f"icd10:{concept.text}"] if concept.text and " " not in concept.text else []
        if any(self.tables.by_beginning("disease", code) for code in bare):
            return True
        said = (self.tables.plain_part(word, ABSENCE, DOUBT)[0] for word in concept.words)
        return any(self.tables.by_text("disease", part) for part in said)

    def fill(self, conditions: Sequence[Condition], procedures: Sequence[Procedure], since_dialysis: Any) -> None:
        """Add comorbidities and dialysis."""
        for condition in conditions:
            is_myeloma = self.is_myeloma(condition.concept)
            if is_myeloma:
                remarks.list_diagnosis(self.tables, self.record, condition)
            if not self._is_transplantation(condition) and not is_myeloma:
                self._read(condition)
        dependent = self._dialysis(conditions, procedures, since_dialysis)
        self._grade()
        positive = [e for e in self.entries.values() if e.get("present") is not False]
        implied = self.tables.label("dialysis implies")
        if dependent and implied not in self.entries:
            self.entries[implied] = {"name": implied}
            self.sources[implied] = dependent
            positive.append(self.entries[implied])
        entries = [self._short(entry) for entry in self.entries.values()]
        if entries:
            if positive and (self.is_open or not self.others):
                entries.append("rest unknown")
            sources = [source for several in self.sources.values() for source in several]
            rule = (
                "the problem list, which has other entries than the myeloma, is taken as complete"
                if self.others and not self.is_open
                else "stated"
            )
            self.draft.put(PATH, entries, sources, rule)
            for name, several in self.sources.items():
                self.draft.note(f"{PATH}[{name}]", several, "by code or name")
        elif not self.others:
            known = "the problem list holds the myeloma alone" if conditions else "no problem list"
            self.record.misunderstand(PATH, f"{known}: comorbidities unknown, not none")

    def _is_transplantation(self, condition: Condition) -> bool:
        """Return whether a condition is that cells were transplanted, and no disease; add or list it."""
        donor = grafts.past(self.tables, condition.concept)
        if not donor or condition.denied or remarks.denies(self.tables, condition):
            return False
        what = f"{condition.source}: {condition.concept.shown}"
        for note in condition.notes:
            self.record.misunderstand(f"{what}: {note}", "a note on a transplantation; not read")
        if donor == grafts.ALLOGENEIC:
            self.record.misunderstand(what, transplants.OF_ANOTHER)
        elif any(self.tables.plain_part(note, *RESERVATIONS)[1] for note in condition.notes):
            self.record.misunderstand(what, "a note denies, doubts or plans something; not taken")
        elif donor == grafts.UNSAID:
            self.record.misunderstand(what, "a transplantation of which the donor is not said; not taken")
        elif not self.draft.patient.get("transplant", {}).get("prior_autoSCT"):
            self.draft.put(transplants.PRIOR, True, [condition.source], "an autologous transplantation, as a condition")
        return True

    @staticmethod
    def _short(entry: dict[str, Any]) -> object:
        return entry["name"] if set(entry) == {"name"} else entry

    def _read(self, condition: Condition) -> None:
        what = f"{condition.source}: {condition.concept.shown}"
        if any(self.tables.by_text("history words", word) for word in condition.concept.words):
            self.record.ignore("family history", what)
            return
        if self._means_no_disease(condition.concept):
            self.record.ignore("an encounter or a circumstance, no disease", what)
            return
        meanings = self._meanings(condition)
        known = [meaning for meaning in meanings if meaning.iri]
        if condition.denied:
            self.record.ignore("refuted", what)
            for meaning in known:
                if meaning.label not in self.entries:
                    self._add(meaning.label, {"name": meaning.label, "present": False}, condition)
            return
        if condition.resolved and not any(m.label in self.tables.labels("event") for m in known):
            self.record.ignore("resolved", what)
            return
        if not condition.listed and not known:
            self.record.ignore("diagnosis of an encounter, not of the problem list", what)
            return
        self.others += condition.listed
        remarks.list_beside(self.tables, self.record, condition)
        if remarks.denies(self.tables, condition):
            self.record.misunderstand(what, "a note beside it denies or doubts it; not taken")
            self.is_open = True
            return
        graded = [word for concept in (condition.concept, *condition.severity) for word in concept.words]
        found = remarks.grades(self.tables, (*graded, *condition.notes))
        if known and found and 0 in found:
            self.record.misunderstand(what, "of grade 0 there is none of it; not taken")
            self.is_open |= len(found) > 1
            return
        if found is None or len(found) > 1:
            self.record.misunderstand(what, remarks.NO_GRADE)
        by_name = next((meaning.grade for meaning in meanings if meaning.grade), None)
        grade = by_name if found == set() else next(iter(found)) if found and len(found) == 1 else None
        for meaning in known:
            entry: dict[str, Any] = {"name": meaning.label}
            if grade:
                self.graded[meaning.label].append(remarks.Graded(grade, condition.start, condition.source))
            self._add(meaning.label, entry, condition)
        if not known and any(self._states_dialysis(word, DIALYSIS) for word in condition.concept.words):
            return
        if not known and (why := self._reservation(condition.concept)):
            self.record.misunderstand(what, why)
            self.is_open |= why in self.tables.labels(DOUBT) + self.tables.labels(PLAN)
        elif self._is_other(condition.concept) and any(
            self.tables.lexicon.taken(word, PLACE) for word in condition.concept.words
        ):
            self.record.misunderstand(what, "its code is of another disease than its words; not taken")
        elif not known:
            label = meanings[0].label if meanings else condition.concept.shown
            self._add(label, {"other": label}, condition)
            is_none_of_them = bool(meanings) or self._is_none_of_them(condition.concept)
            self.is_open |= not is_none_of_them
            why = "no label covers it; kept as {other: …}"
            self.record.misunderstand(what, why if is_none_of_them else f"{why}; it may be any disease of the graph")

    def _add(self, name: str, entry: dict[str, Any], condition: Condition) -> None:
        before = self.entries.get(name)
        if before and before.get("present") is False and entry.get("present") is not False:
            self.record.misunderstand(
                name, f"{condition.source} says that it is there, {self.sources[name][0]} that it is refuted"
            )
        if before is None or before.get("present") is False:
            self.entries[name] = entry
        self.sources.setdefault(name, []).append(condition.source)

    def _grade(self) -> None:
        """Give each disease the grade of its newest entry; none where that is not known."""
        for name, graded in self.graded.items():
            said = " and ".join(f"grade {one.grade} ({one.source})" for one in graded)
            newest = remarks.find_newest(graded)
            if newest is None:
                self.record.misunderstand(
                    f"{name}: {said}", "which of these is the newest is not said; no grade is read"
                )
                continue
            self.entries[name]["grade"] = newest.grade
            if any(one.grade != newest.grade for one in graded):
                self.record.assume(f"{name}: {said}; the newest, of {newest.day}, counts")

    def _meanings(self, condition: Condition) -> list[Meaning]:
        """Return what a condition means: by its codes, by its words, by a name inside what these say outright."""
        concept, find = condition.concept, self.tables.lexicon.read
        for coding in concept.codings:
            if taken := find(coding.curie, PLACE).taken(PLACE):
                return list(taken)
        if self._is_other(concept):
            return []
        answers = [find(word, PLACE) for word in concept.words]
        if taken := next(filter(None, (answer.taken(PLACE) for answer in answers)), ()):
            return list(taken)
        for answer in answers:
            stated = self._state(condition, answer.said)
            ambiguous = {meaning.label for meaning in answer.meanings} - {meaning.label for meaning in stated}
            if stated and not ambiguous:
                return stated
        return []

    def _is_other(self, concept: Concept) -> bool:
        """Return whether a code stands for a disease that no label covers, whatever the words beside it are."""
        return any(self.tables.by_beginning("code of another disease", coding.curie) for coding in concept.codings)

    def _is_none_of_them(self, concept: Concept) -> bool:
        """Return whether a rule knows that a code or the words of a condition mean no disease of the graph."""
        if self._is_other(concept):
            return True
        words = concept.words
        if any(meaning.iri for word in words for meaning in embedded(self.tables, word, PLACE)):
            return False
        by_code = any(self.tables.by_beginning(NONE_OF_THEM, coding.curie) for coding in concept.codings)
        return by_code or any(read_whole(self.tables, word, NONE_OF_THEM, BESIDE) for word in words)

    def _means_no_disease(self, concept: Concept) -> bool:
        """Return whether a code stands for no disease, such as one for a screening; a known code counts before it."""
        known = any(self.tables.lexicon.read(coding.curie, PLACE).taken(PLACE) for coding in concept.codings)
        dialysis = any(self.tables.by_code(DIALYSIS, coding.curie) for coding in concept.codings)
        none = any(self.tables.by_beginning("code of no disease", coding.curie) for coding in concept.codings)
        return none and not known and not dialysis

    def _state(self, condition: Condition, text: str) -> list[Meaning]:
        """Return the diseases that a text names if it says nothing more than is known to change nothing."""
        tables, said = self.tables, self._said(condition, text)
        denied = "" if said == text else tables.fold(text)[len(said) :]
        if not said.strip() or len(text) > LONGEST_NAME or self._is_answered(text):
            return []
        if denied and self._denies_more(denied):
            return []
        names = mark_names(tables, plain(said), (PLACE,))
        others = mark_names(tables, names.text, BESIDE_NAMES).text
        if left_over(tables, others, BESIDE):
            return []
        known = [[meaning for meaning in meanings if meaning.iri] for meanings in names.meanings]
        return list({meaning.label: meaning for several in known for meaning in several}.values()) if all(known) else []

    def _denies_more(self, text: str) -> bool:
        """Return whether a text, from its denial on, denies nothing that it names, or more than is known."""
        bare = without(self.tables, mark_names(self.tables, plain(text), (PLACE, *BESIDE_NAMES)).text, DENIAL)
        return not re.search(rf"[\w{TAKEN}]", bare) or bool(left_over(self.tables, bare, "beside a denial"))

    def _is_answered(self, text: str) -> bool:
        """Return whether a text ends with an answer that denies what it names, as `diabetes: no` does."""
        return self.tables.by_text("denying answer", text) is not None

    def _reservation(self, concept: Concept) -> str:
        """Return why the words of a condition say nothing outright, "" where they do or a code stands beside them."""
        words = () if concept.codings else concept.words
        if answered := next((rule for word in words if (rule := self.tables.by_text("denying answer", word))), None):
            return answered.means
        return self.tables.taken_back(words, RESERVATIONS, re.compile(r"\w").search)

    def _said(self, condition: Condition, text: str) -> str:
        """Return what a text says without reservation; list what it takes back of the diseases that it names."""
        said, why = self.tables.plain_part(text, *RESERVATIONS)
        named, kept = ({m.label for m in embedded(self.tables, part, PLACE) if m.iri} for part in (text, said))
        if why and said.strip() and named - kept:
            what = ", ".join(sorted(named - kept))
            self.record.misunderstand(f"{condition.source}: {condition.concept.shown}", f"{why}: {what}")
        return said

    def _dialysis(self, conditions: Sequence[Condition], procedures: Sequence[Procedure], since: Any) -> list[str]:
        """Set dialysis where dependence is stated, or sessions are recorded of late; return the sources."""
        stated = [c for c in conditions if not (c.resolved or c.denied or remarks.denies(self.tables, c))]
        dependent = [c.source for c in stated if self._says_dialysis(c.source, c.concept, DIALYSIS)]
        recent = [p for p in procedures if p.day and (since is None or p.day.first >= since)]
        sessions = [p for p in recent if self._says_dialysis(p.source, p.concept, SESSION)]
        rule = "dependence on dialysis is stated"
        if not dependent and len({p.day for p in sessions}) > 1:
            dependent = [p.source for p in sessions]
            rule = f"{len(sessions)} sessions up to the index date"
        elif not dependent and sessions:
            self.record.misunderstand(
                f"{sessions[0].source}: {sessions[0].concept.shown}", "one session of dialysis is no dependence on it"
            )
        if dependent:
            self.draft.put(DIALYSIS, True, dependent, rule)
        return dependent

    def _says_dialysis(self, source: str, concept: Concept, place: str) -> bool:
        """Return whether a code or words say dialysis and no more; list the words that say more of it."""
        codes = [coding.curie for coding in concept.codings]
        codes += [f"icd10:{concept.text}"] if concept.text else []
        if any(self.tables.by_code(place, code) for code in codes):
            return True
        for word in concept.words:
            if self._states_dialysis(word, place):
                return True
            if self.tables.by_text(place, word) and not self.tables.by_text("history words", word):
                self.record.misunderstand(f"{source}: {word}", "more than that there is dialysis; not taken as such")
        return False

    def _states_dialysis(self, word: str, place: str) -> bool:
        folded = plain(word[: LONGEST_NAME + 1])
        if not self.tables.by_text(place, word) or self.tables.by_text("no dialysis", word):
            return False
        if self.tables.by_text("history words", word) or reserved(self.tables, folded) or self._is_answered(word):
            return False
        marked = mark_phrases(folded, self.tables.places[place]).text
        names = mark_names(self.tables, marked, (PLACE,)).text
        return not left_over(self.tables, names, "beside dialysis")
