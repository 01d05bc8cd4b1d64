"""A patient given by flags: the same facts as in a patient file, and added to one."""

from __future__ import annotations

from argparse import Namespace

from rrmm.errors import PatientError
from rrmm.patient.document import AS_WRITTEN, Document
from rrmm.patient.naming import REST_UNKNOWN
from rrmm.texts import Unclear, parse_json

LIST_FLAGS = {
    "refractory": "prior_drugs",
    "exposed": "prior_drugs",
    "intolerant": "prior_drugs",
    "comorbidity": "comorbidities",
    "cytogenetics": "cytogenetics",
}
ABSENT_FLAGS = {"no_comorbidity": "comorbidities", "no_cytogenetics": "cytogenetics"}
VALUE_FLAGS = ("age", "egfr", "ecog", "frailty", "region")


def document(options: Namespace) -> dict[str, object]:
    """Return the flags as a patient document; what is repeated makes a list, which is complete.

    Raises PatientError for a key that is given twice, and for a value that is unclear.
    """
    lists: dict[str, list[object]] = {}
    for flag, key in LIST_FLAGS.items():
        for name in getattr(options, flag) or []:
            of_drug = key == "prior_drugs" and name.strip().casefold() != REST_UNKNOWN
            lists.setdefault(key, []).append({"drug": name, "status": flag} if of_drug else name)
    for flag, key in ABSENT_FLAGS.items():
        lists.setdefault(key, []).extend(
            {"name": name, "present": False} for name in getattr(options, flag, None) or []
        )
    lists = {key: entries for key, entries in lists.items() if entries}
    patient: dict[str, object] = dict(lists)
    for flag in VALUE_FLAGS:
        for value in getattr(options, flag) or []:
            _set(patient, [flag], _parse(value, f"--{flag}"), f"--{flag} {value}")
    for assignment in options.set or []:
        key, separator, text = assignment.partition("=")
        if not separator or not key:
            raise PatientError(f"--set {assignment}: give KEY=VALUE, such as relapse.findings.calcium_mg_dl=11.9")
        _set(patient, key.split("."), text if key in AS_WRITTEN else _parse(text, f"--set {key}"), f"--set {key}")
    return patient


def _parse(text: str, flag: str) -> object:
    """Return a value in JSON, or the text where it is not JSON; raises PatientError for JSON that is unclear."""
    try:
        value: object = parse_json(text)
    except Unclear as error:
        raise PatientError(f"{flag}: {error}") from None
    except ValueError:
        return text
    return value


def _set(patient: dict[str, object], path: list[str], value: object, flag: str) -> None:
    head, *rest = path
    if not rest:
        if head in patient:
            raise PatientError(f"{flag}: {head} is given twice. Give it once.", key=head)
        patient[head] = value
        return
    below = patient.setdefault(head, {})
    if not isinstance(below, dict):
        raise PatientError(f"{flag}: {head} is already given and takes no keys below it.")
    _set(below, rest, value, flag)


def merge(document: Document, added: Document) -> dict[str, object]:
    """Return a document with another's keys added: lists grow, mappings merge, other values are replaced.

    Raises PatientError for an empty list, which says that there is none, where the other has entries.
    """
    result = dict(document)
    for key, value in added.items():
        present = result.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            result[key] = merge(present, value)
        elif isinstance(present, list) and isinstance(value, list):
            if present and not value:
                problem = f"{key}: [] says that there is none, and the patient file has {len(present)}. Leave one out."
                raise PatientError(problem, key=key)
            result[key] = [*present, *value]
        else:
            result[key] = value
    return result
