"""The reader's own copy of a source against the graph: checksum, every span, every figure.

The graph holds positions and hashes, never the sentences; with the text at hand each can be found
again. Without it this part of a check is skipped, and said to be.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from rrmm.errors import RrmmError
from rrmm.finding import Finding
from rrmm.store import Row, Store
from rrmm.terms import RDFS, RRMM

_PREFIX = f"PREFIX rrmm: <{RRMM}> PREFIX rdfs: <{RDFS}> "
_SOURCES = (
    _PREFIX
    + """
SELECT ?source ?label ?sha
WHERE { ?source a rrmm:Source ; rdfs:label ?label ; rrmm:sha256 ?sha }
ORDER BY ?source"""
)
_SPANS = (
    _PREFIX
    + """
SELECT ?span ?start ?end ?sha
WHERE { ?span a rrmm:TextSpan ; rrmm:start ?start ; rrmm:end ?end ; rrmm:sha256 ?sha }
ORDER BY ?span"""
)
_FIGURES = (
    _PREFIX
    + """
SELECT ?figure ?start ?end ?exact
WHERE { ?figure a rrmm:PrintedFigure ; rrmm:start ?start ; rrmm:end ?end ; rrmm:exact ?exact }
ORDER BY ?figure"""
)
_SAYINGS = (
    _PREFIX
    + """
SELECT ?statement ?text ?start ?end
WHERE {
  ?statement rrmm:text ?text ;
             rrmm:knowledgeLevel rrmm:Quoted ;
             rrmm:statedIn/rrmm:span ?span .
  ?span rrmm:start ?start ;
        rrmm:end ?end .
}
ORDER BY ?statement ?start"""
)
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")


def verify(store: Store, path: Path) -> tuple[list[Finding], dict[str, int]]:
    """Return what the text at `path` contradicts, and how much was compared.

    Raises RrmmError when the file cannot be read as UTF-8 or has another checksum than the source.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise RrmmError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise RrmmError(f"{path}: not UTF-8 text. Give the text that was read for this graph.") from None
    _identify(store, path, hashlib.sha256(content).hexdigest())
    spans, figures, sayings = store.rows(_SPANS), store.rows(_FIGURES), store.rows(_SAYINGS)
    findings = [*_spans(spans, text), *_figures(figures, text), *_sayings(sayings, text)]
    counts = {
        "spans": len(spans),
        "figures": len(figures),
        "statements with numbers": len({row["statement"] for row in sayings}),
    }
    return sorted(findings), counts


def _identify(store: Store, path: Path, found: str) -> None:
    known = store.rows(_SOURCES)
    if found not in {row["sha"] for row in known}:
        expected = "; ".join(f"{row['label']} has {row['sha']}" for row in known)
        raise RrmmError(
            f"{path}: SHA-256 {found} is of no source of this graph ({expected}). Give the same text, byte for byte."
        )


def _spans(rows: list[Row], text: str) -> Iterator[Finding]:
    for row in rows:
        if hashlib.sha256(text[row["start"] : row["end"]].encode()).hexdigest() != row["sha"]:
            yield Finding(
                "source",
                row["span"],
                RRMM + "sha256",
                row["sha"],
                f"The text from {row['start']} to {row['end']} is not the one that was hashed."
                " Correct start, end or the hash.",
            )


def _figures(rows: list[Row], text: str) -> Iterator[Finding]:
    for row in rows:
        found = text[row["start"] : row["end"]]
        if found != row["exact"]:
            places = [match.start() for match in re.finditer(re.escape(row["exact"]), text)]
            nearest = sorted(places, key=lambda place: abs(place - row["start"]))[:3]
            hint = f"It stands at {', '.join(map(str, nearest))}." if nearest else "It stands nowhere in the text."
            yield Finding(
                "source",
                row["figure"],
                RRMM + "exact",
                row["exact"],
                f"The text prints {found!r} from {row['start']} to {row['end']}, not {row['exact']!r}. {hint}",
            )


def _sayings(rows: list[Row], text: str) -> Iterator[Finding]:
    passages: dict[str, tuple[str, str]] = {}
    for row in rows:
        said, held = passages.get(row["statement"], (row["text"], ""))
        passages[row["statement"]] = (said, held + " " + text[row["start"] : row["end"]])
    for statement, (said, held) in passages.items():
        printed = set(_NUMBER.findall(unicodedata.normalize("NFKC", held)))
        for number in dict.fromkeys(_NUMBER.findall(said)):
            if number not in printed:
                yield Finding(
                    "source",
                    statement,
                    RRMM + "text",
                    number,
                    f"The statement says {number}, which its passage does not print."
                    " Correct the number or the passage.",
                )
