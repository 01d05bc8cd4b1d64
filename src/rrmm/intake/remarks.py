"""What stands beside a condition: notes that deny or doubt it, grades, and what the myeloma's own diagnosis says more.

A note is never a fact of its own: it takes a condition back, or it is listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rrmm.errors import LONGEST_NAME
from rrmm.intake.coverage import BETWEEN, TAKEN, WORD, find_grams, left_over, mark_phrases, read_name, without
from rrmm.intake.dates import Day
from rrmm.intake.grafts import past_said
from rrmm.intake.records import Concept, Condition, Record
from rrmm.intake.tables import RESERVATIONS, Rule, Tables
from rrmm.intake.wording import CLAUSE

PLACE = "comorbidity"
BESIDE, BESIDE_NOTE, BESIDE_MYELOMA = "beside a disease", "beside a denying note", "beside the myeloma"
BEHIND, BEFORE, GRADE = "note denies before", "note denies behind", "grade"
"""Places of the words that take back what stands before them, or what stands behind them."""
NOT_READ = "a note that denies, doubts or plans something; not read"
NO_GRADE = "a grade that is denied, doubted, past, or one of several; no grade is read"
FORM = "form of the myeloma"
MORE = "more than the myeloma: only that is read"


def denies(tables: Tables, condition: Condition) -> str:
    """Return the note that denies or doubts the condition itself, "" where none does."""
    own = " ".join(map(tables.fold, condition.concept.words))
    return next(
        (note for note in condition.notes if any(_denies(tables, one, own) for one in _clauses(tables, note))), ""
    )


def list_beside(tables: Tables, record: Record, condition: Condition) -> None:
    """List what stands beside a condition and is not read: stages, severities, notes that deny, doubt or plan."""
    for stage in filter(None, condition.stages):
        record.misunderstand(f"{condition.source}: stage {stage.shown}", "a stage beside the diagnosis; not read")
    for severity in filter(None, condition.severity):
        if not any(tables.by_text(GRADE, word) for word in severity.words):
            why = "a severity or modifier that is no grade; not read"
            record.misunderstand(f"{condition.source}: {severity.shown}", why)
    for note in condition.notes:
        if tables.plain_part(note, *RESERVATIONS)[1] or denies(tables, condition._replace(notes=(note,))):
            record.misunderstand(f"{condition.source}: {condition.concept.shown}: {note}", NOT_READ)


def _clauses(tables: Tables, note: str) -> list[str]:
    return [clause for part in CLAUSE.split(tables.fold(note)) if (clause := part.strip(" ."))]


def _denies(tables: Tables, clause: str, own: str) -> bool:
    """Return whether a clause takes back its own disease and nothing else, not a grade of it either."""
    if len(clause) > LONGEST_NAME or tables.by_text(GRADE, clause):
        return False
    for place in (BEHIND, BEFORE):
        for pattern in (pattern for rule in tables.places[place] for pattern in rule.patterns):
            if match := pattern.search(clause):
                before, after = clause[: match.start()], clause[match.end() :]
                names, others = _own_names(tables, f"{before}{TAKEN}{after}" if place == BEHIND else after, own)
                is_about_it = place == BEHIND or names or not after.strip()
                if is_about_it and not others:
                    return True
    return False


def _own_names(tables: Tables, text: str, own: str) -> tuple[list[str], str]:
    """Return the names of diseases in a text that its own disease is said by, and what else is left of the text."""
    words = [match.span() for match in WORD.finditer(text)]
    found = find_grams(text, words, BETWEEN, lambda gram: read_name(tables, gram, (PLACE,)))
    names = [name for start, end, _ in found if (name := text[start:end]) in own]
    for name in names:
        text = text.replace(name, TAKEN)
    return names, left_over(tables, text, BESIDE_NOTE, BESIDE)


def grades(tables: Tables, texts: Iterable[str]) -> set[int] | None:
    """Return the grades that texts say outright, or None where one of them is denied, doubted or past."""
    found: set[int] = set()
    for text in texts:
        folded = tables.fold(text)
        matches = [m for rule in tables.places[GRADE] for one in rule.patterns for m in one.finditer(folded)]
        said, _ = tables.plain_part(text, *RESERVATIONS)
        for match in matches:
            if match.start() >= len(said) or tables.by_text("past grade", folded):
                return None
            found |= {int(digit) for digit in match.groups() if digit}
    return found


class Graded(NamedTuple):
    """A grade of a disease, and of which day and resource it is."""

    grade: int
    day: Day | None
    source: str


def find_newest(graded: Sequence[Graded]) -> Graded | None:
    """Return the newest of some grades of a disease, or None where several may be, and differ."""
    last = max((one.day.first for one in graded if one.day), default=None)
    latest = [one for one in graded if one.day is None or last is None or one.day.last >= last]
    return latest[-1] if len({one.grade for one in latest}) == 1 else None


def list_diagnosis(tables: Tables, record: Record, condition: Condition) -> None:
    """List what the diagnosis of the myeloma says beyond it: forms, stages, cytogenetics, drugs, unknown words."""
    if not condition.denied and (form := _find_form(tables, condition.concept)):
        record.misunderstand(f"{condition.source}: {condition.concept.shown}", form.reason)
    coded = {coding.display for coding in condition.concept.codings if tables.by_beginning("disease", coding.curie)}
    for word in condition.concept.words:
        if word not in coded and not past_said(tables, word) and _says_more(tables, word):
            record.misunderstand(f"{condition.source}: {word}", MORE)
    list_beside(tables, record, condition)


def _find_form(tables: Tables, concept: Concept) -> Rule | None:
    """Return the rule of a form of the disease that is more than a myeloma, by its code or its words."""
    codes = [coding.curie for coding in concept.codings] + ([f"icd10:{concept.text}"] if concept.text else [])
    return next(
        filter(None, [tables.by_beginning(FORM, code) for code in codes]),
        next(filter(None, [tables.by_text(FORM, word) for word in concept.words]), None),
    )


def _says_more(tables: Tables, word: str) -> bool:
    left = without(tables, mark_phrases(tables.fold(word), tables.places["disease"]).text, BESIDE_MYELOMA)
    return tables.by_text("stage of the myeloma", left) is not None or bool(left_over(tables, left, BESIDE))
