"""The page of a patient where answers come late: what a person did last wins, and two patients are never mixed."""

from __future__ import annotations

import pytest

from support import ROOT
from support.browser import DESK, quiet
from support.patient_page import LATER, choose, drop, field, hold, option, patient_in, start

pytestmark = pytest.mark.browser

SLOW = """\
id: slow
age: 70
prior_drugs:
- {drug: Velcade, status: refractory}
- {drug: lenalidomide, status: refractory}
"""
QUICK = "id: quick\nage: 44\nprior_drugs:\n- {drug: carfilzomib, status: relapsed_not_refractory}\n"
CARFILZOMIB = {"drug": "carfilzomib", "status": "relapsed_not_refractory"}
OVERTAKEN = "slow.yaml is not read: the patient was changed meanwhile. Open it again."
NAMES, READ, INTAKE = "**/api/names?word=Velcade*", "**/api/read", "**/api/intake*"
GLANCE, OPTION = "**/api/glance", "**/api/option*"


@pytest.fixture
def page(browser, unhurried):
    """Return the page at a desk; the browser itself notes the refusal that a test provokes."""
    with quiet(browser, unhurried.url, DESK, "light", ["data:", "blob:"], ["status of 422"]) as opened:
        yield start(opened)


OVERTAKE = {
    "file": lambda page: (drop(page, "quick.yaml", QUICK), page.get_by_text("quick.yaml is read.").wait_for()),
    "example": lambda page: choose(page, 0),
    "clear": lambda page: page.get_by_role("button", name="Clear").click(),
    "edit": lambda page: field(page, "age").fill("50"),
}


@pytest.mark.parametrize("act", OVERTAKE.values(), ids=OVERTAKE)
@pytest.mark.parametrize("address", [NAMES, READ])
def test_a_load_that_is_overtaken_writes_nothing(page, act, address):
    """A file whose reading ends after a later file, example, Clear or edit changes neither patient nor what is told."""
    release = hold(page, address, lambda: drop(page, "slow.yaml", SLOW))
    act(page)
    patient, told = patient_in(page), page.locator("#told").inner_text()
    release()
    assert patient_in(page) == patient
    assert page.locator("#told").inner_text() in {told, OVERTAKEN}


def test_an_edit_that_overtakes_a_file_is_told(page):
    """Who edits while a file is read keeps what was entered, and hears that the file was not taken."""
    release = hold(page, READ, lambda: drop(page, "slow.yaml", SLOW))
    field(page, "age").fill("50")
    release()
    page.get_by_text(OVERTAKEN).wait_for()
    assert patient_in(page) == {"age": 50}


def test_a_record_that_is_overtaken_writes_nothing(page):
    """A FHIR bundle whose intake ends after a later file changes nothing."""
    release = hold(page, INTAKE, lambda: page.set_input_files("#file", ROOT / "examples/bundle.json"))
    OVERTAKE["file"](page)
    release()
    assert patient_in(page)["id"] == "quick"
    assert page.locator("#told").inner_text() == "quick.yaml is read."


def test_a_refusal_that_is_overtaken_is_not_told(page):
    """What is wrong with a file is no word on the one that was opened after it."""
    release = hold(page, READ, lambda: drop(page, "list.yaml", "[1]"))
    OVERTAKE["file"](page)
    page.locator("#shown .echo").filter(has_text="carfilzomib").wait_for()
    release()
    assert page.locator("#told").inner_text() == "quick.yaml is read."
    assert page.locator("#fault").is_hidden()


def test_what_is_told_of_a_file_goes_with_it(page):
    """A refused file is told by its name beside the patient that stays; an example takes what was told away."""
    OVERTAKE["file"](page)
    drop(page, "list.yaml", "[1]")
    page.get_by_text("list.yaml is not read.").wait_for()
    assert patient_in(page)["id"] == "quick"
    choose(page, 0)
    assert page.locator("#told").inner_text() == ""


def test_a_refusal_outlives_an_answer_that_was_under_way(page):
    """The answer for the patient that stays does not take the fault of a file away; that for a later edit does."""
    release = hold(page, GLANCE, lambda: OVERTAKE["file"](page))
    drop(page, "list.yaml", "[1]")
    page.locator("#fault").get_by_text("a mapping").wait_for()
    release()
    page.locator("#shown .echo").filter(has_text="carfilzomib").wait_for()
    assert page.locator("#fault").is_visible()
    field(page, "age").fill("50")
    page.locator("#shown .echo").filter(has_text="50").wait_for()
    assert page.locator("#fault").is_hidden()


@pytest.mark.parametrize(
    ("name", "word"), [("Line 1: add a drug or regimen", "Velcade"), ("Add: comorbidity", "Hypertension")]
)
def test_a_word_of_the_patient_before_is_not_taken(page, name, word):
    """A drug or disease that was entered and not yet looked up stays out of the patient that came meanwhile."""
    field = page.get_by_role("combobox", name=name)
    release = hold(page, f"**/api/names?word={word}", lambda: (field.fill(word), page.keyboard.press("Enter")))
    OVERTAKE["file"](page)
    release()
    assert patient_in(page)["prior_drugs"] == [CARFILZOMIB]
    assert "comorbidities" not in patient_in(page)


def test_a_word_does_not_overtake_a_file_opened_after_it(page):
    """A drug that was entered before a file was opened leaves the file its turn."""
    field = page.get_by_role("combobox", name="Line 1")
    word = hold(page, NAMES, lambda: (field.fill("Velcade"), page.keyboard.press("Enter")))
    file = hold(page, READ, lambda: drop(page, "quick.yaml", QUICK))
    word()
    file()
    assert patient_in(page)["id"] == "quick"


def test_a_regimen_of_the_patient_before_is_not_taken(page):
    """The drugs of a regimen that was chosen stay out of the patient that came before they were known."""
    hold(page, "**/api/names?word=VRd", lambda: page.get_by_role("combobox", name="Line 1").fill("VRd"))
    offer = page.locator("#lines").get_by_role("option").first
    release = hold(page, "**/api/names?word=VRd&where=regimen", offer.click)
    OVERTAKE["file"](page)
    release()
    assert patient_in(page)["prior_drugs"] == [CARFILZOMIB]


def test_nothing_typed_stays_in_the_form_of_another(page):
    """The field in which one types shows the new patient too; words that were not taken are gone."""
    page.get_by_role("combobox", name="Add: comorbidity").fill("zzzzz")
    field(page, "region").fill("Atlantis")
    field(page, "age").fill("7")
    assert field(page, "age").evaluate("one => one === document.activeElement")
    OVERTAKE["file"](page)
    assert field(page, "age").input_value() == "44"
    assert field(page, "age").get_attribute("aria-invalid") is None
    assert field(page, "region").input_value() == ""
    assert page.get_by_role("combobox", name="Add: comorbidity").input_value() == ""


def shows_nothing(page):
    """Return whether no answer is shown: no option, no echo of a patient, no count."""
    return page.locator("#shown *").count() == 0 and page.locator("#status").inner_text() == ""


def test_no_answer_stands_beside_another_patient(page):
    """The answer goes as soon as another patient stands in the form, before the new one comes."""
    choose(page, 0)
    release = hold(page, GLANCE, lambda: drop(page, "quick.yaml", QUICK))
    assert field(page, "age").input_value() == "44"
    assert shows_nothing(page)
    release()
    page.locator("#shown .echo").filter(has_text="carfilzomib").wait_for()


def test_no_answer_stands_beside_a_patient_that_is_not_understood(page):
    """Neither the answer for the patient before stays, nor that for the same one before an edit."""
    choose(page, 0)
    drop(page, "unknown.yaml", "age: 50\nprior_drugs: [{drug: notadrugx}]\n")
    page.locator("#fault").get_by_text("notadrugx").wait_for()
    assert shows_nothing(page)
    choose(page, 0)
    assert page.locator("#fault").is_hidden()
    page.route(GLANCE, lambda route: route.fulfill(status=422, json={"detail": "A refusal."}))
    field(page, "age").fill("50")
    page.locator("#fault").get_by_text("A refusal.").wait_for()
    assert shows_nothing(page)


def test_an_answer_that_comes_late_is_not_shown(page):
    """An answer for the patient before is dropped, even if it comes before the new patient is asked for."""
    choose(page, 0)
    release = hold(page, GLANCE, lambda: field(page, "age").fill("60"))
    page.clock.install()
    page.clock.pause_at("2100-01-01")
    OVERTAKE["file"](page)
    release()
    assert shows_nothing(page)


def test_an_option_opens_for_the_patient_that_is_shown(page):
    """An option opened before the answer to an edit comes is asked for with the patient of the answer that stands."""
    choose(page, 0)
    hold(page, GLANCE, lambda: field(page, "age").fill("60"))
    with page.expect_request(OPTION) as asked:
        option(page, "Kd").click()
    assert asked.value.post_data_json["age"] == 72


def test_what_if_begins_from_the_patient_in_the_form(page):
    """Edits whose answers have not come stay with *Back*, and what moves is what moves after them."""
    choose(page, 0)
    release = hold(page, GLANCE, lambda: field(page, "age").fill("60"))
    page.select_option("#view", "2020")
    page.get_by_role("button", name="What if").click()
    page.locator("p.what-if").get_by_text("nothing has moved yet").wait_for()
    release()
    field(page, "age").fill("80")
    page.get_by_role("button", name="Back").click()
    assert patient_in(page)["age"] == 60
    assert page.locator("#view").input_value() == "2020"
    page.get_by_text("By the review (2020).").wait_for()
    page.locator("p.what-if").get_by_text("nothing has moved yet").wait_for()


def test_what_if_compares_with_a_patient_that_was_never_shown(page):
    """What is changed after *What if*, while an edit before it awaits its answer, is compared with that answer."""
    choose(page, 0)
    hold(page, f"{GLANCE}?as_of=2020", lambda: page.select_option("#view", "2020"))
    page.get_by_role("button", name="What if").click()
    page.select_option("#view", "")
    page.locator("details.what-if").get_by_text("cilta-cel: not listed →").wait_for(state="attached")


def test_what_if_without_a_base(page):
    """Where the patient at its beginning is refused there is nothing to compare with, which is told; *Back* returns."""
    choose(page, 0)
    page.route(GLANCE, lambda route: route.fulfill(status=422, json={"detail": "patient: A refusal."}))
    hold(page, GLANCE, lambda: field(page, "age").fill("60"))
    page.get_by_role("button", name="What if").click()
    page.get_by_text("What if has nothing to compare with: A refusal.").wait_for()
    field(page, "age").fill("80")
    page.get_by_role("button", name="Back").click()
    assert patient_in(page)["age"] == 60


def test_what_if_ends_with_its_patient(page):
    """Another patient is compared with none: rules left out return, and the day of the sources stays."""
    choose(page, 0)
    page.select_option("#view", "2020")
    page.get_by_text("By the review (2020).").wait_for()
    option(page, "Pd").click()
    page.get_by_text("Rules and results with their addresses").click()
    page.get_by_role("button", name="Leave out guidance:double-refractory-pd").first.click()
    page.locator("p.what-if").get_by_text("guidance:double-refractory-pd").wait_for()
    with page.expect_request("**/api/glance*") as asked:
        OVERTAKE["file"](page)
    assert asked.value.url.endswith("/api/glance?as_of=2020")
    page.locator("#shown .echo").filter(has_text="carfilzomib").wait_for()
    assert page.locator(".what-if").count() == 0
    assert page.get_by_role("button", name="Back").is_hidden()
    assert page.get_by_role("button", name="What if").get_attribute("aria-pressed") == "false"


def test_back_overtakes_a_file(page):
    """A file whose reading ends after *Back* is not taken for the patient that came back."""
    choose(page, 0)
    page.get_by_role("button", name="What if").click()
    patient = patient_in(page)
    release = hold(page, READ, lambda: drop(page, "slow.yaml", SLOW))
    page.get_by_role("button", name="Back").click()
    release()
    assert patient_in(page) == patient
    assert page.get_by_role("button", name="Back").is_visible()


def test_a_link_that_is_copied_late_is_not_told(page):
    """Who copied a link and opened a file meanwhile is not told that the address holds the patient."""
    page.evaluate("() => { navigator.clipboard.writeText = () => new Promise((done) => { window.done = done; }); }")
    page.get_by_role("button", name="Link").click()
    OVERTAKE["file"](page)
    page.evaluate("done()")
    page.evaluate(LATER)
    assert page.locator("#told").inner_text() == "quick.yaml is read."
