"""The site in a real browser: every kind of page at a desk and on a phone, served below a path, and from files."""

from __future__ import annotations

import functools
import http.server
import re
import threading

import pytest

from support.browser import DESK, contrast, fits, quiet

pytestmark = pytest.mark.browser
SIZES = {"desk": DESK, "phone": {"width": 360, "height": 740}}
BASE = "/some/project/"
KINDS = [
    "index.html",
    "coverage.html",
    "downloads.html",
    "pictures.html",
    "map/index.html",
    "map/coverage.html",
    "map/evidence-by-endpoint.html",
    "map/looks-over-time.html",
    "map/options-by-state.html",
    "map/trials-by-comparator.html",
    "ontology.html#Median",
    "search.html?q=Dara-Rd",
    "sparql.html",
    "id/trial/index.html",
    "id/trial/endeavor.html",
    "id/trial/endeavor.pfs-del17p-kd.html",
    "id/trial/tourmaline-mm1.html",
    "id/regimen/kd.html",
    "id/regimen/dara-monotherapy.html",
    "id/drug/daratumumab.html",
    "id/condition/peripheral-neuropathy.html",
    "id/toxicity/index.html",
    "id/cytogenetics/del17p.html",
    "id/endpoint/progression-free-survival.html",
    "id/guidance/frail-reduce-dose.html",
    "id/criterion/rr-60-days.html",
    "id/discrepancy/index.html",
    "id/discrepancy/tourmaline-orr-control-arm.html",
    "id/question/index.html",
    "id/question/results.html",
    "id/question/hazard-ratios.html",
    "id/source/index.html",
    "id/source/br2020.html",
    "id/source/br2020.table-2-endeavor-del17p.html",
    "id/source/br2020.figure-12157-12160.html",
    "id/vocabulary/index.html",
    "ontology/parameter/criteria.definition.html",
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the site below a path, as hosts of project pages do, and nothing else."""

    def translate_path(self, path):
        """Return the file of a path below the base, and none of others."""
        return super().translate_path("/" + path.removeprefix(BASE)) if path.startswith(BASE) else "/nonexistent"

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def address(whole_site):
    """Return the address of the site on a server of files."""
    handler = functools.partial(Quiet, directory=str(whole_site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{BASE}"
        server.shutdown()
        thread.join()


@pytest.fixture(params=[("desk", "light"), ("phone", "dark")], ids="-".join)
def page(request, browser, address):
    """Return a page that ends the test when anything was said on the console, or asked of another host."""
    size, scheme = request.param
    with quiet(browser, address, SIZES[size], scheme, ["blob:"]) as opened:
        yield opened


def answer(page):
    """Wait for the answer of the SPARQL page and return its rows as texts."""
    page.locator(".yasr table.dataTable tbody tr").first.wait_for()
    return page.locator(".yasr table.dataTable tbody tr").evaluate_all(
        "rows => rows.map(r => [...r.cells].map(c => c.textContent.trim()))"
    )


def test_every_kind_of_page_fits(page):
    """Every kind of page opens, says in its title what it is, and scrolls down only."""
    for path in KINDS:
        assert page.goto(path).ok, path
        assert fits(page), path
        assert page.title().endswith("· rrmm"), path


def test_a_number_leads_to_its_address(page):
    """Numbers beside each other can be read in both schemes, and one keystroke leads to where a number is printed."""
    page.goto("id/trial/tourmaline-mm1.html")
    for selector in (".sides .printed", ".sides .print", ".sides .differs", ".sides .unit", ".sides .address", "dt"):
        assert contrast(page, selector) > 4.5, selector
    assert page.locator(".sides .strip").first.bounding_box()["width"] > 100
    page.locator(".sides a.printed").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/id/trial/tourmaline-mm1.pfs-ird.html")
    page.get_by_text("characters").first.wait_for()


def test_home_leads_on(page):
    """The ways in can be read and opened by keyboard, and the answer leads to its patient."""
    page.goto("index.html")
    for selector in (".doors b", ".doors span", ".sample .note", ".warning"):
        assert contrast(page, selector) > 4.5, selector
    page.locator(".doors a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/patient/index.html")
    page.go_back()
    page.get_by_role("link", name="Open this patient").click()
    page.wait_for_url("**/patient/index.html?example=0")


def test_a_question_is_answered_in_the_browser(page, kg):
    """The SPARQL page answers a catalogued question with the rows of the library, and leads to the results."""
    page.goto("id/question/hazard-ratios.html")
    page.get_by_role("link", name="Open it on the SPARQL page").click()
    rows = answer(page)
    table = kg.query("hazard-ratios", population="cytogenetics:del17p")
    names = [str(row["result"]).rpartition("/")[2] for row in table.to_dicts()]
    assert [row[0] for row in rows] == list(table.column("study"))
    assert all(name in " ".join(row) for name, row in zip(names, rows, strict=True))
    assert page.locator("#question").input_value() == "hazard-ratios"
    assert "4 rows in" in page.locator("#status").inner_text()
    assert fits(page)
    page.locator(".yasr tbody a.iri").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/id/trial/aspire.pfs-del17p-hr-krd.html")


def test_a_query_of_ones_own(page):
    """Updates, mistakes and other hosts are refused in words, graphs come as triples, and a long query is stopped."""
    page.goto("sparql.html")
    page.locator("#query .CodeMirror").wait_for()

    def run(text):
        page.evaluate("text => document.querySelector('#query .CodeMirror').CodeMirror.setValue(text)", text)
        page.locator("#run").click()

    for text, message in [
        ("SELEC", "cannot be read near line 1"),
        ("DELETE WHERE { ?s ?p ?o }", "cannot be read near line 1"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "is not supported"),
    ]:
        run(text)
        assert message in page.locator("#status.error").inner_text()
    run("CONSTRUCT WHERE { ?s a <https://w3id.org/rrmm/ontology#Caveat> }")
    page.locator("#results").get_by_text("rrmm:Caveat").first.wait_for()
    run("ASK { ?s ?p ?o }")
    page.locator("#results").get_by_text("True").wait_for()
    run("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    page.get_by_text("Running …").wait_for()
    page.locator("#stop").click()
    assert page.locator("#status").inner_text() == "Stopped."
    run("SELECT (1 AS ?one) {}")
    assert answer(page) == [["1"]]


SLOW = "SELECT (COUNT(*) AS ?slow) { ?a ?b ?c FILTER(REGEX(SHA512(SHA512(CONCAT(STR(?a), STR(?c)))), 'ab.*cd.*ef')) }"


def test_the_answer_is_that_of_the_last_query(page):
    """A query that is asked while another is under way, or the graph is fetched, is the one that is answered."""
    page.goto("sparql.html?question=results")
    editor = page.locator("#query .CodeMirror")
    editor.wait_for()
    for number, before in enumerate(["SELECT (0 AS ?first) {}", SLOW], 1):
        for text in (before, f"SELECT ({number} AS ?last) {{}}"):
            editor.evaluate("(box, text) => { box.CodeMirror.setValue(text); box.CodeMirror.focus(); }", text)
            page.keyboard.press("Control+Enter")
        page.get_by_text("1 row in").wait_for()
        assert answer(page) == [[str(number)]]
        assert page.locator(".yasr th").last.inner_text().strip() == "last"


def test_a_question_is_changed_in_fields(page):
    """A field changes the query, an unknown name is told with the nearest, and fields go with their question."""
    page.goto("sparql.html?question=hazard-ratios")
    answer(page)
    field = page.get_by_role("combobox", name="population")
    assert field.input_value() == "del(17p)"
    field.fill("T(4;14)")
    field.press("Tab")
    text = page.evaluate("document.querySelector('#query .CodeMirror').CodeMirror.getValue()")
    assert "VALUES (?__population_iri) { (<https://w3id.org/rrmm/id/cytogenetics/t-4-14>) }" in text
    field.fill("t(4;15)")
    field.press("Tab")
    assert "Did you mean t(4;14)?" in page.locator("#status.error").inner_text()
    page.select_option("#question", "")
    assert page.locator("#parameters").is_hidden()


def test_an_unknown_term_is_told(page):
    """A known prefix is declared without a word; a term that the graph lacks is told beside the empty answer."""
    page.goto("sparql.html")
    page.locator("#query .CodeMirror").wait_for()
    text = "SELECT ?s { ?s a rrmm:Trail . ?s xyz:p 'rrmm:no' }"
    page.evaluate("text => document.querySelector('#query .CodeMirror').CodeMirror.setValue(text)", text)
    page.locator("#run").click()
    notes = page.locator("#notes li").all_inner_texts()
    assert notes[1] == "The graph has no rrmm:Trail. Did you mean rrmm:Trial?"
    assert notes[0].startswith("The prefix xyz: is not declared.")
    written = page.evaluate("document.querySelector('#query .CodeMirror').CodeMirror.getValue()")
    assert "PREFIX rrmm: <https://w3id.org/rrmm/ontology#>" in written
    assert len(notes) == 2


def test_a_list_sorts_filters_and_counts(page):
    """Words and choices leave the rows that have them, and the count says how many.

    A head sorts by its column; a phone, which shows no heads, has a choice for it.
    """
    page.goto("id/trial/index.html")
    shown = page.locator("table.list tbody tr:visible")
    total = shown.count()
    status = page.locator("label").filter(has_text=re.compile(r"^\s*status")).get_by_role("combobox")
    status.select_option("ongoing")
    ongoing = shown.count()
    assert 0 < ongoing < total
    assert page.get_by_text(f"{ongoing} of {total} rows").is_visible()
    status.select_option("*")
    page.get_by_label("Filter").fill("castor")
    assert shown.first.locator("th").inner_text() == "CASTOR"
    page.get_by_label("Filter").fill("")
    if (order := page.get_by_label("Sort")).is_visible():
        order.select_option("results ↓")
    else:
        head = page.get_by_role("button", name="results")
        head.click()
        head.click()
    results = [int(text) for text in shown.locator("td:last-child").all_inner_texts()]
    assert results == sorted(results, reverse=True)
    assert page.locator("th[aria-sort=descending]").text_content().strip().startswith("results")


def test_a_map_leads_to_what_it_shows(page):
    """A study of the network and a rule of the algorithm lead to their pages."""
    page.goto("map/trials-by-comparator.html")
    page.locator(".drawn a", has_text="ASPIRE").first.click()
    page.wait_for_url("**/id/trial/aspire.html")
    page.goto("map/options-by-state.html")
    page.locator(".drawn a", has_text="the review (2020)").first.click()
    page.wait_for_url("**/id/guidance/*.html")


def test_run_does_not_cover_the_query(page):
    """The button stands below the query, whatever the size of the window."""
    page.goto("sparql.html")
    page.locator("#query .CodeMirror").wait_for()
    query, run = (page.locator(selector).bounding_box() for selector in ("#query", "#run"))
    assert run["y"] >= query["y"] + query["height"]


def test_the_search_by_keyboard(page):
    """Without a mouse: skip to the content, or search by an alias and open what is found."""
    page.goto("id/drug/daratumumab.html")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_role("searchbox").fill("dara-rd")
    page.keyboard.press("Enter")
    page.locator(".hits a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/id/regimen/drd.html")


def test_the_search_tells_kinds_and_shows_what_matched(page):
    """Hits say what kind of thing they are and show the words; a kind narrows them; arrows lead through them."""
    page.goto("search.html?q=velcade")
    assert page.locator(".hits li").first.inner_text().split("\n")[0] == "bortezomib drug proteasome inhibitor"
    assert page.locator(".hits .note mark").first.inner_text() == "Velcade"
    page.locator("#find").fill("residual peripheral neuropathy")
    assert "residual peripheral neuropathy" in page.locator(".hits .note", has=page.locator("mark")).first.inner_text()
    page.locator("#find").fill("neuropathy")
    page.get_by_role("button", name="guidance").press("Enter")
    assert set(page.locator(".hits .chip").all_inner_texts()) == {"guidance"}
    assert page.get_by_role("button", name="guidance").get_attribute("aria-pressed") == "true"
    assert "kind=guidance" in page.url
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    second = page.locator(".hits a").nth(1).get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{second}")
    page.goto("search.html?q=zzzz&kind=guidance")
    assert page.locator("#status").inner_text().startswith("Nothing has these words")
    assert page.locator(".hits li").count() == 0


def test_a_term_of_the_ontology_opens(page):
    """Who follows the address of a term sees it, and the diagram leads to the terms."""
    page.goto("ontology.html#appliesTo")
    assert page.locator("#appliesTo").is_visible()
    assert not page.locator("#Median").is_visible()
    page.locator(".drawn a", has_text="Guidance").first.click()
    assert page.locator("#Guidance").is_visible()
    assert fits(page)


def test_pages_and_search_from_files(browser, whole_site):
    """Opened as files, without any server, pages are dressed, lead on and can be searched."""
    page = browser.new_page()
    page.goto((whole_site / "index.html").as_uri())
    assert page.evaluate("getComputedStyle(document.querySelector('.kinds')).display") == "grid"
    page.get_by_role("searchbox").fill("ENDEAVOR")
    page.keyboard.press("Enter")
    page.locator(".hits a").first.click()
    assert page.locator("h1").inner_text() == "ENDEAVOR"
    page.goto((whole_site / "sparql.html").as_uri())
    page.get_by_text("Serve the folder").wait_for()
    page.close()
