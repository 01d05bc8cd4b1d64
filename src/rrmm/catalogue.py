"""The queries of the graph as files: found by name, described by their header, bound to RDF terms.

A parameter is a variable ``?__name_iri`` or ``?__name``; binding adds a ``VALUES`` row made by the
RDF serialiser to the query's outermost group. Text of a user never becomes text of a query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rrmm.errors import QueryError, nearest

_PARAMETER = re.compile(r"\?(__?[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*)")


@dataclass(frozen=True)
class Query:
    """One ``.rq`` file: its name, header and text."""

    name: str
    text: str

    @property
    def summary(self) -> str:
        """The header's one-line summary."""
        return self._header("summary")

    @property
    def description(self) -> str:
        """The header's description: why one would ask this."""
        return self._header("description")

    @property
    def parameters(self) -> dict[str, str]:
        """Parameter name → variable name, in order of appearance.

        >>> Query("q", "SELECT * WHERE { ?s ?p ?__trial_iri }").parameters
        {'trial': '__trial_iri'}
        """
        variables = dict.fromkeys(_PARAMETER.findall(self.text))
        return {variable.strip("_").removesuffix("_iri"): variable for variable in variables}

    def _header(self, key: str) -> str:
        match = re.search(rf"^#\+ {key}: (.*)$", self.text, re.MULTILINE)
        return match[1].strip() if match else ""

    def bind(self, terms: Mapping[str, Any]) -> str:
        """Return the query text with parameters bound to pyoxigraph terms.

        Raises QueryError for a parameter the query does not have.
        """
        if not terms:
            return self.text
        for name in terms:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise QueryError(
                    f"Query {self.name} has no parameter {name!r}; it takes: {known}."
                    + nearest(name, self.parameters)
                )
        head, where, tail = self.text.partition("WHERE {")
        variables = " ".join(f"?{self.parameters[name]}" for name in terms)
        values = " ".join(str(term) for term in terms.values())
        return f"{head}{where} VALUES ({variables}) {{ ({values}) }}{tail}"


def queries(root: Path, folder: str) -> dict[str, Query]:
    """Return the queries of ``queries/<folder>/`` by name."""
    paths = sorted((root / "queries" / folder).glob("*.rq"))
    return {path.stem: Query(path.stem, path.read_text(encoding="utf-8")) for path in paths}


def find(root: Path, folder: str, name: str) -> Query:
    """Return one query; raises QueryError with the nearest names."""
    known = queries(root, folder)
    if name not in known:
        raise QueryError(f"No query {name!r}.{nearest(name, known)} List them: rrmm query --list")
    return known[name]
