"""The catalogue as part of the graph: each question as a ``sh:SPARQLSelectExecutable``.

Made from ``queries/questions/*.rq`` whenever the graph is built, so that it can be asked like anything else
and is never a second copy to keep. https://www.w3.org/TR/shacl-af/, https://github.com/sib-swiss/sparql-examples
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rrmm.graph.queries import Query
from rrmm.iris import ID, RDF, RDFS, RRMM, SCHEMA, SH, XSD

if TYPE_CHECKING:
    import pyoxigraph as ox


def triples(query: Query, prefixes: Mapping[str, str]) -> Iterator[ox.Triple]:
    """Yield the SHACL form of a question; `prefixes` expand its kinds and defaults."""
    import pyoxigraph as ox

    node = ox.NamedNode(f"{ID}question/{query.name}")

    def say(subject: ox.NamedNode, predicate: str, value: ox.NamedNode | ox.Literal) -> ox.Triple:
        return ox.Triple(subject, ox.NamedNode(predicate), value)

    for kind in (RRMM + "Question", SH + "SPARQLExecutable", SH + "SPARQLSelectExecutable"):
        yield say(node, RDF + "type", ox.NamedNode(kind))
    yield say(node, RDFS + "label", ox.Literal(query.summary, language="en"))
    yield say(node, RDFS + "comment", ox.Literal(query.description, language="en"))
    yield say(node, SH + "select", ox.Literal(query.body))
    yield say(node, SH + "prefixes", ox.NamedNode(RRMM[:-1]))
    for tag in query.tags:
        yield say(node, SCHEMA + "keywords", ox.Literal(tag))
    for name, variable in query.parameters.items():
        parameter = ox.NamedNode(f"{RRMM[:-1]}/parameter/{query.name}.{name}")
        yield say(node, SH + "parameter", parameter)
        yield say(parameter, RDF + "type", ox.NamedNode(SH + "Parameter"))
        yield say(parameter, SH + "name", ox.Literal(name))
        yield say(parameter, SH + "path", ox.NamedNode(f"{RRMM[:-1]}/variable#{variable}"))
        yield say(parameter, SH + "optional", ox.Literal(variable.startswith("__")))
        is_thing = variable.endswith("_iri")
        kind = _expanded(query.kinds[name], prefixes) if is_thing else XSD + "string"
        yield say(parameter, SH + ("class" if is_thing else "datatype"), ox.NamedNode(kind))
        if name in query.defaults:
            default = query.defaults[name]
            value = ox.NamedNode(_expanded(default, prefixes)) if is_thing else ox.Literal(default)
            yield say(parameter, SH + "defaultValue", value)


def _expanded(curie: str, prefixes: Mapping[str, str]) -> str:
    prefix, _, name = curie.partition(":")
    return prefixes[prefix] + name
