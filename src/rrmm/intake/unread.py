"""Observations that no rule reads, and whose names hold a key of a patient file or a name of the graph.

None of them is read: they are listed with their values, while all others are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from rrmm.intake.coverage import left_over, mark_names, mark_phrases
from rrmm.intake.dates import Day
from rrmm.intake.drugs import embedded
from rrmm.intake.lines import Line
from rrmm.intake.numerals import read_number
from rrmm.intake.records import Observation
from rrmm.intake.tables import Tables

KEY, PRIOR_LINES = "key in a name", "number of prior lines"
GIVEN = ("drug", "class", "regimen", "procedure")
DISEASE = "comorbidity"


class StatedLines(NamedTuple):
    """A number of prior lines as an observation states it; None for what is no number, and fits none."""

    number: int | None
    day: Day | None
    shown: str

    def fits(self, lines: Sequence[Line]) -> bool:
        """Return whether it is the number of lines begun by its day; one that was still given need not be counted."""
        if self.day is None:
            return self.number == len(lines)
        day = self.day.last
        begun = [line for line in lines if line.start <= day]
        goes_on = begun and any(one.ongoing or one.last >= day for one in begun[-1].stretches)
        return self.number == len(begun) or bool(goes_on and self.number == len(begun) - 1)


def find_newest(stated: Sequence[StatedLines]) -> StatedLines | None:
    """Return the newest of some statements; one without a day is the last."""
    return max(stated, key=lambda one: one.day.last if one.day else date.max, default=None)


def names_key(tables: Tables, observation: Observation) -> bool:
    """Return whether the name of an observation holds a key of a patient file, a treatment or a disease."""
    return any(_names_key(tables, word) for word in observation.concept.words)


@lru_cache(maxsize=10_000)
def _names_key(tables: Tables, name: str) -> bool:
    if tables.by_text(KEY, name):
        return True
    steroids = tables.labels("corticosteroid")
    given = (meaning for place in GIVEN for meaning in embedded(tables, name, place))
    if any(meaning.iri and meaning.label not in steroids for meaning in given):
        return True
    diseases = mark_names(tables, tables.fold(name), (DISEASE,))
    is_known = any(meaning.iri for meanings in diseases.meanings for meaning in meanings)
    return is_known and not left_over(tables, diseases.text, "beside a disease", "beside a key")


def read_lines(tables: Tables, observation: Observation) -> StatedLines | None:
    """Return the number of prior lines that an observation states and no more, None where it does not."""
    for name in observation.concept.words:
        phrases = mark_phrases(tables.fold(name), tables.places[PRIOR_LINES])
        if phrases.rules and not left_over(tables, phrases.text, "beside a key"):
            quantity = observation.quantity
            bare = quantity.value if quantity and not quantity.comparator else read_number(observation.text)
            is_count = bare is not None and bare >= 0 and bare.is_integer()
            return StatedLines(int(bare) if bare is not None and is_count else None, observation.day, show(observation))
    return None


def show(observation: Observation) -> str:
    """Return an observation as a report names it, with its value."""
    quantity = observation.quantity
    number = f"{quantity.comparator}{quantity.value:g} {next(iter(quantity.units), '')}".strip() if quantity else ""
    value = observation.text or number or (observation.value.shown if observation.value else "")
    return f"{observation.source}: {observation.concept.shown} {value}".rstrip()
