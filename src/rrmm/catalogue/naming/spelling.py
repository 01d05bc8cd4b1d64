"""How the text of a name varies without another meaning, and how near two texts are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

TRADE_MARKS = str.maketrans("", "", "®™©℠")
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "u",
}
BETWEEN_DIGITS = re.compile(r"(?<=\d)[^\w+<>=≥≤%?]+(?=\d)")
SIGN_BEFORE = re.compile(r"^[-+](?=\w)")
SIGN_AFTER = re.compile(r"(?<=\w)[-+]+$")
DROPPED = re.compile(r"[^\w;+<>=≥≤%?]+|_")


def plain(text: str) -> str:
    """Return a text as rules of names read it: lower case, usual letters and dashes, single spaces.

    >>> plain("  Vel­cade®  β–2 ＩＭｉＤ ")
    'velcade beta-2 imid'
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    text = unicodedata.normalize("NFKC", text.translate(TRADE_MARKS)).casefold().translate(DASHES)
    text = "".join(GREEK.get(letter, letter) for letter in unicodedata.normalize("NFD", text))
    marks = {"Mn", "Cf"}
    text = "".join(letter for letter in text if unicodedata.category(letter) not in marks)
    return " ".join(unicodedata.normalize("NFC", text).split())


def key(text: str) -> str:
    """Return what all spellings of a name share; a sign at either end counts, and so do bounds and doubts.

    >>> key("t(4 ; 14)") == key("T(4;14)") == key("t 4/14"), key("17p-"), key("VP 16") == key("vp-16")
    (True, '17p-', True)
    """
    text = plain(text)
    before, after = SIGN_BEFORE.match(text), SIGN_AFTER.search(text)
    middle = BETWEEN_DIGITS.sub(";", text)
    return (before[0] if before and before[0] == "-" else "") + DROPPED.sub("", middle) + _minus(after)


def _minus(sign: re.Match[str] | None) -> str:
    return "-" if sign and sign[0].endswith("-") else ""


def distance(left: str, right: str, most: int) -> int:
    """Return the number of letters to insert, drop, replace or swap, or `most` + 1 if there are more."""
    if abs(len(left) - len(right)) > most:
        return most + 1
    earlier: list[int] = []
    last = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        earlier, last = last, row
    return last[-1]


def near(word: str, keys: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the distance and the key of each name that a slip could have turned into `word`."""
    most = 2 if len(word) > 5 else 1 if len(word) > 3 else 0
    letters = set(word)
    for name in keys:
        if most and abs(len(name) - len(word)) <= most and len(letters ^ set(name)) <= 2 * most:
            apart = distance(word, name, most)
            if apart <= most and 3 * apart <= len(name):
                yield apart, name
