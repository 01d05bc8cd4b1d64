"""The names of things: label, alias, CURIE or IRI to the thing that it names."""

from __future__ import annotations

from collections.abc import Callable, Container
from pathlib import Path
from typing import TYPE_CHECKING

from rrmm.errors import QueryError, close_names, quote
from rrmm.graph import queries
from rrmm.graph.store import Asked
from rrmm.graph.terms import iri_term
from rrmm.iris import BASE, ID, RRMM, local_name

if TYPE_CHECKING:
    from rrmm.catalogue.naming.lexicon import Lexicon

LISTED_AT_MOST = 12


class Names:
    """Finds a thing by label, alias, CURIE or IRI; a withdrawn one by CURIE or IRI alone.

    The things are those of the namespaces of the graph, and what a user's own files add (`own`).
    """

    def __init__(
        self, store: Asked, root: Path, lexicon: Callable[[], Lexicon] | None = None, own: Container[str] = ()
    ) -> None:
        self.store, self.root, self.lexicon = store, root, lexicon
        self.iris: set[str] = set()
        self._things: dict[str, list[str]] = {}
        self._spellings: dict[str, str] = {}
        for row in store.rows(queries.find(root, "show", "names").text):
            if not row["thing"].startswith(BASE) and row["thing"] not in own:
                continue
            self.iris.add(row["thing"])
            if "withdrawn" not in row:
                self._add(row["name"], row["thing"])

    def _add(self, name: str, thing: str) -> None:
        things = self._things.setdefault(name.casefold(), [])
        things.append(thing)
        if min(things, key=_rank) == thing:
            self._spellings[name.casefold()] = name

    def find(self, name: str, kind: str | None = None) -> str:
        """Return the IRI of a thing, of the class `kind` if given; raises QueryError with the nearest names.

        Where several things share a name, an entity comes before a class, and a shorter IRI before a longer one.
        """
        known = self.of_kind(kind) if kind else self.iris
        expanded = f"{ID}{name.replace(':', '/', 1)}" if ":" in name and "//" not in name else name
        for iri in (name.strip("<>"), expanded, RRMM + name.removeprefix("rrmm:")):
            if iri in known:
                return iri
        things = [thing for thing in self._things.get(name.casefold(), []) if thing in known]
        if not things:
            things = self._meant(name, known)
        if not things:
            raise self._unknown(name, kind, known)
        return min(things, key=_rank)

    def _meant(self, name: str, known: set[str]) -> list[str]:
        """Return the thing that people mean by a name, if it is one; raises QueryError for an ambiguous name."""
        meanings = self.lexicon().find(name).meanings if self.lexicon else ()
        fitting = [meaning for meaning in meanings if meaning.iri in known]
        taken = {str(meaning.iri) for meaning in fitting if meaning.taken}
        if not taken and fitting:
            labels = list(dict.fromkeys(meaning.label for meaning in fitting))
            because = fitting[0].because
            message = f"{quote(name)} is ambiguous: {because}. It could be {' or '.join(labels)}; say which."
            raise QueryError(message, value=name, offers=labels)
        return list(taken) if len(taken) == 1 else []

    def _unknown(self, name: str, kind: str | None, known: set[str]) -> QueryError:
        """Return the error of an unknown name: it offers the nearest names, or all of a kind that has few."""
        names = [self._spellings[key] for key, things in self._things.items() if known.intersection(things)]
        of_kind = f" of the kind {local_name(kind)}" if kind else ""
        few = f" There are: {', '.join(names)}." if kind and len(names) <= LISTED_AT_MOST else ""
        known_labels = {spelling.casefold() for spelling in names}
        near = self.lexicon().near(name) if self.lexicon else []
        offers = close_names(name, names) or [label for label in near if label.casefold() in known_labels]
        hint = f" Did you mean {' or '.join(offers)}?" if offers else few
        return QueryError(f"Nothing{of_kind} is named {quote(name)}.{hint}", value=name, offers=offers)

    def of_kind(self, kind: str) -> set[str]:
        """Return the things of a class, and the classes below it."""
        query = queries.find(self.root, "show", "kinds")
        return {row["thing"] for row in self.store.rows(query.bind({"kind": iri_term(kind)}))}


def _rank(iri: str) -> tuple[bool, int, str]:
    return not iri.startswith(ID), len(iri), iri
