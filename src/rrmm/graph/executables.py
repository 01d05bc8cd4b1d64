"""The catalogue as part of the graph: each question as a ``sh:SPARQLSelectExecutable``.

Every build of the graph makes it from ``queries/questions/*.rq``: it can be queried like anything else,
and nobody keeps a second copy. https://www.w3.org/TR/shacl-af/, https://github.com/sib-swiss/sparql-examples
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rrmm.graph.queries import BOOLEAN, TEXT, Query
from rrmm.graph.terms import Literal, NamedNode, Triple
from rrmm.iris import ID, RDF, RDFS, RRMM, SCHEMA, SH, XSD

DATATYPES = {TEXT: "string", BOOLEAN: "boolean"}


def describe(query: Query, prefixes: Mapping[str, str]) -> Iterator[Triple]:
    """Yield the SHACL form of a question; `prefixes` expand its kinds and defaults."""
    node = NamedNode(f"{ID}question/{query.name}")

    def say(subject: NamedNode, predicate: str, value: NamedNode | Literal) -> Triple:
        return Triple(subject, NamedNode(predicate), value)

    for kind in (RRMM + "Question", SH + "SPARQLExecutable", SH + "SPARQLSelectExecutable"):
        yield say(node, RDF + "type", NamedNode(kind))
    yield say(node, RDFS + "label", Literal(query.summary, language="en"))
    yield say(node, RDFS + "comment", Literal(query.description, language="en"))
    yield say(node, SH + "select", Literal(query.body))
    yield say(node, SH + "prefixes", NamedNode(RRMM[:-1]))
    for tag in query.tags:
        yield say(node, SCHEMA + "keywords", Literal(tag))
    for name, variable in query.parameters.items():
        parameter = NamedNode(f"{RRMM[:-1]}/parameter/{query.name}.{name}")
        yield say(node, SH + "parameter", parameter)
        yield say(parameter, RDF + "type", NamedNode(SH + "Parameter"))
        yield say(parameter, SH + "name", Literal(name))
        yield say(parameter, SH + "path", NamedNode(f"{RRMM[:-1]}/variable#{variable}"))
        yield say(parameter, SH + "optional", Literal(variable.startswith("__")))
        is_thing = variable.endswith("_iri")
        kind = query.kinds[name]
        taken = NamedNode(_expand(kind, prefixes) if is_thing else XSD + DATATYPES[kind])
        yield say(parameter, SH + ("class" if is_thing else "datatype"), taken)
        if name in query.defaults:
            default = query.defaults[name]
            value = NamedNode(_expand(default, prefixes)) if is_thing else Literal(default, datatype=taken)
            yield say(parameter, SH + "defaultValue", value)


def _expand(curie: str, prefixes: Mapping[str, str]) -> str:
    prefix, _, name = curie.partition(":")
    return prefixes[prefix] + name
