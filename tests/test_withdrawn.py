"""A thing that is withdrawn keeps its IRI and says what replaces it; nothing finds it by name or refers to it."""

from __future__ import annotations

import pytest

from rrmm.api import KnowledgeGraph
from rrmm.errors import KnowledgeError, QueryError
from rrmm.iris import DCTERMS, ID, OWL, RDFS, RRMM, SKOS
from rrmm.web.entities import Entities

STUBS = f"""@prefix dcterms: <{DCTERMS}> .
@prefix guidance: <{ID}guidance/> .
@prefix owl: <{OWL}> .
@prefix rdfs: <{RDFS}> .
@prefix regimen: <{ID}regimen/> .
@prefix rrmm: <{RRMM}> .
@prefix skos: <{SKOS}> .

regimen:kd-of-old
    a                   rrmm:WithdrawnThing ;
    rdfs:label          "Old Kd"@en ;
    owl:deprecated      true ;
    rrmm:withdrawnBecause "Named twice."@en ;
    dcterms:isReplacedBy regimen:kd ;
.

rrmm:OldClass
    a                   owl:Class ,
                        rrmm:WithdrawnThing ;
    rdfs:label          "old class"@en ;
    skos:definition     "A class that nobody uses."@en ;
    owl:deprecated      true ;
    rrmm:withdrawnBecause "Nobody uses it."@en ;
    rrmm:notReplaced    true ;
.
"""


@pytest.fixture(scope="module")
def withdrawn(tmp_path_factory) -> KnowledgeGraph:
    """Return the graph with a regimen and a class that are withdrawn."""
    path = tmp_path_factory.mktemp("withdrawn") / "stubs.ttl"
    path.write_text(STUBS, encoding="utf-8")
    return KnowledgeGraph.load(overlays=[path])


def test_the_graph_stays_sound(withdrawn):
    """Shapes and checks find nothing in a thing that is withdrawn in due form."""
    assert withdrawn.check().findings == []


@pytest.mark.parametrize("name", ["regimen:kd-of-old", f"<{ID}regimen/kd-of-old>", f"{ID}regimen/kd-of-old"])
def test_its_iri_says_what_replaces_it(withdrawn, name):
    """Whoever asks by the old IRI is told that it is withdrawn, why, and what to use."""
    shown = withdrawn.show(name)
    said = {entry["property"]: entry["values"] for entry in shown.to_dict()["statements"]}
    assert shown.label == "Old Kd"
    assert said[RRMM + "withdrawnBecause"] == ["Named twice."]
    assert said[DCTERMS + "isReplacedBy"] == ["Kd (regimen:kd)"]
    text = shown.to_text()
    assert "withdrawn thing" in text
    assert "is replaced by" in text


def test_no_name_leads_to_it(withdrawn):
    """Its label finds nothing, is not offered, and is no value of a question."""
    with pytest.raises(QueryError, match=r"Nothing is named 'Old Kd'\.$|Did you mean (?!.*Old Kd)"):
        withdrawn.show("Old Kd")
    with pytest.raises(QueryError, match="Nothing of the kind"):
        withdrawn.query("regimen-results", regimen="regimen:kd-of-old")
    things = Entities(withdrawn.files.snapshot)
    assert f"{ID}regimen/kd-of-old" in things
    assert "Old Kd" not in {hit.label for hit in things.search("Kd", 1000)}


def test_it_is_no_option(kg, withdrawn):
    """The options of a patient are those of the graph without it."""
    patient = {"prior_drugs": [{"drug": "bortezomib", "status": "refractory"}]}
    before, after = (graph.regimens_for(patient, evidence=False).data["options"] for graph in (kg, withdrawn))
    assert after == before


def test_knowledge_of_ones_own_that_refers_to_it_is_refused(tmp_path):
    """A file laid over the graph that points at a withdrawn thing is an error with its line and the remedy."""
    own = tmp_path / "own.ttl"
    own.write_text(
        f"{STUBS}\nguidance:own\n    a rrmm:Guidance ;\n    rrmm:target regimen:kd-of-old .\n", encoding="utf-8"
    )
    with pytest.raises(KnowledgeError, match=r"own\.ttl:\d+: guidance:own: .*kd-of-old\. .*isReplacedBy"):
        _ = KnowledgeGraph.load(overlays=[own]).rule_base
