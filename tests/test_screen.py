"""The answer made for eyes: one screen, marks that are explained, questions in words, sizes, and the flags of views."""

from __future__ import annotations

import json
import os
import re

import pytest

from rrmm.cli.main import main
from rrmm.errors import QueryError
from rrmm.report.phrases import Phrases
from rrmm.report.summary import GENERAL, SILENT, summarise
from support import ROOT

EXAMPLE = ROOT / "examples" / "double-refractory.yaml"
GOLDEN = ROOT / "tests" / "golden" / "screen.txt"
REVIEW = ["--source", "br2020"]
HIGH_RISK = {
    "prior_lines": 1,
    "prior_drugs": [{"drug": "bortezomib", "status": "refractory"}],
    "cytogenetics": ["del(17p)"],
    "relapse": {"type": "clinical"},
}


@pytest.fixture(scope="module")
def report(kg):
    """Return the report of the example patient by the review alone."""
    return kg.view("br2020").regimens_for(EXAMPLE)


def printed(capsys, *arguments):
    """Return the exit code, output and errors of the command."""
    code = main(["regimens", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_answer_fits_on_one_screen(report):
    """Fifty lines of a hundred characters; regenerate with RRMM_GOLDEN=write and review the difference."""
    text = report.to_text(100)
    if os.environ.get("RRMM_GOLDEN") == "write":
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert len(lines) <= 50
    assert max(map(len, lines)) <= 100


def test_the_screen_says_who_when_which_and_what_next(report):
    """Age, region, lines, comorbidity, relapse, timing, the groups in order, and questions stand there."""
    text = report.to_text()
    for words in (
        "age 72",
        "region KR",
        "heart failure",
        "prior lines 2",
        "relapse type clinical",
        "double-refractory",
    ):
        assert words in text
    wanted = (
        "NAMED BY THE REVIEW (2020)",
        "SUPPORTED IN PATIENTS LIKE THIS",
        "SUPPORTED IF",
        "EXCLUDED",
        "TO FIND OUT NEXT",
    )
    places = [text.index(words) for words in wanted]
    assert places == sorted(places)
    assert 3 <= len(re.findall(r"^  \d  .*[?]$", text, re.MULTILINE)) <= 6
    assert "prior_drugs" not in text


def test_every_mark_is_explained_and_every_caution_marked(report):
    """An option with a caution carries a mark, and never the mark of silence."""
    summary = summarise(report.record, report.rule_base)
    signs = {mark.sign for mark in summary.marks}
    for rows in summary.groups:
        for row in rows.rows:
            assert set(row.marks) <= signs
            cautions = [caution for caution in row.option.cautions if caution.kind in {"caution", "monitor"}]
            if cautions:
                assert row.marks
                assert SILENT not in row.marks
            if any(caution.because.facts for caution in cautions):
                assert set(row.marks) - {GENERAL, SILENT}


def test_silence_is_said_of_an_option_without_a_caution(report):
    """The review prints no toxicity of cyclophosphamide, and of Kd it does."""
    texts = {name for silence in report.record.silences if silence.topic == "ToxicityTopic" for name in silence.on}
    assert "cyclophosphamide" in texts
    assert "Kd" not in texts
    assert "prints no toxicity" in report.option_text("cyclophosphamide")
    assert "prints no toxicity" not in report.option_text("Kd")


def test_every_key_has_a_question(kg):
    """What a person can be asked for is asked in words; the name and title of a patient are not."""
    silent = {path for path, key in kg.rule_base.keys.items() if not key.question}
    assert silent == {"id", "title"}


def test_needs_become_questions(report):
    """The drugs of one question stand together, a question of several keys once; a key without words is named."""
    phrases = Phrases(report.record, report.rule_base)
    needs = ["prior_drugs[bortezomib].line", "prior_drugs[lenalidomide, line 2].line", "transplant.maintenance"]
    assert phrases.ask([*needs, "transplant.prior_autoSCT"]) == [
        "Which line of therapy included bortezomib and lenalidomide?",
        "Was there an autologous transplantation, when did the disease relapse after it, and was maintenance given?",
    ]
    assert phrases.ask(["title"]) == ["What is the title?"]


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        ("prior_drugs[bortezomib].status: relapsed_not_refractory", "bortezomib relapsed not refractory"),
        ("prior_drugs[bortezomib, line 2].best_response: PR", "bortezomib best response PR"),
        ("comorbidities: heart failure", "heart failure"),
        ("relapse.type: not stated", ""),
    ],
)
def test_facts_in_words(report, fact, words):
    """A fact is said without its key path, and a default is no fact."""
    assert Phrases(report.record, report.rule_base).say([fact]) == words


@pytest.mark.parametrize(("view", "most"), [(REVIEW, 120_000), ([], 200_000)], ids=["review", "all sources"])
def test_sizes(capsys, view, most):
    """The JSON of the example patient stays small, compact where it is no terminal, and whole where it is asked for."""
    full, brief, whole = (
        printed(capsys, str(EXAMPLE), *view, "--format", "json", *flags)[1] for flags in ([], ["--brief"], ["--all"])
    )
    assert len(full.encode()) < most
    assert len(brief.encode()) < 12_000
    assert len(whole.encode()) > 2 * len(full.encode())
    assert full.count("\n") == 1
    excluded = {one["option"]: one for one in json.loads(full)["options"] if one["status"] == "excluded"}
    assert excluded
    assert all(one["because"] and not one["cautions"] and not one["evidence"] for one in excluded.values())
    told = {one["option"]: one for one in json.loads(whole)["options"]}
    assert any(told[name]["cautions"] for name in excluded)


def test_two_arms_stand_once(capsys):
    """What two arms of a study showed stands with the treatment, with its control in the whole report alone."""
    answers = (
        json.loads(printed(capsys, str(EXAMPLE), "--format", "json", *flags)[1])["options"] for flags in ([], ["--all"])
    )
    short, whole = (
        {(o["option"], row["comparator"]) for o in options for row in o["evidence"] if row["trial"] == "APOLLO"}
        for options in answers
    )
    assert ("Dara-Pd", "Pd") in short
    assert ("Pd", "Dara-Pd") not in short
    assert {("Dara-Pd", "Pd"), ("Pd", "Dara-Pd")} <= whole


def test_how_a_drug_is_given_stands_in_the_whole_report(capsys):
    """A schedule is in the whole report alone, unless it avoids a toxicity."""
    short, whole = (
        {
            caution["because"]["rule"].rpartition("/")[2]
            for o in json.loads(text)["options"]
            for caution in o["cautions"]
        }
        for text in (
            printed(capsys, "--refractory", "lenalidomide", "--format", "json", *flags)[1] for flags in ([], ["--all"])
        )
    )
    assert "dexamethasone-weekly-dose" in whole - short
    assert "bortezomib-subcutaneous" in whole & short


def test_the_brief_form(report):
    """The keys of the contract, every option with one reason, cautions as words."""
    brief = report.brief()
    assert set(brief) == {"patient", "timing", "options", "next", "sources", "disclaimer"}
    assert [one["option"] for one in brief["options"]] == [one["option"] for one in report.data["options"]]
    options = {one["option"]: one for one in brief["options"]}
    assert set(options["Kd"]) == {"option", "status", "fit", "because", "cautions"}
    assert "cardiotoxicity: heart failure" in options["Kd"]["cautions"]
    assert options["Rd"]["because"] == "lenalidomide refractory"


def test_a_report_shows_itself_in_a_line(report):
    """The representation of a report counts its options."""
    assert repr(report).startswith("<Report of double-refractory: ")
    assert len(repr(report)) < 200


ACCEPTED = [["--brief"], ["--all"], ["--why", "Kd"], ["--why", "dara-rd"], ["--all", "--format", "markdown"]]
REFUSED = [
    (["--why", "Kdd"], "Did you mean"),
    (["--why", "Kd", "--format", "html"], "formats table, json"),
    (["--brief", "--format", "turtle"], "formats table, json"),
    (["--brief", "--all"], "exclude each other"),
    (["--all", "--engine", "sparql"], "exclude each other"),
    (["--why", "Kd", "--compare", str(EXAMPLE)], "exclude each other"),
]


@pytest.mark.parametrize("flags", ACCEPTED, ids=" ".join)
def test_views_that_there_are(capsys, flags):
    """Each view prints something and is done."""
    code, out, err = printed(capsys, str(EXAMPLE), *REVIEW, *flags)
    assert (code, err) == (0, "")
    assert out.strip()


@pytest.mark.parametrize(("flags", "message"), REFUSED, ids=[" ".join(flags) for flags, _ in REFUSED])
def test_views_that_there_are_not(capsys, flags, message):
    """An unknown option, a format that a view lacks, and two views at once end with code 2 and one line."""
    code, out, err = printed(capsys, str(EXAMPLE), *REVIEW, *flags)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_an_alias_names_an_option(report):
    """Dara-Rd is DRd; a name of nothing offers the nearest."""
    assert report.find("Dara-Rd") == "DRd"
    with pytest.raises(QueryError) as caught:
        report.find("Kdd")
    assert "Kd" in caught.value.offers


def test_figures_in_high_risk_disease_are_not_called_nothing(kg):
    """Above figures in a subgroup no view says that the review says nothing."""
    report = kg.view("br2020").regimens_for(HIGH_RISK)
    seen = 0
    for option in report.record.options:
        if option.high_risk_evidence == "none" and any(result.population != "all" for result in option.evidence):
            seen += 1
            assert "prints nothing" not in report.option_text(option.option)
    assert seen or all(option.high_risk_evidence != "none" or not option.evidence for option in report.record.options)
    assert "high risk:" in report.to_text() or "del(17p):" in report.to_text()


def test_codes_stand_at_the_end_alone(report):
    """Rules and characters stand behind the last heading; no excluded option has a card."""
    text = report.to_markdown().replace("\\", "")
    running, _, end = text.partition("**Rules and results with their addresses")
    assert not re.search(r"guidance:|characters \d|prior_drugs\[|_mo\b", running)
    assert "guidance:" in end
    excluded = [option.option for option in report.record.options if option.status == "excluded"]
    assert excluded
    assert [name for name in excluded if f"\n### {name}" in text] == []
    whole = report.to_markdown(everything=True).replace("\\", "")
    assert [name for name in excluded if f"\n### {name}" not in whole] == []


def test_effects_come_first_and_enrolment_last(report):
    """In the table of an option the rows with a comparison come before those without, participants last."""
    text = report.option_text("Kd", 1000)
    places = [text.index(words) for words in ("PFS, median; Result: 18.7", "≥VGPR, rate", "N, count")]
    assert places == sorted(places)
    assert "18.7 mo against 9.4 mo; Comparison: hazard ratio 0.53" in text


def test_a_printed_refusal_stands_in_the_headline(kg):
    """Belantamab is printed as not approved in the US."""
    report = kg.regimens_for(EXAMPLE)
    summary = summarise(report.record, report.rule_base)
    notes = {row.option.option: row.note for rows in summary.groups for row in rows.rows}
    assert "not approved in US" in notes["belantamab-Pd"]
    assert "not approved" not in notes["Kd"]


@pytest.mark.parametrize(
    ("region", "note"),
    [
        ("US", "approved in US, its condition not met; not approved in KR (check the current label)"),
        ("DE", "not approved in KR (check the current label)"),
        (None, "not approved in KR (check the current label)"),
    ],
)
def test_a_note_leads_with_the_region_of_the_patient(kg, region, note):
    """What another regulator denied comes last where the region is known, behind what the own one decided."""
    patient = {"prior_drugs": [{"drug": "lenalidomide", "status": "refractory"}], "region": region}
    report = kg.regimens_for(patient)
    rows = [row for rows in summarise(report.record, report.rule_base).groups for row in rows.rows]
    assert [row.note for row in rows if row.option.option == "Pano-Vd"] == [note]


def test_approvals_begin_with_the_region_of_the_patient(kg):
    """The decision of the own regulator stands first, by its name too."""
    for region, first in (("US", "US"), ("South Korea", "KR"), ("kr", "KR")):
        option = kg.regimens_for({"prior_drugs": [], "region": region}).option("Pano-Vd")
        assert {one["jurisdiction"] for one in option["approvals"]} >= {"US", "KR"}
        assert option["approvals"][0]["jurisdiction"] == first


def test_a_letter_names_each_agent_once(kg):
    """Guidance on two drugs of one regimen, beside guidance on each, adds no name twice."""
    text = " ".join(kg.regimens_for({"comorbidities": ["peripheral neuropathy"]}).to_text().split())
    (agents,) = re.findall(r"peripheral neuropathy: peripheral neuropathy \(([^)]*)\)", text)
    names = agents.split(", ")
    assert {"bortezomib", "thalidomide"} <= set(names)
    assert len(names) == len(set(names))


def test_a_general_caution_hides_no_silence(kg):
    """What stands at every option for a frail patient leaves the mark of options whose toxicity no source prints."""
    patient = {"age": 78, "frailty": "frail", "egfr": 22, "prior_drugs": [{"regimen": "DRd", "status": "refractory"}]}
    report = kg.regimens_for(patient)
    assert re.search(r"\bcyclophosphamide ∅", report.to_text())
    assert not re.search(r"\bKd [a-d]*∅", report.to_text())
    assert any("cyclophosphamide" in silence["on"] for silence in report.data["silences"])
