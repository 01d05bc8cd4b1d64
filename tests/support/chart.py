"""A made-up patient in FHIR, and the requests of CDS Hooks about her."""

from __future__ import annotations

from typing import Any

from rrmm.server.prefetch import TEMPLATES

ID = "p-1"
SUBJECT = {"reference": f"Patient/{ID}"}
PATIENT = {"resourceType": "Patient", "id": ID, "birthDate": "1955-03-01", "name": [{"family": "Zebedee"}]}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    """Return the answer of a search."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]}


def condition(name: str, text: str, **more: Any) -> dict[str, Any]:
    """Return an active entry of the problem list."""
    active = {"coding": [{"code": "active"}]}
    said = {"resourceType": "Condition", "id": name, "subject": SUBJECT, "clinicalStatus": active}
    return said | {"code": {"text": text}} | more


def given(name: str, text: str, start: str, end: str) -> dict[str, Any]:
    """Return a drug that was taken until progression."""
    return {
        "resourceType": "MedicationStatement",
        "id": name,
        "status": "stopped",
        "subject": SUBJECT,
        "medicationCodeableConcept": {"text": text},
        "effectivePeriod": {"start": start, "end": end},
        "statusReason": [{"text": "Progressive disease"}],
    }


def prefetch(**changed: Any) -> dict[str, Any]:
    """Return the prefetch of a patient with two lines of therapy, with changes."""
    drugs = [given("d1", "Velcade", "2023-01-10", "2023-08-01"), given("d2", "Revlimid", "2023-01-10", "2023-08-01")]
    return {
        "patient": PATIENT,
        "conditions": bundle(condition("c1", "Multiple myeloma"), condition("c2", "Heart failure")),
        "medicationRequests": None,
        "medicationAdministrations": None,
        "medicationStatements": bundle(*drugs),
        **changed,
    }


def without(*keys: str) -> dict[str, Any]:
    """Return the prefetch without some keys."""
    return {key: value for key, value in prefetch().items() if key not in keys}


def viewed(chart: dict[str, Any] | None, **changed: Any) -> dict[str, Any]:
    """Return the request of patient-view, with changes."""
    request = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "fhirServer": "http://127.0.0.1:9/fhir",
        "fhirAuthorization": {"access_token": "secret-token", "token_type": "Bearer"},
        "context": {"userId": "Practitioner/7", "patientId": ID},
    }
    return request | ({} if chart is None else {"prefetch": chart}) | changed


def ordered(chart: dict[str, Any] | None, *texts: str, selected: int = 1) -> dict[str, Any]:
    """Return the request of order-select for drafts of drugs, the first ones selected."""
    drafts = [
        {
            "resourceType": "MedicationRequest",
            "id": f"o{number}",
            "status": "draft",
            "intent": "order",
            "subject": SUBJECT,
            "medicationCodeableConcept": {"text": text},
        }
        for number, text in enumerate(texts)
    ]
    selections = [f"MedicationRequest/o{number}" for number in range(selected)]
    context = {"userId": "Practitioner/7", "patientId": ID, "selections": selections, "draftOrders": bundle(*drafts)}
    return viewed(chart, hook="order-select", context=context)


assert set(prefetch()) < set(TEMPLATES)
