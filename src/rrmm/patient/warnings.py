"""What in a patient file is implausible or incomplete: answered all the same, and said.

What one fact makes of another stands in the ontology, as states with a warning; here stands what several entries of
a list make of each other. What contradicts itself is refused and no warning.
"""

from __future__ import annotations

from collections.abc import Iterator

from rrmm.iris import RRMM
from rrmm.patient.history import BELOW, DRUGS, LINE, PRIOR_LINES, History
from rrmm.records import NamedTuple

REGION = RRMM + "region"
DURATION, INTERVAL = RRMM + "responseDuration", RRMM + "treatmentFreeInterval"
MISSING_LINES, LONG_INTERVAL, UNKNOWN_REGION = "lines-missing", "interval-beyond-response", "region-unknown"


class Warned(NamedTuple):
    """What in a patient file is implausible or incomplete; `name` stands for the warning in a table."""

    name: str
    keys: tuple[str, ...]
    text: str


def warn(history: History) -> list[Warned]:
    """Return the warnings of a patient, those of single facts first."""
    return [*_of_states(history), *_of_lines(history), *_of_interval(history), *_of_region(history)]


def _of_states(history: History) -> Iterator[Warned]:
    rule_base = history.rule_base
    of_drugs = [(f"[{history.name(treatment)}]", verdicts) for treatment, verdicts in history.courses]
    for state in rule_base.implausible:
        for entry, verdicts in of_drugs if state.bearer != "Patient" else [("", history.verdicts)]:
            if verdicts[state.iri].holds:
                paths = (rule_base.paths[name] for name in rule_base.sieve.properties(state))
                keys = sorted(path.replace(BELOW, f"{DRUGS}{entry}.") for path in paths)
                facts = "; ".join(verdicts[state.iri].facts)
                yield Warned(state.iri.removeprefix(RRMM), tuple(keys), f"{state.warning} ({facts})")


def _of_lines(history: History) -> Iterator[Warned]:
    """Yield that no drug is given of some lines."""
    lines = [max(one.facts[LINE].certain) if LINE in one.facts else None for one, _ in history.counting]
    counted = history.patient.facts.get(PRIOR_LINES)
    known = {float(line) for line in lines if line is not None}
    count = float(max(counted.certain)) if counted else max(known, default=0.0)
    missing = [number for number in range(1, int(count) + 1) if number not in known]
    if lines and history.patient.complete and len(missing) > lines.count(None):
        of = " and ".join(map(str, missing)) if None not in lines else f"{len(missing) - lines.count(None)} or more"
        text = f"no drug is given of line {of} of {count:g}; if the list is not complete, add: rest unknown"
        yield Warned(MISSING_LINES, (PRIOR_LINES_KEY, DRUGS), text)


def _of_interval(history: History) -> Iterator[Warned]:
    """Yield that the time without treatment is longer than the response that it follows."""
    interval = history.patient.facts.get(INTERVAL)
    last = [one for (one, _), at in zip(history.counting, history.places.of, strict=True) if at.last]
    durations = [float(max(one.facts[DURATION].certain)) for one in last if DURATION in one.facts]
    if interval and durations and float(max(interval.certain)) > max(durations):
        months, response = float(max(interval.certain)), max(durations)
        keys = (history.rule_base.paths[INTERVAL], history.rule_base.paths[DURATION])
        text = f"{months:g} months without treatment are more than the {response:g} months of the response before"
        yield Warned(LONG_INTERVAL, keys, text)


def _of_region(history: History) -> Iterator[Warned]:
    region = history.patient.facts.get(REGION)
    codes = history.rule_base.regions
    if region and codes and not region.certain & codes.keys():
        code = next(iter(region.certain))
        text = f"{code} is a code of ISO 3166-1 without a country, so that no approval counts"
        yield Warned(UNKNOWN_REGION, (history.rule_base.paths[REGION],), text)


PRIOR_LINES_KEY, REGION_KEY = "prior_lines", "region"
