"""Tables for a terminal: no word is broken, no line too long, and what is not shown is named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rrmm.graph import queries
from rrmm.graph.table import Table

CAVEAT = "Compare within this study only; other studies differ in patients, control arm and methods."
WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=15), max_size=8).map(" ".join)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=5), st.integers(40, 120))
def test_no_word_is_broken_and_no_line_too_long(rows, width):
    """Every word of a column that is shown stands whole, and words that fit make no line longer than the width."""
    text = Table(("first", "second", "third"), tuple(rows)).to_text(width)
    assert max(map(len, text.splitlines())) <= width
    assert "Not shown" not in text or width < 3 * 17
    shown = set(text.split())
    if "Not shown" not in text:
        assert {word for row in rows for cell in row for word in cell.split()} <= shown


@given(st.text("abc-+_ ", max_size=30), st.integers(1, 40))
def test_a_cell_keeps_its_characters(cell, width):
    """Where it fits a cell stands as it is but for the number of its spaces; where it wraps, no character is lost."""
    header, _, *lines, _ = Table(("a",), ((cell,),)).to_text(max(width, 12)).splitlines()
    assert header == "a"
    assert "".join("".join(lines).split()) == "".join(cell.split())
    if len(cell) <= width:
        assert lines == [" ".join(cell.split())]


def test_a_text_that_repeats_stands_once():
    """The same in every row is taken out of the rows; of several, rows carry marks."""
    text = Table(("a", "comparability"), tuple((number, CAVEAT) for number in range(4))).to_text(60)
    assert " ".join(text.split()).count(CAVEAT) == 1
    assert text.splitlines()[0] == "a"
    other = CAVEAT.replace("Compare", "Look")
    text = Table(("a", "caveat"), tuple((number, (CAVEAT, other)[number % 2]) for number in range(4))).to_text(60)
    assert [line.split()[-1] for line in text.splitlines()[2:6]] == ["[1]", "[2]", "[1]", "[2]"]
    assert "[2] caveat: Look within" in text


def test_a_text_that_is_rare_stays_in_its_row():
    """A long text of one row is no remark."""
    text = Table(("a", "caveat"), ((1, CAVEAT), (2, None))).to_text(60)
    assert "caveat:" not in text
    assert text.splitlines()[0].split() == ["a", "caveat"]


def test_what_does_not_fit_is_named():
    """IRIs give way first; names of columns wrap after an underscore."""
    iri = "https://w3id.org/rrmm/id/trial/a-very-long-name-of-a-trial-that-takes-much-room"
    text = Table(("thing", "not_available", "word"), ((iri, 1, "short"),)).to_text(40)
    assert "Not shown, for want of width: thing." in text
    assert "not_available  word" in text
    narrow = Table(("hazard_ratio", "p_value"), ((1, 2),)).to_text(15)
    assert [line.split() for line in narrow.splitlines()[:2]] == [["hazard_", "p_"], ["ratio", "value"]]


def test_columns_that_matter_stay():
    """Columns to keep are shown before others, whatever their place, and stand in their order."""
    table = Table(("study", "remark", "value"), (("ENDEAVOR", "pneumonia", "7.6"),), keeps=("value", "study"))
    assert table.to_text(20).splitlines()[0].split() == ["study", "value"]
    assert Table(table.columns, table.rows).to_text(20).splitlines()[0].split() == ["study", "remark"]


def test_a_number_is_shown_with_what_it_measures(kg):
    """At 100 columns results have statistic, value and unit; what a question keeps is among its columns."""
    shown = kg.query("results").to_text(100).splitlines()[0].split()
    assert {"statistic", "value", "unit"} <= set(shown)
    for query in queries.read(kg.files.root, "questions").values():
        assert all(f"?{name}" in query.body.partition("WHERE")[0] for name in query.keeps), query.name


def test_every_question_fits_a_terminal(kg):
    """No table of the catalogue is wider than the terminal."""
    for name in queries.read(kg.files.root, "questions"):
        table = kg.query(name)
        for width in (80, 100):
            assert max(map(len, table.to_text(width).splitlines())) <= width, name


def test_tsv_and_markdown_keep_their_cells():
    """A tab, a bar or a line break within a cell makes no further cell."""
    table = Table(("a", "b"), (("x\ty\nz", "p|q"),))
    assert table.to_tsv() == "a\tb\nx y z\tp|q\n"
    assert table.to_markdown().splitlines()[-1].count(" | ") == 1
