"""What the pages of things show: one page for each thing, one for each kind, one for each question."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rrmm.iris import RRMM, SKOS, local_name
from rrmm.plot.picture import Picture
from rrmm.site.index import Index
from rrmm.site.places import link, place
from rrmm.web.entities import curie, kind
from rrmm.web.view import backlinks, is_listed, view

LINKS = {f"{SKOS}{degree}Match" for degree in ("exact", "close", "broad", "narrow", "related")}
APART = LINKS | {RRMM + name for name in ("arm", "order", "caveat", "printedAt")}

Page = tuple[str, dict[str, object]]


def document(index: Index, iri: str, form: str) -> bytes:
    """Return the statements of a thing and of its parts as RDF in a form (``turtle`` …)."""
    return index.entities.document([iri, *index.parts.get(iri, ())], form)


def turtle(index: Index, iri: str) -> str:
    """Return the Turtle document of a thing."""
    return document(index, iri, "turtle").decode()


def kind_page(index: Index, name: str) -> Page:
    """Return template and values of the page that lists a kind."""
    if name == "question":
        return "questions", {}
    if name == "discrepancy":
        rows = list(index.facts.discrepancies.values())
        return "discrepancies", {"rows": rows, "unresolved": sum("adopted" not in row for row in rows)}
    main, *others = index.groups(name)
    return "kind", {"main": main, "others": others, "listing": index.listings.get(name)}


def entity_page(index: Index, iri: str, pictures: Sequence[Picture]) -> Page:
    """Return template and values of the page of a thing."""
    if kind(iri) == "question":
        return _question(index, iri)
    facts, path = index.facts, partial(link, place(iri))
    related = facts.related.get(iri, {})
    grouped = facts.by_population if kind(iri) == "trial" else facts.by_control
    return "thing", {
        "iri": iri,
        "kind": kind(iri),
        "whole": index.whole(iri),
        "classes": index.classes(iri),
        "curie": curie(iri, index.entities.prefixes),
        "view": view(index.entities, iri, path, lambda name: is_listed(name) and name not in APART),
        "backlinks": backlinks(index.entities, iri, path),
        "related": related,
        "result": facts.results.get(iri),
        "groups": grouped(related.get("results", [])),
        "stances": facts.by_stance(related.get("guidance", [])),
        "pictures": [picture for picture in pictures if iri in picture.about],
    }


def _question(index: Index, iri: str) -> Page:
    query = index.questions[local_name(iri)]
    return "question", {
        "iri": iri,
        "question": query,
        "example": index.example(query),
        "table": index.answer(query),
        "text": index.proposal(query),
    }
