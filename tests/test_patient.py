"""A patient file: what is accepted, and what is refused with one clear message."""

from __future__ import annotations

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rrmm.errors import PatientError
from rrmm.patient import schema
from rrmm.patient.document import read
from rrmm.patient.resolve import resolve
from support.commands import checkout

KG = checkout()
SCHEMA = schema.patient(KG.rule_base)

ACCEPTED = [
    {},
    {"age": 70, "region": "kr", "ecog": 2, "egfr": 55.5, "frailty": "Frail", "iss": "III"},
    {"comorbidities": ["Heart Failure", {"name": "peripheral neuropathy", "grade": 2}, {"other": "gout"}]},
    {"ecog": 1.0, "comorbidities": [{"name": "peripheral neuropathy", "grade": 2.0}]},
    {"comorbidities": [], "cytogenetics": ["del(17p)", {"other": "gain(1q)"}]},
    {"prior_drugs": [{"drug": "Dara", "status": "refractory"}, {"drug": "drug:bortezomib", "best_response": "sCR"}]},
    {"prior_drugs": [{"drug": "https://w3id.org/rrmm/id/drug/carfilzomib", "line": 1, "toxicity": "acceptable"}]},
    {"prior_drugs": [{"drug": "lenalidomide", "line": 1}, {"drug": "lenalidomide", "line": 2}]},
    {"prior_drugs": None, "age": None},
    {"relapse": {"type": "none", "findings": {"calcium_mg_dl": 11.9, "symptomatic": True}}},
    {"relapse": {"aggressive_features": ["elevated LDH"]}, "access": "new agents not affordable"},
    {"transplant": {"eligible": True, "months_to_relapse": 22}},
    {"title": "\U0001f600 " * 500, "prior_drugs": [{"drug": "bortezomib", "regimen": "as it was given " * 50}]},
]

COUNTRIES = {
    "kr": "KR",
    " KOR ": "KR",
    "South Korea": "KR",
    "대한민국": "KR",
    "China": "CN",
    "Switzerland": "CH",
    "U.S.A.": "US",
    "österreich": "AT",
    "EU": "EU",
    "zz": "ZZ",
}

REFUSED = [
    ({"agee": 70}, "agee: unknown key. Did you mean age?"),
    ({"a\nb": 1}, "file.yaml: a\\nb: unknown key."),
    ({"age": -1}, "age: -1 is out of range"),
    ({"age": "seventy"}, "age: takes a number"),
    ({"age": True}, "age: takes a number"),
    ({"age": float("nan")}, "age: takes a number"),
    ({"ecog": 1.5}, "ecog: takes a whole number"),
    ({"region": "SW"}, "region: unknown country 'SW'. Did you mean Sweden (SE) or Switzerland (CH)?"),
    ({"region": "Atlantis"}, "region: unknown country 'Atlantis'. Give its ISO 3166-1 code, such as KR."),
    ({"region": "Germny"}, "region: unknown country 'Germny'. Did you mean Germany (DE)"),
    ({"region": 82}, "region: takes a country, by its ISO 3166-1 code or name, not 82."),
    ({"id": "\ud800"}, "id: holds half of a surrogate pair (\\ud800), which is no character."),
    ({"prior_drugs": [{"drug": {"other": "x\udfff"}}]}, "prior_drugs[1].drug.other: holds half of a surrogate pair"),
    ({"title\udc00": 1}, "half of a surrogate pair (\\udc00)"),
    ({"frailty": "f" * 1_000_000}, "frailty: 'fff"),
    ({"comorbidities": [{"other": "f" * 201}]}, "has 201 characters; a name has at most 200."),
    ({"x" * 1_000_000: 1}, "has 1,000,000 characters; a name has at most 200."),
    ({"egfr": 10**400}, "egfr: takes a number, not 1000"),
    ({"comorbidities": [{"other": " "}]}, "comorbidities[1]: other takes a text"),
    ({"comorbidities": ["x"] * 501}, "comorbidities: 501 entries; a list has at most 500."),
    ({"frailty": "weak"}, "frailty: unknown name 'weak'"),
    ({"cytogenetics": ["del(17q)"]}, "cytogenetics[1]: unknown name 'del(17q)'. Did you mean del(17p)"),
    ({"comorbidities": ["hart failure"]}, "Did you mean heart failure"),
    ({"comorbidities": [{"name": "hypertension", "grade": 9}]}, "takes a grade from 1 to 5"),
    ({"comorbidities": [{"name": "hypertension", "grade": 2.5}]}, "takes a grade from 1 to 5, not 2.5"),
    ({"comorbidities": [{"nome": "hypertension"}]}, "unknown key 'nome'"),
    ({"prior_drugs": {"drug": "bortezomib"}}, "prior_drugs: takes a list"),
    ({"prior_drugs": [{"status": "refractory"}]}, "prior_drugs[1]: the key drug is missing"),
    (
        {"prior_drugs": [{"drug": "bortezomip"}]},
        "prior_drugs[1].drug: unknown name 'bortezomip'. Did you mean bortezomib",
    ),
    ({"prior_drugs": [{"drug": "bortezomib", "responce": "PR"}]}, "unknown key"),
    ({"prior_drugs": [{"drug": "bortezomib"}, {"drug": "Bortezomib"}]}, "stands twice"),
    ({"prior_drugs": [{"drug": "bortezomib", "line": [1]}]}, "prior_drugs[1].line: takes"),
    ({"relapse": "clinical"}, "relapse: takes keys below it"),
    ({"relapse": {"findings": {"calcium": 12}}}, "relapse.findings.calcium: unknown key"),
    ({"transplant": {"eligible": "yes"}}, "transplant.eligible: takes true or false"),
]


@pytest.mark.parametrize("document", ACCEPTED)
def test_accepted(document):
    """Labels, aliases, CURIEs and IRIs are found, whatever their case; null means not known."""
    resolve(document, KG.rule_base)
    jsonschema.validate(document, SCHEMA)


@pytest.mark.parametrize(("word", "code"), COUNTRIES.items())
def test_a_country_is_known_by_its_code_or_name(word, code):
    """A code or name of a country is its code; one that is free for users stays as it is."""
    region = KG.rule_base.keys["region"].property
    assert resolve({"region": word}, KG.rule_base).facts[region].certain == {code}


@pytest.mark.parametrize(("document", "message"), REFUSED, ids=lambda value: str(value)[:40])
def test_refused(document, message):
    """What is not understood is an error that names the key and offers the nearest, never ignored."""
    with pytest.raises(PatientError) as caught:
        resolve(document, KG.rule_base, "file.yaml")
    assert message in str(caught.value)
    assert str(caught.value).startswith("file.yaml: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000
    str(caught.value).encode()


def test_other_words_are_echoed():
    """A true word that no source knows comes back as not covered."""
    report = KG.regimens_for({"cytogenetics": [{"other": "gain(1q)"}]})
    assert report.data["not_covered"] == ["gain(1q)"]
    assert "Nothing is said on gain(1q)." in report.to_text()


@pytest.mark.parametrize(
    ("entries", "value"),
    [
        ([{"other": "sleep apnea"}], "sleep apnea (known to no source)"),
        ([{"other": "sleep apnea"}, "rest unknown"], "sleep apnea (known to no source)"),
        ([{"other": "sleep apnea"}, "hypertension"], "hypertension"),
        ([{"other": "sleep apnea", "present": False}], None),
        ([], "none"),
    ],
)
def test_other_words_are_not_none(entries, value):
    """Only an empty list says that there was none."""
    report = KG.regimens_for({"comorbidities": entries, "cytogenetics": [{"other": "gain(1q)"}]})
    facts = {fact["key"]: fact["value"] for fact in report.data["facts"]}
    assert facts.get("comorbidities") == value
    text, answer = report.to_text(), report.to_json(everything=True)
    assert ("no comorbidity" in text) == (value == "none")
    assert "no cytogenetic finding" not in text
    assert "cytogenetics: none" not in answer


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("- a\n- b\n", "a mapping"),
        ("just words", "a mapping"),
        ("1: 2", "a mapping"),
        ("age: 1\nage: 2\n", "age"),
        (f"age: 1\nage: {'x' * 5000}\n", "age"),
        ('{"age": 1, "age": 2}', "twice"),
        ("a: [1, 2", ":"),
        ("age: 70\n\tb: 1", ""),
        ("x" * 1_000_001, "at most"),
        ("!!python/object:os.system {}", ""),
        ("[" * 3000, "nested deeper than 100 levels"),
        ("age: " + "[" * 300_000, "nested deeper than 100 levels"),
        ("- " * 3000 + "x", "nested deeper than 100 levels"),
        ("\n".join(" " * depth + "a:" for depth in range(200)), "nested deeper than 100 levels"),
        ('{"a": ' + "[" * 101 + "]" * 101 + "}", "nested deeper than 100 levels"),
        ("age: 70\nx: .nan", "where: x: holds a number that is not finite"),
        ("prior_drugs: [{line: -.inf}]", "where: prior_drugs[1].line: holds a number that is not finite"),
        ('{"age": 1e400}', "where: age: holds a number that is not finite"),
        (f"x: 0x{'f' * 5000}", "where: x: holds a number that is not finite, or too large for JSON"),
        ("age: 70\nx: !!set {a, b}", "where:2: !!set is not read"),
        ("x: [!!binary aGk=]", "where:1: !!binary is not read"),
        ("x: !drug bortezomib", "where:1: !drug is not read"),
        (f"x: !{'drug' * 5000} bortezomib", "is not read"),
        ("x: {1: a, '1': b}", "each key a text"),
        ("x: {? [a, b] : c}", "each key a text"),
    ],
)
def test_unreadable_files(text, message):
    """What is no YAML mapping is refused in one line."""
    with pytest.raises(PatientError, match="where") as caught:
        read(text, "where")
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300


def test_dates_are_the_text_that_stands_there():
    """What is read are values of JSON, so that every door answers alike."""
    assert read("id: x\ndays: [2026-02-16, 2026-02-16 09:30:00]", "where") == {
        "id": "x",
        "days": ["2026-02-16", "2026-02-16 09:30:00"],
    }


def test_norway_is_a_country():
    """YAML 1.2 is read: NO is a word, not false."""
    document = read("region: NO", "where")
    assert document == {"region": "NO"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8),
        lambda v: (
            st.lists(v, max_size=3)
            | st.dictionaries(
                st.sampled_from(sorted({p.split(".")[0] for p in KG.rule_base.keys} | {"drug", "name", "x"})),
                v,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
@settings(max_examples=300, deadline=None)
def test_no_document_makes_anything_but_a_patient_error(document):
    """Whatever the keys hold, the answer is a report or one message."""
    if isinstance(document, dict):
        try:
            KG.regimens_for(document, evidence=False)
        except PatientError as error:
            assert str(error)


def deep(levels):
    """Return a patient nested so deep."""
    document = {}
    for _ in range(levels):
        document = {"relapse": document}
    return document


def cyclic():
    """Return a patient whose prior drugs hold it, ten times."""
    document = {"prior_drugs": []}
    document["prior_drugs"] += [document] * 10
    return document


@pytest.mark.parametrize(
    ("document", "problem"), [(deep(5_000), "nested deeper"), (deep(101), "nested deeper"), (cyclic(), "holds itself")]
)
def test_a_patient_without_a_bottom_is_refused(document, problem):
    """A mapping of Python that is too deep, or holds itself, is refused by one message, at once."""
    with pytest.raises(PatientError, match=problem):
        KG.regimens_for(document)


def test_a_part_that_stands_twice_is_no_circle():
    """One list of Python may stand in two places."""
    nothing = []
    assert KG.regimens_for({"comorbidities": nothing, "prior_drugs": nothing})
