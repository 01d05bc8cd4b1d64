"""What the graph says of one thing: its statements, its addresses, and what refers to it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from rrmm.catalogue.evidence import with_unit
from rrmm.graph import queries
from rrmm.graph.store import Asked, Row
from rrmm.graph.terms import iri_term
from rrmm.iris import DCTERMS, ID, RDF, RDFS, RRMM, local_name, short
from rrmm.records import MISSING, JsonObject, Missing, to_dict
from rrmm.rules.address import Address, by_passage

QUESTION = f"{ID}question/"
HIDDEN = {RDFS + "label", RRMM + "statedIn", RRMM + "printedAt", RRMM + "order", RRMM + "knowledgeLevel"}


class Statement(NamedTuple):
    """A property of the thing and its values, things by their labels."""

    property: str
    label: str
    values: tuple[str | float, ...]


class RelatedStatement(NamedTuple):
    """A statement elsewhere that refers to the thing; `start` and `end` span all its characters.

    What a publication prints has none: its `section` is the line of the record.
    """

    statement: str
    label: str
    text: str | Missing = MISSING
    printed: str | Missing = MISSING
    unit: str | Missing = MISSING
    section: str | Missing = MISSING
    start: int | Missing = MISSING
    end: int | Missing = MISSING


class Description(NamedTuple):
    """What the graph says of one thing; `related` holds what refers to it by kind."""

    iri: str
    label: str
    statements: tuple[Statement, ...]
    addresses: tuple[Address, ...]
    related: dict[str, list[RelatedStatement]]

    def to_dict(self) -> JsonObject:
        """Return the description as plain dicts and lists."""
        return {
            "iri": self.iri,
            "label": self.label,
            "statements": [to_dict(statement) for statement in self.statements],
            "addresses": [{"passage": address.passage, **address.to_dict()} for address in self.addresses],
            "related": {kind: [to_dict(entry) for entry in entries] for kind, entries in self.related.items()},
        }

    def to_text(self, width: int = 100) -> str:
        """Return the description for a terminal, every statement with its address."""
        return "\n".join(_lines(self, width)) + "\n"


def describe(store: Asked, root: Path, iri: str, file: str = "") -> Description:
    """Return what the graph says of the thing `iri`; `file` is the file of a user that is the source of it."""

    def ask(name: str) -> list[Row]:
        return store.rows(queries.find(root, "show", name).bind({"thing": iri_term(iri)}))

    rows = ask("statements")
    label = next((row["value"] for row in rows if row["property"] == RDFS + "label"), local_name(iri))
    of_file = (Address(source=file),) if file else ()
    addresses = (*of_file, *by_passage(ask("addresses")).values())
    return Description(iri, label, tuple(_statements(rows)), addresses, _group_related(ask("related")))


def _statements(rows: Iterable[Row]) -> Iterator[Statement]:
    """Yield one statement for each property."""
    labels: dict[str, str] = {}
    values: dict[str, dict[str | float, None]] = {}
    for row in rows:
        name = row["property"]
        if name not in HIDDEN:
            labels.setdefault(name, "is a" if name == RDF + "type" else row.get("property_label") or local_name(name))
            values.setdefault(name, {})[_value(row)] = None
    yield from (Statement(name, label, tuple(values[name])) for name, label in labels.items())


def _value(row: Row) -> str | float:
    """Return the value of a statement as people read it."""
    value: str | float = row["value"]
    label: str | float | None = row.get("value_label")
    if label is None:
        ours = row["property"] == RDF + "type" or str(value).startswith((ID, RRMM))
        label = local_name(str(value)) if ours else value
    return f"{label} ({short(str(value))})" if row["property"] == DCTERMS + "isReplacedBy" else label


def _group_related(rows: Iterable[Row]) -> dict[str, list[RelatedStatement]]:
    """Return kind → statements."""
    kinds: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        kinds.setdefault(row["kind"], {}).setdefault(row["statement"], []).append(row)
    return {kind: list(map(_join, statements.values())) for kind, statements in kinds.items()}


def _join(rows: list[Row]) -> RelatedStatement:
    """Return one statement from its rows, one for each of its spans."""
    row = rows[0]
    return RelatedStatement(
        row["statement"],
        row["label"],
        row.get("text", MISSING),
        row.get("printed", MISSING),
        row.get("unit", MISSING),
        row.get("section", MISSING),
        min((other["start"] for other in rows if "start" in other), default=MISSING),
        max((other["end"] for other in rows if "end" in other), default=MISSING),
    )


def _lines(description: Description, width: int) -> Iterator[str]:
    def wrap(text: str, first: str, rest: str) -> list[str]:
        return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest)

    yield f"{description.label}  <{description.iri}>"
    for statement in description.statements:
        values = ", ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in statement.values)
        yield from wrap(values, f"  {statement.label:<24} ", " " * 27)
    for address in description.addresses:
        yield from wrap(str(address), f"  {'stated in':<24} ", " " * 27)
    for kind, entries in description.related.items():
        yield ""
        yield f"{kind} ({len(entries)})"
        for entry in entries:
            yield from wrap(_line(entry), "  ", "    ")


def _line(entry: RelatedStatement) -> str:
    """Return a related statement with the number it prints or what it says, and its place."""
    number = f": {with_unit(str(entry.printed), entry.unit or None)}" if entry.printed is not MISSING else ""
    text = f": {entry.text}" if entry.text and entry.text.rstrip(".") != entry.label else ""
    characters = f", {entry.start}–{entry.end}" if entry.start is not MISSING else ""
    place = f" [{entry.section}{characters}]" if entry.section else ""
    asked = f"rrmm query {local_name(entry.statement)}: " if entry.statement.startswith(QUESTION) else ""
    return f"{asked}{entry.label}{number}{text}{place}"
