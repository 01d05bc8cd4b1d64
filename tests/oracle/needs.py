"""What would have to be asked: the keys that can still turn a setting, or call up a caution, by trying all cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from oracle.graph import BOTH, RRMM, AtLeast, Graph, Truth, every
from oracle.options import Option, Options

PRIOR_DRUGS = "prior_drugs"
MANY = 10


def key_of(graph: Graph, name: str) -> str:
    """Return the key of a property of the patient; what prior drugs yield has theirs."""
    if graph.subjects("yields", name):
        return PRIOR_DRUGS
    ruled_out = graph.subjects("ruledOutAs", name)
    return graph.objects(ruled_out[0] if ruled_out else name, "key")[0]


def deciding(options: Options, states: Iterable[str], *, truth: bool | None = True) -> set[str]:
    """Return the keys on which it still depends whether all of some states hold.

    A key counts where a case of all that is unknown turns with it; with `truth` None whatever the turn.
    """
    graph, facts = options.graph, options.history.facts
    parsed = [graph._definition(state) for state in states]
    unknown: dict[int, Any] = {}
    for one in parsed:
        for condition in graph._conditions(one):
            if graph._holds(condition, facts, {}) is None:
                unknown[id(condition)] = condition
    keys = {number: key_of(graph, condition[1]) for number, condition in unknown.items()}
    if len(unknown) > MANY:
        return set(keys.values())
    found: set[str] = set()
    seen: dict[tuple[bool, ...], Truth] = {}
    for case in product(BOTH, repeat=len(unknown)):
        cases = dict(zip(unknown, case, strict=True))
        seen[case] = every(graph._holds(one, facts, cases) for one in parsed)
    for key in set(keys.values()):
        others: dict[tuple[bool, ...], set[Truth]] = {}
        for case, holds in seen.items():
            rest = tuple(bit for bit, number in zip(case, unknown, strict=True) if keys[number] != key)
            others.setdefault(rest, set()).add(holds)
        if any(len(truths) > 1 for truths in others.values()):
            found.add(key)
    return found


def fit_needs(options: Options, option: Option) -> set[str]:
    """Return the keys that would settle an unknown fit."""
    return {key for iri in options.favouring(option) for key in _of_statement(options, iri, option)}


def _of_statement(options: Options, iri: str, option: Option) -> Iterator[str]:
    if options.setting(iri, option) is not None:
        return
    graph, facts = options.graph, options.history.facts
    for name in (*graph.objects(iri, "settingOfDrug"), *graph.objects(iri, "forDrugsOf")):
        if options.has(name, option.drugs) is None:
            yield PRIOR_DRUGS
    yield from deciding(options, options.states(iri))
    if iri not in graph.guidance and graph.objects(iri, "jurisdiction") and RRMM + "region" not in facts:
        yield "region"


def caution_needs(options: Options, option: Option) -> set[str]:
    """Return the keys some value of which could add a caution, dose or monitoring to an option."""
    graph, found = options.graph, set[str]()
    for iri, holds in options.cautions(option).items():
        if holds is None:
            found |= deciding(options, graph.objects(iri, "appliesTo"))
    for iri in options._about(option, "Ask"):
        if options.fires(iri):
            found |= {key_of(graph, name) for name in graph.objects(iri, "asks")}
        if options.fires(iri) is None:  # what would raise the question
            found |= deciding(options, graph.objects(iri, "appliesTo"))
    return found


__all__ = ["AtLeast", "caution_needs", "fit_needs"]
