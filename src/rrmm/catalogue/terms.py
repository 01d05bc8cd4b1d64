"""The terms of the ontology as people look them up, and the terms of a query that the graph does not have.

A query with a misspelt term is a good query without an answer: nobody but the graph can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rrmm.errors import QueryError, nearest, quote
from rrmm.graph import queries
from rrmm.graph.store import Asked
from rrmm.graph.table import Table
from rrmm.iris import BASE, local_name, short

COLUMNS = ("term", "label", "kind", "of", "to", "definition")
DECLARED = re.compile(r"\bPREFIX\s+([\w.-]*):\s*<([^<>\s]*)>", re.IGNORECASE)
TOKEN = re.compile(
    r"""<(?P<iri>[^<>"{}|^`\\\s]*)>
    |\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\#[^\n]*|[?$]\w+|@[\w-]+
    |(?P<name>[A-Za-z][\w.-]*:[\w%:.-]*[\w%])""",
    re.VERBOSE | re.DOTALL,
)
_PREFIX = re.compile(rb'^(\S+) <http://www\.w3\.org/ns/shacl#(prefix|namespace)> "([^"]*)"', re.MULTILINE)


def list_terms(store: Asked, root: Path, word: str = "") -> Table:
    """Return classes and properties of the ontology whose name, label or definition has a word; all without one.

    Raises QueryError where none has it, with the nearest names.
    """
    rows: dict[str, dict[str, str]] = {}
    for row in store.rows(queries.find(root, "show", "terms").text):
        known = rows.setdefault(row["term"], {"term": short(row["term"]), "label": row["label"]})
        known["kind"] = row["kind"]
        for name in ("of", "to"):
            held = known.get(name, "").split(", ")
            known[name] = ", ".join(dict.fromkeys(filter(None, (*held, str(row.get(name) or "")))))
        known["definition"] = row["definition"]
    folded = word.casefold()
    shown = [row for row in rows.values() if any(folded in row[name].casefold() for name in ("term", "label"))]
    shown = shown or [row for row in rows.values() if folded in row["definition"].casefold()]
    if not shown:
        names = [local_name(term) for term in rows]
        raise QueryError(f"No term has {quote(word)} in its name or definition.{nearest(word, names)}", value=word)
    return Table.of(COLUMNS, shown)


def find_prefixes(snapshot: bytes) -> dict[str, str]:
    """Return prefix → namespace, as a graph in N-Triples declares them."""
    declared: dict[bytes, dict[str, str]] = {}
    for node, what, value in _PREFIX.findall(snapshot):
        declared.setdefault(node, {})[what.decode()] = value.decode()
    return {one["prefix"]: one["namespace"] for one in declared.values() if len(one) == 2}


def find_unknown(text: str, snapshot: bytes, prefixes: Mapping[str, str]) -> list[str]:
    """Return for each term of this graph's namespaces in a query that the graph lacks what is wrong, and the nearest.

    >>> find_unknown("ASK { ?s rrmm:lable 'rrmm:no' } # rrmm:no", b"<https://w3id.org/rrmm/ontology#label>",
    ...              {"rrmm": "https://w3id.org/rrmm/ontology#"})
    ['The graph has no rrmm:lable. Did you mean rrmm:label?']
    """
    known = {**prefixes, **dict(DECLARED.findall(text))}
    unknown = dict.fromkeys(iri for iri in _iris(text, known) if f"<{iri}>".encode() not in snapshot)
    return [f"The graph has no {short(iri)}.{_nearest(iri, snapshot)}" for iri in unknown]


def _iris(text: str, prefixes: Mapping[str, str]) -> Iterator[str]:
    """Yield the IRIs of this graph in a query, namespaces apart."""
    for token in TOKEN.finditer(text):
        iri = token["iri"] or ""
        if token["name"]:
            prefix, _, name = token["name"].partition(":")
            iri = prefixes[prefix] + name if prefix in prefixes else ""
        if iri.startswith(BASE) and iri not in prefixes.values():
            yield iri


def _nearest(iri: str, snapshot: bytes) -> str:
    space = iri[: len(iri) - len(local_name(iri))]
    beside = re.findall(rb"<" + re.escape(space.encode()) + rb"([^<>/#]+)>", snapshot)
    return nearest(short(iri), sorted({short(space + name.decode()) for name in beside}))
