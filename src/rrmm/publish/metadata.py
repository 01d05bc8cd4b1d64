"""What the graph says of itself to machines: DCAT and VoID, and the PROV of its build.

What is curated stands in ``data/dataset.ttl``, what is counted is counted by ``queries/metadata``. Nothing
is dated, so that the same files make the same description (``docs/decisions/0013-identity.md``).
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from rrmm.errors import KnowledgeError
from rrmm.graph import queries
from rrmm.graph.files import GraphFiles, graph_files
from rrmm.graph.store import Store, iri_term, text_term, value_term
from rrmm.iris import BASE, DCTERMS, OWL, XSD
from rrmm.version import __version__

ABOUT = ("release", "counts", "classes", "properties", "vocabularies", "linksets", "examples")
BUILDING = ("checks", "questions", "build")
DCAT = "http://www.w3.org/ns/dcat#"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"


class Published(NamedTuple):
    """One file of a release: its title, media type and content, and whether it is the whole graph as RDF.

    `licence` is an IRI, and that of the dataset when left out.
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

    def __init__(self, knowledge: GraphFiles) -> None:
        self.knowledge = knowledge
        self.queries = queries.read(knowledge.root, "metadata")

    @cached_property
    def store(self) -> Store:
        """The graph in the embedded engine."""
        return Store(self.knowledge.snapshot)

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
        """Return the DCAT and VoID description as sorted N-Triples; `files` are those of the release by name."""
        asked = [self._asked(name) for name in ABOUT]
        for name, file in files.items():
            asked.append(
                self._asked(
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
        return _sorted(asked)

    def provenance(self) -> bytes:
        """Return the PROV of the build as sorted N-Triples: every file it read, with its checksum."""
        root = self.knowledge.root
        queries = (path for folder in BUILDING for path in graph_files(root, [f"queries/{folder}"], ".rq"))
        asked = [self._asked("build", software=text_term(__version__))]
        for path in [*self.knowledge.files, *self.knowledge.mappings, *queries]:
            name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
            asked.append(self._asked("file", path=text_term(name), sha256=_checksum(path.read_bytes())))
        return _sorted(asked)

    def turtle(self, triples: bytes) -> bytes:
        """Return a description as Turtle, the release first, under the prefixes of the queries that made it."""
        import rdflib
        from rdflib.plugins.serializers.longturtle import LongTurtleSerializer

        graph = rdflib.Graph(bind_namespaces="none").parse(data=triples, format="nt")
        for query in self.queries.values():
            for prefix, namespace in re.findall(r"^PREFIX (\w+): <(.*)>$", query.text, re.MULTILINE):
                graph.bind(prefix, namespace)
        graph.bind("", f"{self.release}/void.ttl#")
        serializer = LongTurtleSerializer(graph)  # type: ignore[no-untyped-call]
        serializer.topClasses = [rdflib.DCAT.Dataset, rdflib.PROV.Activity]
        serializer.serialize(out := io.BytesIO())
        return out.getvalue()

    def _asked(self, name: str, **terms: Any) -> Iterable[Any]:
        query = self.queries[name]
        known = {"release": iri_term(self.release), **terms}
        answer: Iterable[Any] = self.store.query(query.bind({key: known[key] for key in query.parameters}))
        return answer


def _checksum(content: bytes) -> Any:
    return text_term(hashlib.sha256(content).hexdigest(), XSD + "hexBinary")


def _sorted(several: Iterable[Iterable[Any]]) -> bytes:
    return "".join(sorted({f"{triple} .\n" for triples in several for triple in triples})).encode()
