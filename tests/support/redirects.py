"""The redirects of w3id.org/rrmm as Apache's mod_rewrite applies them: as much of it as the file uses."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from support import ROOT

FILE = ROOT / "w3id" / ".htaccess"
SITE = "https://example.org/rrmm"


class Rule(NamedTuple):
    """A RewriteRule: its conditions (what is tested, pattern), its pattern, substitution and flags."""

    conditions: list[tuple[str, str]]
    pattern: str
    to: str
    flags: list[str]


@functools.cache
def rules() -> list[Rule]:
    """Return the rules of the file; raises ValueError for a directive that is not known here."""
    found, conditions = [], []
    for line in FILE.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if not words or words[0] == "#" or words == ["RewriteEngine", "on"]:
            continue
        if words[0] == "RewriteCond" and len(words) == 3:
            conditions.append((words[1], words[2]))
        elif words[0] == "RewriteRule" and len(words) == 4:
            found.append(Rule(conditions, *words[1:3], words[3].strip("[]").split(",")))
            conditions = []
        else:
            raise ValueError(line)
    return found


def redirected(path: str, accept: str) -> tuple[int, str]:
    """Return status and location for what follows ``https://w3id.org/rrmm/``; a 404 has no location."""
    variables = {"HTTP_ACCEPT": accept}
    for rule in rules():
        match = re.search(rule.pattern, path)
        if not match or not all(_holds(_filled(tested, variables), pattern) for tested, pattern in rule.conditions):
            continue
        status = next((int(flag[2:]) for flag in rule.flags if flag.startswith("R=")), 0)
        for flag in rule.flags:
            if flag.startswith("E="):
                name, _, value = flag[2:].partition(":")
                variables[f"ENV:{name}"] = value
        if status:
            return status, "" if status == 404 else _filled(
                match.expand(re.sub(r"\$(\d)", r"\\\1", rule.to)), variables
            )
    return 200, path


def _holds(value: str, pattern: str) -> bool:
    negated = pattern.startswith("!")
    return (re.search(pattern.removeprefix("!"), value) is not None) is not negated


def _filled(text: str, variables: dict[str, str]) -> str:
    return re.sub(r"%\{([^}]+)\}", lambda match: variables.get(match[1], ""), text)
