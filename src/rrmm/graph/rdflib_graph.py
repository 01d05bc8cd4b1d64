"""Graphs of rdflib: for those who work with rdflib, and for its Turtle, which reads best."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rdflib


def to_rdflib(content: bytes, prefixes: Mapping[str, str] | None = None) -> rdflib.Graph:
    """Return N-Triples as a graph of rdflib, the names of blank nodes kept and `prefixes` bound."""
    import rdflib

    blank = {name: rdflib.BNode(name) for name in re.findall(r"_:(\w+)", content.decode())}
    graph = rdflib.Graph().parse(data=content, format="nt", bnode_context=blank)
    for prefix, namespace in (prefixes or {}).items():
        graph.bind(prefix, namespace, override=True, replace=True)
    return graph


@contextmanager
def keep_lexical_forms() -> Iterator[None]:
    """Let rdflib keep literals as they are written, 0.70 as 0.70."""
    import rdflib

    normalize, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        yield
    finally:
        rdflib.NORMALIZE_LITERALS = normalize


def write_turtle(content: bytes, prefixes: Mapping[str, str]) -> bytes:
    """Return N-Triples as Turtle, one property a line."""
    return to_rdflib(content, prefixes).serialize(format="longturtle", encoding="utf-8")


def write_document(content: bytes, prefixes: Mapping[str, str], first: Sequence[str]) -> bytes:
    """Return N-Triples as Turtle under no other prefixes, the instances of the classes `first` at its top."""
    import rdflib
    from rdflib.plugins.serializers.longturtle import LongTurtleSerializer

    graph = rdflib.Graph(bind_namespaces="none").parse(data=content, format="nt")
    for prefix, namespace in prefixes.items():
        graph.bind(prefix, namespace)
    serializer = LongTurtleSerializer(graph)  # type: ignore[no-untyped-call]
    serializer.topClasses = list(map(rdflib.URIRef, first))
    serializer.serialize(out := io.BytesIO())
    return out.getvalue()
