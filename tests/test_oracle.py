"""The engine of old and the circuit agree: whole reports, cohorts and what-if, whatever a patient file says."""

from __future__ import annotations

from random import Random
from typing import get_args

import pytest
from ruamel.yaml import YAML

from oracle import whatif as old_whatif
from oracle.statuses import Derivation as Oracle
from rrmm.api import KnowledgeGraph
from rrmm.derivation import whatif
from rrmm.derivation.explain import Derivation
from rrmm.derivation.guidance import Firing
from rrmm.derivation.statuses import Statuses
from rrmm.errors import PatientError
from rrmm.logic.circuit import Algebra
from rrmm.patient.resolve import resolve
from rrmm.report.build import build
from rrmm.rules import effects
from rrmm.rules.base import RuleBase
from support import ROOT, cohort_tables, random_patients

RULES = KnowledgeGraph.load().view("br2020").rule_base
VIGNETTES = YAML(typ="safe").load((ROOT / "tests" / "vignettes.yaml").read_text(encoding="utf-8"))["vignettes"]
SAMPLES = [pytest.param(30, 300, id="few"), *(pytest.param(seed, 5000, marks=pytest.mark.slow) for seed in range(4))]


LATER = {
    *("fit", "fit_because", "fit_needs", "caution_needs", "superseded", "new", "given_again"),
    *("by_source", "approvals", "high_risk_detail"),
}


def report(derivation, document, rules):
    """Return what both engines report by a derivation, or what is wrong with the patient file."""
    try:
        data = build(derivation(rules, resolve(document, rules))).data
        del data["readings"]
        data["options"] = [{key: one[key] for key in one.keys() - LATER} for one in data["options"]]
        return data
    except PatientError as error:
        return str(error)


@pytest.mark.parametrize(("seed", "count"), SAMPLES)
def test_reports_are_those_of_the_engine_of_old(seed, count):
    """Statuses, reasons, needs, cautions, timing, preferences, conflicts and states agree, drugs in two lines too."""
    random, sound, again = Random(seed), 0, 0
    while sound < count:
        document = random_patients.document(RULES, random)
        expected = report(Oracle, document, RULES)
        assert report(Derivation, document, RULES) == expected, document
        sound += isinstance(expected, dict)
        drugs = [entry["drug"] for entry in document.get("prior_drugs") or []]
        again += isinstance(expected, dict) and len(set(drugs)) < len(drugs)
    assert again > count / 100


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
        assert report(Derivation, document, RULES.without(silenced)) == report(Oracle, document, rest)


@pytest.mark.parametrize(
    ("seed", "count"), [pytest.param(2, 3, id="few"), pytest.param(3, 100, marks=pytest.mark.slow)]
)
def test_changes_are_those_of_one_derivation_after_another(seed, count):
    """All trials in one run find what a derivation of each finds, where each drug stands in one line."""
    random, sound = Random(seed), 0
    while sound < count:
        document = random_patients.document(RULES, random)
        drugs = [entry["drug"] for entry in document.get("prior_drugs") or []]
        if len(set(drugs)) < len(drugs) or isinstance(report(Derivation, document, RULES), str):
            continue
        expected = {
            label: [tuple(one) for one in several] for label, several in old_whatif.changes(RULES, document).items()
        }
        found = {label: [tuple(one) for one in several] for label, several in whatif.changes(RULES, document).items()}
        assert found == expected, document
        sound += 1


@pytest.mark.slow
def test_cohorts_are_those_of_the_engine_of_old(monkeypatch):
    """Rows of a cohort say what the engine of old says of each patient."""
    documents = list(random_patients.documents(RULES, 9, 3000))
    monkeypatch.setattr(cohort_tables, "Derivation", Oracle)
    graph = KnowledgeGraph.load().view("br2020")
    frame = cohort_tables.columns(RULES, documents)
    long = graph.cohort(frame).collect().partition_by("id", maintain_order=True)
    for rows, document in zip(long, documents, strict=True):
        answers, _ = cohort_tables.said(RULES, document)
        for answer in answers.values():
            del answer["fit"], answer["caution_needs"]
        found = rows.drop("id", "fit", "caution_needs").to_dicts()
        assert {row.pop("option"): row for row in found} == answers


def test_the_logic_runs_on_any_values():
    """Evaluated directly over truth values as integers, the formulation gives what its circuit gives."""
    document = VIGNETTES[0]["patient"]
    derivation = Derivation(RULES, resolve(document, RULES))
    from rrmm.derivation.explain import inputs
    from rrmm.derivation.programs import EVERYTHING, Programs

    program = Programs.of(RULES).program(EVERYTHING, silencing=False)
    known = dict(zip(program.inputs, inputs(derivation.history, program), strict=True))
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


def test_a_damaged_program_in_the_cache_is_made_again(tmp_path, monkeypatch):
    """Code that was written in part is no code: the program is compiled anew, and kept again."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    patient = VIGNETTES[0]["patient"]
    report = KnowledgeGraph.load().regimens_for(patient).data
    (cached,) = tmp_path.rglob("everything.*.bin")
    whole = cached.read_bytes()
    cached.write_bytes(whole[: len(whole) // 2])
    assert KnowledgeGraph.load().regimens_for(patient).data == report
    assert len(cached.read_bytes()) > len(whole) // 2
