"""The page of a patient as a person handles it: what is typed, chosen, dropped and downloaded there."""

from __future__ import annotations

import json

DROP = """([text, name]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name));
    dispatchEvent(new DragEvent("drop", { dataTransfer: data }));
}"""
# By the answer to this, the page has taken what came before it.
LATER = """() => {
    const headers = { "Content-Type": "application/json" };
    return fetch("/api/glance", { method: "POST", body: "{}", headers }).then((reply) => reply.text());
}"""


def start(page, link="/patient/"):
    """Open the page and wait for its first answer."""
    page.goto(link)
    page.locator("#shown .when").wait_for()
    return page


def drop(page, name, text):
    """Drop a file on the page."""
    page.evaluate(DROP, [text, name])


def chips(page):
    """Return what stands in the chips of prior drugs."""
    return [" ".join(text.split()) for text in page.locator(".drug").all_inner_texts()]


def field(page, name):
    """Return a field of the form."""
    return page.locator("#patient").get_by_label(name, exact=True)


def option(page, name):
    """Return the line of an option."""
    return page.locator(f'[data-option="{name}"] > summary')


def choose(page, number):
    """Choose an example and wait for its answer."""
    page.select_option("#example", str(number))
    page.locator("#shown .when").filter(has_not_text="Undetermined").wait_for()


def patient_in(page):
    """Return the patient that the page offers as JSON."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the patient as JSON").click()
    return json.loads(download.value.path().read_text(encoding="utf-8"))


def hold(page, address, act):
    """Do what asks an address, and hold the answer back; return a function that lets it come, and waits for it."""
    routes = []
    page.route(address, lambda route: route.fallback() if routes else routes.append(route))
    with page.expect_request(address):
        act()

    def release():
        route = routes[0]
        with page.expect_event("requestfinished", lambda request: request == route.request):
            route.continue_()
        page.evaluate(LATER)

    return release
