"""Patients made up from the vocabulary of the graph: realistic and adversarial, with keys missing at random.

Everything is drawn from a `random.Random`, so that a seed names a patient; Hypothesis gives one by
``st.randoms()``. No key, threshold or name stands here: all come from the graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from rrmm.errors import PatientError
from rrmm.logic.conditions import Facts, Values, Verdict
from rrmm.patient.history import CompiledEngine, History
from rrmm.patient.naming import TRANSPLANT_PART
from rrmm.patient.resolve import resolve
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key

BELOW = "prior_drugs."
Subject = tuple[str, dict[str, Values]]


def document(rule_base: RuleBase, random: Random) -> dict[str, Any]:
    """Return a patient file's mapping; each key is missing with a probability of 10 to 50 %.

    It can contradict itself, as a patient file can.
    """
    missing = random.uniform(0.1, 0.5)
    found: dict[str, Any] = {}
    for path, key in rule_base.keys.items():
        if path.startswith(BELOW) or random.random() < missing:
            continue
        value = _treatments(rule_base, random, missing) if key.kind == "object" else _value(rule_base, key, random)
        *above, last = path.split(".")
        place = found
        for name in above:
            place = place.setdefault(name, {})
        place[last] = value
    return found


def documents(rule_base: RuleBase, seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Yield so many patient files that do not contradict themselves."""
    random = Random(seed)
    while count:
        one = document(rule_base, random)
        try:
            History(rule_base, resolve(one, rule_base))
        except PatientError:
            continue
        yield one
        count -= 1


def rich(rule_base: RuleBase, random: Random) -> dict[str, Any]:
    """Return a patient file with a rich history that can be resolved: what contradicts the rest is left out.

    Drugs come back in later lines; some are one of a class, or of no source; lists name what is absent, or are not
    complete.
    """
    one = document(rule_base, random)
    if random.random() < 0.8:
        one["prior_drugs"] = _history(rule_base, random)
    if random.random() < 0.5:
        one["prior_lines"] = random.choice([1, 1, 2, 2, 3, 3, 4, 5, 9])
    if random.random() < 0.1:
        one["region"] = "ZZ"
    for name in ("comorbidities", "cytogenetics", "access"):
        if name in one and random.random() < 0.4:
            key = rule_base.keys[name]
            absent = random.sample(sorted(_things(rule_base, key.property, key)), 1)
            one[name] = [*one[name], *({"name": value, "present": False} for value in absent if value not in one[name])]
    for _ in range(60):
        try:
            History(rule_base, resolve(one, rule_base))
        except PatientError:
            _drop(one, random)
        else:
            return one
    return {}


def _history(rule_base: RuleBase, random: Random) -> list[Any]:
    entries = _treatments(rule_base, random, random.uniform(0.2, 0.8))
    backbone = sorted(rule_base.backbone)
    if entries and backbone and random.random() < 0.5:
        entries.append({**entries[0], "drug": random.choice(backbone)})
        entries[-1].pop("regimen", None)
    for entry in entries:
        if random.random() < 0.7:
            entry["line"] = random.choice([1, 1, 2, 2, 3, 4])
        if random.random() < 0.1:
            kind = rule_base.label(random.choice(_classes(rule_base)))
            entry["drug"] = random.choice([{"other": "compound X"}, {"class": kind}])
            entry.pop("regimen", None)
    return [*entries, "rest unknown"] if random.random() < 0.1 else entries


def _classes(rule_base: RuleBase) -> list[str]:
    """Return the classes of which a drug can be one that is not known."""
    kinds = {kind for drug in rule_base.drugs for kind in rule_base.drugs[drug]}
    return sorted(kind for kind in kinds if not kind.endswith("#Drug"))


def _drop(one: dict[str, Any], random: Random) -> None:
    """Leave out something at random: a key, or a key of a prior drug or below another."""
    key = random.choice(sorted(one))
    inner = one[key]
    if isinstance(inner, dict) and inner and random.random() < 0.9:
        _drop(inner, random)
        return
    if isinstance(inner, list) and inner and random.random() < 0.9:
        entry = random.choice(inner)
        if isinstance(entry, dict) and len(entry) > 1 and "present" not in entry:
            del entry[random.choice(sorted(entry.keys() - {"drug"}))]
        else:
            inner.remove(entry)
        return
    del one[key]


def subjects(rule_base: RuleBase, seed: int, count: int) -> list[Subject]:
    """Return the bearer and facts of so many patients, and of their prior treatments.

    Every second patient comes from a file, contradictory ones included. The others are facts of any
    kind, lists with values that are only possible among them.
    """
    random = Random(seed)
    recorder = Recorder(rule_base)
    while (number := sum(bearer == "Patient" for bearer, _ in recorder.asked)) < count:
        if number % 2:
            recorder.asked.append(("Patient", facts(rule_base, "Patient", random)))
            recorder.asked.append(("PriorTreatment", facts(rule_base, "PriorTreatment", random)))
            continue
        try:
            History(rule_base, resolve(document(rule_base, random), rule_base), recorder)
        except PatientError:
            continue
    return recorder.asked


def facts(rule_base: RuleBase, bearer: str, random: Random) -> dict[str, Values]:
    """Return facts of any kind: each property known, unknown or, where it takes many values, known in part."""
    missing = random.uniform(0.1, 0.5)
    keys = {key.property: key for key in rule_base.keys.values() if key.bearer == bearer and key.kind != "object"}
    found = {}
    for name in sorted({condition.property for condition in rule_base.conditions.values()}):
        key = keys.get(name)
        lifted = bearer == "Patient" and name not in {key.property for key in rule_base.keys.values()}
        if (not key and not lifted) or random.random() < missing:
            continue
        if lifted or (key and key.kind == "list"):
            found[name] = _partly(sorted(_things(rule_base, name, key)), random)
        elif key:
            value = _meant(rule_base, key, _value(rule_base, key, random))
            found[name] = Values(frozenset({value}), facts={value: f"{key.path}: {value}"})
    return found


class Recorder(CompiledEngine):
    """Judges as the compiled engine does, and keeps what it was asked."""

    def __init__(self, rule_base: RuleBase) -> None:
        super().__init__(rule_base)
        self.asked: list[Subject] = []

    def verdicts(self, facts: Facts, bearer: str) -> dict[str, Verdict]:
        """Return the verdicts, and note the subject."""
        self.asked.append((bearer, dict(facts)))
        return super().verdicts(facts, bearer)


def _treatments(rule_base: RuleBase, random: Random, missing: float) -> list[dict[str, Any]]:
    keys = {path.removeprefix(BELOW): key for path, key in rule_base.keys.items() if path.startswith(BELOW)}
    naming = next(key for key in keys.values() if key.property.endswith("treatmentDrug"))
    drugs = random.sample(sorted(_things(rule_base, naming.property, naming)), random.choice([0, 1, 1, 2, 2, 3, 4]))
    if drugs and random.random() < 0.3:  # a drug given in several lines
        drugs.insert(random.randrange(len(drugs) + 1), random.choice(drugs))
    entries = [
        {
            name: drug if key is naming else _value(rule_base, key, random)
            for name, key in keys.items()
            if key is naming or random.random() >= missing
        }
        for drug in drugs
    ]
    for entry in entries:
        if "regimen" in entry and random.random() < 0.9:
            entry["regimen"] = _regimen(rule_base, entry["drug"], random)
    return entries


def _regimen(rule_base: RuleBase, drug: str, random: Random) -> str:
    """Return a regimen with a drug, what says that it was part of a transplantation, or free text."""
    fitting = [option.label for option in rule_base.options if drug in option.components]
    parts = [rule_base.label(part) for part in rule_base.members[TRANSPLANT_PART]]
    return random.choice([*fitting, *fitting, *parts, "arm B of a study"])


def _things(rule_base: RuleBase, name: str, key: Key | None) -> set[str]:
    """Return the things that a property can point at; those that a condition mentions count more than once."""
    mentioned = {str(v) for one in rule_base.conditions.values() if one.property == name for v in one.values}
    listed = set(rule_base.names(key.values_from).values()) if key and key.values_from else set()
    return (mentioned | listed) - {*rule_base.drug_classes}


def _value(rule_base: RuleBase, key: Key, random: Random) -> Any:
    """Return a value for a key, as a patient file has it."""
    if key.kind == "boolean":
        return random.random() < 0.5
    if key.kind in {"number", "integer"}:
        return _number(rule_base, key, random)
    if key.kind == "text":
        return random.choice(["A", "B"])
    if key.kind == "code":
        return random.choice([*sorted(_things(rule_base, key.property, None)), "DE"])
    things = sorted(_things(rule_base, key.property, key))
    if key.kind == "list":
        return random.sample(things, min(len(things), random.choice([0, 0, 1, 1, 2, 3])))
    return random.choice(things)


def _number(rule_base: RuleBase, key: Key, random: Random) -> float:
    """Return a number at, just below or just above a threshold, or anywhere."""
    low, high = key.minimum or 0.0, key.maximum or 200.0
    thresholds = [c.threshold for c in rule_base.conditions.values() if c.property == key.property and c.operator]
    step = 1.0 if key.kind == "integer" else random.choice([0.1, 1.0])
    near = [number for t in thresholds for number in (t - step, t, t + step) if low <= number <= high]
    number = random.choice([low, *near, random.uniform(low, min(high, 200.0))])
    return round(number) if key.kind == "integer" else round(number, 1)


def _meant(rule_base: RuleBase, key: Key, value: Any) -> Any:
    """Return what a value of a patient file stands for."""
    if key.kind == "boolean":
        return (key.when_true if value else key.when_false) or value
    return float(value) if key.kind in {"number", "integer"} else value


def _partly(things: list[str], random: Random) -> Values:
    """Return a list that is known, or known in part."""
    certain = frozenset(random.sample(things, min(len(things), random.choice([0, 0, 1, 2, 8]))))
    possible = frozenset(random.sample(things, min(len(things), random.choice([0, 0, 1, 2])))) - certain
    return Values(certain, possible, {thing: f"known: {thing}" for thing in certain})
