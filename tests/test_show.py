"""What the graph says of one thing, gathered from everywhere: a state, an abnormality and a synonym among them."""

from __future__ import annotations

import pytest

from rrmm.iris import ID, RRMM


def kinds(kg, name):
    """Return kind → the last parts of the IRIs of what is related to a thing."""
    related = kg.show(name).related
    return {kind: {entry.statement.removeprefix(ID) for entry in entries} for kind, entries in related.items()}


def test_a_state_has_its_guidance_and_questions(kg):
    """Whatever applies to a state, is set in it or asks for it is there, as the question on states has it."""
    shown = kinds(kg, "double-refractory")
    pattern = f"?g <{RRMM}appliesTo>|<{RRMM}inSetting>|<{RRMM}onlyIf>|<{RRMM}evidenceIn> <{RRMM}DoubleRefractory>"
    rows = kg.store.rows(f"SELECT DISTINCT ?g {{ {pattern} ; a <{RRMM}Guidance> }}")
    assert shown["Guidance"] == {row["g"].removeprefix(ID) for row in rows}
    assert len(shown["Guidance"]) > 3
    assert "question/guidance-for-a-state" in shown["Questions"]
    assert "question/trial-results" not in shown["Questions"]


def test_a_state_has_the_results_of_those_enrolled_in_it(kg):
    """A state in which a study enrolled patients leads to the results of that population."""
    shown = kinds(kg, "rrmm:LenalidomideRefractory")
    enrolled = f"?p <{RRMM}inSetting> <{RRMM}LenalidomideRefractory> ."
    rows = kg.store.rows(f"SELECT ?r {{ {enrolled} ?r <{RRMM}population> ?p ; a <{RRMM}Result> }}")
    assert len(rows) > 20
    assert {row["r"].removeprefix(ID) for row in rows} <= shown["Results"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("t(14;16)", {"Discrepancies", "Guidance in this state", "Questions"}),
        ("17p deletion", {"Guidance in this state", "Questions", "Results"}),
        ("Velcade", {"Findings", "Guidance", "Questions", "Results", "Toxicity"}),
    ],
)
def test_an_abnormality_and_a_synonym_have_theirs(kg, name, wanted):
    """An abnormality has the guidance of the states that it makes; any name leads to all of a thing."""
    assert wanted <= set(kinds(kg, name))


def test_a_drug_has_no_guidance_of_the_states_after_it(kg):
    """That a patient was refractory to a drug is not guidance on the drug."""
    assert "Guidance in this state" not in kinds(kg, "bortezomib")


def test_a_question_says_how_to_ask_it(kg):
    """In text a question stands with the command that answers it."""
    text = " ".join(kg.show("t(14;16)").to_text().split())
    assert "rrmm query evidence-by-abnormality: " in text
