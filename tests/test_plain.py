"""Patients as Python has them: dataclasses, tuples, rows of tables, scalars of NumPy and pandas."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from enum import Enum

import numpy
import pandas
import pytest

from rrmm import PatientError

PATIENT = {
    "age": 71,
    "egfr": 55.5,
    "ecog": 2,
    "prior_drugs": [{"drug": "bortezomib", "status": "refractory", "line": 1}],
    "comorbidities": ["heart failure"],
    "transplant": {"eligible": False},
}


@dataclass
class Prior:
    """One prior drug."""

    drug: str
    status: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Person:
    """A patient."""

    age: float
    egfr: float
    ecog: int
    prior_drugs: tuple[Prior, ...]
    comorbidities: frozenset[str]
    transplant: dict[str, object]


class Frailty(Enum):
    """A value of a key."""

    FRAIL = "frail"


Drug = namedtuple("Drug", "drug status line")
AS_DATACLASS = Person(
    71, 55.5, 2, (Prior("bortezomib", "refractory", 1),), frozenset({"heart failure"}), {"eligible": False}
)
AS_NUMPY = {
    "age": numpy.int64(71),
    "egfr": numpy.float64(55.5),
    "ecog": numpy.float32(2),
    "prior_drugs": (Drug(numpy.str_("bortezomib"), "refractory", numpy.int8(1)),),
    "comorbidities": numpy.array(["heart failure"]),
    "transplant": {"eligible": numpy.bool_(False)},
}
AS_ROW = pandas.DataFrame([PATIENT, {"age": 60}]).iloc[0]
AS_PANDAS = PATIENT | {"comorbidities": pandas.Series(["heart failure"], index=[7]), "region": pandas.NA}


@pytest.mark.parametrize("patient", [AS_DATACLASS, AS_NUMPY, AS_ROW, AS_PANDAS])
def test_the_same_patient_gets_the_same_report(kg, patient):
    """However Python holds a patient, the report is that of the plain mapping."""
    assert kg.regimens_for(patient, evidence=False).data == kg.regimens_for(PATIENT, evidence=False).data


@pytest.mark.parametrize("missing", [numpy.float64("nan"), pandas.NA, pandas.NaT, None])
def test_a_missing_value_is_not_known(kg, missing):
    """What a library holds for a missing value is left out, never a number."""
    assert kg.regimens_for({"age": missing}, evidence=False).data == kg.regimens_for({}, evidence=False).data


def test_a_missing_cell_of_a_row_is_not_known(kg):
    """An empty cell of a table is NaN there."""
    row = pandas.DataFrame([{"age": None, "ecog": 1}, {"age": 60.0}]).iloc[0]
    assert kg.regimens_for(row, evidence=False).data == kg.regimens_for({"ecog": 1}, evidence=False).data


def test_a_value_of_an_enumeration(kg):
    """An enumeration stands for its value."""
    enumerated, named = ({"frailty": value} for value in (Frailty.FRAIL, "frail"))
    assert kg.regimens_for(enumerated, evidence=False).data == kg.regimens_for(named, evidence=False).data


@pytest.mark.parametrize(
    ("patient", "said"),
    [
        ({"age": numpy.array([71, 72])}, "age: takes a number"),
        ({"age": object()}, "age: takes a number"),
        ({"age": float("nan")}, "age: takes a number"),
        ({"age": numpy.datetime64("2020-01-01")}, "age: takes a number"),
        ([PATIENT], "not list"),
        (71, "not int"),
        (None, "not NoneType"),
        (pandas.DataFrame([PATIENT]), "not DataFrame"),
    ],
)
def test_what_is_no_patient(kg, patient, said):
    """A value of the wrong kind is refused, with its key."""
    with pytest.raises(PatientError, match=said):
        kg.regimens_for(patient)
