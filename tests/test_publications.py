"""Publications: evidence first-hand that decides between prints, and changes no status, fit, need or caution."""

from __future__ import annotations

import importlib.util

import pytest
from ruamel.yaml import YAML

from rrmm.check import records
from rrmm.errors import RrmmError
from rrmm.graph import queries
from rrmm.graph.store import Store
from rrmm.iris import ID, local_name
from support import ROOT

RECORD = "CASTOR.\n\n\n\n\nOS: median 49.6 vs 38.5 months; hazard ratio 0.74 (0.59 to 0.92); P = .0075."
QUOTED = """
PREFIX rrmm: <https://w3id.org/rrmm/ontology#>
SELECT ?publication ?result WHERE {
  ?result rrmm:statedIn/rrmm:ofSource ?publication . ?publication rrmm:completeness ?read . ?result a rrmm:Result
}
"""

VIGNETTES = YAML(typ="safe").load((ROOT / "tests" / "vignettes.yaml").read_text(encoding="utf-8"))["vignettes"][::4]


@pytest.fixture(scope="module")
def names(kg):
    """Return the names of the sources."""
    return [source.name for source in kg.rule_base.sources]


def publications(graph):
    """Return the publications of whose results a graph tells."""
    return {local_name(row["publication"]) for row in graph.store.rows(QUOTED)}


def test_publications_change_no_rule(kg, names):
    """Whatever a derivation reads is the same without them, so that every status, fit, need and caution is."""
    for sources in (names, *([name] for name in names)):
        assert publications(kg.view(sources)) == set()
    with_them, without = kg.rule_base._tables, kg.view(names).rule_base._tables
    assert with_them.keys() == without.keys()
    for name in with_them.keys() - {"doubts"}:
        assert with_them[name] == without[name], name


def test_a_sample_of_patients_is_answered_alike_without_publications(kg, names):
    """Status, fit, needs and cautions of every option are the same with and without them."""
    without = kg.view(names)
    for vignette in VIGNETTES:
        answers = [
            [
                [option[key] for key in ("option", "status", "fit", "needs", "fit_needs", "cautions", "caution_needs")]
                for option in graph.regimens_for(vignette["patient"], evidence=False).data["options"]
            ]
            for graph in (kg, without)
        ]
        assert answers[0] == answers[1], vignette["id"]


def test_a_publication_is_no_source_of_a_report(kg, names):
    """It has no entry in `by_source`, and no name that a view takes."""
    report = kg.regimens_for({"prior_lines": 1}).data
    assert [one["source"] for one in report["knowledge"]["sources"]] == names
    assert all(option["by_source"].keys() == set(names) for option in report["options"])


def test_a_day_keeps_the_publications_of_that_day_or_before(kg):
    """A year counts with its last day; what has no date is in no view by day."""
    early, late = publications(kg.view(as_of="2020")), publications(kg.view(as_of="2024"))
    assert "pubmed-30237264" in early
    assert "pubmed-36413710" in late - early
    assert "cartitude-4-update-lancet-oncol" not in late
    assert "candor-final-usmani" not in late
    assert early < late < publications(kg)


COPIES = [
    ("icaria-mm.n-isa-pd", "387", "307", "otherwise"),
    ("icaria-mm.pfs-isa-pd", "17.5", "17.5", "otherwise"),
    ("tourmaline-mm1.pdq2025-pfs-hr-ird", "0.66", "0.74", "otherwise"),
    ("tourmaline-mm1.pfs-hr-ird", "0.74", "0.74", "same"),
    ("magnetismm-3.n-elranatamab", "187", "123", "otherwise"),
    ("mm-003.n-pd", "302", "455", "otherwise"),
    ("arrow.pdq2025-pfs-hr-carfilzomib-once-weekly", "0.69", "0.69", "otherwise"),
    ("endeavor.orr-kd", "77", "76.9", "rounded"),
    ("endeavor.orr-vd", "62", "62.6", "otherwise"),
    ("castor.pfs-hr-dvd", "0.31", "0.31", "same"),
    ("eloquent-2.pdq2025-follow-up-erd", "70.6", "70.6", "otherwise"),
    ("optimismm.pdq2025-pfs-p-pvd", "< .001", "< .0001", "rounded"),
    ("endeavor.pdq2025-os-p-kd", ".020", "0.010", "same"),
    ("gem2005.follow-up-vmp", "72", "6", "same"),
]


@pytest.mark.parametrize(("result", "printed", "published", "outcome"), COPIES)
def test_a_copy_is_held_against_the_publication(kg, result, printed, published, outcome):
    """As printed here, as published there, same or not."""
    (row,) = [one for one in kg.query("copies").to_dicts() if one["result"].endswith(f"/{result}")]
    assert (row["as_printed"], row["as_published"], row["outcome"]) == (printed, published, outcome)


def test_every_comparison_says_what_is_known_of_its_publication(kg):
    """The same or not, not found in what was read, or not read."""
    outcomes = {row["outcome"] for row in kg.query("copies").to_dicts()}
    assert outcomes == {"same", "rounded", "otherwise", "not found in what was read", "not read"}


def test_a_ratio_printed_the_other_way_round_says_so(kg):
    """Its group is the arm above: bortezomib alone over the combination, 1.82."""
    rows = kg.sparql(
        "PREFIX rrmm: <https://w3id.org/rrmm/ontology#> PREFIX trial: <https://w3id.org/rrmm/id/trial/>"
        " SELECT ?group ?comparator WHERE {"
        " trial:pld-bortezomib-30.pubmed-17679727-ttp-hr-bortezomib-monotherapy rrmm:value 1.82 ;"
        " rrmm:group ?group ; rrmm:comparator ?comparator }"
    ).to_dicts()
    assert [row["group"].rsplit(".", 1)[1] for row in rows] == ["arm-bortezomib-monotherapy"]
    assert [row["comparator"].rsplit(".", 1)[1] for row in rows] == ["arm-pld-v"]


def test_counts_by_verdict_are_those_of_the_discrepancies(kg):
    """Each discrepancy is counted once, decided or not."""
    listed = {row["discrepancy"]: row["verdict"] for row in kg.query("discrepancies").to_dicts()}
    counted = {}
    for row in kg.query("verdicts").to_dicts():
        counted[row["verdict"]] = counted.get(row["verdict"], 0) + row["discrepancies"]
    assert sum(counted.values()) == len(listed)
    for verdict in ("all stand", "some stand", "none stands"):
        assert counted[verdict] == sum(value == verdict for value in listed.values()) > 0


@pytest.mark.parametrize(
    ("name", "text", "missing"),
    [
        ("36413710.txt", RECORD + " 7.4 72.6", []),
        ("36413710.txt", RECORD.replace("0.74", "0.47") + " 7.4 72.6", ["0.74"]),
        ("36413710.txt", RECORD.replace("0.74", "10.745") + " 7.4 72.6", ["0.74"]),
        ("PUBMED-36413710.txt", RECORD + " 72.6", ["7.4"]),
    ],
)
def test_each_figure_is_looked_for_in_the_copy_of_the_reader(kg, tmp_path, name, text, missing):
    """A copy is known by its name; a figure that it does not print is a finding."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    copies = records.read(kg.store, kg.files.root, [tmp_path])
    assert list(copies) == [f"{ID}publication/pubmed-36413710"]
    findings, counts = records.verify(kg.store, kg.files.root, copies)
    assert [finding.value for finding in findings] == missing
    assert counts["publications"] == 1


def test_a_folder_without_a_copy_is_refused(kg, tmp_path):
    """One message names the folder and the form of a name."""
    with pytest.raises(RrmmError, match=r"no text is named after a publication.*<PMID>\.txt"):
        records.read(kg.store, kg.files.root, [tmp_path])


@pytest.mark.parametrize(
    "result",
    ["arrow.pubmed-29866475-n-carfilzomib-once-weekly", "castor.pfs-hr-dvd", "castor.pdq2025-os-hr-dvd"],
)
def test_no_decision_rests_on_a_summary_page(kg, result):
    """A mutant that decides by a report on the paper, or by no publication, is caught."""
    rrmm = "https://w3id.org/rrmm/ontology#"
    line = f"<{ID}decision/mutant> <{rrmm}decidedBy> <{ID}trial/{result}> .\n"
    store = Store(kg.files.snapshot + line.encode())
    rows = store.rows(queries.find(ROOT, "checks", "decision-on-a-summary-page").text)
    assert [(row["focus"], row["value"]) for row in rows] == [(f"{ID}decision/mutant", f"{ID}trial/{result}")]


def test_the_page_on_copies_is_as_the_queries_answer(kg, monkeypatch):
    """Every number of it, and of its pictures, is the answer of a question."""
    folder = ROOT / "docs" / "copies"
    monkeypatch.syspath_prepend(str(folder))
    spec = importlib.util.spec_from_file_location("copies_page", folder / "build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    assert (ROOT / build.FILE).read_text(encoding="utf-8") == build.page(kg)
    pictures = build.pictures(kg)
    assert len(pictures) == 3
    for name, content in pictures.items():
        assert (folder / name).read_bytes() == content


def test_slips_are_the_copies_printed_otherwise(kg):
    """Each number of an abstract that a source prints otherwise slipped in one way."""
    copies = [row for row in kg.query("copies", outcome="otherwise").to_dicts() if row["read"] in {"whole", "cut"}]
    assert sum(row["numbers"] for row in kg.query("slips").to_dicts()) == len({row["result"] for row in copies})


def test_every_comparison_has_first_hand_numbers_or_says_why_not(kg):
    """Either something was read of a publication, or no abstract was found; nothing was left unsought."""
    comparisons = {}
    for row in kg.query("comparisons-read").to_dicts():
        comparisons.setdefault((row["study"], row["group"], row["comparator"]), {})[row["read"]] = row["first_hand"]
    assert comparisons["ECOG-E4A03", "Rd, high-dose dexamethasone", "Rd, low-dose dexamethasone"] == {
        "abstract could not be read": 0
    }
    assert all("not looked for" not in of for of in comparisons.values())


def test_what_a_source_copies_is_not_first_hand(kg):
    """As many as the publications print themselves, whichever arm stands first."""
    rows = [row for row in kg.query("comparisons-read", study="trial:arrow").to_dicts() if row["read"] == "whole"]
    named = "pubmed-32152297"
    printed = [row["result"] for row in kg.query("history-of-trial", study="trial:arrow").to_dicts()]
    assert {row["first_hand"] for row in rows} == {len([result for result in printed if named in result])}


def test_a_trial_of_which_nothing_was_sought_is_found(kg):
    """A mutant that forgets the day of the search is caught."""
    day = b"<https://w3id.org/rrmm/ontology#soughtOn>"
    kept = b"".join(line for line in kg.files.snapshot.splitlines(True) if day not in line)
    rows = Store(kept).rows(queries.find(ROOT, "checks", "comparison-without-publication").text)
    assert {row["focus"] for row in rows} == {f"{ID}trial/{name}" for name in ("e4a03", "mmvar-ifm-2005-04")}


def test_a_number_of_one_arm_has_a_control_arm(kg):
    """The size of an arm of a controlled trial is not said to be without control arm."""
    rows = kg.query("history-of-trial", study="trial:icaria-mm").to_dicts()
    assert {row["comparability"].split(":")[0] for row in rows} == {
        "Compare within this study only; other studies differ in patients, control arm and methods."
    }


def test_a_claim_that_the_abstract_does_not_bear_out_is_a_discrepancy(kg):
    """Without its discrepancy the check finds it."""
    rrmm = "https://w3id.org/rrmm/ontology#"
    found = f"<{rrmm}foundBy> <{ID}check/claim-against-publication> ."
    kept = b"".join(line for line in kg.files.snapshot.splitlines(True) if found.encode() not in line)
    rows = Store(kept).rows(queries.find(ROOT, "checks", "claim-against-publication").text)
    assert [row["focus"] for row in rows] == [f"{ID}finding/pcd-vs-pd-49.pfs"]


STATED = "SELECT DISTINCT ?thing WHERE { ?thing <https://w3id.org/rrmm/ontology#statedIn> ?passage }"


@pytest.mark.parametrize(("folder", "column"), [("diff", "thing"), ("site", "about")])
def test_whatever_is_stated_somewhere_has_an_address(kg, folder, column):
    """Nothing that a source or a publication prints is without its place, in a page or in a changelog."""
    rows = kg.store.rows(queries.find(ROOT, folder, "addresses").text)
    assert {row["thing"] for row in kg.store.rows(STATED)} <= {row[column] for row in rows if row["section"]}


def test_a_page_cites_each_number_of_a_publication(kg):
    """A result has its line, its figure and the publication by which it can be cited."""
    rows = {row["result"]: row for row in kg.store.rows(queries.find(ROOT, "site", "results").text)}
    assert {row["result"] for row in kg.store.rows(QUOTED)} <= set(rows)
    row = rows[f"{ID}trial/tourmaline-mm1.pubmed-27119237-pfs-hr-ird"]
    assert row["cited_as"] == "Moreau P, Masszi T, Grzasko N, et al. N Engl J Med 374 (17): 1621-34, 2016"
    assert (row["section"], row["figure"]) == ("PubMed 27119237, line 6 of the record", "0.74")
    row = rows[f"{ID}trial/candor.candor-final-usmani-os-hr-dara-kd"]
    assert row["cited_as"].startswith("Final analysis of carfilzomib, dexamethasone, and daratumumab vs")


def test_what_a_publication_prints_is_shown_with_its_place(kg):
    """Its address is the line of the record and the figure; beside what bears on a study stands the line."""
    shown = kg.show("trial:tourmaline-mm1.pubmed-27119237-pfs-hr-ird")
    assert [str(at) for at in shown.addresses] == ["PubMed 27119237, line 6 of the record, figure 0.74"]
    assert [at.source for at in shown.addresses] == ["pubmed-27119237"]
    results = kg.show("trial:tourmaline-mm1").related["Results"]
    assert [entry.label for entry in results if not entry.section] == []
    text = kg.show("trial:tourmaline-mm1.iss-iii").to_text(200)
    assert "stated in                PubMed 34111952, line 10 of the record\n" in text
    assert "PubMed 34111952: 0.779 [PubMed 34111952, line 10 of the record]\n" in text
