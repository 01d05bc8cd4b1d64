"""Reports as FHIR R4: a Bundle of a GuidanceResponse, the options as a RequestGroup, and what is not known.

An option is an action that nobody ordered: intent ``option``, status ``draft``. Results and rules are related
artifacts by their IRIs; nothing is dated, and no resource of FHIR's Evidence is made up for what a source prints.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence

from rrmm.catalogue.evidence import with_unit
from rrmm.iris import ID, RRMM
from rrmm.records import JsonObject, to_dict
from rrmm.report.contract import shorten
from rrmm.report.model import OptionAnswer, ReportRecord
from rrmm.report.summary import summarise
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Reason

MODULE = "https://w3id.org/rrmm"
STATUS_SYSTEM, FIT_SYSTEM, PATIENT_SYSTEM = f"{RRMM}Status", f"{RRMM}Fit", f"{ID}patient"
CLOSED = "excluded"


def write_fhir(reports: Iterable[tuple[ReportRecord, RuleBase]]) -> str:
    """Return reports, each with the rule base that it was derived from, as one Bundle in JSON."""
    entries = [entry for record, rule_base in reports for entry in _entries(shorten(record, rule_base), rule_base)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return json.dumps(bundle, ensure_ascii=False, indent=1) + "\n"


def _entries(record: ReportRecord, rule_base: RuleBase) -> Iterator[JsonObject]:
    content = json.dumps(to_dict(record), ensure_ascii=False, sort_keys=True)
    issues = list(_issues(record, [question.text for question in summarise(record, rule_base).questions]))
    names = {kind: str(uuid.uuid5(uuid.NAMESPACE_URL, kind + content)) for kind in ("response", "options", "issues")}
    address = {kind: {"reference": f"urn:uuid:{name}"} for kind, name in names.items()}
    subject = {"identifier": {"system": PATIENT_SYSTEM, "value": record.patient}, "display": record.patient}
    notes = [{"text": text} for text in _notes(record)]
    response: JsonObject = {
        "resourceType": "GuidanceResponse",
        "id": names["response"],
        "moduleUri": MODULE,
        "status": "data-requested" if any(option.needs for option in record.options) else "success",
        "subject": subject,
        "note": notes,
        "result": address["options"],
    }
    options: JsonObject = {
        "resourceType": "RequestGroup",
        "id": names["options"],
        "instantiatesUri": [MODULE],
        "status": "draft",
        "intent": "option",
        "subject": subject,
        "note": notes,
        "action": [_action(number, option, rule_base) for number, option in enumerate(record.options, 1)],
    }
    resources: list[JsonObject] = [response, options]
    if issues:
        response["evaluationMessage"] = [address["issues"]]
        resources.append({"resourceType": "OperationOutcome", "id": names["issues"], "issue": issues})
    for resource in resources:
        yield {"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource}


def _notes(record: ReportRecord) -> Iterator[str]:
    yield record.knowledge.disclaimer
    timing = record.timing
    yield f"Timing: {timing.action.replace('_', ' ')}. {'; '.join(reason.label for reason in timing.because)}".strip()
    yield f"Knowledge of version {record.knowledge.version}, to {record.knowledge.knowledge_ends}"
    for source in record.knowledge.sources:
        yield f"Source: {source.title} ({source.published})"


def _action(number: int, option: OptionAnswer, rule_base: RuleBase) -> JsonObject:
    """Return one option: its status and fit as codes, its reasons and results as artifacts, its cautions as text."""
    words = rule_base.name_status(option.status, option.because)
    status = {"coding": [{"system": STATUS_SYSTEM, "code": option.status}], "text": words}
    codes: list[JsonObject] = [status]
    if option.fit is not None:
        codes.append({"coding": [{"system": FIT_SYSTEM, "code": option.fit}], "text": option.fit.replace("_", " ")})
    action: JsonObject = {
        "id": f"option-{number}",
        "title": option.option,
        "description": "; ".join(reason.label for reason in option.because) or words,
        "code": codes,
        "documentation": list(_documentation(option)),
    }
    if option.cautions and option.status != CLOSED:
        action["textEquivalent"] = "Cautions: " + " ".join(dict.fromkeys(caution.text for caution in option.cautions))
    return {name: value for name, value in action.items() if value}


def _documentation(option: OptionAnswer) -> Iterator[JsonObject]:
    for reason in _each((*option.because, *option.fit_because, *(caution.because for caution in option.cautions))):
        artifact = {"type": "justification", "label": reason.label, "url": reason.rule}
        yield artifact | ({"citation": str(reason.source)} if str(reason.source) else {})
    for result in option.evidence:
        against = f", against {result.comparator}" if result.comparator else ""
        figure = with_unit(result.as_printed, result.unit)
        yield {
            "type": "citation",
            "label": f"{result.trial}, {result.endpoint}, {result.statistic}, {result.population}{against}",
            "display": figure,
            "citation": str(result.source),
            "url": result.result,
        }


def _each(reasons: Sequence[Reason]) -> Iterator[Reason]:
    yield from {reason.rule: reason for reason in reversed(reasons)}.values()


def _issues(record: ReportRecord, questions: Iterable[str]) -> Iterator[JsonObject]:
    """Yield what contradicts itself, what no source covers, and what to find out next."""
    for warning in record.warnings:
        details = {"text": warning.text}
        yield {"severity": "warning", "code": "business-rule", "details": details, "expression": list(warning.keys)}
    for word in record.not_covered:
        yield {"severity": "information", "code": "not-supported", "details": {"text": f"No source knows: {word}"}}
    for question in questions:
        yield {"severity": "information", "code": "incomplete", "details": {"text": question}}
