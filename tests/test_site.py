"""The site: whole, accessible, without a broken link, the same bytes each time, and never in place of anything else."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest

from rrmm import __version__
from rrmm.errors import MissingExtra, RrmmError
from rrmm.graph import queries
from rrmm.iris import ID, RRMM
from rrmm.plot.gallery import Gallery
from rrmm.site import build
from rrmm.site.places import relative
from support import ROOT
from support.html import Page
from support.html import text_of as words

RESULT = "https://w3id.org/rrmm/id/trial/endeavor.pfs-del17p-kd"


WHOLE = pytest.param("whole_site", marks=pytest.mark.slow)


@pytest.fixture(scope="module", params=["site", WHOLE])
def pages(request):
    """Return every page of the site or of a part of it, parsed, by its path in it."""
    site = request.getfixturevalue(request.param)
    return {path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


COUNTED = f"SELECT (COUNT(?r) AS ?count) WHERE {{ ?r a <{RRMM}Regimen> }}"


def text_of(path):
    """Return the words of a page without its tags."""
    return words(path.read_text(encoding="utf-8"))


def test_every_page_is_well_made(pages):
    """One main heading, landmarks, no level of heading skipped, no anchor twice, a caption for each table."""
    assert len(pages) > 500
    for name, page in pages.items():
        assert page.headings[:1] == [1], name
        assert page.headings.count(1) == 1, name
        assert all(below <= above + 1 for above, below in zip(page.headings, page.headings[1:], strict=False)), name
        assert all(page.tags.count(tag) == 1 for tag in ("main", "header", "footer", "title")), name
        assert len(set(page.anchors)) == len(page.anchors), name
        assert page.captionless == 0, name
        assert page.unclosed == [], name


def test_every_page_keeps_to_itself(pages):
    """Nothing is loaded from elsewhere, no script or style stands in a page, and its policy says so."""
    for name, page in pages.items():
        assert "default-src 'none'; script-src 'self'" in page.policy, name
        drawn = name in {"pictures.html", "sparql.html", "ontology.html"} or (
            name.startswith("map/") and name != "map/index.html"
        )
        assert ("unsafe-inline" in page.policy) == drawn, name
        assert ("wasm-unsafe-eval" in page.policy) == (name == "sparql.html"), name
        assert page.inline == [], name
        assert [target for target in page.loaded if "://" in target] == [], name


@pytest.mark.parametrize("pages", [WHOLE], indirect=True)
def test_no_link_is_broken(pages, whole_site):
    """Whatever a page leads to or loads on this site is there, anchors included, by a reference without a host."""
    assert len(pages) > 3000
    files = {path.relative_to(whole_site).as_posix() for path in whole_site.rglob("*") if path.is_file()}
    broken, outside = [], set()
    for name, page in pages.items():
        for target in {*page.links, *page.loaded}:
            if "://" in target:
                outside.add(target)
                continue
            path, _, anchor = unquote(target).partition("#")
            found = os.path.normpath(os.path.join(os.path.dirname(name), path.partition("?")[0])) if path else name  # noqa: PTH118, PTH120
            if found not in files or (anchor and anchor not in pages[found].anchors):
                broken.append((name, target))
    assert broken == []
    assert outside


def test_a_number_can_be_cited(site):
    """Beside a result stand its value as printed, its address, its IRI, its doubts and a line to cite it by."""
    for path in ("id/trial/endeavor.html", "id/regimen/kd.html", "id/cytogenetics/del17p.html"):
        text = text_of(site / path)
        assert RESULT in text
        assert (
            "Median PFS, Kd, del(17p), ENDEAVOR, Table 2: 7.6 mo. Blood Res 2020;55:S43–S53, Table 2, row ENDEAVOR, "
            f"column del(17p) [18], characters 12157–12160. rrmm {__version__}, {RESULT}"
        ) in text
    page = text_of(site / "id/trial/endeavor.html")
    assert "In doubt (numeric): ENDEAVOR prior lines: median 2, range 1-2" in page
    assert "sources: Blood Res 2020;55:S43–S53; PDQ Adult Treatment Editorial Board" in page


def test_every_result_is_on_the_card_of_its_study(site, kg):
    """No study's card leaves out a result that the graph has of it."""
    for row in kg.query("results").to_dicts():
        iri = str(row["result"])
        card = site / "id" / "trial" / f"{iri.rpartition('/')[2].partition('.')[0]}.html"
        assert f'id="{iri.rpartition("/")[2]}"' in card.read_text(encoding="utf-8")


def test_results_of_several_studies_stand_under_their_control_arm_with_the_caveat(site):
    """The subgroup's page warns before it lists, and groups by control arm."""
    text = text_of(site / "id/cytogenetics/del17p.html")
    assert text.index("Do not compare between studies: FISH methods and cut-offs differ.") < text.index(
        "Control arm: Rd"
    )
    assert "Control arm: Vd" in text


def test_guidance_stands_for_and_against(site):
    """A page tells what the review says for an option, what against, and on which condition."""
    text = text_of(site / "id/procedure/allosct.html")
    assert "Only if" in text
    assert "In favour" in text
    assert "Against" in text_of(site / "id/drug/panobinostat.html")


def test_the_counts_are_those_of_the_graph(site, kg):
    """Home says how much there is, as a query of one's own says it."""
    text = text_of(site / "index.html")
    count = kg.sparql("SELECT (COUNT(*) AS ?n) WHERE { ?r a <https://w3id.org/rrmm/ontology#Result> }").column("n")[0]
    assert f"results {count:,}" in text
    assert f"questions to ask {len(list((ROOT / 'queries' / 'questions').glob('*.rq')))}" in text
    assert "Research use only" in text


def test_each_kind_has_one_count(site, kg):
    """The number on the home page is the number on the page that it leads to."""
    home = (site / "index.html").read_text(encoding="utf-8")
    entries = re.findall(r'<li><a href="([^"]+)"><span>([^<]+)</span> <b>([\d,]+)</b>', home)
    assert ("id/regimen/index.html", "regimens", str(kg.store.rows(COUNTED)[0]["count"])) in entries
    for path, what, number in entries:
        if what != "links to other vocabularies":
            assert f'<span class="quiet">{number}</span>' in (site / path).read_text(encoding="utf-8"), what


def test_the_ledger_marks_what_stays_open(site, kg):
    """Each discrepancy stands in the ledger, with what was adopted or published, or that neither is; verdicts count."""
    text = text_of(site / "id/discrepancy/index.html")
    table = {row["discrepancy"]: row for row in kg.query("discrepancies").to_dicts()}
    assert f"Discrepancies {len(table)}" in text
    still_open = [row for row in table.values() if row["adopted"] is None and row["verdict"] is None]
    assert text.count("Nothing: it stays open.") == len(still_open)
    assert f"{len(still_open)} stay open." in text
    for verdict, count in Counter(row["verdict"] for row in table.values() if row["verdict"]).items():
        assert f"{verdict} in {count}" in text
    assert all(str(row["decided"]) in html.unescape(text) for row in table.values() if row["verdict"])
    assert all(str(row["what"]) in html.unescape(text) for row in table.values())


def test_coverage_says_what_is_left_out_and_why(site):
    """The page tells of each section, of what was not at hand, and of what no statement says."""
    text = text_of(site / "coverage.html")
    for said in (
        "Table 1 the review (2020) 46 67",
        "The reference list is missing",
        "Running heads, column heads and titles",
    ):
        assert said in text


def test_each_source_is_named_where_it_speaks(site, kg):
    """The page of coverage has a part for each source; a result is cited by its own source alone."""
    coverage = text_of(site / "coverage.html")
    for source in kg.rule_base.sources:
        assert f"Left out of {source.brief}, and why" in coverage
        results = {row["result"] for row in kg.query("results", source=source.name).to_dicts()}
        places = {result: site / "id" / f"{result.removeprefix(ID)}.html" for result in sorted(results)}
        result, place = next((result, place) for result, place in places.items() if place.is_file())
        page = text_of(place)
        assert f"{source.name}: " in page
        cited = page.partition("Cite ")[2].partition(result)[0]
        assert source.citation in cited
        assert not any(other.citation in cited for other in kg.rule_base.sources if other != source)


def test_a_question_has_its_answer(site, kg):
    """The page of a question holds the table that the library gives, and the query that makes it."""
    text = text_of(site / "id/question/hazard-ratios.html")
    table = kg.query("hazard-ratios", population="cytogenetics:del17p")
    assert f"{len(table)} rows" in text
    assert all(str(value) in text for value in table.column("hazard_ratio"))
    catalogue = json.loads((site / "catalogue.json").read_text(encoding="utf-8"))
    assert kg.sparql(catalogue["questions"]["hazard-ratios"]).rows == table.rows


def test_lists_tell_more_than_names(site, kg):
    """Studies, regimens and guidance stand in a table with what one chooses by; the others as names."""
    studies = text_of(site / "id/trial/index.html")
    row = next(row for row in kg.query("studies").to_dicts() if row["study"] == "CASTOR")
    assert f"CASTOR {row['kind']} {row['phase']} {row['status']} DVd Vd" in studies
    assert re.search(r"Kd carfilzomib, dexamethasone \d+ \d+ \d+", text_of(site / "id/regimen/index.html"))
    assert "the review (2020)" in text_of(site / "id/guidance/index.html")
    for kind, listed in [("trial", True), ("guidance", True), ("criterion", False)]:
        assert ('class="rows answer list"' in (site / f"id/{kind}/index.html").read_text(encoding="utf-8")) == listed


def test_the_editor_offers_what_each_parameter_takes(site, kg):
    """Each parameter of a question has its field; the value that it proposes is among the names to choose from."""
    catalogue = json.loads((site / "catalogue.json").read_text(encoding="utf-8"))
    for name, query in queries.read(ROOT, "questions").items():
        assert [field["name"] for field in catalogue["forms"][name]["parameters"]] == list(query.parameters)
    assert len(catalogue["forms"]) == len(catalogue["questions"])
    for form in catalogue["forms"].values():
        for field in form["parameters"]:
            if field["kind"] and field["value"]:
                assert field["value"] in dict(catalogue["choices"][field["kind"]])
    assert dict(catalogue["choices"]["boolean"]) == {"true": "true", "false": "false"}
    assert dict(catalogue["choices"]["rrmm:Drug"])["bortezomib"] == f"<{ID}drug/bortezomib>"
    assert {"rrmm:Trial", "rrmm:inFavourOf", "drug:bortezomib", "trial:castor"} <= set(catalogue["terms"])


@pytest.mark.slow
def test_two_builds_are_the_same_bytes(whole_site, tmp_path):
    """Another process with another hash seed writes the same files, to the byte."""
    code = (
        "import sys; from pathlib import Path; from rrmm import KnowledgeGraph as K; K.load().site(Path(sys.argv[1]))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "again")], check=True, cwd=ROOT, env=environment)
    one, other = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (whole_site, tmp_path / "again")
    )
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


@pytest.fixture
def quick(monkeypatch):
    """Make the site of one page, so that what is tried is only where it is written."""
    monkeypatch.setattr(Gallery, "pictures", lambda _: iter(()))
    monkeypatch.setattr(build, "_contents", lambda *_: iter([("index.html", b"new"), (build.MARK, b"")]))


def test_it_replaces_a_former_site_as_a_whole(kg, quick, tmp_path):
    """What an earlier site had and this one has not is gone, and nothing is left beside it."""
    folder = tmp_path / "public"
    folder.mkdir()
    assert kg.site(folder).pages == 1
    (folder / "old.html").touch()
    kg.site(folder)
    assert sorted(path.name for path in folder.iterdir()) == [build.MARK, "index.html"]
    assert list(tmp_path.iterdir()) == [folder]


def test_it_keeps_earlier_releases(kg, quick, tmp_path, monkeypatch):
    """The files of another version stay to the byte, those of this version are the new ones."""
    folder = tmp_path / "public"
    kg.site(folder)
    for version in ("0.0.9", __version__):
        (folder / "release" / version).mkdir(parents=True)
        (folder / "release" / version / "rrmm.ttl").write_text("old")
        (folder / "ontology").mkdir(exist_ok=True)
        (folder / "ontology" / f"{version}.ttl").write_text("old")
    made = {f"release/{__version__}/rrmm.ttl": b"new", f"ontology/{__version__}.ttl": b"new", build.MARK: b""}
    monkeypatch.setattr(build, "_contents", lambda *_: iter(made.items()))
    kg.site(folder)
    for version, said in (("0.0.9", "old"), (__version__, "new")):
        assert (folder / "release" / version / "rrmm.ttl").read_text() == said
        assert (folder / "ontology" / f"{version}.ttl").read_text() == said


@pytest.mark.parametrize("kind", ["foreign", "file", "nowhere"])
def test_it_refuses_what_is_not_its_own(kg, quick, tmp_path, kind):
    """A folder with other things in it, a file, or a folder in none is refused and left as it is."""
    place = tmp_path / "public"
    if kind == "foreign":
        place.mkdir()
        (place / "thesis.tex").write_text("mine")
    elif kind == "file":
        place.write_text("mine")
    else:
        place = place / "deep"
    before = {path: path.is_file() and path.read_text() for path in tmp_path.rglob("*")}
    with pytest.raises(RrmmError, match=r"Name an empty folder|Name a folder"):
        kg.site(place)
    assert {path: path.is_file() and path.read_text() for path in tmp_path.rglob("*")} == before


def test_a_failure_leaves_the_former_site(kg, quick, tmp_path, monkeypatch):
    """When the disk is full, the site that was there stays, and nothing else."""
    folder = tmp_path / "public"
    kg.site(folder)

    def full(*_):
        yield "index.html", b"half"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build, "_contents", full)
    with pytest.raises(RrmmError, match="No space left on device"):
        kg.site(folder)
    assert (folder / "index.html").read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [folder]


def test_without_the_extra(kg, tmp_path, monkeypatch):
    """Where Jinja is not installed, the message says which extra to install."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    for name in ("rrmm.site.renderer", "rrmm.site.pages", "rrmm.site.content"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(MissingExtra, match=r"pip install 'rrmm\[site\]'"):
        kg.site(tmp_path / "public")
    assert list(tmp_path.iterdir()) == []


def test_the_command(run_rrmm, tmp_path):
    """A folder that is not ours ends with one message and exit code 2."""
    (tmp_path / "thesis.tex").touch()
    done = run_rrmm("site", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == f"rrmm: {tmp_path} is not a site of rrmm. Name an empty folder, or one that does not exist yet.\n"
    )


def test_references_have_no_base():
    """A page leads to another in the same way under any address."""
    assert relative("id/drug/x.html", "id/trial/a b.html#c d") == "../../id/trial/a%20b.html#c%20d"
    assert relative("index.html", "") == "index.html"


def test_the_vendored_engine_is_named():
    """Beside Oxigraph's files stand its version, its licence and how to refresh it."""
    text = (Path(build.__file__).parent / "static" / "oxigraph" / "LICENSES.txt").read_text(encoding="utf-8")
    assert re.match(r"Oxigraph \d+\.\d+\.\d+, .*MIT OR Apache-2\.0", text)
    assert "npm pack oxigraph@" in text


def test_a_page_shows_findings_gaps_and_grave_doubts(site):
    """Findings carry direction and significance, silence is said, and only doubts that are not editorial are marked."""
    study = text_of(site / "id/trial/endeavor.html")
    assert re.search(r"Kd versus Vd in del\(17p\): longer PFS, P 0.13 \(ENDEAVOR\) favours significant: no", study)
    assert "The review prints no toxicity of this drug" in text_of(site / "id/drug/selinexor.html")
    assert "prints nothing on antiviral prophylaxis" in text_of(site / "id/regimen/kd.html")
    assert "prints nothing on antiviral prophylaxis" not in text_of(site / "id/drug/carfilzomib.html")
    pages = [text_of(path) for path in (site / "id/trial").glob("*.html")]
    assert any("In doubt (decisive)" in page for page in pages)
    assert not any("In doubt (editorial)" in page for page in pages)
    ledger = (site / "id/discrepancy/index.html").read_text(encoding="utf-8")
    severities = re.findall(r"<td>(decisive|numeric|editorial)</td>", ledger)
    assert severities == sorted(severities, key=["decisive", "numeric", "editorial"].index)
    assert set(severities) == {"decisive", "numeric", "editorial"}
