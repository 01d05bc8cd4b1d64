"""Many patients at once: the answers are those of each patient alone, whatever form the table has."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import islice
from random import Random

import numpy as np
import polars as pl
import pytest

from rrmm.cohort.cells import normal
from rrmm.cohort.columns import layout
from rrmm.cohort.documents import document
from rrmm.cohort.evaluator import CohortEvaluator
from rrmm.cohort.planes import Rows
from rrmm.cohort.simulate import patients as simulated
from rrmm.cohort.texts import texts
from rrmm.errors import PatientError
from support import ROOT, cohort_tables, random_patients
from support.commands import checkout

KG = checkout()
COMPILED = KG.rule_base
SOME = 200
FORMS = {"paths": lambda frame: frame, "structs": cohort_tables.nested, "text": cohort_tables.text}


def judged(frame, *, wide=False):
    """Return a judge of a table, and what it derives."""
    evaluator = CohortEvaluator(COMPILED, frame.schema, "table", wide=wide)
    return evaluator, evaluator.evaluate(frame, asking=True)


def problems(frame):
    """Return what is wrong with the patients of a table, by their identifiers."""
    judge, found = judged(frame)
    return {found.ids[fault.place]: fault.problem for fault in judge.faults(found)}


def one(**values):
    """Return a table of one patient, each column of the type that Polars sees in it."""
    return pl.DataFrame([{"id": "A"} | {name.replace("__", "."): value for name, value in values.items()}])


SAMPLES = [pytest.param(8, 100, id="small"), *(pytest.param(seed, 2500, marks=pytest.mark.slow) for seed in range(8))]


@pytest.mark.parametrize(("seed", "size"), SAMPLES)
def test_answers_are_those_of_one_patient(seed, size):
    """Statuses, reasons, cautions, needs, states, pattern and timing are those of each patient alone; so are faults."""
    random, given, expected, good = Random(seed), [], [], []
    while len(good) < size:
        given.append(random_patients.document(COMPILED, random))
        expected.append(cohort_tables.said(COMPILED, given[-1]))
        good += expected[-1:] if not isinstance(expected[-1], str) else []
    frame = cohort_tables.columns(COMPILED, given)
    judge, found = judged(frame)
    assert found.faulty.tolist() == [isinstance(answer, str) for answer in expected]
    for fault in islice(judge.faults(found), SOME):
        assert fault.problem == expected[fault.place]

    sound = frame.filter(~found.faulty)
    long = KG.cohort(sound).collect().partition_by("id", maintain_order=True)
    for rows, (answers, _) in zip(long, good, strict=True):
        several = rows.drop("id").to_dicts()
        assert {row.pop("option"): row for row in several} == answers
    wide = KG.cohort(sound, wide=True).collect().drop("id")
    for row, (_, words) in zip(wide.iter_rows(named=True), good, strict=True):
        assert {name: value for name, value in row.items() if value is not None} == words


@pytest.fixture(scope="module")
def made_up():
    """Return made-up patients."""
    return next(simulated(COMPILED, 1000, seed=5))


@pytest.mark.parametrize("form", FORMS)
def test_forms_say_the_same(made_up, form):
    """Columns by their paths, structs and the text of a CSV give one answer."""
    assert KG.cohort(FORMS[form](made_up)).collect().equals(KG.cohort(made_up).collect())


@pytest.mark.parametrize("form", FORMS)
def test_a_table_says_what_its_patient_files_say(made_up, form):
    """Each row, in each form, is read as the patient file with the same answers."""
    frame = FORMS[form](made_up.head(50))
    table = normal(layout(COMPILED, frame.schema, "table"), frame)
    answers = KG.cohort(frame).collect().partition_by("id", maintain_order=True)
    for number, rows in enumerate(answers):
        long, _ = cohort_tables.said(COMPILED, document(COMPILED, table, number))
        assert dict(zip(rows["option"], rows["status"], strict=True)) == {
            name: row["status"] for name, row in long.items()
        }


def test_wide_is_long_turned(made_up):
    """One row a patient holds the statuses of its rows by option."""
    long = KG.cohort(made_up).collect().with_columns(pl.col("option").cast(pl.String))
    turned = long.pivot("option", index="id", values="status")
    wide = KG.cohort(made_up, wide=True).collect()
    assert wide.select(turned.columns).equals(turned)


def test_words_of_a_few_can_be_categories(made_up):
    """Columns of categories and enumerations are read as the text that they stand for."""
    words = made_up["iss"].drop_nulls().unique().sort()
    typed = made_up.with_columns(
        pl.col("id", "region", "frailty").cast(pl.Categorical),
        pl.col("iss").cast(pl.Enum(words)),
        pl.col("comorbidities").cast(pl.List(pl.Categorical)),
    )
    assert KG.cohort(typed).collect().equals(KG.cohort(made_up).collect())


def test_lists_by_status_stand_for_prior_drugs():
    """A list of the drugs of one status says what a drug with its status says; text is apart by a sign."""
    listed = one(refractory="bortezomib|Lenalidomide", exposed=["daratumumab"], intolerant="[]")
    drugs = [("bortezomib", "refractory"), ("lenalidomide", "refractory"), ("daratumumab", "exposed")]
    spelt = one(prior_drugs=[{"drug": drug, "status": status} for drug, status in drugs])
    assert KG.cohort(listed).collect().equals(KG.cohort(spelt).collect())


def test_none_is_not_unknown():
    """An empty list of drugs is known to be empty; a column that is left out, null or all null is not known."""
    none, left_out = KG.cohort(one(prior_drugs="[]")).collect(), KG.cohort(one(age=70)).collect()
    assert none.filter(pl.col("option") == "Kd")["status"].to_list() == ["option"]
    assert left_out.filter(pl.col("option") == "Kd")["status"].to_list() == ["undetermined"]
    for unknown in (one(age=70, prior_drugs=None), one(age=70, refractory=None, prior_drugs__1__drug=None)):
        assert KG.cohort(unknown).collect().equals(left_out)


def test_a_word_the_source_does_not_know_is_let_through():
    """An entry other:WORD is a true word of which nothing follows, in the lists that allow one."""
    known, other = one(comorbidities="heart failure"), one(comorbidities="heart failure|other: gout")
    assert KG.cohort(other).collect().equals(KG.cohort(known).collect())
    assert problems(one(access="other: gout")) == {
        "A": "access[1]: other takes a text, in lists that allow it. See: rrmm schema patient"
    }


def test_many_names_are_joined_in_their_order():
    """The text of a row names each set that contains it, however many sets there are."""
    rows = Rows(3)
    named = {f"n{number}": rows.at(np.arange(number % 3)) for number in range(40)}
    numbers, spellings = texts(rows, named)
    expected = [";".join(f"n{number}" for number in range(40) if row < number % 3) for row in range(3)]
    assert [spellings[number] for number in numbers] == expected


def test_rows_without_an_identifier_are_numbered(made_up):
    """A table without identifiers is answered under the numbers of its rows."""
    found = KG.cohort(made_up.drop("id")).collect()
    assert found["id"].unique(maintain_order=True).to_list() == [str(number) for number in range(1, 1001)]


def test_an_empty_table_has_an_empty_answer(made_up):
    """No patients, no answers, and the same columns."""
    for wide in (False, True):
        whole = KG.cohort(made_up, wide=wide)
        empty = KG.cohort(made_up.clear(), wide=wide).collect()
        assert empty.is_empty()
        assert empty.schema == whole.collect_schema()


def test_batches_do_not_show(made_up):
    """A table in pieces has the answers of the whole."""
    some = made_up.head(100)
    pieces = [KG.cohort(piece).collect() for piece in some.iter_slices(7)]
    assert pl.concat(pieces).equals(KG.cohort(some.lazy()).collect())


REFUSED = {
    "agee": (70, "column 'agee': unknown. Did you mean age?"),
    "prior_drugs__1__drugs": ("bortezomib", "column 'prior_drugs.1.drugs': unknown."),
    "prior_drugs__0__drug": ("bortezomib", "column 'prior_drugs.0.drug': unknown."),
    "prior_drugs__drug": ("bortezomib", "column 'prior_drugs.drug': unknown."),
    "relapse": ("clinical", "column 'relapse': unknown. Did you mean relapse.type"),
    "age": (True, "column 'age': takes numbers, but holds Boolean."),
    "ecog": ([1], "column 'ecog': takes whole numbers, but holds List(Int64)."),
    "frailty": (True, "column 'frailty': takes names, but holds Boolean."),
    "transplant__eligible": (1, "column 'transplant.eligible': takes true or false, but holds Int64."),
    "comorbidities": ([[1.5]], "column 'comorbidities': takes lists of names, but holds List(List(Float64))."),
    "prior_drugs": ([{"drug": "bortezomib", "dose": 1}], "column 'prior_drugs': unknown field 'dose'."),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_column_is_refused_at_once(name):
    """A column that patients do not have, or of a type that its key does not take, is an error before any row."""
    value, message = REFUSED[name]
    with pytest.raises(PatientError, match=r"^frame: column") as error:
        KG.cohort(one(**{name: value}).lazy())
    assert str(error.value).startswith(f"frame: {message}")
    assert str(error.value).endswith("See: rrmm schema cohort")


def test_a_column_stands_once():
    """A key given as a struct's field and by its path is an error."""
    twice = pl.DataFrame({"id": ["A"], "relapse.type": ["clinical"], "relapse": [{"type": "clinical"}]})
    with pytest.raises(PatientError, match=r"column 'relapse.type' stands twice, nested and by its path. Drop one."):
        KG.cohort(twice)


BAD = {
    "age__130_1": (
        {"age": 130.1},
        "age: 130.1 is out of range; it takes a number from 18 to 120 (unit a).",
    ),
    "age_nan": ({"age": float("nan")}, "age: takes a number, not nan."),
    "age_text": ({"age": "old"}, 'age: takes a number, not "old".'),
    "age_unit": ({"age": "70 feet"}, "age: unknown unit 'feet'"),
    "ecog_half": ({"ecog": 1.5}, "ecog: takes a whole number, not 1.5."),
    "findings_infinite": (
        {"relapse__findings__calcium_mg_dl": float("inf")},
        "relapse.findings.calcium_mg_dl: takes a number, not inf.",
    ),
    "boolean_text": ({"transplant__eligible": "yes"}, 'transplant.eligible: takes true or false, not "yes".'),
    "region_unknown": ({"region": "SW"}, "region: unknown country 'SW'. Did you mean Sweden (SE) or Switzerland (CH)?"),
    "name_long": ({"comorbidities": ["x" * 201]}, "comorbidities[1]: 'xxx"),
    "other_empty": ({"comorbidities": ["other: "]}, "comorbidities[1]: other takes a text"),
    "other_long": ({"comorbidities": ["other: " + "x" * 201]}, "comorbidities[1].other: 'xxx"),
    "name_unknown": (
        {"comorbidities": ["heart failur"]},
        "comorbidities[1]: unknown name 'heart failur'. Did you mean heart failure?",
    ),
    "name_null": ({"comorbidities": ["heart failure", None]}, "comorbidities[2]: takes a name, not null."),
    "drug_unknown": (
        {"exposed": "bortezomid"},
        "exposed: unknown name 'bortezomid'. Did you mean bortezomib",
    ),
    "drug_numbered": (
        {"prior_drugs__3__drug": "bortezomid"},
        "prior_drugs.3.drug: unknown name 'bortezomid'. Did you mean bortezomib",
    ),
    "drug_listed": (
        {"prior_drugs": [{"drug": "bortezomib"}, {"drug": "bortezomid"}]},
        "prior_drugs[2].drug: unknown name 'bortezomid'. Did you mean bortezomib",
    ),
    "drug_missing": ({"prior_drugs__2__line": 1}, "prior_drugs.2: the key drug is missing."),
    "drug_twice": (
        {"refractory": "bortezomib", "exposed": "bortezomib"},
        "exposed: bortezomib stands twice in one line of therapy. Merge the entries.",
    ),
    "line_beyond": (
        {"prior_lines": 1, "prior_drugs__1__drug": "bortezomib", "prior_drugs__1__line": 2},
        "prior_drugs[bortezomib]: line 2 contradicts prior_lines: 1. Correct one.",
    ),
    "line_no_number": (
        {"prior_drugs": [{"drug": "bortezomib", "line": float("nan")}]},
        "prior_drugs[1].line: takes a whole number, not nan.",
    ),
    "no_lines": (
        {"prior_lines": 0, "exposed": "bortezomib"},
        "prior_drugs[bortezomib]: a prior drug contradicts prior_lines: 0. Correct one.",
    ),
    "contradiction": (
        {"cytogenetics": "standard-risk|t(4;14)"},
        "standard-risk contradicts a high-risk abnormality (cytogenetics: t(4;14); cytogenetics: standard-risk).",
    ),
    "denied": (
        {"cytogenetics": [{"name": "t(4;14)", "present": True}, {"name": "all high-risk", "present": False}]},
        "that high-risk cytogenetics are absent contradicts a high-risk abnormality (cytogenetics: t(4;14);",
    ),
    "denied_each": (
        {"cytogenetics": "high-risk cytogenetics", "no_cytogenetics": "del(17p)|t(4;14)|t(14;16)"},
        "high-risk cytogenetics contradict that each high-risk abnormality is absent",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_row_is_refused_in_the_words_for_one_patient(name):
    """What no patient file could say is refused, whether judged or answered."""
    values, message = BAD[name]
    frame = one(**values)
    assert problems(frame)["A"].startswith(message)
    with pytest.raises(PatientError) as error:
        KG.cohort(frame).collect()
    assert str(error.value).startswith(f"frame: patient A: {message}")


def test_a_missing_identifier_is_a_bad_row():
    """Among identifiers none is missing."""
    frame = pl.DataFrame({"id": ["A", None], "age": [70, 71]})
    assert problems(frame) == {None: "id: missing. Give each patient one."}
    with pytest.raises(PatientError, match=r"^frame: id: missing\. Give each patient one\.$"):
        KG.cohort(frame).collect()


GOOD = {
    "text": {"age": " 70 ", "ecog": "1", "transplant__eligible": "TRUE", "region": "kr"},
    "aliases": {"iss": 3, "relapse__type": "Clinical", "comorbidities": "DIABETES MELLITUS| hypertension "},
    "whole numbers with decimals": {"iss": 2.0, "ecog": 1.0, "prior_lines": "2.0"},
    "their text": {"iss": "2.0"},
    "addresses": {"frailty": "value:frail", "exposed": "https://w3id.org/rrmm/id/drug/bortezomib"},
}


@pytest.mark.parametrize("name", GOOD)
def test_spellings_are_those_of_a_patient_file(name):
    """Text of a number, case, aliases, CURIEs and IRIs are understood."""
    assert problems(one(**GOOD[name])) == {}


def _unplaced(problems):
    """Return problems without the place of the prior drug, which a table says by its column."""
    return {name: re.sub(r"\bprior_drugs(\.\d+|\[\d+\])", "drug", problem) for name, problem in problems.items()}


def test_damaged_tables_are_refused_row_by_row():
    """Of patients with random damage those are refused that are refused as patient files."""
    random = Random(3)
    damage = ["", "x", "200", "-1", "nan", "TRUE", "bortezomib", "t(4;14)|t(4;14)", "other:x", "[]", "1|2"]
    frame = cohort_tables.text(next(simulated(COMPILED, 300, seed=2)))
    rows = frame.rows()
    spoilt = [
        tuple(random.choice(damage) if place and random.random() < 0.02 else cell for place, cell in enumerate(row))
        for row in rows
    ]
    frame = pl.DataFrame(spoilt, schema=frame.schema, orient="row")
    table = normal(layout(COMPILED, frame.schema, "table"), frame)
    alone = [cohort_tables.said(COMPILED, document(COMPILED, table, number)) for number in range(len(rows))]
    expected = {f"P{number:08}": said for number, said in enumerate(alone, 1) if isinstance(said, str)}
    assert _unplaced(problems(frame)) == _unplaced(expected)
    assert 0 < len(expected) < len(rows)


def test_another_kind_of_frame_is_refused():
    """What is neither of Polars nor of PySpark is an error that says so."""
    with pytest.raises(PatientError, match=r"A cohort is a Polars or PySpark frame, not list\."):
        KG.cohort([{"id": "A"}])


def test_one_patient_needs_no_columns():
    """The library, the command line and one patient's answer leave Polars and NumPy alone."""
    code = (
        "import sys; from rrmm import KnowledgeGraph, cli; kg = KnowledgeGraph.load();"
        " kg.regimens_for({'age': 70}); sys.exit(bool({'polars', 'numpy', 'pyspark'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
