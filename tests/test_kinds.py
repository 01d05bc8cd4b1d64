"""Kinds of patients whose answer was wrong once: the right answers, and properties that would have shown each kind."""

from __future__ import annotations

import copy
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from rrmm.errors import PatientError
from rrmm.patient.document import read
from support import ROOT, random_patients
from support.commands import checkout

KG = checkout()
CASES = YAML(typ="safe").load((ROOT / "tests" / "kinds.yaml").read_text(encoding="utf-8"))["cases"]
ASKED = ("needs", "fit_needs", "caution_needs")


def answer(document):
    """Return the report of a patient as data."""
    return KG.regimens_for(document, evidence=False).data


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["kind"])
def test_a_kind(case):
    """Each kind has the answer that the readings yield, or the message that says what is wrong."""
    expect = case["expect"]
    document = read(case["text"], "file") if "text" in case else case["patient"]
    if "refused" in expect:
        with pytest.raises(PatientError) as caught:
            answer(document)
        assert expect["refused"] in str(caught.value)
        return
    data = answer(document)
    timing = data["timing"]
    states = {one.state: one.holds for one in KG.regimens_for(document, evidence=False).record.states}
    assert timing["action"] == expect.get("timing", timing["action"])
    assert timing["needs"] == expect.get("exactly", timing["needs"])
    assert set(expect.get("needs", ())) <= set(timing["needs"])
    assert not set(expect.get("lacks", ())) & set(timing["needs"])
    assert {name: states[name] for name in expect.get("states", {})} == expect.get("states", {})
    assert data["disease_pattern"]["value"] == expect.get("pattern", data["disease_pattern"]["value"])
    if "warnings" in expect:
        assert [list(one["keys"]) for one in data["warnings"]] == expect["warnings"]
    assert data["not_covered"] == expect.get("not_covered", data["not_covered"])
    assert data["patient"] == expect.get("id", data["patient"])
    options = {one["option"]: one for one in data["options"]}
    for name, wanted in expect.get("options", {}).items():
        if wanted is None:
            assert name not in options
            continue
        option = options[name]
        assert all(option[key] == wanted[key] for key in ("status", "fit") if key in wanted), option
        assert all(
            set(wanted[key]) <= set(option[key]) for key in ("needs", "fit_needs", "caution_needs") if key in wanted
        )
        assert list(option["needs"]) == wanted.get("needs_all", list(option["needs"]))
        assert not {one["label"] for one in option["because"]} & set(wanted.get("because_lacks", ()))
        assert not set(wanted.get("caution_lacks", ())) & set(option["caution_needs"])
        assert "caution" not in wanted or wanted["caution"] in {one["trigger"] for one in option["cautions"]}


def lessened(data):
    """Return what of a report does not depend on the order of lists."""
    options = {
        one["option"]: (one["status"], one["fit"], one["needs"], one["fit_needs"], one["caution_needs"])
        for one in data["options"]
    }
    return options, data["timing"]["action"], data["timing"]["needs"], data["disease_pattern"]["value"]


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_order_of_prior_drugs_makes_no_difference(seed):
    """A drug in several lines included."""
    random = Random(seed)
    (document,) = random_patients.documents(KG.rule_base, seed, 1)
    shuffled = copy.deepcopy(document)
    random.shuffle(shuffled.get("prior_drugs") or [])
    assert lessened(answer(document)) == lessened(answer(shuffled))


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_a_word_for_high_risk_is_never_worse_than_silence(seed):
    """It hastens the start or leaves it; every abnormality stays possible."""
    order = ["start_immediately", "start_treatment", "watchful_follow_up", "no_indication", "undetermined"]
    (document,) = random_patients.documents(KG.rule_base, seed, 1)
    silent = {name: value for name, value in document.items() if name != "cytogenetics"}
    said = answer({**silent, "cytogenetics": ["high-risk cytogenetics"]})["timing"]["action"]
    assert order.index(said) <= order.index(answer(silent)["timing"]["action"])


SINGLE = ("age", "ecog", "egfr", "frailty", "iss", "region", "comorbidities", "cytogenetics", "access", "prior_drugs")


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_what_is_not_asked_for_changes_nothing(seed):
    """A key of the top level that is learned, and that no option asks for, turns no status and adds no caution."""
    random = Random(seed)
    (full,) = random_patients.documents(KG.rule_base, seed, 1)
    key = random.choice([name for name in SINGLE if name in full] or ["age"])
    if key not in full:
        return
    before = {one["option"]: one for one in answer({k: v for k, v in full.items() if k != key})["options"]}
    for option in answer(full)["options"]:
        known = before.get(option["option"])
        if known is None:
            continue
        if not any(need.partition("[")[0] == key for need in known["needs"]):
            assert option["status"] == known["status"], (key, option["option"])
            if option["status"] != "excluded" and not any(n.partition("[")[0] == key for n in known["caution_needs"]):
                said = {one["because"]["rule"] for one in known["cautions"]}
                assert {one["because"]["rule"] for one in option["cautions"]} <= said, (key, option["option"])
