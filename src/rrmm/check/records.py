"""The reader's own copies of publications against the graph: each quoted figure is looked for.

A copy is a file named after the publication: its PubMed number, or its name in the graph. In the record that was
read for the graph, known by its checksum, a figure stands in its line; in any other copy it stands anywhere.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from rrmm.check.finding import Finding
from rrmm.check.source import read_texts
from rrmm.errors import RrmmError
from rrmm.graph import queries
from rrmm.graph.store import Asked, Row
from rrmm.graph.terms import iri_term
from rrmm.iris import RRMM, local_name

ENDING = ".txt"


class Copy(NamedTuple):
    """A text of a publication, and whether it is the record that was read for the graph."""

    text: str
    is_record: bool


def read(store: Asked, root: Path, folders: Iterable[Path]) -> dict[str, Copy]:
    """Return publication IRI → its copy, for the texts in some folders that are named after publications.

    Raises RrmmError naming each folder without such a text, and each text that is not readable UTF-8.
    """
    names, digests = dict[str, str](), dict[str, str]()
    for row in store.rows(queries.find(root, "source", "records").text):
        publication = str(row["publication"])
        digests[publication] = str(row["sha"])
        names |= {_name(local_name(each)): publication for each in (publication, str(row.get("match", publication)))}
    copies, faults = dict[str, Copy](), list[str]()
    for folder in folders:
        named = [path for path in sorted(folder.glob(f"*{ENDING}")) if _name(path.stem) in names]
        if not named:
            faults.append(f"{folder}: no text is named after a publication that was read. Name it <PMID>{ENDING}.")
        texts, unreadable = read_texts(named)
        faults += unreadable
        for path, text in texts.items():
            publication = names[_name(path.stem)]
            copies[publication] = Copy(text, hashlib.sha256(text.encode()).hexdigest() == digests[publication])
    if faults:
        raise RrmmError(" ".join(faults))
    return copies


def verify(store: Asked, root: Path, copies: dict[str, Copy]) -> tuple[list[Finding], dict[str, int]]:
    """Return the quoted figures that do not stand in the copies, and the number of comparisons."""
    findings, quotes = list[Finding](), 0
    for publication, copy in copies.items():
        rows = store.rows(queries.find(root, "source", "quotes").bind({"publication": iri_term(publication)}))
        findings += _missing(rows, copy)
        quotes += len(rows)
    return findings, {"publications": len(copies), "quotes": quotes}


def _missing(rows: list[Row], copy: Copy) -> Iterator[Finding]:
    lines = unicodedata.normalize("NFKC", copy.text).split("\n")
    for row in rows:
        line = int(row["line"])
        text = "\n".join(lines[line - 1 : line] if copy.is_record else lines)
        if not re.search(rf"(?<![\w.]){re.escape(row['exact'])}(?![\w]|[.,]\d)", text):
            where = f"line {line} of the record" if copy.is_record else "the copy"
            yield Finding(
                "source",
                row["figure"],
                RRMM + "exact",
                row["exact"],
                f"{where.capitalize()} does not print {row['exact']!r}. Correct the figure, or the line.",
            )


def _name(text: str) -> str:
    """Return a name as the graph writes it.

    >>> _name("doi-10.1056-NEJMoa1411321")
    'doi-10-1056-nejmoa1411321'
    """
    return re.sub(r"[^a-z0-9-]", "-", text.lower())
