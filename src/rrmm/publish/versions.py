"""One version of a graph, read to be compared with another: a folder of its files, or one file of RDF in any format."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from rrmm.catalogue.evidence import with_unit
from rrmm.errors import KnowledgeError
from rrmm.graph import queries
from rrmm.graph.files import GraphFiles, graph_root
from rrmm.graph.statements import Statements
from rrmm.graph.store import Row, Store
from rrmm.graph.syntax import SYNTAXES, find_syntax, parse, write_sorted
from rrmm.graph.terms import BlankNode, NamedNode, Term, to_text
from rrmm.iris import BASE, OWL, RDF, RDFS, XSD, local_name
from rrmm.rules.address import Address, by_thing
from rrmm.texts import read_bytes

MOST_BYTES = 256_000_000

NOISE = {f"<{OWL}{name}>" for name in ("Restriction", "Class", "AllDifferent", "AllDisjointClasses")}
NOISE |= {f"<{RDFS}Datatype>"}
ONTOLOGY = BASE + "ontology"
DECLARED = NamedNode(OWL + "NamedIndividual")  # what RDF/XML says of each thing for OWL tools, and no knowledge

Written = tuple[str, str]  # as N-Triples, and in words


class Fact(NamedTuple):
    """One statement about a named thing; the value as N-Triples, a blank node with all that hangs on it."""

    thing: str
    property: str
    value: str


class About(NamedTuple):
    """The kind under which a thing is listed, in which order; whether it is only an address; what it says."""

    order: int
    kind: str
    address: bool
    said: str


class Version:
    """The statements of one version, and what is needed to describe a change of them."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def rename(self, names: Mapping[str, str]) -> Version:
        """Return the version with things called by other IRIs."""
        content = self.content
        for old, new in names.items():
            content = content.replace(f"<{old}>".encode(), f"<{new}>".encode())
        return Version(content)

    @cached_property
    def facts(self) -> dict[Fact, str]:
        """Every statement → its value in words; an axiom that no name leads to is a statement about the ontology."""
        facts: dict[Fact, str] = {}
        seen: set[Term] = set()
        for subject in self._statements.subjects:
            if isinstance(subject, NamedNode):
                for name, value in self._statements.pairs(subject):
                    if value != DECLARED:
                        term, words = self._write(value, seen)
                        facts[Fact(subject.value, name, term)] = words
        blank = (subject for subject in self._statements.subjects if isinstance(subject, BlankNode))
        for subject in sorted(blank, key=self._statements.references.__contains__):
            if subject not in seen:
                kinds = map(to_text, self._statements.objects(subject, RDF + "type"))
                term, words = self._write(subject, seen)
                facts[Fact(ONTOLOGY, min(kinds, default=RDF + "type"), term)] = words
        return facts

    def _write(self, term: Term, seen: set[Term], above: tuple[Term, ...] = ()) -> Written:
        """Return a value as text that does not depend on the names of blank nodes, and in words.

        Blank nodes are added to `seen`; one that contains itself is empty where it comes again.
        """
        if isinstance(term, NamedNode):
            is_ours = term.value.startswith((BASE, OWL, RDF, RDFS, XSD))
            return str(term), self.labels.get(term.value) or (local_name(term.value) if is_ours else term.value)
        if not isinstance(term, BlankNode):
            return str(term), to_text(term)
        if term in above:
            return "[ ]", "[]"
        seen.add(term)
        above = (*above, term)
        if members := self._statements.list_nodes(term):
            seen.update(members)
            items = [self._write(member, seen, above) for member in members.values()]
            return f"( {' '.join(item for item, _ in items)} )", f"({', '.join(words for _, words in items)})"
        pairs = [(name, *self._write(value, seen, above)) for name, value in self._statements.pairs(term)]
        parts = sorted(f"<{name}> {value}" for name, value, _ in pairs)
        words_of_parts = sorted(f"{self.label(name)} {words}" for name, value, words in pairs if value not in NOISE)
        return f"[ {' ; '.join(parts)} ]", f"[{'; '.join(words_of_parts)}]"

    @cached_property
    def _statements(self) -> Statements:
        return Statements.parse(self.content)

    def label(self, iri: str) -> str:
        """Return the name of a thing, or the end of its IRI."""
        return self.labels.get(iri) or local_name(iri)

    @cached_property
    def labels(self) -> dict[str, str]:
        """The name of each thing that has one."""
        statements = self._statements
        named = statements.find_subjects(RDFS + "label")
        return {to_text(thing): min(map(to_text, statements.objects(thing, RDFS + "label"))) for thing in named}

    @property
    def number(self) -> str:
        """The number of the version, or an empty text."""
        return to_text(self._statements.value(NamedNode(ONTOLOGY), OWL + "versionInfo"))

    @cached_property
    def about(self) -> dict[str, About]:
        """What each thing is, for those of a known kind."""
        about: dict[str, About] = {}
        for row in self._rows("things"):
            said = with_unit(row["printed"], row.get("unit")) if "printed" in row else row.get("text", "")
            about.setdefault(row["thing"], About(row["order"], row["kind"], row["address"], said))
        return about

    @cached_property
    def sources(self) -> dict[str, list[Address]]:
        """Thing → the addresses where it is stated."""
        return by_thing(self._rows("addresses"))

    @cached_property
    def withdrawn(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Each withdrawn thing with the reason, and the things that replace it."""
        rows = self._rows("withdrawn")
        replacements: dict[str, tuple[str, ...]] = defaultdict(tuple)
        for row in rows:
            replacements[row["thing"]] += (row["replacement"],) if "replacement" in row else ()
        return {row["thing"]: (row.get("reason", ""), replacements[row["thing"]]) for row in rows}

    @cached_property
    def left_out(self) -> dict[Fact, str]:
        """Thing, property and value of statements that are not knowledge of their own, empty for any → why."""
        rows = self._rows("left-out")
        return {Fact(*(row.get(name, "") for name in Fact._fields)): row["why"] for row in rows}

    def _rows(self, name: str) -> list[Row]:
        return self._store.rows(queries.find(graph_root(), "diff", name).text)

    @cached_property
    def _store(self) -> Store:
        return Store(self.content)


def read(path: Path) -> Version:
    """Return the version at a path; raises KnowledgeError naming what cannot be read, and where."""
    if not path.exists():
        raise KnowledgeError(f"{path}: there is no such folder or file. Name a folder of a graph, or a file of RDF.")
    if not path.is_dir():
        return Version(_read_file(path))
    if not ((path / "ontology").is_dir() and (path / "data").is_dir()):
        raise KnowledgeError(f"{path}: no graph lies there. Name a folder with ontology/ and data/, or a file of RDF.")
    return Version(GraphFiles(path).snapshot)


def _read_file(path: Path) -> bytes:
    syntax = find_syntax(path.suffix.removeprefix("."))
    if syntax is None:
        known = "ttl, nt, nq, trig, rdf, jsonld"
        raise KnowledgeError(f"{path}: its ending is of no form of RDF. Name a folder, or a file that ends in {known}.")
    try:
        return write_sorted(parse(read_bytes(path, MOST_BYTES), syntax))
    except OSError as error:
        raise KnowledgeError(f"{path}: cannot be read ({error.strerror}). Name a folder or a file of RDF.") from None
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise KnowledgeError.at(path, line, f"not {SYNTAXES[syntax].name} ({error}). Export it again.") from None
