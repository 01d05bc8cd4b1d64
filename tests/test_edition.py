"""A later edition of a source: every span and figure found again, or said to be changed or gone."""

from __future__ import annotations

import hashlib
import json

import pytest

from rrmm.check.edition import Places
from rrmm.errors import RrmmError
from rrmm.iris import short
from support.commands import run

LAST = "DVd was not tested in this trial."
OLD = "Kd improved PFS. Median OS was 47.6 mo. Nothing else is known.\nDVd was not tested in this trial.\n"


@pytest.mark.parametrize(
    ("new", "said", "place"),
    [
        (OLD, "Median OS was 47.6 mo.", "Median OS was 47.6 mo."),
        (f"A foreword. {OLD}", "Median OS was 47.6 mo.", "Median OS was 47.6 mo."),
        (OLD.replace("47.6", "48.1"), "Median OS was 47.6 mo.", "Median OS was 48.1 mo."),
        (OLD.replace("47.6", "not reached, as it is said"), "47.6", None),
        (OLD.replace("47.6", "48.1"), "47.6", "48.1"),
        (OLD.replace("Median OS was 47.6 mo. ", ""), "Median OS was 47.6 mo.", None),
        (
            "\n".join(reversed(OLD.splitlines())),
            "DVd was not tested in this trial.",
            "DVd was not tested in this trial.",
        ),
        (OLD.replace(LAST, ""), LAST, None),
        ("", "Kd improved PFS.", None),
    ],
)
def test_a_stretch_is_found_again(new, said, place):
    """Kept, moved, changed, gone, and moved behind what it preceded."""
    start = OLD.index(said)
    found = Places(OLD, new).find(start, start + len(said))
    assert (found and new[slice(*found)]) == place


@pytest.fixture(scope="module")
def edited(source_text, tmp_path_factory):
    """Return the text of a source, and a copy of it with a sentence changed, one gone and a foreword."""
    folder = tmp_path_factory.mktemp("editions")
    text = source_text("br2020")
    (folder / "old.txt").write_bytes(text.encode())
    return folder / "old.txt", folder / "new.txt", text


def test_every_span_of_a_source_stands_in_itself(kg, edited):
    """The same text moves nothing, and the command says so with exit code 0."""
    old = edited[0]
    edition = kg.compare_edition(old, old)
    assert edition.differing == []
    assert edition.counts["same"] == len(edition.found) > 700
    done = run("check", "--edition", old, old)
    assert done.returncode == 0
    assert "0 changed, 0 vanished." in done.stdout


def test_what_an_edited_copy_did_to_each_span_is_told(kg, edited):
    """A foreword moves all; a changed number and a removed cell are named, with the statements that rest on them."""
    old, new, text = edited
    rows = {short(row["result"]): row for row in kg.query("results", source="br2020").to_dicts()}
    changed = rows["trial:mm-003.os-pd"]
    number = slice(changed["start"], changed["end"])
    assert text[number] == changed["as_printed"]
    spans = sorted((one.old for one in kg.compare_edition(old, old).found), key=lambda span: span[0] - span[1])
    longest = next(span for span in spans if not span[0] <= changed["start"] < span[1])
    edits = sorted([(changed["start"], changed["end"], "99.9"), (*longest, "")], reverse=True)
    later = text
    for start, end, words in edits:
        later = later[:start] + words + later[end:]
    new.write_bytes(f"A foreword.\n{later}".encode())
    edition = kg.compare_edition(old, new)
    fates = {short(one.iri): one for one in edition.found}
    figure = fates[f"source:br2020.figure-{changed['start']}-{changed['end']}"]
    assert figure.fate == "changed"
    assert later_text(new)[slice(*figure.new)] == "99.9"
    assert "https://w3id.org/rrmm/id/trial/mm-003.os-pd" in figure.statements
    removed = fates[f"source:br2020.span-{longest[0]}-{longest[1]}"]
    assert (removed.fate, removed.new) == ("vanished", None)
    assert removed.statements
    assert edition.counts["same"] == 0
    for one in edition.found:
        if one.fate == "moved":
            assert later_text(new)[slice(*one.new)] == text[slice(*one.old)]
            assert one.sha256 == hashlib.sha256(text[slice(*one.old)].encode()).hexdigest()
    assert edition.counts["moved"] > 0.9 * len(edition.found)
    done = run("check", "--edition", old, new, "--format", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["counts"] == edition.counts
    table = run("check", "--edition", old, new).stdout
    assert f"vanished  {short(removed.iri)}" in table
    assert "read again: trial:mm-003.os-pd" in table


def later_text(path):
    """Return the text of a file."""
    return path.read_bytes().decode()


def test_a_text_of_no_source_has_no_later_edition(kg, tmp_path):
    """OLD is the text that the graph was read from; exit code 2 otherwise, and with arguments that do not fit."""
    (tmp_path / "x.txt").write_text("Something else.", encoding="utf-8")
    with pytest.raises(RrmmError, match="Of no source of this graph"):
        kg.compare_edition(tmp_path / "x.txt", tmp_path / "x.txt")
    for arguments in ([], ["--source", tmp_path / "x.txt"]):
        done = run("check", "--edition", tmp_path / "x.txt", tmp_path / "x.txt", *arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
