"""The description of the graph for machines: DCAT and VoID, and the PROV of its build.

``data/dataset.ttl`` holds the curated part, ``queries/metadata`` count the rest. Nothing is dated, so that
the same files give the same description (``docs/decisions/0013-identity.md``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from rrmm.errors import KnowledgeError
from rrmm.graph import queries
from rrmm.graph.files import GraphFiles, graph_files
from rrmm.graph.rdflib_graph import write_document
from rrmm.graph.store import Store
from rrmm.graph.syntax import write_sorted
from rrmm.graph.terms import Literal, Term, Triple, iri_term, text_term, value_term
from rrmm.iris import BASE, DCTERMS, OWL, XSD
from rrmm.version import __version__

ABOUT = ("release", "counts", "classes", "properties", "vocabularies", "linksets", "examples")
BUILDING = ("checks", "questions", "build")
DCAT = "http://www.w3.org/ns/dcat#"
PROV = "http://www.w3.org/ns/prov#"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"


class Published(NamedTuple):
    """One file of a release: its title, media type and content, and whether it is the whole graph as RDF.

    `licence` is an IRI; the default is the licence of the dataset.
    """

    title: str
    media_type: str
    content: bytes
    whole: bool
    licence: str | None = None


class Metadata:
    """The description of one version of a graph.

    Raises KnowledgeError when the ontology has no version, or a version IRI that does not end in it.
    """

    def __init__(self, files: GraphFiles) -> None:
        self.files = files
        self.queries = queries.read(files.root, "metadata")

    @cached_property
    def store(self) -> Store:
        """The graph in the embedded engine."""
        return Store(self.files.snapshot)

    @cached_property
    def version(self) -> str:
        """The version of the graph, as its ontology says (``owl:versionInfo``)."""
        rows = self.store.rows(
            f"SELECT ?version ?iri WHERE {{ <{BASE}ontology> <{OWL}versionInfo> ?version ; <{OWL}versionIRI> ?iri }}"
        )
        if len(rows) != 1 or rows[0]["iri"] != f"{BASE}ontology/{rows[0]['version']}":
            raise KnowledgeError("The ontology has not one version. Make owl:versionIRI end in owl:versionInfo.")
        return str(rows[0]["version"])

    @property
    def release(self) -> str:
        """The IRI of this version of the dataset; its files lie below it."""
        return f"{BASE}release/{self.version}"

    @cached_property
    def licence(self) -> str:
        """The IRI of the licence of the dataset."""
        rows = self.store.rows(f"SELECT ?licence WHERE {{ ?dataset a <{DCAT}Dataset> ; <{DCTERMS}license> ?licence }}")
        return str(rows[0]["licence"])

    def description(self, files: Mapping[str, Published]) -> bytes:
        """Return the DCAT and VoID description as sorted N-Triples; `files` are the files of the release by name."""
        triples = [triple for name in ABOUT for triple in self._construct(name)]
        for name, file in files.items():
            triples.extend(
                self._construct(
                    "distribution",
                    file=iri_term(f"{self.release}/{name}"),
                    title=text_term(file.title),
                    license=iri_term(file.licence or self.licence),
                    media=iri_term(MEDIA_TYPES + file.media_type),
                    size=text_term(str(len(file.content)), XSD + "nonNegativeInteger"),
                    sha256=_checksum(file.content),
                    whole=value_term(file.whole, literal=True),
                )
            )
        return write_sorted(triples)

    def provenance(self) -> bytes:
        """Return the PROV of the build as sorted N-Triples: every file that it read, with its checksum."""
        root = self.files.root
        queries = (path for folder in BUILDING for path in graph_files(root, [f"queries/{folder}"], ".rq"))
        triples = list(self._construct("build", software=text_term(__version__)))
        for path in [*self.files.files, *self.files.mappings, *queries]:
            name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
            triples.extend(self._construct("file", path=text_term(name), sha256=_checksum(path.read_bytes())))
        return write_sorted(triples)

    def turtle(self, triples: bytes) -> bytes:
        """Return a description as Turtle, the release first, under the prefixes of its queries."""
        declarations = (
            re.findall(r"^PREFIX (\w+): <(.*)>$", query.text, re.MULTILINE) for query in self.queries.values()
        )
        prefixes = dict(pair for pairs in declarations for pair in pairs) | {"": f"{self.release}/void.ttl#"}
        return write_document(triples, prefixes, first=[DCAT + "Dataset", PROV + "Activity"])

    def _construct(self, name: str, **terms: Term) -> Iterator[Triple]:
        query = self.queries[name]
        known: dict[str, Term] = {"release": iri_term(self.release), **terms}
        return self.store.construct(query.bind({key: known[key] for key in query.parameters}))


def _checksum(content: bytes) -> Literal:
    return text_term(hashlib.sha256(content).hexdigest(), XSD + "hexBinary")
