"""What is implausible or incomplete in a patient file, by the list of reading 69, read from the file itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oracle.graph import RRMM, Graph
from oracle.history import History, line_of

TREATMENT_FREE = "treatment_free_interval_mo"


def warned(graph: Graph, history: History) -> set[tuple[str, ...]]:
    """Return the keys of each warning, sorted."""
    facts = history.facts

    def value(name: str) -> Any:
        values = facts.get(RRMM + name)
        certain = getattr(values, "certain", None)
        return None if not certain else next(iter(certain))

    found = set()
    no_relapse = str(value("relapseType")).endswith("no-relapse")
    if (value("ecog") or 0) >= 3 and str(value("frailty")).endswith("value/fit"):
        found.add(("ecog", "frailty"))
    illnesses = facts.get(RRMM + "comorbidity")
    if illnesses and any(one.endswith("renal-impairment") for one in illnesses.certain) and (value("egfr") or 0) >= 90:
        found.add(("comorbidities", "egfr"))
    if no_relapse and value("aggressiveFeature"):
        found.add(("relapse.aggressive_features", "relapse.type"))
    if no_relapse and (value("acuteOnset") or value("symptomatic")):
        found.add(("relapse.acute_onset", "relapse.findings.symptomatic", "relapse.type"))
    if (region := value("region")) and region not in COUNTRIES:
        found.add(("region",))
    found |= lines_missing(history)
    if any(_tolerated(one.facts) for one in history.patient.treatments or []):
        found.add(("prior_drugs.status", "prior_drugs.toxicity"))
    if (interval := value("treatmentFreeInterval")) is not None and _shorter(history, interval):
        found.add(("prior_drugs.response_duration_mo", TREATMENT_FREE))
    return found


def lines_missing(history: History) -> set[tuple[str, ...]]:
    """Return a warning where there were lines of which no drug is given."""
    patient = history.patient
    stated = patient.facts.get(RRMM + "priorLines")
    if not history.treatments or not patient.complete:
        return set()
    lines = [line_of(one) for one in history.treatments]
    count = max(stated.certain) if stated else max([line or 0 for line in lines])
    told = len({line for line in lines if line}) + sum(line is None for line in lines)
    return {("prior_drugs", "prior_lines")} if told < count else set()


def _tolerated(facts: Mapping[str, Any]) -> bool:
    words = [str(next(iter(facts[RRMM + name].certain), "")) for name in _BOTH if RRMM + name in facts]
    return [word.rpartition("/")[2] for word in words] == ["intolerant", "acceptable"]


def _shorter(history: History, interval: float) -> bool:
    """Return whether all that is known of the last line's responses is shorter than the time without treatment."""
    worlds = list(history._worlds())
    known = []
    for one in history.treatments:
        line = line_of(one)
        lasts = {last for given, last in worlds}
        if RRMM + "responseDuration" in one.facts and (
            lasts == {line} or (line is None and len(history.treatments) == 1)
        ):
            known.append(max(one.facts[RRMM + "responseDuration"].certain))
    return bool(known) and interval > max(known)


_BOTH = ("treatmentStatus", "treatmentToxicity")
COUNTRIES = {"US", "KR", "DE"}
"""Those that random patients have, beside one that is none."""
