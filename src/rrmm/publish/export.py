"""The graph into files, in the formats of those who take it further."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rrmm.atomic import put
from rrmm.errors import QueryError, RrmmError, nearest
from rrmm.graph.files import GraphFiles
from rrmm.publish import evidence, jsonld, nanopubs, rdf, tables
from rrmm.publish.nanopubs import Signer

Builder = Callable[[GraphFiles, str, Signer | None], dict[str, bytes]]


class Format(NamedTuple):
    """A format: its label, media type and file ending, and the function that builds its files."""

    label: str
    media_type: str
    ending: str
    build: Builder


def _one_file(write: Callable[[GraphFiles], bytes]) -> Builder:
    """Return the builder of a format that is one file."""
    return lambda files, name, _: {name: write(files)}


FORMATS = {
    "turtle": Format("Turtle", "text/turtle", "ttl", _one_file(rdf.write_turtle)),
    "ntriples": Format("N-Triples", "application/n-triples", "nt", _one_file(rdf.write_ntriples)),
    "nquads": Format("N-Quads, one graph a source file", "application/n-quads", "nq", _one_file(rdf.write_nquads)),
    "trig": Format("TriG, one graph a source file", "application/trig", "trig", _one_file(rdf.write_trig)),
    "rdfxml": Format("RDF/XML", "application/rdf+xml", "rdf", _one_file(rdf.write_rdfxml)),
    "jsonld": Format("JSON-LD, one object a thing", "application/ld+json", "jsonld", _one_file(jsonld.document)),
    "sssom": Format("SSSOM, all links", "text/tab-separated-values", "sssom.tsv", _one_file(tables.write_links)),
    "csv": Format(
        "CSV of all results, described by CSVW",
        "text/csv",
        "csv",
        lambda files, name, _: tables.write_results(files, name),
    ),
    "kgx": Format(
        "KGX tables of nodes and edges in Biolink",
        "text/tab-separated-values",
        "tsv",
        lambda files, name, _: tables.write_kgx(files, name),
    ),
    "fhir-evidence": Format(
        "FHIR R5, an Evidence for each comparison, in one Bundle",
        "application/fhir+json",
        "json",
        _one_file(evidence.write_bundle),
    ),
    "nanopub": Format(
        "Nanopublications, one a result or guidance",
        "application/trig",
        "trig",
        lambda files, name, signer: {name: nanopubs.trig(files, signer)},
    ),
}


def build(files: GraphFiles, form: str, name: str, signer: Signer | None = None) -> dict[str, bytes]:
    """Return the files of a format as name → content; `name` is that of the file.

    CSV has its description beside it, ``NAME.csv-metadata.json``; KGX is two tables, ``NAME_nodes.tsv`` and
    ``NAME_edges.tsv``. Raises QueryError for an unknown format.
    """
    if form not in FORMATS:
        raise QueryError(f"No format {form!r}; there are: {', '.join(FORMATS)}.{nearest(form, FORMATS)}")
    if signer is not None and form != "nanopub":
        raise QueryError(f"Only nanopublications are signed, not {form}. Leave the key out.")
    return FORMATS[form].build(files, name, signer)


def names(form: str, name: str) -> list[str]:
    """Return the names of the files of a format, as `build` does, without making them.

    >>> names("kgx", "rrmm.tsv")
    ['rrmm_nodes.tsv', 'rrmm_edges.tsv']
    """
    if form == "csv":
        return tables.results_names(name)
    return tables.kgx_names(name) if form == "kgx" else [name]


def write(files: GraphFiles, form: str, to: Path, signer: Signer | None = None) -> list[Path]:
    """Write the files of a format and return their paths.

    All of them or none: raises RrmmError when one cannot be written.
    """
    if to.is_dir():
        raise RrmmError(f"{to} is a folder. Name a file in it.")
    contents = {to.with_name(name): content for name, content in build(files, form, to.name, signer).items()}
    put(contents)
    return list(contents)
