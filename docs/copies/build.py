"""The page on how two summaries copied their trials; every number of it is the answer of a catalogued question.

python docs/copies/build.py [FILE]; the pictures stand beside the page.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from plots import pictures

from rrmm.api import KnowledgeGraph
from rrmm.graph.table import Table
from rrmm.site.comparisons import name_time

FILE = Path("docs/copies/README.md")
MADE = "<!-- Made by python docs/copies/build.py; do not edit. -->\n"
READ = {"whole", "cut"}


def page(kg: KnowledgeGraph) -> str:
    """Return the page as Markdown."""
    counts, copies = kg.query("copy-counts").to_dicts(), kg.query("copies").to_dicts()
    decisions, verdicts = kg.query("decisions").to_dicts(), kg.query("verdicts").to_dicts()
    names = {source.name: source.brief for source in kg.rule_base.sources}
    publications = kg.query("publications-read").to_dicts()
    how_read = Counter({one["publication"]: one["read"] for one in publications}.values())
    decided = sum(one["discrepancies"] for one in verdicts if one["verdict"] != "undecided")
    every = sum(one["discrepancies"] for one in verdicts)
    parts = [
        f"{MADE}# How two summaries copied their trials\n",
        "A review and a summary of a public institute copy numbers from publications; readers copy them on. Here a"
        " copied number stands beside the published one, where an abstract that was read prints it. The abstract was"
        " read, the whole of it or a part, where a public page was found that shows it; where only a report on the"
        " paper was found, it opens a question and decides none. No number is taken from the body of a paper. No"
        " clinician has reviewed this page.\n",
        f"Publications of the trials here: {how_read['whole']} read as whole abstracts, {how_read['cut']} in part,"
        f" {how_read['summary page']} through a report on them, {how_read['not read']} not read"
        " (`rrmm query publications-read`).\n",
        "## How often each prints what was published\n",
        "Numbers held against an abstract, whole or in part; one that a source prints in two places counts twice."
        " *Rounded* agrees to the digits of the coarser print; *otherwise* is another number, another interval,"
        " another endpoint, or a minimum printed as a median (`rrmm query copy-counts`). *As published* is the same or"
        " rounded: it says nothing of the numbers that no abstract prints.\n",
        "The two rows are not to be compared. PDQ cites by number and its list is at hand, so that its numbers are held"
        " against the paper that it cites, or, where that paper could not be read or does not print them, against"
        " another of the same trial that prints the same. The list of the review is not at hand: each of its numbers is"
        " held against the paper of the trial, not of a later year than the review where the year is known, that prints"
        " most of the numbers beside it. A number that none of these papers prints in what was read is not counted,"
        " right or wrong; since a paper is looked for that prints the same, this favours both. What is printed"
        " otherwise need not be a slip of the copyist: it may stand in the paper itself, or in another report.\n",
        "![How often each source prints what was published](how-often.svg)\n",
        _by_source(counts, names),
        "By kind of number:\n",
        "![The same, by kind of number](by-number.svg)\n",
        _by_kind(counts, names),
        "## What is known of every printed number\n",
        "`rrmm query comparisons-read` says of each comparison of a controlled trial or a meta-analysis how many"
        " first-hand results compare its arms, or that its abstract could not be read.\n",
        "Printed numbers of comparisons, by what is known of their publication, reports on it included"
        " (`rrmm query copies`). That a number is not found says nothing against it: an abstract prints few numbers,"
        " and the part that was read fewer.\n",
        _outcomes(copies, names),
        "## What is printed otherwise\n",
        "![What is printed otherwise, by kind of slip](by-slip.svg)\n",
        "By kind: `rrmm query slips`. Each of them: `rrmm query copies --param outcome=otherwise`, abstracts only."
        " Which of them an abstract decides stands below.\n",
        _slips(copies),
        "And what a report on the paper prints otherwise, which is as likely to slip: questions, not answers.\n",
        _slips(copies, decisive=False),
        "## What is decided\n",
        f"Publications decide {decided} of {every} discrepancies (`rrmm query verdicts`). The figure in doubt stays as"
        " printed, the published one stands beside it (`rrmm query decisions`).\n",
        _verdicts(verdicts),
        _decisions(decisions),
        "## How to check this page\n",
        "Each row has its address: the publication, the line of its record and the figure as a quote. With your own"
        " copies, each named `<PMID>.txt`, `rrmm check --source FOLDER` looks for every figure. A ratio is always of"
        " the arm of its group over the arm of its comparator, whichever way round it is printed.\n",
    ]
    return "\n".join(parts)


def _by_source(counts: list[dict], names: dict[str, str]) -> str:
    total = {name: Counter() for name in names}
    for one in counts:
        if one["read"] in READ:
            total[one["source"]].update({key: one[f"{key}_prints"] for key in ("same", "rounded", "other")})
    rows = tuple(
        (names[name], sum(of.values()), of["same"], of["rounded"], of["other"], _percent(of))
        for name, of in total.items()
    )
    return Table(("source", "numbers", "same", "rounded", "otherwise", "as published, %"), rows).to_markdown()


def _percent(of: Counter) -> float:
    return round(100 * (of["same"] + of["rounded"]) / sum(of.values()), 1)


def _by_kind(counts: list[dict], names: dict[str, str]) -> str:
    total: dict[tuple[str, str], Counter] = {}
    for one in counts:
        if one["read"] in READ:
            of = total.setdefault((one["statistic"], one["source"]), Counter())
            of.update({key: one[f"{key}_prints"] for key in ("same", "rounded", "other")})
    rows = tuple(
        (kind, names[name], sum(of.values()), of["same"], of["rounded"], of["other"])
        for (kind, name), of in sorted(total.items())
    )
    return Table(("number", "source", "numbers", "same", "rounded", "otherwise"), rows).to_markdown()


def _outcomes(copies: list[dict], names: dict[str, str]) -> str:
    found = Counter((one["source"], one["outcome"]) for one in copies)
    rows = tuple((names[name], outcome, count) for (name, outcome), count in sorted(found.items()))
    return Table(("source", "outcome", "numbers"), rows).to_markdown()


def _slips(copies: list[dict], *, decisive: bool = True) -> str:
    rows = tuple(
        (
            one["study"],
            ", ".join([_measure(one["statistic"], one["endpoint"]), one["population"], one["group"]]),
            one["source"],
            _printed(one["as_printed"], one["interval"], one["printed_unit"]),
            _printed(one["as_published"], one["published_interval"]),
            one["published_endpoint"] if one["published_endpoint"] != one["endpoint"] else "",
        )
        for one in copies
        if one["outcome"] == "otherwise" and (one["read"] in READ) == decisive
    )
    return Table(("study", "number", "source", "printed", "published", "published as"), rows).to_markdown()


def _measure(statistic: str, endpoint: str) -> str:
    return endpoint if statistic in {endpoint, "count"} else f"{statistic} of {endpoint}"


def _printed(value: str, interval: str | None, unit: str | None = None) -> str:
    printed = f"{value} {name_time(unit)}" if unit else value
    return f"{printed} ({interval})" if interval else printed


def _verdicts(verdicts: list[dict]) -> str:
    rows = tuple((one["verdict"], one["severity"], one["discrepancies"]) for one in verdicts)
    return Table(("verdict", "severity", "discrepancies"), rows).to_markdown()


def _decisions(decisions: list[dict]) -> str:
    rows = dict.fromkeys((one["what"], one["verdict"], one["decided"], one["because"]) for one in decisions)
    return Table(("discrepancy", "verdict", "published", "because"), tuple(rows)).to_markdown()


if __name__ == "__main__":
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    graph = KnowledgeGraph.load()
    file.write_text(page(graph), encoding="utf-8")
    for name, content in pictures(graph).items():
        (file.parent / name).write_bytes(content)
