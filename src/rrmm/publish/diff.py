"""What changed in knowledge between two versions of a graph: added, withdrawn, renamed, changed, with the sources.

What the build derives from other statements, and the apparatus (questions, checks, shapes), is counted, not listed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from rrmm.errors import KnowledgeError
from rrmm.graph.sssom import PREDICATES
from rrmm.iris import SKOS, local_name
from rrmm.publish.versions import About, Fact, Version, read
from rrmm.rules.address import Address

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
    """A property of a thing with its old and new values, where they differ."""

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
    sources: tuple[Address, ...]
    reason: str
    replacements: Mapping[str, str]


class Difference(NamedTuple):
    """The numbers of both versions, all changes in the order in which they are shown, and why → how many left out."""

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
        self.known_before, self.known_now = _things_described(old.facts), _things_described(new.facts)
        self.former = {
            replacements[0]: thing
            for thing, (_, replacements) in new.withdrawn.items()
            if thing in self.known_before
            and thing not in old.withdrawn
            and len(replacements) == 1
            and replacements[0] in self.known_now - self.known_before
        }
        self.before = old.rename({then: now for now, then in self.former.items()}).facts if self.former else old.facts
        stubs = set(self.former.values())
        self.after = {fact: words for fact, words in new.facts.items() if fact.thing not in stubs}

    def difference(self) -> Difference:
        """Return everything that differs."""
        left_out = Counter[str]()
        facts: dict[str, set[Fact]] = defaultdict(set, {thing: set() for thing in self.former})
        for fact in self.before.keys() ^ self.after.keys():
            if why := self._why_left_out(fact):
                left_out[why] += 1
            else:
                facts[fact.thing].add(fact)
        changes = [change for thing, own in facts.items() for change in self._changes(thing, own)]
        order = {about.kind: about.order for side in (self.old, self.new) for about in side.about.values()}
        order |= {OTHER.kind: OTHER.order, OF_LINKS: OTHER.order + 1}
        changes.sort(key=lambda change: (order[change.kind], SORTS.index(change.sort), change.label, change.thing))
        return Difference((self.old.number, self.new.number), tuple(changes), dict(sorted(left_out.items())))

    def _why_left_out(self, fact: Fact) -> str | None:
        """Return why a statement is not knowledge of its own: for its thing, its property, or also its value."""
        thing, name, value = fact
        for pattern in (Fact(thing, "", ""), Fact("", name, ""), Fact("", name, value.strip("<>"))):
            if why := self.old.left_out.get(pattern) or self.new.left_out.get(pattern):
                return why
        return None

    def _changes(self, thing: str, facts: set[Fact]) -> Iterator[Change]:
        then = self.former.get(thing, thing)
        reason, replacements = ("", ()) if then in self.old.withdrawn else self.new.withdrawn.get(then, ("", ()))
        if thing in self.former:
            sort = RENAMED
        elif (thing in self.new.withdrawn and thing not in self.old.withdrawn) or thing not in self.known_now:
            sort = WITHDRAWN
        else:
            sort = CHANGED if thing in self.known_before else ADDED
        sides = [(self.new, thing), (self.old, then)]
        if sort in {WITHDRAWN, RENAMED}:
            sides.reverse()
        about = next((side.about[name] for side, name in sides if name in side.about), OTHER)
        change = Change(
            about.kind,
            sort,
            then,
            next((side.labels[name] for side, name in sides if name in side.labels), local_name(then)),
            about.said,
            about.address,
            tuple(self._properties(facts)),
            tuple(next((side.sources[name] for side, name in sides if name in side.sources), ())),
            reason,
            {iri: self.new.label(iri) for iri in replacements},
        )
        if sort != CHANGED:
            yield change
            return
        links = tuple(part for part in change.properties if part.property in LINKS)
        if own := tuple(part for part in change.properties if part.property not in LINKS):
            yield change._replace(properties=own)
        if links:
            yield change._replace(kind=OF_LINKS, properties=links, sources=())

    def _properties(self, facts: set[Fact]) -> Iterator[Property]:
        for name in sorted({fact.property for fact in facts}):
            own = sorted(fact for fact in facts if fact.property == name)
            old, new = (
                tuple(Value(side[fact], fact.value) for fact in own if fact in side)
                for side in (self.before, self.after)
            )
            yield Property(name, self.new.labels.get(name) or self.old.label(name), old, new)


def _things_described(facts: Iterable[Fact]) -> set[str]:
    """Return the things that something is said of; a link alone is a row that outlives its thing."""
    return {fact.thing for fact in facts if fact.property not in LINKS}
