"""Everything known of one thing, and where each piece of it comes from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rrmm.errors import QueryError, close_names, nearest
from rrmm.graph import queries
from rrmm.graph.store import Asked, Row
from rrmm.graph.terms import iri_term
from rrmm.iris import DCTERMS, ID, RDF, RDFS, RRMM, local_name, short

HIDDEN = {RDFS + "label", RRMM + "statedIn", RRMM + "printedAt", RRMM + "order", RRMM + "knowledgeLevel"}

FEW = 12


@dataclass(frozen=True)
class Description:
    """What the graph says of one thing: its own statements, its addresses, and what refers to it."""

    data: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the description as plain dicts and lists."""
        return dict(self.data)

    def to_text(self, width: int = 100) -> str:
        """Return the description for a terminal, every statement with its address."""
        return "\n".join(_text(self.data, width)) + "\n"


class Names:
    """Finds a thing by label, alias, CURIE or IRI; a withdrawn one by CURIE or IRI alone."""

    def __init__(self, store: Asked, root: Path) -> None:
        self.store, self.root = store, root
        self.things: dict[str, list[str]] = {}
        self.spelt: dict[str, str] = {}
        self.known: set[str] = set()
        for row in store.rows(queries.find(root, "show", "names").text):
            self.known.add(row["thing"])
            if "withdrawn" in row:
                continue
            things = self.things.setdefault(row["name"].casefold(), [])
            things.append(row["thing"])
            if min(things, key=_rank) == row["thing"]:
                self.spelt[row["name"].casefold()] = row["name"]

    def find(self, name: str, kind: str | None = None) -> str:
        """Return the IRI of a thing, of the class `kind` where one is given; raises QueryError with the nearest names.

        Where a name is shared, an entity comes before a class, and a shorter IRI before a longer.
        """
        known = self.of_kind(kind) if kind else self.known
        expanded = f"{ID}{name.replace(':', '/', 1)}" if ":" in name and "//" not in name else name
        for iri in (name.strip("<>"), expanded, RRMM + name.removeprefix("rrmm:")):
            if iri in known:
                return iri
        found = [thing for thing in self.things.get(name.casefold(), []) if thing in known]
        if not found:
            there = [self.spelt[key] for key, things in self.things.items() if known.intersection(things)]
            wanted = f" of the kind {local_name(kind)}" if kind else ""
            few = f" There are: {', '.join(there)}." if kind and len(there) <= FEW else ""
            raise QueryError(
                f"Nothing{wanted} is named {name!r}.{nearest(name, there) or few}",
                value=name,
                offers=close_names(name, there),
            )
        return min(found, key=_rank)

    def of_kind(self, kind: str) -> set[str]:
        """Return the things of a class, and the classes below it."""
        query = queries.find(self.root, "show", "kinds")
        return {row["thing"] for row in self.store.rows(query.bind({"kind": iri_term(kind)}))}


def _rank(iri: str) -> tuple[bool, int, str]:
    return not iri.startswith(ID), len(iri), iri


def describe(store: Asked, root: Path, iri: str) -> Description:
    """Return what the graph says of the thing `iri`."""

    def ask(name: str) -> list[Row]:
        return store.rows(queries.find(root, "show", name).bind({"thing": iri_term(iri)}))

    statements = ask("statements")
    label = next((row["value"] for row in statements if row["property"] == RDFS + "label"), local_name(iri))
    return Description(
        {
            "iri": iri,
            "label": label,
            "statements": list(_merged(statements)),
            "addresses": _addresses(ask("addresses")),
            "related": _related(ask("related")),
        }
    )


def _merged(rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["property"] in HIDDEN:
            continue
        name = "is a" if row["property"] == RDF + "type" else row.get("property_label") or local_name(row["property"])
        entry = found.setdefault(row["property"], {"property": row["property"], "label": name, "values": []})
        shown = row.get("value_label")
        if shown is None:
            ours = row["property"] == RDF + "type" or str(row["value"]).startswith((ID, RRMM))
            shown = local_name(row["value"]) if ours else row["value"]
        if row["property"] == DCTERMS + "isReplacedBy":
            shown = f"{shown} ({short(row['value'])})"
        if shown not in entry["values"]:
            entry["values"].append(shown)
    yield from found.values()


def _related(rows: Iterable[Row]) -> dict[str, list[dict[str, Any]]]:
    """Return rows by kind, one a statement: its address from the first character to the last."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        entry = found.setdefault(row.pop("kind"), {}).setdefault(row["statement"], row)
        if "start" in row:
            entry["start"] = min(entry["start"], row["start"])
            entry["end"] = max(entry["end"], row["end"])
    return {kind: list(entries.values()) for kind, entries in found.items()}


def _addresses(rows: Iterable[Row]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(
            row["passage"], {"passage": row["passage"], "section": row["section"], "citations": [], "spans": []}
        )
        if [row["start"], row["end"]] not in entry["spans"]:
            entry["spans"].append([row["start"], row["end"]])
        if "citation" in row and row["citation"] not in entry["citations"]:
            entry["citations"].append(row["citation"])
    return list(found.values())


def _text(data: Mapping[str, Any], width: int) -> Iterator[str]:
    def wrap(text: str, first: str, rest: str) -> list[str]:
        return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest)

    yield f"{data['label']}  <{data['iri']}>"
    for statement in data["statements"]:
        values = ", ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in statement["values"])
        yield from wrap(values, f"  {statement['label']:<24} ", " " * 27)
    for address in data["addresses"]:
        cited = f" {address['citations']}" if address["citations"] else ""
        spans = ", ".join(f"{start}–{end}" for start, end in address["spans"])
        yield from wrap(f"{address['section']}{cited}, characters {spans}", f"  {'stated in':<24} ", " " * 27)
    for kind, rows in data["related"].items():
        yield ""
        yield f"{kind} ({len(rows)})"
        for row in rows:
            printed = f": {row['printed']} {row.get('unit', '')}".rstrip() if "printed" in row else ""
            said = f": {row['text']}" if "text" in row and row["text"].rstrip(".") != row["label"] else ""
            place = f" [{row['section']}, {row['start']}–{row['end']}]" if "section" in row else ""
            yield from wrap(f"{row['label']}{printed}{said}{place}", "  ", "    ")
