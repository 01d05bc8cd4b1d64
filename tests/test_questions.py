"""The catalogue: every question has its reason, its parameters, its golden answer, and the same answer elsewhere."""

from __future__ import annotations

import csv
import io
import os
import re
from functools import cache

import pytest

from rrmm.errors import QueryError
from rrmm.graph import queries
from rrmm.graph.rdflib_store import RdflibStore
from rrmm.graph.table import Table
from rrmm.iris import SH
from support import ROOT

QUESTIONS = queries.read(ROOT, "questions")
GOLDEN = ROOT / "tests" / "golden" / "questions"
CASES = {name: (name, {}) for name in QUESTIONS} | {
    f"{name}.{parameter}": (name, {parameter: value})
    for name, query in QUESTIONS.items()
    for parameter, value in query.defaults.items()
}


@pytest.fixture(scope="module")
def ask(kg):
    """Return a function from a question to its answer; none is asked twice."""
    return cache(kg.query)


@pytest.mark.parametrize("case", CASES)
def test_answers_are_the_golden_ones(ask, case):
    """Regenerate with RRMM_GOLDEN=write, and hold the difference against the review."""
    name, values = CASES[case]
    path = GOLDEN / f"{case}.csv"
    answer = ask(name, **values).to_csv()
    if os.environ.get("RRMM_GOLDEN") == "write":
        path.write_text(answer, encoding="utf-8", newline="")
    else:
        assert answer == path.read_bytes().decode()


def test_every_golden_answer_has_a_question():
    """A question that goes takes its answer with it."""
    assert {path.stem for path in GOLDEN.glob("*.csv")} == set(CASES)


def test_there_are_as_many_as_were_promised():
    """Forty questions or more."""
    assert len(QUESTIONS) >= 40


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_header_says_what_a_question_takes(name):
    """One sentence of why, a group, a kind for each parameter, a default among the kinds; no parameter is mandatory."""
    query = QUESTIONS[name]
    assert query.tags
    assert re.fullmatch(r"[A-Z][^.]*\.", query.description)
    assert set(query.kinds) == set(query.parameters)
    assert set(query.defaults) <= set(query.parameters)
    assert all(variable.startswith("__") for variable in query.parameters.values())
    for parameter, variable in query.parameters.items():
        assert variable.endswith("_iri") == (query.kinds[parameter] not in {"text", "boolean"})


@pytest.mark.parametrize("name", QUESTIONS)
def test_answers_are_not_empty_and_in_a_total_order(ask, name):
    """Every question has an answer, and no row stands twice, so that the order is total."""
    table = ask(name)
    assert len(table) > 0
    assert len(set(table.rows)) == len(table.rows)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_text_parameter_restricts_the_column_of_its_name(ask, name):
    """So that a text that no row has can be told from an empty answer."""
    query = QUESTIONS[name]
    for parameter in query.parameters:
        if query.kinds[parameter] == "text":
            value = query.defaults[parameter]
            answer = ask(name, **{parameter: value})
            assert {str(cell) for cell in answer.column(parameter)} == {value}


BOOLEANS = [(name, one) for name, query in QUESTIONS.items() for one, kind in query.kinds.items() if kind == "boolean"]


@pytest.mark.parametrize(("name", "parameter"), BOOLEANS)
@pytest.mark.parametrize("value", ["yes", "1", "", "ture", "text"])
def test_a_boolean_parameter_is_true_or_false(kg, ask, name, parameter, value):
    """True restricts, false does not, in any case of letters and as Python has them; all else is refused."""
    whole, part = (ask(name, **{parameter: word}) for word in ("false", "true"))
    assert whole == ask(name)
    assert 0 < len(part) < len(whole)
    assert (part, whole) == tuple(kg.query(name, **{parameter: word}) for word in ("TRUE", False))
    for door in (kg.query, kg.bound):
        with pytest.raises(QueryError, match=f"{parameter} takes true or false, not '{value}'"):
            door(name, **{parameter: value})


@pytest.mark.parametrize("name", QUESTIONS)
def test_results_of_several_studies_say_how_far_they_compare(ask, name):
    """Where one answer holds numbers of more than one study, each row carries the caveat."""
    table = ask(name)
    numbers = {"as_printed", "hazard_ratio", "experimental_printed", "triplet_printed", "real_world_printed"}
    found = sorted(numbers & set(table.columns))
    if not found or name in {"missing-values", "results-in-doubt"}:
        return
    assert "comparability" in table.columns
    for row in table.to_dicts():
        assert row["comparability"] or row[found[0]] is None


def test_nothing_is_ranked():
    """No question is ordered by a value, least of all the largest first."""
    for query in QUESTIONS.values():
        order = query.body.rsplit("ORDER BY", 1)[1]
        assert "DESC" not in order
        assert not re.search(r"\?\w*(printed|value|difference|gain|ratio_value)\b", order), query.name


@pytest.fixture(scope="module")
def peer(kg):
    """Return the graph in rdflib."""
    return RdflibStore(kg.files.snapshot)


LONG = {
    "agreement-of-sources",
    "comparisons-read",
    "copies",
    "doublets-and-triplets",
    "history-of-trial",
    "newest-hazard-ratios",
    "regimens-without-results",
    "results",
    "significant-improvements",
    "statements-in-a-setting",
    "studies",
    "what-changed-since-2020",
}
"""Questions that take rdflib seconds: it is asked them by `make test-slow`."""
IN_RDFLIB = [pytest.param(case, marks=[pytest.mark.slow] if name in LONG else []) for case, (name, _) in CASES.items()]


@pytest.mark.parametrize("case", IN_RDFLIB)
def test_rdflib_gives_the_same_rows_in_the_same_order(kg, peer, case):
    """The text with its parameters bound runs elsewhere as it stands."""
    name, values = CASES[case]
    text = kg.bound(name, **values)
    assert list(map(_rounded, peer.rows(text))) == list(map(_rounded, kg.store.rows(text)))


def _rounded(row):
    return {key: round(value, 6) if isinstance(value, float) else value for key, value in row.items()}


def test_the_catalogue_is_in_the_graph(kg, ask):
    """Each question is an executable whose text, run as it stands there, gives the same answer."""
    rows = kg.store.rows(
        f"SELECT ?q ?text WHERE {{ ?q a <{SH}SPARQLSelectExecutable> ; <{SH}select> ?text }} ORDER BY ?q"
    )
    assert [row["q"].rsplit("/", 1)[1] for row in rows] == sorted(QUESTIONS)
    for row in rows:
        name = row["q"].rsplit("/", 1)[1]
        assert row["text"] == QUESTIONS[name].body
        assert Table.of(*kg.store.select(row["text"])) == ask(name)


def test_values_are_found_by_any_name(kg):
    """A label, an alias, a CURIE and an IRI of one thing give one answer."""
    names = ["DRd", "Dara-Rd", "drd", "regimen:drd", "https://w3id.org/rrmm/id/regimen/drd"]
    answers = [kg.query("regimen-results", regimen=name) for name in names]
    assert len(answers[0]) > 10
    assert all(answer == answers[0] for answer in answers)
    assert len(kg.query("regimens-by-size", components=3)) > 3


REFUSED = [
    ("trial-reslts", {}, "Did you mean trial-results"),
    ("trial-results", {"studdy": "ASPIRE"}, "Did you mean study"),
    ("trial-results", {"study": "ASPIER"}, "Did you mean ASPIRE"),
    ("trial-results", {"study": "bortezomib"}, "of the kind Study"),
    ("approvals", {"jurisdiction": "UK"}, "There are: KR, US"),
    ("statements-by-citation", {"citation": "133"}, "Did you mean"),
    ("regimens-by-target", {"target": "CD38> } #"}, "Did you mean CD38"),
    ("approvals", {"jurisdiction": '") || true) #'}, "There are: KR, US"),
]


@pytest.mark.parametrize(("name", "values", "message"), REFUSED, ids=[message for *_, message in REFUSED])
def test_what_is_unknown_offers_the_nearest(kg, name, values, message):
    """Names, parameters and values that are not there are errors, and none becomes text of a query."""
    with pytest.raises(QueryError) as caught:
        kg.query(name, **values)
    assert message in str(caught.value)


def test_an_empty_answer_to_a_known_value_is_an_answer(kg):
    """Nothing is printed for t(14;16), and the question says so with no row."""
    assert len(kg.query("cytogenetic-evidence", abnormality="t(14;16)")) == 0


def test_the_list_shows_groups_and_parameters(run_rrmm):
    """Every question stands under its group; as CSV each has its reason."""
    shown = run_rrmm("query", "--list").stdout
    assert all(f"\n  {name} " in shown for name in QUESTIONS)
    assert "--param study=trial:endeavor" in shown
    rows = list(csv.DictReader(io.StringIO(run_rrmm("query", "--list", "--format", "csv").stdout)))
    assert [row["question"] for row in rows if not row["description"]] == []
    assert len(rows) == len(QUESTIONS)


def test_half_a_surrogate_pair_is_no_value(kg):
    """It is refused as what it is, and not by an engine that cannot write it."""
    with pytest.raises(QueryError, match=r"'\\ud800' holds half of a surrogate pair"):
        kg.query("what-changed-since-2020", change="\ud800")
