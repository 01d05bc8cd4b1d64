"""Files in, graph out; what cannot be read is one message with file and line."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from threading import Thread

import pytest

from rrmm.api import KnowledgeGraph
from rrmm.errors import KnowledgeError, QueryError
from rrmm.graph import files, turtle
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Store
from support import ROOT
from support.folders import copy_graph


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the graph that a test may break."""
    return copy_graph(tmp_path)


def test_a_graph_is_cached_by_what_it_is_made_of(copy, monkeypatch, tmp_path):
    """A changed file gives another digest; the same files give the same bytes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first = GraphFiles(copy)
    again = GraphFiles(copy)
    assert (first.digest, first.snapshot) == (again.digest, again.snapshot)
    drug = copy / "data" / "drugs" / "carfilzomib.ttl"
    drug.write_text(drug.read_text(encoding="utf-8").replace('"carfilzomib"@en', '"karfilzomib"@en'), encoding="utf-8")
    changed = GraphFiles(copy)
    assert changed.digest != first.digest
    assert b"karfilzomib" in changed.snapshot


def test_overlays_are_cached_by_their_content(monkeypatch, tmp_path):
    """Two of one name, size and time are two, in two folders and in one."""
    digests = []
    for name, word in (("a", "one"), ("b", "two"), ("a", "six")):
        path = tmp_path / name / "own.ttl"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'<urn:x> <http://www.w3.org/2000/01/rdf-schema#label> "{word}" .', encoding="utf-8")
        os.utime(path, (10**9, 10**9))
        monkeypatch.chdir(path.parent)
        digests.append(GraphFiles(ROOT, [Path("own.ttl")]).digest)
    assert len(set(digests)) == 3


def test_a_graph_in_use_stays_in_the_cache(monkeypatch, tmp_path):
    """What was not used for longest is dropped, and graphs in turn keep what is known of their files."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(files, "MTIME_GRANULARITY_S", -1.0)
    monkeypatch.setattr(files, "PACKAGE", tmp_path)
    (tmp_path / "module.py").write_text("", encoding="utf-8")
    added = tmp_path / "added.ttl"
    first = GraphFiles(tmp_path)
    first.keep("one", b"")
    for number in range(files.KEPT_SNAPSHOTS):
        os.utime(files.cache_root() / first.digest, (number, number))
        assert GraphFiles(tmp_path).artefact("one") == b""
        added.write_text("\n" * number, encoding="utf-8")
        GraphFiles(tmp_path, [added]).keep("other", b"")
    assert GraphFiles(tmp_path).artefact("one") == b""
    assert len(list(files.cache_root().iterdir())) == files.KEPT_SNAPSHOTS
    whole = files._hash
    monkeypatch.setattr(files, "_hash", lambda root, paths: whole(root, paths) if paths == [added] else "hashed again")
    assert GraphFiles(tmp_path).digest == first.digest
    assert GraphFiles(tmp_path, [added]).digest != "hashed again"


def test_a_graph_is_cached_by_the_code_that_makes_it(monkeypatch, tmp_path):
    """Code that changes in any folder of the package gives another digest."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(files, "PACKAGE", tmp_path)
    module = tmp_path / "deep" / "er" / "module.py"
    module.parent.mkdir(parents=True)
    module.write_text("ONE = 1\n", encoding="utf-8")
    first = GraphFiles(ROOT).digest
    module.write_text("ONE = 11\n", encoding="utf-8")
    assert GraphFiles(ROOT).digest != first


def test_a_wheel_carries_what_is_derived_of_its_own_graph(copy, monkeypatch, tmp_path):
    """What a wheel carries serves its graph as it is installed, and no copy of the graph or graph with additions."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(files, "PACKAGE", tmp_path / "rrmm")
    own = tmp_path / "rrmm" / "_graph"
    (own / "derived" / "abc").mkdir(parents=True)
    snapshot = own / "derived" / "abc" / "graph.nt"
    snapshot.write_bytes(files.seal(snapshot, b"<a:a> <a:b> <a:c> .\n"))
    for folder in ("ontology", "data", "queries"):
        (copy / folder).rename(own / folder)
    carried = GraphFiles()
    assert (carried.digest, carried.snapshot) == ("abc", b"<a:a> <a:b> <a:c> .\n")
    carried.keep("more.json", b"{}")
    assert carried.artefact("more.json") == b"{}"
    assert (tmp_path / "cache" / "rrmm" / "abc" / "more.json").is_file()
    assert GraphFiles(overlays=[own / "data" / "endpoints.ttl"]).digest != "abc"
    elsewhere = own.rename(tmp_path / "edited")
    assert GraphFiles(elsewhere).digest != "abc"


def test_a_file_that_cannot_be_cached_leaves_nothing(monkeypatch, tmp_path):
    """A folder in the place of a cached file, or a full disk, leaves no half of a file at each call."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    graph = GraphFiles()
    folder = files.cache_root() / graph.digest
    (folder / "thing").mkdir(parents=True)
    before = sorted(folder.iterdir())
    graph.keep("thing", b"content")
    assert sorted(folder.iterdir()) == before
    graph.keep("other", b"content")
    assert graph.artefact("other") == b"content"


def test_what_is_no_file_of_the_cache_is_made_again(monkeypatch, tmp_path):
    """A pipe is not waited for, what is longer than any file of the cache is not read; both are replaced."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    graph = GraphFiles()
    path = files.cache_root() / graph.digest / "thing"
    graph.keep("thing", b"content")
    sealed = path.read_bytes()
    path.unlink()
    os.mkfifo(path)
    writer = Thread(target=path.write_bytes, args=(sealed,), daemon=True)
    writer.start()
    assert graph.artefact("thing") is None
    path.read_bytes()  # so that the writer ends
    writer.join()
    graph.keep("thing", b"content")
    assert graph.artefact("thing") == b"content"
    monkeypatch.setattr(files, "MOST_BYTES", len(sealed) - 1)
    assert graph.artefact("thing") is None


def test_a_cache_that_cannot_be_written_is_no_obstacle(copy, monkeypatch, tmp_path):
    """Without a cache the graph is built each time."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(Store(GraphFiles(copy).snapshot)) > 10_000


BROKEN = [
    ("data/drugs/carfilzomib.ttl", "drug:carfilzomib\n    a ", "drug:carfilzomib\n    a a ", "carfilzomib.ttl:", ""),
    ("data/drugs/carfilzomib.ttl", "rrmm:knowledgeLevel", "rmm:knowledgeLevel", "carfilzomib.ttl:", "rmm"),
    (
        "data/drugs/carfilzomib.ttl",
        "@prefix drug: <https://w3id.org/rrmm/id/drug/>",
        "@prefix drug: <https://w3id.org/rrmm/id/drugs/>",
        "carfilzomib.ttl:1: prefix drug:",
        "Use <https://w3id.org/rrmm/id/drug/>",
    ),
    (
        "data/drugs/carfilzomib.ttl",
        "@prefix drug:",
        "@prefix ex: <http://example.org/> .\n@prefix drug:",
        "carfilzomib.ttl:1: prefix ex:",
        "prefixes.ttl",
    ),
    (
        "data/drugs/carfilzomib.ttl",
        "drug:carfilzomib\n",
        "drug:other\n",
        "carfilzomib.ttl:",
        "names begin with carfilzomib",
    ),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "remedy"), BROKEN, ids=["syntax", "prefix", "namespace", "foreign", "stem"]
)
def test_broken_files_are_named_with_their_line(copy, file, old, new, where, remedy):
    """Bad Turtle, unknown prefixes and foreign names stop the build with file, line and remedy."""
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        _ = GraphFiles(copy).snapshot
    assert where in str(caught.value)
    assert remedy in str(caught.value)


FORMS = [
    "PREFIX drug: <{}>\n",
    "prefix drug: <{}>\n",
    "Prefix drug:<{}> drug:x rdfs:label 'x' .\n",
    "  @prefix drug: <{}> .\n",
    "mine:x rdfs:label 'x' . @prefix drug: <{}> .\n",
    "PREFIX # of a drug\n drug: <{}>\n",
    "PREFIX drug: <{}> drug:x rdfs:label 'x' . PREFIX drug: <https://w3id.org/rrmm/id/drug/>\n",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_prefix_stands_for_its_namespace_however_it_is_declared(tmp_path, form):
    """Every form of a declaration is held to prefixes.ttl: another namespace is refused, the right one is not."""
    head = "@prefix mine: <https://example.org/> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    declared, path = {"drug": "https://w3id.org/rrmm/id/drug/"}, tmp_path / "mine.ttl"
    path.write_text(head + form.format("http://evil.example/"), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"mine\.ttl:[134]: prefix drug: .* Use <https://w3id"):
        turtle._hold_to_prefixes(path, declared, own=True)
    path.write_text(head + form.format(declared["drug"]), encoding="utf-8")
    turtle._hold_to_prefixes(path, declared, own=True)


def test_a_file_in_the_wrong_folder_is_refused(copy):
    """A drug among the regimens is told where its home is."""
    shutil.move(copy / "data/drugs/carfilzomib.ttl", copy / "data/regimens/carfilzomib.ttl")
    with pytest.raises(
        KnowledgeError, match=r"regimens/carfilzomib\.ttl:\d+: drug:carfilzomib.* its home is data/drugs/"
    ):
        _ = GraphFiles(copy).snapshot


def test_an_overlay_adds_knowledge_without_touching_code(tmp_path):
    """A regimen and a rule in one Turtle file are listed, derived and cited like the rest."""
    overlay = tmp_path / "mine.ttl"
    overlay.write_text(
        """@prefix drug: <https://w3id.org/rrmm/id/drug/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rrmm: <https://w3id.org/rrmm/ontology#> .

<https://example.org/mel-d>
    a rrmm:Regimen , rrmm:TreatmentOption ;
    rdfs:label "Mel-d"@en ;
    rrmm:component drug:melphalan , drug:dexamethasone ;
    rrmm:order 900 .

<https://example.org/rule>
    a rrmm:Guidance ;
    rdfs:label "Mel-d in cardiac disease"@en ;
    rrmm:appliesTo rrmm:WithCardiacDisease ;
    rrmm:effect rrmm:Recommend ;
    rrmm:target <https://example.org/mel-d> ;
    rrmm:modality rrmm:May ;
    rrmm:text "A rule of one's own."@en .
""",
        encoding="utf-8",
    )
    kg = KnowledgeGraph.load(overlays=[overlay])
    report = kg.regimens_for({"prior_drugs": [], "comorbidities": ["heart failure"]})
    assert report.option("Mel-d")["status"] == "recommended"
    assert report.option("Mel-d")["because"][0]["label"] == "Mel-d in cardiac disease"
    assert (
        kg.regimens_for({"prior_drugs": [{"drug": "melphalan", "status": "refractory"}]}).option("Mel-d")["status"]
        == "excluded"
    )


def test_the_store_refuses_updates(kg):
    """There is no way to write through a query."""
    with pytest.raises(QueryError):
        kg.store.query("DELETE WHERE { ?s ?p ?o }")


def test_to_graph_keeps_lexical_forms_and_prefixes(kg):
    """The rdflib graph has every triple of the snapshot, numbers as written, prefixes bound."""
    import rdflib

    graph = kg.to_graph()
    assert len(graph) == len(kg.store)
    assert dict(graph.namespaces())["trial"] == rdflib.URIRef("https://w3id.org/rrmm/id/trial/")
    value = graph.value(
        rdflib.URIRef("https://w3id.org/rrmm/id/trial/mm-003.pfs-pd"),
        rdflib.URIRef("https://w3id.org/rrmm/ontology#printedValue"),
    )
    assert str(value) == "4.0"
