"""The queries of the graph as files: found by name, described by their header, bound to RDF terms.

A parameter is a variable: ``?__name_iri`` or ``?__name`` if it is optional, with one underscore if it is
mandatory. It is bound to an RDF term that the RDF library serialises; text of a user never becomes text of
a query. The header is that of grlc (https://grlc.io), with additions: ``kinds`` names the class of a value, or
``text`` or ``boolean``; ``keeps`` the columns that a narrow terminal shows first; ``numbers`` and ``dates`` the
columns of texts that data frames get as such. A form proposes the default;
a parameter without a value restricts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rrmm.errors import QueryError, close_names, nearest, quote
from rrmm.records import NamedTuple

if TYPE_CHECKING:
    from rrmm.graph.terms import Term

TEXT, BOOLEAN = "text", "boolean"

_PARAMETER = re.compile(r"\?(__?[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*)")


class Query(NamedTuple):
    """One ``.rq`` file: its name, header and text."""

    name: str
    text: str

    @property
    def summary(self) -> str:
        """The header's one-line summary."""
        return self.header("summary")

    @property
    def description(self) -> str:
        """The header's description: the use of the question."""
        return self.header("description")

    @property
    def parameters(self) -> dict[str, str]:
        """Parameter name → variable name, in order of appearance.

        >>> Query("q", "SELECT * WHERE { ?s ?p ?__trial_iri }").parameters
        {'trial': '__trial_iri'}
        """
        variables = dict.fromkeys(_PARAMETER.findall(self.text))
        return {variable.strip("_").removesuffix("_iri"): variable for variable in variables}

    @property
    def tags(self) -> list[str]:
        """The header's tags; the first is the group in which a question is listed."""
        return self._items("tags")

    @property
    def kinds(self) -> dict[str, str]:
        """Parameter name → the class of its values as a CURIE, or `TEXT` or `BOOLEAN`."""
        return dict(_split(item) for item in self._items("kinds"))

    @property
    def defaults(self) -> dict[str, str]:
        """Parameter name → the value that a form proposes, as a CURIE or text."""
        return dict(_split(item) for item in self._items("defaults"))

    @property
    def keeps(self) -> tuple[str, ...]:
        """The columns of the answer that a narrow terminal shows before others."""
        return tuple(self.header("keeps").split())

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns of texts that a data frame gets as numbers."""
        return tuple(self.header("numbers").split())

    @property
    def dates(self) -> tuple[str, ...]:
        """The columns of texts that a data frame gets as dates."""
        return tuple(self.header("dates").split())

    @property
    def body(self) -> str:
        """The text without its header."""
        return re.sub(r"^#\+.*\n", "", self.text, flags=re.MULTILINE).strip() + "\n"

    def _items(self, key: str) -> list[str]:
        match = re.search(rf"^#\+ {key}:\n((?:#\+   - .*\n)+)", self.text, re.MULTILINE)
        return [line[7:].strip() for line in match[1].splitlines()] if match else []

    def header(self, key: str) -> str:
        """Return one line of the header, or an empty string."""
        match = re.search(rf"^#\+ {key}: (.*)$", self.text, re.MULTILINE)
        return match[1].strip() if match else ""

    def bind(self, terms: Mapping[str, Term]) -> str:
        """Return the query text with parameters bound to RDF terms.

        The term replaces a mandatory parameter (``?_name``); an optional one (``?__name``) gets a
        ``VALUES`` row at the end of the pattern, where planners cope with it best. Raises QueryError
        for an unknown or missing parameter.
        """
        self.refuse(terms)
        text = self.text
        optional = {}
        for name, term in terms.items():
            variable = self.parameters[name]
            if variable.startswith("__"):
                optional[variable] = str(term)
            else:
                text = re.sub(rf"\?{variable}\b", str(term).replace("\\", r"\\"), text)
        if optional:
            names = " ".join(f"?{variable}" for variable in optional)
            head, end, tail = text.rpartition("\n}\n")
            text = f"{head}\n  VALUES ({names}) {{ ({' '.join(optional.values())}) }}{end}{tail}"
        return text

    def refuse(self, terms: Mapping[str, object]) -> None:
        """Raise QueryError for an unknown parameter, or a mandatory one that is missing."""
        known = ", ".join(self.parameters) or "none"
        for name in terms:
            if name not in self.parameters:
                hint = nearest(name, self.parameters)
                raise QueryError(
                    f"Query {self.name} has no parameter {name!r}; it takes: {known}.{hint}",
                    query=self.name,
                    key=name,
                    offers=close_names(name, self.parameters),
                )
        for name, variable in self.parameters.items():
            if not variable.startswith("__") and name not in terms:
                raise QueryError(
                    f"Query {self.name} needs the parameter {name!r}: --param {name}=VALUE.", query=self.name, key=name
                )


def _split(item: str) -> tuple[str, str]:
    name, _, value = item.partition(": ")
    return name, value


def read(root: Path, folder: str) -> dict[str, Query]:
    """Return the queries of ``queries/<folder>/`` by name."""
    paths = sorted((root / "queries" / folder).glob("*.rq"))
    return {path.stem: Query(path.stem, path.read_text(encoding="utf-8")) for path in paths}


def find(root: Path, folder: str, name: str) -> Query:
    """Return one query; raises QueryError with the nearest names."""
    known = read(root, folder)
    if name not in known:
        raise QueryError(
            f"No query {quote(name)}.{nearest(name, known)} List them: rrmm query --list",
            query=name,
            offers=close_names(name, known),
        )
    return known[name]
