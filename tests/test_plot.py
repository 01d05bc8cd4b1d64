"""Pictures: every row is drawn as printed, in its panel, with its caveat and address; any engine answers the same."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

import pytest

from rrmm.api import KnowledgeGraph
from rrmm.errors import QueryError
from rrmm.graph import queries
from rrmm.graph.rdflib_store import RdflibStore
from rrmm.plot.picture import DRAWINGS
from support import ROOT
from support.pictures import NAMES, OF_RESULTS, SVG, panels, parsed, texts

PLOTS = queries.read(ROOT, "plots") | queries.read(ROOT, "maps")


def test_the_gallery_is_what_the_graph_holds(kg, pictures):
    """One picture for each query, and for each endpoint with such a number; every one is listed and described."""
    assert list(kg.gallery.titles) == list(pictures) == NAMES
    for picture in pictures.values():
        assert picture.title == kg.gallery.titles[picture.name]
        assert len(picture.description) > 100


def test_each_query_names_its_drawing():
    """A header without a drawing, or with one that nobody draws, would be found by users only."""
    assert {query.header("drawing") for query in PLOTS.values()} == set(DRAWINGS)
    for query in PLOTS.values():
        assert set(query.kinds) == set(query.parameters)


OF_THE_CONTROL_ARM = """PREFIX rrmm: <https://w3id.org/rrmm/ontology#>
SELECT ?result WHERE { ?result rrmm:statistic rrmm:HazardRatio ; rrmm:group/rrmm:role rrmm:Control }"""
KINDS = {"forest": {"hazard ratio"}, "medians": {"median", "range"}, "rates": {"rate", "range"}}


@pytest.mark.parametrize("name", [name for name in OF_RESULTS if name not in {"toxicities", "looks"}])
def test_no_result_is_left_out(kg, pictures, name):
    """The question on all results names the same ones, and in forest plots that on histories those of publications."""
    kind, _, endpoint = name.partition("-")
    unit = {"medians": "mo", "rates": "%"}.get(kind)
    wanted = {
        row["result"]
        for row in kg.query("history-of-trial" if kind == "forest" else "results").to_dicts()
        if re.sub(r"\W+", "-", row["endpoint"].casefold()).strip("-") == endpoint
        and row["statistic"] in KINDS[kind]
        and row["unit"] in ({unit} if row["statistic"] == "range" else {unit, None})
    }
    if kind == "forest":
        wanted -= {row["result"] for row in kg.sparql(OF_THE_CONTROL_ARM).to_dicts()}
    drawn = pictures[name].table.to_dicts()
    missing = {row["result"] for row in drawn if row["statistic"] == "median" and kind == "forest"}
    assert {row["result"] for row in drawn} - missing == wanted
    assert {row["as_printed"] for row in drawn if row["result"] in missing} <= {"N/A", "NA"}


def test_every_toxicity_is_drawn(kg, pictures):
    """The picture holds what the question on incidences holds, but for the median time to an onset."""
    asked = set(kg.query("toxicity-incidences").column("result"))
    onset = {iri for iri in asked if "-onset-" in iri}
    assert set(pictures["toxicities"].table.column("result")) == asked - onset


@pytest.mark.parametrize("name", OF_RESULTS)
def test_panels_are_of_one_control_arm(pictures, name):
    """Each panel names the studies of its control arm and no others, in the order of their names."""
    picture = pictures[name]
    wanted: dict[str, list[str]] = {}
    for row in picture.rows:
        head = f"Control arm: {row['control']}" if "control" in row else "No control arm"
        wanted.setdefault(head, [])
        if row["study"] not in wanted[head]:
            wanted[head].append(row["study"])
    shown = panels(picture)
    assert [head for head in shown if head in wanted] == list(wanted)
    for head, studies in wanted.items():
        assert studies == sorted(studies)
        joined = " ".join(shown[head])
        places = [joined.index(f"{study}:") if f"{study}:" in joined else joined.index(study) for study in studies]
        assert places == sorted(places)
        for other in {row["study"] for row in picture.rows} - set(studies):
            assert f"{other}: " not in joined


@pytest.mark.parametrize("name", OF_RESULTS)
def test_every_row_is_drawn_as_printed(pictures, name):
    """Each print stands in its panel, and each number has its mark; prints that say the same share one."""
    picture = pictures[name]
    shown = {
        head: Counter(part for text in row for part in text.split(" vs. ")) for head, row in panels(picture).items()
    }
    marks = set()
    for row in picture.rows:
        head = f"Control arm: {row['control']}" if "control" in row else "No control arm"
        number = tuple(row.get(key) for key in ("value", "lower", "upper", "missing"))
        same = {
            other["as_printed"]
            for other in picture.rows
            if other["study"] == row["study"]
            and other["line"] == row["line"]
            and number == tuple(other.get(key) for key in ("value", "lower", "upper", "missing"))
        }
        assert any(text in " ".join(panels(picture)[head]) for text in same), row
        if "p_value" in row:
            assert shown[head][f"P = {row['p_value']}"] + shown[head][f"P {row['p_value']}"]
        if "ci_lower" in row:
            level = "" if row["ci_level"] == 95 else f"{row['ci_level']:g}%: "
            assert f"{level}{row['ci_lower']}–{row['ci_upper']}" in " ".join(panels(picture)[head])
        if "value" in row:
            marks.add(
                (
                    *(row["study"], row["line"], row["group"], row["value"], row.get("published")),
                    row["section"] if "p_value" in row else "",
                )
            )
    shapes = [*parsed(picture.svg).iter(f"{SVG}circle"), *parsed(picture.svg).iter(f"{SVG}rect")]
    drawn = sum("stroke-width: 1.5" in shape.get("style") for shape in shapes)
    legend = 1 + ("regimen named second: the control arm, where there is one" in texts(picture))
    legend += "which arm it favours is in doubt" in texts(picture)
    assert drawn - legend == len(marks)


PRINTED = [
    ("forest-pfs", "POLLUX", "all", ["0.41"]),
    ("forest-pfs", "POLLUX", "all high-risk", ["0.53", "P = 0.921"]),
    ("forest-pfs", "ASPIRE", "all high-risk", ["0.70", "P = 0.0829"]),
    ("forest-pfs", "CASTOR", "all high-risk", ["0.45", "P = 0.0053"]),
    ("forest-pfs", "CASTOR", "t(4;14)", ["NA"]),
    ("forest-pfs", "ENDEAVOR", "del(17p)", ["N/A", "P = 0.13"]),
    ("forest-pfs", "ELOQUENT-2", "t(4;14)", ["0.53"]),
    ("forest-os", "MM-003", "all", ["0.53"]),
    ("medians-pfs", "POLLUX", "all", ["N/R vs. 17.5"]),
    ("medians-pfs", "ASPIRE", "del(17p)", ["24.5 vs. 11.1"]),
    ("medians-pfs", "ENDEAVOR", "all high-risk", ["8.8 vs. 6.0"]),
    ("medians-pfs", "ELOQUENT-2", "all high-risk", ["N/A"]),
    ("medians-os", "MM-003", "all, in “Table 1”", ["11.9"]),
    ("medians-os", "CASTOR", "all", ["N/A"]),
    ("rates-orr", "TOURMALINE-MM1", "all, in “Table 1”", ["72"]),
    ("rates-orr", "TOURMALINE-MM1", "all, in “Ixazomib”", ["78 vs. 72"]),
    ("rates-orr", "Korean Dara real-world [56, 57]", "all", ["42.1% to 56.3%"]),
    ("rates-os", "APEX", "all at 12 mo", ["80 vs. 66"]),
]


@pytest.mark.parametrize(("name", "study", "line", "printed"), PRINTED, ids=lambda part: "".join(part))
def test_lines_read_as_the_tables_of_the_review(kg, name, study, line, printed):
    """Cells of Tables 1 and 2 and sentences of the text, looked up by hand."""
    _, block = " ".join(texts(kg.view("br2020").plot(name))).split(f" {study}: ", 1)
    assert block.index(f" {line} {' '.join(printed)} ") == block.index(f" {line} ")


@pytest.mark.parametrize("name", NAMES)
def test_caveats_and_doubts_are_in_the_picture(pictures, name):
    """How far results compare, and each discrepancy that one stands on, in words and with its letter."""
    picture = pictures[name]
    shown = " ".join(texts(picture))
    assert shown.startswith(picture.title)
    assert bool(picture.caveats) == (name in OF_RESULTS)
    for caveat in picture.caveats:
        assert caveat in shown
        assert caveat in parsed(picture.svg).find(f"{SVG}desc").text
    for row in picture.rows:
        for doubt in filter(None, (row.get("doubts") or "").split(" | ")):
            assert re.search(rf" [a-z]+ {re.escape(doubt)}", shown)
    sources = sorted({source for row in picture.rows for source in (row.get("source") or "").split(" | ") if source})
    assert "; ".join([*sources, "A research instrument, not a medical device."]) in shown


@pytest.mark.parametrize("name", [*OF_RESULTS, "regimen-map"])
def test_each_row_has_its_address(pictures, name):
    """The table beside a picture gives section and source of all that is drawn, and its things can be asked for."""
    picture = pictures[name]
    assert len(picture.table) == len(picture.rows)
    for row in picture.table.to_dicts():
        assert row.get("section") or row.get("sections") or row["regimen"] is None
    assert not [column for column in picture.table.columns if column.endswith("_iri")]
    assert all(iri.startswith("https://w3id.org/rrmm/") for iri in picture.about)


def test_pictures_about_a_thing(kg):
    """A page on a trial, a regimen, a drug or a finding can offer the pictures that show it."""
    wanted = {
        "trial/pollux": [
            *("looks-over-time", "trials-by-comparator"),
            *("forest-os", "forest-pfs", "forest-pfs2", "looks", "medians-os", "medians-pfs"),
            *("rates-orr", "rates-os", "rates-vgpr"),
        ],
        "drug/venetoclax": ["regimen-map"],
        "cytogenetics/t-4-14": ["evidence-by-abnormality", "forest-pfs", "looks", "medians-pfs"],
        "regimen/vrd": [
            *("evidence-by-abnormality", "evidence-by-endpoint", "options-by-state", "regimen-map"),
            *("medians-pfs", "rates-orr"),
        ],
    }
    for thing, names in wanted.items():
        assert [picture.name for picture in kg.gallery.pictures(f"https://w3id.org/rrmm/id/{thing}")] == names


def test_the_map_is_the_catalogue_of_regimens(kg, pictures):
    """Every treatment has a row, every drug a column or a place among those in none, with the class that it has."""
    picture = pictures["regimen-map"]
    rows = picture.table.to_dicts()
    counted = kg.query("regimens-by-size").to_dicts()
    assert {(row["regimen"], row["component"], row["components"]) for row in rows if row["components"]} == {
        (row["regimen"], row["component"], row["components"]) for row in counted
    }
    classes = {row["drug"]: row["class"] for row in kg.query("drug-classes").to_dicts()}
    drawn = {row["component"]: row["class"] for row in rows if row["named_as"] == "drug"}
    assert drawn.keys() == classes.keys()
    assert {drug: name for drug, name in drawn.items() if name} == {
        drug: classes[drug] for drug, name in drawn.items() if name
    }
    shown = " ".join(texts(picture))
    for row in rows:
        for cell in filter(None, (row["regimen"], row["component"] if row["named_as"] == "drug" else None)):
            assert cell in shown.replace("+ ", "+")


def test_a_picture_can_be_restricted(kg):
    """To one study, control arm or finding, under a name and a title of its own."""
    picture = kg.plot("medians-pfs", study="TOURMALINE MM-1", population="del(17p)")
    assert picture.name == "medians-pfs-tourmaline-mm1-del-17p"
    assert picture.title == "Median PFS, arm beside arm, TOURMALINE-MM1, del(17p)"
    assert [row["as_printed"] for row in picture.rows] == ["21.4", "9.7"]
    assert {row["control"] for row in kg.plot("forest-pfs", control="Vd").rows} == {"Vd"}
    assert [row["as_printed"] for row in kg.plot("medians-os", control="systemic chemotherapy").rows] == [
        "55.5",
        "25.4",
    ]


@pytest.mark.slow
def test_another_engine_draws_the_same(kg):
    """Restricted, the rows behind a picture do not depend on what answers; test_engines.py asks for them whole."""
    other = KnowledgeGraph(kg.files, other=RdflibStore(kg.files.snapshot))
    for values in ({"study": "ENDEAVOR"}, {"control": "Rd", "population": "t(4;14)"}):
        for name in ("forest-pfs", "medians-pfs"):
            assert other.plot(name, **values).table == kg.plot(name, **values).table


REFUSED = [
    ("forest-psf", {}, "Did you mean forest-pfs"),
    ("forest-pfs", {"studdy": "ASPIRE"}, "Did you mean study"),
    ("forest-pfs", {"study": "ASPIER"}, "Did you mean ASPIRE"),
    ("forest-pfs", {"endpoint": "OS"}, "shows one endpoint, PFS"),
    ("forest-pfs", {"study": "APEX"}, "nothing to draw of study APEX"),
    ("regimen-map", {"study": "ASPIRE"}, "no parameter 'study'"),
]


@pytest.mark.parametrize(("name", "values", "message"), REFUSED, ids=[message for *_, message in REFUSED])
def test_what_is_unknown_offers_the_nearest(kg, name, values, message):
    """No picture is empty without a word."""
    with pytest.raises(QueryError) as caught:
        kg.plot(name, **values)
    assert message in str(caught.value)


def test_the_command_prints_writes_and_lists(run_rrmm, pictures, tmp_path):
    """SVG to standard output or into a file, the table in its place, and the list."""
    place = tmp_path / "os.svg"
    assert run_rrmm("plot", "forest-os", "-o", str(place)).stdout == ""
    assert place.read_bytes() == pictures["forest-os"].svg
    assert [path.name for path in tmp_path.iterdir()] == ["os.svg"]
    assert run_rrmm("plot", "forest-os").stdout.encode() == pictures["forest-os"].svg
    shown = list(csv.DictReader(io.StringIO(run_rrmm("plot", "forest-os", "--table", "csv").stdout)))
    assert [row["as_printed"] for row in shown] == [row["as_printed"] for row in pictures["forest-os"].rows]
    listed = list(csv.DictReader(io.StringIO(run_rrmm("plot", "--list", "--table", "csv").stdout)))
    assert [row["picture"] for row in listed] == NAMES


@pytest.mark.parametrize(
    ("place", "message"), [("missing/os.svg", "cannot be written"), (".", "cannot be written")], ids=["folder", "file"]
)
def test_a_file_that_cannot_be_written_is_told(run_rrmm, tmp_path, place, message):
    """In one message, and nothing is left behind."""
    done = run_rrmm("plot", "forest-os", "-o", str(tmp_path / place))
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []
