"""Terms of RDF: built from Python values, and read back as Python values.

The classes of pyoxigraph have their names for all packages here, so that none but `graph` imports the engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from math import isfinite

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from rrmm.errors import QueryError, quote
from rrmm.iris import XSD
from rrmm.texts import SURROGATE

__all__ = [
    "BlankNode",
    "Literal",
    "NamedNode",
    "Quad",
    "Scalar",
    "Term",
    "Triple",
    "iri_term",
    "read_cell",
    "read_literal",
    "text_term",
    "to_python",
    "to_text",
    "value_term",
]
Term = NamedNode | BlankNode | Literal
Scalar = str | int | float | bool

# lexical forms of XML Schema: Python takes "1_000", " 3 " and figures of other scripts, too
_DIGITS = "[+-]?(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)"
_INTEGER, _DECIMAL, _DOUBLE = (re.compile(form) for form in ("[+-]?[0-9]+", _DIGITS, _DIGITS + "(?:[eE][+-]?[0-9]+)?"))
_INTEGERS = {"integer", "int", "long", "nonNegativeInteger"}
_REALS = {"decimal": _DECIMAL, "double": _DOUBLE, "float": _DOUBLE}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def iri_term(iri: str) -> NamedNode:
    """Return an IRI as a term; raises QueryError for an invalid one."""
    try:
        return NamedNode(iri)
    except ValueError as error:
        raise QueryError(f"Not an IRI: {iri!r} ({error}).") from None


def text_term(text: str, datatype: str = XSD + "string") -> Literal:
    """Return a text, or the lexical form of another datatype, as a literal; raises QueryError for no Unicode text."""
    if SURROGATE.search(text):
        raise QueryError(f"{quote(text)} holds half of a surrogate pair. Correct it.", value=text)
    return Literal(text, datatype=NamedNode(datatype))


def value_term(value: Scalar, literal: bool) -> NamedNode | Literal:
    """Return the value of a property: an IRI or, for a datatype property, a text, boolean or decimal.

    >>> print(value_term(0.7, literal=True))
    "0.7"^^<http://www.w3.org/2001/XMLSchema#decimal>
    """
    if not literal:
        return iri_term(str(value))
    if isinstance(value, (str, bool)):
        return Literal(value)
    return text_term(format(Decimal(str(value)), "f"), XSD + "decimal")


def to_python(term: Term) -> Scalar:
    """Return a term as a Python value: IRIs, blank nodes and strings as text, numbers as numbers."""
    return read_literal(term.value, term.datatype.value) if isinstance(term, Literal) else term.value


def read_literal(lexical: str, datatype: str) -> Scalar:
    """Return a literal as a Python value; any datatype that is neither a number nor boolean gives text.

    An ill-typed literal, and a number that JSON does not have, stays the text that it is.

    >>> read_literal("0.70", "http://www.w3.org/2001/XMLSchema#decimal")
    0.7
    >>> read_literal("1_000", "http://www.w3.org/2001/XMLSchema#integer")
    '1_000'
    """
    kind = datatype.rsplit("#", 1)[-1]
    if kind == "boolean":
        return _BOOLEANS.get(lexical, lexical)
    if kind in _INTEGERS and _INTEGER.fullmatch(lexical):
        try:
            return int(lexical)
        except ValueError:  # more digits than Python reads
            return lexical
    if (form := _REALS.get(kind)) and form.fullmatch(lexical):
        number = float(lexical)
        return number if isfinite(number) else lexical
    return lexical


def read_cell(cell: Mapping[str, str]) -> Scalar:
    """Return a cell of SPARQL 1.1 results in JSON as a Python value.

    >>> read_cell({"type": "literal", "value": "3", "datatype": "http://www.w3.org/2001/XMLSchema#integer"})
    3
    """
    return read_literal(cell["value"], cell["datatype"]) if "datatype" in cell else cell["value"]


def to_text(term: Term | None) -> str:
    """Return an IRI or the text of a literal; empty for a blank node or no term."""
    return "" if term is None or isinstance(term, BlankNode) else term.value
