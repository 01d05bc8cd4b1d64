"""Statements and terms: the one index, the one walk through a list, the one way to read and write RDF."""

from __future__ import annotations

import pytest

from rrmm.errors import QueryError
from rrmm.graph import syntax
from rrmm.graph.statements import NIL, Statements
from rrmm.graph.terms import BlankNode, Literal, NamedNode, iri_term, to_python, value_term
from rrmm.iris import RDF

A, B = NamedNode("urn:a"), NamedNode("urn:b")
LIST = f'_:x <{RDF}first> "1" .\n_:x <{RDF}rest> _:y .\n_:y <{RDF}first> "2" .\n'


def head(content: str) -> tuple[Statements, BlankNode]:
    """Return statements, and the node of the first of them."""
    read = Statements.parse(content.encode())
    return read, next(iter(read.subjects))


def test_a_list_is_read_in_order():
    """The members of a list come in its order, and the empty list has none."""
    read, node = head(LIST + f"_:y <{RDF}rest> <{RDF}nil> .")
    assert [member.value for member in read.members(node)] == ["1", "2"]
    assert read.members(NIL) == read.members(None) == []


@pytest.mark.parametrize(
    "end",
    ["", f"_:y <{RDF}rest> _:x .", f"_:y <{RDF}rest> <{RDF}nil> , <urn:b> .", f"_:y <{RDF}rest> <urn:b> ."],
    ids=["open", "circle", "two ends", "no list behind"],
)
def test_what_is_no_list_to_its_end_has_no_members(end):
    """A broken list has no members, rather than some of them."""
    read = Statements.parse((LIST + end).encode(), "turtle")
    assert read.members(next(iter(read.subjects))) == []


def test_values_keep_their_order_and_stand_once():
    """An index repeats no value, keeps the order and the lexical form, and leads back from value to subject."""
    read = Statements.parse(b"<urn:a> <urn:p> 0.70 . <urn:a> <urn:p> <urn:b> . <urn:a> <urn:p> 0.70 .", "turtle")
    assert [value.value for value in read.objects(A, "urn:p")] == ["0.70", "urn:b"]
    assert read.references[B] == [("urn:p", A)]
    assert read.value(B, "urn:p") is None


def test_a_document_of_a_thing_follows_its_blank_nodes_alone():
    """The closure of a subject holds its blank nodes, even in a circle, and no other thing."""
    read = Statements.parse(
        b"<urn:a> <urn:p> [ <urn:p> _:n ] , <urn:b> . _:n <urn:p> _:n . <urn:b> <urn:p> 1 .", "turtle"
    )
    assert len(list(read.closure(A))) == 4
    assert len(list(read.closure(B))) == 1


def test_the_same_graph_is_the_same_bytes():
    """Whatever its blank nodes are called, a graph in canonical form is the same N-Triples."""
    both = [b"_:x <urn:p> _:y . _:y <urn:p> 1 .", b"_:n <urn:p> 1 . _:m <urn:p> _:n ."]
    written = [
        syntax.write_sorted(quad.triple for quad in syntax.canonicalize({"": syntax.parse(one, "turtle")}))
        for one in both
    ]
    assert written[0] == written[1]


def test_a_python_value_is_a_term_and_back():
    """Values survive the way to a term and back; a text that is no IRI is refused."""
    for value, literal in [("urn:a", False), ("text", True), (True, True), (0.7, True)]:
        assert to_python(value_term(value, literal)) == value
    assert to_python(Literal("0.70", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#decimal"))) == 0.7
    with pytest.raises(QueryError, match="Not an IRI: 'a b'"):
        iri_term("a b")
