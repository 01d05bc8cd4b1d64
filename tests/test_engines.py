"""The same queries give the same tables in the embedded engine and in rdflib."""

from __future__ import annotations

import pytest
from benchmarks.peers import RdflibStore

from rrmm import catalogue


@pytest.fixture(scope="module")
def other(kg):
    """Return the graph in rdflib."""
    return RdflibStore(kg.files.snapshot)


@pytest.mark.parametrize("folder", ["derive", "questions"])
def test_the_same_rows(kg, other, folder):
    """Every query of the derivation and of the catalogue has the same answer; that on states has a test of its own."""
    for query in catalogue.queries(kg.files.root, folder).values():
        if query.name == "patient-states":
            continue
        mine, theirs = kg.store.rows(query.text), other.rows(query.text)
        assert sorted(map(_row, mine)) == sorted(map(_row, theirs)), query.name


def _row(row):
    """Return a row as sorted pairs; citations are a set, whatever order an engine joins them in."""
    cited = ";".join(sorted(row.get("citations", "").split(";")))
    return sorted((name, str(value)) for name, value in {**row, "citations": cited}.items())
