"""What a graph is made of: its files, tables, store, names, pictures and evidence, each loaded when first used.

It holds the parts and answers no question. The same parts, of some of its sources, are a view.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Self

from rrmm.catalogue.evidence import Evidence
from rrmm.graph.files import GraphFiles
from rrmm.graph.overlays import OverlayChange, compare, name_files
from rrmm.graph.store import Asked, Store
from rrmm.report.model import Altered
from rrmm.rules import overlay
from rrmm.rules.base import RuleBase

if TYPE_CHECKING:
    from datetime import date

    from rrmm.catalogue.names import Names
    from rrmm.catalogue.naming.lexicon import Lexicon
    from rrmm.graph.endpoint import Endpoint
    from rrmm.graph.rdflib_store import RdflibStore
    from rrmm.plot.gallery import Gallery

HELD = "overlays.held"
MOST_VIEWS = 8  # that a graph keeps, those asked for last: each takes some 40 MB


class Parts:
    """The parts of a graph, or of the view of some of its sources.

    `silent` lists the guidance that derivations ignore, `other` is the engine that answers queries in place of the
    embedded store, `whole` the graph that this is a view of.
    """

    def __init__(
        self,
        knowledge: GraphFiles,
        silent: Sequence[str] = (),
        other: RdflibStore | Endpoint | None = None,
        whole: Self | None = None,
    ) -> None:
        self.files, self.silent, self._other = knowledge, list(silent), other
        self._held = whole is not None
        self._whole, self._views = whole, OrderedDict[tuple[tuple[str, ...], str | None], Self]()

    def view(self, sources: str | Sequence[str] | None = None, as_of: date | str | None = None) -> Self:
        """Return the graph as some of its sources say it: those named, those published by a day, or all.

        What a patient may have or have received is in every view. Publications are in no view of named sources, and
        by a day in the view of that day. Raises QueryError for an unknown source, for an invalid day, and where no
        source is left.
        """
        if sources is None and as_of is None:
            return self
        from rrmm.rules.view import choose

        chosen = tuple(choose(self.rule_base.sources, sources, as_of))
        day = self._last_publication(str(as_of)) if sources is None else None
        view = self._views.pop((chosen, day), None)
        if view is None:
            files = self.files.view(chosen, day)
            view = type(self)(files, self.silent, self._other_view(files), self._whole or self)
        self._views[chosen, day] = view
        while len(self._views) > MOST_VIEWS:
            self._views.popitem(last=False)
        return view

    def _last_publication(self, as_of: str) -> str | None:
        """Return the last day up to one on which something was published: days between give the same view."""
        from rrmm.rules.view import last_day

        return max((day for day in self.files.whole.publication_days if day <= last_day(as_of)), default=None)

    def _other_view(self, files: GraphFiles) -> RdflibStore | None:
        """Return the part of a view in rdflib, where that answers the queries of the whole graph."""
        if self._other is None:
            return None
        from rrmm.graph.rdflib_store import RdflibStore

        return RdflibStore(files.snapshot)

    @cached_property
    def _tables(self) -> tuple[RuleBase, list[str]]:
        self.check_overlays()
        return overlay.silence(RuleBase.of(self.files, self._other), self.silent)

    def check_overlays(self) -> None:
        """Raise KnowledgeError for the first thing in an overlay that cannot be read; every answer is held to it."""
        files = self.files.whole
        if self._held or not files.overlays or files.artefact(HELD) is not None:
            return
        from rrmm.check.additions import check_additions

        overlay.check_structure(files)
        check_additions(files)
        overlay.check_complete(files, RuleBase.of(files))
        files.keep(HELD, b"")
        self._held = True

    @property
    def rule_base(self) -> RuleBase:
        """The tables of the derivation."""
        return self._tables[0]

    @property
    def changes(self) -> tuple[OverlayChange, ...]:
        """What the overlays add, link, relabel and redefine."""
        return compare(self.files.whole)

    @property
    def altered(self) -> Altered:
        """What was changed of the graph as it ships: by overlays, and by rules that are silenced."""
        return Altered(tuple(name_files(self.files.overlays).values()), tuple(self._tables[1]), self.changes)

    @cached_property
    def store(self) -> Asked:
        """The graph in the engine that answers queries."""
        self.check_overlays()
        return self._other if self._other is not None else Store(self.files.snapshot)

    @cached_property
    def names(self) -> Names:
        """The names of all things."""
        from rrmm.catalogue.names import Names

        if self._whole is not None:
            return self._whole.names
        own = {change.thing for change in self.changes if change.change == "added"}
        return Names(self.store, self.files.root, lambda: self.lexicon, own)

    @cached_property
    def lexicon(self) -> Lexicon:
        """What people write for a thing, and what it means."""
        from rrmm.catalogue.naming.lexicon import Lexicon

        self.check_overlays()
        return Lexicon.of(self.files.whole)

    @cached_property
    def gallery(self) -> Gallery:
        """The pictures of the graph: their titles by name, and each as a value."""
        from rrmm.plot.gallery import Gallery

        return Gallery(self.store, self.files.root, self.names)

    @cached_property
    def evidence(self) -> Evidence:
        """The results behind the options."""
        self.check_overlays()
        return Evidence(self.files, self._other)
