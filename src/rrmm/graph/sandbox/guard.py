r"""Whether a query reaches outside the graph, judged by the tokens of the SPARQL grammar.

https://www.w3.org/TR/sparql11-query/#sparqlGrammar. Engines differ in how they split a text: at ``<``, which opens an
address or compares, at three quotes, at dots in names, and in what ``\\u`` stands for. So one pass follows every way
of splitting at once, and a SERVICE or FROM clause that stands in any of them is refused. In doubt a text is refused;
a variable, a string or an address with ``//`` is never in doubt.
"""

from __future__ import annotations

import re
from heapq import heappop, heappush

from rrmm.errors import QueryError, QueryRefused

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
ROUNDS = 2  # an escape may spell an escape
MOST_LOOKS = 32  # how often each character is looked at, on average: what needs more is meant to confuse

_SUSPICIOUS = re.compile(r"service|from|\\u", re.IGNORECASE)
_WORD = re.compile("service|from", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_ODD_LINE_END = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")  # of some engines, of SPARQL none

_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_CHARS = rf"{_BASE}_0-9\u00b7\u0300-\u036f\u203f\u2040\-"
_PREFIX = rf"(?:[{_BASE}][{_CHARS}.]*+)?:"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]"
_IRI = r'<[^<>"{}|^`\\\x00-\x20]*+>'
_GAP = r"(?:\s|\#[^\n\r]*+)*+"
_SHORT = {'"': r'"(?:[^"\\\n\r]|\\.)*+"', "'": r"'(?:[^'\\\n\r]|\\.)*+'"}
_STRINGS = {quote: re.compile(pattern) for quote, pattern in _SHORT.items()}
_LONG_STRINGS = {
    '"': re.compile(r'"""(?:"{0,2}(?:[^"\\]|\\.))*+"""', re.DOTALL),
    "'": re.compile(r"'''(?:'{0,2}(?:[^'\\]|\\.))*+'''", re.DOTALL),
}
_ADDRESS = re.compile(_IRI)
_TOKEN = re.compile(
    rf"""(?P<gap>\s+|\#[^\n\r]*+)
    |(?P<name>{_PREFIX}(?:(?:[{_BASE}_:0-9]|{_ESCAPED})(?:\.*(?:[{_CHARS}:]|{_ESCAPED}))*)?
        |_:[{_BASE}_0-9](?:\.*[{_CHARS}])*)
    |(?P<word>[{_BASE}_][{_CHARS}.]*+)
    |[?$][{_BASE}_0-9\u00b7\u0300-\u036f\u203f\u2040]+|@[A-Za-z]+(?:-+[A-Za-z0-9]+)*
    |(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?
    |.""",
    re.VERBOSE | re.DOTALL,
)
_AFTER_SERVICE = re.compile(rf"{_GAP}\{{", re.VERBOSE)
_AFTER_FROM = re.compile(rf"{_GAP}(?:\{{|$|(?:where|from|group|having|order|limit|offset|values)\b)", re.I | re.VERBOSE)
PROLOGUE = re.compile(
    rf"""(?:\s|\#[^\n\r]*+|base{_GAP}{_IRI}|prefix{_GAP}{_PREFIX}{_GAP}{_IRI}
    |version{_GAP}(?:{_SHORT['"']}|{_SHORT["'"]}))*+(?P<word>[A-Za-z]*)""",
    re.IGNORECASE | re.VERBOSE,
)


def guard(text: str) -> None:
    """Raise QueryRefused when `text` reaches outside; the engine checks that it is a query.

    >>> guard("SELECT * WHERE { ?service a 'SERVICE <http://example.org/> {' }")
    """
    if not _SUSPICIOUS.search(text):
        return
    for reading in _readings(text):
        if _WORD.search(reading) and (word := _find_clause(reading)):
            raise QueryRefused(f"{word} is refused: a query reads this graph alone. Remove it.")


def guard_strictly(text: str) -> None:
    """Raise QueryRefused when one of the words stands anywhere: for a process that nothing else keeps from a network.

    >>> guard_strictly("ASK { ?service ?p ?o }")
    Traceback (most recent call last):
    rrmm.errors.QueryRefused: SERVICE is refused, wherever it stands: this system cannot close the network to a query.
    """
    for reading in _readings(text):
        if match := _WORD.search(reading):
            word = match[0].upper()
            raise QueryRefused(
                f"{word} is refused, wherever it stands: this system cannot close the network to a query."
            )


def guard_for_endpoint(text: str) -> str:
    """Return the form of a query for a server, which may take updates and be lenient about what else it reads.

    Raises QueryRefused for what reaches outside or changes a graph, QueryError for any other text.
    """
    form = find_form(text)
    for reading in _readings(text):
        if word := _find_clause(reading):
            raise QueryRefused(f"{word} is refused: a query reads one graph alone. Remove it.")
    return form


def find_form(text: str) -> str:
    r"""Return SELECT, ASK, CONSTRUCT or DESCRIBE: what a query is; raises QueryError for an update or any other text.

    >>> find_form("PREFIX : <urn:x> # a remark\nask {}")
    'ASK'
    """
    words = {match["word"].upper() for reading in _readings(text) if (match := PROLOGUE.match(reading))} - {""}
    forms = {form for form in FORMS if any(word.startswith(form) for word in words)}
    if len(words) == len(forms) == 1:
        return forms.pop()
    why = "it is an update" if words & set(UPDATES) else f"it begins with none of {', '.join(FORMS)}"
    raise QueryError(report_malformed(why))


def _readings(text: str) -> list[str]:
    """Return the text as it is written, and with its escapes resolved."""
    readings = [text]
    for _ in range(ROUNDS):
        resolved = _ESCAPE.sub(_unescape, readings[-1])
        if resolved == readings[-1]:
            break
        readings.append(resolved)
    return readings


def _unescape(match: re.Match[str]) -> str:
    point = int(match[1] or match[2], 16)
    return chr(point) if point < 0x110000 else match[0]


def _find_clause(text: str) -> str | None:
    """Return the word of a clause in some way of splitting the text, or None.

    Ways that meet at a place are one from there on, and the work is bounded: the pass is linear.
    """
    places, seen, looks = [0] if text else [], {0}, MOST_LOOKS * (len(text) + 32)
    while places:
        start = heappop(places)
        ends, looked = _split_string(text, start) if text[start] in _STRINGS else _split(text, start)
        looks -= looked
        if looks < 0:
            return "A text that opens so many strings"
        for end in ends:
            if word := _judge(text, start, end):
                return word
            if end not in seen and end < len(text):
                seen.add(end)
                heappush(places, end)
    return None


def _split(text: str, start: int) -> tuple[list[int], int]:
    """Return where the token at `start` may end, and the number of characters looked at.

    Two slashes are no tokens: who comes to them took an address for a comparison.
    """
    if text.startswith("//", start):
        return [], 0
    token = _TOKEN.match(text, start)
    assert token  # noqa: S101 # it takes any character
    ends = [token.end()]
    if text[start] == "<" and (address := _ADDRESS.match(text, start)):
        ends.append(address.end())
    return ends, ends[-1] - start


def _split_string(text: str, start: int) -> tuple[list[int], int]:
    """Return where the string at `start` may end, and the number of characters looked at; a stray quote is a sign.

    Three quotes open a long string, or they are an empty one that the next touches.
    """
    quote = text[start]
    short, line = _STRINGS[quote].match(text, start), text.find("\n", start)
    if not text.startswith(quote * 3, start):
        end = short.end() if short else start + 1
        return [end], end - start if short else (line if line >= 0 else len(text)) - start
    long = _LONG_STRINGS[quote].match(text, start)
    ends = [long.end()] if long else []
    if _STRINGS[quote].match(text, start + 2):
        ends.append(start + 2)
    return ends or [start + 1], (long.end() if long else len(text)) - start


def _judge(text: str, start: int, end: int) -> str | None:
    """Return SERVICE, FROM or the verb of an update where the token is such a word, or one may be split off it."""
    if (verb := text[start:end].rstrip(".").upper()) in UPDATES:
        return verb
    if not (match := _WORD.search(text, start, end)):
        return None
    token = _TOKEN.match(text, start)
    kind, piece, word = token.lastgroup if token else None, text[start:end], match[0].upper()
    if kind == "gap":
        return word if _ODD_LINE_END.search(piece) else None
    if kind == "name":
        prefix = piece.partition(":")[0].lower()
        parts_off = (
            ".service" in piece.lower()
            or ("service" in prefix and _AFTER_SERVICE.match(text, end))
            or ("from" in prefix and _AFTER_FROM.match(text, end))
        )
        return word if parts_off else None
    return word if kind == "word" else None


def report_malformed(why: str) -> str:
    """Return the one-line message for a text that is not a query.

    >>> report_malformed("error at 1:1")
    'Not a SPARQL 1.1 query: error at 1:1. Updates are refused.'
    """
    return f"Not a SPARQL 1.1 query: {' '.join(why.split()).removesuffix('.')}. Updates are refused."
