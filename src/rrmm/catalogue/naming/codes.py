"""Codes of other vocabularies as names: the usual ways to write one, and codes known by how they begin."""

from __future__ import annotations

import re
from typing import NamedTuple

from rrmm.catalogue.naming.model import Tables
from rrmm.spelling import key, plain

BARE_NUMBER = re.compile(r"[\d\s.,-]+")
ADDRESS = re.compile(r"(?:https?://|urn:)\S+")
LAST_STEP = re.compile(r"(?:.*[/#])?([a-z][a-z0-9.]*?)[:_]([\w.-]+)")
LOCAL = re.compile(r"[a-z]*\d[\w.-]*", re.IGNORECASE)
CODE_OF_DISEASES = re.compile(r"[a-z]\d[0-9a-z](?:\.?[0-9a-z]{1,4})?")
WORDS_BETWEEN = re.compile(r"^(?:concept|code|id|identifier|number|no\.?|nr\.?)\s+")


class Code(NamedTuple):
    """A code with the canonical prefix of its vocabulary, in small letters."""

    prefix: str
    local: str


class Codes:
    """Reads codes: `DB00188`, `ATC L01XG01`, `sct#49436004`, an address, `I48.0`; a bare number is none."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def find(self, said: str) -> list[int] | None:
        """Return the meanings of a code, none for an unknown code; None for a text that is no code."""
        text = said.strip().strip("<>")
        if BARE_NUMBER.fullmatch(text) and any(letter.isdigit() for letter in text) and not text.startswith("-"):
            return []
        names = self.tables["names"]
        if found := names.get(f"code|{text.casefold()}"):
            return found
        code = self._address(text) if ADDRESS.fullmatch(text) else self._prefixed(text)
        if code:
            return self._meanings(code)
        return self._bare(plain(text))

    def _address(self, text: str) -> Code | None:
        folded, prefixes = text.casefold(), self.tables["prefixes"]
        for namespace, prefix in self.tables["namespaces"]:
            if folded.startswith(namespace):
                return Code(prefix, folded.removeprefix(namespace))
        last = LAST_STEP.fullmatch(folded)
        head, local = (last[1], last[2]) if last else (folded.rpartition("/")[0] + "/", folded.rpartition("/")[2])
        return Code(prefixes[key(head)], local) if key(head) in prefixes else None

    def _prefixed(self, text: str) -> Code | None:
        folded = plain(text)
        if (last := LAST_STEP.fullmatch(folded.rpartition(":")[2])) and (
            prefix := self.tables["prefixes"].get(last[1])
        ):
            return Code(prefix, last[2])
        for place in (match.start() for match in re.finditer(r"[:#_|\s]", folded)):
            prefix = self.tables["prefixes"].get(key(folded[:place]))
            local = WORDS_BETWEEN.sub("", folded[place:].strip(" :#_|="))
            if prefix and LOCAL.fullmatch(local):
                return Code(prefix, local)
        return None

    def _meanings(self, code: Code) -> list[int]:
        found = self.tables["names"].get(f"code|{code.prefix}:{code.local}")
        return found or self._by_beginning(code) or []

    def _bare(self, local: str) -> list[int] | None:
        """Return the meanings of a code without its prefix, whose letters show the vocabulary."""
        if not LOCAL.fullmatch(local) or local.isdigit():
            return None
        for prefix in sorted(set(self.tables["prefixes"].values())):
            if found := self._meanings(Code(prefix, local)):
                return found
        return None

    def _by_beginning(self, code: Code) -> list[int] | None:
        beginnings = self.tables["beginnings"].get(code.prefix)
        if not beginnings or not CODE_OF_DISEASES.fullmatch(code.local):
            return None
        local = code.local.replace(".", "")
        return next((beginnings[local[:size]] for size in range(len(local), 2, -1) if local[:size] in beginnings), None)
