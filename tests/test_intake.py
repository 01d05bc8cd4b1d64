"""Records of the field's standards become patient files; what is not stated is not invented."""

from __future__ import annotations

import pytest

from rrmm.errors import PatientError
from rrmm.intake import from_fhir


def report(conclusion):
    """Return a person with one cytogenetic report."""
    patient = {"resourceType": "Patient", "id": "p"}
    text = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "code": {"text": "FISH"},
        "effectiveDateTime": "2025-01-01",
        "conclusion": conclusion,
    }
    return from_fhir([patient, text], index_date="2026-01-01")[0].patient


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        ("kein Nachweis einer del(17p), t(4;14) oder t(14;16).", ["standard-risk"]),
        ("Positive for t(4;14). No deletion of TP53.", ["t(4;14)", "rest unknown"]),
        ("FISH not done (insufficient material).", None),
        ("t(14;16) not tested.", None),
        ("t(14;16): see addendum", None),
        ("t(14;16) cannot be excluded", None),
        ("Not tested: t(14;16). t(4;14) present.", ["t(4;14)", "rest unknown"]),
        ("del(17p): yes, t(4;14): no, t(14;16): n/a", ["del(17p)", "rest unknown"]),
        ("del(17p) and t(4;14) not detected, t(14;16) positive", ["t(14;16)"]),
        ("t(11;14), no del(17p), no t(4;14), no t(14;16)", ["standard-risk", "t(11;14)"]),
        ("positive for del(17p), negative for t(4;14) and t(14;16)", ["del(17p)"]),
        ("t(4;14): positive in 30% of cells", ["t(4;14)", "rest unknown"]),
        ("nuc ish(TP53x1)[120/200]", ["del(17p)", "rest unknown"]),
    ],
)
def test_sentences_of_a_cytogenetic_report(conclusion, expected):
    """Abnormalities are present, absent, or not tested, as the sentence says."""
    assert report(conclusion).get("cytogenetics") == expected


def test_no_resource_is_refused():
    """JSON without a resource is an error."""
    with pytest.raises(PatientError, match="no FHIR resource"):
        from_fhir({"a": 1})
