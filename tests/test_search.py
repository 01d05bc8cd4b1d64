"""What the search looks through: each thing once, with its kind, its names and its text."""

from __future__ import annotations

import json

import pytest

from rrmm.site import search
from rrmm.site.index import Index
from support import ROOT


@pytest.fixture(scope="module")
def index(kg):
    """Return what pages read of the graph."""
    return Index(kg.files)


@pytest.fixture(scope="module")
def found(index):
    """Return the entries by page."""
    entries = list(search.entries(index))
    assert len({entry[0] for entry in entries}) == len(entries) > 5000
    return {entry[0]: entry[1:] for entry in entries}


@pytest.mark.parametrize(
    ("page", "kind", "name", "text"),
    [
        ("id/drug/bortezomib.html", "drug", "Velcade", ""),
        ("id/regimen/drd.html", "regimen", "Dara-Rd", ""),
        ("id/cytogenetics/del17p.html", "cytogenetics", "17p-", ""),
        ("id/trial/endeavor.pfs-kd.html", "result", "", "18.7 mo"),
        ("ontology.html#DoubleRefractory", "patient state", "", "Refractory to at least one proteasome inhibitor"),
        ("ontology.html#appliesTo", "term", "", "patient"),
        ("id/question/trials-by-comparator.html", "question", "", ""),
    ],
)
def test_a_thing_has_kind_names_and_text(found, page, kind, name, text):
    """A drug is found by its brand, a number by what is printed, a state and a term by their definition."""
    _, named, _, others, said = found[page]
    assert named == kind
    assert not name or name in others
    assert text in said


def test_what_helps_nobody_is_left_out(found):
    """Condition sets have no page entry, and nothing is found under a name that is its label."""
    assert not [page for page in found if page.startswith(("id/condition-set/", "id/state-condition/"))]
    assert not [page for page, (label, _, _, others, _) in found.items() if label in others]


def test_the_script_is_data(index, found):
    """The script assigns one list of JSON, which the page reads without a server."""
    text = search.script(index)
    assert text.startswith("const THINGS = [\n")
    assert len(json.loads(text.removeprefix("const THINGS = ").removesuffix(";\n"))) == len(found)
    assert "THINGS.map" in (ROOT / "src/rrmm/site/static/search.js").read_text(encoding="utf-8")
