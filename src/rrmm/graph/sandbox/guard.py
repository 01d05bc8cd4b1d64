"""Whether a query reaches outside the graph: a SERVICE or FROM clause anywhere in its text.

The engine has no switch against them, and a text can mislead any parser that splits it in other ways than
the engine does. So the guard follows every way to split the text into tokens, and refuses a clause in any
of them. Besides, a process that runs queries can open no socket.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from rrmm.errors import QueryRefused

_SUSPICIOUS = re.compile(r"service|from|\\u", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_GAP = r"(?:\s|\#[^\n\r]*(?:[\n\r]|$))"
_CLAUSE = re.compile(
    rf"""(?<![\w?$:@.-])(?:[\d.]+(?:e[+-]?\d+)?|true|false)?  # a number may touch the word
    (?P<word>service|from)
    (?:{_GAP}*(?:(?:silent|named){_GAP}*)?(?:[?$]|<)          # a variable or an address
      |{_GAP}+(?:(?:silent|named){_GAP}+)?[\w.-]*:            # a short name
      |[\w.-]*:[^\s{{}}]*{_GAP}*\{{ )                         # a short name that touches the word
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TOKENS = {
    '"': [re.compile(r'"""(?:"{0,2}(?:[^"\\]|\\.))*"""', re.DOTALL), re.compile(r'"(?:[^"\\\n\r]|\\.)*"')],
    "'": [re.compile(r"'''(?:'{0,2}(?:[^'\\]|\\.))*'''", re.DOTALL), re.compile(r"'(?:[^'\\\n\r]|\\.)*'")],
    "<": [re.compile(r'<[^<>"{}|^`\\\x00-\x20]*>'), re.compile("<")],
    "#": [re.compile(r"#[^\n\r]*")],
}
_PLAIN = [re.compile(r"""[^"'<#]+""")]


def guard(text: str) -> None:
    """Raise QueryRefused when `text` reaches outside; the engine checks that it is a query.

    >>> guard("SELECT * WHERE { ?service a 'SERVICE <http://example.org/> {' }")
    """
    if not _SUSPICIOUS.search(text):
        return
    for reading in {text, _ESCAPE.sub(_unescape, text)}:
        if word := _clause(reading):
            raise QueryRefused(f"{word.upper()} is refused: a query reads this graph alone. Remove it.")


def _clause(text: str) -> str | None:
    """Return the word of a clause outside strings, addresses and comments in some reading, or None."""
    clauses = {match.start("word"): match["word"] for match in _CLAUSE.finditer(text)}
    starts = list(clauses)
    pending, seen = [0], {0}
    while pending and clauses:
        start = pending.pop()
        for token in _TOKENS.get(text[start : start + 1], _PLAIN):
            if match := token.match(text, start):
                if token is _PLAIN[0]:
                    next_one = bisect_left(starts, start)
                    if next_one < len(starts) and starts[next_one] < match.end():
                        return clauses[starts[next_one]]
                if match.end() not in seen:
                    seen.add(match.end())
                    pending.append(match.end())
    return None


def _unescape(match: re.Match[str]) -> str:
    point = int(match[1] or match[2], 16)
    return chr(point) if point < 0x110000 else match[0]


def report_malformed(why: str) -> str:
    """Return the one-line message for a text that is not a query.

    >>> report_malformed("error at 1:1")
    'Not a SPARQL 1.1 query: error at 1:1. Updates are refused.'
    """
    return f"Not a SPARQL 1.1 query: {' '.join(why.split()).removesuffix('.')}. Updates are refused."
