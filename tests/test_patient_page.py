"""The page of a patient and what it asks: the form, the answer at a glance, an option in full, files read."""

from __future__ import annotations

import json
import re

import pytest
from ruamel.yaml import YAML

from rrmm.api import KnowledgeGraph
from rrmm.report.blocks import Strip
from rrmm.report.html import draw
from rrmm.report.report import Report
from rrmm.site import patient_page
from support import ROOT

JSON = "application/json"
PATIENT = {"age": 72, "region": "KR", "prior_drugs": [{"drug": "bortezomib", "status": "refractory", "line": 1}]}


@pytest.fixture(scope="module")
def form(kg):
    """Return the form of a patient."""
    return json.loads(patient_page.form(kg.files))


def post(served, path, content, kind=JSON):
    """Return the reply to a patient or a file."""
    body = content if isinstance(content, str) else json.dumps(content)
    return served.ask(path, "POST", body.encode(), Content_Type=kind)


def test_the_form_has_every_key(form, kg):
    """Each key that holds a value is a field with the words of the graph; what says nothing is no choice."""
    fields = {field["path"]: field for field in form["fields"]}
    assert fields.keys() == {path for path, key in kg.rule_base.keys.items() if key.kind != "object"}
    assert fields["prior_drugs.status"]["choices"] == ["exposed", "intolerant", "refractory", "relapsed_not_refractory"]
    assert fields["age"] | {"minimum": 18, "maximum": 120} == fields["age"]
    assert form["regions"] == ["KR", "US"]
    assert [source["published"] for source in form["sources"]] == ["2020", "2025-04-25"]


def test_the_examples_are_patients(form, kg):
    """Each example is understood, without a warning and without a word that no source knows."""
    assert len(form["examples"]) > 3
    for example in form["examples"]:
        record = kg.report(example, "example", evidence=False).record
        assert record.warnings == record.not_covered == (), example["id"]
        assert record.timing.action != "undetermined", example["id"]


def test_a_glance_has_every_option_once(kg):
    """The options of the report stand in the groups and among the excluded, each once."""
    report = kg.report(PATIENT, "patient", evidence=True)
    glance = report.glance()
    listed = [one["option"] for group in glance["groups"] for one in group["options"]]
    listed += [name for group in glance["excluded"] for name in group["options"]]
    assert sorted(listed) == sorted(option.option for option in report.record.options)


def test_a_caution_is_a_harm_that_the_patient_calls_up(kg):
    """Heart failure makes a caution of carfilzomib a mark; how a drug is given to the fit makes none."""
    told = {"prior_drugs": ["bortezomib"], "comorbidities": ["heart failure"], "frailty": "fit"}
    options = _options(kg.report(told, "patient", evidence=True))
    assert options["Kd"]["cautions"] == ["cardiotoxicity: heart failure"]
    assert not any("schedule" in text for option in options.values() for text in option["cautions"])


def test_approvals_say_whether_their_condition_is_met(kg):
    """The approval of cilta-cel is met after refractoriness to lenalidomide, and not before."""
    before = [{"drug": "bortezomib", "line": 1}, {"drug": "lenalidomide", "line": 1, "status": "refractory"}]
    met = _options(kg.report({"prior_drugs": before, "prior_lines": 1, "region": "US"}, "patient", evidence=True))
    assert [one["met"] for one in met["cilta-cel"]["approvals"]] == ["yes"]
    unmet = _options(kg.report({"prior_drugs": before[:1], "prior_lines": 1, "region": "US"}, "patient", evidence=True))
    assert [one["met"] for one in unmet["cilta-cel"]["approvals"]] == ["no"]


def test_questions_name_their_keys(kg):
    """A question brings the keys that answer it; an answer takes it away."""
    asked = {need for one in kg.report(PATIENT, "p", evidence=True).glance()["questions"] for need in one["needs"]}
    assert "frailty" in asked
    told = kg.report(PATIENT | {"frailty": "fit"}, "p", evidence=True).glance()
    assert all("frailty" not in one["needs"] for one in told["questions"])


def _options(report: Report):
    return {one["option"]: one for group in report.glance()["groups"] for one in group["options"]}


def test_the_glance_is_that_of_python(served, kg):
    """The service answers as Python does, by the sources that the query chooses, and nobody may store it."""
    reply = post(served, "/api/glance", PATIENT)
    assert json.loads(reply.body) == kg.report(PATIENT, "patient", evidence=True).glance()
    assert reply.headers["cache-control"] == "no-store"
    early = json.loads(post(served, "/api/glance?as_of=2020", PATIENT).body)
    assert early == kg.view(as_of="2020").report(PATIENT, "patient", evidence=True).glance()
    assert early["sources"] == ["the review (2020)"]


def test_a_rule_is_left_out(served, kg):
    """Without the rule that sets the time the answer has another timing; an unknown rule is refused."""
    told = PATIENT | {"relapse": {"type": "clinical"}}
    rules = ["guidance:start-clinical-relapse", "guidance:start-clinical-relapse-crab"]
    query = "&".join(f"without={rule}" for rule in rules)
    assert json.loads(post(served, "/api/glance", told).body)["action"] == "start_treatment"
    reply = post(served, f"/api/glance?{query}", told)
    silenced = KnowledgeGraph(kg.files, rules).report(told, "patient", evidence=True).glance()
    assert json.loads(reply.body) == silenced
    assert silenced["action"] != "start_treatment"
    assert post(served, "/api/glance?without=guidance:nope", told).status == 400
    assert post(served, f"/api/glance?{query * 11}".replace("crabwithout", "crab&without"), told).status == 400


def test_ratios_are_drawn():
    """A ratio below 1 stands left of the line, one above it right; an interval that is not printed is not drawn."""
    below, above = (draw(Strip(ratio)) for ratio in (0.53, 1.4))
    line = float(re.search(r'class="none" x1="([\d.]+)"', below)[1])
    assert float(re.search(r'cx="([\d.]+)"', below)[1]) < line < float(re.search(r'cx="([\d.]+)"', above)[1])
    assert (below.count("<line"), draw(Strip(0.5, (0.4, 0.6))).count("<line")) == (1, 2)


def test_an_option_in_full(served):
    """It is a piece of HTML with reasons, what would change it and addresses; an unknown one is refused."""
    reply = post(served, "/api/option?name=Kd", PATIENT)
    text = reply.body.decode()
    assert (reply.status, reply.kind) == (200, "text/html")
    assert text.startswith("<article")
    assert "ENDEAVOR" in text
    assert "What would change it" in text
    assert '<svg class="strip"' in text
    unknown = post(served, "/api/option?name=Kdd", PATIENT)
    assert unknown.status == 400
    assert "Kd" in json.loads(unknown.body)["offers"]
    assert post(served, "/api/option", PATIENT).status == 400


def test_a_file_is_read(served):
    """YAML becomes JSON; another kind, and what is no mapping, are refused."""
    text = (ROOT / "examples/double-refractory.yaml").read_text(encoding="utf-8")
    reply = post(served, "/api/read", text, "application/yaml")
    assert json.loads(reply.body) == YAML(typ="safe").load(text)
    assert post(served, "/api/read", text).status == 415
    assert post(served, "/api/read", "- 1", "application/yaml").status == 422


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("age: 70\nx: .nan\n", "patient: x: holds a number that is not finite"),
        ("age: .inf\n", "patient: age: holds a number that is not finite"),
        ("age: 1e400\n", "patient: age: holds a number that is not finite"),
        ("x: &x " + "z" * 1000 + "\ny: [" + "*x, " * 1000 + "]\n", "patient: its aliases hold"),
        ("s: !!set {a, b}\n", "patient:1: !!set is not read"),
        ("x: {? [a, b] : c}\n", "each key a text"),
    ],
)
def test_a_file_of_what_json_has_not_is_refused(served, text, detail):
    """No number that is none, no text that unfolds without end, no tag: 422 that says what it is."""
    reply = post(served, "/api/read", text, "application/yaml")
    assert reply.status == 422
    assert detail in json.loads(reply.body)["detail"]


def test_the_page_has_its_address(served):
    """The page stands at patient/, also without the slash, and links to everything below its own folder."""
    assert served.ask("/patient").headers["location"] == "/patient/"
    page = served.ask("/patient/").body.decode()
    assert page == served.ask("/patient/index.html").body.decode()
    assert 'data-api="../api/"' in page
