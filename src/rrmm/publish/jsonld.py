"""The graph as JSON-LD 1.1 that a person can read: one object a trial, drug or regimen, its parts inside.

A part is what its name says: ``trial:endeavor.pfs-kd`` belongs to ``trial:endeavor``. Parts that the whole
names stand where it names them; parts that name the whole stand under the inverse name of that property
(``rrmm:inverseName``); what only other parts name stands with each of them. The context types every
property, so that values are plain JSON; things are named by whole IRIs, properties and classes by one word. https://www.w3.org/TR/json-ld11/
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from rrmm.graph.files import GraphFiles
from rrmm.iris import ID, RDF, RRMM, XSD, local_name
from rrmm.publish.rdf import prefixes

KEYWORDS = {"id": "@id", "type": "@type"}
TYPE, FIRST, REST, NIL = (RDF + name for name in ("type", "first", "rest", "nil"))
NATIVE: dict[str, Callable[[str], Any]] = {XSD + "integer": int, XSD + "boolean": "true".__eq__}
Term = Any


def document(knowledge: GraphFiles) -> bytes:
    """Return the whole graph, its context inside."""
    frame = _Frame(knowledge.snapshot)
    return _written({"@context": frame.context, "@graph": [frame.whole(node) for node in frame.wholes()]})


def context(knowledge: GraphFiles) -> bytes:
    """Return the context alone, as it is published."""
    return _written({"@context": _Frame(knowledge.snapshot).context})


def _written(made: dict[str, Any]) -> bytes:
    return (json.dumps(made, ensure_ascii=False, indent=1) + "\n").encode()


class _Frame:
    def __init__(self, snapshot: bytes) -> None:
        import pyoxigraph as ox

        self.prefixes = {name: to for name, to in prefixes(snapshot).items() if not to.startswith(ID)}
        self.statements: dict[Term, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self.inverse: dict[str, str] = {}
        self.namers: dict[Term, list[Term]] = defaultdict(list)
        objects: dict[str, list[Term]] = defaultdict(list)
        for quad in ox.parse(snapshot, format=ox.RdfFormat.N_TRIPLES):
            name = quad.predicate.value
            self.statements[quad.subject][name].append(quad.object)
            objects[name].append(quad.object)
            self.namers[quad.object].append(quad.subject)
            if name == RRMM + "inverseName":
                self.inverse[quad.subject.value] = quad.object.value
        self.blank, self.literal = ox.BlankNode, ox.Literal
        locals_ = Counter(map(local_name, objects))
        self.keys = {
            name: local_name(name) if locals_[local_name(name)] == 1 else self._short(name) for name in sorted(objects)
        }
        self.kinds = {name: self._kind(values) for name, values in objects.items()}
        self.context = self._context()
        self.parts: dict[Term, list[Term]] = defaultdict(list)
        for node in sorted(self.statements, key=str):
            if (above := self._above(node)) is not None:
                self.parts[above].append(node)

    def _context(self) -> dict[str, Any]:
        made: dict[str, Any] = {"@version": 1.1, "@vocab": RRMM, **KEYWORDS, **self.prefixes}
        for name, key in self.keys.items():
            if name != TYPE:
                made[key] = {"@id": self._short(name)} | self.kinds[name]
        for name, key in sorted(self.inverse.items()):
            made[key] = {"@reverse": self._short(name)}
        return made

    def _kind(self, values: Iterable[Term]) -> dict[str, str]:
        """Return what all values of a property have in common, as a term definition says it."""
        found = {self._kind_of(value) for value in values}
        return dict(found) if len(found) == 1 else {}

    def _kind_of(self, value: Term) -> tuple[str, str]:
        if not isinstance(value, self.literal):
            own = not isinstance(value, self.blank) and value.value.startswith(RRMM)
            return "@type", "@vocab" if own else "@id"
        if value.language:
            return "@language", value.language
        return "@type", self._short(value.datatype.value)

    def _above(self, node: Term) -> Term | None:
        """Return the whole that a node is a part of: by its name, and by a statement that leads to it."""
        if isinstance(node, self.blank) or not node.value.startswith(ID):
            return None
        whole = type(node)(ID + node.value.removeprefix(ID).split(".", 1)[0])
        if whole == node or whole not in self.statements:
            return None
        named = any(f"{namer.value}.".startswith(f"{whole.value}.") for namer in self.namers[node])
        return whole if named or self._inverse(node, whole) else None

    def _inverse(self, part: Term, whole: Term) -> str | None:
        """Return the property by which a part names its whole, where it has an inverse name."""
        return next((name for name in self.inverse if whole in self.statements[part].get(name, ())), None)

    def wholes(self) -> list[Term]:
        """Return what stands on its own, in the order of the names."""
        alone = (n for n in self.statements if not (self.namers[n] if isinstance(n, self.blank) else self._above(n)))
        return sorted(alone, key=str)

    def whole(self, node: Term) -> dict[str, Any]:
        """Return a thing with its parts."""
        named = {value for values in self.statements[node].values() for value in values}
        inverse: dict[str, list[Term]] = defaultdict(list)
        for part in self.parts[node]:
            if part not in named and (name := self._inverse(part, node)):
                inverse[name].append(part)
        placed = named.union(*inverse.values())
        shared = {part for part in self.parts[node] if part not in placed}
        made = self._object(node, shared.union(named.intersection(self.parts[node])))
        for name, parts in inverse.items():
            made[self.inverse[name]] = [self._object(part, shared, (name, node)) for part in parts]
        return made

    def _object(self, node: Term, embedded: set[Term], led: tuple[str, Term] | None = None) -> dict[str, Any]:
        """Return a node; what is `embedded` stands inside it, the statement that led here is left out."""
        made: dict[str, Any] = {}
        if not isinstance(node, self.blank) or len(self.namers[node]) > 1:
            made["id"] = str(node) if isinstance(node, self.blank) else self._short(node.value)
        for name, values in sorted(self.statements[node].items(), key=lambda pair: (pair[0] != TYPE, pair[0])):
            kept = [value for value in values if (name, value) != led]
            if name == TYPE:
                made["type"] = _one([self._word(value.value) for value in kept])
            elif kept:
                made[self.keys[name]] = _one([self._value(name, value, embedded - {node}) for value in kept])
        return made

    def _value(self, name: str, value: Term, embedded: set[Term]) -> Any:
        kind = self.kinds[name]
        if isinstance(value, self.literal):
            return self._literal(value, kind)
        if REST in self.statements.get(value, ()) or getattr(value, "value", "") == NIL:
            return {"@list": [self._value(name, item, embedded) for item in self._items(value)]}
        if isinstance(value, self.blank) or value in embedded:
            return self._object(value, embedded)
        if not kind:
            return {"id": self._short(value.value)}
        return self._word(value.value) if kind == {"@type": "@vocab"} else self._short(value.value)

    def _literal(self, value: Term, kind: dict[str, str]) -> Any:
        datatype = value.datatype.value
        plain = NATIVE.get(datatype, str)(value.value)
        if dict([self._kind_of(value)]) == kind or (not kind and datatype == XSD + "string"):
            return plain
        how, what = self._kind_of(value)
        return {"@value": value.value, how: what}

    def _items(self, node: Term) -> Iterable[Term]:
        while node.value != NIL:
            (item,), (rest,) = self.statements[node][FIRST], self.statements[node][REST]
            yield item
            node = rest

    def _word(self, iri: str) -> str:
        return iri.removeprefix(RRMM) if iri.startswith(RRMM) else self._short(iri)

    def _short(self, iri: str) -> str:
        for prefix, namespace in self.prefixes.items():
            if iri.startswith(namespace) and iri != namespace:
                return f"{prefix}:{iri.removeprefix(namespace)}"
        return iri


def _one(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
