"""Patient files as tables, in each form that a cohort takes, and what one patient's derivation says of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from rrmm.derivation.explain import Derivation
from rrmm.errors import PatientError
from rrmm.iris import short
from rrmm.patient.resolve import resolve
from rrmm.patient.warnings import warn
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Reason

DRUGS = "prior_drugs"
HOLDS = {True: "yes", False: "no", None: "unknown"}
TYPES = {"number": pl.Float64, "integer": pl.Int64, "boolean": pl.Boolean, "list": pl.List(pl.String)}

Answer = dict[str, dict[str, str]]


def schema(rule_base: RuleBase) -> dict[str, pl.DataType]:
    """Return the type of each column by its path; prior drugs are a list of structs."""
    types = {path: TYPES.get(key.kind, pl.String) for path, key in rule_base.keys.items()}
    below = {path.removeprefix(f"{DRUGS}."): types.pop(path) for path in list(types) if path.startswith(f"{DRUGS}.")}
    return {**types, DRUGS: pl.List(pl.Struct(below))}


def flat(document: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Return a patient file's values by their paths."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        found |= flat(value, f"{above}{name}.") if isinstance(value, Mapping) else {above + name: value}
    return found


def columns(rule_base: RuleBase, documents: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return patients as a table with a column for each path, numbered by their identifiers."""
    types = schema(rule_base)
    rows = [{**dict.fromkeys(types), **flat(one), "id": str(number)} for number, one in enumerate(documents)]
    return pl.DataFrame(rows, schema=types)


def nested(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the same table with structs for what stands below another key."""
    for depth in (2, 1):
        found: dict[str, list[str]] = {}
        for name in frame.columns:
            if name.count(".") == depth:
                found.setdefault(name.rpartition(".")[0], []).append(name)
        for above, names in found.items():
            parts = [pl.col(name).alias(name.rpartition(".")[2]) for name in names]
            frame = frame.select(pl.exclude(names), pl.struct(parts).alias(above))
    return frame


def text(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the same table as a CSV has it: text alone, lists apart by a sign, prior drugs numbered."""
    most = max(frame[DRUGS].list.len().max() or 0, 1)
    drugs = frame[DRUGS]
    found = []
    for name in frame.columns:
        if name != DRUGS and frame.schema[name] == pl.List(pl.String):
            found.append(_joined(frame[name]).alias(name))
        elif name != DRUGS:
            found.append(frame[name].cast(pl.String))
    for place in range(most):
        one = drugs.list.get(place, null_on_oob=True).struct.unnest()
        found += [one[name].cast(pl.String).alias(f"{DRUGS}.{place + 1}.{name}") for name in one.columns]
    none = pl.Series(DRUGS, ["[]" if entries is not None and not len(entries) else None for entries in drugs])
    return pl.DataFrame([*found, none.cast(pl.String)])


def _joined(lists: pl.Series) -> pl.Series:
    return pl.Series([None if one is None else "|".join(one) or "[]" for one in lists], dtype=pl.String)


def said(rule_base: RuleBase, document: Mapping[str, Any]) -> tuple[Answer, dict[str, str]] | str:
    """Return what is derived for one patient, as the rows of a cohort, long and wide; or what is wrong with it."""
    try:
        derivation = Derivation(rule_base, resolve(document, rule_base, ""))
    except PatientError as error:
        return str(error).removeprefix(": ").replace("{other: …}", "other:WORD")
    answers = derivation.answers()
    warnings = ";".join(dict.fromkeys(one.name for one in warn(derivation.history)))
    long = {
        answer.option.label: {
            "status": answer.status,
            "fit": answer.fit,
            "reasons": _rules(answer.because),
            "cautions": _rules([caution.because for caution in answer.cautions]),
            "needs": ";".join(answer.needs),
            "caution_needs": ";".join(answer.caution_needs),
            "warnings": warnings,
        }
        for answer in answers
    }
    wide = {
        "pattern": derivation.pattern().value,
        "timing": derivation.timing().action,
        **{f"state: {rule_base.states[iri].label}": HOLDS[one.holds] for iri, one in derivation.verdicts.items()},
        **{answer.option.label: answer.status for answer in answers},
        **{f"fit: {answer.option.label}": answer.fit for answer in answers if answer.fit},
        "warnings": warnings,
    }
    return long, wide


def _rules(because: Iterable[Reason]) -> str:
    return ";".join(dict.fromkeys(short(reason.rule) for reason in because))
