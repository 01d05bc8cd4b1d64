"""What a CDS Hooks client sends beside the context, and the patient file that intake makes of it.

A key that is absent was not satisfied; a key that is null was, and there is nothing. An error, a part of what was
found (a first page, fewer entries than the total) and resources of another patient are not satisfied either. Nothing
is fetched: no server of a client is ever called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from starlette.exceptions import HTTPException

from rrmm.errors import quote, shorten
from rrmm.graph.files import GraphFiles
from rrmm.intake import fhir
from rrmm.intake.build import build
from rrmm.intake.comorbidities import Comorbidities
from rrmm.intake.drugs import UNCLEAR, UNKNOWN, UNNAMED, Drugs, Named
from rrmm.intake.records import Concept, Record
from rrmm.intake.resources import Resources, find_resources
from rrmm.intake.result import Draft, Intake
from rrmm.intake.tables import Tables
from rrmm.patient.naming import REST_UNKNOWN
from rrmm.records import JsonObject

OF_PATIENT = "{}?patient={{{{context.patientId}}}}"
MEDICATIONS = {
    "medicationRequests": OF_PATIENT.format("MedicationRequest"),
    "medicationAdministrations": OF_PATIENT.format("MedicationAdministration"),
    "medicationStatements": OF_PATIENT.format("MedicationStatement"),
}
TEMPLATES = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": OF_PATIENT.format("Condition"),
    **MEDICATIONS,
    "procedures": OF_PATIENT.format("Procedure"),
    "observations": OF_PATIENT.format("Observation"),
    "reports": OF_PATIENT.format("DiagnosticReport"),
}
REQUIRED = ("patient", "conditions")
MOST_WORDS = 200  # of all orders that are compared with names
LETTERS = re.compile(r"[^\W\d_]{5,40}")
GRAVE = {"error", "fatal"}


class Chart(NamedTuple):
    """A patient as the record of a client tells it; `unread` names the keys that were not satisfied."""

    intake: Intake
    has_myeloma: bool
    unread: tuple[str, ...]


def read_chart(prefetch: object, patient_id: str, files: GraphFiles) -> Chart:
    """Return the patient of a prefetch; raises HTTPException 412 where required keys are not satisfied."""
    given = prefetch if isinstance(prefetch, Mapping) else {}
    tables = Tables.of(files)
    satisfied = {
        key
        for key in TEMPLATES
        if key in given
        and _is_satisfied(key, given[key])
        and (key == "patient" or not _names_another(given[key], patient_id, tables))
    }
    missing = [key for key in REQUIRED if key not in satisfied]
    if not satisfied & MEDICATIONS.keys():
        missing.append(" or ".join(MEDICATIONS))
    if missing:
        raise HTTPException(
            412,
            f"The prefetch lacks {', '.join(missing)}. Send each as its template asks, whole and without errors; "
            "null says that there is nothing. This service calls no FHIR server.",
        )
    _check_patient(given["patient"], patient_id)
    resources = [resource for key in satisfied for resource in _resources(given[key])]
    if given["patient"] is None:
        resources.append({"resourceType": "Patient", "id": patient_id})
    record = next(record for record in fhir.read(resources, tables, "prefetch") if record.person.id == patient_id)
    unread = tuple(key for key in TEMPLATES if key not in satisfied)
    has_myeloma = _has_myeloma(record, tables)
    intake = build(record, tables, date.today())
    if not MEDICATIONS.keys() <= satisfied and isinstance(drugs := intake.patient.get("prior_drugs"), list):
        drugs.extend([REST_UNKNOWN] if REST_UNKNOWN not in drugs else [])
    return Chart(intake, has_myeloma, unread)


class Ordered(NamedTuple):
    """What selected orders name: drugs of the graph by label, and what could not be read, with why."""

    drugs: tuple[str, ...]
    unread: tuple[str, ...]


def selected_drugs(context: JsonObject, files: GraphFiles) -> Ordered:
    """Return the drugs that the selected orders of a context name; raises HTTPException 400 for unclear orders.

    A drug that is none of the graph's is passed over, unless its words may be a misspelt name of one.
    """
    tables = Tables.of(files)
    drafts = _drafts(context["draftOrders"])
    if _names_another(context["draftOrders"], context["patientId"], tables):
        raise HTTPException(400, "context.draftOrders holds an order of another patient than context.patientId names.")
    orders = _find_selected(context["selections"], drafts)
    medications = [draft for draft in drafts.values() if draft["resourceType"] == "Medication"]
    asked = [order for order in orders if order["resourceType"].startswith("Medication")]
    content = [
        {**order, "id": str(place), "status": "active", "intent": "order"}
        for place, order in enumerate(asked)
        if order["resourceType"] != "Medication"
    ]
    records = fhir.read([*content, *medications], tables, "draftOrders") if asked else []
    found, words = Drugs(tables), _Words(tables)
    drugs, unread = dict[str, None](), dict[str, None]()
    concepts = {
        int(exposure.source.rpartition("/")[2]): exposure.concept for record in records for exposure in record.exposures
    }
    for place, order in enumerate(asked):
        if not (concept := concepts.get(place)):
            unread[f"{order['resourceType']}/{order.get('id')}: it names no drug that is sent with it"] = None
            continue
        named = found.find(concept)
        drugs |= dict.fromkeys(drug.label for drug in named.drugs if drug.kind == "drug")
        if named.kind in UNCLEAR or named.rest:
            unread[f"{shorten(concept.shown)}: {named.how or f'what {named.rest} names is not understood'}"] = None
        elif not any(drug.kind == "drug" for drug in named.drugs) and (why := words.why_unknown(named, concept)):
            unread[f"{shorten(concept.shown)}: not understood; {why}"] = None
    return Ordered(tuple(drugs), tuple(unread))


class _Words:
    """Compares the words of orders with names of drugs: so many at most, for each takes milliseconds."""

    def __init__(self, tables: Tables) -> None:
        self.lexicon, self.left = tables.lexicon, MOST_WORDS

    def why_unknown(self, named: Named, concept: Concept) -> str:
        """Return why a drug that no name covers may be one of the graph's, "" where it is none.

        A word is a name or near one, a code stands without words, or there are too many words to compare.
        """
        if named.kind == UNKNOWN and not concept.words:
            return "the code is not known, and no words stand beside it"
        for word in dict.fromkeys(word for text in concept.words for word in LETTERS.findall(text)):
            if not self.left:
                return f"orders have more than {MOST_WORDS} words to compare with names"
            self.left -= 1
            if known := self.lexicon.taken(word, "drug"):
                if named.kind == UNNAMED and known[0].iri:
                    return f"it names {known[0].label}"
            elif near := self.lexicon.near(word, ("drug",), sharing=False):
                return f"near {quote(word)} is {near[0]}"
        return ""


def _drafts(orders: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the orders of a Bundle by each name that a selection may give them; raises 400 for a name of two."""
    entries = orders.get("entry") or []
    if not isinstance(entries, list) or len(list(_resources(orders))) < len(entries):
        raise HTTPException(400, "context.draftOrders: entry takes a list of entries, each with a resource.")
    drafts = dict[str, Mapping[str, Any]]()
    for entry in entries:
        draft = entry["resource"]
        kind, name = draft["resourceType"], draft.get("id")
        for known in filter(None, (str(entry.get("fullUrl") or ""), f"{kind}/{name}" if name else "")):
            if drafts.setdefault(known, draft) is not draft:
                raise HTTPException(400, f"context.draftOrders: two orders are {quote(known)}. Send each once.")
    return drafts


def _find_selected(selections: Iterable[object], drafts: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the orders that selections name, each once: by type and id, by id alone, or by its full URL."""
    by_id = dict[str, dict[int, Mapping[str, Any]]]()
    for draft in drafts.values():
        if isinstance(name := draft.get("id"), str):
            by_id.setdefault(name, {})[id(draft)] = draft
    found = dict[int, Mapping[str, Any]]()
    for selection in dict.fromkeys(map(str, selections)):
        alone = list(by_id.get(selection, {}).values())
        several = [drafts[selection]] if selection in drafts else alone
        if len(several) != 1:
            raise HTTPException(400, f"context.selections: {quote(selection)} names no order of context.draftOrders.")
        found[id(several[0])] = several[0]
    return list(found.values())


def _is_satisfied(key: str, value: object) -> bool:
    if value is None:
        return True
    if not isinstance(value, Mapping) or not isinstance(value.get("resourceType"), str):
        raise HTTPException(400, f"prefetch.{key} is no FHIR resource. Send a resource, a Bundle, or null.")
    return _is_whole(value) and not any(map(_is_failure, _outcomes(value)))


def _is_whole(value: Mapping[str, Any]) -> bool:
    """Return whether a Bundle holds all that its search found, each entry a resource."""
    if value["resourceType"] != "Bundle":
        return True
    entries, total = value.get("entry") or [], value.get("total")
    if not isinstance(entries, list) or len(list(_resources(value))) < len(entries) or _says_next(value.get("link")):
        return False
    matches = sum(_is_match(entry) for entry in entries)
    return total is None or (isinstance(total, (int, float)) and not isinstance(total, bool) and total <= matches)


def _says_next(link: object) -> bool:
    """Return whether the links of a Bundle have one to a next page, in whatever shape."""
    if isinstance(link, str):
        return link.strip().casefold() == "next"
    if isinstance(link, Mapping):
        return any(map(_says_next, (*link, *link.values())))
    return any(map(_says_next, _list(link)))


def _is_match(entry: Mapping[str, Any]) -> bool:
    """Return whether an entry counts in the total: what is included beside the matches, and outcomes, do not."""
    search = entry.get("search")
    mode = search.get("mode") if isinstance(search, Mapping) else None
    return mode not in {"include", "outcome"} and entry["resource"]["resourceType"] != "OperationOutcome"


def _names_another(value: object, patient_id: str, tables: Tables) -> bool:
    """Return whether a resource is of another patient than the one of the context."""
    own = {"", f"Patient/{patient_id}"}
    resources = Resources(list(find_resources(list(_resources(value)))), tables, "prefetch")
    return any(
        resources.subject(resource) not in own
        or (resource["resourceType"] == "Patient" and resource.get("id") != patient_id)
        for _, resource in resources.resources
    )


def _outcomes(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if value["resourceType"] == "OperationOutcome":
        yield {"issue": [{"severity": "error"}]}
    for resource in _resources(value):
        if resource["resourceType"] == "OperationOutcome":
            yield resource


def _is_failure(outcome: Mapping[str, Any]) -> bool:
    return any(isinstance(issue, Mapping) and issue.get("severity") in GRAVE for issue in _list(outcome.get("issue")))


def _resources(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the resources of a Bundle, or the one that stands alone."""
    if not isinstance(value, Mapping):
        return
    if value.get("resourceType") != "Bundle":
        if isinstance(value.get("resourceType"), str):
            yield value
        return
    for entry in _list(value.get("entry")):
        resource = entry.get("resource") if isinstance(entry, Mapping) else None
        if isinstance(resource, Mapping) and isinstance(resource.get("resourceType"), str):
            yield resource


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _check_patient(patient: object, patient_id: str) -> None:
    if isinstance(patient, Mapping) and (patient.get("resourceType"), patient.get("id")) != ("Patient", patient_id):
        raise HTTPException(400, "prefetch.patient is not the Patient that context.patientId names.")


def _has_myeloma(record: Record, tables: Tables) -> bool:
    conditions = Comorbidities(tables, record, Draft())
    return any(conditions.is_myeloma(one.concept) for one in record.conditions if not one.denied)
