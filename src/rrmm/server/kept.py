"""Answers that are kept: the graph never changes while it is served, so an answer stays right."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from gzip import compress
from sys import getsizeof
from typing import NamedTuple

from rrmm.graph.sandbox.messages import Dataset
from rrmm.server.compression import COMPRESSED_FROM, COMPRESSION, GZIP
from rrmm.server.conditional import tag

SHARE = 16  # an answer is kept if it takes at most this part of the whole
ENTRY_BYTES = 512  # what an entry takes besides its text and its body, roughly
_CHANGING = re.compile(r"(?:now|rand|uuid)\b|\\u", re.IGNORECASE)  # functions that answer anew, and what could hide one


class Question(NamedTuple):
    """A query, and where it looks; or the name of a document."""

    text: str
    dataset: Dataset = Dataset()

    @property
    def changes(self) -> bool:
        """Whether a query may have another answer each time."""
        return bool(_CHANGING.search(self.text))


class Kept(NamedTuple):
    """An answer as it is sent: the name of its form, its bytes, the tag of its content, and their encoding."""

    form: str
    body: bytes
    tag: str
    encoding: str = ""

    @classmethod
    def of(cls, form: str, body: bytes) -> Kept:
        """Return an answer with its tag."""
        return cls(form, body, tag(body))

    @property
    def is_long(self) -> bool:
        """Whether it is sent compressed to who accepts it."""
        return len(self.body) >= COMPRESSED_FROM

    def compress(self) -> Kept:
        """Return the same, compressed."""
        return self._replace(body=compress(self.body, COMPRESSION, mtime=0), encoding=GZIP)


class Cache:
    """Answers by question, form and encoding, in `limit` bytes at most; the one asked for longest ago goes first."""

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self._entries: OrderedDict[tuple[Question, str, str], Kept] = OrderedDict()

    def find(self, question: Question, forms: Iterable[str | None], encoding: str = "") -> Kept | None:
        """Return the answer of a question in the one of some forms that it has, or None."""
        for form in forms:
            key = (question, form or "", encoding)
            if kept := self._entries.get(key):
                self._entries.move_to_end(key)
                return kept
        return None

    def keep(self, question: Question, kept: Kept) -> None:
        """Keep an answer that is not too large."""
        key, size = (question, kept.form, kept.encoding), _size(question, kept)
        if size * SHARE > self.limit or key in self._entries:
            return
        self._entries[key] = kept
        self.size += size
        while self.size > self.limit:
            (oldest, _, _), gone = self._entries.popitem(last=False)
            self.size -= _size(oldest, gone)


def _size(question: Question, kept: Kept) -> int:
    return getsizeof(question.text) + getsizeof(kept.body) + ENTRY_BYTES
