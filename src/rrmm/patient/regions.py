"""Countries: a region is the code or a name of one, never a part of a word.

A code of ISO 3166-1 alpha-2 that is free for users (``XX``, ``ZZ``), or reserved for the European Union (``EU``), is a
code of no country: it is taken, and no approval counts. Every other word that is no country is refused.
"""

from __future__ import annotations

import re
import unicodedata

from rrmm.errors import LONGEST_NAME, close_names
from rrmm.patient.naming import READ_AS
from rrmm.rules.base import RuleBase

FREE = re.compile("AA|EU|Q[M-Z]|X[A-Z]|ZZ")
SHORTEST_NAME, ALIKE, MOST = 4, 0.75, 3


def code_of(rule_base: RuleBase, word: str) -> str | None:
    """Return the code that a country's code or name stands for, or None for a word that stands for none."""
    folded = fold(word) if len(word) <= LONGEST_NAME else ""
    code = folded.upper()
    return countries(rule_base).get(folded) or (code if FREE.fullmatch(code) else None)


def code_shown(rule_base: RuleBase, fact: str) -> str | None:
    """Return the code in what a fact shows of a region: ``South Korea, read as KR``."""
    return code_of(rule_base, fact.rpartition(READ_AS)[2])


def offer(rule_base: RuleBase, word: str) -> list[str]:
    """Return up to three countries near an unknown word, by spelling or by their beginning, each with its code."""
    names = {name: code for name, code in rule_base.regions.items() if len(name) >= SHORTEST_NAME}
    beginning = fold(word)
    begins = [name for name in sorted(names, key=len) if beginning and fold(name).startswith(beginning)]
    near = [*close_names(word, names, ALIKE), *begins]
    by_code = {names[name]: name for name in reversed(near)}
    return [f"{by_code[code]} ({code})" for code in dict.fromkeys(map(names.__getitem__, near))][:MOST]


def countries(rule_base: RuleBase) -> dict[str, str]:
    """Return folded code or name → code."""
    if "countries" not in rule_base.kept:
        rule_base.kept["countries"] = {fold(name): code for name, code in rule_base.regions.items()}
    known: dict[str, str] = rule_base.kept["countries"]
    return known


def fold(name: str) -> str:
    """Return what all spellings of a country share: letters and figures, small and without marks.

    >>> fold(" U.S.A. "), fold("Österreich")
    ('usa', 'osterreich')
    """
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())
