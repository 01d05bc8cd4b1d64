"""Notes beside the value of an observation: one that says as a whole that the value is invalid takes it back.

Any other that denies, doubts or corrects is listed beside what is taken; a note never gives a value.
"""

from __future__ import annotations

from rrmm.intake.coverage import left_over, mark_phrases
from rrmm.intake.records import Observation, Record
from rrmm.intake.tables import Tables

PLACE, BESIDE, INVALID = "note that takes back", "beside a note that takes back", "invalid"
UNREAD = "a note beside the value"


def value_stands(tables: Tables, record: Record, observation: Observation, *, counts: bool) -> bool:
    """Return whether no note of an observation says that its value is invalid; list the notes that take it back.

    With `counts` the notes that do not are counted, as no part of a patient file.
    """
    number = f"{observation.quantity.value:g}" if observation.quantity else ""
    shown = observation.value.shown if observation.value else ""
    said = f"{observation.source}: {observation.concept.shown} {observation.text or number or shown}".rstrip()
    stands = True
    for note in observation.notes:
        invalid = _is_invalid(tables, note)
        if invalid or takes_back(tables, note):
            why = f"the note says that the value is {INVALID}; not taken" if invalid else f"{UNREAD}; not read"
            record.misunderstand(f"{said}: {note}", why)
        elif counts:
            record.ignore(UNREAD, f"{said}: {note}")
        stands = stands and not invalid
    return stands


def takes_back(tables: Tables, note: str) -> bool:
    """Return whether a note denies, doubts or corrects what it stands beside."""
    return tables.by_text(PLACE, note) is not None


def _is_invalid(tables: Tables, note: str) -> bool:
    """Return whether a note says as a whole that the value is invalid."""
    invalid = [rule for rule in tables.places[PLACE] if rule.means == INVALID]
    phrases = mark_phrases(tables.fold(note), invalid)
    return bool(phrases.rules) and not left_over(tables, phrases.text, BESIDE)
