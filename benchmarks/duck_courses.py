"""The prior drugs of patients, as SQL: judged one by one, and gathered to the sets of drugs that they yield."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.duck_facts import Columns, Facts, quote_name, select_list
from rrmm.cohort.columns import BELOW, DRUGS
from rrmm.patient.history import LINE_KEY, PRIOR_LINES

GIVEN = """SELECT row, {drugs}, {lines} AS lines, list_transform({drugs}, lambda e: {bit}) AS bits,
 list_transform({drugs}, lambda e: coalesce(e.{line}, CASE WHEN {lines} = 1 THEN 1 END)) AS places
FROM patients WHERE {drugs} IS NOT NULL"""
TURNED = "SELECT *, list_reverse(bits) AS turned FROM given"
ENDED = """SELECT *, list_transform(bits, lambda bit: places[len(bits) + 1 - list_position(turned, bit)]) AS ends
FROM turned"""
LAST = """SELECT *, bit_count(list_bit_or(bits)) = 1 AS alone,
 coalesce(lines, CASE WHEN list_count(ends) = len(ends) THEN list_max(ends) END) AS last
FROM ended"""
# lists unnested together are as long as the longest: a patient without prior drugs keeps one row
ENTRIES = """SELECT row, alone, last, unnest({drugs}) AS e, unnest(bits) AS bit, unnest(places) AS place,
 unnest(ends) AS ended, unnest([true]) AS one_at_least
FROM last_lines"""


def courses(facts: Facts, stands: Mapping[str, str]) -> dict[str, str]:
    """Return queries by their names; the last gives what prior drugs yield, for patients whose drugs are known.

    `stands` gives where the value of each key of patients stands. A drug of several entries stands in the line
    of its last entry, and a single drug in the last line.
    """
    entry = {
        path: f"e.{quote_name(path.removeprefix(BELOW))}" for path in facts.rule_base.keys if path.startswith(BELOW)
    }
    words = {"drugs": DRUGS, "line": quote_name(LINE_KEY), "bit": facts.bit(entry[f"{BELOW}drug"])}
    words["lines"] = stands[facts.rule_base.paths[PRIOR_LINES]]
    entry[BELOW + LINE_KEY] = "place"
    columns = select_list(facts.columns(entry))
    holds = {f"t{number}": facts.holds(one.state) for number, one in enumerate(facts.lifted.values())}
    gathered = {"received": "coalesce(bit_or(bit), 0)"} | _gathered(facts)
    return {
        "given": GIVEN.format(**words),
        "turned": TURNED,
        "ended": ENDED,
        "last_lines": LAST,
        "entries": ENTRIES.format(**words),
        "entered": f"SELECT row, bit, alone OR ended = last AS in_last, {columns} FROM entries",
        "met": f"SELECT *, {select_list(facts.conditions(entry))} FROM entered",
        "found": f"SELECT *, {select_list(holds)} FROM met",
        "gathered": f"SELECT row, {select_list(gathered)} FROM found GROUP BY row",
        "settled": f"SELECT *, {select_list(_settled(facts))} FROM gathered",
        "courses": f"SELECT row, received, {select_list(_lifted(facts))} FROM settled",
    }


def _gathered(facts: Facts) -> Columns:
    """Return for each state of prior drugs those that are in it and, shifted, those that may be.

    Of a state of the last line alone these are the drugs of that line, and beside them stand its drugs that are not
    in the state and, shifted, those that may be in both.
    """
    found = {}
    for number, (state, *_) in enumerate(facts.lifted.values()):
        holds, shifted = f"t{number}", f"bit << {facts.width}"
        if not state.of_last_line:
            found[f"g{number}"] = _union(f"WHEN {holds} THEN bit WHEN {holds} IS NULL THEN {shifted}")
            continue
        found[f"g{number}"] = _union(
            f"WHEN in_last AND {holds} THEN bit WHEN in_last AND {holds} IS NULL THEN {shifted}"
        )
        found[f"h{number}"] = _union(
            f"WHEN in_last AND NOT {holds} THEN bit WHEN in_last IS NULL AND {holds} IS NOT false THEN {shifted}"
        )
    return found


def _union(cases: str) -> str:
    return f"coalesce(bit_or(CASE {cases} ELSE 0 END), 0)"


def _settled(facts: Facts) -> Columns:
    """Return the drugs that are in each state; of the last line none where its drugs differ."""
    found = {}
    for number, (state, certain, _) in enumerate(facts.lifted.values()):
        yes, maybe, no = (f"(g{number} & {facts.all})", f"(g{number} >> {facts.width})", f"(h{number} & {facts.all})")
        found[certain] = yes
        if state.of_last_line:
            kinds = " + ".join(f"CAST({drugs} <> 0 AS INTEGER)" for drugs in (yes, maybe, no))
            found[certain] = f"CASE WHEN {kinds} > 1 THEN 0 ELSE {yes} END"
    return found


def _lifted(facts: Facts) -> Columns:
    """Return for each lifted property the drugs that are its values, and those that may be."""
    found = {}
    for number, (state, certain, possible) in enumerate(facts.lifted.values()):
        every = f"g{number} >> {facts.width}"
        if state.of_last_line:
            every = f"(g{number} & {facts.all}) | (g{number} >> {facts.width}) | (h{number} >> {facts.width})"
        found |= {certain: certain, possible: f"({every}) & ~{certain}"}
    return found
