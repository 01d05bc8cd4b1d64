"""The terms of the ontology for its page, by class, each with its definition and other statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rrmm.iris import OWL, RDF, RDFS, RRMM, SKOS, local_name
from rrmm.site.places import PARAMETERS
from rrmm.web.entities import Entities, curie
from rrmm.web.view import Line, is_listed, view

IRI = RRMM[:-1]
VARIABLES = f"{IRI}/variable#"
DEFINITION = SKOS + "definition"
APART = {DEFINITION, OWL + "equivalentClass", RDFS + "comment"}


class Term(NamedTuple):
    """A term: its anchor on the page, label, CURIE, definition, and the lines of its other statements."""

    anchor: str
    label: str
    curie: str
    definition: str
    lines: list[Line]


def terms(entities: Entities) -> list[str]:
    """Return the ontology and the things that it defines."""
    return [IRI, *entities.kinds["ontology"]]


def group_terms(entities: Entities, path: Callable[[str], str]) -> list[tuple[str, list[Term]]]:
    """Return the terms by their class, the largest classes first and shapes last."""
    groups: dict[str, list[Term]] = {}
    for iri in sorted(entities.kinds["ontology"], key=lambda iri: (entities.label(iri).casefold(), iri)):
        if not iri.startswith(PARAMETERS):
            groups.setdefault(_kind(entities, iri), []).append(_term(entities, iri, path))
    ordered = sorted(groups.items(), key=lambda pair: (pair[0].endswith("Shape"), -len(pair[1]), pair[0]))
    variables = [Term(local_name(iri), f"?{local_name(iri)}", "", "", []) for iri in _variables(entities)]
    return [*ordered, ("variables of questions", variables)]


def _kind(entities: Entities, iri: str) -> str:
    """Return the label of the class of a term; a functional property is listed with its other class."""
    types = sorted(term.value for name, term in entities.statements(iri) if name == RDF + "type")
    single = len(types) == 1
    return next(entities.label(name) for name in reversed(types) if single or name != OWL + "FunctionalProperty")


def _term(entities: Entities, iri: str, path: Callable[[str], str]) -> Term:
    lines = view(entities, iri, path, lambda name: is_listed(name) and name not in APART)
    definition = entities.value(iri, DEFINITION) or entities.value(iri, RDFS + "comment")
    return Term(local_name(iri), entities.label(iri), curie(iri, entities.prefixes), definition, lines)


def _variables(entities: Entities) -> list[str]:
    """Return the variables that parameters of questions fill; the graph states nothing but their IRIs."""
    values = {term.value for term in entities.graph.references}
    return sorted(value for value in values if value.startswith(VARIABLES))
