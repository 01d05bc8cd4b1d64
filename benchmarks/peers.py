"""The same work by other means: the derivation through rdflib, the shapes through pySHACL."""

from __future__ import annotations

import sys
from typing import Any

import rdflib

from rrmm import shapes
from rrmm.compiled import Compiled
from rrmm.options import Derivation
from rrmm.patient import resolve
from rrmm.report import build
from rrmm.snapshot import Knowledge
from rrmm.store import Row
from rrmm.tables import tables

PATIENT = {"prior_drugs": [{"drug": "bortezomib", "status": "refractory"}]}


class RdflibStore:
    """The rows of SELECT queries, answered by rdflib."""

    def __init__(self, content: bytes) -> None:
        self.graph = rdflib.Graph().parse(data=content, format="nt")

    def rows(self, text: str) -> list[Row]:
        """Return solutions as dicts of plain values, as the embedded store does."""
        return [
            {str(name): _plain(term) for name, term in row.asdict().items() if term is not None}
            for row in self.graph.query(text)
        ]


def _plain(term: rdflib.term.Node) -> Any:
    if not isinstance(term, rdflib.Literal):
        return str(term) if isinstance(term, rdflib.URIRef) else f"_:{term}"
    value = term.toPython()
    return float(value) if hasattr(value, "as_tuple") else str(term) if isinstance(value, rdflib.Literal) else value


def derivation() -> str:
    """Return the report of the example patient, every step of SPARQL by rdflib."""
    knowledge = Knowledge()
    compiled = Compiled(tables(knowledge, RdflibStore(knowledge.snapshot)))
    return build(Derivation(compiled, resolve(PATIENT, compiled))).to_text()


def judge() -> str:
    """Return how many findings pySHACL has on the graph."""
    knowledge = Knowledge()
    return f"{len(shapes.judge(knowledge.snapshot, knowledge.root))} findings\n"


if __name__ == "__main__":
    sys.stdout.write({"derivation": derivation, "judge": judge}[sys.argv[1]]())
