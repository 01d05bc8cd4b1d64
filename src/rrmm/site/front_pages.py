"""What the pages show that are not about one thing: home, downloads, search, editor, coverage, ontology."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from rrmm.catalogue.answers import BOOLEANS
from rrmm.graph.queries import BOOLEAN, TEXT, Query
from rrmm.iris import DCTERMS, ID, RRMM
from rrmm.plot.picture import Picture
from rrmm.publish import export, release
from rrmm.records import JsonObject
from rrmm.site import ontology
from rrmm.site.index import Index
from rrmm.site.places import link
from rrmm.web.entities import curie

DATASET = f"{ID}dataset/rrmm"
ENGINE = Path(__file__).parent / "static" / "oxigraph" / "web_bg.wasm"


def home(index: Index, pictures: Sequence[Picture]) -> dict[str, object]:
    """Return what the home page shows: an answer, a number, counts, pictures, how to cite."""
    kinds = sorted(name for name in index.entities.kinds if name != "ontology")
    return {
        "counted": [(kind_name, group) for kind_name, groups in index.counted.items() for group in groups],
        "links": sum(map(len, index.facts.links.values())),
        "kinds": [(name, len(index.groups(name)[0].members)) for name in kinds],
        "pictures": pictures,
        "sample": index.sample,
        "number": index.facts.comparisons.example(index.facts.results),
        "citing": index.entities.value(DATASET, DCTERMS + "bibliographicCitation"),
    }


def downloads(index: Index, sizes: Mapping[str, int]) -> dict[str, object]:
    """Return what the page of downloads shows: each file by folder with its size."""
    return {
        "downloads": [(*name.rsplit("/", 1), size) for name, size in sizes.items()],
        "formats": {release.NAMES[form]: export.FORMATS[form].label for form in release.NAMES},
        "latest": f"release/{index.knowledge.version}",
    }


def editor(graph: str, endpoint: str, sizes: Callable[[], Mapping[str, int]]) -> dict[str, object]:
    """Return what the editor asks: an endpoint, or the graph in this browser and the bytes that this loads."""
    weight = 0 if endpoint else sizes()[graph] + ENGINE.stat().st_size
    return {"graph": graph, "endpoint": endpoint, "weight": weight}


def catalogue(index: Index) -> str:
    """Return what the editor knows as JSON.

    These are the prefixes of the graph; the text of each question with the value that it proposes; its form, which is
    its text and its parameters; the names to choose from by kind; and the terms that a query can name.
    """
    texts = {name: index.proposal(query) for name, query in index.questions.items()}
    forms = {name: _form(index, query) for name, query in index.questions.items()}
    kinds = {field["kind"] for form in forms.values() for field in form["parameters"] if field["kind"]}
    choices = {name: _choices(index, name) for name in sorted(kinds)}
    things = index.entities
    curies = (curie(iri, things.prefixes) for members in things.kinds.values() for iri in members)
    terms = [name for name in curies if "/" not in name and "." not in name]
    held = {"questions": texts, "forms": forms, "choices": choices, "terms": terms}
    return _json({"prefixes": things.prefixes, **held}) + "\n"


def _form(index: Index, query: Query) -> JsonObject:
    example = index.example(query)
    parameters = []
    for name, variable in query.parameters.items():
        kind = "" if query.kinds[name] == TEXT else query.kinds[name]
        value = example.get(name, "")
        is_thing = value and variable.endswith("_iri")
        label = index.entities.label(index.names.find(value, _expand(kind))) if is_thing else value
        parameters.append({"name": name, "variable": variable, "kind": kind, "value": label})
    return {"body": query.body, "parameters": parameters}


def _choices(index: Index, name: str) -> list[tuple[str, str]]:
    """Return label and term of the things of a kind; of things with one label, the one with the shortest IRI."""
    if name == BOOLEAN:
        return [(value, value) for value in BOOLEANS]
    things = sorted(index.names.of_kind(_expand(name)), key=lambda iri: (-len(iri), iri))
    terms = {index.entities.label(iri): f"<{iri}>" for iri in things}
    return sorted(terms.items(), key=lambda pair: pair[0].casefold())


def _expand(kind: str) -> str:
    return RRMM + kind.partition(":")[2]


def coverage(index: Index) -> dict[str, object]:
    """Return what the graph holds of each section of a source, and what is in doubt."""
    addresses = [at for about, places in index.facts.addresses.items() for at in places if at.passage == about]
    characters = {(at.source, place) for at in addresses for start, end in at.spans for place in range(start, end)}
    doubtful = [query for query in index.questions.values() if "doubt" in query.tags]
    return {
        "sections": index.facts.rows("coverage"),
        "columns": ["passages", "results", "guidance", "criteria", "toxicity", "discrepancies", "statements"],
        "characters": len(characters),
        "doubtful": [(query, len(index.store.rows(query.text))) for query in doubtful],
        "source_class": RRMM + "Source",
    }


def ontology_terms(index: Index, here: str) -> dict[str, object]:
    """Return what the ontology says of itself, and its terms by module."""
    entities = index.entities
    return {
        "description": entities.value(ontology.IRI, DCTERMS + "description"),
        "header": ontology.header(entities),
        "modules": ontology.Modules(entities, partial(link, here)).list_modules(),
    }


def ontology_document(index: Index, form: str) -> bytes:
    """Return all terms of the ontology as RDF."""
    return index.entities.document(ontology.terms(index.entities), form)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=0)
