"""A real browser, and pages that end a test when anything is said on the console or asked of another host."""

from __future__ import annotations

from contextlib import contextmanager

from support.tools import needs

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESK = {"width": 1280, "height": 850}


@contextmanager
def chromium():
    """Give Chromium."""
    path = needs("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def quiet(browser, address, size, scheme, own, provoked=()):
    """Give a page below an address; `own` begins what else it may ask for, `provoked` is what a test makes it say."""
    context = browser.new_context(viewport=size, color_scheme=scheme, base_url=address)
    page = context.new_page()
    said, elsewhere = [], []
    page.on("console", lambda message: any(word in message.text for word in provoked) or said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    context.on("request", lambda asked: asked.url.startswith((address, *own)) or elsewhere.append(asked.url))
    yield page
    context.close()
    assert said == []
    assert elsewhere == []


def fits(page):
    """Return whether nothing is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def contrast(page, selector):
    """Return the contrast of a text with its background, as WCAG 2 counts it."""
    return page.eval_on_selector(
        selector,
        """element => {
            const light = (colour) => {
                const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3).map((v) => v / 255)
                    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            let behind = element;
            while (/, 0\\)$/.test(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
            const pair = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(light).sort();
            return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        }""",
    )
