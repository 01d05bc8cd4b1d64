"""A cold start: processes timed from start to end, the bare interpreter among them.

python -m benchmarks.cold rdflib|hermit|owlready2
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from benchmarks.race import Contender, Race, Ratio

BARE, RRMM = "bare interpreter", "rrmm regimens --refractory bortezomib"
FIRST, RDFLIB = "the same, first use of the graph", "the same derivation through rdflib"
HERMIT = "the states of the same patient by HermiT"
OWLREADY2 = "the regimens classified by owlready2 and HermiT"


def races() -> list[Race]:
    """Return the race from a cold start to one patient's answer; reasoners take part where they are installed."""
    reasoners = [
        Contender(HERMIT, command=_command("hermit"), rounds=2),
        Contender(OWLREADY2, command=_command("owlready2"), rounds=2),
    ]
    installed = find_spec("owlready2") is not None
    command = (str(Path(sys.executable).with_name("rrmm")), *RRMM.split()[1:])
    return [
        Race(
            "cold start",
            [
                Contender(BARE, command=(sys.executable, "-c", "pass")),
                Contender(RRMM, command=command),
                Contender(FIRST, command=command, fresh=True, rounds=3),
                Contender(RDFLIB, command=_command("rdflib"), rounds=3),
                *(reasoners if installed else []),
            ],
            [
                Ratio(RRMM, BARE, at_most=4),
                Ratio(FIRST, RRMM, at_most=2),
                Ratio(RDFLIB, RRMM, at_least=10),
                *([Ratio(one.name, RRMM) for one in reasoners] if installed else []),
            ],
            left_out=() if installed else tuple(f"{one.name}: owlready2 is not installed" for one in reasoners),
        )
    ]


def _command(name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "benchmarks.cold", name)


def rdflib() -> str:
    """Return the report of the example patient, every step of SPARQL by rdflib."""
    from benchmarks.patient import PATIENT
    from rrmm.derivation.explain import Derivation
    from rrmm.graph.files import GraphFiles
    from rrmm.graph.rdflib_store import RdflibStore
    from rrmm.patient.resolve import resolve
    from rrmm.report.build import build
    from rrmm.rules.base import RuleBase

    knowledge = GraphFiles()
    rule_base = RuleBase.of(knowledge, RdflibStore(knowledge.snapshot))
    return build(Derivation(rule_base, resolve(PATIENT, rule_base))).to_text()


def hermit() -> str:
    """Return how many states HermiT entails or refutes of the example patient."""
    from benchmarks.patient import PATIENT
    from rrmm.api import KnowledgeGraph
    from rrmm.check import hermit_states
    from rrmm.patient.history import History
    from rrmm.patient.resolve import resolve

    graph = KnowledgeGraph.load()
    facts = History(graph.rule_base, resolve(PATIENT, graph.rule_base)).facts
    (states,) = hermit_states.judge(graph.files.snapshot, [("Patient", facts)])
    return f"{sum(holds is not None for holds in states.values())} of {len(states)} states are known\n"


def owlready2() -> str:
    """Return how many regimens owlready2 and HermiT classify."""
    from rrmm.check import owl
    from rrmm.graph.files import GraphFiles

    return f"{len(owl.classify(GraphFiles().snapshot))} regimens\n"


if __name__ == "__main__":
    WORK: dict[str, Callable[[], str]] = {"rdflib": rdflib, "hermit": hermit, "owlready2": owlready2}
    sys.stdout.write(WORK[sys.argv[1]]())
