"""Links to other vocabularies: SSSOM tables (``data/mappings``) read, made into SKOS triples, held to the graph.

A table is read with the standard library alone. What the two sides are called stays in the table;
the graph gets the match. Identifiers are never guessed or looked up here: each row says where its
identifier was seen.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rrmm.check.finding import Finding
from rrmm.errors import KnowledgeError
from rrmm.iris import SKOS

PREDICATES = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
COLUMNS = [
    *("subject_id", "subject_label", "predicate_id", "object_id", "object_label"),
    *("mapping_justification", "confidence", "see_also", "comment"),
]
SLOTS = ("mapping_set_id", "license", "subject_source", "object_source")
LEXICAL = "semapv:LexicalMatching"


@dataclass(frozen=True)
class Link:
    """One row of a table: its place, both ends as IRIs, and its cells by column."""

    path: Path
    line: int
    subject: str
    predicate: str
    object: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class MappingSet:
    """One table: its metadata, its prefixes and its rows."""

    path: Path
    metadata: Mapping[str, str]
    prefixes: Mapping[str, str]
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Vocabulary:
    """What the graph says of a vocabulary that is linked to."""

    prefix: str
    namespace: str
    withheld: str


def read(path: Path) -> MappingSet:
    """Return an SSSOM table with its header.

    Raises KnowledgeError naming file and line when the header lacks a slot, the columns are not the
    house's, or a row has an unknown prefix, another predicate than a SKOS match, or too few cells.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{path}: cannot be read ({error}).") from None
    header = [line for line in lines if line.startswith("#")]
    metadata, prefixes = _header(path, header)
    body = csv.reader(lines[len(header) :], delimiter="\t", strict=True)
    start = len(header) + 1
    try:
        if (columns := next(body, [])) != COLUMNS:
            raise KnowledgeError(f"{path}:{start}: the columns are {columns}. Make them {COLUMNS}.")
        links = tuple(_link(path, start + number, row, prefixes) for number, row in enumerate(body, 1))
    except csv.Error as error:
        raise KnowledgeError(f"{path}:{start + body.line_num - 1}: {error}. Mend the quoting there.") from None
    return MappingSet(path, metadata, prefixes, links)


def triples(sets: Iterable[MappingSet]) -> Iterator[tuple[str, str, str]]:
    """Yield each link as the IRIs of a SKOS triple."""
    for one in sets:
        for link in one.links:
            yield link.subject, link.predicate, link.object


def findings(
    sets: Iterable[MappingSet], names: Mapping[str, list[str]], vocabularies: Iterable[Vocabulary]
) -> Iterator[Finding]:
    """Yield what is wrong in the tables themselves, held against the graph.

    `names` is IRI → the thing's label, then its aliases. What is wrong in the matches as triples
    (kind, pattern, doubles) the checks in ``queries/checks`` find.
    """
    known = {vocabulary.prefix: vocabulary for vocabulary in vocabularies}
    for one in sets:
        for link in one.links:
            prefix = link.cells["object_id"].partition(":")[0]
            for column, problem in _problems(link, names.get(link.subject, []), known.get(prefix), one.prefixes):
                place = f"{link.path.name}:{link.line}"
                yield Finding(f"link:{column}", link.subject, link.predicate, link.object, f"{place}: {problem}")


def _problems(
    link: Link, names: list[str], vocabulary: Vocabulary | None, prefixes: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    cells = link.cells
    prefix, label = cells["object_id"].partition(":")[0], cells["object_label"]
    if not names:
        yield "subject_id", "the graph has no such thing. Correct the identifier."
    elif cells["subject_label"] != names[0]:
        yield "subject_label", f"the graph calls it {names[0]!r}. Copy that."
    if vocabulary is None:
        yield "object_id", f"the graph has no vocabulary with the prefix {prefix}. Add one to data/vocabularies.ttl."
        return
    if prefixes[prefix] != vocabulary.namespace:
        yield "object_id", f"{prefix} stands for <{prefixes[prefix]}>. Use <{vocabulary.namespace}>."
    if vocabulary.withheld and label:
        yield "object_label", f"labels of {prefix} may not be passed on ({vocabulary.withheld}). Leave it empty."
    elif not vocabulary.withheld and not label:
        yield "object_label", "the other side's label is missing. Copy it from where the identifier was seen."
    elif label and names and _plain(label) not in {_plain(name) for name in names}:
        other = f"{label!r} is none of the names {names}"
        if link.predicate == SKOS + "exactMatch" and not cells["comment"]:
            yield "comment", f"{other}. Say why it is an exact match, or weaken it."
        if cells["mapping_justification"] == LEXICAL:
            yield "mapping_justification", f"{other}, so names did not decide. Use semapv:ManualMappingCuration."


def _header(path: Path, lines: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return slot → value, and prefix → namespace."""
    metadata: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = re.fullmatch(r"# (  )?([A-Za-z_][\w.-]*):(?: (\S.*))?", line)
        if match is None or (match[1] and not (match[3] and [*metadata][-1:] == ["curie_map"])):
            raise KnowledgeError(f"{path}:{number}: not a header line. Write '# slot: value', prefixes indented.")
        target = prefixes if match[1] else metadata
        target[match[2]] = (match[3] or "").strip('"')
    for slot in SLOTS:
        if not metadata.get(slot):
            raise KnowledgeError(f"{path}:1: the header has no {slot}. Add '# {slot}: ...'.")
    return metadata, prefixes


def _link(path: Path, line: int, row: list[str], prefixes: Mapping[str, str]) -> Link:
    if len(row) != len(COLUMNS):
        raise KnowledgeError(f"{path}:{line}: {len(row)} cells instead of {len(COLUMNS)}. Separate them by tabs.")
    cells = dict(zip(COLUMNS, row, strict=True))
    ends = []
    for column in ("subject_id", "predicate_id", "object_id"):
        prefix, _, name = cells[column].partition(":")
        if prefix not in prefixes or not re.fullmatch(r'[^\s<>"{}|\\^`]+', name):
            problem = f"{column} {cells[column]!r} has no prefix of the header's curie_map"
            raise KnowledgeError(f"{path}:{line}: {problem}. Correct it, or declare its prefix there.")
        ends.append(prefixes[prefix] + name)
    subject, predicate, value = ends
    if predicate not in {SKOS + name for name in PREDICATES}:
        raise KnowledgeError(f"{path}:{line}: {cells['predicate_id']} is no match. Use one of skos:{PREDICATES}.")
    if not (cells["see_also"] or cells["comment"]):
        raise KnowledgeError(f"{path}:{line}: nothing says where {cells['object_id']} was seen. Fill see_also.")
    return Link(path, line, subject, predicate, value, cells)


def _plain(name: str) -> str:
    """Return a name without case, punctuation and the s of a plural."""
    return re.sub(r"[\W_]+", " ", name.casefold()).strip().removesuffix("s")
