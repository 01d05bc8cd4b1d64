"""The columns that a SELECT names in its head: an answer from elsewhere is held against them."""

from __future__ import annotations

import re

from rrmm.graph.sandbox.guard import PROLOGUE

_TOKEN = re.compile(
    r"""(?P<gap>(?:\s|\#[^\n\r]*)+)
    |[?$](?P<variable>\w+)
    |<[^<>"{}|^`\\\x00-\x20]*>
    |\"{3}[^\\]*?\"{3}|'{3}[^\\]*?'{3}|"[^"\\\n\r]*"|'[^'\\\n\r]*'
    |\w+
    |.""",
    re.VERBOSE | re.DOTALL,
)


def find_projection(text: str) -> tuple[str, ...] | None:
    """Return the variables that a SELECT names; None for ``*``, another form, and a head that is not plain.

    >>> find_projection("PREFIX : <urn:x> SELECT DISTINCT ?a (COUNT(?b) AS ?n) { ?a :p ?b } GROUP BY ?a")
    ('a', 'n')
    >>> find_projection("SELECT * { ?s ?p ?o }")
    """
    prologue = PROLOGUE.match(text)
    if not prologue or prologue["word"].upper() != "SELECT":
        return None
    names, depth, before, place = list[str](), 0, "", prologue.end()
    alias: str | None = None
    while token := _TOKEN.match(text, place):
        place, piece, variable = token.end(), token[0].upper(), token["variable"]
        if token["gap"]:
            continue
        if piece in {"\\", '"', "'"}:
            return None
        if piece == "(":
            depth += 1
        elif depth and piece == ")":
            depth -= 1
            if not depth and alias is None:
                return None
            if not depth and alias:
                names.append(alias)
        elif not depth and variable:
            names.append(variable)
        elif not depth and piece in {"{", "WHERE"}:
            return tuple(dict.fromkeys(names)) or None
        elif not depth and (names or piece not in {"DISTINCT", "REDUCED"}):
            return None
        alias, before = variable if before == "AS" else None, piece
    return None
