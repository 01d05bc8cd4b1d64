"""The counts of a cohort, which are the sums of the counts of its partitions."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from rrmm.cohort.answers import HOLDS, STATE, Form
from rrmm.cohort.by_source import count_by_source, count_open_only_since
from rrmm.cohort.derived import add
from rrmm.cohort.evaluator import Evaluation
from rrmm.cohort.planes import Plane, size
from rrmm.cohort.texts import JOINED, texts
from rrmm.iris import ID, short
from rrmm.records import JsonObject
from rrmm.rules.effects import FITS, STATUSES

GUIDANCE = f"{ID}guidance/"
SHOWN = 8
OF_LINE = re.compile(r", line \d+\]")

Counts = JsonObject


def count_answers(form: Form, evaluation: Evaluation) -> Counts:
    """Return counts of the patients of a table.

    They stand under ``patients``, ``timing``, ``patterns``, ``states`` (yes, no, unknown), ``options`` (by
    status), ``rules`` (that decide an option or set the timing), ``cautions``, ``needs`` (that could turn a
    status or hasten the start), ``fits`` (of each option), ``caution_needs`` (that could add a caution), ``warnings``
    (what is implausible), ``nothing_recommended`` (by what the patients are refractory to), ``by_source`` (the
    options by status, each source alone) and ``open_only_since`` (the options by the year of their source).
    """
    derived, rows = evaluation.derived, evaluation.derived.rows
    rules, cautions, needs = dict[str, Plane](), dict[str, Plane](), dict[str, Plane]()
    caution_needs = dict[str, Plane]()
    add(rules, derived.timed_by().items())
    add(needs, derived.hastened_by().items())
    for answer in derived.answers:
        add(rules, answer.because.items())
        add(cautions, answer.cautions.items())
        add(needs, answer.needs.items())
        add(caution_needs, answer.caution_needs.items())
    states = {name: [*map(size, derived.holds(iri))] for name, iri in form.states.items()}
    return {
        "patients": rows.count,
        "timing": {action: size(plane) for action, plane in derived.timing().items()},
        "patterns": {name: size(plane) for name, plane in derived.patterns()},
        "states": {
            name.removeprefix(STATE): dict(zip(HOLDS, (*held, rows.count - sum(held)), strict=True))
            for name, held in states.items()
        },
        "options": {
            answer.option.label: {status: size(answer.statuses[status]) for status in STATUSES}
            for answer in derived.answers
        },
        "rules": {short(rule): size(plane) for rule, plane in rules.items() if rule.startswith(GUIDANCE)},
        "cautions": {short(rule): size(plane) for rule, plane in cautions.items()},
        "needs": _by_key(derived.entries_of(needs)),
        "fits": {answer.option.label: {fit: size(answer.fits[fit]) for fit in FITS} for answer in derived.answers},
        "caution_needs": _by_key(derived.entries_of(caution_needs)),
        "warnings": {name: size(plane) for name, plane in derived.warnings().items()},
        "nothing_recommended": _gaps(form, evaluation),
        "by_source": count_by_source(derived),
        "open_only_since": count_open_only_since(derived),
    }


def _by_key(needs: Mapping[str, Plane]) -> Counts:
    """Return how many patients a key is asked of, whichever line of a prior drug it is of."""
    merged: dict[str, Plane] = {}
    add(merged, ((OF_LINE.sub("]", need), plane) for need, plane in needs.items()))
    return {need: size(plane) for need, plane in merged.items()}


def _gaps(form: Form, evaluation: Evaluation) -> Counts:
    """Return the patients for whom nothing is recommended, by those states that depend only on what closes options."""
    derived, rows = evaluation.derived, evaluation.derived.rows
    named: dict[str, Plane] = {}
    for iri in form.states.values():
        state = derived.rule_base.states[iri]
        if derived.rule_base.sieve.properties(state) <= derived.rule_base.closing_by:
            yes, no = derived.holds(iri)
            named[state.label] = yes
            named[f"{state.label}?"] = rows.but(yes | no)
    gap = rows.but(rows.any(answer.statuses["recommended"] for answer in derived.answers))
    places, words = texts(rows, named)
    numbers = np.bincount(places[rows.truths(gap)], minlength=len(words)).tolist()
    return {word.replace(JOINED, ", ") or "none": count for word, count in zip(words, numbers, strict=True) if count}


def add_counts(first: Counts, second: Counts) -> Counts:
    """Return the counts of two cohorts together.

    >>> add_counts({"patients": 1, "needs": {"age": 1}}, {"patients": 2, "needs": {"egfr": 2}})
    {'patients': 3, 'needs': {'age': 1, 'egfr': 2}}
    """
    totals = dict(first)
    for name, value in second.items():
        totals[name] = (
            add_counts(totals.get(name, {}), value) if isinstance(value, dict) else totals.get(name, 0) + value
        )
    return totals


def sort_counts(counts: Counts) -> Counts:
    """Return counts with the most frequent rules, needs and gaps first."""
    often = ("rules", "cautions", "needs", "caution_needs", "warnings", "nothing_recommended")
    since = {year: _sort_by_count(of) for year, of in counts["open_only_since"].items()}
    sorted_ones = {name: _sort_by_count(value) if name in often else value for name, value in counts.items()}
    return {**sorted_ones, "open_only_since": since}


def _sort_by_count(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(
        sorted(((name, number) for name, number in counts.items() if number), key=lambda pair: (-pair[1], pair[0]))
    )


def text(counts: Counts, named_by: str) -> str:
    """Return counts for a terminal: the most frequent of each kind; `named_by` are the sources that name options."""
    total = counts["patients"]
    named = {label: of["recommended"] for label, of in counts["options"].items()}
    gaps = counts["nothing_recommended"]
    parts = {
        "TIMING": counts["timing"],
        f"NAMED BY {named_by.upper()}, by option": named,
        **{f"OPEN ONLY SINCE {year}, by option": of for year, of in counts["open_only_since"].items()},
        "RULES that decide": counts["rules"],
        "NOT KNOWN, and could turn a status or hasten the start": counts["needs"],
        "IMPLAUSIBLE or incomplete, and answered": counts["warnings"],
        f"NOTHING NAMED for {sum(gaps.values()):,} of them, by what they are refractory to (?: not known)": gaps,
    }
    lines = [f"{total:,} patient{'s' * (total != 1)}"]
    for title, of in parts.items():
        by_count = _sort_by_count(of)
        lines += ["", title]
        lines += [f"  {number:>12,}  {number / total:>4.0%}  {name}" for name, number in [*by_count.items()][:SHOWN]]
        if len(by_count) > SHOWN:
            lines.append(f"  … {len(by_count) - SHOWN} more in the summary file")
    return "\n".join(lines) + "\n"
