"""Views: what some sources say. A third source, tiny and made up, shows that no code knows how many there are."""

from __future__ import annotations

import datetime
import json
import re

import polars as pl
import pytest

from rrmm.api import KnowledgeGraph
from rrmm.api.parts import MOST_VIEWS
from rrmm.check.source import read, verify
from rrmm.errors import QueryError
from rrmm.graph import queries
from rrmm.graph.view import publication_days
from rrmm.iris import ID
from support import ROOT
from support.commands import run
from support.views import write_third

EXAMPLE = ROOT / "examples" / "double-refractory.yaml"
PATIENT = {
    "id": "P1",
    "prior_lines": 2,
    "prior_drugs": [
        {"drug": "bortezomib", "line": 1, "status": "relapsed_not_refractory"},
        {"drug": "lenalidomide", "line": 2, "status": "refractory"},
    ],
    "comorbidities": [],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the third source and its text."""
    path = tmp_path_factory.mktemp("third")
    write_third(path)
    return path


@pytest.fixture(scope="module")
def three(folder):
    """Return the graph with the third source."""
    return KnowledgeGraph.load(overlays=[folder / "third.ttl"], allow_redefine=True)


@pytest.fixture(scope="module")
def shipped(kg):
    """Return the names of the sources that the graph ships with."""
    return [source.name for source in kg.rule_base.sources]


def answers(report):
    """Return option → status and fit."""
    return {option["option"]: (option["status"], option["fit"]) for option in report.data["options"]}


def named(graph):
    """Return the statements of a graph without blank nodes, whose labels depend on the whole."""
    return {line for line in graph.files.snapshot.splitlines() if b"_:" not in line}


def test_without_a_source_the_graph_is_as_if_it_had_never_been_added(kg, three, shipped):
    """The view of the other sources holds the statements of the graph without the third, and its regimen by name."""
    before, after = (named(graph.view(shipped)) for graph in (kg, three))
    left = after - before
    assert {line.split(b" ")[0] for line in left} == {b"<https://w3id.org/rrmm/id/regimen/ven-d>"}
    assert not any(b"TreatmentOption" in line or b"statedIn" in line for line in left)
    assert before <= after
    options = [graph.regimens_for(PATIENT, sources=shipped).data["options"] for graph in (kg, three)]
    assert options[0] == options[1]


def test_all_sources_are_in_view_unless_some_are_named(three, shipped):
    """By a day after the last only undated publications are out; by names all are, and no answer changes."""
    assert three.view() is three
    of_sources, by_day = named(three.view([*shipped, "third"])), named(three.view(as_of="2030-06-15"))
    assert of_sources < by_day <= named(three)
    assert not any(b"/id/publication/" in line and b"#TextQuote" in line for line in of_sources)
    assert answers(three.regimens_for(PATIENT, sources=[*shipped, "third"])) == answers(three.regimens_for(PATIENT))


def test_few_views_are_kept(three):
    """Of any number of days the last few views stay; the others are made anew when they are asked for."""
    days = [day for day in publication_days(three.files.snapshot) if day >= "2020-12-31"][: MOST_VIEWS + 1]
    views = [three.view(as_of=day) for day in days]
    assert len(days) > MOST_VIEWS
    assert three.view(as_of=days[-1]) is views[-1]
    assert three.view(as_of=days[0]) is not views[0]


def test_days_between_publications_are_one_view(kg):
    """Who asks for many days gets few views, each of them cached once."""
    days = ["2022-02-01", "2022-02-02", datetime.date(2022, 2, 3)]
    assert len({id(kg.view(as_of=day)) for day in days}) == 1
    assert kg.view(as_of="2020-12-31") is not kg.view(as_of="2022-02-01")


def test_a_source_alone_lists_what_it_names(three):
    """Options, evidence and knowledge are those of the source; nothing of another closes them."""
    report = three.regimens_for(PATIENT, sources="third").data
    assert {option["option"] for option in report["options"]} == {"Ven-d", "Dara-Kd"}
    assert [(one["source"], one["published"]) for one in report["knowledge"]["sources"]] == [("third", "2030-06-15")]
    assert report["knowledge"]["knowledge_ends"] == "2030"
    assert report["knowledge"]["disclaimer"] == "Made up for a test."
    assert answers(three.regimens_for(PATIENT, sources="third")) == {
        "Ven-d": ("option", "fits"),
        "Dara-Kd": ("option", "fits"),
    }


def test_what_a_patient_may_have_is_in_every_view(three):
    """A drug that only another source knows can have been received."""
    history = {"prior_drugs": [{"drug": "carfilzomib", "status": "refractory"}], "cytogenetics": ["del(17p)"]}
    report = three.regimens_for(history, sources="third").data
    assert report["history"][0]["drug"] == "carfilzomib"
    assert report["not_covered"] == []


def test_each_option_tells_what_each_source_yields_alone(three, shipped):
    """An entry is the answer of the view of that source; null where the source does not name the option."""
    report = three.regimens_for(PATIENT).data
    alone = {name: answers(three.regimens_for(PATIENT, sources=[name])) for name in [*shipped, "third"]}
    for option in report["options"]:
        assert option["by_source"].keys() == alone.keys()
        for source, entry in option["by_source"].items():
            given = alone[source].get(option["option"])
            assert (entry and (entry["status"], entry["fit"])) == given, (option["option"], source)
    assert report["options"][0]["by_source"]["third"] is None
    assert {option["option"] for option in report["options"] if option["by_source"]["third"]} == {"Ven-d", "Dara-Kd"}


def test_a_silenced_rule_is_silent_in_each_source(folder):
    """What is left out of the derivation is left out of what each source yields."""
    kg = KnowledgeGraph.load(overlays=[folder / "third.ttl"], without=["guidance:third-ven-d"], allow_redefine=True)
    option = kg.regimens_for(PATIENT).option("Ven-d")
    assert option["by_source"]["third"] == {"status": "option", "fit": "only_named"}


def test_a_later_source_lifts_what_an_earlier_one_holds_investigational(three):
    """The option is open, the earlier word is shown as superseded; without the later favour it holds."""
    option = three.regimens_for(PATIENT, sources=["br2020", "third"]).option("Dara-Kd")
    assert (option["status"], option["fit"]) == ("option", "fits")
    assert [reason["label"] for reason in option["superseded"]] == ["Dara-Kd: phase III trial ongoing (CANDOR)"]
    assert three.regimens_for(PATIENT, sources="br2020").option("Dara-Kd")["status"] == "investigational"
    ven_d = three.regimens_for(PATIENT, sources=["br2020", "third"]).option("Ven-d")
    assert ven_d["status"] == "option", "the drug alone is held, and the later source is in favour of an option with it"
    refractory = {"prior_drugs": [{"drug": "carfilzomib", "status": "refractory"}]}
    assert three.regimens_for(refractory).option("Dara-Kd")["status"] == "excluded"


@pytest.mark.parametrize("sources", [None, ["br2020", "third"], ["third"]])
def test_sparql_alone_answers_by_the_view_as_well(three, sources):
    """The second formulation gives the statuses of the first, lifted ones included."""
    statuses = three.regimens_for(PATIENT, engine="sparql", sources=sources).options
    assert statuses == {
        option["option"]: option["status"] for option in three.regimens_for(PATIENT, sources=sources).data["options"]
    }


def test_the_population_of_a_study_is_what_any_source_in_view_prints_of_it(three):
    """A setting that a later source prints of the same population limits the statements of the earlier one."""
    history = {"prior_lines": 2, "prior_drugs": [{"drug": "bortezomib", "line": 1, "status": "exposed"}]}

    def matching(sources):
        evidence = three.regimens_for(history, sources=sources).option("DVd")["evidence"]
        return {entry["population_matches"] for entry in evidence if entry["population"] == "all"}

    assert matching(["br2020"]) == {"yes"}
    assert matching(["br2020", "third"]) == {"no"}


def test_a_day_keeps_the_sources_published_by_then(three, shipped):
    """A year counts with its last day, in the source as well; a date of Python serves."""
    names = [one["source"] for one in three.regimens_for({}, as_of="2030-06-14").data["knowledge"]["sources"]]
    assert names == shipped
    assert [source.name for source in three.view(as_of="2020").rule_base.sources] == ["br2020"]
    assert [source.name for source in three.view(as_of=datetime.date(2020, 12, 31)).rule_base.sources] == ["br2020"]
    assert [source.name for source in three.view(["br2020", "third"], "2029").rule_base.sources] == ["br2020"]


@pytest.mark.parametrize(
    ("sources", "as_of", "message"),
    [
        (["br2021"], None, "Unknown source 'br2021'; the graph has: br2020"),
        (["nope", "third", "never"], None, "Unknown source 'nope', 'never'"),
        ([], None, "No source is given"),
        (None, "2019-12-31", "As of 2019-12-31 no source in view is published: br2020 is of 2020"),
        (["third"], "2029", "As of 2029 no source in view is published: third is of 2030-06-15"),
        (None, "yesterday", "'yesterday' is no day"),
        (None, "2020-13-01", "'2020-13-01' is no day"),
    ],
)
def test_a_view_that_is_none_is_refused(three, sources, as_of, message):
    """One message says what is wrong and which sources there are."""
    with pytest.raises(QueryError, match=message):
        three.view(sources, as_of)


def test_several_disclaimers_are_one_sentence(three):
    """Several sources are disclaimed together."""
    disclaimer = three.regimens_for({}).data["knowledge"]["disclaimer"]
    assert disclaimer.count(".") == 1
    assert disclaimer.endswith(".")


QUESTIONS = queries.read(ROOT, "questions")


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_takes_the_source(three, name):
    """The parameter is the view, where the question has none of its own; an unknown name is refused with the known."""
    answer = three.query(name, source="third")
    assert answer.columns == three.query(name, sources="third").columns
    if name not in {"results"}:
        assert answer.rows == three.query(name, sources="third").rows
    with pytest.raises(QueryError, match="br2020"):
        three.query(name, source="nope")


def test_a_question_is_answered_by_the_sources_in_view(three):
    """Statements of another source are no rows; what a patient may have is."""
    assert {
        row["guidance"].rsplit("/", 1)[1] for row in three.query("guidance-by-strength", source="third").to_dicts()
    } == {
        "third-ven-d",
        "third-dara-kd",
    }
    assert [row["as_printed"] for row in three.query("results", sources="third").to_dicts()] == ["19.5"]
    assert three.query("recommendations", source="third").rows == ()
    assert three.query("recommendations", as_of="2020").rows == three.query("recommendations", source="br2020").rows


def test_the_command_answers_a_question_by_a_source(run_rrmm):
    """The argument and the parameter are the same; an unknown source is exit code 2."""
    named = run_rrmm("query", "studies", "--source", "pdq2025", "--format", "csv")
    assert named.returncode == 0
    assert named.stdout == run_rrmm("query", "studies", "--param", "source=pdq2025", "--format", "csv").stdout
    assert named.stdout != run_rrmm("query", "studies", "--format", "csv").stdout
    unknown = run_rrmm("query", "studies", "--source", "nope")
    assert unknown.returncode == 2
    assert unknown.stderr.count("\n") == 1


def test_pictures_show_the_sources_in_view(three):
    """The figure of the third source is drawn with it and left out without it."""

    def drawn(sources):
        return {
            row["as_printed"] for row in three.plot("medians-pfs", sources=sources, study="CASTOR").table.to_dicts()
        }

    assert "19.5" in drawn(None)
    assert "19.5" in drawn("third")
    assert drawn("br2020")
    assert "19.5" not in drawn("br2020")


def test_the_map_of_regimens_leaves_out_what_is_known_by_name_alone(kg, three, shipped):
    """A regimen that no source in view states is no row of the map."""
    assert three.plot("regimen-map", sources=shipped).table == kg.plot("regimen-map").table
    assert "Ven-d" in three.plot("regimen-map", sources="third").table.column("regimen")


def test_a_third_source_is_held_against_its_text(three, folder, shipped):
    """Its passages are found in its text, and the others are said to be unread."""
    run = three.check(folder / "third.txt")
    assert [finding for finding in run.findings if finding.guard == "source"] == []
    assert (run.checked["spans"], run.checked["figures"]) == (1, 1)
    assert sorted(run.unread) == sorted(shipped)
    assert f"Unread: {', '.join(run.unread)} (give the text with --source FILE)." in run.to_text()
    (folder / "wrong.ttl").write_text(
        (folder / "third.ttl").read_text(encoding="utf-8").replace('exact          "19.5"', 'exact          "19.6"'),
        encoding="utf-8",
    )
    wrong = KnowledgeGraph.load(overlays=[folder / "wrong.ttl"], allow_redefine=True)
    texts = read(wrong.store, wrong.files.root, [folder / "third.txt"])
    findings, _ = verify(wrong.store, wrong.files.root, texts)
    assert [finding.focus for finding in findings] == [f"{ID}source/third.figure"]


def test_no_code_names_a_source(kg):
    """How many sources there are, what they are called and how they are cited is known to the graph alone."""
    names = [word for source in kg.rule_base.sources for word in (source.name, source.brief, source.citation)]
    files = [path for kind in ("*.py", "*.html", "*.toml") for path in (ROOT / "src").rglob(kind)]
    assert len(files) > 200
    texts = {path: path.read_text(encoding="utf-8").lower() for path in files if "static" not in path.parts}
    assert [
        (path, name) for path, text in texts.items() for name in [*names, "the review"] if name.lower() in text
    ] == []


def test_the_command_line_takes_a_view(folder):
    """Every command that answers takes the same arguments; what is unknown is exit code 2."""
    added = ("--with", folder / "third.ttl", "--allow-redefine")
    report = json.loads(run("regimens", *added, "--source", "third", "--format", "json", "--age", "70").stdout)
    assert {option["option"] for option in report["options"]} == {"Ven-d", "Dara-Kd"}
    unknown = run("regimens", *added, "--source", "fourth", "--age", "70")
    assert unknown.returncode == 2
    assert unknown.stdout == ""
    assert "Unknown source 'fourth'; the graph has: br2020" in unknown.stderr
    early = run("plot", "regimen-map", "--as-of", "1999")
    assert early.returncode == 2
    assert early.stderr.count("\n") == 1


def test_a_view_is_compared_with_the_whole_graph(folder):
    """The same file twice shows what the later source changed for the patient."""
    (folder / "patient.json").write_text(json.dumps(PATIENT), encoding="utf-8")
    file = folder / "patient.json"
    compared = run(
        "regimens", file, "--with", folder / "third.ttl", "--allow-redefine", "--source", "br2020", "--compare", file
    )
    assert compared.returncode == 0
    assert "Ven-d" in compared.stdout


def test_what_five_years_changed_is_told_in_groups():
    """New options by fit, changed status, decisions of regulators with their dates, and further results."""
    arguments = ("regimens", EXAMPLE, "--as-of", "2020-12-31", "--compare", EXAMPLE)
    told = " ".join(run(*arguments).stdout.split())
    assert "double-refractory by the review (2020) → double-refractory by the review (2020) and PDQ (2025)" in told
    assert re.search(r"NEW, SUPPORTED IN PATIENTS LIKE THIS · \d+ .*cilta-cel – .* STATUS CHANGED", told)
    assert "Elo-Pd: investigational → supported in patients like this" in told
    assert "belantamab monotherapy: Not approved in US (2025-04-25; check the current label)" in told
    assert "Withdrawn in US (2023)" in told
    assert "Pd: PFS against D: 4.0 mo against 1.9 mo; hazard ratio 0.48 (95% CI 0.39–0.60), P < .0001 (MM-003)" in told
    options = {one["option"]: one for one in json.loads(run(*arguments, "--format", "json").stdout)["options"]}
    assert (options["cilta-cel"]["change"], options["cilta-cel"]["sides"][0]) == ("new", None)
    assert [one["state"] for one in options["belantamab-Vd"]["approvals"]] == ["not_approved", "withdrawn"]
    assert options["Pd"]["change"] == "results"
    page = run(*arguments, "--format", "html").stdout
    assert page.startswith("<!doctype html>")
    assert "<h2>New, supported in patients like this" in page


def test_nothing_that_both_reports_say_is_a_change():
    """An approval that the earlier source prints for the drug of a new option is none of its own."""
    data = json.loads(run("regimens", EXAMPLE, "--source", "br2020", "--compare", EXAMPLE, "--format", "json").stdout)
    told = [one for option in data["options"] for one in option["approvals"]]
    assert {one["source"]["source"] for one in told} == {"pdq2025"}
    back = json.loads(run("regimens", EXAMPLE, "--compare", EXAMPLE, "--format", "json").stdout)
    assert (back["options"], back["states"], back["timing"]) == ([], [], [])


def test_a_cohort_takes_a_view(folder, three):
    """The table is answered by the source in view alone, as the patient is."""
    table = pl.DataFrame({"id": ["P1"], "age": [70]})
    rows = three.cohort(table, sources="third").collect()
    assert set(rows["option"]) == {"Ven-d", "Dara-Kd"}
    (folder / "cohort.csv").write_text("id,age\nP1,70\n", encoding="utf-8")
    done = run("cohort", folder / "cohort.csv", "-o", folder / "out.csv", "--source", "br2020")
    assert done.returncode == 0
    assert run("cohort", folder / "cohort.csv", "-o", folder / "out2.csv", "--source", "nope").returncode == 2
