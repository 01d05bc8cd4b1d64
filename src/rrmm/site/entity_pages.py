"""What the pages of things show: one page for each thing, one for each kind, one for each question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from rrmm.iris import RRMM, SKOS, local_name
from rrmm.plot.picture import Picture
from rrmm.report.wording import WHOLE
from rrmm.site.index import Index
from rrmm.site.places import link, place
from rrmm.web.entities import curie, kind
from rrmm.web.view import backlinks, is_listed, view

LINKS = {f"{SKOS}{degree}Match" for degree in ("exact", "close", "broad", "narrow", "related")}
APART = LINKS | {RRMM + name for name in ("arm", "order", "caveat", "printedAt")}
BEHIND = {RRMM + name for name in ("knowledgeLevel", "inferred", "inferredBy", "readAs", "asks", "settingOfDrug")}
STUDY = "trial"

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
        verdicts = Counter(row["verdict"] for row in rows if "verdict" in row)
        unresolved = sum("adopted" not in row and "verdict" not in row for row in rows)
        return "discrepancies", {"rows": rows, "verdicts": sorted(verdicts.items()), "unresolved": unresolved}
    main, *others = index.groups(name)
    return "kind", {"main": main, "others": others, "listing": index.listings.get(name)}


def entity_page(index: Index, iri: str, pictures: Sequence[Picture]) -> Page:
    """Return template and values of the page of a thing."""
    if kind(iri) == "question":
        return _question(index, iri)
    facts, path = index.facts, partial(link, place(iri))
    related = facts.related.get(iri, {})
    results = related.get("results", [])
    study = kind(iri) == STUDY and not index.whole(iri)
    grouped = facts.by_population if kind(iri) == STUDY else facts.by_control
    front = set[str]() if study else _front(index, iri)
    return "thing", {
        "iri": iri,
        "kind": kind(iri),
        "whole": index.whole(iri),
        "classes": index.classes(iri),
        "curie": curie(iri, index.entities.prefixes),
        "study": study,
        "registries": _registries(index) if study else (),
        "populations": _populations(index, iri) if study else {},
        "view": view(index.entities, iri, path, front.__contains__),
        "rest": view(index.entities, iri, path, lambda name: _is_shown(name) and name not in front),
        "backlinks": backlinks(index.entities, iri, path),
        "related": related,
        "result": facts.results.get(iri),
        "measured": facts.comparisons.rows.get(iri),
        "parts": facts.comparisons.of_study(results) if study else facts.comparisons.by_control(results),
        "groups": grouped(results),
        "stances": facts.by_stance(related.get("guidance", [])),
        "pictures": [picture for picture in pictures if iri in picture.about],
    }


def _is_shown(name: str) -> bool:
    return is_listed(name) and name not in APART


def _front(index: Index, iri: str) -> set[str]:
    """Return the properties that stand at the head of a page: all but the bookkeeping."""
    return {name for name, _ in index.entities.statements(iri) if _is_shown(name) and name not in BEHIND}


def _registries(index: Index) -> list[str]:
    """Return the vocabularies that name studies."""
    vocabularies = index.entities.kinds["vocabulary"]
    return [iri for iri in vocabularies if f"{RRMM}Study" in index.values(iri, "namesThingsOf")]


def _populations(index: Index, study: str) -> dict[str, list[str]]:
    """Return in whom a study was done, as its sources print it: population → settings; empty is the whole study."""
    populations: dict[str, list[str]] = {}
    for name, iri in index.entities.backlinks(study):
        settings = [index.entities.label(state) for state in index.values(iri, "inSetting")]
        settings += index.values(iri, "unquantifiedSetting")
        if name == f"{RRMM}ofStudy" and settings and not index.values(iri, "abnormality"):
            label = index.entities.label(iri)
            populations.setdefault("" if label == WHOLE else label, []).extend(settings)
    return {label: list(dict.fromkeys(settings)) for label, settings in populations.items()}


def _question(index: Index, iri: str) -> Page:
    query = index.questions[local_name(iri)]
    return "question", {
        "iri": iri,
        "question": query,
        "example": index.example(query),
        "table": index.answer(query),
        "text": index.proposal(query),
    }
