"""The description of a release: what it counts is counted again by rdflib, and what it names is there."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import rdflib
from rdflib import DCAT, DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SKOS, XSD, Literal, Namespace, URIRef
from ruamel.yaml import YAML

import rrmm
from rrmm.check import owl
from rrmm.errors import KnowledgeError, RrmmError
from rrmm.graph import sssom
from rrmm.graph.files import GraphFiles
from rrmm.iris import BASE, ID, RRMM
from rrmm.publish import release
from rrmm.publish.metadata import Metadata
from support import ROOT
from support.folders import copy_graph
from support.tools import needs

VOID, SPDX = Namespace("http://rdfs.org/ns/void#"), Namespace("http://spdx.org/rdf/terms#")
VERSION = rrmm.__version__
RELEASE = URIRef(f"{BASE}release/{VERSION}")
FOLDER = f"release/{VERSION}/"
MATCHES = [SKOS[name] for name in sssom.PREDICATES]
CSVW = f"{FOLDER}results.csv-metadata.json"


@pytest.fixture(scope="module")
def files(kg) -> dict[str, bytes]:
    """Return the files of a release of this checkout."""
    return release.build(kg.files)


@pytest.fixture(scope="module")
def void(files) -> rdflib.Graph:
    """Return the description as rdflib reads it."""
    return rdflib.Graph().parse(data=files[f"{FOLDER}void.ttl"], format="turtle")


@pytest.fixture(scope="module")
def graph(kg, in_rdflib, files) -> rdflib.Graph:
    """Return the graph that is described, which one of its distributions is to the byte."""
    assert files[f"{FOLDER}rrmm.nt"] == kg.files.snapshot
    return in_rdflib


def number(graph, subject, predicate) -> int:
    """Return the only value of a property as a number."""
    (value,) = graph.objects(subject, predicate)
    assert value.datatype == XSD.integer
    return int(value)


def test_the_totals_are_those_of_another_library(void, graph):
    """Triples, entities, subjects, properties and classes are as many as rdflib counts."""
    subjects = set(graph.subjects())
    assert number(void, RELEASE, VOID.triples) == len(graph)
    assert number(void, RELEASE, VOID.distinctSubjects) == len(subjects)
    assert number(void, RELEASE, VOID.entities) == sum(str(one).startswith(ID) for one in subjects)
    assert number(void, RELEASE, VOID.properties) == len(set(graph.predicates()))
    assert number(void, RELEASE, VOID.classes) == len(set(graph.objects(None, RDF.type)))
    assert str(void.value(RELEASE, VOID.uriSpace)) == ID


def test_the_partitions_are_whole(void, graph):
    """Every class and property has one part with its true number, and the parts add up to the whole."""
    classes = Counter(graph.objects(None, RDF.type))
    properties = Counter(predicate for _, predicate, _ in graph)
    for link, about, count, expected in (
        (VOID.classPartition, VOID["class"], VOID.entities, classes),
        (VOID.propertyPartition, VOID.property, VOID.triples, properties),
    ):
        parts = list(void.objects(RELEASE, link))
        assert {void.value(part, about): number(void, part, count) for part in parts} == expected
        assert len(parts) == len(expected)
    assert sum(properties.values()) == number(void, RELEASE, VOID.triples)


def test_the_vocabularies_are_those_in_use(void, graph):
    """Each namespace of a property or class is a vocabulary, and no other is."""
    terms = {*graph.predicates(), *graph.objects(None, RDF.type)}
    assert set(void.objects(RELEASE, VOID.vocabulary)) == {URIRef(re.sub(r"[^#/]+$", "", term)) for term in terms}


def test_each_vocabulary_has_its_linkset(void, graph):
    """Each linked vocabulary has one linkset whose predicates and triples rdflib finds too."""
    seen = 0
    spaces = {str(one): URIRef(thing) for thing, one in graph.subject_objects(URIRef(RRMM + "namespace"))}
    for space, vocabulary in spaces.items():
        found = Counter(p for p in MATCHES for _, o in graph.subject_objects(p) if str(o).startswith(space))
        (linkset,) = void.subjects(VOID.objectsTarget, vocabulary)
        assert (RELEASE, VOID.subset, linkset) in void
        assert void.value(linkset, VOID.subjectsTarget) == RELEASE
        assert set(void.objects(linkset, VOID.linkPredicate)) == set(found)
        assert number(void, linkset, VOID.triples) == sum(found.values())
        parts = void.objects(linkset, VOID.propertyPartition)
        assert {void.value(one, VOID.property): number(void, one, VOID.triples) for one in parts} == found
        assert str(void.value(vocabulary, VOID.uriSpace)) == space
        seen += sum(found.values())
    sets = [sssom.read(path) for path in GraphFiles(ROOT).mappings]
    assert seen >= sum(len(one.links) for one in sets)


def test_the_examples_exist(void, graph):
    """An example resource is a thing of the graph, and there is one of each main kind."""
    examples = set(void.objects(RELEASE, VOID.exampleResource))
    kinds = {str(kind) for one in examples for kind in graph.objects(one, RDF.type)}
    assert len(examples) == 9
    assert {RRMM + name for name in ("Result", "Guidance", "Regimen", "Trial", "Discrepancy", "Passage")} <= kinds
    assert all((one, None, None) in graph for one in examples)


def test_a_catalogue_finds_what_it_must(void):
    """Title, description, publisher, licence, version, theme, citation and caution are there (DCAT-AP and more)."""
    for predicate in (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCTERMS.creator, DCTERMS.license):
        assert len(set(void.objects(RELEASE, predicate))) == 1, predicate
    assert (RELEASE, RDF.type, DCAT.Dataset) in void
    assert str(void.value(RELEASE, URIRef(f"{DCAT}version"))) == VERSION
    assert void.value(RELEASE, URIRef(f"{DCAT}isVersionOf")) == URIRef(f"{ID}dataset/rrmm")
    assert VERSION in str(void.value(RELEASE, DCTERMS.bibliographicCitation))
    assert "not a medical device" in str(void.value(RELEASE, URIRef(RRMM + "disclaimer")))
    assert void.value(void.value(RELEASE, DCTERMS.publisher), FOAF.name)
    assert {void.value(theme, RDF.type) for theme in void.objects(RELEASE, DCAT.theme)} == {SKOS.Concept}
    source = void.value(RELEASE, PROV.hadPrimarySource)
    assert str(void.value(source, DCTERMS.bibliographicCitation)) == "Blood Res 2020;55:S43–S53"
    assert void.value(void.value(None, RDF.type, VOID.DatasetDescription), FOAF.primaryTopic) == RELEASE


def test_no_date_and_no_blank_node(void, files):
    """The same files describe themselves in the same words on any day, and every node can be pointed at."""
    provenance = rdflib.Graph().parse(data=files[f"{FOLDER}provenance.ttl"], format="turtle")
    for each in (void, provenance):
        terms = {term for triple in each for term in triple}
        assert not [term for term in terms if isinstance(term, rdflib.BNode)]
        assert not [term for term in terms if isinstance(term, Literal) and term.datatype in {XSD.date, XSD.dateTime}]


def test_each_distribution_is_its_file(void, files):
    """The address, size, checksum and form of a distribution are those of a file of the release."""
    seen = set()
    for one in void.objects(RELEASE, DCAT.distribution):
        address = str(void.value(one, DCAT.downloadURL))
        content = files[address.removeprefix(BASE)]
        checksum = void.value(one, SPDX.checksum)
        assert void.value(one, DCAT.byteSize).n3() == f'"{len(content)}"^^<{XSD.nonNegativeInteger}>'
        assert str(void.value(checksum, SPDX.checksumValue)) == hashlib.sha256(content).hexdigest()
        assert void.value(checksum, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
        assert str(void.value(one, DCAT.mediaType)).startswith("https://www.iana.org/assignments/media-types/")
        assert void.value(one, DCTERMS.license)
        seen.add(address.removeprefix(BASE))
    described = {"void.ttl", "provenance.ttl", "checksums.txt", "context.jsonld"}
    assert seen == {name for name in files if name.startswith(FOLDER)} - {FOLDER + name for name in described}
    dumps = {str(one).removeprefix(BASE + FOLDER) for one in void.objects(RELEASE, VOID.dataDump)}
    assert dumps == {"rrmm.ttl", "rrmm.nt", "rrmm.nq", "rrmm.trig", "rrmm.rdf", "rrmm.jsonld"}


def test_the_labels_of_others_are_not_put_under_our_licence(void):
    """The table of links has labels on the terms of their vocabularies: it does not claim the graph's licence."""
    (table,) = (one for one in void.subjects(DCAT.downloadURL) if str(one).endswith("sssom.tsv"))
    assert void.value(table, DCTERMS.license) != void.value(RELEASE, DCTERMS.license)


def test_the_checksums_are_complete(files):
    """The list names each file of the release beside it with its SHA-256."""
    listed = dict(line.split("  ")[::-1] for line in files[f"{FOLDER}checksums.txt"].decode().splitlines())
    there = {name.removeprefix(FOLDER): content for name, content in files.items() if name.startswith(FOLDER)}
    del there["checksums.txt"]
    assert listed == {name: hashlib.sha256(content).hexdigest() for name, content in there.items()}


def test_the_build_says_what_it_used(kg, files):
    """PROV names every file that the graph is made of with its checksum, and what made it; each graph has its file."""
    graph = rdflib.Graph().parse(data=files[f"{FOLDER}provenance.ttl"], format="turtle")
    build = graph.value(RELEASE, PROV.wasGeneratedBy)
    assert (build, RDF.type, PROV.Activity) in graph
    agent = graph.value(build, PROV.wasAssociatedWith)
    assert (agent, RDF.type, PROV.SoftwareAgent) in graph
    assert str(graph.value(agent, RDFS.label)) == f"rrmm {VERSION}"
    used = {}
    for one in graph.objects(build, PROV.used):
        assert (one, RDF.type, PROV.Entity) in graph
        used[str(graph.value(one, RDFS.label))] = str(graph.value(graph.value(one, SPDX.checksum), SPDX.checksumValue))
    wanted = {path.relative_to(kg.files.root).as_posix() for path in [*kg.files.files, *kg.files.mappings]}
    assert wanted <= used.keys()
    assert "queries/build/drug-classes.rq" in used
    assert all(hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == found for name, found in used.items())
    named = {line.rsplit(" ", 2)[1][1:-1] for line in files[f"{FOLDER}rrmm.nq"].decode().splitlines()}
    assert named == {str(one) for one in graph.subjects(PROV.wasDerivedFrom)}


def test_the_document_of_the_version_is_the_ontology(files):
    """What the version IRI leads to is the ontology alone, with one header and no shapes."""
    content = files[f"ontology/{VERSION}.ttl"]
    graph = rdflib.Graph().parse(data=content, format="turtle")
    (header,) = graph.subjects(RDF.type, OWL.Ontology)
    assert graph.value(header, OWL.versionIRI) == URIRef(f"{BASE}ontology/{VERSION}")
    assert "http://www.w3.org/ns/shacl#" not in content.decode()
    assert (URIRef(RRMM + "Result"), RDF.type, OWL.Class) in graph
    assert not list(graph.subjects(RDF.type, URIRef(RRMM + "Result")))


@pytest.mark.java
def test_the_document_of_the_version_is_in_the_dl_profile(files, tmp_path):
    """ROBOT finds the ontology of the version within OWL 2 DL."""
    java, robot = owl.java(), needs("robot")
    (tmp_path / "ontology.ttl").write_bytes(files[f"ontology/{VERSION}.ttl"])
    arguments = ["--profile", "DL", "--input", "ontology.ttl", "--output", "dl.txt"]
    command = [java, *owl.BRIEF, "-jar", robot, "validate-profile", *arguments]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert run.returncode == 0, (tmp_path / "dl.txt").read_text(encoding="utf-8")


def test_one_version_and_one_name_everywhere(kg):
    """Package, ontology and citation file say the same version, title, maker and licence."""
    cited = YAML(typ="safe").load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    rows = kg.store.rows(f"""
        PREFIX dcterms: <{DCTERMS}>
        SELECT ?title ?name ?citation ?licence
        {{ <{ID}dataset/rrmm> dcterms:title ?title ; dcterms:bibliographicCitation ?citation ;
           dcterms:license ?licence ; dcterms:creator/<{FOAF.name}> ?name .
           <{BASE}ontology> dcterms:license ?licence ; dcterms:bibliographicCitation ?citation }}
    """)
    (row,) = rows
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION
    assert Metadata(kg.files).version == VERSION == cited["version"]
    assert row["title"] == cited["title"]
    assert row["name"] == cited["authors"][0]["name"]
    assert row["citation"] == f"{row['name']}. {row['title']}. {BASE[:-1]}"
    assert "CC0-1.0" in cited["license"]
    codemeta, deposit = (
        json.loads((ROOT / name).read_text(encoding="utf-8")) for name in ("codemeta.json", ".zenodo.json")
    )
    assert codemeta["version"] == deposit["version"] == VERSION
    assert codemeta["author"][0]["name"] == deposit["creators"][0]["name"] == row["name"]
    assert deposit["title"] == row["title"]
    (doi,) = kg.store.rows(f"""
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?doi {{ <{ID}source/br2020> skos:exactMatch ?doi FILTER(STRSTARTS(STR(?doi), "https://doi.org/")) }}
    """)
    assert doi["doi"].endswith(cited["references"][0]["doi"])
    assert doi["doi"].endswith(deposit["related_identifiers"][0]["identifier"])
    assert "publicdomain/zero/1.0" in row["licence"]


@pytest.fixture
def changed(tmp_path):
    """Return a function that copies the graph's files with one replacement in the ontology."""

    def change(old: str, new: str) -> GraphFiles:
        copy_graph(tmp_path)
        path = tmp_path / "ontology" / "rrmm.ttl"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        assert old in text
        return GraphFiles(tmp_path)

    return change


def test_a_release_names_the_one_before_it(changed):
    """A prior version in the ontology is the previous version of the dataset; without one there is none."""
    line = f'owl:versionInfo     "{VERSION}" ;'
    knowledge = changed(line, f"{line}\n    owl:priorVersion    <{BASE}ontology/0.0.9> ;")
    said = Metadata(knowledge).description({}).decode()
    assert f"<{DCAT}previousVersion> <{BASE}release/0.0.9>" in said
    assert "previousVersion" not in Metadata(GraphFiles(ROOT)).description({}).decode()


def test_a_version_that_is_not_one_is_refused(changed):
    """A version IRI that ends in another version is an error, not a release under a wrong name."""
    knowledge = changed(f"<{BASE}ontology/{VERSION}>", f"<{BASE}ontology/9.9.9>")
    with pytest.raises(KnowledgeError, match=r"owl:versionIRI end in owl:versionInfo"):
        _ = Metadata(knowledge).version


def test_a_release_is_written_where_it_says(kg, files, tmp_path, monkeypatch):
    """Each file lies in its place, with nothing beside it; a folder that cannot be made is one message."""
    monkeypatch.setattr(release, "build", lambda _: files)
    written = release.write(kg.files, tmp_path)
    found = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == files
    assert sorted(written) == sorted(tmp_path / name for name in files)
    with pytest.raises(RrmmError, match=r"cannot be made \(.*\)\. Name a folder"):
        release.write(kg.files, Path(written[0]))
