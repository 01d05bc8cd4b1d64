"""The report in its formats: the same answer everywhere, escaped, addressed, and never ranked."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import jsonschema
import pytest
import rdflib
from rdflib import PROV, RDF, RDFS

from rrmm.iris import short
from rrmm.report import schema, wording
from rrmm.report.report import write_html, write_turtle
from support import ROOT

NASTY = "<script>alert('x')</script> & | *bold* `code` \"q\""
PATIENT = {
    "id": NASTY,
    "age": 82,
    "region": "KR",
    "frailty": "frail",
    "prior_lines": 3,
    "prior_drugs": [
        {"drug": "bortezomib", "status": "refractory"},
        {"drug": "lenalidomide", "status": "refractory"},
    ],
    "comorbidities": ["heart failure", {"other": NASTY}],
    "cytogenetics": ["del(17p)"],
    "relapse": {"type": "clinical"},
}
VOID = {"meta", "br", "link", "img", "hr"}


@pytest.fixture(scope="module")
def report(kg):
    """Return the report of a double-refractory, frail patient with heart failure and del(17p)."""
    return kg.regimens_for(PATIENT, what_if=True)


class Page(HTMLParser):
    """Reads a page: its elements, their order, what they refer to and their text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.links, self.ids, self.words = [], [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        """Note an element and its references."""
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in {"src", "href", "srcset", "action", "data"}]
        self.ids += [value for name, value in attrs if name == "id"]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Hold the element that closes to the one that is open."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Keep the text."""
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def test_who_changes_a_report_changes_it_alone(kg):
    """What a report hands out is its own: changed all over, it leaves the next one as it was."""
    before, handed = kg.regimens_for(PATIENT).to_json(), kg.regimens_for(PATIENT)
    for one in (handed.to_dict(), handed.option("Kd")):
        _spoil(one)
    assert handed.to_json() == kg.regimens_for(PATIENT).to_json() == before


def _spoil(value):
    if isinstance(value, dict):
        for one in [*value.values()]:
            _spoil(one)
        value.clear()
    elif isinstance(value, list):
        for one in value:
            _spoil(one)
        value.clear()


def test_the_page_needs_nothing_from_elsewhere(report):
    """No script, no image, no address but anchors on the page, each of which is there."""
    text = report.to_html()
    page = Page(text)
    assert not {"script", "img", "link", "iframe", "object"} & set(page.tags)
    assert {link for link in page.links if not (link.startswith("#") and link[1:] in page.ids)} == set()
    assert not re.search(r"url\(|@import|https?:", re.search(r"<style>(.*?)</style>", text, re.DOTALL)[1])
    assert len(page.ids) == len(set(page.ids))
    for wanted in ('name="viewport"', "prefers-color-scheme: dark", "@media print", '<html lang="en">'):
        assert wanted in text


def test_headings_step_down_one_level_at_a_time(report):
    """The headings make an outline: one title, sections, options."""
    levels = [int(tag[1]) for tag in Page(report.to_html()).tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_what_a_file_says_is_text_and_never_markup(report):
    """Names out of a patient file cannot become elements, table cells or styles."""
    page, markdown = report.to_html(), report.to_markdown()
    assert NASTY in "".join(Page(page).words)
    assert "<script" not in page
    assert not re.search(r"(?<!\\)<script", markdown)
    assert "*bold*" not in markdown.replace("\\*", "")
    assert "| *" not in markdown


@pytest.mark.parametrize("view", ["to_html", "to_markdown", "to_text"])
def test_no_view_for_people_says_recommended(report, view):
    """It is the review that names; only its advice against says the word."""
    shown = html.unescape(getattr(report, view)())
    shown = re.sub(r"<style>.*?</style>|class=\"[^\"]*\"|(reading[:/-]|p1-)recommended", "", shown, flags=re.DOTALL)
    readings = [text for reading in report.record.readings for text in (reading.label, reading.text)]
    for said in readings + [reason.label for reason in report.record.reasons()]:
        shown = shown.replace(said, "")
    shown = re.sub(r"not[ _]recommended", "", shown, flags=re.IGNORECASE)
    assert "named by the review" in shown.lower()
    assert "recommended" not in shown.lower()


def test_open_options_stand_by_fit(kg):
    """Each open option stands once, under the heading of its fit, and unknown ones with what would tell."""
    report = kg.regimens_for(PATIENT)
    groups = wording.group_options(report.record, report.rule_base)
    shown = [option.option for group in groups for option in group.options]
    assert sorted(shown) == sorted(option.option for option in report.record.options)
    fits = {option.option: option.fit for option in report.record.options if option.status == "option"}
    placed = {option.option: group.fit for group in groups if group.status == "option" for option in group.options}
    assert placed == fits
    assert {"fits", "unknown", "other_setting"} <= set(fits.values())
    text = report.to_text()
    assert "nothing against" not in text
    below = text.partition("SUPPORTED IF …")[2]
    assert re.search(r"corticosteroid alone[ °]+if all available options exhausted", below)


@pytest.mark.parametrize("view", ["to_html", "to_markdown"])
def test_every_option_and_reason_is_shown_with_its_address(report, view):
    """Each option, each reason of its status, the rule and the characters stand in the long views."""
    shown = getattr(report, view)(everything=True)
    words = "".join(Page(shown).words) if view == "to_html" else shown.replace("\\", "")
    for option in report.to_dict(everything=True)["options"]:
        assert option["option"] in words
        for reason in option["because"]:
            assert reason["label"] in words
            assert short(reason["rule"]) in words
            for start, end in reason["source"]["spans"]:
                assert f"{start}–{end}" in words


@pytest.mark.parametrize("view", ["to_html", "to_markdown"])
def test_the_long_views_carry_everything(report, view):
    """Readings with their text, caveats, grave doubts, gaps, disclaimer, and what no source knows."""
    shown = getattr(report, view)(everything=True)
    words = "".join(Page(shown).words) if view == "to_html" else shown.replace("\\", "")
    data = report.to_dict(everything=True)
    assert data["knowledge"]["disclaimer"] in words
    assert data["readings"]
    assert data["discrepancies"]
    for reading in data["readings"]:
        assert " ".join(reading["text"].split()) in words
    for doubt in data["discrepancies"]:
        assert (doubt["label"] in words) == (doubt["severity"] != "editorial")
        if "decided" in doubt and doubt["severity"] != "editorial":
            assert f"; published: {doubt['decided']} ({doubt['verdict']})" in words
    assert any("decided" in doubt for doubt in data["discrepancies"])
    for silence in data["silences"]:
        assert silence["text"] in words
    for option in data["options"]:
        for result in option["evidence"]:
            assert result["comparability"] in words
    assert f"Nothing is said on {NASTY}." in words


def test_the_page_is_as_long_as_it_has_patients(kg, report):
    """Several patients make one page with a section each, whose anchors do not meet."""
    other = kg.regimens_for({"id": "second", "prior_drugs": []})
    page = Page(write_html([report, other]))
    assert page.tags.count("article") == 2
    assert page.tags.count("html") == 1
    assert len(page.ids) == len(set(page.ids))
    assert report._repr_html_() in report.to_html()


def test_the_json_keeps_to_its_schema(report):
    """With evidence and changes, every key is known to the schema."""
    jsonschema.validate(json.loads(report.to_json()), schema.report())


@pytest.mark.parametrize("everything", [False, True])
def test_the_json_is_that_of_the_dicts(report, everything):
    """What shares the text of records gives byte by byte what the standard library writes of the whole."""
    data = report.to_dict(everything=everything)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"
    assert [report.to_json(everything=everything) for _ in range(2)] == [text] * 2


def graph_of(text):
    """Return Turtle as a graph."""
    return rdflib.Graph().parse(data=text, format="turtle")


def test_the_turtle_tells_where_the_report_comes_from(in_rdflib, report):
    """A report is generated by a derivation that used facts, guidance and passages; passages are in the graph."""
    graph = graph_of(report.to_turtle())
    (entity,) = graph.subjects(RDF.type, PROV.Collection)
    (activity,) = graph.objects(entity, PROV.wasGeneratedBy)
    used = set(graph.objects(activity, PROV.used))
    assert used == set(graph.objects(entity, PROV.wasDerivedFrom))
    known = {rdflib.URIRef(reason.rule) for reason in report.record.reasons()}
    assert known <= used
    passages = {iri for iri in used if "/id/source/" in iri}
    assert len(passages) > 20
    told = {str(label) for fact in used for label in graph.objects(fact, RDFS.label)}
    assert "cytogenetics: del(17p)" in told
    assert [iri for iri in used if "/w3id.org/" in iri and (iri, None, None) not in in_rdflib] == []


def test_the_turtle_says_each_status(report):
    """Each option is a member with its status as value."""
    graph = graph_of(report.to_turtle())
    values = {str(graph.value(node, PROV.value)) for _, _, node in graph.triples((None, PROV.hadMember, None))}
    assert {option["status"] for option in report.data["options"]} <= values
    assert len(list(graph.triples((None, PROV.hadMember, None)))) > len(report.data["options"])


def test_the_turtle_is_the_same_each_time(kg, report):
    """No date, no random name: the same answer is the same document, another patient another entity."""
    again = kg.regimens_for(PATIENT, what_if=True)
    assert report.to_turtle() == again.to_turtle()
    assert not [node for triple in graph_of(report.to_turtle()) for node in triple if isinstance(node, rdflib.BNode)]
    both = graph_of(write_turtle([report, kg.regimens_for({"id": "other", "prior_drugs": []})]))
    assert len(set(both.subjects(RDF.type, PROV.Collection))) == 2


def test_the_discrepancies_of_a_report_are_those_of_its_evidence(report):
    """What is listed as in doubt concerns a shown result."""
    data = report.to_dict(everything=True)
    shown = {iri for option in data["options"] for r in option["evidence"] for iri in r["discrepancies"]}
    listed = data["discrepancies"]
    assert {doubt["discrepancy"] for doubt in listed} == shown
    assert shown
    assert all(doubt["on"] and doubt["label"] for doubt in listed)
    grades = ["decisive", "numeric", "editorial"]
    assert sorted(grades, key=grades.index) == list(dict.fromkeys(doubt["severity"] for doubt in listed))


def test_the_readings_of_a_report_are_those_it_rests_on(report):
    """Every reading that a reason names is told, with its text, and no other."""
    named = {reason.reading for reason in report.record.reasons() if reason.reading}
    assert {reading.reading for reading in report.record.readings} == named


def test_what_every_option_carries_is_said_once(report):
    """At a glance: a caution on every option stands once at the top of the terminal view."""
    text = report.to_text(1000)
    cautions = report.option("Kd")["cautions"]
    shared = [c["text"] for c in cautions if c["because"]["label"].startswith("Very elderly")]
    assert shared
    for said in shared:
        assert text.count(said) == 1


def test_the_stylesheet_travels_with_the_package():
    """The page's style stands beside the code and uses one accent."""
    style = (ROOT / "src" / "rrmm" / "report" / "report.css").read_text(encoding="utf-8")
    assert set(re.findall(r"--accent: (#\w+)", style)) == {"#0b5f73", "#6cc3d8"}


MEASURES = {
    "40": "eGFR 40 mL/min/1.73 m²",
    "40 mL/min/1.73m2": "eGFR 40 mL/min/1.73m2",
    "0.7 mL/s/1.73 m²": "eGFR 0.7 mL/s/1.73 m²",
}


@pytest.mark.parametrize("said", MEASURES)
def test_a_measure_has_one_unit(kg, said):
    """A number has the unit of its key; what was given with a unit is shown as it was given, in every form."""
    report = kg.regimens_for({"egfr": float(said) if said.isdigit() else said})
    assert [fact.value for fact in report.record.facts] == [MEASURES[said].removeprefix("eGFR ")]
    for page in (report.to_text(), report.to_markdown(), "".join(Page(report.to_html()).words)):
        words = " ".join(page.split())
        assert MEASURES[said] in words
        assert f"{MEASURES[said]} m" not in words
