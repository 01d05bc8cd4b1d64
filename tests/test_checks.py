"""Every check accepts a good graph, rejects a bad one, and finds in the review just what is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from rrmm.graph import queries
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Row, Store
from rrmm.iris import ID, RRMM
from support import ROOT

FIXTURES = ROOT / "tests" / "fixtures" / "checks"
CHECKS = queries.read(ROOT, "checks")
DOUBTS = [name for name, query in CHECKS.items() if "#+   - doubt" in query.text]
RECORDED = f"""
SELECT ?discrepancy ?check ?focus
WHERE {{ ?discrepancy <{RRMM}foundBy> ?check OPTIONAL {{ ?discrepancy <{RRMM}concerns> ?focus }} }}
"""


@pytest.fixture(scope="module")
def graph() -> Store:
    """Return the graph of this checkout."""
    return Store(GraphFiles(ROOT).snapshot)


@pytest.fixture(scope="module")
def forgetful() -> Store:
    """Return the graph without its discrepancies."""
    lines = GraphFiles(ROOT).snapshot.splitlines(keepends=True)
    return Store(b"".join(line for line in lines if not line.startswith(f"<{ID}discrepancy/".encode())))


@pytest.fixture(scope="module")
def recorded(graph) -> dict[str, dict[str, set[str]]]:
    """Return check → discrepancy found by it → what the discrepancy concerns."""
    found: dict[str, dict[str, set[str]]] = {}
    for row in graph.rows(RECORDED):
        concerned = found.setdefault(row["check"].removeprefix(f"{ID}check/"), {}).setdefault(row["discrepancy"], set())
        concerned.update({row["focus"]} if "focus" in row else set())
    return found


def store_of(path: Path, more: str = "") -> Store:
    """Return a store of a Turtle file and more N-Triples."""
    import pyoxigraph as ox

    triples = [quad.triple for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE)]
    return Store("".join(f"{triple} .\n" for triple in triples).encode() + more.encode())


def foci(rows: list[Row]) -> set[str]:
    """Return what the rows of a check are about."""
    return {row["focus"] for row in rows}


def by_rdflib(path: Path, text: str) -> list[Row]:
    """Return the rows of a check over a Turtle file as rdflib sees them."""
    from rdflib import Graph, Literal

    def plain(term):
        value = term.toPython() if isinstance(term, Literal) else str(term)
        return value if isinstance(value, str) else float(value)

    return [{name: plain(term) for name, term in row.asdict().items()} for row in Graph().parse(path).query(text)]


@pytest.mark.parametrize("name", CHECKS)
def test_header(name):
    """A check says what it finds, why that is a problem and what to do, and is of one of two kinds."""
    query = CHECKS[name]
    assert query.summary
    assert query.header("problem").endswith(".")
    assert query.header("solution").endswith(".")
    assert ("#+   - structure\n" in query.text) != ("#+   - doubt\n" in query.text)
    assert "SELECT DISTINCT ?focus ?property ?value\nWHERE {\n" in query.text


def test_every_fixture_is_of_a_check():
    """No pair of fixtures outlives its check, and no check goes without."""
    pairs = {folder.name: sorted(path.name for path in folder.iterdir()) for folder in FIXTURES.iterdir()}
    assert pairs == {name: ["accept.ttl", "reject.ttl"] for name in CHECKS}


@pytest.mark.parametrize("name", CHECKS)
def test_accepts(name):
    """A check is silent over a graph that is right."""
    assert store_of(FIXTURES / name / "accept.ttl").rows(CHECKS[name].text) == []


@pytest.mark.parametrize("name", CHECKS)
def test_rejects(name):
    """A check finds each thing that the first line of the bad graph names, and the property it is wrong in."""
    path = FIXTURES / name / "reject.ttl"
    rows = store_of(path).rows(CHECKS[name].text)
    expected = path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# Finds ").split()
    assert {focus.removeprefix(ID).replace(RRMM, "rrmm/").replace("/", ":", 1) for focus in foci(rows)} == set(expected)
    assert expected
    assert all("property" in row for row in rows)


@pytest.mark.parametrize("name", CHECKS)
def test_engines_agree(name):
    """The library rdflib gives the rows that the embedded engine gives."""
    for path in (FIXTURES / name / "accept.ttl", FIXTURES / name / "reject.ttl"):
        assert by_rdflib(path, CHECKS[name].text) == store_of(path).rows(CHECKS[name].text)


@pytest.mark.parametrize("name", DOUBTS)
def test_a_recorded_doubt_is_silent(name):
    """What a discrepancy says the check found is not reported again; one found by another check is."""
    path, node = FIXTURES / name / "reject.ttl", f"<{ID}discrepancy/x>"
    concerned = foci(store_of(path).rows(CHECKS[name].text))
    concerns = "".join(f"{node} <{RRMM}concerns> <{focus}> .\n" for focus in concerned)
    for check, expected in ((name, set()), ("another-check", concerned)):
        more = f"{concerns}{node} <{RRMM}foundBy> <{ID}check/{check}> .\n"
        assert foci(store_of(path, more).rows(CHECKS[name].text)) == expected


@pytest.mark.parametrize("name", CHECKS)
def test_the_graph_is_clean(graph, name):
    """No check finds anything in the graph."""
    assert graph.rows(CHECKS[name].text) == []


@pytest.mark.parametrize("name", DOUBTS)
def test_doubts_are_found_again(forgetful, recorded, name):
    """Without its records the graph gives every doubt that a discrepancy says the check finds, and no other."""
    found = foci(forgetful.rows(CHECKS[name].text))
    discrepancies = recorded.get(name, {})
    assert found <= set().union(*discrepancies.values())
    assert [discrepancy for discrepancy, concerned in discrepancies.items() if not concerned & found] == []


def test_every_doubt_found_has_its_check(recorded):
    """A discrepancy is found by a check of doubt, and each such check has found one in the review."""
    assert set(recorded) == set(DOUBTS)
