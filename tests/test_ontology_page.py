"""The page of the ontology: every term in one module, with definition and example, and the diagram of core classes."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from rrmm.graph.statements import Statements
from rrmm.iris import ID, OWL, RRMM
from rrmm.site.ontology import Modules
from rrmm.web.entities import Entities

PARTS = {"classes", "properties", "values"}


@pytest.fixture(scope="module")
def entities(kg):
    """Return the things of the graph."""
    return Entities(kg.files.snapshot)


@pytest.fixture(scope="module")
def modules(entities):
    """Return the modules by their anchor."""
    return {module.anchor: module for module in Modules(entities, str).list_modules()}


def terms(module, part):
    """Return the terms of a part of a module by their anchor."""
    return {term.anchor: term for name, listed in module.parts if name == part for term in listed}


def test_every_term_is_in_one_module(entities, modules):
    """No term is left over or listed twice, and the last part holds the variables of questions alone."""
    listed = Counter(term.iri for module in modules.values() for _, found in module.parts for term in found)
    ours = {iri for iri in entities.kinds["ontology"] if "/parameter/" not in iri and "#module-" not in iri}
    assert ours <= set(listed)
    assert max(listed.values()) == 1
    assert [name for name, _ in modules["further-terms"].parts] == ["variables of questions"]
    assert all(
        {name for name, _ in module.parts} <= PARTS for anchor, module in modules.items() if anchor != "further-terms"
    )


@pytest.mark.parametrize(
    ("term", "module", "part"),
    [
        ("AntiCD38Antibody", "treatments", "classes"),
        ("component", "treatments", "properties"),
        ("HazardRatio", "results", "values"),
        ("Patient", "patient", "classes"),
        ("age", "patient", "properties"),
        ("DoubleRefractory", "states", "classes"),
        ("appliesTo", "guidance", "properties"),
        ("Recommend", "guidance", "values"),
        ("statedIn", "sources", "properties"),
        ("GuidanceShape", "shapes", "values"),
    ],
)
def test_a_term_stands_where_it_is_looked_for(modules, term, module, part):
    """A class is with the nearest class above it, a property with its domain, a value with its class."""
    assert term in terms(modules[f"module-{module}"], part)


def test_what_no_module_gathers_is_shown_as_such(kg):
    """A class that hangs on nothing stands last, and one below a gathered class goes with it."""
    turtle = f"""
        <{RRMM}Lonely> a <{OWL}Class> . <{RRMM}Below> a <{OWL}Class> ;
            <http://www.w3.org/2000/01/rdf-schema#subClassOf> <{RRMM}ProteasomeInhibitor> .
    """
    planted = Entities(kg.files.snapshot)
    planted.graph.subjects |= Statements.parse(turtle.encode(), "turtle").subjects
    found = Modules(planted, str)
    assert found.find(f"{RRMM}Lonely") == ""
    assert found.find(f"{RRMM}Below") == f"{RRMM}module-treatments"


def test_a_term_says_what_it_is_near_and_gives_an_example(modules):
    """A class names those above and below it, a property its domain and range; both count and show a use."""
    drug = terms(modules["module-treatments"], "classes")["MonoclonalAntibody"]
    lines = {line.label: [value.text for value in line.values] for line in drug.lines}
    assert lines["below"] == ["drug"]
    assert "anti-CD38 antibody" in lines["above"]
    assert drug.example.iri.startswith(f"{ID}drug/")
    assert drug.uses > 3
    arm = terms(modules["module-studies"], "properties")["arm"]
    assert {line.label: [value.text for value in line.values] for line in arm.lines}["of"] == ["study"]
    assert arm.example.iri.startswith(f"{ID}trial/")
    assert arm.example.value.text


def test_twelve_core_classes_are_drawn(kg):
    """The diagram shows the core classes that modules name, each relation between them, and how often it holds."""
    picture = kg.gallery.picture("core-classes")
    query = f"SELECT DISTINCT ?class WHERE {{ ?module <{RRMM}core> ?class }}"
    core = {row["class"] for row in kg.store.rows(query)}
    assert len(core) == 12
    assert {row[f"{end}_iri"] for row in picture.rows for end in ("from", "to")} == core
    counts = {(row["from"], row["relation"], row["to"]): row["statements"] for row in picture.rows}
    results = kg.sparql(f"SELECT (COUNT(*) AS ?n) WHERE {{ ?r a <{RRMM}Result> }}").column("n")[0]
    assert counts["result", "study", "study"] == results
    assert counts["guidance", "applies to", "patient"] > 0
    assert set(re.findall(r'href="([^"]*)"', picture.svg.decode())) >= core
