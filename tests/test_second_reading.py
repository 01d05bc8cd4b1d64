"""Patients of a second reader, who wrote down what the paper yields before looking at the graph."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from support import ROOT
from support.commands import checkout

KG = checkout().view("br2020")
READ = YAML(typ="safe").load((ROOT / "tests" / "second_reading.yaml").read_text(encoding="utf-8"))["vignettes"]


@pytest.fixture(scope="module")
def reports() -> dict[str, dict[str, Any]]:
    """Return the report of each patient."""
    return {one["id"]: KG.regimens_for(one["patient"], evidence=False).to_dict(everything=True) for one in READ}


def stated(key: str) -> list[Any]:
    """Return the patients of whom a key is stated, as test parameters with what is stated."""
    return [pytest.param(one["id"], one["expected"][key], id=one["id"]) for one in READ if one["expected"].get(key)]


def statuses(report: dict[str, Any]) -> dict[str, str]:
    """Return the status of each option."""
    return {entry["option"]: entry["status"] for entry in report["options"]}


@pytest.mark.parametrize("one", READ, ids=lambda one: one["id"])
def test_statuses(reports, one):
    """What is to be recommended, offered, excluded or otherwise is so, and nothing else is recommended."""
    expected, status = one["expected"], statuses(reports[one["id"]])
    wanted = {
        **{name: {"recommended"} for name in expected.get("must_recommend", [])},
        **{name: {"excluded"} for name in expected.get("must_exclude", [])},
        **{name: {"recommended", "option"} for name in expected.get("must_offer", [])},
        **{name: {said} for name, said in expected.get("status", {}).items()},
    }
    assert {name: status[name] for name, allowed in wanted.items() if status[name] not in allowed} == {}
    assert [name for name in expected.get("must_not_exclude", []) if status[name] == "excluded"] == []
    assert status.keys().isdisjoint(expected.get("absent", []))
    if "must_recommend" in expected:
        named = {name for name, allowed in wanted.items() if "recommended" in allowed}
        named |= set(expected.get("may_recommend", []))
        assert {name for name, said in status.items() if said == "recommended"} <= named


@pytest.mark.parametrize(("name", "timing"), stated("timing"))
def test_timing(reports, name, timing):
    """Action and interval of the timing."""
    found = reports[name]["timing"]
    assert {key: found[key] for key in timing} == timing


@pytest.mark.parametrize(("name", "needs"), stated("needs"))
def test_needs(reports, name, needs):
    """What an option or a caution of it waits for is named."""
    asked = ("needs", "caution_needs")
    found = {
        entry["option"]: " ".join(word for key in asked for word in entry[key]) for entry in reports[name]["options"]
    }
    assert [(option, word) for option, words in needs.items() for word in words if word not in found[option]] == []


def matching(report: dict[str, Any], wanted: dict[str, str]) -> list[dict[str, Any]]:
    """Return the cautions of an option that carry the given words."""
    option = next(entry for entry in report["options"] if entry["option"] == wanted["regimen"])
    keys = [key for key in ("agent", "concern", "trigger", "kind", "text") if key in wanted]
    return [
        caution
        for caution in option["cautions"]
        if all(
            wanted[key].lower()
            in " ".join(str(caution[k]) for k in ((key, "concern") if key == "text" else (key,))).lower()
            for key in keys
        )
    ]


@pytest.mark.parametrize(("name", "cautions"), stated("must_caution"))
def test_cautions(reports, name, cautions):
    """Each caution that the paper prints for the patient is there."""
    assert [wanted for wanted in cautions if not matching(reports[name], wanted)] == []


@pytest.mark.parametrize(("name", "cautions"), stated("must_not_caution"))
def test_no_caution_without_its_trigger(reports, name, cautions):
    """No caution fires for a patient to whom its words do not apply."""
    assert [wanted for wanted in cautions if matching(reports[name], wanted)] == []


def prefers(report: dict[str, Any], wanted: dict[str, list[str]]) -> bool:
    """Return whether a report prefers some options to others."""
    return any(
        set(wanted["preferred"]) <= set(found["preferred"]) and set(wanted["over"]) <= set(found["over"])
        for found in report["preferences"]
    )


@pytest.mark.parametrize(("name", "pairs"), stated("must_prefer"))
def test_preferences(reports, name, pairs):
    """Each preference of the paper is there."""
    assert [pair for pair in pairs if not prefers(reports[name], pair)] == []


@pytest.mark.parametrize(("name", "pairs"), stated("must_not_prefer"))
def test_no_preference_out_of_place(reports, name, pairs):
    """No preference stands for a patient to whom it does not apply."""
    assert [pair for pair in pairs if prefers(reports[name], pair)] == []


@pytest.mark.parametrize(("name", "said"), stated("high_risk_evidence"))
def test_high_risk_evidence(reports, name, said):
    """What the paper says of an option in high-risk disease."""
    found = {entry["option"]: entry["high_risk_evidence"] for entry in reports[name]["options"]}
    assert {option: found[option] for option in said} == said


@pytest.mark.parametrize(("name", "states"), stated("states"))
def test_states(reports, name, states):
    """States hold, fail or stay unknown as stated."""
    found = {(entry["state"].lower(), entry["holds"]) for entry in reports[name]["states"]}
    wrong = [
        (state, holds)
        for state, holds in states.items()
        if not any(state.lower() in label and holds == said for label, said in found)
    ]
    assert wrong == []


@pytest.mark.parametrize("key", ["pattern", "not_covered", "conflicts"])
def test_the_rest(reports, key):
    """Disease pattern, words that are not covered, conflicts."""
    for one in READ:
        if key in one["expected"]:
            report, wanted = reports[one["id"]], one["expected"][key]
            if key == "pattern":
                assert report["disease_pattern"]["value"] == wanted, one["id"]
            elif key == "not_covered":
                assert set(wanted) <= set(report["not_covered"]), one["id"]
            else:
                told = " ".join(conflict["text"] for conflict in report["conflicts"]).lower()
                assert [word for word in wanted if word.lower() not in told] == [], one["id"]
