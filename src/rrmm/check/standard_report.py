"""The validation report of the SHACL standard, by pySHACL over ``ontology/shapes.ttl``.

It holds the shapes against the statements alone: it infers nothing, and OWL axioms stay out, since pySHACL
would take the class expressions of definitions for things. The fast path is `rrmm.check.shapes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rrmm.check import shapes
from rrmm.check.finding import Finding
from rrmm.errors import MissingExtra
from rrmm.graph.rdflib_graph import keep_lexical_forms, to_rdflib
from rrmm.graph.statements import Statements
from rrmm.graph.syntax import canonicalize, parse, write_lines, write_sorted
from rrmm.iris import RRMM, SH

if TYPE_CHECKING:
    import rdflib

PREFIXES = {"rrmm": RRMM, "sh": SH}


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
        with keep_lexical_forms():
            return to_rdflib(self.content, self.prefixes)

    def to_turtle(self) -> str:
        """Return the ``sh:ValidationReport`` as Turtle."""
        return self.to_graph().serialize(format="turtle")


def validate(content: bytes, root: Path) -> ValidationReport:
    """Return pySHACL's report on N-Triples; raises MissingExtra without the extra ``[shacl]``."""
    try:
        import pyshacl
    except ImportError:
        raise MissingExtra("The standard validation report", "shacl") from None
    facts, shapes_turtle = shapes.select_facts(content), (root / shapes.PLACE).read_bytes()
    with keep_lexical_forms():
        rules = to_rdflib(write_lines(parse(shapes_turtle, "turtle")))
        conforms, report, _ = pyshacl.validate(to_rdflib(facts), shacl_graph=rules)
    triples = parse(report.serialize(format="nt", encoding="utf-8"))
    lines = write_sorted(quad.triple for quad in canonicalize({"": triples}))
    guard = shapes.Guard(shapes.read_shapes(root), Statements.parse(facts))
    findings = guard.read_report(Statements.parse(lines))
    return ValidationReport(conforms, guard.checked, tuple(findings), lines, PREFIXES)
