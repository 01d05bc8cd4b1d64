"""Made-up patients: a seed names them, the graph understands them, and they hang together as it is written down."""

from __future__ import annotations

import copy
import re
import tomllib

import polars as pl
import pytest

from rrmm.cli.main import main
from rrmm.cohort.evaluator import CohortEvaluator
from rrmm.cohort.simulate import BLOCK, assumptions, flatten, patients
from rrmm.errors import KnowledgeError
from support import ROOT
from support.commands import checkout

KG = checkout()
COMPILED = KG.rule_base
PAGE = ROOT / "docs" / "simulation.md"
FINDINGS = "relapse.findings."
NOT_FOR_ALL = {"ancestry", "transplant.months_to_relapse", "transplant.maintenance"}


@pytest.fixture(scope="module")
def made_up():
    """Return a block of made-up patients."""
    return next(patients(COMPILED, BLOCK, seed=1))


@pytest.fixture(scope="module")
def drugs(made_up):
    """Return their prior drugs, one a row."""
    return made_up.select("id", "prior_lines", "prior_drugs").explode("prior_drugs").unnest("prior_drugs")


def mean(frame, column, by):
    """Return the mean of a column for each value of another, without those that are not known."""
    known = frame.drop_nulls([column, by])
    return dict(known.group_by(by).agg(pl.col(column).cast(pl.Float64).mean()).iter_rows())


def has(name, column="comorbidities"):
    """Return whether a list holds a name, as a column."""
    return pl.col(column).list.contains(name).alias(name)


def test_a_seed_names_the_patients():
    """The same seed makes the same patients, another one others."""
    one, same, other = (next(patients(COMPILED, 100, seed)) for seed in (1, 1, 2))
    assert one.equals(same)
    assert not one.drop("id").equals(other.drop("id"))


def test_the_first_of_more_are_the_same():
    """The first of many patients are those of few, across blocks and in both forms; each has a number of its own."""
    few, many = BLOCK + 10, 2 * BLOCK + 5
    first, more = (pl.concat(patients(COMPILED, count, seed=3)) for count in (few, many))
    assert (first.height, more.height) == (few, many)
    assert more.head(few).equals(first)
    assert more["id"].n_unique() == many
    assert not more[:BLOCK].drop("id").equals(more[BLOCK : 2 * BLOCK].drop("id"))
    flat, flats = (next(flatten(COMPILED, count, seed=3)) for count in (50, 100))
    assert flats.head(50).select(flat.columns).equals(flat)


def test_a_csv_says_the_same():
    """Without nested columns the patients have the same answers."""
    nested, flat = next(patients(COMPILED, 500, seed=2)), next(flatten(COMPILED, 500, seed=2))
    assert not any(dtype.is_nested() for dtype in flat.dtypes)
    assert KG.cohort(flat).collect().equals(KG.cohort(nested).collect())


def test_every_row_is_understood(made_up):
    """No patient contradicts itself or the graph, and every key of a patient file is used but these."""
    evaluator = CohortEvaluator(COMPILED, made_up.schema, "made up", wide=False)
    assert not evaluator.evaluate(made_up, asking=False).faulty.any()
    named = set(made_up.columns) | {f"prior_drugs.{field.name}" for field in made_up["prior_drugs"].dtype.inner.fields}
    assert set(COMPILED.keys) - named == {
        "title",
        f"{FINDINGS}not_related_to_myeloma",
        "creatinine_clearance",
        "dialysis",
        "variants",
    }


def test_missing_values_are_as_many_as_assumed(made_up):
    """Every column that may miss a value does, in about the share that is written down for a record of its kind."""
    shares = assumptions()["missing"]
    assert made_up["id"].null_count() == 0
    for name in made_up.columns[1:]:
        share = shares.get(name, shares.get(name.rpartition(".")[0]))
        assert 0 < made_up[name].null_count() < BLOCK
        if name not in NOT_FOR_ALL:
            assert made_up[name].null_count() / BLOCK == pytest.approx(share, abs=0.07), name


def test_a_record_is_complete_or_not_as_a_whole(made_up):
    """Who misses one value misses others more often than chance would have it."""
    gaps = made_up.select(pl.col("iss", "cytogenetics", "relapse.type").is_null())
    for one, other in (("iss", "cytogenetics"), ("cytogenetics", "relapse.type")):
        share = mean(gaps, one, other)
        assert share[True] > share[False] + 0.03


RISING = {
    "age by frailty": ("age", "frailty", ["fit", "intermediate", "frail"]),
    "age by performance": ("age", "ecog", [0, 1, 2, 3, 4]),
    "frailty by performance": ("frail", "ecog", [0, 1, 2, 3]),
    "performance by frailty": ("ecog", "frailty", ["fit", "intermediate", "frail"]),
    "heart failure by frailty": ("heart failure", "frailty", ["fit", "intermediate", "frail"]),
    "kidneys by stage": ("lost", "iss", ["I", "II", "III"]),
    "deletion by stage": ("del(17p)", "iss", ["I", "II", "III"]),
    "kidneys by impairment": ("lost", "renal impairment", [False, True]),
    "hypertension by age": ("hypertension", "decade", [5, 6, 7, 8]),
    "lost kidneys by age": ("lost", "decade", [4, 5, 6, 7, 8]),
    "no transplantation by age": ("ineligible", "decade", [4, 5, 6, 7, 8]),
    "refractory by lines": ("refractory", "prior_lines", [1, 2, 3, 4, 5]),
    "ancestry by region": ("asian", "region", ["DE", "US", "KR"]),
    "progression by type": ("relapse.meets_IMWG_PD", "relapse.type", ["none", "biochemical", "clinical"]),
    "acute onset by type": ("relapse.acute_onset", "relapse.type", ["none", "biochemical", "clinical"]),
    "symptoms by type": (f"{FINDINGS}symptomatic", "relapse.type", ["biochemical", "clinical"]),
    "creatinine by type": (f"{FINDINGS}creatinine_mg_dl", "relapse.type", ["biochemical", "clinical"]),
    "protein by progression": (f"{FINDINGS}serum_m_protein_rise_percent", "relapse.meets_IMWG_PD", [False, True]),
}


@pytest.mark.parametrize("name", RISING)
def test_columns_hang_together(made_up, name):
    """From each class to the next the mean of the other column rises, or the share of those who have it."""
    column, by, classes = RISING[name]
    refractory = pl.col("prior_drugs").list.eval(pl.element().struct.field("status") == "refractory").list.any()
    frame = made_up.with_columns(
        has("heart failure"),
        has("hypertension"),
        has("renal impairment"),
        has("del(17p)", "cytogenetics"),
        frail=pl.col("frailty") == "frail",
        lost=-pl.col("egfr"),
        decade=(pl.col("age") // 10).cast(pl.Int64),
        ineligible=~pl.col("transplant.eligible"),
        refractory=refractory,
        asian=pl.col("ancestry").is_not_null(),
    )
    means = mean(frame, column, by)
    found = [means[one] for one in classes]
    assert found == sorted(set(found))


def test_a_line_ends_as_its_drugs_say(drugs):
    """Refractory drugs are followed by progression within 60 days, and respond shorter than those that relapsed."""
    days = drugs.drop_nulls("days_from_last_dose_to_progression")
    limit = days.group_by("status").agg(pl.col("days_from_last_dose_to_progression").max().alias("most"))
    most = dict(limit.iter_rows())
    assert most["refractory"] <= 60 < most["relapsed_not_refractory"]
    months = mean(drugs, "response_duration_mo", "status")
    assert months["refractory"] < months["relapsed_not_refractory"]
    toxic = mean(drugs.with_columns(bad=pl.col("toxicity") == "unacceptable"), "bad", "status")
    assert toxic["intolerant"] > 4 * max(share for status, share in toxic.items() if status not in (None, "intolerant"))


def test_drugs_are_those_of_their_regimen(drugs):
    """A line names a regimen of the graph and gives its drugs; later lines give other regimens than the first."""
    regimens = {option.label: set(option.components.values()) for option in COMPILED.options}
    lines = drugs.drop_nulls(["regimen", "line"]).group_by("id", "line", "regimen").agg("drug")
    assert all(set(row["drug"]) <= regimens[row["regimen"]] for row in lines.head(2000).iter_rows(named=True))
    first, later = (set(lines.filter(which)["regimen"]) for which in (pl.col("line") == 1, pl.col("line") > 2))
    assert later - first
    assert first - later


def test_no_transplantation_has_no_relapse_after_it(made_up):
    """The months to a relapse after a transplantation are there only where there may have been one."""
    without = made_up.filter(~pl.col("transplant.prior_autoSCT"))
    assert without.height
    assert without["transplant.months_to_relapse"].null_count() == without.height
    assert without["transplant.maintenance"].null_count() == without.height


def renamed(*path):
    """Return a change that gives the name at a place of the assumptions another spelling."""
    *above, last = path

    def change(assumed):
        place = assumed
        for one in above:
            place = place[one]
        if isinstance(place, list):
            place[place.index(last)] = f"{last}x"
        elif isinstance(place[last], str):
            place[last] += "x"
        else:
            place[f"{last}x"] = place.pop(last)

    return change


UNKNOWN = {
    "comorbidity": (renamed("comorbidities", "heart failure"), "comorbidities 'heart failurex'. Did you mean heart"),
    "abnormality": (renamed("cytogenetics", "abnormal", "del(17p)"), "cytogenetics 'del(17p)x'. Did you mean del(17p)"),
    "standard risk": (renamed("cytogenetics", "standard"), "cytogenetics 'standard-riskx'. Did you mean standard-risk"),
    "access": (renamed("access", "new agents not affordable"), "access 'new agents not affordablex'. Did you mean"),
    "frailty": (renamed("frailty", "classes", "fit"), "frailty 'fitx'. Did you mean fit?"),
    "stage": (renamed("iss", "classes", "III"), "iss 'IIIx'."),
    "regimen": (renamed("regimens", "VRd"), "prior_drugs.regimen 'VRdx'. Did you mean"),
    "status": (
        renamed("outcomes", "refractory", "status"),
        "prior_drugs.status 'refractoryx'. Did you mean",
    ),
    "response": (renamed("outcomes", "relapsed", "responses", "sCR"), "prior_drugs.best_response 'sCRx'. Did you mean"),
    "toxicity": (renamed("toxicity", "classes", "acceptable"), "prior_drugs.toxicity 'acceptablex'. Did you mean"),
    "rise": (renamed("rises", "lesion_growth_cm"), "key 'relapse.findings.lesion_growth_cmx'. Did you mean"),
    "organ": (renamed("organs", "calcium_mg_dl"), "key 'relapse.findings.calcium_mg_dlx'. Did you mean"),
    "sign": (renamed("signs", "hyperviscosity"), "key 'relapse.findings.hyperviscosityx'. Did you mean"),
    "measurement": (renamed("measurements", "consecutive_measurements"), "key 'relapse.findings.consecutive_measur"),
    "gap": (renamed("missing", "relapse.findings"), "key 'relapse.findingsx'. Did you mean"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_name_that_the_graph_does_not_know_is_an_error(name, monkeypatch):
    """It says which name of the assumptions, of which key, and what is near."""
    change, message = UNKNOWN[name]
    assumed = copy.deepcopy(assumptions())
    change(assumed)
    monkeypatch.setattr("rrmm.cohort.simulate.assumptions", lambda: assumed)
    with pytest.raises(KnowledgeError, match=rf"^simulation\.toml: .*{re.escape(message)}"):
        next(patients(COMPILED, 1, seed=0))


def test_every_key_has_a_share_of_gaps(monkeypatch):
    """A key without a share of missing values is an error that names it."""
    assumed = copy.deepcopy(assumptions())
    del assumed["missing"]["egfr"]
    monkeypatch.setattr("rrmm.cohort.simulate.assumptions", lambda: assumed)
    with pytest.raises(KnowledgeError, match=r"\[missing\] has no share for egfr"):
        next(patients(COMPILED, 1, seed=0))


REFUSED = {
    "none": (["0", "-o", "out.csv"], "simulate 0 --seed 0: give at least one patient"),
    "many": (["9" * 20, "-o", "out.csv"], f"simulate {'9' * 20} --seed 0: give at least one patient, at most"),
    "seed": (
        ["9", "--seed", "-1", "-o", "out.csv"],
        "simulate 9 --seed -1: give at least one patient, at most 1,000,000,000, and a seed",
    ),
    "suffix": (["9", "-o", "out.xlsx"], "out.xlsx: give a name that ends in .parquet, .csv or .arrow."),
    "folder": (["9", "-o", "no/out.csv"], "no/out.csv: there is no folder no."),
    "onto_folder": (["9", "-o", "some.csv"], "some.csv: is a folder."),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_made_is_refused(name, tmp_path, monkeypatch, capsys):
    """Code 2, one message, and no file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some.csv").mkdir()
    arguments, message = REFUSED[name]
    assert main(["simulate", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"rrmm: {message}")
    assert [path.name for path in tmp_path.rglob("*")] == ["some.csv"]


def test_the_page_speaks_of_every_table():
    """docs/simulation.md has a row for each table of the assumptions, in their order, and no figure of its own."""
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `\[(\w+)\]` \|", text, re.MULTILINE)
    source = (ROOT / "src/rrmm/cohort/simulation.toml").read_text(encoding="utf-8")
    assert rows == [*tomllib.loads(source)]
    assert "no source" in text
    assert "no claim of epidemiology" in text
    assert re.findall(r"\d", re.sub(r"`[^`]*`|\[[^]]*\]\([^)]*\)|```.*?```", "", text, flags=re.DOTALL)) == []
