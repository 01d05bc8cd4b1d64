"""What a cytogenetic report or answer says of an abnormality; what is not understood is listed."""

from __future__ import annotations

import pytest

from rrmm.intake import from_fhir
from support.records import lists

CONCLUSION = {
    "resourceType": "DiagnosticReport",
    "id": "r",
    "status": "final",
    "code": {"text": "FISH"},
    "effectiveDateTime": "2025-01-01",
}


def no(label):
    """Return an abnormality that is absent, as a patient file has it."""
    return {"name": label, "present": False}


T4 = ["t(4;14)", no("del(17p)"), "rest unknown"]


def report(conclusion):
    """Return a person with one cytogenetic report."""
    patient = {"resourceType": "Patient", "id": "p"}
    return from_fhir([patient, CONCLUSION | {"conclusion": conclusion}], index_date="2026-01-01")[0].patient


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        ("kein Nachweis einer del(17p), t(4;14) oder t(14;16).", ["standard-risk"]),
        ("No rearrangement of IGH/FGFR3 or IGH/MAF was detected. No deletion of TP53 was detected.", ["standard-risk"]),
        ("No del(17p). Negative for t(4;14), t(14;16) identified by FISH", [no("del(17p)"), no("t(4;14)")]),
        ("Positive for t(4;14). No deletion of TP53.", ["t(4;14)", no("del(17p)"), "rest unknown"]),
        ("FISH not done (insufficient material).", None),
        ("t(14;16) not tested.", None),
        ("t(14;16): see addendum", None),
        ("t(14;16) cannot be excluded", None),
        ("t(4;14) unlikely, possible t(14;16), del(17p)?", None),
        ("17p deletion in 60% of nuclei; t(4;14) ruled out; t(14;16): 0%", ["del(17p)"]),
        ("del(17p)+ t(4;14)- t(14;16)-", ["del(17p)"]),
        ("Not tested: t(14;16). t(4;14) present.", ["t(4;14)", "rest unknown"]),
        ("del(17p): yes, t(4;14): no, t(14;16): n/a", ["del(17p)", no("t(4;14)"), "rest unknown"]),
        ("del(17p) and t(4;14) not detected, t(14;16) positive", ["t(14;16)"]),
        ("t(11;14), no del(17p), no t(4;14), no t(14;16)", ["standard-risk", "t(11;14)"]),
        ("positive for del(17p), negative for t(4;14) and t(14;16)", ["del(17p)"]),
        ("t(4;14): positive in 30% of cells", ["t(4;14)", "rest unknown"]),
        ("nuc ish(TP53x1)[120/200]", ["del(17p)", "rest unknown"]),
        ("nuc ish(TP53x1,D17Z1x2)[0/200]", None),
        ("Tested: del(17p), t(4;14), t(14;16). Result: no abnormality.", None),
        ("t(4;14) positive; del(17p) not positive", ["t(4;14)", no("del(17p)"), "rest unknown"]),
        ("FISH neg. for t(4;14), pos. for del(17p)", ["del(17p)", no("t(4;14)"), "rest unknown"]),
        ("del(17p), not t(4;14)", ["del(17p)", no("t(4;14)"), "rest unknown"]),
        ("t(4;14)(-), t(14;16)(-)", [no("t(4;14)"), no("t(14;16)")]),
        ("t(11;14); del(17p) wird nicht nachgewiesen", ["t(11;14)", no("del(17p)"), "rest unknown"]),
        ("del(17p) 55%, t(4;14) <1%", ["del(17p)", "rest unknown"]),
        ("del(17p) (cut-off 10%): 4%", None),
        ("del(17p): [ ] present [x] absent", None),
        ("del(17p) ☐ present ☒ absent", None),
        ("If del(17p) were present, the risk would be high", None),
        ("Mother: del(17p)", None),
        ("All cells were negative except for t(4;14).", ["t(4;14)", "rest unknown"]),
        ("del(17p) is not, as far as we see, present", None),
    ],
)
def test_sentences_of_a_cytogenetic_report(conclusion, expected):
    """Abnormalities are present, absent, or not tested, as the sentence says."""
    assert report(conclusion).get("cytogenetics") == expected


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        ("del 17p (-), t(4;14) (+), t(14;16) (-)", ["t(4;14)"]),
        ("del(17p)(+), t(4;14)(-)", ["del(17p)", no("t(4;14)"), "rest unknown"]),
        ("del 17p - / t(4;14) + / t(14;16) -", ["t(4;14)"]),
        ("del(17p)/t(4;14)/t(14;16): -/+/-", ["t(4;14)"]),
        ("FISH t(4;14)/t(14;16)/del17p: -/-/+", ["del(17p)"]),
        ("del(17p), t(4;14), t(14;16): (-), (-), (+)", ["t(14;16)"]),
        ("del(17p) t(4;14) t(14;16): - + -", ["t(4;14)"]),
        ("del(17p)/t(4;14)/t(14;16): -/-/-", ["standard-risk"]),
        ("FISH shows del(17p)/t(4;14)/t(14;16): +/-/-", ["del(17p)"]),
        ("no del(17p)/t(4;14)/t(14;16): -/+/-", None),
        ("del(17p)/t(4;14): -/+/-", None),
        ("t(4;14)/del(17p): +/-", None),
        ("| del(17p) | - | - |", [no("del(17p)")]),
        ("del(17p) positive. No other abnormality.", ["del(17p)", "rest unknown"]),
        ("del(17p) positive; otherwise normal.", ["del(17p)", "rest unknown"]),
        ("del(17p) in 60% of nuclei. Cytogenetics: normal.", ["del(17p)", "rest unknown"]),
        ("del(17p) positive. Prior FISH was negative.", ["del(17p)", "rest unknown"]),
        ("del(17p) positive; confirmed on repeat", ["del(17p)", "rest unknown"]),
        ("del(17p) positive; repeat FISH pending", ["del(17p)", "rest unknown"]),
        ("t(4;14) +ve, del(17p) -ve", ["t(4;14)", no("del(17p)"), "rest unknown"]),
        ("t(4;14)⁻ del(17p)⁺", ["del(17p)", no("t(4;14)"), "rest unknown"]),
        ("TP53 normal, t(4;14) detected", ["t(4;14)", "rest unknown"]),
        ("RB1 normal, t(4;14) present, del(17p) present", ["t(4;14)", "del(17p)", "rest unknown"]),
        ("1q21 50%, del(17p) negative", [no("del(17p)")]),
        ("13q14 not deleted, t(4;14) positive", ["t(4;14)", "rest unknown"]),
        ("Trisomy 9 detected, del(17p) absent", [no("del(17p)")]),
        ("Gewinn 1q21 in 40%, Deletion 17p nicht vorhanden", [{"other": "gain(1q)"}, no("del(17p)"), "rest unknown"]),
        ("17p Deletion nein, t(4;14) ja", ["t(4;14)", no("del(17p)"), "rest unknown"]),
        ("Detected: t(4;14) | Not detected: del(17p), t(14;16)", ["t(4;14)"]),
        ("Not detected: del(17p); t(4;14); t(14;16)", ["standard-risk"]),
        ("47,XX,del(17)(p13)[0]/46,XX[20]", [no("del(17p)")]),
        ("del(17p) 0/100 nuclei", [no("del(17p)")]),
        ("t(4;14) (no) del(17p) (yes)", ["del(17p)", no("t(4;14)"), "rest unknown"]),
        ("FISH panel negative with the exception of del(17p).", ["del(17p)", "rest unknown"]),
        ("gain(1q) positive. del(17p) negative.", [{"other": "gain(1q)"}, no("del(17p)"), "rest unknown"]),
        ("t(4;14) positive. t(11;14) negative.", ["t(4;14)", no("t(11;14)"), "rest unknown"]),
        ("del(17p), t(4;14), t(14;16) negative; t(11;14) pending", ["standard-risk", "rest unknown"]),
        ("TP53 (17p13): normal", [no("del(17p)")]),
        ("17p13 (TP53): normal. 4p16/14q32 (FGFR3/IGH): fusion in 82% of nuclei.", T4),
        ("1. TP53 deletion: Not Detected 2. IGH::FGFR3: Detected", T4),
        ("del(17p)\nNegative\nt(4;14)\nPositive", T4),
        ("No del(17p)\nt(4;14) present", T4),
        ("Negative - del(17p)\nPositive - t(4;14)", T4),
        ("TP53 deletion - No\nt(4;14) - Yes", T4),
        ("del(17p): -\nt(4;14): +", T4),
        ("* del(17p): -\r\n\r\n* t(4;14): +", T4),
        ("del(17p): - t(4;14): + t(14;16): -", ["t(4;14)"]),
        ("Probe Result\ndel(17p) Not detected\nt(4;14) Detected 45%", T4),
        ("del(17p): -\nt(4;14): -\nt(14;16): -", ["standard-risk"]),
        ("Negative for:\ndel(17p)\nt(4;14)\nt(14;16)", ["standard-risk"]),
        ("No evidence of del(17p),\nt(4;14), or\nt(14;16).", ["standard-risk"]),
        ("Abnormalities detected:\n- del(17p)\n- t(4;14)", ["del(17p)", "t(4;14)", "rest unknown"]),
        ("No high risk abnormalities (del17p, t(4;14), t(14;16)) identified.", ["standard-risk"]),
        ("No 17p deletion and t(4;14) positive", [no("del(17p)")]),
        ("No del(17p) with t(4;14) present", [no("del(17p)")]),
        ("Positive for del(17p) and t(4;14)", ["del(17p)", "t(4;14)", "rest unknown"]),
        ("del(17p) and t(4;14) not detected", [no("del(17p)"), no("t(4;14)")]),
        ("| del(17p) | Negative |\n| t(4;14) | Positive |", T4),
        ("- del(17p): negative\n- t(4;14): positive", T4),
        ("FISH on CD138+ selected cells: IGH::FGFR3 fusion, t(4;14), in 71 % of 200 nuclei. TP53 not deleted.", T4),
        ("Nachweis einer t(4;14) in 60 % der Plasmazellen. Keine Deletion 17p nachweisbar.", T4),
        ("FISH was positive for t(4;14) in 80% of nuclei and negative for del(17p).", T4),
    ],
)
def test_answers_stand_by_their_own_names(conclusion, expected):
    """An answer counts for the names of its piece, known or not, and a list takes that of its head."""
    assert report(conclusion).get("cytogenetics") == expected


@pytest.mark.parametrize(
    "conclusion",
    [
        "del(17p) N, t(4;14) Y",
        "del(17p) 0, t(4;14) 1",
        "non-del(17p)",
        "lacks del(17p)",
        "del(17p) cleared",
        "del(17p) no longer detectable",
        "del17p previously seen at diagnosis, not detected in current sample",
        "t(4;14) 2 % (cut-off 5 %)",
        "TP53 deletion: 5% of nuclei (normal cut-off 8%) - within normal limits",
        "Recommend FISH for del(17p), t(4;14) and t(14;16).",
        "FISH for del(17p), t(4;14) ordered",
        "Methods: probes for del(17p), t(4;14). Results: normal signal pattern in all probes.",
        "The following were used: del(17p), t(4;14), t(14;16). All normal.",
        "FISH: del(17p), t(4;14), t(14;16). None detected.",
        "None of the following was found. del(17p). t(4;14).",
        "Indication: rule out del(17p)",
        "Indication: del(17p) positive",
        "FISH panel: del(17p), t(4;14), t(14;16)",
        "FISH analysis of del(17p)",
        "in case of del(17p)",
        "high risk of del(17p)",
        "This assay detects del(17p), t(4;14) and t(14;16).",
        "Comment: del(17p) confers poor prognosis.",
        "Sensitivity for t(4;14) is 5%.",
        "Compared with prior study (del(17p) 40%), the current study is normal.",
        "Clinical history: prior del(17p). Current: negative.",
        "At diagnosis t(4;14). Current study: insufficient plasma cells.",
        "FISH 2019: del(17p). FISH 2024: normal.",
        "Except for t(4;14), FISH was negative including del(17p).",
        "t(4;14) positive in the brother",
        "+ 1q21, - del(17p)",
        "del(17p) positive; repeat FISH negative",
        "del(17p) positive. Repeat negative.",
        "del(17p) was seen at diagnosis but is not seen now",
        "t(4;14)+ at diagnosis; FISH negative at relapse",
        "del(17p) positive. FISH negative.",
        "del(17p) negative; repeat FISH positive",
        "t(4;14) negative positive del(17p)",
        "t(4;14) negative in one sample, positive in another",
        "del(17p) detected " * 2000,
    ],
)
def test_what_is_no_clear_answer_is_listed(conclusion):
    """Whatever word stands beside a name, neither it nor its opposite is taken, and the name is listed."""
    (intake,) = from_fhir(
        [{"resourceType": "Patient", "id": "p"}, CONCLUSION | {"conclusion": conclusion}], index_date="2026-01-01"
    )
    assert intake.patient.get("cytogenetics") is None
    listed = [one["what"] for one in intake.not_understood]
    assert any(what in {f"DiagnosticReport/r: {label}" for label in ("del(17p)", "t(4;14)")} for what in listed)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"valueString": "Positive", "interpretation": [{"coding": [{"code": "POS"}]}]}, True),
        ({"interpretation": [{"coding": [{"code": "POS"}]}]}, True),
        ({"interpretation": [{"coding": [{"code": "NEG"}]}]}, False),
        ({"valueBoolean": True}, True),
        ({"valueBoolean": False}, False),
        ({"valueString": "+"}, True),
        ({"valueString": "-"}, False),
        ({"valueString": "24/200"}, True),
        ({"valueString": "0/200"}, False),
        ({"valueString": "Positive", "interpretation": [{"coding": [{"code": "NEG"}]}]}, None),
        ({"valueString": "Negative", "interpretation": [{"coding": [{"code": "POS"}]}]}, None),
        ({"valueString": "Positive", "dataAbsentReason": {"coding": [{"code": "error"}]}}, None),
        ({"valueString": "Negative", "dataAbsentReason": {"coding": [{"code": "not-performed"}]}}, None),
        ({"valueString": "N"}, None),
        ({"valueString": "abnormality"}, None),
        ({"valueString": "detected in 2% (cut-off 8%)"}, None),
        ({"valueInteger": 1}, None),
        ({"valueQuantity": {"value": 45, "unit": "%"}}, None),
        ({"valueString": "Detected", "code": {"text": "absence of del(17p)"}}, None),
        ({"valueString": "Detected", "code": {"text": "FISH panel: del(17p), t(4;14)"}}, None),
    ],
)
def test_an_answer_and_its_flags(said, expected):
    """What contradicts itself, or is no answer, is listed by its name; flags alone answer."""
    one = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "del(17p)"}} | said
    (intake,) = from_fhir([{"resourceType": "Patient", "id": "p"}, one], index_date="2026-01-01")
    wanted = {True: ["del(17p)", "rest unknown"], False: [no("del(17p)")], None: None}
    assert intake.patient.get("cytogenetics") == wanted[expected]
    listed = [one for one in intake.not_understood if "del(17p)" in one["what"]]
    assert bool(listed) == (expected is None)
    assert not any(one["why"] == "no abnormality is named" for one in listed)


@pytest.mark.parametrize(
    ("code", "value", "is_there"),
    [
        ("BRAF V600E", "detected", True),
        ("BRAF V600E", "+", True),
        ("BRAF V600E", "not detected", False),
        ("BRAF V600E", "pending", None),
        ("BRAF mutation analysis", "V600E", True),
        ("BRAF mutation analysis", "V600E not detected", False),
        ("Cytogenetics", "BRAF: no V600E; t(4;14)", False),
    ],
)
def test_answers_about_a_variant(code, value, is_there):
    """A variant is read as an abnormality is."""
    one = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": code}, "valueString": value}
    (intake,) = from_fhir([{"resourceType": "Patient", "id": "p"}, one], index_date="2026-01-01")
    assert intake.patient.get("variants") == (["BRAF V600E"] if is_there else None)
    assert any("BRAF" in one["what"] for one in intake.not_understood) == (is_there is None)
    assert not intake.ignored


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("not tested", None),
        ("possible", None),
        ("absent", [{"name": "del(17p)", "present": False}]),
        ("detected in 20%", ["del(17p)", "rest unknown"]),
    ],
)
def test_answers_about_an_abnormality(value, expected):
    """An answer that is neither present nor absent leaves the abnormality open, and is said."""
    answer = {"code": {"text": "del(17p) by FISH"}, "effectiveDateTime": "2025-01-01", "valueString": value}
    observation = {"resourceType": "Observation", "id": "o", "status": "final", **answer}
    (intake,) = from_fhir([{"resourceType": "Patient", "id": "p"}, observation], index_date="2026-01-01")
    assert intake.patient.get("cytogenetics") == expected
    assert expected or any(one["what"].startswith("Observation/o") for one in intake.not_understood)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("17p deletion", "Detected", ["del(17p)", "rest unknown"]),
        ("TP53 deletion", "negative", [no("del(17p)")]),
        ("IGH-FGFR3", "positive", ["t(4;14)", "rest unknown"]),
        ("TP53 (17p13)", "deleted", ["del(17p)", "rest unknown"]),
        ("TP53 (17p13)", "normal", [no("del(17p)")]),
        ("TP53 (17p13)", "detected", None),
        ("17p deletion", "see report", None),
        ("17p deletion in donor cells", "Detected", None),
        ("TP53", "Deleted", None),
        ("17p13", "Deleted", None),
        ("Prior 17p deletion", "Detected", None),
        ("High risk", "yes", None),
    ],
)
def test_an_observation_by_the_everyday_name_of_an_abnormality(name, value, expected):
    """It is one of cytogenetics, alone or as a component, unless its name says more; what is not taken is listed."""
    head = {"resourceType": "Observation", "id": "r", "status": "final", "effectiveDateTime": "2024-01-01"}
    said = {"code": {"text": name}, "valueString": value}
    for resource in (head | said, head | {"code": {"text": "FISH panel"}, "component": [said]}):
        (read,) = from_fhir([{"resourceType": "Patient", "id": "p"}, resource], index_date="2026-01-01")
        assert read.patient.get("cytogenetics") == expected
        assert expected or lists(read, "del(17p)") or lists(read, name)
