"""A browser's client of CDS Hooks on another origin, and the page that a card leads to."""

from __future__ import annotations

import pytest

from rrmm.server.enclosed import encode
from support.browser import DESK, quiet
from support.chart import prefetch, viewed, without
from support.servers import misbehaving, says

pytestmark = pytest.mark.browser

CALL = """async ([base, request]) => {
    const headers = { "Content-Type": "application/json", Authorization: "Bearer token" };
    const found = await (await fetch(`${base}/cds-services`, { headers })).json();
    const service = found.services.find((one) => one.hook === request.hook);
    const reply = await fetch(`${base}/cds-services/${service.id}`,
        { method: "POST", headers, body: JSON.stringify(request) });
    return [reply.status, await reply.json()];
}"""


@pytest.fixture
def client(browser, served):
    """Return a page of another origin that may ask the service."""
    # The browser itself notes the answer of 412 that a test provokes.
    with (
        misbehaving(says("<!doctype html><title>EHR</title>", kind="text/html")) as (address, _),
        quiet(browser, address, DESK, "light", [served.url, "data:"], ["status of 412"]) as page,
    ):
        page.goto("/")
        yield page


def test_a_client_on_another_origin(client, served):
    """It discovers the services and gets cards, Authorization and preflight included."""
    status, answer = client.evaluate(CALL, [served.url, viewed(prefetch())])
    assert status == 200
    assert answer["cards"][0]["summary"].startswith("Myeloma regimens")


def test_a_client_reads_what_is_missing(client, served):
    """The problem document of 412 can be read across origins."""
    status, answer = client.evaluate(CALL, [served.url, viewed(without("conditions"))])
    assert (status, answer["status"]) == (412, 412)
    assert "conditions" in answer["detail"]


def test_the_link_of_a_card_shows_the_report(client, browser, served):
    """The page asks for the report of the patient behind the #, shows it, and forgets the address."""
    _, answer = client.evaluate(CALL, [served.url, viewed(prefetch())])
    with quiet(browser, served.url, DESK, "light", ["data:"]) as page:
        page.goto(answer["cards"][0]["links"][0]["url"])
        page.locator("main article h1").wait_for()
        assert "bortezomib" in page.locator("main").inner_text()
        assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none"
        assert page.url == f"{served.url}/report.html"
    assert "report.html#" not in served.log.read_text(encoding="utf-8")


def test_another_patient_in_the_address(browser, served):
    """The page shows the patient of the newest address, never an earlier one beside it, and forgets the address."""
    first, second = ({"age": 70}, {"age": 44})
    held = []
    with quiet(browser, served.url, DESK, "light", ["data:"]) as page:
        page.goto(f"/report.html#{encode(first)}")
        page.locator("main article h1").wait_for()
        page.route("**/api/regimens", lambda route: held.append(route))
        page.evaluate("hash => { location.hash = hash; }", encode(second))
        page.get_by_text("The report is being made").wait_for()
        assert page.url == f"{served.url}/report.html"
        assert "70" not in page.locator("main").inner_text()
        page.evaluate("hash => { location.hash = hash; }", encode(first))
        while len(held) < 2:
            page.evaluate("1")
        held[1].continue_()
        page.locator("main article h1").wait_for()
        with page.expect_response("**/api/regimens") as overtaken:
            held[0].continue_()
        overtaken.value.finished()
        assert "age 70" in page.locator("main").inner_text()
        assert "age 44" not in page.locator("main").inner_text()
        assert page.url == f"{served.url}/report.html"


@pytest.mark.parametrize("held", ["", "#", "#!!", "#e30x"])
def test_an_address_without_a_patient(browser, served, held):
    """The page says so."""
    with quiet(browser, served.url, DESK, "light", ["data:"], ["status of 4"]) as page:
        page.goto(f"/report.html{held}")
        page.get_by_text("The address holds no patient").or_(page.get_by_text("not JSON")).wait_for()
