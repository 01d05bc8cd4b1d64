"""One graph in four engines, two of them real servers: every query, report and description is the same.

rdflib is asked in this process, what takes it long and the servers by `make test-slow`.
"""

from __future__ import annotations

from functools import cache

import pytest
from ruamel.yaml import YAML

from rrmm.api import KnowledgeGraph
from rrmm.derivation.sparql import SparqlEngine
from rrmm.errors import EndpointError, QueryError
from rrmm.graph import queries, upload
from rrmm.graph.endpoint import Endpoint
from rrmm.graph.endpoint_errors import PASSWORD, USER
from rrmm.graph.rdflib_store import RdflibStore
from rrmm.graph.terms import iri_term
from rrmm.iris import ID, RRMM
from rrmm.patient.history import CompiledEngine
from support import ROOT, servers
from support.random_patients import subjects

GRAPH = "https://w3id.org/rrmm"
DECOY = b'<https://w3id.org/rrmm/id/drug/bortezomib> <https://w3id.org/rrmm/ontology#decoy> "of another graph" .\n'
THINGS = ["cytogenetics/del17p", "trial/castor.pubmed-36413710-os-hr-dvd"]
MENTIONED_OFTEN = ["drug/bortezomib", "regimen/kd", "trial/endeavor"]
VIGNETTES = YAML(typ="safe").load((ROOT / "tests" / "vignettes.yaml").read_text(encoding="utf-8"))["vignettes"][::2]


class Remembering(RdflibStore):
    """The graph in rdflib, which is slow: no query is asked twice."""

    @cache  # noqa: B019 - it lives as long as the tests
    def select(self, text):
        """Return the answer of a SELECT."""
        return super().select(text)


# Virtuoso 7 compiles no patient into it (SP031), and loses rows of a MINUS within a MINUS
BEYOND = {"virtuoso": {"patient-statuses"}}


@pytest.fixture(scope="session")
def rdflib_engine(kg):
    """Return the graph in rdflib."""
    return KnowledgeGraph(kg.files, other=Remembering(kg.files.snapshot))


@pytest.mark.slow
def test_rdflib_is_an_engine(kg):
    """The graph is loaded into rdflib by the name of the engine."""
    loaded = KnowledgeGraph.load(engine="rdflib")
    assert type(loaded.store) is RdflibStore
    assert len(loaded.store.graph) == len(kg.store)


@pytest.fixture(scope="session")
def oxigraph_address(kg, tmp_path_factory):
    """Return the address of an Oxigraph server with the graph as its default graph."""
    with servers.oxigraph(tmp_path_factory.mktemp("oxigraph")) as address:
        upload.put(kg.files.snapshot, f"{address}/store")
        yield address


@pytest.fixture(scope="session")
def virtuoso_address(kg, tmp_path_factory):
    """Return the address of a Virtuoso that holds the graph beside others."""
    with servers.virtuoso(tmp_path_factory.mktemp("virtuoso")) as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv(USER, servers.USER)
        patch.setenv(PASSWORD, servers.PASSWORD)
        upload.put(kg.files.snapshot, f"{address}/sparql-graph-crud-auth", GRAPH, f"{address}/sparql")
        upload.put(DECOY, f"{address}/sparql-graph-crud-auth", "https://example.org/decoy")
        patch.undo()
        yield address


@pytest.fixture(scope="session")
def oxigraph_engine(oxigraph_address):
    """Return the graph at the Oxigraph server."""
    return KnowledgeGraph.connect(f"{oxigraph_address}/query")


@pytest.fixture(scope="session")
def virtuoso_engine(virtuoso_address):
    """Return the graph at Virtuoso."""
    return KnowledgeGraph.connect(f"{virtuoso_address}/sparql", graph=GRAPH)


SERVERS = [pytest.param(name, marks=pytest.mark.server) for name in ("oxigraph", "virtuoso")]
LONG = {"copies", "evidence", "forest", "looks", "passages", "patient-statuses"}
"""Queries of the derivation and of pictures that take rdflib seconds."""
FOLDERS = {folder: queries.read(ROOT, folder) for folder in ("derive", "plots", "questions")}
QUERIES = [  # the questions are asked in rdflib by test_questions.py
    *(
        pytest.param("rdflib", query, id=f"rdflib-{folder}-{name}", marks=[pytest.mark.slow] if name in LONG else [])
        for folder in ("derive", "plots")
        for name, query in FOLDERS[folder].items()
    ),
    *(
        pytest.param(server, query, id=f"{server}-{folder}-{name}", marks=pytest.mark.server)
        for server in ("oxigraph", "virtuoso")
        for folder, of in FOLDERS.items()
        for name, query in of.items()
        if name not in BEYOND.get(server, ())
    ),
]


@pytest.fixture(scope="session", params=["rdflib", *SERVERS])
def other(request):
    """Return the graph in each engine that is not the default."""
    return request.getfixturevalue(f"{request.param}_engine")


@pytest.mark.parametrize(("other", "query"), QUERIES, indirect=["other"])
def test_every_query_has_the_same_rows(kg, other, query):
    """All queries of the derivation and of the catalogue give the same columns and rows."""
    _same(kg, other, query.text, query.name)


DESCRIBED = [
    ("rdflib", THINGS),
    pytest.param("rdflib", MENTIONED_OFTEN, marks=pytest.mark.slow),
    *(pytest.param(*server.values, [*THINGS, *MENTIONED_OFTEN], marks=server.marks) for server in SERVERS),
]


@pytest.mark.parametrize(("other", "things"), DESCRIBED, indirect=["other"])
def test_every_description_has_the_same_rows(kg, other, things):
    """So do those behind `show`, on things of several kinds."""
    asked = {"thing": [ID + thing for thing in things], "kind": [RRMM + "Drug", RRMM + "Study"]}
    for query in queries.read(kg.files.root, "show").values():
        bound = [{name: iri_term(iri)} for name in query.parameters for iri in asked[name]]
        for terms in bound or [{}]:
            _same(kg, other, query.bind(terms), f"{query.name} {terms}")


def _same(kg, other, text, name):
    mine, theirs = kg.store.select(text), other.store.select(text)
    assert theirs.columns == mine.columns, name
    assert sorted(map(_row, theirs.rows)) == sorted(map(_row, mine.rows)), name


def _row(row):
    """Return a row as sorted cells; what GROUP_CONCAT joins is a set, a number is its value whatever its digits."""
    return sorted((name, type(_cell(name, value)).__name__, str(_cell(name, value))) for name, value in row.items())


def _cell(name, value):
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if name in {"sections", "source"}:
        return " | ".join(sorted(str(value).split(" | ")))
    return " ".join(sorted(str(value).replace(";", " ").split())) if name in {"citations", "by", "open"} else value


@pytest.mark.parametrize("other", [pytest.param("rdflib", marks=pytest.mark.slow), *SERVERS], indirect=True)
def test_every_report_is_the_same(kg, other):
    """A whole report, evidence included, does not tell which engine read the tables."""
    for vignette in VIGNETTES:
        assert other.regimens_for(vignette["patient"]).data == kg.regimens_for(vignette["patient"]).data, vignette["id"]


@pytest.mark.parametrize("other", SERVERS, indirect=True)
def test_states_judged_by_the_query_itself(kg, other):
    """With a subject's facts in its VALUES block, the query says what the compiled sets say, as it does in rdflib."""
    asked, rule_base = SparqlEngine(other.store, other.rule_base), CompiledEngine(kg.rule_base)
    for bearer, facts in subjects(kg.rule_base, seed=7, count=2):
        assert asked.verdicts(facts, bearer) == rule_base.verdicts(facts, bearer)


def test_questions_with_parameters_and_names(kg, other):
    """A parameter is bound and a name is found as in the embedded graph; an unknown one is the same error."""
    for population in ("del(17p)", "cytogenetics:del17p"):
        mine, theirs = (graph.query("hazard-ratios", population=population) for graph in (kg, other))
        assert len(mine) > 0
        assert theirs == mine
    assert other.show("Kd").to_text() == kg.show("Kd").to_text()
    with pytest.raises(QueryError, match="Did you mean"):
        other.show("bortezomibb")


def test_any_query_has_the_same_form_of_answer(other):
    """SELECT and ASK give tables, CONSTRUCT gives Turtle; what is no query is refused before it is sent."""
    assert other.sparql("SELECT (1 AS ?i) ('x' AS ?s) ?unbound WHERE {}").rows == ((1, "x", None),)
    assert other.sparql("ASK { ?s a <https://w3id.org/rrmm/ontology#Regimen> }").rows == ((True,),)
    assert other.sparql("ASK { ?s a <https://w3id.org/rrmm/ontology#NoSuchThing> }").rows == ((False,),)
    turtle = other.sparql(
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o . FILTER(?s = <https://w3id.org/rrmm/id/drug/bortezomib>) }"
    )
    assert "bortezomib" in turtle
    for text in ("DELETE WHERE { ?s ?p ?o }", "SELECT * WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"):
        with pytest.raises(QueryError):
            other.sparql(text)


@pytest.mark.server
def test_a_graph_elsewhere_is_not_copied(oxigraph_engine):
    """What needs the files of the graph is refused, rather than answered from this machine's own."""
    for ask in (oxigraph_engine.check, oxigraph_engine.to_graph, oxigraph_engine.ontology):
        with pytest.raises(EndpointError, match=r"asked, not copied.*KnowledgeGraph.load"):
            ask()


@pytest.mark.server
def test_the_named_graph_is_the_one_that_is_asked(virtuoso_address, virtuoso_engine):
    """Virtuoso asks all graphs when none is named; the graph that is named is asked alone."""
    text = f"SELECT ?said WHERE {{ ?thing <{RRMM}decoy> ?said }}"
    assert Endpoint(f"{virtuoso_address}/sparql").rows(text) == [{"said": "of another graph"}]
    assert virtuoso_engine.store.rows(text) == []
    with pytest.raises(EndpointError, match=r"<https://example.org/decoy> is empty or holds no rrmm graph. Load"):
        KnowledgeGraph.connect(f"{virtuoso_address}/sparql", graph="https://example.org/decoy")


@pytest.mark.server
def test_an_answer_that_virtuoso_cuts_short_is_an_error(virtuoso_address):
    """Neither a time-out that Virtuoso calls a success nor its limit of rows makes a shorter table."""
    product = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    with pytest.raises(EndpointError, match=r"answered in part, which is not used \(.*timeout"):
        Endpoint(f"{virtuoso_address}/sparql?timeout=1000", GRAPH).rows(product)
    with pytest.raises(EndpointError, match="at most 10000 rows"):
        Endpoint(f"{virtuoso_address}/sparql", GRAPH).rows("SELECT ?s ?p ?o WHERE { ?s ?p ?o }")


@pytest.mark.server
def test_the_words_of_the_store_are_passed_on(oxigraph_engine, virtuoso_engine):
    """A query that a store cannot take ends in the store's own message."""
    for graph, words in ((oxigraph_engine, "400: .*expected"), (virtuoso_engine, "400: .*syntax error")):
        with pytest.raises(EndpointError, match=words):
            graph.store.rows("SELECT ?s WHERE { ?s ?p")


@pytest.mark.server
def test_loading_needs_the_right_user(kg, virtuoso_address, monkeypatch):
    """Without credentials, with wrong ones, or at an address that only reads, nothing is loaded and it is said why.

    What is loaded and cannot be counted by the Graph Store, because the server limits its answers, is an error too.
    """
    url = f"{virtuoso_address}/sparql-graph-crud-auth"
    with pytest.raises(EndpointError, match=rf"401.*|{USER}"):
        upload.put(kg.files.snapshot, url, "https://example.org/new")
    monkeypatch.setenv(USER, servers.USER)
    monkeypatch.setenv(PASSWORD, "not-the-password")
    with pytest.raises(EndpointError, match=rf"{USER} and {PASSWORD} \(401"):
        upload.put(kg.files.snapshot, url, "https://example.org/new")
    monkeypatch.setenv(PASSWORD, servers.PASSWORD)
    with pytest.raises(EndpointError, match="not configured to have default graph"):
        upload.put(kg.files.snapshot, url)
    with pytest.raises(EndpointError, match=r"were sent, and 10,0.. come back.*--endpoint"):
        upload.put(kg.files.snapshot, url, "https://example.org/new")
    monkeypatch.delenv(USER)
    with pytest.raises(EndpointError, match=r"forbids it to this user \(403: .*Permission denied"):
        upload.put(DECOY, f"{virtuoso_address}/sparql-graph-crud", "https://example.org/new")


@pytest.mark.server
def test_the_command_line_loads_and_asks(oxigraph_address, run_rrmm):
    """`load` says how many triples are there; `regimens`, `query` and `show` answer from there as from here."""
    there = ("--endpoint", f"{oxigraph_address}/query", "--graph", "https://example.org/mine")
    loaded = run_rrmm("load", "--to", f"{oxigraph_address}/store", "--graph", "https://example.org/mine")
    assert loaded.returncode == 0, loaded.stderr
    assert " triples in <https://example.org/mine> of " in loaded.stdout
    for command in (
        ("regimens", "--refractory", "bortezomib", "--without", "guidance:frail-doublet", "--format", "json"),
        ("query", "hazard-ratios", "--param", "population=del(17p)", "--format", "csv"),
        ("show", "ENDEAVOR"),
    ):
        here, elsewhere = run_rrmm(*command), run_rrmm(*command, *there)
        assert (elsewhere.returncode, elsewhere.stdout) == (here.returncode, here.stdout), elsewhere.stderr
    for wrong in (("--graph", "x:y"), (*there, "--with", "mine.ttl")):
        done = run_rrmm("regimens", "--refractory", "bortezomib", *wrong)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1


def test_an_unknown_engine_is_refused():
    """The error names the engines that there are."""
    with pytest.raises(QueryError, match=r"No engine 'rdflip'; there are pyoxigraph and rdflib. Did you mean rdflib\?"):
        KnowledgeGraph.load(engine="rdflip")


def test_rdflib_says_that_it_cannot_stop(kg):
    """A time limit that would not be kept is refused."""
    with pytest.raises(QueryError, match="cannot stop"):
        RdflibStore(DECOY).answer("ASK {}", time_limit=1)
