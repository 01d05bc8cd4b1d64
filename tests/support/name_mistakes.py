"""The mistakes in names, in the rules of writing, and in where names were seen."""

from __future__ import annotations

from support.mutants import Case, Rule
from support.value_mistakes import gone, to


def form_of_peer(case: Case) -> list[str]:
    """Return the forms, and one of another name of the same place."""
    return [*case.old, *case.graph.values(case.peers[0], "writtenForm")[:1]]


NAMES = [
    Rule("name without a place", "Name certainty=exact", "place", gone, "shape:NameShape"),
    Rule("name of no certainty", "Name certainty=exact", "certainty", to('"sure"'), "shape:NameShape"),
    Rule("ambiguous name without a reason", "Name certainty=ambiguous", "because", gone, "shape:NameMeaningShape@"),
    Rule("beginning of codes of no system", "Name codeBeginning", "codeSystem", gone, "shape:NameCodeShape@"),
    Rule("rule of writing without an order", "NameRule", "ruleOrder", gone),
    Rule("source without a name", "NameSource", "label", gone),
    Rule("code system without its prefix", "CodeSystem", "canonicalPrefix", gone),
    Rule("name that was seen nowhere", "Name seenIn", "seenIn", gone, "check:unseen-name@verified"),
    Rule("name in another place", "Name place=drug means", "place", to('"cytogenetics"'), "check:misplaced-name@means"),
    Rule("meaning of an ambiguous name", "Name means", "certainty", to('"ambiguous"'), "check:meaningless-name"),
    Rule("form of another name", "Name place=response", "writtenForm", form_of_peer, "check:repeated-name"),
]
