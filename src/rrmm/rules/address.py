"""The address of a statement: which characters of which section of its source say it, and what is cited there.

Queries return one row for each span and each citation; here they become one address for each passage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypedDict

from rrmm.records import JsonObject, NamedTuple

_NUMBER = re.compile(r"[0-9]+")


class AddressData(TypedDict):
    """An address in JSON, as reports and descriptions hold it."""

    source: str
    section: str
    citations: list[int]
    spans: list[list[int]]


class Address(NamedTuple):
    """Section, citation numbers and character spans (code points from 0, end exclusive) of a statement.

    `cell` is the row and column of a table, or the figure in a line of a publication; `passage` and `source` are the
    IRI of the passage and the short name of the source. Each of them is empty where a query does not return it.

    >>> print(Address("Table 2", (12, 13), ((5, 8), (40, 44)), cell="row ORR, column Kd"))
    Table 2, row ORR, column Kd [12, 13], characters 5–8, 40–44
    """

    section: str = ""
    citations: tuple[int, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    cell: str = ""
    passage: str = ""
    source: str = ""

    @classmethod
    def from_row(cls, row: JsonObject) -> Address:
        """Return the address in one row: section, start and end, and `citation` or all `citations` as text.

        A figure of a publication has no span: its passage is a line of the record.

        >>> Address.from_row({"section": "Results", "start": 3, "end": 9, "citations": "13;12"}).citations
        (12, 13)
        >>> print(Address.from_row({"section": "PubMed 1, line 6 of the record", "figure": "0.74"}))
        PubMed 1, line 6 of the record, figure 0.74
        """
        numbers = [row["citation"]] if "citation" in row else _NUMBER.findall(row.get("citations", ""))
        return cls(
            row["section"],
            tuple(sorted(set(map(int, numbers)))),
            ((row["start"], row["end"]),) if "start" in row else (),
            _cell(row),
            row.get("passage", ""),
            row.get("source", ""),
        )

    @classmethod
    def from_dict(cls, data: JsonObject) -> Address:
        """Return the address that `to_dict` wrote."""
        spans = tuple((start, end) for start, end in data["spans"])
        return cls(data["section"], tuple(data["citations"]), spans, source=data.get("source", ""))

    def to_dict(self) -> AddressData:
        """Return the address in JSON."""
        return {
            "source": self.source,
            "section": self.section,
            "citations": list(self.citations),
            "spans": [[start, end] for start, end in self.spans],
        }

    @property
    def characters(self) -> str:
        """The spans as people read them, each once; empty without a span."""
        spans = ", ".join(dict.fromkeys(f"{start}–{end}" for start, end in self.spans))
        return f"characters {spans}" if spans else ""

    @property
    def place(self) -> str:
        """The section, and the cell where it is one of a table; without a section the source, such as a user's file."""
        return f"{self.section}, {self.cell}" if self.cell else self.section or self.source

    def __str__(self) -> str:
        """Return the address as people read it; empty for an address without a section."""
        if not self.spans:
            return self.place
        cited = f" [{', '.join(map(str, self.citations))}]" if self.citations else ""
        return f"{self.place}{cited}, {self.characters}"


def _cell(row: JsonObject) -> str:
    """Return where in its section a statement stands: the cell of a table, or the figure of a publication."""
    if "row" in row:
        return f"row {row['row']}, column {row['column']}"
    return f"figure {row['figure']}" if "figure" in row else ""


def join(addresses: Iterable[Address]) -> Address:
    """Return several addresses as one: each source and section once, all citations in order, all spans.

    >>> print(join([Address("A", (2,), ((0, 4),)), Address("B", (1,), ((7, 9),)), Address("A", (), ((5, 6),))]))
    A; B [1, 2], characters 0–4, 7–9, 5–6
    """
    several = list(addresses)
    return Address(
        "; ".join(dict.fromkeys(address.section for address in several)),
        tuple(sorted({number for address in several for number in address.citations})),
        tuple(span for address in several for span in address.spans),
        source="; ".join(dict.fromkeys(address.source for address in several if address.source)),
    )


def by_passage(rows: Iterable[JsonObject]) -> dict[str, Address]:
    """Return passage IRI → address, from rows with one span and one citation each, in the order of the rows.

    >>> rows = [{"passage": "p", "section": "A", "start": 0, "end": 4, "citation": number} for number in (1, 2)]
    >>> print(by_passage(rows)["p"])
    A [1, 2], characters 0–4
    """
    addresses: dict[str, Address] = {}
    for row in rows:
        address = Address.from_row(row)
        if (known := addresses.get(address.passage)) is not None:
            address = known._replace(
                citations=tuple(sorted({*known.citations, *address.citations})),
                spans=tuple(dict.fromkeys([*known.spans, *address.spans])),
            )
        addresses[address.passage] = address
    return addresses


def by_thing(rows: Iterable[JsonObject], thing: str = "thing") -> dict[str, list[Address]]:
    """Return thing IRI → its addresses, one for each passage; `thing` is the column that names it."""
    groups: dict[str, list[JsonObject]] = {}
    for row in rows:
        groups.setdefault(row[thing], []).append(row)
    return {name: list(by_passage(group).values()) for name, group in groups.items()}
