"""What words say of a transplantation of blood-forming cells: that it was done outright, and whose cells they were.

A text counts where every word of it is known; a word that no rule knows may take the transplantation back.
"""

from __future__ import annotations

from collections.abc import Iterable

from rrmm.intake.coverage import left_over, mark_phrases, without
from rrmm.intake.mentions import drop_phrases, find_left
from rrmm.intake.records import Concept
from rrmm.intake.tables import RESERVATIONS, Tables
from rrmm.intake.wording import BESIDE_NOT_GIVEN

PROCEDURE, NAMED, CELLS, NOT_DONE = (
    "procedure",
    "transplantation named",
    "transplantation of blood-forming cells",
    "procedure not done",
)
AUTOLOGOUS, COLLECTION, ALLOGENEIC, UNSAID = "autologous", "collection", "allogeneic", "unsaid"
"""What a procedure means, and a transplantation of which the donor is not said."""
TRANSPLANTATION = ("transplantation", "beside a drug", "days of a drug")
"""Places of the words that may stand beside a transplantation."""
PAST, DONOR = "beside a past transplantation", "donor of a transplantation"


def reservation(tables: Tables, concept: Concept) -> str:
    """Return why the words of a procedure do not say outright that it was done, "" where they do, or a code does."""
    if any(tables.by_code(PROCEDURE, coding.curie) for coding in concept.codings):
        return ""
    words = [drop_phrases(tables, word) for word in concept.words]
    if why := tables.taken_back(words, RESERVATIONS, lambda part: tables.by_text(PROCEDURE, part)):
        return why
    word = next(word for word in words if tables.by_text(PROCEDURE, word))
    said, why = tables.plain_part(word, *RESERVATIONS)
    rule = tables.by_text(PROCEDURE, said)
    if rule is None or rule.means != AUTOLOGOUS:
        return ""
    if why and not tables.by_text("another time", word[len(said) :]):
        return why
    left = find_left(tables, said, TRANSPLANTATION)
    return f"what {' … '.join(map(repr, left))} says of it is not understood" if left else ""


def taken_back(tables: Tables, notes: Iterable[str]) -> str:
    """Return what a note says that a procedure was not, if it says that alone; "" where none does."""
    for note in notes:
        phrases = mark_phrases(tables.fold(note), tables.places[NOT_DONE])
        if phrases.rules and not left_over(tables, phrases.text, BESIDE_NOT_GIVEN):
            return phrases.rules[0].means
    return ""


def is_named(tables: Tables, concept: Concept) -> bool:
    """Return whether a procedure speaks of a transplantation, or of stem cells, in whatever words."""
    return any(tables.by_text(NAMED, word) for word in concept.words)


def past(tables: Tables, concept: Concept) -> str:
    """Return whose cells a condition says were transplanted, if it says that alone; "" where it says anything else."""
    said = {donor for word in concept.words if (donor := past_said(tables, word))}
    codes = [coding.curie for coding in concept.codings]
    said |= {rule.means for code in codes if (rule := tables.by_code(PROCEDURE, code)) and rule.means != COLLECTION}
    said |= {UNSAID for code in codes if tables.by_code(CELLS, code)}
    donors = said - {UNSAID}
    return donors.pop() if len(donors) == 1 else UNSAID if said else ""


def past_said(tables: Tables, word: str) -> str:
    """Return whose cells a text says were transplanted, if it says that alone; "" where it says anything else."""
    bare = without(tables, drop_phrases(tables, word), PAST)
    if not tables.by_text(CELLS, bare) or tables.plain_part(bare, *RESERVATIONS)[1]:
        return ""
    if find_left(tables, bare, (*TRANSPLANTATION, DONOR)):
        return ""
    rule = tables.by_text(PROCEDURE, bare)
    return UNSAID if rule is None else "" if rule.means == COLLECTION else rule.means
