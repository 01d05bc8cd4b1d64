"""The files of a release, laid out as its identifiers say, for a static site whose root is ``https://w3id.org/rrmm/``.

``release/<version>/`` holds

- ``rrmm.ttl`` ``rrmm.nt`` ``rrmm.nq`` ``rrmm.trig`` ``rrmm.rdf`` ``rrmm.jsonld``: the whole graph, and
  ``context.jsonld``, the context of the last;
- ``rrmm.sssom.tsv``: all links;
- ``results.csv`` and ``results.csv-metadata.json``: all results, and their description by CSVW;
- ``rrmm_nodes.tsv`` and ``rrmm_edges.tsv``: KGX;
- ``void.ttl``: the description by DCAT and VoID, with size and checksum of each file above;
- ``provenance.ttl``: the PROV of the build;
- ``checksums.txt``: the SHA-256 of every file of the folder, as ``sha256sum -c`` reads it.

``ontology/<version>.ttl`` holds the ontology alone: the document of its ``owl:versionIRI``. ``mappings/`` holds the
SSSOM tables under the names of their mapping sets. Only ``mappings/`` is without a version; a site keeps the
folders of earlier releases as they are.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from rrmm.atomic import make_folder, put
from rrmm.check.owl import drop_shapes
from rrmm.graph.files import GraphFiles
from rrmm.graph.rdflib_graph import write_turtle
from rrmm.graph.syntax import read_lines, write_lines
from rrmm.iris import BASE
from rrmm.publish import export, jsonld, rdf
from rrmm.publish.metadata import Metadata, Published
from rrmm.publish.tables import SET

WHOLE = ("turtle", "ntriples", "nquads", "trig", "rdfxml", "jsonld")
NAMES = {"csv": "results.csv", **{form: f"rrmm.{export.FORMATS[form].ending}" for form in (*WHOLE, "sssom", "kgx")}}
BESIDE = {"context.jsonld", "void.ttl", "provenance.ttl", "checksums.txt"}
CSVW = "application/csvm+json"


def write(files: GraphFiles, folder: Path) -> list[Path]:
    """Write the files of a release below a folder and return their paths.

    Raises RrmmError when one cannot be written, and KnowledgeError for an ontology without one version.
    """
    contents = {folder / name: content for name, content in build(files).items()}
    for place in {path.parent for path in contents}:
        make_folder(place)
    put(contents)
    return list(contents)


def names(files: GraphFiles) -> set[str]:
    """Return the paths of the files of a release, as `build` does, without making them."""
    metadata = Metadata(files)
    place = metadata.release.removeprefix(BASE)
    within = {part for form, name in NAMES.items() for part in export.names(form, name)}
    return {
        *(f"{place}/{name}" for name in within | BESIDE),
        f"ontology/{metadata.version}.ttl",
        *(f"mappings/{path.name}" for path in files.mappings),
    }


def build(files: GraphFiles) -> dict[str, bytes]:
    """Return the files of a release by their path below the root of the site."""
    metadata = Metadata(files)
    published: dict[str, Published] = {}
    for form, name in NAMES.items():
        for part, content in export.build(files, form, name).items():
            published[part] = _describe(form, part, content)
    within = {name: file.content for name, file in published.items()}
    within["context.jsonld"] = jsonld.context(files)
    within["void.ttl"] = metadata.turtle(metadata.description(published))
    within["provenance.ttl"] = metadata.turtle(metadata.provenance())
    within["checksums.txt"] = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(within.items())
    ).encode()
    place = metadata.release.removeprefix(BASE)
    return {
        **{f"{place}/{name}": content for name, content in within.items()},
        f"ontology/{metadata.version}.ttl": _ontology(files, within[NAMES["nquads"]]),
        **{f"mappings/{path.name}": path.read_bytes() for path in files.mappings},
    }


def _describe(form: str, name: str, content: bytes) -> Published:
    described = export.FORMATS[form]
    media_type = CSVW if name.endswith(".json") else described.media_type
    licence = dict(SET)["license"] if form == "sssom" else None
    return Published(described.label, media_type, content, form in WHOLE, licence)


def _ontology(files: GraphFiles, quads: bytes) -> bytes:
    """Return the triples of ``ontology/`` as Turtle, without the shapes and prefixes."""
    ours = f" <{BASE}graph/ontology/".encode()
    triples = (line.rpartition(ours) for line in quads.splitlines())
    kept = drop_shapes(read_lines(b"".join(triple + b" .\n" for triple, is_ours, _ in triples if is_ours)))
    return write_turtle(write_lines(kept), rdf.prefixes(files.snapshot))
