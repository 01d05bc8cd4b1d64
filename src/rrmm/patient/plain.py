"""The values of Python and its libraries as a patient file holds them: dicts, lists, texts, numbers, true and false.

NumPy and pandas are recognised by what their values can do, and are not imported here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from enum import Enum
from typing import Any

from rrmm.errors import PatientError
from rrmm.patient.document import Document
from rrmm.texts import MOST_LEVELS, TOO_DEEP

_SCALARS = frozenset({str, int, float, bool, type(None)})


def as_document(patient: Any) -> Document:
    """Return a patient's mapping; raises PatientError for what is none."""
    row = _library(patient) == "pandas" and getattr(patient, "ndim", 0) == 1
    check_levels(patient)
    document = {key: _known(part) for key, part in patient.to_dict().items()} if row else plain(patient)
    if not isinstance(document, Mapping):
        raise PatientError(
            f"patient: takes a mapping, a dataclass, a row of a table or the path of a patient file, "
            f"not {type(patient).__name__}. See: rrmm schema patient",
            file="patient",
            value=patient,
        )
    return document


def check_levels(document: Any) -> None:
    """Raise PatientError for what is nested too deep, or holds itself."""
    above: list[int] = []
    ahead: list[tuple[int, Any]] = [(0, document)]
    while ahead:
        level, value = ahead.pop()
        if (parts := _parts(value)) is None:
            continue
        del above[level:]
        if level > MOST_LEVELS or id(value) in above:
            problem = TOO_DEEP if level > MOST_LEVELS else "holds itself. Write each part where it belongs."
            raise PatientError(f"patient: {problem}", file="patient")
        above.append(id(value))
        ahead += ((level + 1, part) for part in parts)


def _parts(value: Any) -> Iterable[Any] | None:
    """Return what a value holds, None for what holds nothing."""
    if isinstance(value, Mapping):
        return list(value.values())
    if isinstance(value, list | tuple | Set):
        return value
    if hasattr(type(value), "__dataclass_fields__"):
        return [getattr(value, name) for name in type(value).__dataclass_fields__]
    return None


def plain(value: Any) -> Any:
    """Return a value as a patient file holds it; a missing value of NumPy or pandas is None, not known.

    Takes dataclasses, named tuples, tuples, sets, enumerations, and the scalars, arrays and series of NumPy and
    pandas. What it does not know is returned as it is, for the reader of the key to refuse.

    >>> from collections import namedtuple
    >>> plain({"age": 71, "prior_drugs": (namedtuple("Drug", "drug line")("bortezomib", 1),)})
    {'age': 71, 'prior_drugs': [{'drug': 'bortezomib', 'line': 1}]}
    """
    kind = type(value)
    if kind in _SCALARS:
        return value
    if isinstance(value, Mapping):
        return {plain(key): plain(part) for key, part in value.items()}
    if hasattr(type(value), "__dataclass_fields__"):
        from dataclasses import fields

        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if hasattr(kind, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, Set):
        return sorted((plain(part) for part in value), key=str)
    return _of_library(value)


def _of_library(value: Any) -> Any:
    """Return a scalar, an array or a series as numbers, texts and lists."""
    if _library(value) not in {"numpy", "pandas"}:
        return value
    if hasattr(value, "tolist"):
        return _known(value.tolist())
    return None if type(value).__name__ in {"NAType", "NaTType"} else value


def _known(value: Any) -> Any:
    """Return a plain value; NaN, a missing value of NumPy and pandas, is None."""
    return None if isinstance(value, float) and value != value else plain(value)


def _library(value: object) -> str:
    return type(value).__module__.partition(".")[0]
