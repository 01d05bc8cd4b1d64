"""A patient as part of an address, so that a report can be asked for again and nothing of it is kept."""

from __future__ import annotations

import base64

from rrmm.errors import PatientError
from rrmm.records import JsonObject
from rrmm.server.shorten import write
from rrmm.texts import Unclear, parse_json


def encode(patient: JsonObject) -> str:
    """Return a patient as part of an address: the file itself, in base64 for addresses."""
    return base64.urlsafe_b64encode(write(patient).encode()).decode().rstrip("=")


def decode(encoded: str) -> JsonObject:
    """Return the patient that an address holds; raises PatientError for any other text.

    >>> decode(encode({"age": 71}))
    {'age': 71}
    """
    try:
        patient = parse_json(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except Unclear as error:
        raise PatientError(f"The patient in the address: {error}") from None
    except ValueError:
        patient = None
    if not isinstance(patient, dict):
        raise PatientError("The address holds no patient.")
    return patient
