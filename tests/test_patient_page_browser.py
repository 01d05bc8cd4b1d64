"""The page of a patient in a real browser: typed as a person would, at a desk and on a phone, light and dark."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest
from ruamel.yaml import YAML

from support import ROOT
from support.browser import DESK, contrast, fits, quiet
from support.patient_page import chips, choose, drop, field, option, patient_in, start

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
A4 = {"format": "A4", "prefer_css_page_size": True}


@pytest.fixture(params=[(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")], ids=str)
def sized(request, browser, served):
    """Return the page at one size and in one scheme."""
    with quiet(browser, served.url, *request.param, ["data:", "blob:"]) as opened:
        yield start(opened)


@pytest.fixture(scope="module")
def served(unhurried):
    """Return a service that gives a request time: the first answer without a rule takes seconds."""
    return unhurried


@pytest.fixture
def page(browser, served):
    """Return the page at a desk; the browser itself notes the refusal that a test provokes."""
    with quiet(browser, served.url, DESK, "light", ["data:", "blob:"], ["status of 422"]) as opened:
        yield start(opened)


def test_a_patient_is_typed(sized):
    """By keyboard: brand names and abbreviations become chips, the answer follows, an option opens."""
    page = sized
    page.get_by_role("combobox", name="Line 1: add a drug or regimen").focus()
    page.keyboard.type("Velcade")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="bortezomib", exact=True).wait_for()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "combobox"
    page.get_by_label("status", exact=True).select_option("refractory")
    page.get_by_role("button", name="Add a line").press("Enter")
    page.keyboard.type("Revl")
    page.locator("#lines").get_by_role("option", name="lenalidomide").first.wait_for()
    page.keyboard.press("Enter")
    page.get_by_label("status", exact=True).select_option("refractory")
    assert chips(page) == ["bortezomib refractory", "lenalidomide refractory"]
    page.get_by_label("there were no other lines").check()
    field(page, "age").fill("72")
    field(page, "region").fill("kr")
    page.get_by_role("combobox", name="Add: comorbidity").fill("CHF")
    page.keyboard.press("Enter")
    field(page, "relapse type").select_option(label="clinical")
    page.get_by_text("Start treatment: clinical relapse.").wait_for()
    option(page, "Kd").get_by_text("cardiotoxicity: heart failure").wait_for()
    assert patient_in(page) == {
        "age": 72,
        "region": "KR",
        "comorbidities": ["heart failure"],
        "prior_lines": 2,
        "prior_drugs": [
            {"drug": "bortezomib", "line": 1, "status": "refractory"},
            {"drug": "lenalidomide", "line": 2, "status": "refractory"},
        ],
        "relapse": {"type": "clinical"},
    }
    option(page, "Kd").focus()
    page.keyboard.press("Enter")
    page.get_by_text("What studies found").click()
    assert page.locator(".detail td").first.is_visible()
    for selector in (".about", ".badge.caution", ".hint", ".state", ".drug small", ".when", ".address", "summary h3"):
        assert contrast(page, selector) > 4.5, selector
    assert fits(page)


def test_every_control_has_a_name(page):
    """A reader of the screen says what each field, button and list is for, and hears of a new answer."""
    choose(page, 1)
    page.locator(".drug").first.click()
    unnamed = page.evaluate("""() => [...document.querySelectorAll("main input, main select, main button")]
        .filter((one) => !one.labels?.length && !one.getAttribute("aria-label") && !one.textContent.trim())
        .map((one) => one.outerHTML)""")
    assert unnamed == []
    assert "excluded" in page.locator("#status[role=status]").inner_text()


def test_a_regimen_becomes_its_drugs(page):
    """VRd in one line is three chips, whose status is set at once; a drug is removed again."""
    page.get_by_role("combobox", name="Line 1").fill("VRd")
    page.keyboard.press("Enter")
    page.get_by_label("Status of every drug of this line").select_option("refractory")
    assert chips(page) == ["bortezomib refractory", "dexamethasone refractory", "lenalidomide refractory"]
    page.locator(".drug").nth(1).click()
    page.get_by_role("button", name="Remove dexamethasone").click()
    assert chips(page) == ["bortezomib refractory", "lenalidomide refractory"]


def test_an_unknown_word_is_not_taken(page):
    """What no source knows is said, and added only where one insists; a procedure has its own place."""
    page.get_by_role("combobox", name="Line 1").fill("zzzzz")
    page.keyboard.press("Enter")
    page.get_by_text("No source knows “zzzzz”").wait_for()
    assert chips(page) == []
    page.get_by_role("button", name="Add it all the same").click()
    assert chips(page) == ["zzzzz"]
    page.get_by_text("Nothing is said on zzzzz.").wait_for()
    page.get_by_role("combobox", name="Line 1").fill("ASCT")
    page.keyboard.press("Enter")
    page.get_by_text("is a procedure").wait_for()


def test_a_number_out_of_range(page):
    """It is marked with its range, and does not enter the answer."""
    field(page, "age").fill("7")
    page.get_by_text("18 to 120").wait_for()
    assert "age" not in patient_in(page)


def test_a_question_is_answered_with_a_click(page):
    """The answer enters the form, its question goes, and the keyboard stays where it was."""
    choose(page, 0)
    question = page.get_by_role("group", name="Is the patient fit, intermediate or frail?")
    question.get_by_role("button", name="frail", exact=True).click()
    question.wait_for(state="detached")
    assert field(page, "frailty").evaluate("one => one.selectedOptions[0].text") == "frail"
    assert page.evaluate("document.activeElement.id") == "asking"


def test_what_if(page):
    """A change of the sources and of a fact shows what moves, and one step leads back."""
    choose(page, 0)
    page.get_by_role("button", name="What if").click()
    page.select_option("#view", "2020")
    page.locator(".what-if").get_by_text("options move").click()
    page.get_by_text("cilta-cel: no longer listed").wait_for()
    page.get_by_role("button", name="heart failure: present").click()
    option(page, "Kd").get_by_text("cardiotoxicity").wait_for(state="detached")
    page.get_by_role("button", name="Back").click()
    option(page, "cilta-cel").wait_for()
    option(page, "Kd").get_by_text("cardiotoxicity").wait_for()


def test_a_rule_is_left_out(page):
    """Its button at an option leaves it out, which shows what moves; another takes it back."""
    choose(page, 0)
    option(page, "Pd").click()
    page.get_by_text("Rules and results with their addresses").click()
    page.get_by_role("button", name="Leave out guidance:double-refractory-pd").first.click()
    page.locator(".what-if").get_by_text("option moves").wait_for()
    page.get_by_role("button", name="take it back").click()
    page.get_by_text("nothing has moved yet").wait_for()


def test_a_link_carries_the_patient(page, browser, served):
    """The patient stands behind the # alone: another browser shows it, and the service never sees it."""
    choose(page, 1)
    page.get_by_role("button", name="Link").click()
    page.wait_for_url(re.compile("#patient="))
    with quiet(browser, served.url, PHONE, "dark", ["data:", "blob:"]) as other:
        start(other, page.url)
        other.locator(".drug").first.wait_for()
        assert chips(other) == chips(page)
        assert patient_in(other) == patient_in(page)
    field(page, "age").fill("60")
    page.wait_for_url("**/patient/")
    assert "#patient" not in served.log.read_text(encoding="utf-8")


def test_a_link_without_a_patient(page):
    """It says so, and the page is empty."""
    page.goto("/api")
    start(page, "/patient/#patient=e30x")
    page.get_by_text("The link holds no patient").wait_for()


def test_a_link_with_a_key_twice(page):
    """It is refused as everywhere: neither of the two values is taken."""
    page.goto("/api")
    start(page, "/patient/#patient=" + b64encode(b'{"age":70,"age":40}').decode())
    page.get_by_text("The link holds no patient").get_by_text("key 'age' stands twice").wait_for()
    assert patient_in(page) == {}


def test_a_link_written_by_others(page):
    """JSON with other spaces than this page writes is read, and stays in the address."""
    page.goto("/api")
    start(page, "/patient/#patient=" + b64encode(b'{"age": 70.0}').decode())
    page.wait_for_url(re.compile("#patient="))
    assert patient_in(page) == {"age": 70}


@pytest.mark.parametrize(
    "text",
    [
        '{"resourceType": "Patient", "birthDate": "1950-01-01", "birthDate": "1990-01-01", "n": 9007199254740993}',
        '{"id": "x", "subject": {"id": "x"}, "metaData": {}, "id": "y", "n": 9007199254740993}',
    ],
    ids=["fhir", "phenopacket"],
)
def test_a_record_is_sent_as_it_is(page, text):
    """A key that stands twice is refused, and numbers stay what they are, because the text itself is sent."""
    with page.expect_request("**/api/intake*") as asked:
        drop(page, "twice.json", text)
    assert asked.value.post_data == text
    page.locator("#fault").get_by_text("stands twice").wait_for()
    assert patient_in(page) == {}


def test_files_are_read(page):
    """A patient file is dropped on the page, a FHIR bundle opened; a file that is neither is refused in words."""
    text = (ROOT / "examples/double-refractory.yaml").read_text(encoding="utf-8")
    drop(page, "double-refractory.yaml", text)
    page.get_by_text("double-refractory.yaml is read.").wait_for()
    assert patient_in(page) == YAML(typ="safe").load(text)
    page.set_input_files("#file", ROOT / "examples/bundle.json")
    page.get_by_text("bundle.json is read").wait_for()
    assert chips(page)
    told = "age: 72 years\nprior_drugs: [Velcade, {regimen: KRd, status: refractory}, rest unknown]\n"
    drop(page, "words.yaml", told)
    page.get_by_text("as written: 72 years").wait_for()
    assert chips(page) == [
        "bortezomib",
        *(f"{drug} refractory" for drug in ("carfilzomib", "dexamethasone", "lenalidomide")),
    ]
    assert page.get_by_label("other drugs may have been given").is_checked()
    assert patient_in(page)["prior_drugs"][-1] == "rest unknown"
    drop(page, "list.yaml", "[1]")
    page.locator("#fault").get_by_text("a mapping").wait_for()


@pytest.mark.parametrize("key", ["comorbidities", "cytogenetics"])
def test_a_null_in_a_list_is_told(page, key):
    """A null in a list of a file is a message that names the list, not an error of the page."""
    drop(page, "null.yaml", f"{key}: [~]")
    page.locator("#fault").get_by_text(f"{key}[1]: takes a").wait_for()


def test_the_patient_is_downloaded_as_yaml(page):
    """What the page writes as YAML is the patient that it writes as JSON."""
    for number in range(4):
        choose(page, number)
        with page.expect_download() as download:
            page.get_by_role("button", name="Download the patient as YAML").click()
        assert YAML(typ="safe").load(download.value.path()) == patient_in(page)


def test_one_page_is_printed(page):
    """The answer for each example fits one sheet of A4."""
    for number in range(4):
        choose(page, number)
        page.locator("#shown:not([aria-busy])").wait_for()
        assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(**A4))) == 1, number


def test_a_region_is_a_country_or_refused(page):
    """A name becomes its code and is never cut; what is no country is said and is not known."""
    region, hint = field(page, "region"), page.locator('[data-key="region"] .hint')
    for said, code in (("China", "CN"), ("Schweiz", "CH"), ("us", "US"), ("South Korea", "KR")):
        region.fill(said)
        assert patient_in(page)["region"] == code
    assert hint.inner_text() == "read as KR"
    region.fill("Atlantis")
    assert "unknown country" in hint.inner_text()
    assert region.get_attribute("aria-invalid") == "true"
    assert "region" not in patient_in(page)
    region.blur()
    assert region.input_value() == "Atlantis"
