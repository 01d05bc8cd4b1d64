"""What names mean: each kind with one that is taken and one that is not, and how text may vary."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rrmm import spelling
from rrmm.catalogue.naming import codes
from rrmm.catalogue.naming.lexicon import Lexicon
from rrmm.catalogue.naming.spelling import distance
from rrmm.cli.main import main
from rrmm.errors import QueryError
from rrmm.graph.files import GraphFiles
from support import ROOT

TAKEN = [
    ("Velcade", "drug", "bortezomib", "exact"),
    ("벨케이드주 3.5mg", "drug", "bortezomib", "exact"),
    ("PS-341", "drug", "bortezomib", "exact"),
    ("daratumumab-fihj", "drug", "daratumumab", "exact"),
    ("bortezomib 1.3 mg/m2 SC", "drug", "bortezomib", "exact"),
    ("Tecvayli", "drug", "teclistamab", "exact"),
    ("IMiDs", "class", "immunomodulatory drug", "exact"),
    ("alloSCT", "procedure", "alloSCT", "exact"),
    ("melphalan 200 mg/m2 + ASCT", "procedure", "autologous stem cell transplantation", "exact"),
    ("del(17)(p13.1)", "cytogenetics", "del(17p)", "exact"),
    ("t(4;14)(p16.3;q32)", "cytogenetics", "t(4;14)", "exact"),
    ("FGFR3::IGH", "cytogenetics", "t(4;14)", "exact"),
    ("-17", "cytogenetics", "del(17p)", "narrower"),
    ("del(17p) in 60% of cells", "cytogenetics", "del(17p)", "narrower"),
    ("gain 1q21", "cytogenetics", "gain(1q)", "exact"),
    ("adverse cytogenetics", "cytogenetics", "all high-risk", "narrower"),
    ("no high-risk abnormality", "cytogenetics", "standard-risk", "exact"),
    ("HTN", "comorbidity", "hypertension", "exact"),
    ("CKD stage 3b", "comorbidity", "renal impairment", "narrower"),
    ("history of DVT", "comorbidity", "thrombosis", "narrower"),
    ("heart attacks", "comorbidity", "myocardial infarction", "exact"),
    ("neuropathies", "comorbidity", "peripheral neuropathy", "narrower"),
    ("autografts", "procedure", "autologous stem cell transplantation", "exact"),
    ("고혈압", "comorbidity", "hypertension", "exact"),
    ("very good partial remission", "response", "VGPR", "exact"),
    ("SD", "response", "SD", "exact"),
    ("LDH above ULN", "finding", "elevated LDH", "exact"),
]
REFUSED = [
    ("D", "drug"),
    ("Myocet", "drug"),
    ("bortezomb", "drug"),
    ("lenalidomide-refractory", "drug"),
    ("checkpoint inhibitor", "class"),
    ("transplant", "procedure"),
    ("stem cell transplants", "procedure"),
    ("TP53", "cytogenetics"),
    ("normal karyotype", "cytogenetics"),
    ("ultra-high risk", "cytogenetics"),
    ("no neuropathy", "comorbidity"),
    ("family history of MI", "comorbidity"),
    ("cardiomyopathy with LVEF 30%", "comorbidity"),
    ("VGPR or better", "response"),
    ("LDH", "finding"),
    ("BPd", "regimen"),
    ("study arm B", "regimen"),
]
REGIMENS = [
    ("VRd", {"bortezomib", "lenalidomide", "dexamethasone"}),
    ("RVD-lite", {"bortezomib", "lenalidomide", "dexamethasone"}),
    ("Dara-VRd", {"daratumumab", "bortezomib", "lenalidomide", "dexamethasone"}),
    ("Velcade/Revlimid/dex", {"bortezomib", "lenalidomide", "dexamethasone"}),
    ("VMP", {"bortezomib", "melphalan", "prednisone"}),
    ("4 cycles of KRd", {"carfilzomib", "lenalidomide", "dexamethasone"}),
    ("teclistamab + dara", {"teclistamab", "daratumumab"}),
    ("IsaKd", {"isatuximab", "carfilzomib", "dexamethasone"}),
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """Return the names of this checkout."""
    return Lexicon.of(GraphFiles(ROOT))


@pytest.mark.parametrize(("said", "where", "label", "certainty"), TAKEN)
def test_takes(lexicon, said, where, label, certainty):
    """A name with one meaning in its place is taken, as what it is."""
    assert {(meaning.label, meaning.certainty) for meaning in lexicon.find(said).taken(where)} == {(label, certainty)}


DENIED = [
    *(
        (said, "cytogenetics")
        for said in ("t(4;14)-", "t(4;14) (-)", "t(4;14) −", "~t(4;14)", "¬del(17p)", "del(17p)-")
    ),
    *((said, "cytogenetics") for said in ("t(4;14) 0%", "del(17p) 0.0%", "del(17p)[0/200]", "nuc ish(TP53x1)[0/200]")),
    *((said, "cytogenetics") for said in ("del17p < 5%", "del(17p) in less than 5%")),
    *((said, "comorbidity") for said in ("¬HTN", "!diabetes", "~CHF", "✗ CHF", "❌ CHF", "☐ CHF", "[ ] CHF", "CHF ×")),
    *((said, "comorbidity") for said in ("∅ CHF", "HTN(-)", "HTN (-)", "HTN -", "DM-")),
    *(
        (said, "drug")
        for said in ("bortezomib x0", "bortezomib 0 cycles", "bortezomib 0 mg", "¬Velcade", "☐ bortezomib")
    ),
    *((said, "regimen") for said in ("Vd x 0", "☐ Vd", "0 cycles of Vd")),
]


@pytest.mark.parametrize(("said", "where"), DENIED)
def test_a_sign_or_a_zero_denies(lexicon, said, where):
    """What a name would mean is offered with the reason, and not taken."""
    answer = lexicon.find(said, where)
    assert answer.taken(where) == ()
    assert {meaning.certainty for meaning in answer.meanings} == {"ambiguous"}
    assert all(meaning.because for meaning in answer.meanings)


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("17p-", "cytogenetics"),
        ("-17", "cytogenetics"),
        ("t(4;14) (+)", "cytogenetics"),
        ("del(17p) in 10%", "cytogenetics"),
        ("del(17p)[20/200]", "cytogenetics"),
        ("- CHF", "comorbidity"),
        ("A-fib", "comorbidity"),
        ("bortezomib 10 mg", "drug"),
        ("bortezomib 1.0 mg", "drug"),
        ("VP-16", "drug"),
        ("VTD × 4 cycles", "regimen"),
    ],
)
def test_other_signs_and_numbers_do_not(lexicon, said, where):
    """A loss, a hyphen, a dose and a count are no denial."""
    assert lexicon.find(said, where).taken(where)


@pytest.mark.parametrize(("said", "where"), REFUSED)
def test_refuses(lexicon, said, where):
    """An ambiguous, doubted or misspelt name is not taken."""
    assert lexicon.find(said).taken(where) == ()


def test_an_unknown_place_is_refused(lexicon):
    """It is named, with the nearest."""
    with pytest.raises(QueryError, match=r"No place of names 'drugs'.*Did you mean drug\?"):
        lexicon.find("Velcade", "drugs")


@pytest.mark.parametrize(("said", "drugs"), REGIMENS)
def test_reads_regimens(lexicon, said, drugs):
    """A regimen of the history is its drugs, whether the graph has it or not."""
    (meaning,) = lexicon.find(said).taken("regimen")
    assert set(meaning.drugs) == drugs


@pytest.mark.parametrize("said", ["1.3 mg/m2", "banana", "Vrx", "did", "end", "KKd"])
def test_reads_no_regimen_where_there_is_none(lexicon, said):
    """Doses and other words are no regimen."""
    assert lexicon.find(said, "regimen").taken("regimen") == ()


def test_the_place_decides(lexicon):
    """The same letters mean a disease among comorbidities and drugs in a history."""
    labels = {meaning.where: meaning.label for meaning in lexicon.find("CVD").meanings}
    assert labels["comorbidity"] == "cerebrovascular disease"
    assert [meaning.where for meaning in lexicon.find("CVD", "comorbidity").meanings] == ["comorbidity"]


def test_a_name_that_says_several_things_means_each(lexicon):
    """One code or text for several diseases gives all of them; dialysis says a further key."""
    several = lexicon.find("I13.0").taken("comorbidity")
    assert {meaning.label for meaning in several} == {"heart failure", "hypertension", "renal impairment"}
    assert len(lexicon.find("hypertension and T2DM").taken("comorbidity")) == 2
    (dialysis,) = lexicon.find("on hemodialysis").taken("comorbidity")
    assert (dialysis.label, dialysis.also) == ("renal impairment", "dialysis")


def test_a_grade_goes_with_the_name(lexicon):
    """The words of a grade are read; a stage is none."""
    assert [meaning.grade for meaning in lexicon.find("neuropathy grade 2").meanings] == [2]
    assert [meaning.grade for meaning in lexicon.find("CKD stage 3").meanings] == [None]


def test_a_gloss_settles_what_is_meant(lexicon):
    """What stands in parentheses decides between candidates, or says the same again."""
    (meaning,) = lexicon.find("BVd (bendamustine)").taken("regimen")
    assert set(meaning.drugs) == {"bendamustine", "bortezomib", "dexamethasone"}
    assert lexicon.find("MI (heart failure)").taken("comorbidity") == ()


@pytest.mark.parametrize(
    "said",
    [
        "NCIT:C1851",
        "NCIt C1851",
        "C1851",
        "http://purl.obolibrary.org/obo/NCIT_C1851",
        "RxNorm:358258",
        "RXCUI 358258",
        "ATC:L01XG01",
        "L01XG01",
        "drug:bortezomib",
        "https://w3id.org/rrmm/id/drug/bortezomib",
    ],
)
def test_takes_codes(lexicon, said):
    """Every exact match is a name, in the usual ways to write its prefix, and so are our own CURIEs and IRIs."""
    assert [meaning.label for meaning in lexicon.find(said).taken("drug")] == ["bortezomib"]


@pytest.mark.parametrize("said", ["358258", "17", "SNOMED:1", "NCIT:C9999999", "rxnorm:"])
def test_refuses_other_codes(lexicon, said):
    """A bare number has no vocabulary, and an unknown code no meaning."""
    assert not [meaning for meaning in lexicon.find(said).meanings if meaning.taken]


def test_codes_are_known_by_the_longest_beginning(lexicon):
    """A code of diseases means what its longest known beginning means."""
    assert [meaning.label for meaning in lexicon.find("I48.91").meanings] == ["arrhythmia"]
    assert {meaning.label for meaning in lexicon.find("ICD-10 I25.2").meanings} == {"myocardial infarction"}
    assert {meaning.label for meaning in lexicon.find("I25.10").meanings} == {"ischemic heart disease"}
    assert lexicon.codes.find("Q99.9") is None


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("bortezomb", "bortezomib"),
        ("darzelex", "daratumumab"),
        ("hypertention", "hypertension"),
        ("teclistimab", "teclistamab"),
    ],
)
def test_a_slip_is_offered_first(lexicon, said, label):
    """A slip of spelling has no meaning, and the right thing is offered first."""
    answer = lexicon.find(said)
    assert (answer.meanings, answer.offers[0]) == ((), label)


def test_what_an_ambiguous_name_could_be_is_offered(lexicon):
    """The candidates stand as ambiguous meanings and as offers."""
    answer = lexicon.find("BPd", "regimen")
    assert {meaning.certainty for meaning in answer.meanings} == {"ambiguous"}
    assert len(answer.offers) == 2


def test_a_class_where_a_drug_is_asked_for_offers_its_members(lexicon):
    """A class is no drug; its members are offered."""
    answer = lexicon.find("anti-CD38", "drug")
    assert answer.meanings == ()
    assert {"daratumumab", "isatuximab"} <= set(answer.offers)


NAMES = ["Velcade", "t(4;14)", "CC-5013", "heart failure", "17p-", "VP-16", "β-blocker"]


@given(st.sampled_from(NAMES), st.data())
def test_spelling_makes_no_difference(name, data):
    """Case, blanks, soft hyphens, trade marks and full-width letters leave the key as it is."""
    wide = {letter: chr(ord(letter) + 0xFEE0) for letter in map(chr, range(0x21, 0x7F))}
    changed = "".join(
        data.draw(st.sampled_from([letter, letter.upper(), wide.get(letter, letter), letter + "\u00ad"]))
        for letter in name
    )
    blank = data.draw(st.sampled_from(["", " ", "\u00a0"]))
    assert spelling.key(blank + changed + "™" + blank) == spelling.key(name)


@given(st.text(max_size=30))
def test_a_key_is_its_own_key(text):
    """Making a key twice gives the same."""
    assert spelling.key(spelling.key(text)) == spelling.key(text)


@given(st.text(alphabet="abc", max_size=6), st.text(alphabet="abc", max_size=6))
def test_distance_is_a_distance(left, right):
    """It is the same both ways, and nothing only between equals."""
    assert distance(left, right, 9) == distance(right, left, 9)
    assert (distance(left, right, 9) == 0) == (left == right)


def test_signs_count():
    """A sign at an end, a bound, and a doubt each make another name."""
    assert len({spelling.key(text) for text in ("17", "-17", "17-", "17+", "17?", ">17")}) == 6


def test_a_text_of_any_kind_has_an_answer(lexicon):
    """Nothing, blanks, signs and long texts are no name, and no error."""
    for said in ("", " ", "()", "-", "+", "a" * 500, "t(", "\x00", "((((", "1" * 40):
        assert not [meaning for meaning in lexicon.find(said).meanings if meaning.taken]


def test_bare_numbers_are_no_codes():
    """The pattern of bare numbers knows a sign."""
    assert codes.BARE_NUMBER.fullmatch("123 456")
    assert not codes.BARE_NUMBER.fullmatch("C123")


def test_the_command_prints_json(capsys):
    """`rrmm names` gives one entry a word, in order, with just the promised keys, and exit code 0."""
    assert main(["names", "--format", "json", "--", "Velcade", "banana", "VRd"]) == 0
    answers = json.loads(capsys.readouterr().out)
    assert [answer["said"] for answer in answers] == ["Velcade", "banana", "VRd"]
    assert answers[0]["meanings"] == [
        {
            "where": "drug",
            "label": "bortezomib",
            "drugs": [],
            "iri": "https://w3id.org/rrmm/id/drug/bortezomib",
            "certainty": "exact",
            "grade": None,
        }
    ]
    assert (answers[1]["meanings"], answers[1]["offers"]) == ([], [])
    assert set(answers[2]["meanings"][0]["drugs"]) == {"bortezomib", "lenalidomide", "dexamethasone"}


def test_the_command_prints_text(capsys):
    """A table says what is taken, why something is not, and what is near."""
    assert main(["names", "CVD", "bortezomb", "D", "--where", "drug"]) == 0
    text = capsys.readouterr().out
    assert "unknown; near: bortezomib" in text
    assert "ambiguous" in text
    assert "it stands for several" in text
