"""Maps: every rule, study, cell and passage is drawn and links to its page, and parts fit beside each other."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest

from rrmm.graph import queries
from rrmm.iris import ID, RRMM
from rrmm.plot.sheet import NAMED, WIDTH
from support import ROOT
from support.pictures import MAPS, SVG, parsed, texts

STATED = "SELECT DISTINCT ?rule WHERE { ?rule <https://w3id.org/rrmm/ontology#effect> ?effect . ?effect "
GIVES = "<https://w3id.org/rrmm/ontology#gives> "


@pytest.fixture(scope="module")
def maps(kg):
    """Return the maps by name."""
    return {name: kg.gallery.picture(name) for name in MAPS}


def test_a_map_is_a_query_of_its_folder(maps):
    """Each query of ``queries/maps/`` is a map, and nothing else is."""
    assert sorted(queries.read(ROOT, "maps")) == MAPS
    assert all(picture.map for picture in maps.values())


def links(picture):
    """Return the IRIs that a picture links, in order."""
    return re.findall(r'href="([^"]*)"', picture.svg.decode())


def test_every_rule_in_favour_is_a_line(kg, maps):
    """Whatever recommends or supports an option, or says when to treat, is linked; other guidance is not."""
    linked = {iri for iri in links(maps["options-by-state"]) if "/id/guidance/" in iri}
    store = kg.store
    offered = [
        row["rule"]
        for status in ("RecommendedOption", "OpenOption")
        for row in store.rows(f"{STATED}{GIVES}<https://w3id.org/rrmm/ontology#{status}> }}")
    ]
    timing = [row["rule"] for row in store.rows(f'{STATED}<https://w3id.org/rrmm/ontology#shownAmong> "timing" }}')]
    assert linked == {*offered, *timing}
    assert len(linked) > 150


def test_the_strategy_is_drawn_state_by_state(kg, maps):
    """What the question on recommendations answers stands in the map, recommended in the same state."""
    drawn = {
        (row["state"], row["names"], row["modality"])
        for row in maps["options-by-state"].rows
        if row["strength"] == "recommended"
    }
    wanted = {(row["state"], row["option"], row["modality"]) for row in kg.query("recommendations").to_dicts()}
    assert wanted <= drawn
    shown = texts(maps["options-by-state"])
    assert shown.index("Double-refractory") < shown.index("No state of the patient is named")


def test_cells_count_what_is_printed(kg, maps):
    """The number in a cell is the number of results of that regimen and endpoint; what has none is a dot."""
    cells = {(row["row"], row["column"]): row["results"] for row in maps["evidence-by-endpoint"].rows}
    for regimen, endpoint, cell in [
        ("drd", "progression-free-survival", ("DRd", "PFS")),
        ("ctd", "overall-response-rate", ("CTD", "ORR")),
    ]:
        pattern = f"?r rrmm:group/rrmm:regimen <{ID}regimen/{regimen}> ; rrmm:endpoint <{ID}endpoint/{endpoint}>"
        rows = kg.store.rows(f"PREFIX rrmm: <{RRMM}> SELECT DISTINCT ?r WHERE {{ ?r a rrmm:Result . {pattern} }}")
        assert cells[cell] == len(rows) > 0
    abnormalities = maps["evidence-by-abnormality"]
    assert {row["row"] for row in abnormalities.rows} == {row for row, _ in cells}
    empty = sum(not row["results"] for row in abnormalities.rows)
    assert texts(abnormalities).count("·") == empty > 0
    assert ("DRd", "del(17p)") in {(row["row"], row["column"]) for row in abnormalities.rows if not row["results"]}


def test_the_network_is_the_question_on_comparators(kg, maps):
    """Every controlled study is a line from its control arm, and leads to its page."""
    picture = maps["trials-by-comparator"]
    wanted = kg.query("trials-by-comparator").to_dicts()
    assert {(row["from"], row["study"], row["to"]) for row in picture.rows} == {
        (row["comparator"], row["study"], row["experimental"]) for row in wanted
    }
    assert {row["trial"] for row in wanted} <= set(links(picture))


def test_each_report_is_a_mark(maps):
    """A study has a row with a mark for each report, filled where results of it are in the graph."""
    picture = maps["looks-over-time"]
    reports = [row["report_iri"] for row in picture.rows]
    linked = Counter(links(picture))
    assert all(linked[iri] == count for iri, count in Counter(reports).items())
    legend = 1
    hollow = [mark for mark in parsed(picture.svg).iter(f"{SVG}circle") if "fill: #ffffff" in mark.get("style")]
    assert len(hollow) - legend == sum(not row["results"] for row in picture.rows)


def test_coverage_counts_each_character_once(maps):
    """Passages that overlap are counted once, and no more than there are."""
    shown = " ".join(texts(maps["coverage"]))
    assert all(f"{row['source']}: " in shown for row in maps["coverage"].rows)
    assert re.findall(r"[\d,]+ of [\d,]+", shown)
    for covered, length in re.findall(r"([\d,]+) of ([\d,]+)", shown):
        assert int(covered.replace(",", "")) <= int(length.replace(",", ""))


def test_parts_hold_the_whole(maps):
    """Parts together have every text but title and foot, each of one width, in colours that a page can set."""
    for name, picture in maps.items():
        whole = Counter(texts(picture))
        parts = [parsed(part) for part in picture.parts]
        texts_of_parts = Counter(text.text or "" for part in parts for text in part.iter(f"{SVG}text"))
        assert not texts_of_parts - whole, name
        widths = {int(part.get("width")) for part in parts}
        assert widths == {WIDTH} or len(parts) == 1, name
        styles = "".join(picture.parts)
        assert not re.search(rf"(?<!, )({'|'.join(NAMED)})", styles), name


def test_the_map_of_states_explains_itself(maps):
    """No line lacks a name, the numbers of rules have a key, and no heading ends in the middle of a phrase."""
    picture = maps["options-by-state"]
    shown = texts(picture)
    assert "several rules say the same; each number leads to one" in " ".join(shown)
    assert sum(text == "DRd" for text in shown) >= 3
    headings = defaultdict(list)
    for row in picture.rows:
        headings[row["rule_iri"]].append(row.get("state"))
    assert any(str(state).endswith(" to") for states in headings.values() for state in states)
    joined = " ".join(shown)
    for phrase in ("first line, not refractory to", "durable frontline response to"):
        assert joined.count(phrase) == joined.count(f"{phrase} the drug") > 0
