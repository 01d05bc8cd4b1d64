"""Input that nobody means to send, drawn from a `random.Random`: mostly right, and wrong in a place or two.

Three mutations: of a tree as JSON has them (`alter`), of a text by tokens (`splice`), of bytes (`damage`).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

WORDS = [
    *("", " ", "-", "--", "#", "\\", "'\"`$(x)", "<b>&amp;", "%s%n{0}", "=1+1", "../../etc/passwd", "x" * 3000),
    *("0", "-1", "nan", "1e999", "9" * 400, "9" * 5000, "٣", "½", "null", "yes"),
    *("a\nb", "a\x00b", "\x1b[31mred", "\u202eabc", "\u2028", "\ufeff", "\ud800", "e\u0301" * 40, "😀"),
    *("2021-02-30", "0000-00-00", "9999-12-31", "-0001-01-01", "2021-01-01T25:61:61Z", "2021-13", "20210101"),
    *("bortezomib", "trial:endeavor", "https://w3id.org/rrmm/id/drug/bortezomib", "urn:x y", "Patient/p-1"),
]
VALUES = [
    *(None, True, False, 0, -1, 1, 3, 0.5, -0.0, 1e308, 10**400, float("nan"), float("inf")),
    *([], {}, [[]], [None], {"": None}, {"a": {"a": [1]}}),
]
YAML = [
    *("&a ", "*a", "[*a, *a]", "\n&a [*a]", "<<: *a\n", "!!python/object:os.system ", "!!binary ", "!!set ", "!x "),
    *("? ", ": ", "- ", "\n- ", "\n  ", "\t", "|\n", ">\n", "---\n", "...\n", "%YAML 9.9\n", "#", "'", '"', "{", "}"),
    *("[" * 500, "{a: " * 300, "0x1F", "0o17", "1_000", ".inf", ".nan", "2021-01-01", "~", "\\ud800"),
]
TURTLE = [
    *("<", ">", "[", "]", "(", ")", ";", ",", ".", "@", "#", "<urn:", "_:b ", " a ", "^^", "@en", '"""', "1e400"),
    *("@prefix x: <> .", "<\\u0000>", "rrmm:Guidance", "rrmm:effect", "regimen:kd", "mine:other", "true", "5"),
]
CSV = [",", ";", "\t", "|", '"', '""', "\n", "\r\n", "\n\n", "\x00", ",,,,", '"a\nb"', "id", "age", "prior_drugs", "[]"]
ENCODINGS = ("utf-16", "utf-16-le", "utf-8-sig", "utf-32", "latin-1", "cp1252")


def alter(tree: Any, random: Random, changes: int) -> Any:
    """Return a copy of a tree with some places changed."""
    tree = {"": copy.deepcopy(tree)}
    for _ in range(changes if tree else 0):
        places = list(_places(tree))
        if not places:
            break
        holder, key = random.choice(places)
        value, way = holder[key], random.choice(["drop", "rename", "repeat", "nest", "exchange", "odd", "edit", "edit"])
        if way == "drop":
            del holder[key]
        elif way == "rename" and isinstance(key, str):
            holder[random.choice([random.choice(WORDS), key[:-1], key.upper()])] = holder.pop(key)
        elif way == "repeat" and isinstance(holder, list):
            holder += [copy.deepcopy(value) for _ in range(random.choice([1, 1, 2, 2, 2, 600]))]
        elif way == "nest":
            for _ in range(random.choice([1, 1, 1, 2, 300])):
                holder[key] = random.choice([[holder[key]], {"a": holder[key]}])
        elif way == "exchange":
            other, place = random.choice(places)
            holder[key] = copy.deepcopy(other[place])
        elif way == "edit" and isinstance(value, str):
            holder[key] = splice(value, WORDS, random)
        elif way == "edit" and isinstance(value, int | float):
            holder[key] = random.choice([-value, value * 1000, value * 10 + 1, str(value), bool(value)])
        else:
            holder[key] = copy.deepcopy(random.choice([random.choice(VALUES), random.choice(WORDS)]))
    return tree.get("")


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the place of each value of a tree: what holds it, and its key or index there."""
    rest = [tree]
    while rest:
        holder = rest.pop()
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            yield holder, key
            rest += [holder[key]] if isinstance(holder[key], dict | list) else []


def splice(text: str, tokens: Sequence[str], random: Random, changes: int = 1) -> str:
    """Return a text with tokens put in or in place of what stands there, pieces dropped, repeated or turned."""
    for _ in range(changes):
        start = random.randint(0, len(text))
        end = start + random.choice([0, 1, 4, 20])
        piece = text[start:end]
        new = random.choice([random.choice(tokens), random.choice(tokens), "", piece * 3, piece[::-1]])
        text = text[:start] + new + text[end:]
    return text


def damage(content: bytes, random: Random) -> bytes:
    """Return bytes that are cut, overwritten, doubled, of another encoding, or of no meaning at all."""
    at = random.randint(0, len(content))
    noise = random.randbytes(random.choice([1, 2, 40]))
    encoding = random.choice(ENCODINGS)
    return random.choice(
        [
            content[:at],
            content[:at] + noise + content[at + len(noise) :],
            content[:at] + b"\x00" * 8 + content[at:],
            content * 2,
            noise,
            content.decode("utf-8", "replace").encode(encoding, "replace"),
        ]
    )


def encode(text: str) -> bytes:
    """Return a text as bytes, half a pair of surrogates too."""
    return text.encode("utf-8", "surrogatepass")


def to_json(tree: Any, random: Random) -> str:
    """Return a tree as JSON; sometimes a key stands twice."""
    text = json.dumps(tree, ensure_ascii=random.random() < 0.5, indent=random.choice([None, 1]))
    return "{" + text[1:-1] + ", " + text[1:] if random.random() < 0.03 and len(text) > 2 else text
