"""Links to other vocabularies: SSSOM tables (``data/mappings``) read, and turned into SKOS triples.

The standard library reads a table. The labels of both sides stay in the table; the graph gets the match.
Nothing here guesses or looks up an identifier: each row says where its identifier was seen.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rrmm.errors import KnowledgeError
from rrmm.iris import SKOS

PREDICATES = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
COLUMNS = [
    *("subject_id", "subject_label", "predicate_id", "object_id", "object_label"),
    *("mapping_justification", "confidence", "see_also", "comment"),
]
SLOTS = ("mapping_set_id", "license", "subject_source", "object_source")


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


def read(path: Path) -> MappingSet:
    """Return an SSSOM table with its header.

    Raises KnowledgeError naming file and line when the header lacks a slot, the columns are not the
    house's, or a row has an unknown prefix, another predicate than a SKOS match, or too few cells.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(f"{path}: cannot be read ({error}).", file=path) from None
    header = [line for line in lines if line.startswith("#")]
    metadata, prefixes = _header(path, header)
    body = csv.reader(lines[len(header) :], delimiter="\t", strict=True)
    start = len(header) + 1
    try:
        if (columns := next(body, [])) != COLUMNS:
            raise KnowledgeError.at(path, start, f"the columns are {columns}. Make them {COLUMNS}.")
        links = tuple(_link(path, start + number, row, prefixes) for number, row in enumerate(body, 1))
    except csv.Error as error:
        raise KnowledgeError.at(path, start + body.line_num - 1, f"{error}. Mend the quoting there.") from None
    return MappingSet(path, metadata, prefixes, links)


def triples(sets: Iterable[MappingSet]) -> Iterator[tuple[str, str, str]]:
    """Yield each link as the IRIs of a SKOS triple."""
    for mappings in sets:
        for link in mappings.links:
            yield link.subject, link.predicate, link.object


def _header(path: Path, lines: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return slot → value, and prefix → namespace."""
    metadata: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = re.fullmatch(r"# (  )?([A-Za-z_][\w.-]*):(?: (\S.*))?", line)
        if match is None or (match[1] and not (match[3] and [*metadata][-1:] == ["curie_map"])):
            raise KnowledgeError.at(path, number, "not a header line. Write '# slot: value', prefixes indented.")
        target = prefixes if match[1] else metadata
        target[match[2]] = (match[3] or "").strip('"')
    for slot in SLOTS:
        if not metadata.get(slot):
            raise KnowledgeError(f"{path}:1: the header has no {slot}. Add '# {slot}: ...'.")
    return metadata, prefixes


def _link(path: Path, line: int, row: list[str], prefixes: Mapping[str, str]) -> Link:
    if len(row) != len(COLUMNS):
        raise KnowledgeError.at(path, line, f"{len(row)} cells instead of {len(COLUMNS)}. Separate them by tabs.")
    cells = dict(zip(COLUMNS, row, strict=True))
    ends = []
    for column in ("subject_id", "predicate_id", "object_id"):
        prefix, _, name = cells[column].partition(":")
        if prefix not in prefixes or not re.fullmatch(r'[^\s<>"{}|\\^`]+', name):
            problem = f"{column} {cells[column]!r} has no prefix of the header's curie_map"
            raise KnowledgeError.at(path, line, f"{problem}. Correct it, or declare its prefix there.")
        ends.append(prefixes[prefix] + name)
    subject, predicate, value = ends
    if predicate not in {SKOS + name for name in PREDICATES}:
        raise KnowledgeError.at(path, line, f"{cells['predicate_id']} is no match. Use one of skos:{PREDICATES}.")
    if not (cells["see_also"] or cells["comment"]):
        raise KnowledgeError.at(path, line, f"nothing says where {cells['object_id']} was seen. Fill see_also.")
    return Link(path, line, subject, predicate, value, cells)
