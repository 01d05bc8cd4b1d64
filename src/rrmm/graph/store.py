"""The embedded SPARQL engine: an in-memory store to query, never to change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from rrmm.errors import QueryError
from rrmm.records import JsonObject, NamedTuple

if TYPE_CHECKING:
    import pyoxigraph as ox

    from rrmm.graph.terms import Triple

Row = JsonObject


class Solutions(NamedTuple):
    """The answer of a SELECT: its variables, and rows of Python values without the unbound ones."""

    columns: tuple[str, ...]
    rows: list[Row]


class Asked(Protocol):
    """A graph to query, never to change, in any engine."""

    def select(self, text: str) -> Solutions:
        """Return the answer of a SELECT."""
        ...

    def rows(self, text: str) -> list[Row]:
        """Return the rows of a SELECT."""
        ...


class Store:
    """The graph in an embedded, in-memory SPARQL engine; it can be queried, not changed."""

    def __init__(self, content: bytes) -> None:
        import pyoxigraph as ox

        self._store = ox.Store()
        self._store.bulk_load(content, format=ox.RdfFormat.N_TRIPLES)

    def query(self, text: str) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """Run a SPARQL query (never an update) and return pyoxigraph's result.

        Raises QueryError when the text is not a query.
        """
        try:
            return self._store.query(text)
        except SyntaxError as error:
            from rrmm.graph.sandbox.guard import report_malformed
            from rrmm.graph.sandbox.mistakes import explain

            raise QueryError(report_malformed(explain(text, str(error), {}))) from None

    def select(self, text: str) -> Solutions:
        """Return the answer of a SELECT; raises QueryError for any other query."""
        import pyoxigraph as ox

        from rrmm.graph.terms import NamedNode, to_python

        solutions = self.query(text)
        if not isinstance(solutions, ox.QuerySolutions):
            raise QueryError("Not a SELECT query. Write one that answers with a table.")
        names = tuple(variable.value for variable in solutions.variables)
        rows = [
            {
                name: term.value if type(term) is NamedNode else to_python(term)
                for name, term in zip(names, solution, strict=True)
                if term is not None
            }
            for solution in solutions
        ]
        return Solutions(names, rows)

    def serialize(self, text: str, media_type: str) -> bytes:
        """Return the answer of a SELECT in a format of SPARQL results; raises QueryError for any other query.

        Raises FormError where the format is XML and the answer holds what XML does not have.
        """
        import pyoxigraph as ox

        from rrmm.graph.xml import check_xml

        solutions = self.query(text)
        if not isinstance(solutions, ox.QuerySolutions):
            raise QueryError("Not a SELECT query. Write one that answers with a table.")
        form = ox.QueryResultsFormat.from_media_type(media_type)
        content = solutions.serialize(format=form) or b""
        return check_xml(content) if form == ox.QueryResultsFormat.XML else content

    def rows(self, text: str) -> list[Row]:
        """Return the rows of a SELECT."""
        return self.select(text).rows

    def construct(self, text: str) -> Iterator[Triple]:
        """Return the triples of a CONSTRUCT; raises QueryError for any other query."""
        import pyoxigraph as ox

        triples = self.query(text)
        if not isinstance(triples, ox.QueryTriples):
            raise QueryError("Not a CONSTRUCT query. Write one that answers with a graph.")
        return iter(triples)

    def __len__(self) -> int:
        """Return the number of triples."""
        return len(self._store)
