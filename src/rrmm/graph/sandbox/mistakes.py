"""What is wrong with a text that is not a query: line, column, what stands there and what could stand there.

The engine refuses; this explains. It walks the tokens by the grammar of SPARQL 1.1 in ``sparql.grammar`` and is asked
about refused texts alone, so what it does not know of a text never refuses one.
"""

from __future__ import annotations

import difflib  # noqa: F401 # for the nearest names: a process without rights opens no file
import re
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rrmm.errors import close_names, nearest, quote
from rrmm.graph.sandbox.guard import UPDATES
from rrmm.texts import SURROGATE

_TEXT = Path(__file__).with_name("sparql.grammar").read_text(encoding="utf-8")
LONGEST = 100_000
MOST_EXPECTED = 6
SAID = {
    "variable that is unbound": "SELECT names a variable that is neither grouped by nor in an aggregate",
    "Duplicated variable": "SELECT gives one name to two columns",
    "SELECT * is not authorized": "SELECT * and GROUP BY exclude each other; name the columns",
    "IRI parsing failed": "an address in < > is no IRI",
    "anguage tag": "a language after @ is none",
}
"""What the engine says of some mistakes, and the same in plain words."""
CLOSING = ("}", ")", "]", ".", ";", ",", "{", "(")
CURLED = "“”„‘’‚«»"
WORDS = {
    "prefixed": "a name such as rrmm:Drug",
    "iri": "an address in < >",
    "namespace": "a prefix such as rrmm:",
    "variable": "a variable such as ?x",
    "text": "a text in quotes",
    "integer": "a number",
    "number": "a number",
    "signed": "a number",
    "blank": "a blank node",
    "language": "a language such as @en",
    "builtin": "a function",
    "end": "the end of the query",
}
BUILTINS = frozenset(
    """STR LANG LANGMATCHES DATATYPE BOUND IRI URI BNODE RAND ABS CEIL FLOOR ROUND CONCAT STRLEN UCASE LCASE
    ENCODE_FOR_URI CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER YEAR MONTH DAY HOURS MINUTES SECONDS TIMEZONE TZ NOW
    UUID STRUUID MD5 SHA1 SHA256 SHA384 SHA512 COALESCE IF STRLANG STRDT SAMETERM ISIRI ISURI ISBLANK ISLITERAL
    ISNUMERIC REGEX SUBSTR REPLACE COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT""".split()  # noqa: SIM905
)
_TOKEN = re.compile(
    r"""(?P<gap>(?:\s|\#[^\n\r]*)+)
    |(?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)
    |(?P<text>\"\"\"(?:"{0,2}(?:[^"\\]|\\.))*\"\"\"|'''(?:'{0,2}(?:[^'\\]|\\.))*'''
        |"(?:[^"\\\n\r]|\\[^\n\r])*"|'(?:[^'\\\n\r]|\\[^\n\r])*')
    |(?P<blank>_:\w(?:[\w.-]*\w)?|\[\s*\])
    |(?P<prefixed>(?:[^\W\d_](?:[\w.-]*[\w-])?)?:(?:[\w:-]|%\w\w|\\.)(?:\.*(?:[\w:-]|%\w\w|\\.))*)
    |(?P<namespace>(?:[^\W\d_](?:[\w.-]*[\w-])?)?:)
    |(?P<variable>[?$]\w+)
    |(?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    |(?P<signed>[+-](?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<number>\d*\.\d+(?:[eE][+-]?\d+)?|\d+\.?[eE][+-]?\d+)
    |(?P<integer>\d+)
    |(?P<word>\w+)
    |(?P<sign>\^\^|&&|\|\||!=|<=|>=|.)""",
    re.VERBOSE | re.DOTALL,
)

_ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*:|.*\\")
_ESCAPE = re.compile(r"""\\(?:(?P<known>[tbnrf"'\\]|[uU](?P<point>(?<=u)[0-9A-Fa-f]{4}|(?<=U)[0-9A-Fa-f]{8}))|.)""")


class Token(NamedTuple):
    """A token of a query: what the grammar calls it, its text and where it begins."""

    kind: str
    text: str
    start: int


class _Mistake(Exception):
    """A token that the grammar does not take, and what it takes there."""

    def __init__(self, token: Token, expected: frozenset[str]) -> None:
        super().__init__(token.text)
        self.token, self.expected = token, expected


def explain(text: str, why: str, prefixes: Mapping[str, str]) -> str:
    """Return what is wrong with a text that the engine refused; `why` is what the engine says of it.

    >>> explain("SELECT ?x WHERE ?x a rrmm:Drug", "", {"rrmm": ""})
    "line 1, column 17: found '?x'; expected '{'"
    """
    if not text.strip():
        return "it is empty"
    if len(text) > LONGEST:
        return _plain(why)
    tokens = list(_tokens(text))
    faults = [*_misspelt(tokens), *_relative(tokens), *_undeclared(tokens, prefixes), *_misplaced(tokens)]
    if not faults:
        return _plain(why)
    token, problem = min(faults, key=lambda fault: fault[0].start)
    line = text.count("\n", 0, token.start) + 1
    column = token.start - text.rfind("\n", 0, token.start)
    return f"line {line}, column {column}: {problem}"


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        kind, piece = str(match.lastgroup), match[0]
        if kind == "word":
            upper = piece.upper()
            kind = "builtin" if upper in BUILTINS else piece if piece == "a" else _keyword(upper)
        elif kind == "sign":
            kind = piece
        if kind != "gap":
            yield Token(kind, piece, match.start())
    yield Token("end", "", len(text))


def _keyword(word: str) -> str:
    """Return a word as the grammar spells it."""
    return word.lower() if word in {"TRUE", "FALSE"} else word


def _undeclared(tokens: list[Token], prefixes: Mapping[str, str]) -> Iterator[tuple[Token, str]]:
    """Yield the first name whose prefix nobody declares."""
    known = {*prefixes}
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.kind == "namespace" and before and before.kind == "PREFIX":
            known.add(token.text[:-1])
        elif token.kind in {"namespace", "prefixed"} and (prefix := token.text.partition(":")[0]) not in known:
            offer = nearest(prefix, known) or f" Write PREFIX {prefix}: <…> at the top."
            yield token, f"the prefix {quote(prefix + ':')} is not declared.{offer}"
            return


def _misspelt(tokens: list[Token]) -> Iterator[tuple[Token, str]]:
    """Yield each escape in a text or an address that SPARQL does not have, or that stands for no character."""
    for token in tokens:
        for match in _ESCAPE.finditer(token.text) if token.kind in {"text", "iri"} else ():
            escape, point = match[0], int(match["point"] or "0", 16)
            place = Token("escape", escape, token.start + match.start())
            if point > sys.maxunicode or SURROGATE.match(chr(point)):
                yield place, f"{escape} is no character"
            elif not match["known"]:
                yield place, f"{escape} is no escape of SPARQL; a backslash is written twice"


def _relative(tokens: list[Token]) -> Iterator[tuple[Token, str]]:
    """Yield the first address that is relative where nothing says to what."""
    if not any(token.kind == "BASE" for token in tokens):
        for token in tokens:
            if token.kind == "iri" and not _ABSOLUTE.match(token.text):
                yield token, f"the address {quote(token.text)} is relative. Write it in full, or BASE <…> at the top."
                return


def _misplaced(tokens: list[Token]) -> Iterator[tuple[Token, str]]:
    """Yield the first token that the grammar does not take."""
    try:
        _Walk(tokens).take(_Part("rule", "Query"))
    except _Mistake as mistake:
        token = mistake.token
        if token.text in {'"', "'"}:
            yield token, f"the text that begins with {token.text} does not end on its line"
        elif token.text in CURLED and token.text:
            yield token, f"{token.text} is no quote of SPARQL; write \" or '"
        elif token.text == "<" and mistake.expected & {"iri"}:
            yield token, "the address that begins with < does not end; no blank may stand in it"
        else:
            found = "the end of the query" if token.kind == "end" else quote(token.text)
            yield token, f"found {found}; expected {_list(mistake.expected, token)}"
    except RecursionError:
        return


def _list(expected: frozenset[str], token: Token) -> str:
    """Return what could stand in a place: the keyword nearest to what stands there, or a short list."""
    keywords = sorted(word for word in expected if word.isupper())
    if token.kind not in {*_grammar().words, *UPDATES} and (near := close_names(token.text.upper(), keywords)):
        return near[0]
    signs = sorted(expected - set(keywords) - WORDS.keys(), key=lambda sign: (*CLOSING, sign).index(sign))
    closing = [quote(sign) for sign in signs if sign in CLOSING]
    names = {"iri", "namespace"} if "prefixed" in expected else set()
    named = dict.fromkeys(words for kind, words in WORDS.items() if kind in expected - names)
    every = [*closing, *named, *keywords, *(quote(sign) for sign in signs if sign not in CLOSING)]
    if len(every) > MOST_EXPECTED:
        return ", ".join([*every[:MOST_EXPECTED], "or more"])
    return " or ".join(", ".join(every).rsplit(", ", 1))


def _plain(why: str) -> str:
    """Return what the engine says, without the classes of its grammar."""
    place = re.match(r"error at (\d+):(\d+)", why)
    where = f"near line {place[1]}, column {place[2]}: " if place else ""
    if said := next((words for sign, words in SAID.items() if sign in why), None):
        return where + said
    return f"{where}a variable or a blank node is used where it cannot be, or the text is nested too deep"


class _Part(NamedTuple):
    """A part of the grammar: a ``token``, a ``rule``, ``all`` or ``any`` of its parts, or one ``? * +`` times."""

    kind: str
    name: str = ""
    parts: tuple[_Part, ...] = ()


class _Grammar:
    """The rules by name, with the tokens that each part may begin with and whether it may be empty."""

    def __init__(self, text: str) -> None:
        lines = " ".join(line for line in text.splitlines() if not line.startswith("#"))
        names = re.split(r"([A-Z]\w+) = ", lines)[1:]
        self.rules = {name: _read(words.split()) for name, words in zip(names[::2], names[1::2], strict=True)}
        self.words = frozenset(re.findall(r'"([A-Z]+)"', lines))
        self.first = lru_cache(maxsize=None)(self._first)
        self.may_be_empty = lru_cache(maxsize=None)(self._may_be_empty)

    def _first(self, part: _Part) -> frozenset[str]:
        """Return the tokens that a part may begin with; no rule begins with itself."""
        if part.kind == "token":
            return frozenset({part.name})
        if part.kind == "rule":
            return self.first(self.rules[part.name])
        tokens: frozenset[str] = frozenset()
        for one in part.parts:
            tokens |= self.first(one)
            if part.kind == "all" and not self.may_be_empty(one):
                break
        return tokens

    def _may_be_empty(self, part: _Part) -> bool:
        if part.kind == "rule":
            return self.may_be_empty(self.rules[part.name])
        if part.kind in {"all", "+"}:
            return all(map(self.may_be_empty, part.parts))
        return part.kind in {"?", "*"} or any(map(self.may_be_empty, part.parts))


def _read(words: list[str]) -> _Part:
    """Return the part of the grammar that words spell, and take them off the list up to a closing bracket."""
    choices: list[list[_Part]] = [[]]
    while words:
        word = words.pop(0)
        if word == "|":
            choices.append([])
            continue
        if word.startswith(")"):
            words.insert(0, word[1:])
            break
        if word == "(":
            part, sign = _read(words), words.pop(0)
        else:
            bare = word if word.endswith('"') else word.rstrip("?*+")
            sign = word[len(bare) :]
            part = _Part("rule" if bare[0].isupper() else "token", bare.strip('"'))
        choices[-1].append(_Part(sign, parts=(part,)) if sign else part)
    every = [_Part("all", parts=tuple(parts)) for parts in choices]
    return every[0] if len(every) == 1 else _Part("any", parts=tuple(every))


@lru_cache(maxsize=1)
def _grammar() -> _Grammar:
    return _Grammar(_TEXT)


class _Walk:
    """Walks tokens by the grammar, one token ahead; `open` are the tokens that optional parts would have taken."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.place, self.grammar = tokens, 0, _grammar()
        self.open: frozenset[str] = frozenset()

    def take(self, part: _Part) -> None:
        """Take what a part of the grammar stands for; raises _Mistake where another token stands."""
        token = self.tokens[self.place]
        if part.kind == "token":
            if token.kind != part.name:
                raise _Mistake(token, self.open | {part.name})
            self.place, self.open = self.place + 1, frozenset()
        elif part.kind == "rule":
            self.take(self.grammar.rules[part.name])
        elif part.kind == "all":
            for one in part.parts:
                self.take(one)
        elif part.kind == "any":
            choices = [one for one in part.parts if token.kind in self.grammar.first(one)]
            choices += [one for one in part.parts if self.grammar.may_be_empty(one)]
            if not choices:
                raise _Mistake(token, self.open | self.grammar.first(part))
            self.take(choices[0])
        else:
            self._repeat(part)

    def _repeat(self, part: _Part) -> None:
        (one,) = part.parts
        if part.kind == "+":
            self.take(one)
        while self.tokens[self.place].kind in self.grammar.first(one):
            self.take(one)
            if part.kind == "?":
                return
        self.open |= self.grammar.first(one)
