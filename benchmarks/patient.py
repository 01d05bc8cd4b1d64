"""One patient, warm: from what is known of the patient to the states, and to the status of every option.

The compiled tables give reasons, cautions and needs with each status; SPARQL gives the statuses alone, by one query on
the states of each subject and one on statuses, the quickest that we know. The second is also timed by itself, for a
patient whose states are told. HermiT judges states, and many patients in one run: its time is the share of one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.race import Contender, Race, Ratio
from rrmm.api import KnowledgeGraph
from rrmm.check import hermit_states
from rrmm.cohort.cells import normal
from rrmm.cohort.columns import layout
from rrmm.cohort.documents import document
from rrmm.cohort.simulate import patients
from rrmm.derivation.explain import Derivation
from rrmm.derivation.sparql import SparqlEngine
from rrmm.graph.rdflib_store import RdflibStore
from rrmm.patient.document import load
from rrmm.patient.history import Engine, History
from rrmm.patient.resolve import resolve
from rrmm.rules.base import RuleBase

PATIENT = {"prior_drugs": [{"drug": "bortezomib", "status": "refractory"}]}
RICH = Path(__file__).parents[1] / "examples" / "double-refractory.yaml"
SEED, BATCH = 6, 24
REPORTS = 1_000  # to write, each once, in all rounds

COMPILED, BOTH, STATUSES = "compiled, with reasons", "SPARQL, embedded", "its query on statuses, told the states"
REPORT, QUESTION, CHANGES = "report", "the question hazard-ratios", "report with what would change it"
TOLD, JSON = "SPARQL query on the statuses of that patient, told the states", "that report as JSON"
RDFLIB, HERMIT = "SPARQL, rdflib", f"HermiT, {BATCH} patients in a run"

Statuses = dict[str, str]
States = dict[str, bool | None]


def races() -> list[Race]:
    """Return the races to the statuses and to the states of a patient."""
    here = f"{__name__}:"
    return [
        Race(
            "the status of every option for one patient",
            [
                Contender(COMPILED, f"{here}compiled", repeats=40),
                Contender(BOTH, f"{here}embedded", repeats=5),
                Contender(STATUSES, f"{here}statuses", repeats=5),
                Contender(RDFLIB, f"{here}rdflib", rounds=1),
            ],
            [
                Ratio(BOTH, COMPILED, at_least=20),
                Ratio(STATUSES, COMPILED),
                Ratio(RDFLIB, COMPILED, at_least=500),
                Ratio(RDFLIB, BOTH),
            ],
            same=True,
        ),
        Race(
            "a whole report, evidence included",
            [
                Contender(REPORT, f"{here}reported", repeats=100),
                Contender(QUESTION, f"{here}asked", repeats=40),
                Contender(CHANGES, f"{here}changed", repeats=2),
                Contender(TOLD, f"{here}told", repeats=5),
                Contender(JSON, f"{here}written", repeats=50),
            ],
            [
                Ratio(TOLD, REPORT, at_least=20),
                Ratio(JSON, REPORT, at_most=0.5),
                Ratio(REPORT, QUESTION, at_most=0.5),
                Ratio(CHANGES, REPORT, at_most=30),
            ],
        ),
        Race(
            "the states of one patient",
            [
                Contender("compiled", f"{here}compiled_states", repeats=100),
                Contender(BOTH, f"{here}embedded_states", repeats=5),
                Contender(HERMIT, f"{here}hermit", rounds=1, times=1 / BATCH),
            ],
            [Ratio(BOTH, "compiled"), Ratio(HERMIT, BOTH), Ratio(HERMIT, "compiled")],
            same=True,
        ),
    ]


def reported() -> Callable[[], int]:
    """Return the report of a rich patient; it gives the number of options."""
    graph, patient = KnowledgeGraph.load(), load(RICH)
    return lambda: len(graph.regimens_for(patient).record.options)


def written() -> Callable[[], int]:
    """Return the JSON of that report, of a record that is new each time; it gives the number of characters."""
    graph, patient = KnowledgeGraph.load(), load(RICH)
    reports = [graph.regimens_for(patient) for _ in range(REPORTS)]
    return lambda: len(reports.pop().to_json())


def told() -> Callable[[], Statuses]:
    """Return the query on statuses for that patient, whose states are known; it gives the status of each option."""
    return _told(KnowledgeGraph.load(), load(RICH))


def asked() -> Callable[[], int]:
    """Return a question to the embedded store; it gives the number of rows."""
    graph = KnowledgeGraph.load()
    return lambda: len(graph.query("hazard-ratios").rows)


def changed() -> Callable[[], int]:
    """Return the report of the same patient with what would change each option; it gives the number of options."""
    graph, patient = KnowledgeGraph.load(), load(RICH)
    return lambda: len(graph.regimens_for(patient, what_if=True).data["options"])


def compiled() -> Callable[[], Statuses]:
    """Return the derivation by compiled tables, reasons included; it gives the status of each option."""
    tables = KnowledgeGraph.load().rule_base
    patient = resolve(PATIENT, tables)
    return lambda: {answer.option.label: answer.status for answer in Derivation(tables, patient).answers()}


def embedded() -> Callable[[], Statuses]:
    """Return the same by two SPARQL queries in the embedded store, on states and on statuses."""
    graph = KnowledgeGraph.load()
    return _query(SparqlEngine(graph.store, graph.rule_base))


def rdflib() -> Callable[[], Statuses]:
    """Return the same queries in rdflib."""
    graph = KnowledgeGraph.load()
    return _query(SparqlEngine(RdflibStore(graph.files.snapshot), graph.rule_base))


def _query(engine: SparqlEngine) -> Callable[[], Statuses]:
    patient = resolve(PATIENT, engine.rule_base)
    return lambda: _label(engine.rule_base, engine.statuses(History(engine.rule_base, patient, engine)))


def statuses() -> Callable[[], Statuses]:
    """Return the query on statuses in the embedded store, for a patient whose states are known."""
    return _told(KnowledgeGraph.load(), PATIENT)


def _told(graph: KnowledgeGraph, patient: Mapping[str, Any]) -> Callable[[], Statuses]:
    engine = SparqlEngine(graph.store, graph.rule_base)
    history = History(graph.rule_base, resolve(patient, graph.rule_base))
    return lambda: _label(graph.rule_base, engine.statuses(history))


def _label(tables: RuleBase, found: Statuses) -> Statuses:
    labels = tables.label_of_option
    return {labels.get(iri) or tables.retreatment(iri).label: status for iri, status in found.items()}


def compiled_states() -> Callable[[], States]:
    """Return the judgement of the states of one patient by compiled tables."""
    return _judge(KnowledgeGraph.load().rule_base)


def embedded_states() -> Callable[[], States]:
    """Return the same by the SPARQL query on states in the embedded store."""
    graph = KnowledgeGraph.load()
    return _judge(graph.rule_base, SparqlEngine(graph.store, graph.rule_base))


def _judge(tables: RuleBase, engine: Engine | None = None) -> Callable[[], States]:
    patient = resolve(_documents(tables, 1)[0], tables)
    return lambda: {iri: verdict.holds for iri, verdict in History(tables, patient, engine).verdicts.items()}


def hermit() -> Callable[[], States]:
    """Return the judgement of many patients and their prior drugs by HermiT; it gives the states of the first."""
    graph = KnowledgeGraph.load()
    tables = graph.rule_base
    histories = [History(tables, resolve(one, tables)) for one in _documents(tables, BATCH)]
    subjects = [("Patient", history.facts) for history in histories]
    subjects += [("PriorTreatment", treatment.facts) for history in histories for treatment, _ in history.courses]
    ask = partial(hermit_states.judge, graph.files.snapshot, subjects)
    return lambda: ask()[0]


def _documents(tables: RuleBase, count: int) -> list[dict[str, object]]:
    """Return so many made-up patients as patient files have them."""
    frame = next(patients(tables, count, SEED))
    table = normal(layout(tables, frame.schema, "made-up patients"), frame)
    return [document(tables, table, place) for place in range(count)]
