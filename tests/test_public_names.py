"""The names that users import from rrmm: all are there, lazily, and errors carry what their messages say."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import rrmm
from rrmm import KnowledgeError, MissingExtra, PatientError, QueryError, RrmmError
from rrmm.errors import close_names
from support import ROOT


@pytest.mark.parametrize("name", rrmm.__all__)
def test_every_public_name_can_be_imported(name):
    """Each name of __all__ is there, and dir() lists it."""
    assert getattr(rrmm, name) is not None
    assert name in dir(rrmm)


def test_an_unknown_name_is_refused():
    """A name that rrmm does not have is an ImportError, as in any package."""
    with pytest.raises(ImportError, match="Reprot"):
        from rrmm import Reprot  # noqa: F401


def test_every_error_is_public_and_of_one_family():
    """No error class of the package is missing among the public names, and all but warnings are RrmmErrors."""
    from rrmm import errors

    family = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert family <= set(rrmm.__all__)
    assert all(issubclass(getattr(rrmm, name), RrmmError | Warning) for name in family)


def test_importing_rrmm_imports_no_part_of_it():
    """Until a name is used, only the version is imported."""
    code = (
        "import sys, rrmm; before = sorted(name for name in sys.modules if name.startswith('rrmm'));"
        "rrmm.PatientError; print(before, 'rrmm.errors' in sys.modules, 'rrmm.api' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "['rrmm', 'rrmm.version'] True False"


def test_a_patient_error_says_which_key_and_value(kg):
    """An unknown drug names its file, key and value, and offers the nearest drug."""
    with pytest.raises(PatientError) as caught:
        kg.regimens_for({"prior_drugs": [{"drug": "bortezomip"}]})
    error = caught.value
    assert (error.file, error.key, error.value) == ("patient", "prior_drugs[1].drug", "bortezomip")
    assert error.offers[0] == "bortezomib"
    assert str(error).startswith("patient: prior_drugs[1].drug: unknown name 'bortezomip'. Did you mean bortezomib")


@pytest.mark.parametrize(
    ("document", "key", "value", "offers"),
    [
        ({"agee": 70}, "agee", 70, ("age",)),
        ({"age": "old"}, "age", "old", ()),
        ({"age": -5}, "age", -5, ()),
        ({"prior_drugs": [{"drug": "bortezomib", "statsu": "x"}]}, "prior_drugs[1].statsu", "x", ("status",)),
    ],
)
def test_patient_errors_carry_key_value_and_offers(kg, document, key, value, offers):
    """An unknown key, a wrong type and a value out of range are fields, not only words."""
    with pytest.raises(PatientError) as caught:
        kg.regimens_for(document)
    assert (caught.value.key, caught.value.value, caught.value.offers) == (key, value, offers)


def test_query_errors_carry_query_key_and_offers(kg):
    """An unknown question, parameter or value offers the nearest known ones."""
    with pytest.raises(QueryError) as caught:
        kg.query("resluts")
    assert (caught.value.query, caught.value.offers[0]) == ("resluts", "results")
    with pytest.raises(QueryError) as caught:
        kg.query("hazard-ratios", popluation="del(17p)")
    assert (caught.value.query, caught.value.key) == ("hazard-ratios", "popluation")
    assert "population" in caught.value.offers
    with pytest.raises(QueryError) as caught:
        kg.show("bortezomip")
    assert (caught.value.value, caught.value.offers[0]) == ("bortezomip", "bortezomib")


def test_knowledge_errors_carry_file_and_line(tmp_path):
    """A slip in an overlay names the file and the line as fields."""
    path = tmp_path / "mine.ttl"
    path.write_text("@prefix rrmm: <https://w3id.org/rrmm/ontology#> .\nrrmm:a rrmm:b rrmm:c rrmm:d .\n", "utf-8")
    with pytest.raises(KnowledgeError) as caught:
        _ = rrmm.KnowledgeGraph.load(overlays=[path]).rule_base
    assert (caught.value.file, caught.value.line) == (Path(path), 2)


@pytest.mark.parametrize(
    "error",
    [
        RrmmError("wrong", offers=["right"]),
        PatientError("wrong", key="age", value=-5),
        QueryError("wrong", query="results", offers=["right"]),
        KnowledgeError("wrong", file="a.ttl", line=3),
        MissingExtra("A picture", "plot"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_survives_the_way_to_another_process(error):
    """Pickled and back, an error has its message and its fields."""
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
    fields, fields_again = ({**vars(one), "faults": len(getattr(one, "faults", ()))} for one in (error, again))
    assert (type(again), str(again), fields_again) == (type(error), str(error), fields)


def test_names_far_from_all_are_offered_nothing():
    """Nothing is offered for a word that resembles none, the nearest comes first."""
    assert close_names("xyz", ["bortezomib"]) == []
    assert close_names("ressults", ["results", "result-counts"])[0] == "results"
