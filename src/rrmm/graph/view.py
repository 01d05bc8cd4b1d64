"""A view: what some sources of a graph say, as a graph of its own.

What is part of it the ontology says (`rrmm:inView`); what a key of the patient file takes as a value is in every view.
What publications print is part of it up to a day, or not at all. Here stand only the steps.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from functools import cache

from rrmm.graph.syntax import TextTriple, read_lines, write_lines
from rrmm.iris import ID, RDF, RDFS, RRMM

_THING = f"<{ID}"
_TYPE = f"<{RDF}type>"
_ABOVE = f"<{RDFS}subClassOf>"
_IN_VIEW, _VALUES_FROM, _STATED_IN, _OF_SOURCE, _PUBLISHED = (
    f"<{RRMM}{name}>" for name in ("inView", "valuesFrom", "statedIn", "ofSource", "published")
)
_ON_OPTIONS = {f"<{RRMM}{name}>" for name in ("Approval", "Guidance", "TreatmentOption")}
_SOURCE, ALWAYS, WHERE_NAMED, WHERE_STATED, WITH_ALL_SOURCES, WITH_ITS_WHOLE = (
    f"<{RRMM}{name}>" for name in ("Source", "Always", "WhereNamed", "WhereStated", "WithAllSources", "WithItsWhole")
)


def restrict(
    content: bytes, sources: Iterable[str], published_by: str | None = None, left: Iterable[str] = ()
) -> bytes:
    """Return the part of a graph, as N-Triples in their order, that the sources of these names say.

    With a day `published_by`, what the publications of that day or before print is part of it too. What things of the
    IRIs in `left` say on options is left out.
    """
    triples = read_lines(content)
    named = {f"{_THING}source/{name}>" for name in sources}
    own = {f"<{iri}>" for iri in left}
    out = {subject for subject, name, value in triples if subject in own and name == _TYPE and value in _ON_OPTIONS}
    return write_lines(_View(triples, named, _published(triples, published_by), out).triples())


def _published(triples: Iterable[TextTriple], day: str | None) -> set[str]:
    """Return what was published by a day; a year counts with its last day."""
    if day is None:
        return set()
    return {subject for subject, name, value in triples if name == _PUBLISHED and _last_day(value.strip('"')) <= day}


def publication_days(content: bytes) -> list[str]:
    """Return the days on which something of a graph in N-Triples was published, in their order."""
    dates = re.findall(rf'^\S+ {_PUBLISHED} "([^"]+)"'.encode(), content, re.MULTILINE)
    return sorted({_last_day(date.decode()) for date in dates})


def _last_day(date: str) -> str:
    return f"{date}-12-31"[:10]


class _View:
    """The things of a graph that are out of a view, found step by step."""

    def __init__(self, triples: list[TextTriple], sources: Set[str], published: Set[str], left: Set[str]) -> None:
        self.all = triples
        self.types: defaultdict[str, set[str]] = defaultdict(set)
        self.passages: defaultdict[str, set[str]] = defaultdict(set)
        self.links: defaultdict[str, set[str]] = defaultdict(set)
        self.wholes: defaultdict[str, set[str]] = defaultdict(set)
        self.presence: dict[str, str] = {}
        above: defaultdict[str, set[str]] = defaultdict(set)
        self.out = set(left)
        for subject, name, value in triples:
            if name == _IN_VIEW:
                self.presence[subject] = value
            elif name == _VALUES_FROM:
                self.presence[value] = ALWAYS
            elif name == _ABOVE:
                above[subject].add(value)
            if subject.startswith(_THING):
                if name == _TYPE:
                    self.types[subject].add(value)
                elif name == _STATED_IN:
                    self.passages[subject].add(value)
                elif value.startswith(_THING):
                    self.links[subject].add(value)
                    self.wholes[value].add(subject)

        @cache
        def presences(kind: str) -> frozenset[str]:
            own = {self.presence[kind]} if kind in self.presence else set()
            return frozenset(own.union(*map(presences, above[kind])))

        self.of: defaultdict[str, set[str]] = defaultdict(set)
        for subject, kinds in self.types.items():
            for presence in frozenset[str]().union(*map(presences, kinds)):
                self.of[presence].add(subject)
        sourced = {subject for subject, kinds in self.types.items() if _SOURCE in kinds}
        self.out |= sourced - sources
        kept = sources | (published - sourced)
        self.out |= {subject for subject, name, value in triples if name == _OF_SOURCE and value not in kept}
        self._leave_unstated()
        self._leave_dependent()

    def _leave_unstated(self) -> None:
        """Leave out what the sources in view neither state nor name."""
        entire = self.of[WITH_ALL_SOURCES]
        stated = {
            subject
            for subject, passages in self.passages.items()
            if (not passages & self.out if subject in entire else passages - self.out)
        }
        unstated = self.passages.keys() - stated
        named, pending = set[str](), list(stated)
        while pending:
            for value in self.links[pending.pop()] - named - stated - self.out:
                if value not in unstated or value in self.of[WHERE_NAMED]:
                    named.add(value)
                    pending.append(value)
        self.out |= unstated - self.of[ALWAYS] - named
        self.by_name = unstated - self.out

    def _leave_dependent(self) -> None:
        """Leave out what points at a thing that is out, and the parts of such things."""
        entire, parts = self.of[WITH_ALL_SOURCES], self.of[WITH_ITS_WHOLE]
        pointing = (self.types.keys() - self.passages.keys() - self.of[ALWAYS]) | entire
        pointing -= self.out
        while gone := {
            subject
            for subject in pointing
            if self.links[subject] & self.out or (subject in parts and not self.wholes[subject] - self.out)
        }:
            self.out |= gone
            pointing -= gone

    def triples(self) -> Iterator[TextTriple]:
        """Yield the triples in view, in their order."""
        unnamed = {name for name, presence in self.presence.items() if presence == WHERE_STATED}
        for triple in self.all:
            subject, name, value = triple
            if subject in self.out or value in self.out:
                continue
            if subject in self.by_name and (name in unnamed or (name == _TYPE and value in unnamed)):
                continue
            yield triple
