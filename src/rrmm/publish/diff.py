"""What changed in knowledge between two versions of a graph: added, withdrawn, renamed, changed, with the sources.

What the build makes of other statements, and the apparatus (questions, checks, shapes), is counted and not listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from rrmm.errors import KnowledgeError
from rrmm.graph.sssom import PREDICATES
from rrmm.iris import SKOS, local_name
from rrmm.publish.versions import About, Fact, Source, Version, read

ADDED, WITHDRAWN, RENAMED, CHANGED = "added", "withdrawn", "renamed", "changed"
SORTS = (ADDED, WITHDRAWN, RENAMED, CHANGED)
LINKS = {SKOS + name for name in PREDICATES}
OF_LINKS = "Links"
OTHER = About(90, "Other statements", False, "")


class Value(NamedTuple):
    """A value in words, and as N-Triples."""

    shown: str
    term: str


class Property(NamedTuple):
    """A property of a thing with the values that went and those that came."""

    property: str
    label: str
    old: tuple[Value, ...]
    new: tuple[Value, ...]


class Change(NamedTuple):
    """What became of one thing.

    `sort` is added, withdrawn, renamed or changed. `thing` is the old IRI of one that is renamed;
    `replacements` maps the IRIs that take its place to their labels, `reason` says why.
    """

    kind: str
    sort: str
    thing: str
    label: str
    said: str
    address: bool
    properties: tuple[Property, ...]
    sources: tuple[Source, ...]
    reason: str
    replacements: Mapping[str, str]


class Difference(NamedTuple):
    """The numbers of both versions, all changes in the order in which they are told, and why → how many left out."""

    versions: tuple[str, str]
    changes: tuple[Change, ...]
    left_out: Mapping[str, int]


def compare(old: Path | str, new: Path | str) -> Difference:
    """Return what changed from one version to another, each a folder of a graph or a file of RDF.

    Raises KnowledgeError for what cannot be read.
    """
    try:
        return _Comparison(read(Path(old)), read(Path(new))).difference()
    except RecursionError:
        raise KnowledgeError(f"{old} or {new}: unnamed nodes lie too deep in one another. Give them IRIs.") from None


class _Comparison:
    def __init__(self, old: Version, new: Version) -> None:
        self.old, self.new = old, new
        self.stubs = {thing: told for thing, told in new.withdrawn.items() if thing not in old.withdrawn}
        self.before, self.after = old.facts({}), new.facts({})
        self.were, self.are = _described(self.before), _described(self.after)
        self.former = {
            by[0]: thing
            for thing, (_, by) in self.stubs.items()
            if thing in self.were and len(by) == 1 and by[0] in self.are - self.were
        }
        if self.former:
            self.before = old.facts({then: now for now, then in self.former.items()})
            self.after = {fact: shown for fact, shown in self.after.items() if fact.thing not in self.former.values()}

    def difference(self) -> Difference:
        """Return everything that differs."""
        gone, left = self._sifted(self.before.keys() - self.after.keys())
        come, more = self._sifted(self.after.keys() - self.before.keys())
        things: dict[str, tuple[list[Fact], list[Fact]]] = {thing: ([], []) for thing in self.former}
        for number, facts in enumerate((gone, come)):
            for fact in sorted(facts):
                things.setdefault(fact.thing, ([], []))[number].append(fact)
        changes = [change for thing, (lost, gained) in things.items() for change in self._changes(thing, lost, gained)]
        order = {about.kind: about.order for side in (self.old, self.new) for about in side.about.values()}
        order |= {OTHER.kind: OTHER.order, OF_LINKS: OTHER.order + 1}
        changes.sort(key=lambda one: (order[one.kind], SORTS.index(one.sort), one.label, one.thing))
        return Difference((self.old.number, self.new.number), tuple(changes), dict(sorted((left + more).items())))

    def _sifted(self, facts: Iterable[Fact]) -> tuple[list[Fact], Counter[str]]:
        """Return the facts that are knowledge, and how many are not, by why."""
        known = self.old.left_out | self.new.left_out
        kept, left = [], Counter[str]()
        for fact in facts:
            value = fact.value.strip("<>")
            keys = ((fact.thing, "", ""), ("", fact.property, ""), ("", fact.property, value))
            why = next((known[key] for key in keys if key in known), None)
            if why is None:
                kept.append(fact)
            else:
                left[why] += 1
        return kept, left

    def _changes(self, thing: str, gone: list[Fact], come: list[Fact]) -> Iterator[Change]:
        then = self.former.get(thing, thing)
        if thing in self.former:
            sort = RENAMED
        elif thing in self.stubs or thing not in self.are:
            sort = WITHDRAWN
        else:
            sort = CHANGED if thing in self.were else ADDED
        sides = [(self.new, thing), (self.old, then)]
        if sort in {WITHDRAWN, RENAMED}:
            sides.reverse()
        label = next((side.labels[name] for side, name in sides if name in side.labels), local_name(then))
        about = next((side.about[name] for side, name in sides if name in side.about), OTHER)
        sources = next((side.sources[name] for side, name in sides if name in side.sources), ())
        reason, by = self.stubs.get(then, ("", ()))
        told = Change(
            about.kind,
            sort,
            then,
            label,
            about.said,
            about.address,
            tuple(self._properties(gone, come)),
            sources,
            reason,
            {iri: self.new.labels.get(iri, local_name(iri)) for iri in by},
        )
        if sort != CHANGED:
            yield told
            return
        linked, own = (
            tuple(one for one in told.properties if (one.property in LINKS) == is_link) for is_link in (True, False)
        )
        if own:
            yield told._replace(properties=own)
        if linked:
            yield told._replace(kind=OF_LINKS, properties=linked, sources=())

    def _properties(self, gone: list[Fact], come: list[Fact]) -> Iterator[Property]:
        for name in sorted({fact.property for fact in [*gone, *come]}):
            label = self.new.labels.get(name) or self.old.labels.get(name) or local_name(name)
            old = tuple(Value(self.before[fact], fact.value) for fact in gone if fact.property == name)
            new = tuple(Value(self.after[fact], fact.value) for fact in come if fact.property == name)
            yield Property(name, label, old, new)


def _described(facts: Iterable[Fact]) -> set[str]:
    """Return the things that something is said of; a link alone is a row that outlives its thing."""
    return {fact.thing for fact in facts if fact.property not in LINKS}
