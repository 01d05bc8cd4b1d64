"""The shapes of the graph held against it, with one fault planted: ours, pySHACL and pyrudof.

All three hold the same shapes, ``ontology/shapes.ttl``, which have core constraints only, against the same triples.
Each reads the triples and the shapes anew, and gives the things at fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec

from benchmarks.race import Contender, Race, Ratio
from rrmm.check import shapes, standard_report
from rrmm.check.finding import Finding
from rrmm.graph.files import GraphFiles
from rrmm.iris import OWL, RRMM, SH

OURS, PYSHACL, PYRUDOF = "rrmm", "pySHACL", "pyrudof"
FOREIGN = (OWL, SH)


def races() -> list[Race]:
    """Return the race to the fault; pyrudof takes part where it is installed."""
    here = f"{__name__}:"
    installed = find_spec("pyrudof") is not None
    return [
        Race(
            "the shapes, and a graph with one fault",
            [
                Contender(OURS, f"{here}ours"),
                Contender(PYSHACL, f"{here}pyshacl", rounds=1),
                *([Contender(PYRUDOF, f"{here}pyrudof")] if installed else []),
            ],
            [Ratio(PYSHACL, OURS, at_least=5), *([Ratio(PYRUDOF, OURS)] if installed else [])],
            same=True,
            left_out=() if installed else (f"{PYRUDOF} is not installed",),
        )
    ]


def faulty(content: bytes) -> bytes:
    """Return a graph in which the first number that a result prints is missing."""
    lines = content.splitlines(keepends=True)
    result = next(line.split(b" ")[0] for line in lines if line.endswith(f" <{RRMM}Result> .\n".encode()))
    start = b" ".join([result, f"<{RRMM}printedValue> ".encode()])
    return b"".join(line for line in lines if not line.startswith(start))


def ours() -> Callable[[], list[str]]:
    """Return the guard of `rrmm check`."""
    knowledge = GraphFiles()
    content = faulty(knowledge.snapshot)
    return lambda: _focuses(shapes.findings(content, knowledge.root)[0])


def pyshacl() -> Callable[[], list[str]]:
    """Return pySHACL over the same triples."""
    knowledge = GraphFiles()
    content = faulty(knowledge.snapshot)
    return lambda: _focuses(standard_report.validate(content, knowledge.root).findings)


def pyrudof() -> Callable[[], list[str]]:
    """Return pyrudof over the same triples, OWL axioms and shapes left out of them as ours leaves them out."""
    from pyrudof import RDFFormat, Rudof, RudofConfig, ShaclFormat

    knowledge = GraphFiles()
    content = faulty(knowledge.snapshot).decode()
    rules = (knowledge.root / shapes.PLACE).read_text(encoding="utf-8")
    foreign = tuple(f"<{namespace}" for namespace in FOREIGN)

    def judge() -> list[str]:
        lines = content.splitlines(keepends=True)
        facts = "".join(line for line in lines if not line.split(" ", 2)[1].startswith(foreign))
        rudof = Rudof(RudofConfig())
        rudof.read_data(facts, RDFFormat.NTriples)
        rudof.read_shacl(rules, ShaclFormat.Turtle)
        return sorted({str(violation.focus_node) for violation in rudof.validate_shacl()})

    return judge


def _focuses(findings: Iterable[Finding]) -> list[str]:
    return sorted({finding.focus for finding in findings})
