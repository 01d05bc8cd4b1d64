"""A table of patients answered by the library: the status of every option and every state, counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from rrmm.cohort.answers import HOLDS, STATE, Form
from rrmm.effects import STATUSES
from rrmm.knowledge import KnowledgeGraph

Counts = dict[str, Any]


def ours(path: str) -> Callable[[], Counts]:
    """Return what reads a Parquet file, derives a table of answers, one row a patient, and counts it."""
    graph = KnowledgeGraph.load()
    form = Form(graph.compiled)

    def derived() -> Counts:
        return counts(form, graph.cohort(pl.scan_parquet(path), wide=True).collect())

    return derived


def counts(form: Form, answers: pl.DataFrame) -> Counts:
    """Return how many patients there are, and how many have each answer, by state and by option."""
    words = dict.fromkeys(form.states, HOLDS) | dict.fromkeys(form.options.categories, STATUSES)
    summed = [(pl.col(name) == word).sum().alias(f"{name} {word}") for name in words for word in words[name]]
    (numbers,) = answers.select(summed).rows(named=True)
    found = {name: {word: numbers[f"{name} {word}"] for word in words[name]} for name in words}
    return {
        "patients": answers.height,
        "states": {name.removeprefix(STATE): found[name] for name in form.states},
        "options": {name: found[name] for name in form.options.categories},
    }
