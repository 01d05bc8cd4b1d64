"""Cohorts: tables of patients in, tables of answers out, by the program that answers one patient.

It imports derivation, patient and below; it refuses to guess what an unreadable row means, and to answer a row
in any other way than its patient alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rrmm.errors import MissingExtra

LIBRARIES = {"numpy", "polars", "tqdm"}


@contextmanager
def require_libraries() -> Iterator[None]:
    """Raise MissingExtra where an import in the block fails since a library of the extra ``[cohort]`` is missing."""
    try:
        yield
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in LIBRARIES:
            raise
        raise MissingExtra("A cohort", "cohort") from None
