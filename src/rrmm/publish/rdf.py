"""The graph as RDF: the same graph is the same bytes in each form, lexical forms as written.

Turtle is written by rdflib, which reads best, the other forms by pyoxigraph. In N-Quads and TriG each
triple stands in the graph of the file that it comes from, ``graph/data/drugs/bortezomib.ttl``, and what
was made of the files in ``graph/derived``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Store
from rrmm.graph.turtle import parts
from rrmm.iris import BASE, SH

if TYPE_CHECKING:
    import pyoxigraph as ox
    import rdflib

DECLARED = f"PREFIX sh: <{SH}> SELECT ?p ?n WHERE {{ ?d sh:prefix ?p ; sh:namespace ?n }} ORDER BY ?p"


def prefixes(snapshot: bytes) -> dict[str, str]:
    """Return prefix → namespace, as the graph declares them."""
    return {row["p"]: row["n"] for row in Store(snapshot).rows(DECLARED)}


def graph(snapshot: bytes) -> rdflib.Graph:
    """Return the graph in rdflib: prefixes bound, lexical forms and the names of blank nodes kept."""
    import rdflib

    blank = {name: rdflib.BNode(name) for name in re.findall(r"_:(\w+)", snapshot.decode())}
    made = rdflib.Graph().parse(data=snapshot, format="nt", bnode_context=blank)
    for prefix, namespace in prefixes(snapshot).items():
        made.bind(prefix, namespace, override=True, replace=True)
    return made


def turtle(knowledge: GraphFiles) -> bytes:
    """Return Turtle, one property a line."""
    return graph(knowledge.snapshot).serialize(format="longturtle", encoding="utf-8")


def ntriples(knowledge: GraphFiles) -> bytes:
    """Return sorted N-Triples, blank nodes named by RDFC-1.0."""
    return knowledge.snapshot


def rdfxml(knowledge: GraphFiles) -> bytes:
    """Return RDF/XML as the OWL API and owlready2 read it."""
    import pyoxigraph as ox

    quads = ox.parse(knowledge.snapshot, format=ox.RdfFormat.N_TRIPLES)
    return _written((quad.triple for quad in quads), ox.RdfFormat.RDF_XML, prefixes(knowledge.snapshot))


def nquads(knowledge: GraphFiles) -> bytes:
    """Return sorted N-Quads, one graph a file."""
    return b"".join(f"{quad} .\n".encode() for quad in _quads(knowledge))


def trig(knowledge: GraphFiles) -> bytes:
    """Return TriG, one graph a file."""
    import pyoxigraph as ox

    return _written(_quads(knowledge), ox.RdfFormat.TRIG, prefixes(knowledge.snapshot))


def _quads(knowledge: GraphFiles) -> list[ox.Quad]:
    import pyoxigraph as ox

    found = parts(knowledge.root, knowledge.files, knowledge.mappings)
    dataset = ox.Dataset(
        ox.Quad(s, p, o, ox.NamedNode(f"{BASE}graph/{name}")) for name, part in found.items() for s, p, o in part
    )
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(dataset, key=lambda quad: (quad.graph_name.value, str(quad)))


def _written(statements: Iterable[ox.Triple] | Iterable[ox.Quad], form: ox.RdfFormat, names: dict[str, str]) -> bytes:
    import pyoxigraph as ox

    return ox.serialize(statements, format=form, prefixes=names) or b""
