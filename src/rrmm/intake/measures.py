"""Measurements: which measure a record names, and its value in the unit of the patient file.

The unit is read, not the code. A value outside the possible range, or without a unit, is reported and not taken.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rrmm.intake.dates import Day
from rrmm.intake.numerals import AMBIGUOUS, read_number
from rrmm.intake.records import Observation, Quantity, Record
from rrmm.intake.tables import Rule, Tables
from rrmm.intake.titles import beyond
from rrmm.spelling import plain

NUMBER_WITH_UNIT = re.compile(r"\s*([<>≤≥]=?|~)?\s*(-?\d+(?:[.,]\d+)*)\s*([^\d\s].*)?", re.DOTALL)
UNITLESS = "{score}"


class Value(NamedTuple):
    """A measured value in the unit of the patient file."""

    measure: str
    value: float
    day: Day
    time: str
    source: str
    as_said: str
    high: float | None = None
    flags: tuple[str, ...] = ()


class Measures:
    """Reads observations as measures and values; what cannot be taken goes to the record's report."""

    def __init__(self, tables: Tables, record: Record) -> None:
        self.tables, self.record = tables, record
        self.factors = {(rule.means, rule.unit): rule.factor for rule in tables.places["unit"]}

    def rule_of(self, observation: Observation) -> Rule | None:
        """Return the rule of the measure that an observation is of: by code, or by a name that says no more."""
        rule = self.tables.find("measure", observation.concept)
        is_coded = self._is_coded(observation)
        if rule is None or rule.reason or (is_coded and not rule.unit.startswith("{")):
            return rule
        names = (observation.concept.text,) if is_coded else observation.concept.words
        if more := next(filter(None, (beyond(self.tables, name, rule) for name in names)), ""):
            why = "its code counts; not read" if is_coded else "not taken"
            self.record.misunderstand(
                f"{observation.source}: {observation.concept.shown}", f"more than {rule.means}: {more}; {why}"
            )
        return rule if is_coded or not more else None

    def _is_coded(self, observation: Observation) -> bool:
        return any(self.tables.by_code("measure", coding.curie) for coding in observation.concept.codings)

    def unit(self, spellings: tuple[str, ...]) -> str | None:
        """Return the canonical unit of some spellings of one unit, or None."""
        for spelling in spellings:
            folded = plain(spelling.replace("μ", "u").replace("µ", "u")).replace(" ", "")
            for rule in self.tables.places["unit spelling"]:
                if any(pattern.fullmatch(folded) for pattern in rule.patterns):
                    return rule.means
        return None

    def value(self, observation: Observation, rule: Rule) -> Value | None:
        """Return the value of an observation of a measure, or None where it cannot be taken."""
        quantity = observation.quantity or _quantity(observation)
        what = f"{observation.source}: {observation.concept.shown}"
        if quantity is None:
            said = observation.text or (observation.value.shown if observation.value else "")
            why = "a comma that may part thousands or decimals; not taken" if AMBIGUOUS.match(said) else "no number"
            self.record.misunderstand(f"{what} {said}".rstrip(), why)
            return None
        said = f"{quantity.comparator}{quantity.value:g} {next(iter(quantity.units), '')}".strip()
        if quantity.comparator:
            self.record.misunderstand(f"{what} {said}", "a bound is no value")
            return None
        if observation.day is None:
            self.record.misunderstand(f"{what} {said}", "no date")
            return None
        converted = self._convert(quantity, rule, what, said)
        if converted is None:
            return None
        limit = observation.high
        high = self._factor(rule.means, limit.units or quantity.units) if limit else None
        return Value(
            rule.means,
            converted,
            observation.day,
            observation.time,
            observation.source,
            said,
            limit.value * high if limit and high else None,
            observation.flags,
        )

    def _factor(self, measure: str, spellings: tuple[str, ...]) -> float | None:
        return self.factors.get((measure, self.unit(spellings) or ""))

    def _convert(self, quantity: Quantity, rule: Rule, what: str, said: str) -> float | None:
        units = quantity.units
        if len({factor for unit in units if (factor := self._factor(rule.means, (unit,)))}) > 1:
            self.record.misunderstand(f"{what} {said}", f"the unit is said as {' and as '.join(units)}; not taken")
            return None
        factor = self._factor(rule.means, units)
        if factor is None and rule.unit == UNITLESS:
            factor = 1.0
        if factor is None:
            why = f"the unit {units[0]!r} is not one of {rule.means}" if units else f"no unit; {rule.means} needs one"
            self.record.misunderstand(f"{what} {said}", why)
            return None
        value = quantity.value * factor
        low, high = rule.minimum, rule.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            likely = [
                unit
                for (measure, unit), other in self.factors.items()
                if measure == rule.means and (low or 0) <= quantity.value * other <= (high or value)
            ]
            hint = f"; likely it is in {' or '.join(sorted(likely))}" if likely else ""
            self.record.misunderstand(f"{what} {said}", f"outside the possible range of its unit{hint}; not taken")
            return None
        return value


def _quantity(observation: Observation) -> Quantity | None:
    """Return the number that a text or a word of an observation begins with."""
    for text in (observation.text, observation.value.text):
        match = NUMBER_WITH_UNIT.fullmatch(text) if text else None
        number = read_number(match[2]) if match else None
        if match and number is not None:
            unit = (match[3] or "").strip()
            comparator = "" if match[1] in (None, "~") else match[1]
            return Quantity(number, (unit,) if unit else (), comparator)
    return None
