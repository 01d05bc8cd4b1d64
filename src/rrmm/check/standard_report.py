"""The validation report of the SHACL standard, by pySHACL over ``ontology/shapes.ttl``.

It holds the shapes against the statements alone: it infers nothing, and OWL axioms stay out, since pySHACL
would take the class expressions of definitions for things. The fast path is `rrmm.check.shapes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from rrmm.check import shapes
from rrmm.check.finding import Finding
from rrmm.errors import MissingExtra

if TYPE_CHECKING:
    import rdflib


@dataclass(frozen=True)
class ValidationReport:
    """Whether the graph conforms to its shapes, how many things were `checked`, and the violations.

    `findings` are those of ``rrmm check``, sorted; `content` is the report itself as sorted N-Triples, its blank
    nodes named by RDFC-1.0, so that the same findings are the same bytes.
    """

    conforms: bool
    checked: int
    findings: tuple[Finding, ...]
    content: bytes
    prefixes: Mapping[str, str]

    def to_graph(self) -> rdflib.Graph:
        """Return the ``sh:ValidationReport`` as an rdflib Graph."""
        import rdflib

        graph = rdflib.Graph()
        for prefix, namespace in self.prefixes.items():
            graph.bind(prefix, namespace)
        with _lexical_forms():
            names = {name: rdflib.BNode(name) for name in re.findall(r"_:(\w+)", self.content.decode())}
            return graph.parse(data=self.content, format="nt", bnode_context=names)

    def to_turtle(self) -> str:
        """Return the ``sh:ValidationReport`` as Turtle."""
        return self.to_graph().serialize(format="turtle")


def validate(content: bytes, root: Path) -> ValidationReport:
    """Return pySHACL's report on N-Triples; raises MissingExtra without the extra ``[shacl]``."""
    try:
        import pyshacl
    except ImportError:
        raise MissingExtra("The standard validation report", "shacl") from None
    import rdflib

    facts, rules = shapes.select_facts(content), shapes.read_shapes(root)
    with _lexical_forms():
        shapes_graph = rdflib.Graph().parse(data=rules.content, format="turtle")
        facts_graph = rdflib.Graph().parse(data=facts, format="nt")
        conforms, report, _ = pyshacl.validate(facts_graph, shacl_graph=shapes_graph)
    lines = _canonical_lines(report.serialize(format="nt", encoding="utf-8"))
    guard = shapes.Guard(rules, shapes.Graph(facts, ox.RdfFormat.N_TRIPLES))
    findings = guard.named(shapes.Graph(lines, ox.RdfFormat.N_TRIPLES))
    prefixes = {prefix: str(namespace) for prefix, namespace in shapes_graph.namespaces()}
    return ValidationReport(conforms, guard.checked, tuple(findings), lines, prefixes)


def _canonical_lines(content: bytes) -> bytes:
    """Return N-Triples sorted, with blank nodes named by what is said of them."""
    dataset = ox.Dataset(ox.parse(content, format=ox.RdfFormat.N_TRIPLES))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return "".join(sorted(f"{quad.triple} .\n" for quad in dataset)).encode()


@contextmanager
def _lexical_forms() -> Iterator[None]:
    """Keep rdflib from rewriting literals: the graph holds numbers as printed."""
    import rdflib

    normalise, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        yield
    finally:
        rdflib.NORMALIZE_LITERALS = normalise
