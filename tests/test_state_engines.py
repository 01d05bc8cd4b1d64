"""SPARQL, the compiled sets and HermiT give the same answer on every state, unknowns included."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rrmm.api import KnowledgeGraph
from rrmm.check.hermit_states import judge
from rrmm.derivation.explain import Derivation
from rrmm.derivation.sparql import PLACEHOLDER, SparqlEngine
from rrmm.graph.rdflib_store import RdflibStore
from rrmm.iris import ID, OWL, RRMM
from rrmm.logic.conditions import Values
from rrmm.patient.history import CompiledEngine
from rrmm.patient.resolve import resolve
from rrmm.rules.effects import STATUSES
from support.random_patients import documents, facts, subjects

OVERLAY = """
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rrmm: <https://w3id.org/rrmm/ontology#> .
@prefix value: <https://w3id.org/rrmm/id/value/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

rrmm:Patient rdfs:subClassOf [ a owl:Restriction ; owl:onProperty rrmm:age ; owl:someValuesFrom xsd:decimal ] .

rrmm:OldAndNotFit
    a                   owl:Class ;
    rdfs:label          "old and not fit"@en ;
    rdfs:subClassOf     rrmm:Patient ;
    owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( [ a owl:Restriction ; owl:onProperty rrmm:age ; owl:someValuesFrom [ a rdfs:Datatype ; owl:onDatatype xsd:decimal ; owl:withRestrictions ( [ xsd:minExclusive 70.5 ] ) ] ] [ a owl:Class ; owl:complementOf rrmm:Fit ] ) ] ;
.

rrmm:OfAnyAge
    a                   owl:Class ;
    rdfs:label          "of any age"@en ;
    rdfs:subClassOf     rrmm:Patient ;
    owl:equivalentClass [ a owl:Class ; owl:unionOf ( rrmm:VeryElderly [ a owl:Restriction ; owl:onProperty rrmm:age ; owl:someValuesFrom [ a rdfs:Datatype ; owl:onDatatype xsd:decimal ; owl:withRestrictions ( [ xsd:maxExclusive 80.0 ] ) ] ] ) ] ;
.

rrmm:NotByAnotherInhibitor
    a                   owl:Class ;
    rdfs:label          "refractory to no proteasome inhibitor but bortezomib"@en ;
    rdfs:subClassOf     rrmm:Patient ;
    owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( rrmm:Patient [ a owl:Class ; owl:unionOf ( rrmm:BortezomibRefractory [ a owl:Class ; owl:complementOf rrmm:PIRefractory ] ) ] ) ] ;
.
"""  # noqa: E501
DRUG = ID + "drug/"


def known(*values, possible=()):
    """Return facts of one property."""
    return Values(frozenset(values), frozenset(possible), {value: str(value) for value in values})


NEW = [
    ("OldAndNotFit", {"age": known(70.6), "frailty": known(ID + "value/frail")}, True),
    ("OldAndNotFit", {"age": known(70.5)}, False),
    ("OldAndNotFit", {"age": known(71.0)}, None),
    ("OldAndNotFit", {"frailty": known(ID + "value/fit")}, False),
    ("OfAnyAge", {}, True),
    ("OfAnyAge", {"age": known(80.0)}, True),
    ("NotByAnotherInhibitor", {}, None),
    ("NotByAnotherInhibitor", {"refractoryTo": known()}, True),
    ("NotByAnotherInhibitor", {"refractoryTo": known(possible=[DRUG + "bortezomib"])}, True),
    ("NotByAnotherInhibitor", {"refractoryTo": known(possible=[DRUG + "carfilzomib"])}, None),
    ("NotByAnotherInhibitor", {"refractoryTo": known(DRUG + "carfilzomib")}, False),
    ("NotByAnotherInhibitor", {"refractoryTo": known(DRUG + "carfilzomib", DRUG + "bortezomib")}, True),
]


@pytest.fixture(scope="module")
def compiled(kg):
    """Return the compiled engine."""
    return CompiledEngine(kg.rule_base)


@pytest.fixture(scope="module")
def asked(kg):
    """Return the SPARQL engine."""
    return SparqlEngine(kg.store, kg.rule_base)


@pytest.fixture(scope="module")
def extended(tmp_path_factory):
    """Return the graph with states that an overlay adds."""
    path = tmp_path_factory.mktemp("overlay") / "states.ttl"
    path.write_text(OVERLAY, encoding="utf-8")
    return KnowledgeGraph.load(overlays=[path], allow_redefine=True)


@pytest.mark.slow
def test_sparql_and_compiled_agree_on_two_thousand_patients(kg, compiled, asked):
    """Answer, facts and needs are the same for patients and their prior treatments; each state comes out either way."""
    every = subjects(kg.rule_base, seed=3, count=2000)
    seen = set()
    for bearer, known_facts in every:
        verdicts = compiled.verdicts(known_facts, bearer)
        assert asked.verdicts(known_facts, bearer) == verdicts
        seen |= {(iri, verdict.holds) for iri, verdict in verdicts.items()}
    assert {iri for iri, _ in seen} == kg.rule_base.states.keys()
    assert {iri for iri, holds in seen if holds is None} == kg.rule_base.states.keys()
    assert {iri for iri, holds in seen if holds is not None} == kg.rule_base.states.keys()


SAMPLES = [pytest.param(6, 40, id="small"), *(pytest.param(seed, 500, marks=pytest.mark.slow) for seed in range(4))]


@pytest.mark.parametrize(("seed", "size"), SAMPLES)
def test_statuses_by_sparql_alone_agree(kg, asked, seed, size):
    """From states to fired guidance to status, the query gives each option the status of the common step."""
    seen = set()
    for one in documents(kg.rule_base, seed, size):
        derivation = Derivation(kg.rule_base, resolve(one, kg.rule_base))
        told = {_name(answer.option): answer.status for answer in derivation.answers()}
        assert asked.statuses(derivation.history) == told, one
        seen |= set(told.values())
    assert seen == set(STATUSES)


def _name(option):
    """Return the name that the query has for an option: a drug given again goes by its own."""
    return next(iter(option.components)) if option.kind == "retreatment" else option.iri


@given(st.randoms(use_true_random=False), st.sampled_from(["Patient", "PriorTreatment"]))
@settings(max_examples=60, deadline=None)
def test_sparql_and_compiled_agree_on_any_facts(kg, compiled, asked, random, bearer):
    """Whatever is known of a subject, both engines answer the same."""
    some = facts(kg.rule_base, bearer, random)
    assert asked.verdicts(some, bearer) == compiled.verdicts(some, bearer)


@pytest.mark.java
def test_hermit_agrees_on_every_state_of_three_hundred_patients(kg, compiled):
    """HermiT, which reads the definitions and not the sets, entails the same of patients and of treatments."""
    every = subjects(kg.rule_base, seed=4, count=300)
    judged = judge(kg.files.snapshot, every)
    for (bearer, known_facts), entailed in zip(every, judged, strict=True):
        verdicts = compiled.verdicts(known_facts, bearer)
        assert entailed == {iri: verdict.holds for iri, verdict in verdicts.items()}, known_facts


NEW_SUBJECTS = [("Patient", {RRMM + key: values for key, values in some.items()}) for _, some, _ in NEW]


def test_a_state_of_an_overlay_is_known_to_every_engine(extended):
    """A definition alone makes a state; what is certain over an unknown is certain in each engine."""
    compiled, asked = CompiledEngine(extended.rule_base), SparqlEngine(extended.store, extended.rule_base)
    for (name, _, holds), (bearer, some) in zip(NEW, NEW_SUBJECTS, strict=True):
        assert compiled.verdicts(some, bearer)[RRMM + name].holds is holds, (name, some)
        assert asked.verdicts(some, bearer)[RRMM + name].holds is holds, (name, some)


@pytest.mark.java
def test_a_state_of_an_overlay_is_known_to_hermit(extended):
    """HermiT entails the same of a state that an overlay defines."""
    for (name, some, holds), entailed in zip(NEW, judge(extended.files.snapshot, NEW_SUBJECTS), strict=True):
        assert entailed[RRMM + name] is holds, (name, some)


def test_the_query_says_the_same_in_rdflib(kg, asked):
    """Another engine gives the same rows for the facts of a patient."""
    other = RdflibStore(kg.files.snapshot)
    some = {RRMM + "age": known(80.0), RRMM + "comorbidity": known(), RRMM + "refractoryTo": known(DRUG + "bortezomib")}
    text = asked.question(some)
    mine, theirs = ({row["state"]: row for row in store.rows(text)} for store in (kg.store, other))
    assert mine.keys() == theirs.keys()
    for state, row in mine.items():
        assert {**row, "by": _names(row["by"]), "open": _names(row["open"])} == {
            **theirs[state],
            "by": _names(theirs[state]["by"]),
            "open": _names(theirs[state]["open"]),
        }


def _names(text):
    return set(text.split())


def test_facts_are_bound_as_terms(asked):
    """A hostile text stays one literal of the query; what no condition tests is left out."""
    hostile = 'KR" rrmm:Certain) } #'
    text = asked.question({RRMM + "region": known(hostile), RRMM + "patientTitle": known("secret")})
    assert PLACEHOLDER not in text
    assert '"KR\\" rrmm:Certain) } #"' in text
    assert "secret" not in text
    verdicts = asked.verdicts({RRMM + "region": known(hostile)}, "Patient")
    assert verdicts[RRMM + "TreatedInKorea"].holds is False


def test_an_empty_list_is_not_an_unknown_one(asked):
    """Assessed and none makes a state fail; not known leaves it open, and asks."""
    state = RRMM + "WithThrombosis"
    assert OWL + "Nothing" in asked.question({RRMM + "comorbidity": known()})
    assert asked.verdicts({RRMM + "comorbidity": known()}, "Patient")[state].holds is False
    assert asked.verdicts({}, "Patient")[state].needs == ("comorbidities",)


def test_the_generator_is_seeded_and_covers_what_states_test(kg):
    """A seed gives the same patients; over many, each property is known to some and unknown to others."""
    every = subjects(kg.rule_base, seed=5, count=60)
    assert every == subjects(kg.rule_base, seed=5, count=60)
    tested = {condition.property for condition in kg.rule_base.conditions.values()}
    for name in tested:
        kinds = {name in some for _, some in every}
        assert True in kinds, name
