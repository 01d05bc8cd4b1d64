"""Patients in the standards of the field: FHIR R4, OMOP CDM, and Phenopackets in; patient files out.

A reader turns a format into records of one kind; codes, words, units, and paths are data (``data/intake/``).
It takes what is stated, leaves open what is not, and lists what it did not understand. It reads no free text,
except what a cytogenetic report says of abnormalities.

>>> from rrmm.intake import from_fhir
>>> from_fhir({"resourceType": "Patient", "id": "p", "birthDate": "1950-02-01"}, index_date="2026-01-01")[0].patient
{'id': 'p', 'age': 75}
"""

from rrmm.intake.read import from_fhir, from_omop, from_phenopacket
from rrmm.intake.result import Intake

__all__ = ["Intake", "from_fhir", "from_omop", "from_phenopacket"]
