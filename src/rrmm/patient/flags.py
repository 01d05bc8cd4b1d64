"""A patient given by flags: the same facts as in a patient file, and added to one."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from rrmm.errors import PatientError

LIST_FLAGS = {
    "refractory": "prior_drugs",
    "exposed": "prior_drugs",
    "intolerant": "prior_drugs",
    "comorbidity": "comorbidities",
    "cytogenetics": "cytogenetics",
}
VALUE_FLAGS = ("age", "egfr", "ecog", "frailty", "region")


def document(options: Namespace) -> dict[str, Any]:
    """Return the flags as a patient document; facts given as flags are lists that are given."""
    found: dict[str, Any] = {}
    for flag, key in LIST_FLAGS.items():
        for name in getattr(options, flag) or []:
            entry = {"drug": name, "status": flag} if key == "prior_drugs" else name
            found.setdefault(key, []).append(entry)
    for flag in VALUE_FLAGS:
        if (value := getattr(options, flag)) is not None:
            found[flag] = _scalar(value)
    for assignment in options.set or []:
        key, separator, value = assignment.partition("=")
        if not separator or not key:
            raise PatientError(f"--set {assignment}: give KEY=VALUE, such as relapse.findings.calcium_mg_dl=11.9")
        _place(found, key.split("."), _scalar(value))
    return found


def _scalar(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _place(document: dict[str, Any], path: list[str], value: Any) -> None:
    head, *rest = path
    if not rest:
        document[head] = value
        return
    below = document.setdefault(head, {})
    if not isinstance(below, dict):
        raise PatientError(f"--set {'.'.join(path)}: {head} is already given and takes no keys below it.")
    _place(below, rest, value)


def merged(given: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with another's keys added: lists grow, mappings merge, other values are replaced."""
    result = dict(given)
    for key, value in added.items():
        present = result.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            result[key] = merged(present, value)
        elif isinstance(present, list) and isinstance(value, list):
            result[key] = [*present, *value]
        else:
            result[key] = value
    return result
