"""CDS Hooks 2.0 by its own rules: discovery, prefetch, cards, feedback; and a record that leaves no trace."""

from __future__ import annotations

import json
import re
import socket
from urllib.parse import urlsplit

import pytest

from rrmm.server.enclosed import decode
from rrmm.server.prefetch import TEMPLATES
from support.chart import ID, PATIENT, bundle, condition, given, ordered, prefetch, viewed, without
from support.hooks import JSON, OPTIONS, ORDER, cards, send, unread
from support.service import serving

QUERY = re.compile(r"[A-Z][A-Za-z]+(?:/\{\{context\.patientId\}\}|\?patient=\{\{context\.patientId\}\})")


def test_discovery(served):
    """Both services say hook, id, title, description and prefetch; nothing is null or empty."""
    reply = served.ask("/cds-services")
    assert (reply.status, reply.kind) == (200, JSON)
    services = json.loads(reply.body)["services"]
    assert [(one["id"], one["hook"]) for one in services] == [
        ("rrmm-options", "patient-view"),
        ("rrmm-order", "order-select"),
    ]
    for service in services:
        assert all(isinstance(service[name], str) and service[name] for name in ("title", "description"))
        assert set(service) == {"hook", "title", "description", "id", "prefetch", "usageRequirements"}
        assert "research" in service["description"].casefold()


@pytest.mark.parametrize("template", TEMPLATES.values())
def test_templates_keep_to_the_recommended_queries(template):
    """Each is a read of an instance or a search by reference, with a token of the context."""
    assert QUERY.fullmatch(template)


def test_the_options_of_a_patient(served, kg):
    """One card tells when to treat, what is named, why, what is excluded and what to find out."""
    (card,) = cards(served, OPTIONS, viewed(prefetch()))
    assert card["indicator"] == "info"
    for said in ("When to treat", "Excluded", "To find out next", "bortezomib refractory", "lenalidomide refractory"):
        assert said in card["detail"]
    assert re.search(r"Pd.*characters \d", card["detail"])
    assert re.search(r"Myeloma regimens: [1-9]\d* named", card["summary"])


def test_the_link_holds_the_patient_and_no_name(served, kg):
    """The patient of the link, behind the #, gets the report that the card tells."""
    (card,) = cards(served, OPTIONS, viewed(prefetch()))
    (link,) = card["links"]
    address = urlsplit(link["url"])
    assert f"{address.scheme}://{address.netloc}" == served.url
    assert (address.path, address.query) == ("/report.html", "")
    patient = decode(address.fragment)
    assert not {"id", "title"} & patient.keys()
    named = [option.option for option in kg.regimens_for(patient).record.options if option.status == "recommended"]
    assert named
    assert all(name in card["detail"] for name in named)


NOTHING = {
    "no myeloma": prefetch(conditions=bundle(condition("c2", "Heart failure"))),
    "myeloma refuted": prefetch(
        conditions=bundle(
            condition("c1", "Multiple myeloma", verificationStatus={"coding": [{"code": "refuted"}]}),
        )
    ),
    "nothing on the problem list": prefetch(conditions=None),
    "not treated yet": prefetch(medicationStatements=None),
}


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_to_say(served, name):
    """Where the sources do not speak of such a patient the list of cards is empty."""
    assert cards(served, OPTIONS, viewed(NOTHING[name])) == []


OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
PAGED = bundle(condition("c1", "Multiple myeloma")) | {"link": [{"relation": "next", "url": "http://127.0.0.1:9/"}]}
LACKING = {
    "no prefetch": (None, ["patient", "conditions", "medicationRequests"]),
    "an empty prefetch": ({}, ["patient", "conditions", "medicationRequests"]),
    "no patient": (without("patient"), ["patient"]),
    "no conditions": (without("conditions"), ["conditions"]),
    "no drugs": (
        without("medicationRequests", "medicationAdministrations", "medicationStatements"),
        ["medicationRequests or medicationAdministrations or medicationStatements"],
    ),
    "an error": (prefetch(conditions=OUTCOME), ["conditions"]),
    "an error among results": (prefetch(conditions=bundle(OUTCOME)), ["conditions"]),
    "the first page": (prefetch(conditions=PAGED), ["conditions"]),
}


WHOLE = bundle(condition("c1", "Multiple myeloma"))
OTHER = {"subject": {"reference": "Patient/other"}}
PARTS = {
    "more than its entries": WHOLE | {"total": 999},
    "more than its matches": WHOLE
    | {"total": 2, "entry": [*WHOLE["entry"], {"resource": PATIENT, "search": {"mode": "include"}}]},
    "a total that is no number": WHOLE | {"total": "2"},
    "an entry without a resource": WHOLE | {"entry": [*WHOLE["entry"], {"fullUrl": "http://x/Condition/2"}]},
    "entries that are no list": WHOLE | {"entry": WHOLE["entry"][0]},
    "a link alone": WHOLE | {"link": {"relation": "next", "url": "http://127.0.0.1:9/"}},
    "a link in capitals": WHOLE | {"link": [{"relation": "self"}, {"relation": " NEXT"}]},
    "links by their names": WHOLE | {"link": {"next": "http://127.0.0.1:9/"}},
    "another patient": bundle(*(entry["resource"] for entry in WHOLE["entry"]), condition("c2", "Gout", **OTHER)),
    "another patient alone": bundle(condition("c1", "Multiple myeloma", **OTHER)),
    "the resource of another": bundle(PATIENT | {"id": "other"}),
}
LACKING |= {name: (prefetch(conditions=part), ["conditions"]) for name, part in PARTS.items()}


def test_what_is_whole_is_satisfied(served):
    """A total of the entries, links to other pages, and resources beside the matches are no part of several."""
    links = [{"relation": "self", "url": "http://x/next"}, {"relation": "previous", "url": "http://x/"}]
    beside = {"resource": PATIENT, "search": {"mode": "include"}}
    entry = [*WHOLE["entry"], beside]
    for changed in ({"total": 1}, {"total": 0}, {"link": links}, {"total": 1, "entry": entry}):
        (card,) = cards(served, OPTIONS, viewed(prefetch(conditions=WHOLE | changed)))
        assert "conditions" not in card["detail"].rpartition("Not in the prefetch")[2]


@pytest.mark.parametrize("part", [{"total": 9}, OTHER])
def test_a_part_is_named_on_the_card(served, part):
    """A list of drugs that is a part, or of another patient, is told on the card and leaves further drugs open."""
    requests = bundle() | part if "total" in part else bundle(given("d9", "Ninlaro", "2020-01-01", "2020-02-01") | part)
    (card,) = cards(served, OPTIONS, viewed(prefetch(medicationRequests=requests)))
    assert "medicationRequests" in card["detail"].rpartition("Not in the prefetch")[2]
    assert decode(urlsplit(card["links"][0]["url"]).fragment)["prior_drugs"][-1] == "rest unknown"


@pytest.mark.parametrize("name", LACKING)
@pytest.mark.parametrize("path", [OPTIONS, ORDER])
def test_what_is_missing_is_412(served, name, path):
    """Without what it needs the service names each missing key, and calls nobody for it."""
    chart, missing = LACKING[name]
    reply = send(served, path, viewed(chart) if path == OPTIONS else ordered(chart, "Velcade"))
    assert (reply.status, reply.kind) == (412, "application/problem+json")
    assert all(key in json.loads(reply.body)["detail"] for key in missing)


def test_absent_is_not_null(served):
    """Of drugs that were not sent nothing is concluded; null says that there are none."""
    (card,) = cards(served, OPTIONS, viewed(prefetch()))
    (partial,) = cards(served, OPTIONS, viewed(without("medicationRequests")))
    known, open_ = (decode(urlsplit(one["links"][0]["url"]).fragment)["prior_drugs"] for one in (card, partial))
    assert "rest unknown" not in known
    assert open_[-1] == "rest unknown"
    assert "medicationRequests" in partial["detail"]
    assert "medicationRequests" not in card["detail"]


def test_words_of_a_record_are_no_markup(served):
    """What stands in a record is shown as text."""
    scar = condition("c3", "scar <img src=x onerror=alert(1)> [here](http://127.0.0.1:9/) *bold*")
    chart = prefetch(conditions=bundle(condition("c1", "Multiple myeloma"), scar))
    (card,) = cards(served, OPTIONS, viewed(chart))
    assert "onerror" in card["detail"]
    assert not re.search(r"(?<!\\)<|(?<!\\)\]\(http", card["detail"])


def unclear(**changed):
    """Return the request of an order with changes of its context."""
    request = ordered(prefetch(), "carfilzomib")
    request["context"] |= changed
    return request


OTHERS = unread(subject={"reference": "Patient/zzz"})
ODD = unclear(draftOrders={"resourceType": "Bundle", "entry": [{"fullUrl": [1], "resource": {"resourceType": "X"}}]})
TWICE = unclear(draftOrders=bundle(*(unread()["context"]["draftOrders"]["entry"][0]["resource"] for _ in "ab")))
MALFORMED = [
    (400, ORDER, unclear(selections=["MedicationRequest/m2"]), "'MedicationRequest/m2' names no order"),
    (400, ORDER, unclear(draftOrders={"resourceType": "Bundle", "entry": {"resource": {}}}), "a list of entries"),
    (400, ORDER, OTHERS, "another patient"),
    (400, ORDER, ODD, "names no order"),
    (400, ORDER, TWICE, "two orders are 'MedicationRequest/o0'"),
    (400, OPTIONS, viewed(prefetch(), hook="order-select"), "patient-view"),
    (400, OPTIONS, viewed(prefetch(), hookInstance=None), "hookInstance"),
    (400, OPTIONS, viewed(prefetch(), context={"userId": "Practitioner/7"}), "context.patientId"),
    (400, OPTIONS, viewed(prefetch(), context=[]), "context"),
    (400, OPTIONS, viewed(prefetch(patient=PATIENT | {"id": "other"})), "context.patientId"),
    (400, OPTIONS, viewed(prefetch(conditions=[])), "prefetch.conditions"),
    (400, ORDER, viewed(prefetch(), hook="order-select"), "context.selections, context.draftOrders"),
    (404, "/cds-services/rrmm", viewed(prefetch()), "rrmm-options"),
    (422, OPTIONS, [], "mapping"),
]


@pytest.mark.parametrize(("status", "path", "request_", "said"), MALFORMED)
def test_malformed_requests(served, status, path, request_, said):
    """Each fault is named."""
    reply = send(served, path, request_)
    assert (reply.status, reply.kind) == (status, "application/problem+json")
    assert said in json.loads(reply.body)["detail"]


def test_other_bodies(served):
    """What is no JSON, and other methods, are refused."""
    assert served.ask(OPTIONS, "POST", b"{", Content_Type=JSON).status == 400
    assert served.ask(OPTIONS, "POST", b"{}", Content_Type="text/plain").status == 415
    assert served.ask(OPTIONS, "POST", b" " * (4 * 1024**2 + 1), Content_Type=JSON).status == 413
    for what, part, count in (("30,000 objects", b"{}", 30_000), ("150,000 values", b"[]", 75_000)):
        many = served.ask(OPTIONS, "POST", b"[" + (part + b",") * count + part + b"]", Content_Type=JSON)
        assert (many.status, f"more than {what}".encode() in many.body) == (413, True)
    assert served.ask(OPTIONS, "PUT", b"{}", Content_Type=JSON).status == 405
    assert served.ask(OPTIONS).headers["allow"] == "POST"


FEEDBACK = {"card": "4e0a3a1e-3283-4575-ab82-028d55fe2719", "outcomeTimestamp": "2021-12-11T10:05:31Z"}


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, {"feedback": [FEEDBACK | {"outcome": "overridden"}]}),
        (200, {"feedback": [FEEDBACK | {"outcome": "accepted", "acceptedSuggestions": [{"id": "x"}]}]}),
        (400, {"feedback": [FEEDBACK | {"outcome": "accepted"}]}),
        (400, {"feedback": [FEEDBACK]}),
        (400, {"feedback": {}}),
    ],
)
def test_feedback(served, status, content):
    """Feedback of the specification's form is taken."""
    assert send(served, f"{OPTIONS}/feedback", content).status == status
    assert send(served, "/cds-services/rrmm/feedback", content).status == 404


def test_no_server_is_called_and_nothing_is_kept(tmp_path):
    """A listener at fhirServer hears nothing, and no word of record, token or feedback reaches the log."""
    with socket.create_server(("127.0.0.1", 0)) as listener, serving(tmp_path) as service:
        listener.settimeout(0)
        server = f"http://127.0.0.1:{listener.getsockname()[1]}/fhir"
        said = {"outcome": "overridden", "overrideReason": {"userComment": "Zebedee"}}
        replies = [
            send(service, OPTIONS, viewed(prefetch(), fhirServer=server), Authorization="Bearer secret-token"),
            send(service, OPTIONS, viewed({}, fhirServer=server)),
            send(service, ORDER, ordered(prefetch(), "Velcade") | {"fhirServer": server}),
            send(service, f"{OPTIONS}/feedback", {"feedback": [FEEDBACK | said]}),
        ]
        assert [reply.status for reply in replies] == [200, 412, 200, 200]
        with pytest.raises(BlockingIOError):
            listener.accept()
    log = service.log.read_text(encoding="utf-8")
    assert not re.search(f"Zebedee|secret|Practitioner|{ID}|Velcade|bortezomib|Traceback", log)


def test_a_drug_given_by_code(served):
    """A code without a text names the drug."""
    coded = {"coding": [{"system": "http://www.whocc.no/atc", "code": "L01XG01"}]}
    drug = given("d1", "", "2023-01-10", "2023-08-01") | {"medicationCodeableConcept": coded}
    (card,) = cards(served, OPTIONS, viewed(prefetch(medicationStatements=bundle(drug))))
    assert "bortezomib refractory" in card["detail"]
