"""A real browser: editor, a thing's page and the search, in the light and in the dark, at a desk and on a phone."""

from __future__ import annotations

import re

import pytest

from support.browser import DESK, contrast, fits, quiet

pytestmark = pytest.mark.browser

SIZES = {"desk": DESK, "phone": {"width": 390, "height": 844}}


@pytest.fixture(params=[("desk", "light"), ("desk", "dark"), ("phone", "light"), ("phone", "dark")], ids="-".join)
def page(request, browser, served):
    """Return a page that ends the test when anything was said on the console, or asked of another host."""
    size, scheme = request.param
    # The browser itself notes an answer of 403: it is the one that a test provokes.
    with quiet(browser, served.url, SIZES[size], scheme, ["data:", "blob:"], ["status of 403"]) as opened:
        yield opened


def test_the_editor(page):
    """A catalogued question is chosen, runs and fills a table; a result leads to its page on this service."""
    page.goto("/sparql.html")
    page.locator("#query .CodeMirror").wait_for()
    page.select_option("#question", "hazard-ratios")
    assert "#+" not in page.locator("#query").inner_text()
    page.locator("#run").click()
    page.locator(".yasr table.dataTable tbody tr").first.wait_for()
    assert "rows in" in page.locator("#status").inner_text()
    assert contrast(page, "#query .cm-keyword") > 4.5
    assert contrast(page, ".yasr table.dataTable tbody td:nth-child(1)") > 4.5
    assert fits(page)
    page.locator(".yasr tbody a.iri").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/id/trial/"))


def test_a_question_by_its_link(page):
    """The link of a question on its page opens the editor and runs it."""
    page.goto("/id/question/results.html")
    page.get_by_role("link", name="Open it on the SPARQL page").click()
    page.locator(".yasr table.dataTable tbody tr").first.wait_for()


def test_an_error_is_shown(page):
    """What the service says of a refused query stands beside the button."""
    page.goto("/sparql.html")
    page.locator("#query .CodeMirror").wait_for()
    page.evaluate("document.querySelector('#query .CodeMirror').CodeMirror.setValue('ASK { SERVICE <urn:x> {} }')")
    page.locator("#run").click()
    page.locator("#status.error").wait_for()
    assert "SERVICE is refused" in page.locator("#status").inner_text()


def test_a_thing(page):
    """A drug's page has one heading, landmarks, legible text and its sources, and fits the window."""
    page.goto("/id/drug/bortezomib.html")
    assert page.locator("h1").all_inner_texts() == ["bortezomib"]
    assert page.get_by_role("main").count() == page.get_by_role("banner").count() == 1
    assert page.get_by_role("heading", name="Guidance", exact=False).first.is_visible()
    for selector in ("main p", "main a", ".address", ".facts dt a", "footer p"):
        assert contrast(page, selector) > 4.5, selector
    assert fits(page)


def test_the_search_by_keyboard(page):
    """Without a mouse: skip to the content, or search by an alias and open what is found."""
    page.goto("/id/drug/bortezomib.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_role("searchbox").fill("Dara-Rd")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/search"))
    assert fits(page)
    page.locator(".hits a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/id/regimen/drd.html"))
    assert page.locator("h1").inner_text() == "DRd"


@pytest.mark.parametrize("path", ["/", "/api", "/id/trial/endeavor.html", "/search.html?q=zzzz"])
def test_other_pages_fit(page, path):
    """Every kind of page fits the window, and says in its title what it is."""
    page.goto(path)
    assert fits(page)
    assert page.title().endswith("· rrmm")
