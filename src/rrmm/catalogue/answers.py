"""A catalogued question, answered: values are resolved to things of the graph and bound as RDF terms.

A value that no thing of the wanted kind bears, or that no row has, is an error that offers the nearest;
an empty table is an answer only where the value is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rrmm.errors import QueryError, close_names, nearest, quote
from rrmm.graph.queries import BOOLEAN, Query
from rrmm.graph.store import Asked
from rrmm.graph.table import Table
from rrmm.graph.terms import Term, iri_term, text_term
from rrmm.iris import RRMM, XSD

if TYPE_CHECKING:
    from rrmm.catalogue.names import Names

BOOLEANS = ("true", "false")


def answer(store: Asked, root: Path, names: Names, query: Query, values: Mapping[str, str | float]) -> Table:
    """Return the answer of a question in the graph of `store`.

    `values` are the parameters: a label, alias, CURIE or IRI of a thing, text, or true or false. Raises QueryError
    offering the nearest names of parameters and values.
    """
    query.refuse(values)
    table = Table.of(*store.select(bound(store, root, names, query, values)), query.keeps, query.numbers, query.dates)
    if not table.rows:
        refuse_texts(query, values, texts(store, query))
    return table


def bound(store: Asked, root: Path, names: Names, query: Query, values: Mapping[str, str | float]) -> str:
    """Return the text of a question with its values bound, as it can be sent to any engine."""
    terms: dict[str, Term] = {}
    for parameter, value in values.items():
        if query.parameters[parameter].endswith("_iri"):
            kind = RRMM + query.kinds[parameter].partition(":")[2]
            terms[parameter] = iri_term(names.find(str(value), kind))
        elif query.kinds[parameter] == BOOLEAN:
            terms[parameter] = _boolean_term(query, parameter, str(value))
        else:
            terms[parameter] = text_term(str(value))
    return query.bind(terms)


def _boolean_term(query: Query, parameter: str, value: str) -> Term:
    """Return true or false as a term; raises QueryError for any other value."""
    if value.lower() not in BOOLEANS:
        message = f"{query.name}: {parameter} takes {' or '.join(BOOLEANS)}, not {quote(value)}."
        raise QueryError(message, query=query.name, key=parameter, value=value, offers=BOOLEANS)
    return text_term(value.lower(), XSD + "boolean")


def texts(store: Asked, query: Query) -> dict[str, list[str]]:
    """Return, for each parameter that takes text and has a column of its name, what the rows hold there."""
    parameters = [name for name, variable in query.parameters.items() if not variable.endswith("_iri")]
    if not parameters:
        return {}
    table = Table.of(*store.select(query.text))
    columns = [name for name in parameters if name in table.columns]
    return {name: sorted({str(value) for value in table.column(name) if value is not None}) for name in columns}


def refuse_texts(query: Query, values: Mapping[str, str | float], known: Mapping[str, Sequence[str]]) -> None:
    """Raise QueryError for a text that no row has in the column of its name; `known` is as `texts` returns it."""
    for parameter in filter(known.__contains__, values):
        value, held = str(values[parameter]), known[parameter]
        if value not in held:
            hint = nearest(value, held) or f" There are: {', '.join(held[:12])}."
            raise QueryError(
                f"{query.name} has no row with {parameter} {quote(value)}.{hint}",
                query=query.name,
                key=parameter,
                value=value,
                offers=close_names(value, held),
            )
