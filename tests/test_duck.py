"""The peer of the benchmark: DuckDB answers as a cohort is answered, patient by patient.

It reads each prior drug and each list alone: what a line of therapy implies for its drugs, what one abnormality rules
out, and what a patient who was made up at random contradicts, it leaves open. So the answers are compared on
simulated patients whose prior drugs are not known, or known to be none.
"""

from __future__ import annotations

import pytest

from rrmm.cohort.answers import HOLDS, STATE
from rrmm.cohort.simulate import patients as simulated
from support import cohort_tables
from support.commands import checkout

KG = checkout()
COMPILED = KG.rule_base
TABLES = {
    "simulated": lambda: next(simulated(COMPILED, 5000, seed=3)).with_columns(prior_drugs=None),
    "no drugs": lambda: cohort_tables.columns(COMPILED, [{"prior_drugs": []}, {}]),
}
YES, NO, UNKNOWN = HOLDS


def said(row):
    """Return a row of DuckDB's answers in a cohort's words."""
    return tuple({True: YES, False: NO, None: UNKNOWN}.get(value, value) for value in row)


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_duckdb_answers_as_a_cohort_is_answered(name, tmp_path):
    """Every patient's pattern, timing, states and statuses are the same, and so are the counts."""
    from benchmarks import cohort, duck

    path = tmp_path / "patients.parquet"
    frame = TABLES[name]()
    frame.write_parquet(path)
    peer = duck.Peer(COMPILED, str(path))
    peer.derive()
    of_states = [f"{STATE}{state.label}" for state in peer.rules.states]
    of_options = [option.label for option in peer.rules.options]
    answers = KG.cohort(frame, wide=True).collect()
    states, options = answers.select("id", "pattern", "timing", *of_states), answers.select("id", *of_options)
    found = sorted(peer.answers())
    width = states.width
    assert [said(row[:width]) for row in found] == sorted(states.rows())
    assert [(row[0], *row[width:]) for row in found] == sorted(options.rows())
    assert duck.statuses(str(path))() == cohort.ours(str(path))()
