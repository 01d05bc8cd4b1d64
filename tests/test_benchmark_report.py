"""The report of the races: one document as JSON, and what is shown follows from it."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from benchmarks import __main__ as bench
from benchmarks import picture, report
from benchmarks.race import Contender, Race, Ratio, Result, Time

RACE = Race(
    "10,000 patients, statuses and states",
    [Contender("ours"), Contender("theirs", times=50)],
    [Ratio("theirs", "ours", at_least=30), Ratio("ours", "theirs", at_most=1), Ratio("ours", "ours")],
    left_out=["another, which is not installed"],
)
TIMES = {
    "ours": Time("ours", [0.1, 0.3, 0.2], 80, extrapolated=False),
    "theirs": Time("theirs", [2.0], 1500, extrapolated=True),
}


def example_report():
    """Return the document of one race, as it is read again."""
    return json.loads(json.dumps(report.document([Result(RACE, TIMES)])))


def test_a_document_has_medians_memory_ratios_and_what_was_wanted():
    """The times of all rounds are kept, and each ratio is of medians and within its bound or not."""
    (race,) = example_report()["races"]
    assert [time["median"] for time in race["times"]] == [0.2, 2.0]
    assert [time["memory"] for time in race["times"]] == [80, 1500]
    assert [(round(ratio["measured"], 6), ratio["kept"]) for ratio in race["ratios"]] == [
        (10, False),
        (0.1, True),
        (1, True),
    ]
    assert example_report()["machine"]["cores"] >= 1


def test_the_ratio_of_a_race_with_parts_is_that_of_the_part_with_the_largest():
    """A part that grows stands for all, and is named."""
    times = {"more": Time("more", [9.0], 1, extrapolated=False, parts={"slow": 8.0, "grows": 1.0})}
    times["one"] = Time("one", [4.1], 1, extrapolated=False, parts={"slow": 4.0, "grows": 0.1})
    parted = Race("parts", [Contender("one"), Contender("more")], [Ratio("more", "one", at_most=5)], parts=True)
    told = report.document([Result(parted, times)])
    assert told["races"][0]["ratios"][0]["measured"] == 10
    assert report.verdicts(told) == "missed: parts: more, grows is 10 times one, wanted at most 5"


def test_markdown_says_what_is_missed_extrapolated_and_left_out():
    """A reader sees spread, rounds, memory and every bound that is not kept."""
    text = report.markdown(example_report())
    assert "| ours | 200 ms | 100 ms – 300 ms | 3 | 80 |" in text
    assert "| theirs ¹ | 2 s | 2 s – 2 s | 1 | 1,500 |" in text
    assert report.EXTRAPOLATED in text
    assert "| theirs | ours | 10 × **missed** | at least 30 |" in text
    assert "Left out: another, which is not installed" in text


def test_the_table_is_of_ratios_with_a_bound():
    """What nothing is wanted of stands with its race alone; the table opens the report."""
    table = report.table(example_report())
    assert len(table.splitlines()) == 2 + 2
    assert report.markdown(example_report()).index(table) < report.markdown(example_report()).index("## 10,000")


def test_each_bound_is_said_to_be_met_or_missed():
    """There is a line for each ratio with a bound, and a missed one is told."""
    document = example_report()
    assert report.verdicts(document).splitlines() == [
        "missed: 10,000 patients, statuses and states: theirs is 10 times ours, wanted at least 30",
        "met: 10,000 patients, statuses and states: ours is 0.1 times theirs, wanted at most 1",
    ]
    assert report.missed(document)
    document["races"][0]["ratios"][0]["kept"] = True
    assert not report.missed(document)


def test_the_picture_has_a_line_for_each_contender():
    """It is SVG whose text is text."""
    drawn = ElementTree.fromstring(picture.draw(example_report()))  # noqa: S314 - matplotlib has just written it
    words = "".join(drawn.itertext())
    assert all(name in words for name in (*TIMES, "patients", "seconds"))


def test_what_is_shown_follows_from_the_document():
    """Report and picture are those of the JSON that stands beside them."""
    document = json.loads((bench.FOLDER / "benchmarks.json").read_text(encoding="utf-8"))
    assert (bench.FOLDER / "README.md").read_text(encoding="utf-8") == report.markdown(document)
    assert (bench.FOLDER / "cohort.svg").read_bytes() == picture.draw(document)
    assert {race["race"] for race in document["races"]} >= {"10,000,000 patients, statuses and states"}
