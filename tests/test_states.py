"""Condition sets and three-valued evaluation, held to what is true in every world that the facts allow."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rrmm.errors import KnowledgeError
from rrmm.iris import OWL, RDF, RDFS, XSD
from rrmm.logic.conditions import Condition, Conditions, Evaluator, State, Values
from rrmm.logic.definitions import DefinitionCompiler

TYPE, SUB = RDF + "type", RDFS + "subClassOf"
FUNCTIONAL = {"status", "age", "flag"}
NAMED = {
    "status": {"a": {"A"}, "b": {"A", "C"}, "c": {"C"}, "d": {"D"}},
    "drugs": {"p": {"P", "Q"}, "q": {"P", "R"}, "r": {"R"}, "s": set()},
}
CLASSES = {"status": ["A", "C", "D"], "drugs": ["P", "Q", "R"]}
LEAVES = [
    *(("status", "value", value) for value in "abd"),
    *(("status", "class", name) for name in "ACD"),
    *(("drugs", "value", value) for value in "pq"),
    *(("drugs", "class", name) for name in "PQR"),
    ("age", "minInclusive", 80.0),
    ("age", "maxExclusive", 80.0),
    ("age", "minExclusive", 60.0),
    ("age", "value", 75.0),
    ("flag", "value", True),
    ("flag", "value", False),
]  # fmt: skip
expressions = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: (
        st.tuples(st.just("not"), inner)
        | st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=3))
    ),
    max_leaves=7,
)
KNOWN = {
    "status": st.sampled_from("abcd").map(lambda value: Values(frozenset({value}))),
    "age": st.sampled_from([59.0, 60.0, 61.0, 75.0, 79.0, 80.0, 81.0]).map(lambda age: Values(frozenset({age}))),
    "flag": st.booleans().map(lambda flag: Values(frozenset({flag}))),
    "drugs": st.lists(st.sampled_from(["certain", "possible", "no"]), min_size=4, max_size=4).map(
        lambda modes: Values(
            frozenset(drug for drug, mode in zip("pqrs", modes, strict=True) if mode == "certain"),
            frozenset(drug for drug, mode in zip("pqrs", modes, strict=True) if mode == "possible"),
        )
    ),
}


def axioms(expression, total=()):
    """Return an expression as OWL triples, state S at the top, in the vocabulary above."""
    counter = iter(range(10_000))
    triples = [(key, TYPE, OWL + "FunctionalProperty") for key in FUNCTIONAL]
    triples += [(value, TYPE, name) for values in NAMED.values() for value, names in values.items() for name in names]
    triples += [("Q", SUB, "P"), ("A", OWL + "disjointWith", "D"), ("S", SUB, "Patient")]
    for key in total:
        triples += [("Patient", SUB, f"some {key}"), (f"some {key}", OWL + "onProperty", key)]

    def listed(nodes):
        if not nodes:
            return RDF + "nil"
        node = f"l{next(counter)}"
        triples.append((node, RDF + "first", nodes[0]))
        triples.append((node, RDF + "rest", listed(nodes[1:])))
        return node

    def node(part):
        name = f"n{next(counter)}"
        if part[0] == "not":
            triples.append((name, OWL + "complementOf", node(part[1])))
        elif part[0] in ("and", "or"):
            constructor = "intersectionOf" if part[0] == "and" else "unionOf"
            triples.append((name, OWL + constructor, listed([node(inner) for inner in part[1]])))
        else:
            key, kind, operand = part
            triples.append((name, OWL + "onProperty", key))
            if kind == "value":
                triples.append((name, OWL + "hasValue", operand))
            elif kind == "class":
                triples.append((name, OWL + "someValuesFrom", operand))
            else:
                range_, facet = f"n{next(counter)}", f"n{next(counter)}"
                triples.append((name, OWL + "someValuesFrom", range_))
                triples.append((range_, OWL + "onDatatype", XSD + "decimal"))
                triples.append((range_, OWL + "withRestrictions", listed([facet])))
                triples.append((facet, XSD + kind, operand))
        return name

    triples.append(("S", OWL + "equivalentClass", node(expression)))
    return triples


def things(key):
    """Return the things that can be a value of a key, as (name, classes), those that have no name included."""
    unnamed = [set(chosen) for size in range(4) for chosen in combinations(CLASSES[key], size)]
    unnamed = [one for one in unnamed if not {"A", "D"} <= one and ("Q" not in one or "P" in one)]
    return [*NAMED[key].items(), *((None, one) for one in unnamed)]


def worlds(key, known, total):
    """Return every set of values that a key can have, given what is known of it."""
    if key == "drugs":
        if known is None:
            choices = things(key)
            return [list(some) for size in range(len(choices) + 1) for some in combinations(choices, size)]
        sure = [(name, NAMED[key][name]) for name in sorted(known.certain)]
        maybe = [(name, NAMED[key][name]) for name in sorted(known.possible)]
        return [[*sure, *some] for size in range(len(maybe) + 1) for some in combinations(maybe, size)]
    if known is not None:
        return [[(value, NAMED.get(key, {}).get(value, set()))] for value in known.certain]
    every = {
        "status": lambda: things("status"),
        "flag": lambda: [(True, set()), (False, set())],
        "age": lambda: [(age, set()) for age in (59.0, 60.0, 61.0, 75.0, 76.0, 80.0, 81.0)],
    }[key]()
    return [*([] if key in total else [[]]), *([one] for one in every)]


def leaf(part, values):
    """Return the two-valued truth of a restriction in a world."""
    _, kind, operand = part
    tests = {
        "value": lambda name, _: name == operand,
        "class": lambda _, classes: operand in classes,
        "minInclusive": lambda name, _: name >= operand,
        "maxExclusive": lambda name, _: name < operand,
        "minExclusive": lambda name, _: name > operand,
    }
    return any(tests[kind](name, classes) for name, classes in values)


def leaves(expression):
    """Return the restrictions of an expression."""
    if expression[0] == "not":
        return leaves(expression[1])
    if expression[0] in ("and", "or"):
        return [one for part in expression[1] for one in leaves(part)]
    return [expression]


def truth(expression, world):
    """Return the two-valued truth of an expression, given that of its restrictions."""
    if expression[0] == "not":
        return not truth(expression[1], world)
    if expression[0] in ("and", "or"):
        return (all if expression[0] == "and" else any)(truth(part, world) for part in expression[1])
    return world[expression]


def certain(expression, facts, total):
    """Return True or False where all worlds agree, else None, by going through them."""
    restrictions = sorted(set(leaves(expression)), key=str)
    shown = []
    for key in sorted({one[0] for one in restrictions}):
        own = [one for one in restrictions if one[0] == key]
        shown.append({tuple((one, leaf(one, values)) for one in own) for values in worlds(key, facts.get(key), total)})
    truths = {truth(expression, {k: v for part in parts for k, v in part}) for parts in product(*shown)}
    return truths.pop() if len(truths) == 1 else None


def judged(expression, facts, total=()):
    """Return the verdict of the condition sets."""
    compiler = DefinitionCompiler(axioms(expression, total))
    state = State("S", "S", "Patient", None, *compiler.state("S"))
    return Evaluator(facts, Conditions(compiler.conditions, {key: key for key in KNOWN})).verdict(state)


@given(
    expressions,
    st.fixed_dictionaries({key: st.none() | values for key, values in KNOWN.items()}),
    st.sets(st.sampled_from(sorted(FUNCTIONAL))),
)
@settings(max_examples=600, deadline=None)
def test_a_verdict_is_what_all_worlds_agree_on(expression, known, total):
    """Yes when true in every world that the facts allow, no when false in every one, else unknown with the keys."""
    facts = {key: values for key, values in known.items() if values is not None}
    verdict = judged(expression, facts, total)
    assert verdict.holds is certain(expression, facts, total)
    if verdict.holds is None:
        open_keys = {key for key in KNOWN if key not in facts or facts[key].possible}
        assert {need.partition("[")[0] for need in verdict.needs} <= open_keys
        assert verdict.needs
    else:
        assert verdict.needs == ()


OLD, YOUNG = ("age", "minInclusive", 80.0), ("age", "maxExclusive", 80.0)
BORTEZOMIB, INHIBITOR, OTHER = ("drugs", "value", "p"), ("drugs", "class", "P"), ("drugs", "class", "R")


@pytest.mark.parametrize(
    ("expression", "facts", "total", "holds"),
    [
        (("or", [OLD, YOUNG]), {}, {"age"}, True),
        (("or", [OLD, YOUNG]), {}, set(), None),
        (("or", [OLD, ("not", OLD)]), {}, set(), True),
        (("and", [OLD, YOUNG]), {}, set(), False),
        (("and", [BORTEZOMIB, ("not", INHIBITOR)]), {}, set(), False),
        (("or", [BORTEZOMIB, ("not", INHIBITOR)]), {"drugs": Values(frozenset(), frozenset("p"))}, set(), True),
        (("or", [BORTEZOMIB, ("not", INHIBITOR)]), {"drugs": Values(frozenset(), frozenset("q"))}, set(), None),
        (("and", [INHIBITOR, OTHER]), {"drugs": Values(frozenset(), frozenset("q"))}, set(), None),
        (("or", [("status", "class", "A"), ("not", ("status", "class", "D"))]), {}, set(), None),
        (("or", [("not", ("status", "class", "A")), ("not", ("status", "class", "D"))]), {}, set(), True),
    ],
)  # fmt: skip
def test_what_is_certain_although_a_part_is_unknown(expression, facts, total, holds):
    """A definition can be certain over an unknown: by its own tautology, by an implied condition, by disjointness."""
    assert judged(expression, facts, total).holds is holds


FACETS = [
    ("minInclusive", 79.9, False), ("minInclusive", 80.0, True), ("minInclusive", 80.1, True),
    ("minExclusive", 80.0, False), ("minExclusive", 80.1, True),
    ("maxInclusive", 80.0, True), ("maxInclusive", 80.1, False),
    ("maxExclusive", 79.9, True), ("maxExclusive", 80.0, False),
]  # fmt: skip


@pytest.mark.parametrize(("facet", "value", "holds"), FACETS)
def test_thresholds_at_below_and_above(facet, value, holds):
    """Each facet includes or excludes its threshold as XSD says."""
    assert judged(("age", facet, 80.0), {"age": Values(frozenset({value}))}).holds is holds


def test_possible_values_are_neither_yes_nor_no():
    """A value that is only possible leaves a state unknown, and says for want of what."""
    condition = Condition("k", "refractoryTo", frozenset({"x/bortezomib"}))
    sets = frozenset({frozenset({("k", True)})})
    state = State("S", "S", "Patient", None, sets, frozenset({frozenset({("k", False)})}))
    facts = {"refractoryTo": Values(frozenset(), frozenset({"x/bortezomib"}))}
    verdict = Evaluator(facts, Conditions({"k": condition}, {"refractoryTo": "prior_drugs"})).verdict(state)
    assert verdict.holds is None
    assert verdict.needs == ("prior_drugs[bortezomib]",)


def test_sets_are_minimal():
    """An implied condition, and a case that two sets share, leave no trace in the sets."""
    compiler = DefinitionCompiler(
        axioms(("or", [("and", [OLD, ("age", "minExclusive", 60.0)]), ("and", [YOUNG, OLD])]))
    )
    yes, no = compiler.state("S")
    assert yes == {frozenset({("age-minInclusive-80.0", True)})}
    assert no == {frozenset({("age-minInclusive-80.0", False)})}


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
        DefinitionCompiler(triples).state("S")
