"""Responses and reasons for a stop are read as a whole: what may change them is listed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rrmm.intake import from_fhir
from rrmm.intake.dates import Day
from rrmm.intake.records import Person, Record
from rrmm.intake.responses import MOST_ROUNDS, Response, Responses
from rrmm.intake.scopes import Scope, Treated
from rrmm.intake.tables import Tables
from support.records import lists, read, record, statement


def assess(text, **more):
    """Return the intake of a person on bortezomib whose response was assessed."""
    value = {"valueString": text} if text else {}
    head = {"resourceType": "Observation", "status": "final", "code": {"text": "IMWG response"}}
    return record(**head, **value, effectiveDateTime="2024-06-10", **more)


@pytest.mark.parametrize(
    ("text", "grade", "progressed"),
    [
        ("PD on maintenance", None, True),
        ("PD on bortezomib", None, True),
        ("biochemical progression, confirmed", None, True),
        ("relapse from CR", None, True),
        ("myeloma progression confirmed by PET/CT", None, True),
        ("2. Rezidiv", None, True),
        ("PD: yes", None, True),
        ("Best response: CR", "CR", False),
        ("VGPR (no CR)", "VGPR", False),
        ("No progression. VGPR.", "VGPR", False),
        ("PR after 4 cycles", "PR", False),
        ("very good partial response (VGPR), confirmed", "VGPR", False),
        ("MRD negative CR", "CR", False),
        ("CR, MRD neg 10^-5", "CR", False),
        ("PR (50% reduction)", "PR", False),
        ("PD, new lytic lesions", None, True),
        ("relapse with rising light chains", None, True),
        ("VGPR, lytic bone lesions", "VGPR", False),
        ("CR, no new lesions", "CR", False),
        *((text, "CR", False) for text in ("Komplette Remission", "in kompletter Remission", "réponse complète")),
        *((text, "PR", False) for text in ("Teilremission", "partielle Remission", "réponse partielle")),
        *((text, "VGPR", False) for text in ("sehr gute partielle Remission", "très bonne réponse partielle")),
        *((text, "SD", False) for text in ("stabile Erkrankung", "maladie stable")),
    ],
)
def test_a_response_beside_harmless_words(text, grade, progressed):
    """How it was found, when, and of what it is, changes nothing; nothing is listed."""
    read = assess(text)
    (drug,) = read.patient["prior_drugs"]
    assert drug.get("best_response") == grade
    assert ("days_from_last_dose_to_progression" in drug) == progressed
    assert not lists(read, text)


@pytest.mark.parametrize(
    "text",
    [
        *("PD: no", "PD -ve", "PD = no", "PD: N", "PD 0", "PD -", "progressive disease: none", "non-PD", "PD (-)"),
        *("criteria for PD not met", "PD criteria not fulfilled", "risk of progression", "time to progression"),
        *("treat until progression", "concern for progression", "relapse-free", "progression-free", "PD-L1 positive"),
        *("progression of neuropathy", "relapsed shingles", "high risk of relapse", "patient fears relapse"),
        *("Second relapse in 2022", "PD on prior regimen Rd", "no progression, relapse", "time to next relapse"),
        *("less than PR", "PR not achieved", "failed to achieve PR", "at least PR", "VGPR or better", "no CR, PR"),
        *("short of CR", "PR hoped for", "aiming at CR", "CR lost", "PR, previously VGPR", "almost PR", "PR vs SD"),
        *("VGPR, new lytic lesions", "PR. New bone lesions on MRI", "PR, new plasmacytoma", "CR, rising light chains"),
        *(
            "VGPR with rising M-protein",
            "Stable disease with increasing paraprotein",
            "PR, M-Gradient-Anstieg",
            "PR, plasmacytomas new",
        ),
        *("keine komplette Remission", "fast komplette Remission", "Verlust der kompletten Remission"),
        *("keine Teilremission", "nicht stabile Erkrankung", "fragliche partielle Remission", "PR (50% increase)"),
        *("pas de réponse complète", "réponse complète non atteinte", "maladie non stable"),
        *("progression of cataract", "relapse of depression", "watch for progression", "PD awaited", "up to PR"),
    ],
)
def test_a_response_beside_words_that_may_change_it(text):
    """What no rule knows beside a response may deny, bound, plan or be of something else: it is listed."""
    read = assess(text)
    (drug,) = read.patient["prior_drugs"]
    assert drug.keys() <= {"drug", "line"} and "relapse" not in read.patient
    assert lists(read, text)


@pytest.mark.parametrize(
    ("text", "note", "grade", "progressed"),
    [
        ("VGPR", "continue until progression", "VGPR", False),
        ("VGPR", "high risk of relapse", "VGPR", False),
        ("VGPR", "PD", "VGPR", False),
        ("SD", "SD - will continue until PD", "SD", False),
        ("PR", "PD on prior regimen Rd", "PR", False),
        ("", "watch for progression", None, False),
        ("", "PD", None, True),
        ("", "disease progression, confirmed", None, True),
    ],
)
def test_a_note_never_overrides_the_value(text, note, grade, progressed):
    """Where there is no value, a note that states a response and nothing else is one; others are listed."""
    read = assess(text, note=[{"text": note}])
    (drug,) = read.patient["prior_drugs"]
    assert drug.get("best_response") == grade
    assert ("days_from_last_dose_to_progression" in drug) == progressed
    assert lists(read, note) == (not progressed)


@pytest.mark.parametrize(
    ("note", "taken"),
    [
        *((note, True) for note in ("not confirmed on repeat", "corrected: SD", "slightly hemolyzed", "repeat 1.0")),
        *((note, False) for note in ("wrong patient, disregard", "Entered in error", "hemolyzed, repeat 1.0")),
        *((note, False) for note in ("Disregard this result.", "falscher Patient", "sample mislabeled")),
    ],
)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IMWG response", {"valueString": "VGPR"}),
        ("del(17p)", {"valueString": "positive"}),
        ("ECOG", {"valueInteger": 1}),
        ("Creatinine", {"valueQuantity": {"value": 3.1, "unit": "mg/dL"}}),
    ],
)
def test_a_note_that_takes_the_value_back(name, value, note, taken):
    """It is listed; where it says as a whole that the value is invalid, nothing is taken."""
    head = {"resourceType": "Observation", "status": "final", "code": {"text": name}, "note": [{"text": note}]}
    read = record(**head, **value, effectiveDateTime="2024-06-10")
    (drug,) = read.patient["prior_drugs"]
    assert ("best_response" in drug or bool({"cytogenetics", "ecog", "relapse"} & read.patient.keys())) == taken
    assert any(fault["what"].endswith(f": {note}") for fault in read.not_understood)


def test_a_note_that_says_nothing_against_the_value():
    """It is counted, and a panel's note counts for each of its parts."""
    head = {"resourceType": "Observation", "status": "final", "effectiveDateTime": "2024-06-10"}
    part = {"code": {"text": "del(17p)"}, "valueString": "positive"}
    panel = {**head, "code": {"text": "FISH panel"}, "component": [part]}
    read = record(**panel, note=[{"text": "200 nuclei"}])
    assert "cytogenetics" in read.patient
    assert "Observation/r: del(17p) positive: 200 nuclei" in read.ignored_items["a note beside the value"]
    assert "cytogenetics" not in record(**panel, note=[{"text": "wrong patient"}]).patient


def test_a_progression_and_a_response_of_one_day_contradict():
    """Neither is taken, and both are named."""
    head = {"resourceType": "Observation", "status": "final", "code": {"text": "IMWG response"}}
    drug = {
        "resourceType": "MedicationStatement",
        "status": "completed",
        "medicationCodeableConcept": {"text": "bortezomib"},
        "effectivePeriod": {"start": "2024-01-01", "end": "2024-06-01"},
    }
    told = [{**head, "id": text, "effectiveDateTime": "2024-06-10", "valueString": text} for text in ("PD", "CR")]
    (read,) = from_fhir([{"resourceType": "Patient", "id": "p"}, drug, *told], index_date="2026-01-01")
    assert read.patient["prior_drugs"] == [{"drug": "bortezomib", "line": 1}]
    assert lists(read, "response of 2024-06-10: PD (Observation/PD) and CR (Observation/CR)")


def in_two_lines(name, text):
    """Return the prior drugs, and the intake, of a person on bortezomib, then lenalidomide, when a text was said."""
    drugs = [
        {
            "resourceType": "MedicationStatement",
            "id": drug,
            "status": "completed",
            "medicationCodeableConcept": {"text": drug},
            "effectivePeriod": {"start": start, "end": end},
        }
        for drug, start, end in (
            ("bortezomib", "2020-01-01", "2020-08-01"),
            ("lenalidomide", "2023-01-01", "2024-12-01"),
        )
    ]
    head = {"resourceType": "Observation", "id": "r", "status": "final", "code": {"text": name}}
    told = {**head, "effectiveDateTime": "2024-05-01", "valueString": text}
    (read,) = from_fhir([{"resourceType": "Patient", "id": "p"}, *drugs, told], index_date="2026-01-01")
    return read.patient["prior_drugs"], read


@pytest.mark.parametrize(
    ("name", "text", "taken"),
    [
        *(("IMWG response", text, True) for text in ("PD on lenalidomide", "PD in second line", "PD after 2 lines")),
        *(("IMWG response", text, True) for text in ("SD in line 2", "CR, 2nd-line therapy", "Progress, Zweitlinie")),
        *((name, "SD", True) for name in ("Response to lenalidomide", "Response to second-line therapy")),
        *(("IMWG response", text, True) for text in ("PD on IMiD", "PD on lenalidomide and dexamethasone")),
        *(("IMWG response", text, False) for text in ("PD on CAR-T", "PD on PI", "PD on anti-CD38 antibody")),
        *(("IMWG response", text, False) for text in ("PD after ASCT", "PD after autologous transplant")),
        *(("IMWG response", text, False) for text in ("PD under bortezomib", "PD on first line VRd", "SD in line 1")),
        *(("IMWG response", text, False) for text in ("PD after first-line therapy", "relapse after bortezomib")),
        *(
            ("IMWG response", text, False)
            for text in ("Best response in first line: CR", "PR after 3 lines", "Erstlinie: PD")
        ),
        *((name, "SD", False) for name in ("Best response to first-line therapy", "Response to bortezomib")),
        *((name, "SD", False) for name in ("Response to prior therapy", "Response in previous line")),
    ],
)
def test_a_response_of_the_line_that_its_words_name(name, text, taken):
    """It counts where the line of its day is that line, or has that drug; else both are said, and it is left open."""
    (first, second), read = in_two_lines(name, text)
    assert first == {"drug": "bortezomib", "line": 1}
    assert (len(second) > 2) == taken
    assert lists(read, text) == (not taken)
    whys = [fault["why"] for fault in read.not_understood]
    assert taken or any("is of line 2" in why or "an earlier line" in why for why in whys)


def test_a_response_after_a_transplantation_of_its_line():
    """The line has the transplantation that the words name."""
    done = {"resourceType": "Procedure", "status": "completed", "performedDateTime": "2024-02-01"}
    transplant = {**done, "id": "t", "code": {"text": "Autologous stem cell transplant"}}
    drug = statement("VRd", id="d", effectivePeriod={"start": "2023-09-01", "end": "2024-01-15"})
    said = {"resourceType": "Observation", "id": "o", "status": "final", "effectiveDateTime": "2024-05-01"}
    told = read(drug, transplant, said | {"code": {"text": "IMWG response"}, "valueString": "CR after ASCT"})
    assert [entry.get("best_response") for entry in told.patient["prior_drugs"]] == ["CR", "CR", None]


def test_words_of_a_coded_response_that_are_not_read():
    """They are listed beside what its other words state."""
    coding = [{"system": "urn:local", "code": "7", "display": "Very good partial response (finding)"}]
    value = {"text": "VGPR at least", "coding": coding}
    head = {"resourceType": "Observation", "status": "final", "code": {"text": "IMWG response"}}
    read = record(**head, valueCodeableConcept=value, effectiveDateTime="2024-06-10")
    assert read.patient["prior_drugs"][0]["best_response"] == "VGPR"
    assert lists(read, "VGPR at least")


def test_a_response_of_a_prior_line_whose_code_is_that_of_responses():
    """The words say of which line it is, the code does not."""
    coding = [{"system": "http://loinc.org", "code": "88040-1"}]
    head = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": coding, "text": "Response, prior line"},
    }
    read = record(**head, valueString="PD", effectiveDateTime="2024-06-10")
    assert read.patient["prior_drugs"] == [{"drug": "bortezomib", "line": 1}] and "relapse" not in read.patient
    assert lists(read, "Response, prior line")


def stop(reason, **more):
    """Return the intake of a person whose bortezomib was stopped for a reason."""
    drug = {
        "resourceType": "MedicationStatement",
        "id": "s",
        "status": "stopped",
        "statusReason": [{"text": reason}],
        "medicationCodeableConcept": {"text": "bortezomib"},
        "effectivePeriod": {"start": "2024-01-01", "end": "2024-06-01"},
    }
    return from_fhir([{"resourceType": "Patient", "id": "p"}, drug], **more)[0]


@pytest.mark.parametrize(
    ("reason", "key"),
    [
        ("PD", "days_from_last_dose_to_progression"),
        ("progression of disease on treatment", "days_from_last_dose_to_progression"),
        ("PD; neuropathy grade 2", "days_from_last_dose_to_progression"),
        ("progression, no toxicity", "days_from_last_dose_to_progression"),
        ("refractory to bortezomib", "days_from_last_dose_to_progression"),
        ("cardiac toxicity, grade 3", "toxicity"),
        ("discontinued due to thrombocytopenia grade 4", "toxicity"),
        ("side effects: fatigue, diarrhea", "toxicity"),
        ("Polyneuropathie Grad 3", "toxicity"),
        ("bortezomib-induced neuropathy", "toxicity"),
    ],
)
def test_a_reason_for_a_stop_beside_harmless_words(reason, key):
    """Its grade, its organ and the words for the stop change nothing."""
    read = stop(reason, index_date="2024-09-01")
    assert key in read.patient["prior_drugs"][0]
    assert not lists(read, f"stopped: {reason}")


@pytest.mark.parametrize(
    "reason",
    [
        *("progression ruled out, cost", "PD?", "suspected progression", "progression-free, treatment holiday"),
        *("planned stop before progression", "completed; next therapy at progression", "progression of renal failure"),
        *("no adverse events", "toxicity: none", "to avoid toxicity", "in order to prevent neuropathy"),
        *("neuropathy risk", "fear of side effects", "stop until progression", "progressive neuropathy"),
        *("prophylaxis of neuropathy", "toxicity feared by patient", "worried about side effects", "toxicity - no"),
        *("relapse of depression", "pending toxicity review", "partner with progressive disease", "no toxicity"),
    ],
)
def test_a_reason_for_a_stop_that_is_feared_avoided_or_denied(reason):
    """It is no reason, and it is listed."""
    read = stop(reason, index_date="2024-09-01")
    assert read.patient["prior_drugs"] == [{"drug": "bortezomib", "line": 1}]
    assert lists(read, f"stopped: {reason}")


def test_the_end_of_a_course_that_was_stopped_is_a_fact():
    """Without an index date it counts as the last one; after the index date it is set aside, and named."""
    read = stop("progressive disease")
    assert read.index_date == "2024-06-01"
    assert read.patient["prior_drugs"][0]["days_from_last_dose_to_progression"] == 0
    before = stop("progressive disease", index_date="2024-03-01")
    assert before.patient["prior_drugs"] == [{"drug": "bortezomib", "line": 1}]
    assert before.ignored_items["after the index date 2024-03-01"] == [
        "MedicationStatement/s: bortezomib: ended on 2024-06-01, progressive disease"
    ]


def test_lines_that_do_not_settle_leave_the_responses_open(kg):
    """Each response that is left out may change the lines; after some rounds all that name a line are left out."""
    tables, told = Tables.of(kg.files), Record.of(Person("p", "p"))
    responses = Responses(tables, told)
    days = [Day(date(2024, 1, number), date(2024, 1, number)) for number in range(1, 29)]
    one = Scope(frozenset({1}), said="in first line")
    responses.responses = [Response("PR", day, f"r{number}", one) for number, day in enumerate(days)]
    responses.responses.append(Response("CR", days[-1], "plain"))
    rounds = []

    def find_lines():
        rounds.append(1)
        last = days[-len(rounds)].first
        return [
            Treated(1, date(2023, 1, 1), last, frozenset()),
            Treated(2, last - timedelta(days=1), last, frozenset()),
        ]

    responses.keep_within(find_lines)
    assert len(rounds) == MOST_ROUNDS
    assert [response.source for response in responses.responses] == ["plain"]
    assert len(told.not_understood) == len(days)
