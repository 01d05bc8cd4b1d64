"""RDF read and written: N-Triples line by line, the other syntaxes through pyoxigraph.

N-Triples of this package are sorted and their blank nodes named by RDFC-1.0 (https://www.w3.org/TR/rdf-canon/),
so that the same graph is the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from rrmm.graph.terms import Literal, NamedNode, Quad, Triple

SYNTAXES = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}


TextTriple = tuple[str, str, str]


def find_syntax(ending: str) -> str | None:
    """Return the syntax of files with this ending, or None for an unknown one.

    >>> find_syntax("ttl"), find_syntax("doc")
    ('turtle', None)
    """
    form = ox.RdfFormat.from_extension(ending)
    return next((name for name, known in SYNTAXES.items() if known == form), None)


def parse(content: bytes, syntax: str = "ntriples", base: str | None = None) -> Iterator[Triple]:
    """Yield the triples of a document, those of named graphs too; raises SyntaxError with the line."""
    return (quad.triple for quad in parse_quads(content, syntax, base))


def parse_quads(content: bytes, syntax: str = "nquads", base: str | None = None) -> Iterator[Quad]:
    """Yield the quads of a document; raises SyntaxError with the line."""
    return iter(ox.parse(content, format=SYNTAXES[syntax], base_iri=base))


def read_prefixes(content: bytes) -> list[tuple[str, str]]:
    """Return each prefix of a Turtle document with each namespace that it stands for, however it is declared.

    >>> read_prefixes(b"prefix a: <urn:a:> a:b a:c a:d . PREFIX a: <urn:b:>")
    [('a', 'urn:a:'), ('a', 'urn:b:')]
    """
    parser = ox.parse(content, format=SYNTAXES["turtle"])
    declared = dict.fromkeys(pair for _ in parser for pair in parser.prefixes.items())
    return list(declared | dict.fromkeys(parser.prefixes.items()))


def serialize(statements: Iterable[Triple] | Iterable[Quad], syntax: str, prefixes: Mapping[str, str]) -> bytes:
    """Return statements in a syntax, in the order in which they are given; raises FormError as `check_xml` does."""
    content = ox.serialize(statements, format=SYNTAXES[syntax], prefixes=dict(prefixes)) or b""
    if syntax != "rdfxml":
        return content
    from rrmm.graph.xml import check_xml

    return check_xml(content)


def write_lines(statements: Iterable[Triple | Quad | TextTriple]) -> bytes:
    """Return statements as N-Triples or N-Quads, in the order in which they are given.

    >>> write_lines([("<urn:a>", "<urn:b>", '"c"')]).decode().strip()
    '<urn:a> <urn:b> "c" .'
    """
    return "".join(map(_write_line, statements)).encode()


def write_sorted(statements: Iterable[Triple | TextTriple]) -> bytes:
    """Return statements as N-Triples, sorted, each once."""
    return "".join(sorted(set(map(_write_line, statements)))).encode()


def _write_line(statement: Triple | Quad | TextTriple) -> str:
    return f"{' '.join(statement) if isinstance(statement, tuple) else statement} .\n"


def read_lines(content: bytes) -> list[TextTriple]:
    """Return the triples of N-Triples, each term as it is written.

    >>> read_lines(b'<urn:a> <urn:b> "c d" .')
    [('<urn:a>', '<urn:b>', '"c d"')]
    """
    lines = (line.removesuffix(" .").split(" ", 2) for line in content.decode().split("\n") if line)
    return [(subject, predicate, value) for subject, predicate, value in lines]


def canonicalize(graphs: Mapping[str, Iterable[Triple]]) -> list[Quad]:
    """Return the triples of graphs with their blank nodes renamed by RDFC-1.0, each once.

    `graphs` maps the IRI of a graph to its triples; the default graph has an empty IRI. Names of blank nodes depend on
    no triple without them (https://www.w3.org/TR/rdf-canon/#canon-algorithm, step 2), so the algorithm sees no other.
    """
    quads: list[Quad] = []
    dataset = ox.Dataset()
    for iri, triples in graphs.items():
        graph_name = NamedNode(iri) if iri else None
        for subject, predicate, value in set(triples):
            quad = Quad(subject, predicate, value, graph_name)
            if type(subject) is NamedNode and type(value) in {NamedNode, Literal}:
                quads.append(quad)
            else:
                dataset.add(quad)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return [*quads, *dataset]


def sort_quads(quads: Iterable[Quad]) -> list[Quad]:
    """Return quads by the IRI of their graph, then as N-Quads."""
    return sorted(quads, key=lambda quad: (str(quad.graph_name).strip("<>"), str(quad)))
