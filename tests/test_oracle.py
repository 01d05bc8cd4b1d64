"""The answer of a patient, told twice: by the library, and by the readings over the Turtle files (`tests/oracle`)."""

from __future__ import annotations

import re
import shutil
from random import Random
from typing import get_args

import pytest
from ruamel.yaml import YAML

from oracle import needs, warnings
from oracle.graph import Graph
from oracle.history import History, Refused, TooMany
from oracle.options import Options
from rrmm.api import KnowledgeGraph
from rrmm.derivation.explain import Derivation
from rrmm.derivation.guidance import Firing
from rrmm.derivation.statuses import Statuses
from rrmm.errors import PatientError
from rrmm.graph.files import GraphFiles
from rrmm.logic.circuit import Algebra
from rrmm.patient.resolve import resolve
from rrmm.patient.warnings import warn
from rrmm.report.build import build
from rrmm.rules import effects
from rrmm.rules.base import RuleBase
from support import ROOT, random_patients
from support.commands import checkout

SOURCES = (("br2020",), ("br2020", "pdq2025"))
RULES = checkout().view("br2020").rule_base
VIGNETTES = YAML(typ="safe").load((ROOT / "tests" / "vignettes.yaml").read_text(encoding="utf-8"))["vignettes"]
SAMPLES = [
    *(pytest.param(view, 30, 12, id=f"few, {' and '.join(view)}") for view in SOURCES),
    *(pytest.param(view, seed, 150, marks=pytest.mark.slow) for view in (*SOURCES, ("pdq2025",)) for seed in (1, 2)),
]
WINDOWS = {"prior_lines", "prior_drugs"} | {
    f"transplant.{name}" for name in ("maintenance", "prior_autoSCT", "months_to_relapse")
}
"""Keys of the windows of retreatment, which the library asks for where the oracle knows the window closed."""
ENTRY = re.compile(r"\[.*\]")
RELAPSE = "AnyRelapse"
"""A state with too many open conditions for the oracle to try them all."""
FEW = 0.002
"""The share of states and fits that the library may leave open where the oracle, which tries every order, knows."""


def told_twice(view, seed, count):
    """Yield so many patients: document, derivation, and the options by the readings."""
    rules, graph, random = checkout().view([*view]).rule_base, Graph(view), Random(seed)
    while count:
        document = random_patients.rich(rules, random)
        patient = resolve(document, rules)
        if is_open(document, rules):
            continue
        try:
            options = Options(graph, History(graph, patient))
        except TooMany:
            continue
        yield document, Derivation(rules, patient), options
        count -= 1


def is_open(document, rules):
    """Return whether a history says what the readings leave open.

    That is a response of a corticosteroid, which accompanies other drugs, or one drug told twice of the one line.
    """
    told = [entry for entry in document.get("prior_drugs", ()) if isinstance(entry, dict)]
    entries = [entry for entry in told if isinstance(entry.get("drug"), str)]
    drugs = [entry["drug"] for entry in entries]
    told_twice_of_one = document.get("prior_lines") == 1 and len(set(drugs)) < len(drugs)
    return told_twice_of_one or any(one["drug"] in rules.backbone and "response_duration_mo" in one for one in entries)


def heads(asked):
    """Return the keys of the top level, or of a dotted path, that some needs are about."""
    return {need.partition("[")[0] for need in asked}


@pytest.mark.parametrize(("view", "seed", "count"), SAMPLES)
def test_the_answer_is_that_of_the_readings(view, seed, count):
    """States, options, statuses, fit, cautions, what is asked for, and warnings agree over rich histories."""
    compared = cautious = 0
    for document, derivation, options in told_twice(view, seed, count):
        for iri, verdict in derivation.history.verdicts.items():
            known = options.history.holds(iri)
            left_open = known is not None and verdict.holds is None
            assert known == verdict.holds or left_open or iri.endswith(RELAPSE), (iri, document)
            compared, cautious = compared + 1, cautious + left_open
        answers = {answer.option.label: answer for answer in derivation.answers()}
        expected = {option.label: option for option in options.all()}
        assert answers.keys() == expected.keys(), document
        for label, option in expected.items():
            cautious += compare(options, option, answers[label], document)
            compared += 1
        assert warned(derivation) == warnings.warned(options.graph, options.history), document
    assert cautious <= max(2, FEW * compared)


def compare(options, option, answer, document):
    """Hold what the library says of an option against the readings; return whether it leaves open what they settle."""
    at = (option.label, document)
    assert answer.status == options.status(option), at
    if options.fit(option) != answer.fit:
        assert answer.fit == "unknown", at
        return True
    asked = needs.fit_needs(options, option) if answer.fit == "unknown" else set()
    assert asked <= heads(answer.fit_needs), at
    assert heads(answer.fit_needs) <= asked | heads(answer.needs) | WINDOWS, at
    if answer.status == "excluded":
        return False
    raised = {iri for iri, holds in options.cautions(option).items() if holds}
    assert {caution.because.rule for caution in answer.cautions} == raised, at
    assert heads(answer.caution_needs) == needs.caution_needs(options, option), at
    return False


def warned(derivation):
    """Return the keys of the warnings."""
    return {tuple(sorted(ENTRY.sub("", key) for key in one.keys)) for one in warn(derivation.history)}


def test_what_contradicts_itself_is_refused_by_both():
    """A patient file is refused where a state holds that no consistent file has."""
    graph, random, refused = Graph(["br2020"]), Random(4), 0
    for _ in range(60):
        document = random_patients.document(RULES, random)
        try:
            patient = resolve(document, RULES)
        except PatientError:
            continue
        try:
            Derivation(RULES, patient)
        except PatientError:
            refused += 1
            with pytest.raises(Refused):
                History(graph, patient)
        else:
            History(graph, patient)
    assert refused > 10


def report(rules, document):
    """Return the report on a patient."""
    data = build(Derivation(rules, resolve(document, rules))).data
    return {**data, "readings": None}


@pytest.mark.parametrize("seed", range(3))
def test_silenced_rules_are_as_if_they_were_not_there(seed):
    """A rule base with rules silenced answers as one that lacks them; one of them offers drugs again."""
    random = Random(seed)
    rules = sorted(guidance.iri for guidance in RULES.guidance)
    silenced = {*random.sample(rules, 60), *[one.iri for one in RULES.by_effect["OfferAgain"]][: seed % 2]}
    tables = RULES._tables
    rest = RuleBase({**tables, "guidance": [row for row in tables["guidance"] if row["iri"] not in silenced]})
    for vignette in VIGNETTES:
        document = vignette["patient"]
        assert report(RULES.without(silenced), document)["options"] == report(rest, document)["options"]


def test_the_logic_runs_on_any_values():
    """Evaluated directly over truth values as integers, the formulation gives what its circuit gives."""
    document = VIGNETTES[0]["patient"]
    derivation = Derivation(RULES, resolve(document, RULES))
    from rrmm.derivation.explain import inputs
    from rrmm.derivation.programs import EVERYTHING, Programs

    program = Programs.of(RULES).program(EVERYTHING, silencing=False)
    known = dict(zip(program.inputs, inputs(derivation.true_inputs, program), strict=True))
    direct = Statuses(RULES, Algebra(0, -1), lambda *name: -known.get(name, 0))
    found = {(one.option.iri, status) for one in direct.options() for status, bit in one.statuses.items() if bit}
    assert found == {(answer.option.iri, answer.status) for answer in derivation.answers()}
    assert isinstance(direct.fired, Firing)


def test_the_words_of_the_ontology_are_those_of_the_report():
    """Statuses in their order, actions, kinds of cautions and remarks: the schema of reports has just these."""
    known = RULES.effects
    assert RULES.statuses == effects.STATUSES
    assert (*known.timings.values(), "undetermined") == effects.ACTIONS
    assert {*known.cautions.values()} == {*get_args(effects.CautionKind)}
    assert {*known.remarks.values()} == {*get_args(effects.RemarkKind)}
    assert {effects.ASKING, effects.OFFERING, effects.PREFERRING} <= {one.effect for one in RULES.guidance}
    assert effects.REQUIRING in known.deciding


DAMAGES = {
    "half of it": lambda whole: whole[: len(whole) // 2],
    "one bit turned": lambda whole: whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:],
    "nothing": lambda _: b"",
}


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """Return a cache that was filled by the answer for one patient, and that answer."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        return folder, KnowledgeGraph.load().regimens_for(VIGNETTES[0]["patient"]).data


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["everything.*.bin", "rules.marshal", "evidence.pickle"])
def test_a_damaged_file_of_the_cache_is_made_again(name, damage, answered, tmp_path, monkeypatch):
    """What was written in part, or changed since, is made anew, and kept again."""
    filled, report = answered
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (cached,) = (path for path in tmp_path.rglob(name) if path.name[0] == name[0])
    cached.write_bytes(DAMAGES[damage](cached.read_bytes()))
    assert GraphFiles().artefact(cached.name) is None
    assert KnowledgeGraph.load().regimens_for(VIGNETTES[0]["patient"]).data == report
    assert GraphFiles().artefact(cached.name)
