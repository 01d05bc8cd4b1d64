"""Every format carries what it can carry, the readers of others accept it, and nothing is half-written."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
import subprocess
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from ruamel.yaml import YAML

from rrmm import __version__
from rrmm.check import owl
from rrmm.errors import QueryError, RrmmError
from rrmm.iris import BASE, ID, OWL, RRMM, SKOS
from rrmm.publish import export, jsonld
from support import ROOT
from support.tools import needs

CARRIERS = {
    "turtle": (ox.RdfFormat.TURTLE, "turtle"),
    "ntriples": (ox.RdfFormat.N_TRIPLES, "nt"),
    "nquads": (ox.RdfFormat.N_QUADS, "nquads"),
    "trig": (ox.RdfFormat.TRIG, "trig"),
    "rdfxml": (ox.RdfFormat.RDF_XML, "xml"),
    "jsonld": (ox.RdfFormat.JSON_LD, "json-ld"),
}


@pytest.fixture(scope="module")
def files(kg):
    """Return a function that makes a format once and returns its files by name."""
    kept = {}

    def made(form):
        if form not in kept:
            kept[form] = export.build(kg.files, form, f"rrmm.{export.FORMATS[form].ending}")
        return kept[form]

    return made


def canonical(triples):
    """Return triples as sorted N-Triples with canonical blank nodes."""
    dataset = ox.Dataset(ox.Quad(*triple) for triple in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return b"".join(sorted(f"{quad.triple} .\n".encode() for quad in dataset))


def read(content, form):
    """Return the triples of a file, as pyoxigraph reads it."""
    return [quad.triple for quad in ox.parse(content, format=form)]


def undeclared(triples, kg):
    """Return triples without the declarations of individuals that the graph itself does not make."""
    stated = set(ox.parse(kg.files.snapshot, format=ox.RdfFormat.N_TRIPLES))
    added = ox.NamedNode(f"{OWL}NamedIndividual")
    return [triple for triple in triples if triple.object != added or ox.Quad(*triple) in stated]


LONG = {"trig", "turtle"}
"""Forms that `make test-slow` reads back; how Turtle reads, `make test` looks at too."""
FORMS = [pytest.param(form, marks=[pytest.mark.slow] if form in LONG else []) for form in CARRIERS]


@pytest.mark.parametrize("form", FORMS)
def test_a_format_gives_back_the_graph(form, files, kg):
    """What pyoxigraph reads from each form of RDF is the graph, lexical forms and all."""
    (content,) = files(form).values()
    assert canonical(undeclared(read(content, CARRIERS[form][0]), kg)) == kg.files.snapshot


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's own parser calls what rdflib deprecates
@pytest.mark.parametrize("form", CARRIERS)
def test_another_reader_agrees(form, files, kg):
    """What rdflib reads from each form is the same graph, its blank nodes however named."""
    (content,) = files(form).values()
    dataset = rdflib.Dataset()
    dataset.parse(data=content, format=CARRIERS[form][1])
    lines = rdflib.Graph()
    for *triple, _ in dataset.quads():
        lines.add(tuple(triple))
    triples = read(lines.serialize(format="nt"), ox.RdfFormat.N_TRIPLES)
    assert canonical(undeclared(triples, kg)) == kg.files.snapshot


@pytest.mark.parametrize("form", ["nquads", pytest.param("trig", marks=pytest.mark.slow)])
def test_each_file_is_a_graph_of_its_own(form, files, kg):
    """A named graph holds what its file says; what was made of the files stands in the derived one."""
    (content,) = files(form).values()
    graphs = defaultdict(list)
    for quad in ox.parse(content, format=CARRIERS[form][0]):
        graphs[quad.graph_name.value.removeprefix(f"{BASE}graph/")].append(quad.triple)
    for path in kg.files.files:
        name = path.relative_to(ROOT).as_posix()
        assert canonical(graphs.pop(name)) == canonical(read(path.read_bytes(), ox.RdfFormat.TURTLE)), name
    kinds = Counter("/".join(name.split("/")[:2]) for name in graphs)
    assert set(kinds) == {"data/mappings", "queries/checks", "queries/questions", "derived"}
    assert kinds["data/mappings"] == len(kg.files.mappings)


def test_turtle_is_read_by_people(files):
    """Turtle has the prefixes of the graph, one property a line, and numbers as they are printed."""
    (content,) = files("turtle").values()
    text = content.decode()
    start = text.index("\ntrial:endeavor.pfs-kd\n")
    entry = text[start : text.index("\n.\n", start)]
    assert "    rrmm:endpoint endpoint:progression-free-survival ;\n" in entry
    assert "    rrmm:value 18.7 ;" in entry
    assert "ns1:" not in text


def test_individuals_are_declared_for_owl_tools(files, kg):
    """In RDF/XML each thing with a class of the graph is a named individual, and no class or property is."""
    (content,) = files("rdfxml").values()
    named = {
        triple.subject.value
        for triple in read(content, ox.RdfFormat.RDF_XML)
        if triple.object == ox.NamedNode(f"{OWL}NamedIndividual")
    }
    results = {row["r"] for row in kg.store.rows(f"SELECT ?r WHERE {{ ?r a <{RRMM}Result> }}")}
    assert results <= named
    assert {f"{ID}drug/bortezomib", f"{RRMM}Median"} <= named
    assert not {f"{RRMM}Drug", f"{RRMM}component", f"{BASE}ontology", f"{RRMM}DrugShape"} & named


@pytest.mark.java
def test_owl_tools_load_the_rdf_xml(files, tmp_path):
    """ROBOT, on the OWL API as Protégé is, finds ontology, version and individuals; HermiT finds a model."""
    java, robot = owl.java(), needs("robot")
    (content,) = files("rdfxml").values()
    (tmp_path / "rrmm.rdf").write_bytes(content)
    command = [java, *owl.BRIEF, "-jar", robot, "convert", "--input", "rrmm.rdf", "--output", "rrmm.ofn"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    axioms = (tmp_path / "rrmm.ofn").read_text(encoding="utf-8")
    assert f"Ontology(<{BASE}ontology>\n<{BASE}ontology/{__version__}>\n" in axioms
    assert "ClassAssertion(rrmm:ProteasomeInhibitor drug:bortezomib)" in axioms
    assert "EquivalentClasses(rrmm:DoubleRefractory ObjectIntersectionOf(" in axioms
    assert "is satisfiable" in owl.hermit("-k", (tmp_path / "rrmm.rdf").as_uri()).stdout


def test_a_trial_is_one_object(files):
    """In JSON-LD a trial holds its arms and results, and a result its population, in words of the ontology."""
    (content,) = files("jsonld").values()
    things = {thing.get("id"): thing for thing in json.loads(content)["@graph"]}
    trial = things[f"{ID}trial/endeavor"]
    assert [arm["regimen"] for arm in trial["arm"]] == [f"{ID}regimen/kd", f"{ID}regimen/vd"]
    result = next(result for result in trial["result"] if result["id"].endswith(".pfs-kd"))
    assert (result["type"], result["statistic"], result["value"]) == ("Result", "Median", "18.7")
    population = {"id": f"{ID}trial/endeavor.all", "type": "Population", "label": "all"}
    assert result["population"].items() >= population.items()
    assert "study" not in result
    assert f"{ID}trial/endeavor.pfs-kd" not in things


def test_inverse_names_are_free(kg, in_rdflib):
    """No property has the name under which the context turns another one round."""
    made = json.loads(jsonld.context(kg.files))["@context"]
    turned = {key for key, term in made.items() if isinstance(term, dict) and "@reverse" in term}
    assert turned >= {"part", "result", "use", "variant"}
    assert not {rdflib.URIRef(RRMM + key) for key in turned} & set(in_rdflib.predicates())


def test_the_context_stands_in_the_document(files, kg):
    """The context that is published is the one that the document brings along."""
    (content,) = files("jsonld").values()
    assert json.loads(content)["@context"] == json.loads(jsonld.context(kg.files))["@context"]


def test_links_as_one_table(files, tmp_path, kg):
    """The SSSOM library reads the table; its matches are those of the graph, each with the licence of its set."""
    import sssom_pydantic

    ((name, content),) = files("sssom").items()
    (tmp_path / name).write_bytes(content)
    mappings, converter, _ = sssom_pydantic.read(tmp_path / name)
    triples = {tuple(converter.expand(end.curie) for end in (m.subject, m.predicate, m.object)) for m in mappings}
    matches = {
        tuple(term.value for term in triple)
        for triple in read(kg.files.snapshot, ox.RdfFormat.N_TRIPLES)
        if triple.predicate.value.startswith(SKOS) and triple.predicate.value.endswith("Match")
    }
    assert triples <= matches
    assert len(mappings) == len(triples)
    licences = {m.source.identifier.split("/")[-1].split(".")[0]: m.license for m in mappings}
    assert set(licences) == {path.name.split(".")[0] for path in kg.files.mappings}
    for path in kg.files.mappings:
        assert f"# license: {licences[path.name.split('.')[0]]}\n" in path.read_text(encoding="utf-8")
    assert not [m for m in mappings if m.object.prefix == "hemonc" and m.object.name]


def test_results_fit_their_description(files, kg, tmp_path):
    """The CSV is the question `results`; the CSVW library finds it as described, and finds a broken cell."""
    import csvw

    made = files("csv")
    assert made["rrmm.csv"].decode() == kg.query("results").to_csv()
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    (table,) = csvw.CSVW(str(tmp_path / "rrmm.csv")).tables
    assert len(list(table.iterdicts(strict=True))) == len(kg.query("results"))
    assert table.check_primary_key()
    broken = made["rrmm.csv"].replace(b",10742,", b",here,", 1)
    assert broken != made["rrmm.csv"]
    (tmp_path / "rrmm.csv").write_bytes(broken)
    (table,) = csvw.CSVW(str(tmp_path / "rrmm.csv")).tables
    with pytest.raises(ValueError, match="start"):
        list(table.iterdicts(strict=True))


def tsv(content):
    """Return the rows of a table as dicts."""
    return list(csv.DictReader(io.StringIO(content.decode()), delimiter="\t"))


@pytest.mark.slow
def test_nodes_and_edges_are_of_biolink(files):
    """Each category and predicate is Biolink's own and no mere mixin, and both ends of each edge are nodes."""
    package = importlib.util.find_spec("biolink_model")
    assert package, "make .venv/.test installs biolink-model"
    model = YAML(typ="safe").load(Path(package.submodule_search_locations[0], "schema", "biolink_model.yaml"))
    classes = {f"biolink:{name.title().replace(' ', '')}": entry for name, entry in model["classes"].items()}
    slots = {f"biolink:{name.replace(' ', '_')}": entry or {} for name, entry in model["slots"].items()}
    nodes, edges = (tsv(content) for content in files("kgx").values())
    for category in {node["category"] for node in nodes}:
        assert not classes[category].get("mixin"), category
    for predicate in {edge["predicate"] for edge in edges}:
        assert not slots[predicate].get("mixin"), predicate
        assert not slots[predicate].get("deprecated"), predicate
    levels = {edge["knowledge_level"] for edge in edges} | {edge["agent_type"] for edge in edges}
    enums = model["enums"]
    assert levels <= {*enums["KnowledgeLevelEnum"]["permissible_values"], *enums["AgentTypeEnum"]["permissible_values"]}
    ids = Counter(node["id"] for node in nodes)
    assert max(ids.values()) == 1
    assert max(Counter(edge["id"] for edge in edges).values()) == 1
    assert {edge[end] for edge in edges for end in ("subject", "object")} <= set(ids)


def test_edges_carry_their_numbers(files, kg):
    """Each result that describes a regimen is an edge with its number as printed, its study and its caveat."""
    _, edges = (tsv(content) for content in files("kgx").values())
    results = {row["result"]: row for row in kg.query("results").to_dicts() if row["group"]}
    found = {edge["id"]: edge for edge in edges if edge["id"] in results}
    assert set(found) == set(results)
    for result, edge in found.items():
        assert edge["as_printed"] == results[result]["as_printed"]
        assert edge["comparability"] == results[result]["comparability"]
        assert edge["study"]
        for column in ("ci_lower", "ci_level"):
            assert edge[column] == (results[result][column] or ""), column
        assert edge["level_of_evidence"] == (results[result]["level_of_evidence"] or "")
    later = {edge["id"] for edge in found.values() if edge["updates"]}
    assert later
    assert any(row["updated_by"] in later for row in results.values())


def test_what_publications_print_is_an_edge_with_its_place(files, kg):
    """Each number of a publication that was read is an edge with that publication and the line of its record."""
    _, edges = (tsv(content) for content in files("kgx").values())
    names = {one.name for one in kg.rule_base.sources}
    rows = {row["result"]: row for row in kg.query("history-of-trial").to_dicts() if row["source"] not in names}
    found = {edge["id"]: edge for edge in edges if edge["id"] in rows}
    assert set(found) == set(rows)
    assert len(found) > 400
    for result, edge in found.items():
        assert edge["publications"].endswith(f"/publication/{rows[result]['source']}")
        assert re.search(r", line \d+ of the record$", edge["section"])
        assert edge["as_printed"] == rows[result]["as_printed"]


def test_the_command_writes_and_tells(run_rrmm, tmp_path):
    """The command names each file that it wrote, and leaves nothing else."""
    run = run_rrmm("export", "--format", "kgx", "-o", str(tmp_path / "kg.tsv"))
    assert run.returncode == 0, run.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kg_edges.tsv", "kg_nodes.tsv"]
    assert run.stdout.splitlines() == [
        str(tmp_path / "kg_nodes.tsv"),
        str(tmp_path / "kg_edges.tsv"),
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--format", "turtel", "-o", "x.ttl"], "Did you mean turtle"),
        (["--format", "turtle", "-o", "nowhere/x.ttl"], "a folder that exists"),
        (["--format", "turtle", "-o", "."], "is a folder"),
        (["--format", "turtle", "-o", "x.ttl", "--key", "k"], "go together"),
        (["--format", "turtle", "-o", "x.ttl", "--key", "k", "--orcid", "o"], "Only nanopublications"),
        (["--format", "turtle"], "-o/--output"),
    ],
    ids=["format", "folder", "is-folder", "key", "signed", "output"],
)
def test_a_wrong_call_writes_nothing(arguments, told, run_rrmm, tmp_path):
    """A wrong call ends with code 2 and one message, and writes nothing."""
    placed = [str(tmp_path / word) if before == "-o" else word for before, word in pairwise(["", *arguments])]
    run = run_rrmm("export", *placed)
    assert run.returncode == 2
    assert told in run.stderr
    assert "Traceback" not in run.stderr
    assert not list(tmp_path.iterdir())


def test_several_files_are_written_together(kg, tmp_path):
    """Where one of several files cannot be written, none is."""
    (tmp_path / "kg_edges.tsv").mkdir()
    with pytest.raises(RrmmError, match="cannot be written"):
        kg.export("kgx", tmp_path / "kg.tsv")
    assert [path.name for path in tmp_path.iterdir()] == ["kg_edges.tsv"]


def test_an_unknown_format_offers_the_nearest(kg, tmp_path):
    """From Python too, a format that there is not is an error that lists those that there are."""
    with pytest.raises(QueryError, match="there are: turtle, ntriples"):
        kg.export("owl", tmp_path / "x")
