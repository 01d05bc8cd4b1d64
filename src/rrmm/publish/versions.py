"""One version of a graph, read to be held against another: a folder of its files, or one file of RDF in any form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from rrmm.errors import KnowledgeError
from rrmm.graph import queries
from rrmm.graph.files import GraphFiles, graph_root
from rrmm.graph.statements import Statements
from rrmm.graph.store import Row, Store
from rrmm.graph.syntax import SYNTAXES, find_syntax, parse, write_sorted
from rrmm.graph.terms import BlankNode, Literal, NamedNode, Term, to_text
from rrmm.iris import BASE, OWL, RDF, RDFS, XSD, local_name

NOISE = {OWL + name for name in ("Restriction", "Class", "AllDifferent", "AllDisjointClasses")} | {RDFS + "Datatype"}
ONTOLOGY = BASE + "ontology"


class Fact(NamedTuple):
    """One statement about a named thing; the value as N-Triples, a blank node with all that hangs on it."""

    thing: str
    property: str
    value: str


class Source(NamedTuple):
    """Where a thing is stated: section, citation numbers, and spans of characters in the source."""

    section: str
    citations: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


class About(NamedTuple):
    """The kind under which a thing is listed, whether it is but an address, and what it says."""

    order: int
    kind: str
    address: bool
    said: str


class Version:
    """The statements of one version, and what is needed to tell of them."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def _asked(self, name: str) -> list[Row]:
        return self._store.rows(queries.find(graph_root(), "diff", name).text)

    @cached_property
    def _store(self) -> Store:
        return Store(self.content)

    @cached_property
    def _statements(self) -> Statements:
        return Statements.parse(self.content)

    @cached_property
    def labels(self) -> dict[str, str]:
        """The name of each thing that has one."""
        found: dict[str, str] = {}
        for subject in self._statements.subjects:
            names = sorted(value.value for value in self._statements.objects(subject, RDFS + "label"))
            if names and isinstance(subject, NamedNode):
                found[subject.value] = names[0]
        return found

    @cached_property
    def number(self) -> str:
        """The number of the version, or an empty text."""
        return to_text(self._statements.value(NamedNode(ONTOLOGY), OWL + "versionInfo"))

    @cached_property
    def about(self) -> dict[str, About]:
        """What each thing is, for those of a known kind."""
        found: dict[str, About] = {}
        for row in self._asked("things"):
            if row["thing"] not in found:
                said = f"{row['printed']} {row.get('unit', '')}".strip() if "printed" in row else row.get("text", "")
                found[row["thing"]] = About(row["order"], row["kind"], row["address"], said)
        return found

    @cached_property
    def sources(self) -> dict[str, tuple[Source, ...]]:
        """Where each thing is stated."""
        passages: dict[tuple[str, str], tuple[str, dict[int, None], dict[tuple[int, int], None]]] = {}
        for row in self._asked("addresses"):
            _, citations, spans = passages.setdefault((row["thing"], row["passage"]), (row["section"], {}, {}))
            spans[row["start"], row["end"]] = None
            if "citation" in row:
                citations[row["citation"]] = None
        found: dict[str, tuple[Source, ...]] = {}
        for (thing, _), (section, citations, spans) in passages.items():
            found[thing] = (*found.get(thing, ()), Source(section, tuple(citations), tuple(spans)))
        return found

    @cached_property
    def withdrawn(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Each withdrawn thing with the reason, and the things that replace it."""
        found: dict[str, tuple[str, tuple[str, ...]]] = {}
        for row in self._asked("withdrawn"):
            before = found.get(row["thing"], ("", ()))[1]
            more = (row["replacement"],) if "replacement" in row else ()
            found[row["thing"]] = (row.get("reason", ""), (*before, *more))
        return found

    @cached_property
    def left_out(self) -> dict[tuple[str, str, str], str]:
        """Thing, property and value of statements that are no knowledge of their own, each empty for any → why."""
        names = ("thing", "property", "value")
        rows = self._asked("left-out")
        return {(row.get(names[0], ""), row.get(names[1], ""), row.get(names[2], "")): row["why"] for row in rows}

    def facts(self, renamed: Mapping[str, str]) -> dict[Fact, str]:
        """Return every statement → how its value is shown; things are called what they are `renamed` to.

        An axiom that no name leads to is a statement about the ontology.
        """
        reached = {value for subject in self._statements.subjects for _, value in self._statements.pairs(subject)}
        found, told = {}, set[Term]()
        for subject in self._statements.subjects:
            if isinstance(subject, NamedNode):
                thing = renamed.get(subject.value, subject.value)
                for name, value in self._statements.pairs(subject):
                    written = self._written(value, renamed, told, ())
                    found[Fact(thing, renamed.get(name, name), written)] = self._shown(value, ())
        blank = [subject for subject in self._statements.subjects if isinstance(subject, BlankNode)]
        for subject in sorted(blank, key=lambda node: node in reached):
            if subject not in told:
                kinds = [value.value for value in self._statements.objects(subject, RDF + "type")]
                written = self._written(subject, renamed, told, ())
                found[Fact(ONTOLOGY, min(kinds, default=RDF + "type"), written)] = self._shown(subject, ())
        return found

    def _written(self, term: Term, renamed: Mapping[str, str], told: set[Term], above: tuple[Term, ...]) -> str:
        """Return a value as text that is the same for the same value, whatever its blank nodes are called.

        The blank nodes are added to `told`; one that contains itself is empty where it comes again.
        """
        if isinstance(term, NamedNode):
            return f"<{renamed.get(term.value, term.value)}>"
        if not isinstance(term, BlankNode) or term in above:
            return str(term) if isinstance(term, Literal) else "[ ]"
        told.add(term)
        above = (*above, term)
        if nodes := self._statements.list_nodes(term):
            told.update(nodes)
            return f"( {' '.join(self._written(member, renamed, told, above) for member in nodes.values())} )"
        pairs = self._statements.pairs(term)
        return f"[ {' ; '.join(sorted(f'<{p}> {self._written(o, renamed, told, above)}' for p, o in pairs))} ]"

    def _shown(self, term: Term, above: tuple[Term, ...]) -> str:
        """Return a value in words."""
        if isinstance(term, NamedNode):
            return self.labels.get(term.value) or (local_name(term.value) if self._ours(term.value) else term.value)
        if not isinstance(term, BlankNode) or term in above:
            return str(term.value) if isinstance(term, Literal) else "[]"
        above = (*above, term)
        if members := self._statements.members(term):
            return f"({', '.join(self._shown(member, above) for member in members)})"
        parts = [
            f"{self.labels.get(name) or local_name(name)} {self._shown(value, above)}"
            for name, value in self._statements.pairs(term)
            if name != RDF + "type" or value.value not in NOISE
        ]
        return f"[{'; '.join(sorted(parts))}]"

    @staticmethod
    def _ours(iri: str) -> bool:
        return iri.startswith((BASE, OWL, RDF, RDFS, XSD))


def read(path: Path) -> Version:
    """Return the version that lies at a path; raises KnowledgeError naming what cannot be read, and where."""
    if not path.exists():
        raise KnowledgeError(f"{path}: there is no such folder or file. Name a folder of a graph, or a file of RDF.")
    if not path.is_dir():
        return Version(_parsed(path))
    if not ((path / "ontology").is_dir() and (path / "data").is_dir()):
        raise KnowledgeError(f"{path}: no graph lies there. Name a folder with ontology/ and data/, or a file of RDF.")
    return Version(GraphFiles(path).snapshot)


def _parsed(path: Path) -> bytes:
    syntax = find_syntax(path.suffix.removeprefix("."))
    if syntax is None:
        known = "ttl, nt, nq, trig, rdf, jsonld"
        raise KnowledgeError(f"{path}: its ending is of no form of RDF. Name a folder, or a file that ends in {known}.")
    try:
        return write_sorted(parse(path.read_bytes(), syntax))
    except OSError as error:
        raise KnowledgeError(f"{path}: cannot be read ({error.strerror}). Name a folder or a file of RDF.") from None
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise KnowledgeError(f"{path}:{line}: not {SYNTAXES[syntax].name} ({error}). Export it again.") from None
