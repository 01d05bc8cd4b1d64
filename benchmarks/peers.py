"""The same work by other means: the derivation through rdflib, the shapes through pySHACL."""

from __future__ import annotations

import sys

from rrmm import shapes
from rrmm.compiled import Compiled
from rrmm.options import Derivation
from rrmm.patient import resolve
from rrmm.rdflib_store import RdflibStore
from rrmm.report import build
from rrmm.snapshot import Knowledge
from rrmm.tables import tables

PATIENT = {"prior_drugs": [{"drug": "bortezomib", "status": "refractory"}]}


def derivation() -> str:
    """Return the report of the example patient, every step of SPARQL by rdflib."""
    knowledge = Knowledge()
    compiled = Compiled(tables(knowledge.root, RdflibStore(knowledge.snapshot)))
    return build(Derivation(compiled, resolve(PATIENT, compiled))).to_text()


def judge() -> str:
    """Return how many findings pySHACL has on the graph."""
    knowledge = Knowledge()
    return f"{len(shapes.judge(knowledge.snapshot, knowledge.root))} findings\n"


if __name__ == "__main__":
    sys.stdout.write({"derivation": derivation, "judge": judge}[sys.argv[1]]())
