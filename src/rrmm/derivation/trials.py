"""The edits of one patient, each resolved once, so that a trial of any edits needs no further reading.

A trial is a set of edits to try, not a clinical trial.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rrmm.errors import PatientError
from rrmm.logic.conditions import Values
from rrmm.patient.document import Document
from rrmm.patient.edits import DROP, Edit, apply_edits
from rrmm.patient.history import LINE, PRIOR_LINES
from rrmm.patient.resolve import Treatment, resolve
from rrmm.rules.base import RuleBase

DRUGS = "prior_drugs"
ONE = {1.0}

Trial = tuple[int, ...]  # the edits that it makes, by their numbers


class Slot(NamedTuple):
    """A prior drug in some trials: its place in the list, the drug, and what the file says of it.

    `facts` are empty for a prior drug that an edit adds: the edit has them. `renamed` is the edit that replaces
    the drug by another. `apart` tells that it is part of a transplantation.
    """

    place: int
    drug: str
    facts: Mapping[str, Values]
    renamed: int | None = None
    apart: bool = False


class Trials:
    """One patient and the edits that trials combine; raises PatientError for an invalid patient."""

    def __init__(self, rule_base: RuleBase, document: Document, edits: Sequence[Edit]) -> None:
        self.rule_base, self.document, self.edits = rule_base, document, edits
        self.patient = resolve(document, rule_base)
        stated = resolve({DRUGS: document.get(DRUGS)}, rule_base).treatments or []
        self.stated = [
            Slot(place, treatment.drug, treatment.facts, apart=treatment.apart)
            for place, treatment in enumerate(stated)
        ]
        self.slots: list[Slot] = [*self.stated]
        self.naming = rule_base.keys[f"{DRUGS}.drug"].property
        self.facts: dict[int, Mapping[str, Values]] = {}
        self.lists: dict[str, list[frozenset[str | float]]] = {}
        self.faulty = {number for number in range(len(edits)) if not self._resolve(number)}
        self.slots.sort(key=lambda slot: slot.place)

    def _resolve(self, number: int) -> bool:
        """Note the facts of an edit by itself; return whether there are any."""
        edit = self.edits[number]
        head, rest = str(edit.path[0]), edit.path[1:]
        try:
            if head != DRUGS:
                alone: dict[str, object] = {str(head): self.document.get(str(head))}
                if edit.value is not DROP and rest and isinstance(rest[-1], int):
                    alone = {}
                self.facts[number] = resolve(apply_edits(alone, [edit]), self.rule_base).facts
            elif rest and edit.value is not DROP:
                treatment = self._treatment(edit)
                place, drug = int(rest[0]), treatment.drug
                if len(rest) == 1:
                    if self.slots[-1:] != [slot := Slot(place, drug, {})]:
                        self.slots.append(slot)
                elif edit.property == self.naming:
                    self.slots.append(Slot(place, drug, treatment.facts, number, treatment.apart))
                self.facts[number] = treatment.facts
        except PatientError:
            return False
        return True

    def _treatment(self, edit: Edit) -> Treatment:
        _, place, *rest = edit.path
        entries = self.document.get(DRUGS)
        alone = [entries[int(place)]] if rest and isinstance(entries, list) else []
        shifted = edit._replace(path=(DRUGS, 0, *rest))
        (treatment,) = resolve(apply_edits({DRUGS: alone}, [shifted]), self.rule_base).treatments or []
        return treatment

    def moves(self, number: int) -> bool:
        """Return whether an edit changes what is known of its property, or of its prior drug."""
        edit = self.edits[number]
        if edit.path[0] == DRUGS:
            return len(edit.path) == 2 or (
                len(edit.path) > 2 and self._differs(number, self.stated[int(edit.path[1])].facts)
            )
        return edit.value is DROP or self._differs(number, self.patient.facts)

    def drugs_of(self, number: int) -> frozenset[str]:
        """Return the prior drugs that an edit changes: two where it replaces one by another."""
        renaming = (slot.drug for slot in self.slots if slot.renamed == number)
        drug = self.edits[number].drug
        return frozenset([*renaming, drug] if drug else renaming)

    def drugs_relined(self, number: int) -> frozenset[str]:
        """Return the prior drugs whose line becomes known, or unknown, when an edit changes the number of lines."""
        before, after = (facts.get(PRIOR_LINES) for facts in (self.patient.facts, self.facts[number]))
        if (before and before.certain == ONE) == (after and after.certain == ONE):
            return frozenset()
        return frozenset(slot.drug for slot in self.stated if LINE not in slot.facts)

    def _differs(self, number: int, facts: Mapping[str, Values]) -> bool:
        name = self.edits[number].property
        before, after = facts.get(name), self.facts[number].get(name)
        if isinstance(self.edits[number].path[-1], int) and before and after:
            return not after.certain <= before.certain
        return (before and before[:2]) != (after and after[:2])

    def entries(self, number: int) -> list[frozenset[str | float]]:
        """Return the values of each entry of the list that an edit changes, in the patient as it is."""
        edit = self.edits[number]
        path = [part for part in edit.path if not isinstance(part, int)]
        value: object = self.document
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else None
        entries = value if isinstance(value, list) else [] if value is None else [value]
        if edit.property not in self.lists:
            alone = (apply_edits({}, [edit._replace(path=(*path, 0), value=entry)]) for entry in entries)
            facts = (resolve(document, self.rule_base).facts[edit.property] for document in alone)
            self.lists[edit.property] = [values.certain for values in facts]
        return self.lists[edit.property]
