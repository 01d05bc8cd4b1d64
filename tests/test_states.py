"""Condition sets and three-valued evaluation."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rrmm.errors import KnowledgeError
from rrmm.states import Condition, Evaluator, State, Unfolder, Values
from rrmm.terms import OWL, RDF, XSD

KEYS = ("a", "b", "c")
expressions = st.recursive(
    st.sampled_from(KEYS),
    lambda inner: (
        st.tuples(st.just("not"), inner)
        | st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3))
    ),
    max_leaves=8,
)


def axioms(expression):
    """Return an expression as OWL triples, state S at the top."""
    triples, counter = [], iter(range(10_000))

    def listed(nodes):
        if not nodes:
            return RDF + "nil"
        node = f"l{next(counter)}"
        triples.append((node, RDF + "first", nodes[0]))
        triples.append((node, RDF + "rest", listed(nodes[1:])))
        return node

    def node(part):
        name = f"n{next(counter)}"
        if isinstance(part, str):
            triples.extend([(name, OWL + "onProperty", part), (name, OWL + "hasValue", "yes")])
        elif part[0] == "not":
            triples.append((name, OWL + "complementOf", node(part[1])))
        else:
            constructor = "intersectionOf" if part[0] == "and" else "unionOf"
            triples.append((name, OWL + constructor, listed([node(inner) for inner in part[1]])))
        return name

    triples.append(("S", OWL + "equivalentClass", node(expression)))
    return triples


def truth(expression, world):
    """Return the two-valued truth of an expression."""
    if isinstance(expression, str):
        return world[expression]
    if expression[0] == "not":
        return not truth(expression[1], world)
    return (all if expression[0] == "and" else any)(truth(part, world) for part in expression[1])


@given(expressions, st.fixed_dictionaries({key: st.sampled_from([True, False, None]) for key in KEYS}))
@settings(max_examples=300, deadline=None)
def test_a_verdict_is_never_wrong_in_any_world_that_the_facts_allow(expression, known):
    """Yes means true in every completion of the unknowns, no means false in every one; all known means settled."""
    unfolder = Unfolder(axioms(expression))
    state = State("S", "S", "Patient", None, unfolder.state("S", True), unfolder.state("S", False))
    facts = {key: Values(frozenset({"yes"} if value else {"no"})) for key, value in known.items() if value is not None}
    verdict = Evaluator(facts, unfolder.conditions, {}, {key: key for key in KEYS}).verdict(state)
    unknown = [key for key, value in known.items() if value is None]
    worlds = [{**known, **dict(zip(unknown, bits, strict=True))} for bits in _bits(len(unknown))]
    truths = {truth(expression, world) for world in worlds}
    if verdict.holds is not None:
        assert truths == {verdict.holds}
        assert verdict.needs == ()
    else:
        assert unknown
        assert set(verdict.needs) <= set(unknown)
    if not unknown:
        assert verdict.holds is not None


def _bits(length):
    return [[bool(number >> place & 1) for place in range(length)] for number in range(2**length)]


FACETS = [
    ("minInclusive", 79.9, False), ("minInclusive", 80.0, True), ("minInclusive", 80.1, True),
    ("minExclusive", 80.0, False), ("minExclusive", 80.1, True),
    ("maxInclusive", 80.0, True), ("maxInclusive", 80.1, False),
    ("maxExclusive", 79.9, True), ("maxExclusive", 80.0, False),
]  # fmt: skip


@pytest.mark.parametrize(("facet", "value", "holds"), FACETS)
def test_thresholds_at_below_and_above(facet, value, holds):
    """Each facet includes or excludes its threshold as XSD says."""
    triples = [
        ("S", OWL + "equivalentClass", "r"),
        ("r", OWL + "onProperty", "age"),
        ("r", OWL + "someValuesFrom", "d"),
        ("d", OWL + "onDatatype", XSD + "decimal"),
        ("d", OWL + "withRestrictions", "l"),
        ("l", RDF + "first", "f"),
        ("l", RDF + "rest", RDF + "nil"),
        ("f", XSD + facet, 80.0),
    ]
    unfolder = Unfolder(triples)
    state = State("S", "S", "Patient", None, unfolder.state("S", True), unfolder.state("S", False))
    facts = {"age": Values(frozenset({value}))}
    assert Evaluator(facts, unfolder.conditions, {}, {"age": "age"}).verdict(state).holds is holds


def test_possible_values_are_neither_yes_nor_no():
    """A value that is only possible leaves a state unknown, and says for want of what."""
    condition = Condition("k", "refractoryTo", "class", "PI")
    sets = frozenset({frozenset({("k", True)})})
    state = State("S", "S", "Patient", None, sets, frozenset({frozenset({("k", False)})}))
    facts = {"refractoryTo": Values(frozenset(), frozenset({"x/bortezomib"}))}
    verdict = Evaluator(
        facts, {"k": condition}, {"PI": frozenset({"x/bortezomib"})}, {"refractoryTo": "prior_drugs"}
    ).verdict(state)
    assert verdict.holds is None
    assert verdict.needs == ("prior_drugs[bortezomib]",)


@pytest.mark.parametrize(
    "triples",
    [
        [("S", OWL + "equivalentClass", "S")],
        [("S", OWL + "equivalentClass", "n"), ("n", OWL + "oneOf", "l")],
        [("S", OWL + "equivalentClass", "n"), ("S", OWL + "equivalentClass", "m")],
    ],
    ids=["circular", "unsupported", "two definitions"],
)
def test_definitions_that_cannot_be_unfolded_are_refused(triples):
    """A circular, unsupported or double definition is an error, never a silent false."""
    with pytest.raises(KnowledgeError):
        Unfolder(triples).state("S", True)
