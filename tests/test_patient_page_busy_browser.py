"""The page of a patient where the service is busy or away: that is told, and nothing that was entered is lost."""

from __future__ import annotations

from base64 import b64encode

import pytest

from support.browser import DESK, quiet
from support.patient_page import DROP, chips, choose, drop, field, hold, option, patient_in, start

pytestmark = pytest.mark.browser

ANY, NAMES, READ, GLANCE = "**/api/names*", "**/api/names?word=Velkade", "**/api/read", "**/api/glance"
BUSY = "The service is busy."
AWAY = "The service does not answer. Is it still running?"
FAILURES = {
    "busy": (lambda route: route.fulfill(status=503, json={"detail": BUSY}), BUSY),
    "asked too often": (lambda route: route.fulfill(status=429, json={"detail": BUSY}), BUSY),
    "a proxy": (lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"), "The service answers 502."),
    "away": (lambda route: route.abort(), AWAY),
}
busy = FAILURES["busy"][0]
DROP_TWO = DROP.replace("    data.items", '    data.items.add(new File(["age: 40"], "other.yaml"));\n    data.items')
PROVOKED = ["status of 4", "status of 5", "ERR_FAILED"]


@pytest.fixture
def blank(browser, unhurried):
    """Return a page at a desk that is not opened; the browser itself notes the failures that a test provokes."""
    with quiet(browser, unhurried.url, DESK, "light", ["data:", "blob:"], PROVOKED) as opened:
        yield opened


@pytest.fixture
def page(blank):
    """Return the page with its first answer."""
    return start(blank)


def adder(page, name="Line 1"):
    """Return a field that takes names."""
    return page.get_by_role("combobox", name=name)


def enter(page, word, name="Line 1"):
    """Type a word and press Enter."""
    adder(page, name).fill(word)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("fail", "why"), FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize(
    ("name", "word", "patient"),
    [
        ("Line 1", "Velcade", {"prior_drugs": [{"drug": "bortezomib", "line": 1}]}),
        ("Add: comorbidity", "CHF", {"comorbidities": ["heart failure"]}),
    ],
)
def test_a_word_that_is_not_looked_up_stands(page, fail, why, name, word, patient):
    """No answer is not the answer that nothing is known: the word stands with the reason, and is tried again."""
    page.route(ANY, fail)
    enter(page, word, name)
    page.get_by_text(f"“{word}” could not be looked up, and is not entered: {why}").wait_for()
    assert page.get_by_text("No source knows").count() == 0
    assert patient_in(page) == {}
    page.unroute(ANY)
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("could not be looked up").wait_for(state="detached")
    assert patient_in(page) == patient


def test_names_that_fail_are_told_while_one_types(page):
    """The list holds the names of the form alone, and says so; one of them is taken without the service."""
    page.route(ANY, busy)
    adder(page).fill("bortezomib")
    page.locator("#lines").get_by_role("option", name="bortezomib drug").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="bortezomib", exact=True).wait_for()
    adder(page).fill("Kyprolis")
    page.get_by_text(f"Names could not be looked up: {BUSY} Enter tries again.").wait_for()


def test_a_regimen_that_is_not_looked_up_stands(page):
    """A regimen that was chosen while its drugs cannot be asked for stands below the field, and is tried again."""
    page.route(ANY, busy)
    adder(page).fill("VRd")
    page.locator("#lines").get_by_role("option").first.click()
    page.get_by_text("“VRd” could not be looked up").wait_for()
    assert chips(page) == []
    page.unroute(ANY)
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("button", name="lenalidomide", exact=True).wait_for()
    assert chips(page) == ["bortezomib", "dexamethasone", "lenalidomide"]


def test_a_word_that_is_not_looked_up_is_removed(page):
    """Who does not want it any more removes it; who enters it anew has it once."""
    page.route(ANY, busy)
    enter(page, "Velcade")
    enter(page, "Velcade")
    enter(page, "Revlimid")
    page.get_by_role("button", name="Try again").nth(1).wait_for()
    assert page.get_by_role("button", name="Try again").count() == 2
    page.get_by_role("button", name="Remove “Velcade”").click()
    assert page.get_by_text("could not be looked up").all_inner_texts()[0].startswith("“Revlimid”")
    assert adder(page).evaluate("one => one === document.activeElement")


def test_a_misspelt_word_stands_while_the_next_is_typed(page):
    """The field is in use when its names come: the word stands below it with what it may name."""
    release = hold(page, NAMES, lambda: enter(page, "Velkade"))
    page.get_by_text("“Velkade” …").wait_for()
    adder(page).fill("Revlimid")
    release()
    page.get_by_text("“Velkade” is not entered: what does it name?").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="lenalidomide", exact=True).wait_for()
    page.locator(".entered").get_by_role("button", name="bortezomib", exact=True).click()
    assert chips(page) == ["lenalidomide", "bortezomib"]
    assert page.locator(".entered p").count() == 0


def test_each_unknown_word_stands(page):
    """The second of two words that no source knows does not take the first one's place."""
    enter(page, "zzzzz")
    page.get_by_text("No source knows “zzzzz”").wait_for()
    enter(page, "yyyyy")
    page.get_by_text("No source knows “yyyyy”").wait_for()
    for _ in range(2):
        page.get_by_role("button", name="Add it all the same").first.click()
    assert chips(page) == ["zzzzz", "yyyyy"]


def test_a_word_entered_while_a_file_is_refused_stands(page):
    """What a file overtook is still there when the file turns out to be none."""
    word = hold(page, NAMES, lambda: enter(page, "Velkade"))
    file = hold(page, READ, lambda: drop(page, "list.yaml", "[1]"))
    word()
    file()
    page.get_by_text("list.yaml is not read.").wait_for()
    page.get_by_text("“Velkade” could not be looked up, and is not entered: Another patient").wait_for()
    page.get_by_role("button", name="Try again").click()
    page.locator("#lines").get_by_role("option", name="bortezomib").click()
    assert chips(page) == ["bortezomib"]


def test_what_is_chosen_by_arrow_is_taken(page):
    """A name chosen by arrow before the index answers is taken, and not the word that was typed."""
    hold(page, "**/api/names?word=mab", lambda: adder(page).fill("mab"))
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#lines [role=option][aria-selected=true]").inner_text().split("\n")[0]
    page.keyboard.press("Enter")
    page.get_by_role("button", name=chosen, exact=True).wait_for()


def test_what_is_typed_and_not_entered_is_told(page):
    """A drug that is left with Tab has a hint, which goes when it is entered."""
    adder(page).fill("Velcade")
    page.keyboard.press("Tab")
    hint = page.locator("#lines .choose .hint")
    assert hint.inner_text() == "Not entered yet: press Enter, or choose a name."
    adder(page).press("Enter")
    page.get_by_role("button", name="bortezomib", exact=True).wait_for()
    assert hint.is_hidden()


def test_a_file_whose_names_are_not_looked_up(page):
    """It is read, and the words that stand as they were written are told."""
    page.route(ANY, busy)
    drop(page, "brand.yaml", "prior_drugs: [Velcade, bortezomib]")
    page.get_by_text("brand.yaml is read. Names could not be looked up; left as written: Velcade.").wait_for()
    assert chips(page) == ["Velcade", "bortezomib"]


def test_a_link_that_cannot_be_read_stays(blank):
    """It is not called one without a patient, and stands in the address still."""
    link = "/patient/#patient=" + b64encode(b'{"age": 70}').decode().rstrip("=")
    blank.route(READ, busy)
    start(blank, link)
    blank.get_by_text(f"The link is not read: {BUSY} Load the page again.").wait_for()
    assert blank.url.endswith(link)
    blank.unroute(READ)
    blank.reload()
    blank.locator("#shown .when").wait_for()
    assert patient_in(blank) == {"age": 70}


def test_a_link_that_an_edit_overtakes_is_told(page):
    """Who edits while a link is read keeps what was entered, and hears that the link was not taken."""
    fragment = "#patient=" + b64encode(b'{"age": 70}').decode()
    release = hold(page, READ, lambda: page.evaluate("fragment => { location.hash = fragment; }", fragment))
    field(page, "age").fill("50")
    release()
    page.get_by_text("The link is not read: the patient was changed meanwhile. Open it again.").wait_for()
    assert patient_in(page) == {"age": 50}


def test_a_page_without_its_form_says_so(blank):
    """The form that does not come is told in words."""
    blank.route("**/form.json", busy)
    blank.goto("/patient/")
    blank.locator("#fault").get_by_text("The form could not be fetched. Load the page again.").wait_for()


@pytest.mark.parametrize(("fail", "why"), FAILURES.values(), ids=FAILURES)
def test_an_answer_that_does_not_come_is_asked_for_again(page, fail, why):
    """The patient stays, it is not called misunderstood, and a button asks once more."""
    choose(page, 0)
    page.route(GLANCE, fail)
    field(page, "age").fill("60")
    page.locator("#fault").get_by_text(f"No answer: {why}").wait_for()
    page.unroute(GLANCE)
    page.get_by_role("button", name="Try again").click()
    option(page, "Kd").wait_for()
    assert page.locator("#fault").is_hidden()
    assert patient_in(page)["age"] == 60


def test_of_two_files_none_is_read(page):
    """Two files that are dropped at once are two patients: that is told."""
    page.evaluate(DROP_TWO, ["age: 70", "a.yaml"])
    page.get_by_text("2 files were dropped, and none is read. Drop one.").wait_for()
    assert patient_in(page) == {}


@pytest.mark.parametrize(("key", "said"), [("egfr", "45,5"), ("egfr", "4 5"), ("ecog", "1.5"), ("age", "1e2")])
def test_a_number_keeps_its_digits(page, key, said):
    """What is no number stays as it was typed, with a hint, until another patient comes; it is no answer."""
    box = page.locator(f'[data-key="{key}"] input')
    box.press_sequentially(said)
    box.blur()
    page.get_by_label("there were no other lines").click()
    assert box.input_value() == said
    assert box.get_attribute("aria-invalid") == "true"
    assert page.locator(f'[data-key="{key}"] .hint').inner_text().startswith("a ")
    assert key not in patient_in(page)
    choose(page, 0)
    assert box.get_attribute("aria-invalid") is None


def test_a_question_keeps_the_digits_of_its_number(page):
    """A number that answers a question is refused in the same way."""
    choose(page, 0)
    page.locator(".asking details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
    box = page.locator(".asking input").first
    box.press_sequentially("45,5")
    before = patient_in(page)
    box.press("Enter")
    assert box.input_value() == "45,5"
    assert box.evaluate("one => one.validationMessage").startswith("a ")
    assert patient_in(page) == before
