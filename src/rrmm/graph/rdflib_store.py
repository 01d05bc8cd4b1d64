"""The graph in rdflib: far slower than the embedded store, and a second opinion on every query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rrmm.errors import QueryError
from rrmm.graph.store import Row, Solutions
from rrmm.graph.table import Table
from rrmm.graph.terms import Scalar, read_literal

if TYPE_CHECKING:
    import rdflib


class RdflibStore:
    """The graph in the memory of rdflib; it can be queried, not changed."""

    def __init__(self, content: bytes) -> None:
        import rdflib

        self.graph = rdflib.Graph().parse(data=content, format="nt")

    def query(self, text: str) -> rdflib.query.Result:
        """Run a SPARQL query (never an update) and return rdflib's result.

        Raises QueryError when the text is not a query.
        """
        from pyparsing.exceptions import ParseBaseException

        try:
            return self.graph.query(text)
        except ParseBaseException:
            from rrmm.graph.sandbox.guard import report_malformed
            from rrmm.graph.sandbox.mistakes import explain

            raise QueryError(report_malformed(explain(text, "", {}))) from None

    def select(self, text: str) -> Solutions:
        """Return the answer of a SELECT."""
        result = self.query(text)
        rows = [
            {str(name): _to_python(term) for name, term in row.items() if term is not None} for row in result.bindings
        ]
        return Solutions(tuple(map(str, result.vars or ())), rows)

    def rows(self, text: str) -> list[Row]:
        """Return the rows of a SELECT."""
        return self.select(text).rows

    def answer(self, text: str, time_limit: float | None = None) -> Table | str:
        """Return a table for SELECT and ASK, or Turtle for CONSTRUCT and DESCRIBE.

        Raises QueryError for a time limit: rdflib cannot be stopped.
        """
        if time_limit is not None:
            raise QueryError("rdflib cannot stop a query. Leave the time limit out, or use the embedded engine.")
        result = self.query(text)
        if result.type == "ASK":
            return Table(("answer",), ((bool(result.askAnswer),),))
        if result.type in {"CONSTRUCT", "DESCRIBE"}:
            return str(result.graph.serialize(format="turtle")) if result.graph is not None else ""
        return Table.of(*self.select(text))


def _to_python(term: rdflib.term.Identifier) -> Scalar:
    datatype = getattr(term, "datatype", None)
    return str(term) if datatype is None else read_literal(str(term), str(datatype))
