"""Cohorts: tables of patients in, tables of answers out, by the rules that answer one patient."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rrmm.errors import MissingExtra

LIBRARIES = {"numpy", "polars", "tqdm"}


@contextmanager
def needed() -> Iterator[None]:
    """Say which extra is missing where an import fails for want of it."""
    try:
        yield
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in LIBRARIES:
            raise
        raise MissingExtra("A cohort", "cohort") from None
