"""The graph as RDF: the same graph is the same bytes in each form, lexical forms as written.

rdflib writes Turtle, which reads best; pyoxigraph writes the other forms. In N-Quads and TriG each triple
stands in the graph of its file, ``graph/data/drugs/bortezomib.ttl``, and everything derived from the files
in ``graph/derived``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rrmm.check.owl import declare_individuals
from rrmm.graph import rdflib_graph
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Store
from rrmm.graph.syntax import canonicalize, parse, read_lines, serialize, sort_quads, write_lines
from rrmm.graph.terms import Quad
from rrmm.graph.turtle import split
from rrmm.iris import BASE, SH

if TYPE_CHECKING:
    import rdflib

DECLARED = f"PREFIX sh: <{SH}> SELECT ?p ?n WHERE {{ ?d sh:prefix ?p ; sh:namespace ?n }} ORDER BY ?p"


@lru_cache(maxsize=1)
def prefixes(snapshot: bytes) -> dict[str, str]:
    """Return prefix → namespace, as the graph declares them."""
    return {row["p"]: row["n"] for row in Store(snapshot).rows(DECLARED)}


def graph(snapshot: bytes) -> rdflib.Graph:
    """Return the graph in rdflib: prefixes bound, lexical forms and the names of blank nodes kept."""
    return rdflib_graph.to_rdflib(snapshot, prefixes(snapshot))


def write_turtle(files: GraphFiles) -> bytes:
    """Return Turtle, one property a line."""
    return rdflib_graph.write_turtle(files.snapshot, prefixes(files.snapshot))


def write_ntriples(files: GraphFiles) -> bytes:
    """Return sorted N-Triples, blank nodes named by RDFC-1.0."""
    return files.snapshot


def write_rdfxml(files: GraphFiles) -> bytes:
    """Return RDF/XML as the OWL API and owlready2 read it: the graph, and the declaration of its individuals."""
    declared = write_lines(declare_individuals(read_lines(files.snapshot)))
    return serialize(parse(files.snapshot + declared), "rdfxml", prefixes(files.snapshot))


def write_nquads(files: GraphFiles) -> bytes:
    """Return sorted N-Quads, one graph a file."""
    return write_lines(_quads(files))


def write_trig(files: GraphFiles) -> bytes:
    """Return TriG, one graph a file."""
    return serialize(_quads(files), "trig", prefixes(files.snapshot))


def _quads(files: GraphFiles) -> list[Quad]:
    parts = split(files.root, files.files, files.mappings)
    return sort_quads(canonicalize({f"{BASE}graph/{name}": part for name, part in parts.items()}))
