"""The reader's own copy of a source against the graph: checksum, every span, every figure.

The graph holds positions and hashes, never the sentences; with the text at hand each is found again.
Without the text a check skips this part and says so.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from rrmm.check.finding import Finding
from rrmm.errors import RrmmError
from rrmm.graph import queries
from rrmm.graph.store import Row, Store
from rrmm.graph.terms import iri_term
from rrmm.iris import RRMM

_CITATIONS = re.compile(r"\[(\d[\d,\s–-]*)\]")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")


def verify(store: Store, root: Path, path: Path) -> tuple[list[Finding], dict[str, int]]:
    """Return the contradictions of the text at `path`, and the number of comparisons.

    The checksum tells which source it is. Raises RrmmError when the file is not readable UTF-8 or
    belongs to no source.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise RrmmError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise RrmmError(f"{path}: not UTF-8 text. Give the text that was read for this graph.") from None
    source = _identify(store, root, path, hashlib.sha256(content).hexdigest())

    def ask(name: str) -> list[Row]:
        return store.rows(queries.find(root, "source", name).bind({"source": iri_term(source)}))

    spans, figures, sayings = ask("spans"), ask("figures"), ask("sayings")
    findings = [*_spans(spans, text), *_figures(figures, text), *_sayings(sayings, text)]
    findings += _citations(ask("citations"), text)
    statements = len({row["statement"] for row in sayings})
    return sorted(findings), {"spans": len(spans), "figures": len(figures), "statements in our words": statements}


def _identify(store: Store, root: Path, path: Path, digest: str) -> str:
    sources = store.rows(queries.find(root, "source", "sources").text)
    for row in sources:
        if row["sha"] == digest:
            return str(row["source"])
    expected = "; ".join(f"{row['label']} has {row['sha']}" for row in sources)
    raise RrmmError(
        f"{path}: SHA-256 {digest} is of no source of this graph ({expected}). Give the same text, byte for byte."
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
        printed = text[row["start"] : row["end"]]
        if printed != row["exact"]:
            places = [match.start() for match in re.finditer(re.escape(row["exact"]), text)]
            nearest = sorted(places, key=lambda place: abs(place - row["start"]))[:3]
            hint = f"It stands at {', '.join(map(str, nearest))}." if nearest else "It stands nowhere in the text."
            yield Finding(
                "source",
                row["figure"],
                RRMM + "exact",
                row["exact"],
                f"The text prints {printed!r} from {row['start']} to {row['end']}, not {row['exact']!r}. {hint}",
            )


def _citations(rows: list[Row], text: str) -> Iterator[Finding]:
    """Yield the passages that cite other numbers than stand in brackets within their spans."""
    cited, printed = defaultdict[str, set[int]](set), defaultdict[str, set[int]](set)
    for row in rows:
        cited[row["passage"]] |= {int(row["number"])} if "number" in row else set()
        printed[row["passage"]] |= _numbers(text[row["start"] : row["end"]])
    for passage in printed:
        for number in sorted(cited[passage] ^ printed[passage]):
            fault = "does not print" if number in cited[passage] else "prints, and the graph does not cite"
            yield Finding(
                "source",
                passage,
                RRMM + "cites",
                str(number),
                f"The passage {fault} [{number}] within its spans. Correct rrmm:cites or the spans.",
            )


def _numbers(text: str) -> set[int]:
    """Return the numbers of citations in brackets, those of ranges included.

    >>> sorted(_numbers("as shown [3, 17-19] and [40–41]"))
    [3, 17, 18, 19, 40, 41]
    """
    numbers = set[int]()
    for group in _CITATIONS.findall(text):
        for first, last in re.findall(r"(\d+)(?:\s*[–-]\s*(\d+))?", group):
            numbers |= set(range(int(first), int(last or first) + 1))
    return numbers


def _sayings(rows: list[Row], text: str) -> Iterator[Finding]:
    passages: dict[str, tuple[str, str]] = {}
    for row in rows:
        words, passage = passages.get(row["statement"], (row["text"], ""))
        passages[row["statement"]] = (words, passage + " " + text[row["start"] : row["end"]])
    for statement, (words, passage) in passages.items():
        printed = set(_NUMBER.findall(unicodedata.normalize("NFKC", passage)))
        for number in dict.fromkeys(_NUMBER.findall(words)):
            if number not in printed:
                yield Finding(
                    "source",
                    statement,
                    RRMM + "text",
                    number,
                    f"The statement says {number}, which its passage does not print."
                    " Correct the number or the passage.",
                )
