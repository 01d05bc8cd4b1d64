"""The graph as JSON-LD 1.1 that a person can read: one object a trial, drug or regimen, its parts inside.

The name of a part begins with that of its whole: ``trial:endeavor.pfs-kd`` belongs to ``trial:endeavor``. A part
that the whole names stands where it names it; a part that names the whole stands under the inverse of that
property (``rrmm:inverseName``); a part that only other parts name stands with each of them. The context types
every property, so that values are plain JSON; things have whole IRIs, properties and classes one word.
https://www.w3.org/TR/json-ld11/
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from rrmm.graph.files import GraphFiles
from rrmm.graph.statements import NIL, TYPE, Statements
from rrmm.graph.terms import BlankNode, Literal, NamedNode, Term
from rrmm.iris import ID, RRMM, XSD, local_name
from rrmm.publish.rdf import prefixes

KEYWORDS = {"id": "@id", "type": "@type"}
NATIVE: dict[str, Callable[[str], str | int | bool]] = {XSD + "integer": int, XSD + "boolean": "true".__eq__}
Json = object


def document(files: GraphFiles) -> bytes:
    """Return the whole graph, its context inside."""
    frame = _Frame(files.snapshot)
    return _write({"@context": frame.context, "@graph": [frame.whole(node) for node in frame.wholes()]})


def context(files: GraphFiles) -> bytes:
    """Return the context alone, as it is published."""
    return _write({"@context": _Frame(files.snapshot).context})


def _write(data: dict[str, Json]) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


class _Frame:
    def __init__(self, snapshot: bytes) -> None:
        self.prefixes = {name: to for name, to in prefixes(snapshot).items() if not to.startswith(ID)}
        self.statements = Statements.parse(snapshot)
        self.inverse: dict[str, str] = {}
        self.namers: dict[Term, list[Term]] = defaultdict(list)
        objects: dict[str, list[Term]] = defaultdict(list)
        for value, references in self.statements.references.items():
            for name, subject in references:
                objects[name].append(value)
                self.namers[value].append(subject)
                if name == RRMM + "inverseName":
                    self.inverse[subject.value] = value.value
        locals_ = Counter(map(local_name, objects))
        self.keys = {
            name: local_name(name) if locals_[local_name(name)] == 1 else self._short(name) for name in sorted(objects)
        }
        self.kinds = {name: self._kind(values) for name, values in objects.items()}
        self.context = self._context()
        self.parts: dict[Term, list[Term]] = defaultdict(list)
        for node in sorted(self.statements.subjects, key=str):
            if (above := self._above(node)) is not None:
                self.parts[above].append(node)

    def _context(self) -> dict[str, Json]:
        context: dict[str, Json] = {"@version": 1.1, "@vocab": RRMM, **KEYWORDS, **self.prefixes}
        for name, key in self.keys.items():
            if name != TYPE:
                context[key] = {"@id": self._short(name)} | self.kinds[name]
        for name, key in sorted(self.inverse.items()):
            context[key] = {"@reverse": self._short(name)}
        return context

    def _kind(self, values: Iterable[Term]) -> dict[str, str]:
        """Return the kind of all values of a property as a term definition; empty where they differ."""
        kinds = {self._kind_of(value) for value in values}
        return dict(kinds) if len(kinds) == 1 else {}

    def _kind_of(self, value: Term) -> tuple[str, str]:
        if not isinstance(value, Literal):
            own = not isinstance(value, BlankNode) and value.value.startswith(RRMM)
            return "@type", "@vocab" if own else "@id"
        if value.language:
            return "@language", value.language
        return "@type", self._short(value.datatype.value)

    def _above(self, node: Term) -> Term | None:
        """Return the whole of a part: its name and a statement between them say so. None for any other node."""
        if isinstance(node, BlankNode) or not node.value.startswith(ID):
            return None
        whole = NamedNode(ID + node.value.removeprefix(ID).split(".", 1)[0])
        if whole == node or whole not in self.statements.subjects:
            return None
        return (
            whole
            if self._inverse(node, whole) or any(self._leads(namer, whole) for namer in self.namers[node])
            else None
        )

    def _leads(self, namer: Term, whole: NamedNode) -> bool:
        """Return whether a node is the whole, or a part that stands in it."""
        within = not isinstance(namer, BlankNode) and f"{namer.value}.".startswith(f"{whole.value}.")
        return within and (namer == whole or self._above(namer) == whole)

    def _inverse(self, part: Term, whole: Term) -> str | None:
        """Return the property by which a part names its whole, if it has an inverse name."""
        return next((name for name in self.inverse if whole in self.statements.objects(part, name)), None)

    def wholes(self) -> list[Term]:
        """Return the nodes that stand on their own, in the order of their names."""
        nodes = self.statements.subjects
        alone = (n for n in nodes if not (self.namers[n] if isinstance(n, BlankNode) else self._above(n)))
        return sorted(alone, key=str)

    def whole(self, node: Term) -> dict[str, Json]:
        """Return a thing with its parts."""
        named = {value for _, value in self.statements.pairs(node)}
        inverse: dict[str, list[Term]] = defaultdict(list)
        for part in self.parts[node]:
            if part not in named and (name := self._inverse(part, node)):
                inverse[name].append(part)
        placed = named.union(*inverse.values())
        shared = {part for part in self.parts[node] if part not in placed}
        entry = self._object(node, shared.union(named.intersection(self.parts[node])))
        for name, parts in inverse.items():
            entry[self.inverse[name]] = [self._object(part, shared, (name, node)) for part in parts]
        return entry

    def _object(
        self, node: Term, embedded: AbstractSet[Term], without: tuple[str, Term] | None = None
    ) -> dict[str, Json]:
        """Return a node with the `embedded` nodes inside it, and `without` the statement that led to it."""
        entry: dict[str, Json] = {}
        if not isinstance(node, BlankNode) or len(self.namers[node]) > 1:
            entry["id"] = str(node) if isinstance(node, BlankNode) else self._short(node.value)
        properties = self.statements.subjects.get(node, {})
        for name, values in sorted(properties.items(), key=lambda pair: (pair[0] != TYPE, pair[0])):
            kept = [value for value in values if (name, value) != without]
            if name == TYPE:
                entry["type"] = _unwrap([self._word(value.value) for value in kept])
            elif kept:
                entry[self.keys[name]] = _unwrap([self._value(name, value, embedded - {node}) for value in kept])
        return entry

    def _value(self, name: str, value: Term, embedded: AbstractSet[Term]) -> Json:
        kind = self.kinds[name]
        if isinstance(value, Literal):
            return self._literal(value, kind)
        if (members := self.statements.members(value)) or value == NIL:
            return {"@list": [self._value(name, member, embedded) for member in members]}
        if isinstance(value, BlankNode) or value in embedded:
            return self._object(value, embedded)
        if not kind:
            return {"id": self._short(value.value)}
        return self._word(value.value) if kind == {"@type": "@vocab"} else self._short(value.value)

    def _literal(self, value: Literal, kind: dict[str, str]) -> Json:
        datatype = value.datatype.value
        plain = NATIVE.get(datatype, str)(value.value)
        if dict([self._kind_of(value)]) == kind or (not kind and datatype == XSD + "string"):
            return plain
        how, what = self._kind_of(value)
        return {"@value": value.value, how: what}

    def _word(self, iri: str) -> str:
        return iri.removeprefix(RRMM) if iri.startswith(RRMM) else self._short(iri)

    def _short(self, iri: str) -> str:
        for prefix, namespace in self.prefixes.items():
            if iri.startswith(namespace) and iri != namespace:
                return f"{prefix}:{iri.removeprefix(namespace)}"
        return iri


def _unwrap(values: list[Json]) -> Json:
    return values[0] if len(values) == 1 else values
