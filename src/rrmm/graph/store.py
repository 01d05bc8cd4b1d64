"""The embedded SPARQL engine: an in-memory store that can be asked and not changed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from rrmm.errors import QueryError
from rrmm.iris import XSD

if TYPE_CHECKING:
    import pyoxigraph as ox

Row = dict[str, Any]


class Solutions(NamedTuple):
    """The answer of a SELECT: its variables, and rows of plain Python values, unbound ones left out."""

    columns: tuple[str, ...]
    rows: list[Row]


class Asked(Protocol):
    """A graph that can be asked and not changed, whatever engine answers."""

    def select(self, text: str) -> Solutions:
        """Return the answer of a SELECT."""
        ...

    def rows(self, text: str) -> list[Row]:
        """Return the rows of a SELECT."""
        ...


class Store:
    """The graph in an embedded, in-memory SPARQL engine; it can be asked, not changed."""

    def __init__(self, content: bytes) -> None:
        import pyoxigraph as ox

        self._store = ox.Store()
        self._store.bulk_load(content, format=ox.RdfFormat.N_TRIPLES)

    def query(self, text: str) -> Any:
        """Run a SPARQL query (never an update) and return pyoxigraph's result.

        Raises QueryError when the text is not a query.
        """
        try:
            return self._store.query(text)
        except SyntaxError as error:
            raise QueryError(f"Not a SPARQL query: {error}. Updates are refused.") from None

    def select(self, text: str) -> Solutions:
        """Return the answer of a SELECT."""
        import pyoxigraph as ox

        solutions, iri = self.query(text), ox.NamedNode
        names = tuple(variable.value for variable in solutions.variables)
        rows = [
            {
                name: term.value if type(term) is iri else plain(term)
                for name, term in zip(names, solution, strict=True)
                if term is not None
            }
            for solution in solutions
        ]
        return Solutions(names, rows)

    def rows(self, text: str) -> list[Row]:
        """Return the rows of a SELECT."""
        return self.select(text).rows

    def __len__(self) -> int:
        """Return the number of triples."""
        return len(self._store)


def iri_term(iri: str) -> ox.NamedNode:
    """Return an IRI as a term that a query can be bound to; raises QueryError when it is none."""
    import pyoxigraph as ox

    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise QueryError(f"Not an IRI: {iri!r} ({error}).") from None


def text_term(text: str, datatype: str = XSD + "string") -> ox.Literal:
    """Return a text, or a literal of another datatype, as a term that a query can be bound to."""
    import pyoxigraph as ox

    return ox.Literal(text, datatype=ox.NamedNode(datatype))


def value_term(value: str | float, literal: bool) -> ox.NamedNode | ox.Literal:
    """Return a value of a property as a term: an IRI or, of a datatype property, a text, boolean or decimal."""
    import pyoxigraph as ox

    if not literal:
        return iri_term(str(value))
    if isinstance(value, (str, bool)):
        return ox.Literal(value)
    return ox.Literal(format(Decimal(str(value)), "f"), datatype=ox.NamedNode(XSD + "decimal"))


_INTEGERS = {"integer", "int", "long", "nonNegativeInteger"}


def plain(term: Any) -> str | int | float | bool:
    """Return a term as a Python value: IRIs and strings as text, numbers as numbers."""
    datatype = getattr(term, "datatype", None)
    if datatype is None:
        return term.value if hasattr(term, "value") else str(term)
    return typed(term.value, datatype.value)


def typed(lexical: str, datatype: str) -> str | int | float | bool:
    """Return a literal as a Python value; what is neither number nor boolean is text.

    >>> typed("0.70", "http://www.w3.org/2001/XMLSchema#decimal")
    0.7
    """
    kind = datatype.rsplit("#", 1)[-1]
    if kind in _INTEGERS:
        return int(lexical)
    if kind in {"decimal", "double", "float"}:
        return float(lexical)
    return lexical in {"true", "1"} if kind == "boolean" else lexical
