"""Patients made up from the vocabulary of the graph: realistic and adversarial, with keys missing at random.

Everything is drawn from a `random.Random`, so that a seed names a patient; Hypothesis gives one by
``st.randoms()``. No key, threshold or name stands here: all come from the graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from rrmm.derivation.statuses import Derivation
from rrmm.errors import PatientError
from rrmm.logic.conditions import Facts, Values, Verdict
from rrmm.patient.document import resolve
from rrmm.patient.history import CompiledEngine
from rrmm.rules.base import Compiled
from rrmm.rules.model import Key

BELOW = "prior_drugs."
Subject = tuple[str, dict[str, Values]]


def document(compiled: Compiled, random: Random) -> dict[str, Any]:
    """Return a patient file's mapping; each key is missing with a probability of 10 to 50 %.

    It can contradict itself, as a patient file can.
    """
    missing = random.uniform(0.1, 0.5)
    found: dict[str, Any] = {}
    for path, key in compiled.keys.items():
        if path.startswith(BELOW) or random.random() < missing:
            continue
        value = _treatments(compiled, random, missing) if key.kind == "object" else _value(compiled, key, random)
        *above, last = path.split(".")
        place = found
        for name in above:
            place = place.setdefault(name, {})
        place[last] = value
    return found


def documents(compiled: Compiled, seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Yield so many patient files that do not contradict themselves."""
    random = Random(seed)
    while count:
        one = document(compiled, random)
        try:
            Derivation(compiled, resolve(one, compiled))
        except PatientError:
            continue
        yield one
        count -= 1


def subjects(compiled: Compiled, seed: int, count: int) -> list[Subject]:
    """Return the bearer and facts of so many patients, and of their prior treatments.

    Every second patient comes from a file, contradictory ones included. The others are facts of any
    kind, lists with values that are only possible among them.
    """
    random = Random(seed)
    recorder = Recorder(compiled)
    while (number := sum(bearer == "Patient" for bearer, _ in recorder.asked)) < count:
        if number % 2:
            recorder.asked.append(("Patient", facts(compiled, "Patient", random)))
            recorder.asked.append(("PriorTreatment", facts(compiled, "PriorTreatment", random)))
            continue
        try:
            Derivation(compiled, resolve(document(compiled, random), compiled), recorder)
        except PatientError:
            continue
    return recorder.asked


def facts(compiled: Compiled, bearer: str, random: Random) -> dict[str, Values]:
    """Return facts of any kind: each property known, unknown or, where it takes many values, known in part."""
    missing = random.uniform(0.1, 0.5)
    keys = {key.property: key for key in compiled.keys.values() if key.bearer == bearer and key.kind != "object"}
    found = {}
    for name in sorted({condition.property for condition in compiled.conditions.values()}):
        key = keys.get(name)
        lifted = bearer == "Patient" and name not in {key.property for key in compiled.keys.values()}
        if (not key and not lifted) or random.random() < missing:
            continue
        if lifted or (key and key.kind == "list"):
            found[name] = _partly(sorted(_things(compiled, name, key)), random)
        elif key:
            value = _meant(compiled, key, _value(compiled, key, random))
            found[name] = Values(frozenset({value}), facts={value: f"{key.path}: {value}"})
    return found


class Recorder(CompiledEngine):
    """Judges as the compiled engine does, and keeps what it was asked."""

    def __init__(self, compiled: Compiled) -> None:
        super().__init__(compiled)
        self.asked: list[Subject] = []

    def verdicts(self, facts: Facts, bearer: str) -> dict[str, Verdict]:
        """Return the verdicts, and note the subject."""
        self.asked.append((bearer, dict(facts)))
        return super().verdicts(facts, bearer)


def _treatments(compiled: Compiled, random: Random, missing: float) -> list[dict[str, Any]]:
    keys = {path.removeprefix(BELOW): key for path, key in compiled.keys.items() if path.startswith(BELOW)}
    naming = next(key for key in keys.values() if key.property.endswith("treatmentDrug"))
    drugs = random.sample(sorted(_things(compiled, naming.property, naming)), random.choice([0, 1, 1, 2, 2, 3, 4]))
    return [
        {
            name: drug if key is naming else _value(compiled, key, random)
            for name, key in keys.items()
            if key is naming or random.random() >= missing
        }
        for drug in drugs
    ]


def _things(compiled: Compiled, name: str, key: Key | None) -> set[str]:
    """Return the things that a property can point at; those that a condition mentions count more than once."""
    mentioned = {str(v) for one in compiled.conditions.values() if one.property == name for v in one.values}
    listed = set(compiled.names(key.values_from).values()) if key and key.values_from else set()
    return mentioned | listed


def _value(compiled: Compiled, key: Key, random: Random) -> Any:
    """Return a value for a key, as a patient file has it."""
    if key.kind == "boolean":
        return random.random() < 0.5
    if key.kind in {"number", "integer"}:
        return _number(compiled, key, random)
    if key.kind == "text":
        return random.choice(["A", "B"])
    if key.kind == "code":
        return random.choice([*sorted(_things(compiled, key.property, None)), "DE"])
    things = sorted(_things(compiled, key.property, key))
    if key.kind == "list":
        return random.sample(things, min(len(things), random.choice([0, 0, 1, 1, 2, 3])))
    return random.choice(things)


def _number(compiled: Compiled, key: Key, random: Random) -> float:
    """Return a number at, just below or just above a threshold, or anywhere."""
    low, high = key.minimum or 0.0, key.maximum or 200.0
    thresholds = [c.threshold for c in compiled.conditions.values() if c.property == key.property and c.operator]
    step = 1.0 if key.kind == "integer" else random.choice([0.1, 1.0])
    near = [number for t in thresholds for number in (t - step, t, t + step) if low <= number <= high]
    number = random.choice([low, *near, random.uniform(low, min(high, 200.0))])
    return round(number) if key.kind == "integer" else round(number, 1)


def _meant(compiled: Compiled, key: Key, value: Any) -> Any:
    """Return what a value of a patient file stands for."""
    if key.kind == "boolean":
        return (key.when_true if value else key.when_false) or value
    return float(value) if key.kind in {"number", "integer"} else value


def _partly(things: list[str], random: Random) -> Values:
    """Return a list that is known, or known in part."""
    certain = frozenset(random.sample(things, min(len(things), random.choice([0, 0, 1, 2, 8]))))
    possible = frozenset(random.sample(things, min(len(things), random.choice([0, 0, 1, 2])))) - certain
    return Values(certain, possible, {thing: f"known: {thing}" for thing in certain})
