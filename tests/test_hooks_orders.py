"""CDS Hooks on an order: what speaks against its drug, or that the order was not read."""

from __future__ import annotations

import re
import sys
from collections import Counter

import pytest

from rrmm.server.prefetch import selected_drugs
from support.chart import ordered, prefetch
from support.hooks import ORDER, cards, send, unread

LOCAL = {"coding": [{"system": "urn:local", "code": "K1"}]}


def test_an_order_that_the_history_closes(served):
    """A brand of a drug that the disease resisted gets a warning with the reason and its address."""
    (card,) = cards(served, ORDER, ordered(prefetch(), "Velcade 3.5 mg powder for injection"))
    assert card["indicator"] == "warning"
    assert card["summary"].startswith("bortezomib: no regimen with it is open")
    assert re.search(r"refractory.*characters \d", card["detail"])


def test_an_order_with_cautions(served):
    """A comorbidity of the record calls up the cautions on the drug."""
    (card,) = cards(served, ORDER, ordered(prefetch(), "carfilzomib"))
    assert re.match(r"carfilzomib: \d cautions?\.", card["summary"])
    assert "cardiotoxicity" in card["detail"]


@pytest.mark.parametrize(
    ("texts", "selected"),
    [
        (["amoxicillin"], 1),
        (["sodium chloride 0.9% 500 ml oral solution"], 1),
        (["pembrolizumab", "iberdomide", "ondansetron"], 3),
        (["elotuzumab"], 1),
        (["zoledronic acid 4 mg SDV", "blinded study drug"], 2),
        (["amoxicillin", "Velcade"], 1),
        (["Velcade"], 0),
    ],
    ids=[
        "another drug",
        "words that names share",
        "drugs that no source knows",
        "nothing against it",
        "a vial, and a drug without a name",
        "not selected",
        "nothing selected",
    ],
)
def test_an_order_without_a_word(served, texts, selected):
    """Nothing is said of other drugs, of drugs that nothing speaks against, and of orders that are not selected."""
    assert cards(served, ORDER, ordered(prefetch(), *texts, selected=selected)) == []


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (unread(medicationCodeableConcept={"text": "carfilzomb"}), "is carfilzomib"),
        (unread(medicationCodeableConcept={"text": "Kyprols 60 mg"}), "is carfilzomib"),
        (unread(medicationCodeableConcept={"text": "Study drug: carfilzomib"}), "it names carfilzomib"),
        (unread(medicationCodeableConcept={"text": "Carfilzomib vs placebo (blinded)"}), "it names carfilzomib"),
        (unread(medicationCodeableConcept={"text": "carfizomib 60 mg"}), "near 'carfizomib' is carfilzomib"),
        (unread(medicationCodeableConcept={"text": "NaCl 0.9 % 100 ml, carfilzomb 60 mg"}), "is carfilzomib"),
        (unread(medicationCodeableConcept={"text": "Carfilzomb 56mg/m2 IV inj"}), "is carfilzomib"),
        (unread(medicationCodeableConcept=LOCAL | {"text": "Carfilzomb inj"}), "is carfilzomib"),
        (unread(medicationCodeableConcept={"coding": [LOCAL["coding"][0] | {"display": "carfilzomb 60 mg"}]}), "near"),
        (unread(medicationCodeableConcept=LOCAL), "no words"),
        (
            unread(medicationCodeableConcept=None, medicationReference={"reference": "Medication/m9"}),
            "no drug that is sent",
        ),
        (unread(medicationCodeableConcept={"text": "carfilzomib zzz qqq"}), "'zzz qqq'"),
    ],
    ids=[
        *(
            "misspelt",
            "with its dose",
            "of a study",
            "blinded",
            "with the ending of a drug",
            "behind a diluent",
            "with its dose and form",
            "beside a local code",
            "in a local code",
        ),
        *("a code alone", "a medication that is not sent", "words left over"),
    ],
)
def test_an_order_that_is_not_read_is_told(served, request_, said):
    """No card would say that nothing speaks against it."""
    (card,) = cards(served, ORDER, request_)
    assert card["summary"].startswith("An order was not read.")
    assert said in card["detail"]


def test_an_order_of_endless_words_is_told(served):
    """So many of them are compared with names as takes little time; there are more, and it is said."""
    words = " ".join("".join("abcdefghij"[int(digit)] for digit in f"{number:05}") for number in range(3000))
    (card,) = cards(served, ORDER, unread(medicationCodeableConcept={"text": words, "coding": LOCAL["coding"]}))
    assert card["summary"].startswith("An order was not read.")
    assert len(card["detail"]) < 2000


def test_an_order_is_selected_by_any_of_its_names(served):
    """By type and id, by id alone, and by the full URL of its entry."""
    said = []
    for name in ("MedicationRequest/o0", "o0", "urn:uuid:1"):
        request = ordered(prefetch(), "carfilzomib")
        request["context"]["draftOrders"]["entry"][0]["fullUrl"] = "urn:uuid:1"
        request["context"]["selections"] = [name]
        said.append([card["summary"] for card in cards(served, ORDER, request)])
    assert said[0]
    assert said == said[:1] * 3


def test_each_selected_drug_has_a_card(served):
    """Two selected orders get two cards."""
    said = cards(served, ORDER, ordered(prefetch(), "Velcade", "Revlimid", selected=2))
    assert [card["summary"].partition(":")[0] for card in said] == ["bortezomib", "lenalidomide"]


@pytest.mark.parametrize("name", [["o0"], {"o0": 1}, None, 0], ids=repr)
def test_an_order_whose_id_is_no_text_is_not_selected_by_it(served, name):
    """The message names the selection; no id of another kind ends in an error of the service."""
    request = ordered(prefetch(), "carfilzomib")
    request["context"]["draftOrders"]["entry"][0]["resource"]["id"] = name
    request["context"]["selections"] = ["o0"]
    reply = send(served, ORDER, request)
    assert reply.status == 400
    assert b"'o0' names no order" in reply.body


def test_work_grows_as_an_order_does(kg):
    """Twice the selections and medications take twice the calls, and a selection that is named twice is one."""

    def count_calls(size):
        request = ordered(prefetch(), *["carfilzomib"] * size)
        draft = request["context"]["draftOrders"]["entry"]
        draft += [{"resource": {"resourceType": "Medication", "id": f"d{n}"}} for n in range(size)]
        request["context"]["selections"] *= 2
        calls = Counter()
        sys.setprofile(lambda frame, event, argument: calls.update([event]))
        try:
            asked = selected_drugs(request["context"], kg.files)
        finally:
            sys.setprofile(None)
        assert asked == (("carfilzomib",), ())
        return calls.total()

    count_calls(4)
    assert count_calls(200) < 2.2 * count_calls(100)
