"""Mutants of the real graph, over a thousand: each is caught by the guard that it names.

Guards run once a batch. Within a batch no mutant stands in the neighbourhood of another and no two
are of one rule, so that none is caught for another's sake. `make test` makes one mutant of a rule,
`make test-slow` all. One that another of its batch hides, since a text names what that one renamed, is made alone.
Mutants of a file's text are the parser's, contradictions are the reasoner's (test_ontology.py).
That the graph itself is clean, test_shapes.py and test_checks.py show.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from functools import cache

import pytest

from rrmm.check import shapes, standard_report
from rrmm.check.finding import Finding
from rrmm.check.run import run_check
from rrmm.errors import KnowledgeError
from rrmm.graph import queries
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Store
from rrmm.graph.turtle import build
from rrmm.iris import ID, RDF, SH
from support import ROOT
from support.graph_mistakes import mutants
from support.mutants import Graph, Mutant, Triple, batches
from support.property_mistakes import TABLE

FEW = 50
CHECKS = queries.read(ROOT, "checks")
MOST_HIDDEN = 5
STRUCTURE = {f"check:{name}" for name, query in CHECKS.items() if "#+   - structure\n" in query.text}


@cache
def graph() -> Graph:
    """Return the graph of this checkout."""
    return Graph(GraphFiles(ROOT).snapshot)


@cache
def made() -> list[Mutant]:
    """Return every mutant of the graph."""
    return mutants(graph())


@cache
def groups() -> list[list[Mutant]]:
    """Return the mutants in batches."""
    return batches(made(), graph())


def one_of_each() -> list[list[Mutant]]:
    """Return one mutant of each rule in few batches, without the rules whose mutants meet almost all others."""
    rules: set[str] = set()
    chosen = []
    for group in groups():
        chosen.append([mutant for mutant in group if mutant.rule not in rules])
        rules |= {mutant.rule for mutant in group}
    return [group for group in chosen if len(group) >= FEW]


def written(triples: set[Triple] | frozenset[Triple]) -> bytes:
    """Return triples as N-Triples."""
    return "".join(sorted(f"{' '.join(triple)} .\n" for triple in triples)).encode()


def together(group: list[Mutant]) -> bytes:
    """Return the graph with several mistakes in it."""
    triples = set(graph().triples)
    for mutant in group:
        triples -= mutant.removed
        triples |= mutant.added
    return written(triples)


def findings(content: bytes, guards: set[str]) -> list[Finding]:
    """Return what some guards find in a graph: checks by name, and the shapes together."""
    found = shapes.findings(content, ROOT)[0] if any(guard.startswith("shape:") for guard in guards) else []
    store = Store(content)
    asked = [query for name, query in CHECKS.items() if f"check:{name}" in guards]
    return found + [finding for query in asked for finding in run_check(store, query)]


def missed(group: list[Mutant]) -> list[Mutant]:
    """Return the mutants of a batch that their guards do not report."""
    guards = {guard for mutant in group for guard, _, _ in mutant.reports}
    found = {(finding.guard, finding.focus, finding.property) for finding in findings(together(group), guards)}
    return [mutant for mutant in group if mutant.reports - found]


def test_there_are_enough_mutants():
    """Hundreds of different mutants of dozens of kinds, and no rule that befalls nothing."""
    operators = Counter(mutant.operator for mutant in made())
    assert len({(mutant.removed, mutant.added) for mutant in made()}) >= 1000
    assert len(operators) >= 60
    assert all(mutant.reports and mutant.removed | mutant.added for mutant in made())
    assert all(mutant.removed <= graph().triples and not mutant.added & graph().triples for mutant in made())
    assert len({rule.key for rule in TABLE}) == len(TABLE)
    assert {rule.key for rule in TABLE} <= {mutant.rule for mutant in made()}


def test_mutants_of_a_batch_do_not_meet():
    """No two of a batch are of one rule or touch one another's neighbours, and none is left out."""
    assert sum(map(len, groups())) == len(made())
    for group in groups():
        assert len({mutant.rule for mutant in group}) == len(group)
        before: set[str] = set()
        for mutant in group:
            assert before.isdisjoint(graph().near(mutant.touched))
            before |= mutant.touched


@pytest.mark.parametrize("select", [one_of_each, pytest.param(groups, marks=pytest.mark.slow)])
def test_every_mutant_is_caught_by_the_guard_it_names(select):
    """The named guards report the named property of the very thing that is wrong."""
    hidden = [mutant for group in select() for mutant in missed(group)]
    assert [(mutant.rule, sorted(mutant.reports)) for mutant in hidden if missed([mutant])] == []
    assert len(hidden) < MOST_HIDDEN


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:NotImplemented should not be used:DeprecationWarning:rdflib")
def test_the_judge_finds_the_same_in_all_mutants_at_once():
    """PySHACL and the fast guard agree on the graph with every mistake in it."""
    content = together(made())
    found, _ = shapes.findings(content, ROOT)
    assert len(found) > len(made())
    assert list(standard_report.validate(content, ROOT).findings) == found


def test_one_of_each_is_of_nearly_every_kind():
    """The mutants of `make test` are of nearly all operators and of most rules."""
    chosen = [mutant for group in one_of_each() for mutant in group]
    assert len({mutant.operator for mutant in chosen}) > 0.9 * len({mutant.operator for mutant in made()})
    assert len(chosen) == len({mutant.rule for mutant in chosen}) > 0.85 * len({mutant.rule for mutant in made()})


def test_every_guard_has_its_mutants():
    """No shape and no check of structure is left that no mutant puts to the proof."""
    node_shapes = {triple[0] for triple in graph().triples if triple[1:] == (f"<{RDF}type>", f"<{SH}NodeShape>")}
    guards = STRUCTURE | {f"shape:{shape[1:-1].rsplit('#')[-1]}" for shape in node_shapes}
    assert len(guards) > 90
    assert guards - {guard for mutant in made() for guard, _, _ in mutant.reports} == set()


FILES = [
    "data/drugs/carfilzomib.ttl",
    "data/guidance/comorbidity.ttl",
    "data/sources/br2020/table-2.ttl",
    "data/trials/endeavor.ttl",
]
SLIPS = {
    "full stop lost": (r"\n\.\n\n", "\n\n", "Mend the Turtle"),
    "semicolon lost": (r" ;\n(?= +\w)", "\n", "Mend the Turtle"),
    "comma for semicolon": (r" ;\n(?= +r)", " ,\n", "Mend the Turtle"),
    "value lost": (r'"[^"]*"(@en)? ;', ";", "Mend the Turtle"),
    "quotation mark lost": (r'"(@en)? ;', " ;", "Mend the Turtle"),
    "language lost": (r'"(@en)? ;', '"@ ;', "Mend the Turtle"),
    "bad escape": (r'" ;|"@en ;', '\\\\q" ;', "Mend the Turtle"),
    "property misspelt away": (r"    rrmm:(?=\w)", "    rrmm ", "Mend the Turtle"),
    "verb twice": (r"    a   ", "    a a ", "Mend the Turtle"),
    "bracket lost": (r"> \.\n", " .\n", "Mend the Turtle"),
    "prefix misspelt": (r"    rrmm:(?=\w)", "    rmm:", "Mend the Turtle"),
    "prefix dropped": (r"@prefix rrmm:.*\n", "", "Mend the Turtle"),
    "prefix of another namespace": (r"rrmm/ontology#> \.", "rrmm/terms#> .", "prefix rrmm: stands for"),
    "prefix of one's own": (
        r"@prefix rrmm:",
        "@prefix ex: <http://example.org/> .\n@prefix rrmm:",
        "prefix ex: stands",
    ),
    "thing of another file": (r"\n\n\w+:[\w.-]+\n", f"\n\n<{ID}endpoint/x>\n", "its home is data/endpoints.ttl"),
    "thing without a home": (r"\n\n\w+:[\w.-]+\n", f"\n\n<{ID}nothing/x>\n", "gives no home to nothing:"),
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.rsplit("/", 1)[-1])
@pytest.mark.parametrize("slip", SLIPS)
def test_the_parser_names_file_and_line(tmp_path, slip, file):
    """A slip at the beginning, in the middle or at the end of a file stops the build at its place."""
    pattern, new, complaint = SLIPS[slip]
    for part in ("ontology/prefixes.ttl", file):
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, tmp_path / part)
    prefixes, path = tmp_path / "ontology/prefixes.ttl", tmp_path / file
    assert build(tmp_path, [prefixes, path])
    text = path.read_text(encoding="utf-8")
    places = list(re.finditer(pattern, text))
    for place in {places[0], places[len(places) // 2], places[-1]}:
        path.write_text(text[: place.start()] + re.sub(pattern, new, text[place.start() :], count=1), encoding="utf-8")
        with pytest.raises(KnowledgeError, match=re.escape(complaint)) as caught:
            build(tmp_path, [prefixes, path])
        line = int(re.match(rf"{re.escape(str(path))}:(\d+): ", str(caught.value))[1])
        first = text.count("\n", 0, place.start()) + 1
        assert first <= line <= first + (9 if "prefix" in slip else 3), str(caught.value)
