"""How times grow with the evidence, the rules and the regimens: the same work over copies of what the graph holds.

A copy has IRIs and labels of its own and says the same. Evidence is every study with its arms, populations, looks and
publications, and all results, findings and doubts with their places: in a study that is there already, a copy of a
number would pair with every other. Rules are all guidance: a copy
applies to the same patient states, and refers to its own other rules. Rules with states are the same and copies of the
states that guidance names, with their condition sets: a copy of a rule applies to copies of its states, while
conditions, each one test of one value, stay single. Regimens are all regimens with their components, and the guidance
that targets one targets its copies.

Every copy of a rule fires where the first does, so reasons, cautions and needs multiply with the rules, as options do
with the regimens: a report or a long table is as many times as long, and what writes it cannot grow less.
"""

from __future__ import annotations

import atexit
import marshal
from collections.abc import Callable, Iterator
from itertools import compress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from benchmarks.patient import PATIENT, SEED
from benchmarks.race import Contender, Race, Ratio
from rrmm.derivation.explain import Derivation, inputs, true_inputs
from rrmm.derivation.programs import STATUS, STATUSES, Programs
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Store
from rrmm.iris import RDF, RDFS, RRMM
from rrmm.patient.history import History
from rrmm.patient.resolve import resolve
from rrmm.report.build import build
from rrmm.rules.base import PORTABLE, RuleBase
from rrmm.rules.tables import build_tables

Triple = tuple[str, str, str]

TYPE = f"<{RDF}type>"
NAMED = {f"<{RDFS}label>", "<http://www.w3.org/2004/02/skos/core#altLabel>"}
SINGLE = {f"<{RRMM}pattern>"}  # a disease pattern is the name of one state

STUDIES = ("Trial", "PooledAnalysis", "ObservationalStudy", "UnspecifiedStudy")
READ_OF_THEM = ("Arm", "DoseSchedule", "Population", "Subgroup", "Analysis", "Publication", "Citation")
SAID_OF_THEM = ("Result", "Finding", "Discrepancy", "Decision")
PLACES = ("statedIn", "span", "quotes", "printedAt", "lowerPrintedAt", "upperPrintedAt")

# the classes of what is copied, by what it reaches more to copy, and what else refers to it
GROWING = {
    "evidence": ((*STUDIES, *READ_OF_THEM, *SAID_OF_THEM), PLACES, ()),
    "rules": (("Guidance",), (), ()),
    "rules with states": (("Guidance",), ("appliesTo", "onlyIf", "holdsWhen", "failsWhen"), ()),
    "regimens": (("Regimen",), (), ("target", "over")),
}
SCALES = {"evidence": (1, 10, 100), "rules": (1, 10, 100), "rules with states": (1, 10), "regimens": (1, 10)}
WANTED = {("evidence", 100): 1.1, ("rules", 10): 6.0}

MANY, FEW = 20_000, 500
COHORT, LONG = f"{MANY:,} patients, status", f"{FEW} patients, with reasons"
STAGES = {
    "compile": "compiling",
    "load": "loading",
    "one patient, status": "status",
    "one patient, with reasons": "reporting",
    COHORT: "cohort",
    LONG: "long",
}
REPEATS = {"load": 3, "one patient, status": 20, "one patient, with reasons": 10}
UNBOUND = {("evidence", "compile"), ("evidence", "load")}
TOO_LONG = {("rules", LONG, 100)}


def races() -> list[Race]:
    """Return a race for each thing that grows and each stage, the contenders its scales."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    return [race(what, stage, folder.name) for what in GROWING for stage in STAGES]


def race(what: str, stage: str, folder: str) -> Race:
    """Return the race of one stage; `folder` keeps the tables of what has grown."""
    scales = [times for times in SCALES[what] if (what, stage, times) not in TOO_LONG]
    return Race(
        f"{what}: {stage}",
        [
            Contender(
                f"×{times}",
                f"{__name__}:{STAGES[stage]}",
                (what, str(times), folder),
                repeats=REPEATS.get(stage, 1),
            )
            for times in scales
        ],
        [
            Ratio(f"×{times}", "×1", at_most=None if (what, stage) in UNBOUND else WANTED.get((what, times)))
            for times in scales[1:]
        ],
        same=what != "regimens",
    )


def compiling(what: str, times: str, folder: str) -> Callable[[], int]:
    """Return the compilation of the tables from a graph that is loaded; it gives the number of options."""
    root, store = GraphFiles().root, Store(grown(what, int(times)))
    return lambda: len(build_tables(root, store)["options"])


def loading(what: str, times: str, folder: str) -> Callable[[], int]:
    """Return the loading of the tables from the cache; it gives the number of options."""
    content = cache_tables(what, int(times), Path(folder)).read_bytes()

    def load() -> int:
        rule_base = RuleBase(marshal.loads(content))  # noqa: S302 - written here
        touched = rule_base.keys, rule_base.states, rule_base.guidance, rule_base.options
        return len(touched[-1])

    return load


def status(what: str, times: str, folder: str) -> Callable[[], dict[str, str]]:
    """Return the derivation for one patient; it gives the status of each option, and collects no more."""
    rule_base = _rule_base(what, times, folder)
    patient = resolve(PATIENT, rule_base)
    program = Programs.of(rule_base).program(STATUSES, silencing=False)

    def derived() -> dict[str, str]:
        bits = program.function(inputs(true_inputs(History(rule_base, patient)), program), 0, 1)
        given = (name for name in compress(program.outputs, bits) if name[0] == STATUS)
        return {option: status for _, option, status in given}

    return derived


def reporting(what: str, times: str, folder: str) -> Callable[[], dict[str, str]]:
    """Return the whole report for one patient from its file; it gives the status of each option."""
    rule_base = _rule_base(what, times, folder)

    def report() -> dict[str, str]:
        options = build(Derivation(rule_base, resolve(PATIENT, rule_base))).data["options"]
        return {option["option"]: option["status"] for option in options}

    return report


def cohort(what: str, times: str, folder: str) -> Callable[[], list[int]]:
    """Return the statuses of many patients, a column an option; it gives how many."""
    from rrmm.cohort import frames

    rule_base, frame = _rule_base(what, times, folder), _patients(MANY)
    return lambda: _size(frames.answer(rule_base, frame, wide=True).collect())


def long(what: str, times: str, folder: str) -> Callable[[], list[int]]:
    """Return the answers for a few patients, a row a patient and option with all reasons; it gives how many."""
    from rrmm.cohort import frames

    rule_base, frame = _rule_base(what, times, folder), _patients(FEW)
    return lambda: _size(frames.answer(rule_base, frame, wide=False).collect())


def _patients(count: int) -> Any:
    import polars as pl

    from rrmm.cohort.simulate import patients

    return pl.concat(patients(RuleBase.of(GraphFiles()), count, SEED))


def _size(frame: Any) -> list[int]:
    return [frame.height]


def _rule_base(what: str, times: str, folder: str) -> RuleBase:
    return RuleBase(marshal.loads(cache_tables(what, int(times), Path(folder)).read_bytes()))  # noqa: S302


def cache_tables(what: str, times: int, folder: Path) -> Path:
    """Return the file with the tables of the graph in which something has grown, made where it is missing."""
    path = folder / f"{what}-{times}.marshal"
    if not path.exists():
        raw = build_tables(GraphFiles().root, Store(grown(what, times)))
        path.write_bytes(marshal.dumps(cast(Any, raw), PORTABLE))
    return path


def grown(what: str, times: int) -> bytes:
    """Return the graph as N-Triples with so many copies of what grows in all."""
    content = GraphFiles().snapshot
    return b"".join([content, *copies(content, what, times)])


def copies(content: bytes, what: str, times: int) -> Iterator[bytes]:
    """Yield each copy of what grows but the first as N-Triples."""
    kinds, within, about = GROWING[what]
    triples = [_triple(line) for line in content.decode().splitlines()]
    classes = set(map(_term, kinds))
    copied = {s for s, p, o in triples if p == TYPE and o in classes}
    reaching, referring = set(map(_term, within)), set(map(_term, about))
    new = copied
    while new := {o for s, p, o in triples if s in new and p in reaching} - copied:
        copied = copied | new
    own = [(s, p, o) for s, p, o in triples if (s in copied and p not in SINGLE) or (p in referring and o in copied)]
    for number in range(1, times):
        names = {name: f"{name[:-1]}-copy-{number}>" for name in copied}
        yield "".join(_copy(triple, names, number) for triple in own).encode()


def _term(name: str) -> str:
    return f"<{RRMM}{name}>"


def _triple(line: str) -> Triple:
    subject, predicate, rest = line.split(" ", 2)
    return subject, predicate, rest.removesuffix(" .")


def _copy(triple: Triple, names: dict[str, str], number: int) -> str:
    subject, predicate, value = triple
    if predicate in NAMED:
        text, _, language = value.rpartition('"')
        value = f'{text}, copy {number}"{language}'
    return f"{names.get(subject, subject)} {predicate} {names.get(value, value)} .\n"
