"""The terms of the ontology for its page: by kind, each with its definition and its other statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rrmm.iris import OWL, RDF, RDFS, RRMM, SKOS, local_name
from rrmm.site.places import PARAMETERS
from rrmm.web.entities import Things, curie
from rrmm.web.view import Line, told, view

IRI = RRMM[:-1]
VARIABLES = f"{IRI}/variable#"
DEFINITION = SKOS + "definition"
APART = {DEFINITION, OWL + "equivalentClass", RDFS + "comment"}


class Term(NamedTuple):
    """A term: its anchor on the page, label, short name, definition, and the lines of what else is said of it."""

    anchor: str
    label: str
    curie: str
    definition: str
    lines: list[Line]


def terms(things: Things) -> list[str]:
    """Return the ontology and the things that it defines."""
    return [IRI, *things.kinds["ontology"]]


def groups(things: Things, path: Callable[[str], str]) -> list[tuple[str, list[Term]]]:
    """Return the terms by their class, the largest classes first and shapes last."""
    found: dict[str, list[Term]] = {}
    for iri in sorted(things.kinds["ontology"], key=lambda iri: (things.label(iri).casefold(), iri)):
        if not iri.startswith(PARAMETERS):
            found.setdefault(_kind(things, iri), []).append(_term(things, iri, path))
    ordered = sorted(found.items(), key=lambda pair: (pair[0].endswith("Shape"), -len(pair[1]), pair[0]))
    variables = [Term(local_name(iri), f"?{local_name(iri)}", "", "", []) for iri in _variables(things)]
    return [*ordered, ("variables of questions", variables)]


def _kind(things: Things, iri: str) -> str:
    """Return the label of what a term is, which a property of one value is too."""
    types = sorted(term.value for name, term in things.statements(iri) if name == RDF + "type")
    return next(things.label(name) for name in reversed(types) if name != OWL + "FunctionalProperty" or len(types) == 1)


def _term(things: Things, iri: str, path: Callable[[str], str]) -> Term:
    lines = view(things, iri, path, lambda name: told(name) and name not in APART)
    definition = things.value(iri, DEFINITION) or things.value(iri, RDFS + "comment")
    return Term(local_name(iri), things.label(iri), curie(iri, things.prefixes), definition, lines)


def _variables(things: Things) -> list[str]:
    """Return the variables that parameters of questions fill, which are named and nothing more."""
    objects = {quad.object.value for quad in things.dataset if getattr(quad.object, "value", "").startswith(VARIABLES)}
    return sorted(objects)
