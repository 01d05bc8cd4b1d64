"""The pictures of a graph: one for each query in ``queries/plots/`` and ``queries/maps/``, or for each endpoint of it.

A query names its drawing in its header; what is drawn, and under which name, is what the graph holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rrmm.catalogue import answers
from rrmm.errors import QueryError, close_names, nearest, quote
from rrmm.graph import queries
from rrmm.graph.queries import Query
from rrmm.graph.store import Asked
from rrmm.iris import local_name
from rrmm.plot.picture import Picture

if TYPE_CHECKING:
    from rrmm.catalogue.names import Names

FIXED = "endpoint"
MAPS = "maps"
FOLDERS = (MAPS, "plots")


class Drawn(NamedTuple):
    """What a picture is drawn from: its query, and label and IRI of the endpoint that is fixed, where one is."""

    query: Query
    endpoint: str = ""
    iri: str = ""


class Gallery:
    """Lists and draws the pictures of the graph in `store`."""

    def __init__(self, store: Asked, root: Path, names: Names) -> None:
        self.store, self.root, self._names = store, root, names
        self._asked: dict[str, dict[str, Drawn]] = {}

    @cached_property
    def titles(self) -> dict[str, str]:
        """Name → title of every picture, in the order of the queries and of the names."""
        return {name: query.summary.format(endpoint=label) for name, (query, label, _) in self._known.items()}

    @cached_property
    def _known(self) -> dict[str, Drawn]:
        """Name → what is drawn."""
        return {name: drawn for query in self._queries for name, drawn in self._of(query).items()}

    @cached_property
    def _queries(self) -> list[Query]:
        return [query for folder in FOLDERS for query in queries.read(self.root, folder).values()]

    def _of(self, query: Query) -> dict[str, Drawn]:
        """Return name → what is drawn of a query: one picture, or one for each endpoint."""
        if query.name not in self._asked:
            rows = self.store.rows(query.text)
            drawn: dict[str, Drawn] = {}
            if "{endpoint}" not in query.summary:
                drawn = {query.name: Drawn(query)} if rows else {}
            else:
                for label, iri in sorted({(row["endpoint"], row["endpoint_iri"]) for row in rows}, key=_fold_case):
                    name = f"{query.name}-{_slug(label)}"
                    drawn[f"{query.name}-{local_name(iri)}" if name in drawn else name] = Drawn(query, label, iri)
            self._asked[query.name] = drawn
        return self._asked[query.name]

    def _find(self, name: str) -> Drawn:
        """Return what is drawn under a name, from the queries alone whose name it begins with."""
        for query in self._queries:
            if name.startswith(query.name) and (drawn := self._of(query).get(name)):
                return drawn
        raise QueryError(
            f"No picture {quote(name)}.{nearest(name, self._known)} List them: rrmm plot --list",
            query=name,
            offers=close_names(name, self._known),
        )

    def picture(self, name: str, **values: str | float) -> Picture:
        """Return a picture; `values` restrict it to a study, a control arm or a population.

        Raises QueryError with the nearest names, also when nothing is left to draw.
        """
        query, endpoint, iri = self._find(name)
        if endpoint and FIXED in values:
            raise QueryError(f"{name} shows one endpoint, {endpoint}. List the others: rrmm plot --list")
        query.refuse(values)
        bound = answers.bound(self.store, self.root, self._names, query, {**values, **({FIXED: iri} if iri else {})})
        columns, rows = self.store.select(bound)
        if not rows:
            given = ", ".join(f"{key} {value}" for key, value in values.items())
            raise QueryError(f"{name} has nothing to draw of {given}. Leave a parameter out.")
        labels = [str(rows[0][key]) for key in values]
        return Picture(
            "-".join(map(_slug, [name, *labels])),
            ", ".join([query.summary.format(endpoint=endpoint), *labels]),
            query.description,
            query.header("drawing"),
            columns,
            tuple({row.get("result", tuple(row.values())): row for row in rows}.values()),
            MAPS in query.tags,
        )

    def pictures(self, about: str | None = None) -> Iterator[Picture]:
        """Yield every picture, or those that show the thing with the IRI `about`."""
        for name in self._known:
            picture = self.picture(name)
            if about is None or about in picture.about:
                yield picture


def _fold_case(endpoint: tuple[str, str]) -> tuple[str, str]:
    return endpoint[0].casefold(), endpoint[1]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")
