"""The reader's own copies of the sources against the graph: checksum, every span, every figure.

The graph holds positions and hashes, never the sentences; with the texts at hand each is found again.
A source without a text is left unread, and the run says so.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rrmm.check.finding import Finding
from rrmm.errors import RrmmError
from rrmm.graph import queries
from rrmm.graph.store import Asked, Row, Store
from rrmm.graph.terms import iri_term
from rrmm.iris import RRMM, local_name
from rrmm.texts import read_bytes

MOST_BYTES = 64_000_000

_CITATIONS = re.compile(r"\[(\d[\d,\s–-]*)\]")
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])")


def read(store: Asked, root: Path, paths: Iterable[Path]) -> dict[str, str]:
    """Return source IRI → its text, for the sources whose files these are; the checksum tells which.

    Raises RrmmError naming every file that is not readable UTF-8 or belongs to no source.
    """
    sources = store.rows(queries.find(root, "source", "sources").text)
    of_digest = {str(row["sha"]): str(row["source"]) for row in sources}
    files, faults = read_texts(paths)
    texts, strangers = dict[str, str](), list[str]()
    for path, text in files.items():
        digest = hashlib.sha256(text.encode()).hexdigest()
        if digest in of_digest:
            texts[of_digest[digest]] = text
        else:
            strangers.append(f"{path} (SHA-256 {digest})")
    if strangers:
        known = "; ".join(f"{row['label']} has {row['sha']}" for row in sources)
        faults.append(
            f"Of no source of this graph: {', '.join(strangers)}. Give the same text, byte for byte: {known}."
        )
    if faults:
        raise RrmmError(" ".join(faults))
    return texts


def read_texts(paths: Iterable[Path]) -> tuple[dict[Path, str], list[str]]:
    """Return the text of each file that is readable UTF-8, and what is wrong with the others."""
    texts, faults = dict[Path, str](), list[str]()
    for path in paths:
        try:
            texts[path] = read_text(path)
        except RrmmError as error:
            faults.append(str(error))
    return texts, faults


def read_text(path: Path) -> str:
    """Return the text of a file; raises RrmmError when it is not readable UTF-8."""
    try:
        return read_bytes(path, MOST_BYTES).decode("utf-8")
    except OSError as error:
        raise RrmmError(f"{path}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise RrmmError(f"{path}: not UTF-8 text. Give the text that was read for this graph.") from None


def unread(store: Asked, root: Path, texts: Mapping[str, str]) -> list[str]:
    """Return the names of the sources that have no text."""
    sources = store.rows(queries.find(root, "source", "sources").text)
    return [local_name(str(row["source"])) for row in sources if row["source"] not in texts]


def verify(store: Store, root: Path, texts: Mapping[str, str]) -> tuple[list[Finding], dict[str, int]]:
    """Return what contradicts the texts of some sources, and the number of comparisons.

    What is said in our words is compared where the text of each of its passages is at hand.
    """
    findings, spans, figures = list[Finding](), 0, 0
    for source, text in texts.items():

        def ask(name: str, source: str = source) -> list[Row]:
            return store.rows(queries.find(root, "source", name).bind({"source": iri_term(source)}))

        placed, printed = ask("spans"), ask("figures")
        findings += [*_spans(placed, text), *_figures(printed, text), *_citations(ask("citations"), text)]
        spans, figures = spans + len(placed), figures + len(printed)
    sayings = store.rows(queries.find(root, "source", "sayings").text)
    partial = {row["statement"] for row in sayings if row["source"] not in texts}
    sayings = [row for row in sayings if row["statement"] not in partial]
    findings += _sayings(sayings, texts)
    statements = len({row["statement"] for row in sayings})
    return sorted(findings), {"spans": spans, "figures": figures, "statements in our words": statements}


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


def _sayings(rows: list[Row], texts: Mapping[str, str]) -> Iterator[Finding]:
    passages: dict[str, tuple[str, str]] = {}
    for row in rows:
        words, passage = passages.get(row["statement"], (row["text"], ""))
        passages[row["statement"]] = (words, passage + " " + texts[row["source"]][row["start"] : row["end"]])
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
