"""How times grow with the evidence, the rules and the regimens: the same work over copies of what the graph holds.

A copy has IRIs and labels of its own and says the same. Evidence is every result, with the figure that prints it.
Rules are all guidance and the states that it names with their condition sets: a copy refers to its own states and to
its own other rules; conditions, each one test of one value, stay single. Regimens are all regimens, with their
components; the guidance that targets a regimen targets its copies.

Every copy of a rule fires where the first does, so reasons, cautions and needs multiply with the rules: an answer that
lists them is as many times as long, and what writes it cannot grow less. Status alone shows the growth of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from benchmarks.race import Contender, Race, Ratio
from rrmm.compiled import Compiled
from rrmm.snapshot import Knowledge
from rrmm.store import Store
from rrmm.tables import tables
from rrmm.terms import RDF, RDFS, RRMM

Triple = tuple[str, str, str]

TYPE = f"<{RDF}type>"
NAMED = {f"<{RDFS}label>", "<http://www.w3.org/2004/02/skos/core#altLabel>"}
SINGLE = {f"<{RRMM}pattern>"}

# of which class the things are that are copied, what is copied that they refer to, and what refers to them besides
EVIDENCE = ("Result", ("printedAt",), ())
RULES = ("Guidance", ("appliesTo", "onlyIf", "holdsWhen", "failsWhen"), ())
GUIDANCE = ("Guidance", (), ())
REGIMENS = ("Regimen", (), ("target", "over"))
GROWING = {"evidence": EVIDENCE, "guidance": GUIDANCE, "rules": RULES, "regimens": REGIMENS}


def term(name: str) -> str:
    """Return a term of the ontology as N-Triples write it."""
    return f"<{RRMM}{name}>"


def copies(content: bytes, what: str, times: int) -> Iterator[bytes]:
    """Yield each further copy of what grows in N-Triples, `times` of it in all with the first."""
    kind, within, about = GROWING[what]
    triples = [_triple(line) for line in content.decode().splitlines()]
    copied = {s for s, p, o in triples if p == TYPE and o == term(kind)}
    followed, referring = set(map(term, within)), set(map(term, about))
    new = copied
    while new := {o for s, p, o in triples if s in new and p in followed} - copied:
        copied = copied | new
    own = [
        (s, p, o)
        for s, p, o in triples
        if (s in copied and p not in SINGLE) or (p in referring and o in copied)
    ]
    for number in range(1, times):
        names = {name: f"{name[:-1]}-copy-{number}>" for name in copied}
        yield "".join(_copy(triple, names, number) for triple in own).encode()


def _triple(line: str) -> Triple:
    subject, predicate, rest = line.split(" ", 2)
    return subject, predicate, rest.removesuffix(" .")


def _copy(triple: Triple, names: dict[str, str], number: int) -> str:
    subject, predicate, value = triple
    if predicate in NAMED:
        text, _, language = value.rpartition('"')
        value = f'{text}, copy {number}"{language}'
    return f"{names.get(subject, subject)} {predicate} {names.get(value, value)} .\n"
