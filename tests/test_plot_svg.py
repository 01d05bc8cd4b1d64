"""Pictures as SVG: marks lie at their values, nothing overlaps or runs, bytes never change, a phone shows all."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import re
import subprocess
import sys

import pytest

from rrmm.iris import RRMM
from rrmm.plot.axis import amounts, ratios
from rrmm.plot.font import measure, wrap
from rrmm.plot.picture import Picture
from rrmm.plot.sheet import WIDTH
from support import ROOT
from support.browser import fits, quiet
from support.pictures import NAMES, OF_RESULTS, SVG, parsed, texts

BLUE = "#0b5394"
SHAPES = {"circle", "path", "rect"}
HASHES = """
import hashlib, sys
sys.modules['matplotlib'] = None
from rrmm import KnowledgeGraph
kg = KnowledgeGraph.load()
for name in ("forest-pfs", "medians-os", "regimen-map"):
    print(name, hashlib.sha256(kg.plot(name).svg).hexdigest())
"""
HOSTILE = '</text><script>alert(1)</script> & $x^2$ "%s" {0}'
OUTSIDE = """[...document.querySelectorAll('svg text')].filter(text => {
    const inner = text.getBoundingClientRect(), outer = text.closest('svg').getBoundingClientRect();
    return inner.left < outer.left || inner.right > outer.right || inner.top < outer.top || inner.bottom > outer.bottom;
}).map(text => text.textContent)"""
SMALLEST = """Math.min(...[...document.querySelectorAll('svg text')].map(text =>
    parseFloat(getComputedStyle(text).fontSize) * text.closest('svg').getBoundingClientRect().width
        / text.closest('svg').viewBox.baseVal.width))"""


def test_points_lie_at_their_values(pictures):
    """Each hazard ratio is where the ticks of its axis say that it is; a direction in doubt is hollow."""
    root = parsed(pictures["forest-pfs"].svg)
    ticks = {text.text: float(text.get("x")) for text in root.iter(f"{SVG}text") if text.text in {"0.5", "2"}}
    marks = [*root.iter(f"{SVG}circle")]
    assert all(f"stroke: {BLUE}" in mark.get("style") for mark in marks)
    places = [float(mark.get("cx")) for mark in marks][2:]
    values = [row["value"] for row in pictures["forest-pfs"].rows if "value" in row]
    octave = (ticks["2"] - ticks["0.5"]) / 2
    assert places == pytest.approx([ticks["0.5"] + octave * (math.log2(value) + 1) for value in values], abs=0.01)
    hollow = ["fill: #ffffff" in mark.get("style") for mark in marks][2:]
    assert [value for value, empty in zip(values, hollow, strict=True) if empty] == [2.71]


def test_axes_hold_what_they_are_given():
    """Few ticks, in plain steps, and no value beyond them."""
    for value in (0.001, 0.31, 0.99, 1.0, 2.0, 37.0):
        axis = ratios([value], 0, 100)
        assert 0 <= axis.at(value) <= 100
        assert 1 in axis.ticks
        assert len(axis.ticks) <= 9
    for value in (0.0, 0.4, 1.0, 6.0, 48.3, 92.9, 100.0, 730.0):
        axis = amounts([value], 0, 100)
        assert 0 <= axis.at(value) <= 100
        assert 2 <= len(axis.ticks) <= 7
    assert ratios([], 0, 100).ticks == (0.5, 1, 2)
    assert amounts([], 0, 100).ticks[0] == 0


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_cut_or_covers_another(pictures, name):
    """Measured in a font wider than most: all lies on the sheet, and what shares a line does not touch."""
    root = parsed(pictures[name].svg)
    width, height = float(root.get("width")), float(root.get("height"))
    lines: dict[float, list[tuple[float, float, str]]] = {}
    for text in root.iter(f"{SVG}text"):
        style = text.get("style")
        size = float(re.search(r"font-size: ([\d.]+)px", style)[1])
        assert size >= 9
        long = measure(text.text or "", size, "font-weight" in style)
        x, y = float(text.get("x")), float(text.get("y"))
        if "rotate(-90" in text.get("transform", ""):
            assert y - long >= 0
            lines.setdefault(-y, []).append((x - size * 0.9, x, text.text))
            continue
        left = x - long * {"start": 0, "middle": 0.5, "end": 1}[re.search(r"text-anchor: (\w+)", style)[1]]
        assert left >= 0, text.text
        assert left + long <= width, text.text
        assert size <= y <= height
        lines.setdefault(round(y / 3), []).append((left, left + long, text.text))
    for line in lines.values():
        for (_, end, one), (start, _, other) in itertools.pairwise(sorted(line)):
            assert end <= start + 0.5, (one, other)


def test_a_page_can_hold_them_all(pictures):
    """No identifier stands twice; nothing styles, runs, or is fetched from elsewhere; each has a name and words."""
    seen = []
    for picture in pictures.values():
        root = parsed(picture.svg)
        linked = any(element.get("href") for element in root.iter())
        assert linked == (picture.map and picture.name != "regimen-map")
        assert root.get("role") == ("group" if linked else "img")
        ids = [element.get("id") for element in root.iter() if element.get("id")]
        assert root.get("aria-labelledby").split() == ids
        assert root.find(f"{SVG}title").text == picture.title
        assert root.find(f"{SVG}desc").text.startswith(picture.description)
        seen += ids
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags <= {*SHAPES, "svg", "title", "desc", "text"} | ({"a"} if linked else set())
        assert all(
            target.startswith("https://w3id.org/rrmm/")
            for target in re.findall(r'href="([^"]*)"', picture.svg.decode())
        )
        assert b"url(" not in picture.svg
        assert not picture.svg.startswith(b"<?")
    assert len(seen) == len(set(seen)) == 2 * len(NAMES)


def test_bytes_are_the_same_everywhere(pictures):
    """Whatever the order of hashes, and without matplotlib."""
    done = subprocess.run(
        [sys.executable, "-c", HASHES],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        cwd=ROOT,
        check=True,
    )
    names = ("forest-pfs", "medians-os", "regimen-map")
    assert done.stdout.split("\n")[:-1] == [
        f"{name} {hashlib.sha256(pictures[name].svg).hexdigest()}" for name in names
    ]


def test_whatever_the_graph_says_is_text():
    """Markup, formulas and quotes of a label are written as they stand."""
    row = {
        "control": HOSTILE,
        "study": HOSTILE,
        "study_iri": "s",
        "arm_iri": "a",
        "group": HOSTILE,
        "line": HOSTILE,
        "as_printed": "0.5",
        "value": 0.5,
        "doubts": HOSTILE,
        "comparability": HOSTILE,
        "section": HOSTILE,
    }
    picture = Picture("p", HOSTILE, HOSTILE, "forest", tuple(row), (row,))
    assert b"<script" not in picture.svg
    shown = " ".join(texts(picture))
    assert shown.count("alert(1)</script> & $x^2$") >= 5
    assert parsed(picture.svg).find(f"{SVG}title").text == HOSTILE
    assert "<script" not in picture._repr_html_()


def test_prints_that_differ_keep_their_lines():
    """What a table prints of one arm joins the text that prints both, and no text joins one that says otherwise."""
    shared = {"study": "S", "study_iri": "s", "line": "all", "control": "Y", "unit": "mo"}
    first = {**shared, "group": "X", "comparator": "Y", "arm_iri": "x", "role_iri": RRMM + "Experimental"}
    second = {**shared, "group": "Y", "comparator": "X", "arm_iri": "y", "role_iri": RRMM + "Control"}
    rows = (
        {**first, "as_printed": "10.0", "value": 10.0, "section": "Table"},
        {**first, "as_printed": "10", "value": 10.0, "section": "One"},
        {**second, "as_printed": "5", "value": 5.0, "section": "One"},
        {**first, "as_printed": "10", "value": 10.0, "section": "Two"},
        {**second, "as_printed": "6", "value": 6.0, "section": "Two"},
        {**second, "as_printed": "7", "value": 7.0, "section": "Three"},
    )
    shown = texts(Picture("p", "Title", "Words", "arms", (), rows))
    assert [text for text in shown if text.endswith(("5", "6", "7")) and " vs. " in text] == [
        "10 vs. 5",
        "10 vs. 6",
        "– vs. 7",
    ]
    assert "S: X vs. Y" in shown


def test_more_doubts_than_letters():
    """After z comes aa; the same doubt keeps its letter."""
    from rrmm.plot.panels import Notes

    notes = Notes()
    for number in range(30):
        notes.marks([{"doubts": f"doubt {number}"}])
    assert notes.marks([{"doubts": "doubt 0 | doubt 25 | doubt 26"}, {"doubts": "doubt 0"}, {}]) == "a,aa,z"


def test_the_widths_are_those_of_the_font():
    """A text that all letters make up is as wide as matplotlib's DejaVu Sans, in which kerning narrows it a little."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    text = "Median PFS, Kd vs. Vd: 7.6 (95% CI ≥0.31–2.71) “not assessed” for del(17p), β2-microglobulin"
    for weight in ("normal", "bold"):
        font = FontProperties(family="DejaVu Sans", size=11, weight=weight)
        drawn = text_to_path.get_text_width_height_descent(text, font, False)[0]
        assert 0.99 * drawn <= measure(text, 11, weight == "bold") <= 1.02 * drawn


def test_text_breaks_where_it_may():
    """At spaces and after plus signs, never within a word, and no line is wider than it may be."""
    words = "daratumumab+lenalidomide and dexamethasone"
    assert wrap(words, 1, 11) == ["daratumumab+", "lenalidomide", "and", "dexamethasone"]
    assert wrap(words, 1000, 11) == [words]
    assert all(measure(line, 11) <= 120 for line in wrap(words, 120, 11))
    assert wrap("", 100, 11) == [""]


def test_an_unknown_character_takes_the_most_room():
    """What the table of widths lacks is as wide as the font is high, so that it cannot overlap."""
    assert measure("療", 10) == 10
    assert measure("W", 10) < 10


def test_the_picture_in_the_readme_is_fresh(pictures):
    """``rrmm plot forest-pfs -o docs/pictures/forest-pfs.svg`` made it, byte by byte."""
    assert (ROOT / "docs" / "pictures" / "forest-pfs.svg").read_bytes() == pictures["forest-pfs"].svg


@pytest.mark.browser
def test_a_phone_shows_them_whole(pictures, browser):
    """In Chromium at 360 pixels, light and dark: no text leaves its picture, none is smaller than 8 pixels.

    A map that is wider than a phone scrolls in its page: test_site_browser.py.
    """
    shown = [picture.svg.decode() for picture in pictures.values() if f'width="{WIDTH}"'.encode() in picture.svg]
    assert len(shown) > len(OF_RESULTS)
    figures = "".join(f"<figure style='margin: 0'>{svg}</figure>" for svg in shown)
    for scheme in ("light", "dark"):
        with quiet(browser, "about:blank", {"width": 360, "height": 740}, scheme, []) as page:
            page.set_content(f"<!doctype html><meta name=color-scheme content='light dark'><body>{figures}")
            assert fits(page)
            assert page.evaluate(OUTSIDE) == []
            assert page.evaluate(SMALLEST) >= 8
            assert page.get_by_role("img", name="Median PFS, arm beside arm").count() == 1
