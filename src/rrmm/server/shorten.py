"""Answers within a size: long texts and the longest lists lose their ends; the answer says what was left out."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from rrmm.records import JsonObject

LONGEST = 1_000  # characters of a text where an answer is too long
PART = 4  # a list that is too long loses this part of its entries at a time


def write(content: object) -> str:
    """Return JSON text without spaces."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def size(content: object) -> int:
    """Return the bytes of a value as JSON that is itself a text in JSON, as a protocol sends it."""
    return len(json.dumps(write(content), ensure_ascii=False).encode())


def cut(text: str) -> str:
    """Return a text of at most `LONGEST` characters and a mark where it was longer."""
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def shorten(answer: JsonObject, limit: int, last: str = "") -> JsonObject:
    """Return an answer of at most `limit` bytes; `left_out` counts the entries that were cut, by place.

    The answer given is not changed. Long texts are cut first. Then the biggest list loses its end, so lists stand in
    the order of their importance. The lists below the key `last` go when no others are left, the lowest first.

    >>> shorten({"rows": ["a" * 30] * 8}, 200)["left_out"]
    {'rows': 4}
    """
    answer = copy.deepcopy(answer)
    if size(answer) > limit:
        answer = _cut_texts(answer)
    left_out: dict[str, int] = {}
    while size(answer) > limit and (lists := list(_lists(answer, ""))):
        others = [(place, entries) for place, entries in lists if not (last and place.startswith(last))]
        place, chosen = max(others, key=lambda part: size(part[1])) if others else lists[-1]
        count = len(chosen) // PART or 1
        del chosen[-count:]
        left_out[place] = left_out.get(place, 0) + count
        answer["left_out"] = left_out
    return answer


def _cut_texts(content: Any) -> Any:
    """Return content with its long texts cut."""
    if isinstance(content, dict):
        return {name: _cut_texts(part) for name, part in content.items()}
    if isinstance(content, list):
        return [_cut_texts(part) for part in content]
    return cut(content) if isinstance(content, str) else content


def _lists(content: object, place: str) -> Iterator[tuple[str, list[object]]]:
    """Yield each list that is not empty, with the place where it stands."""
    if isinstance(content, dict):
        for name, part in content.items():
            yield from _lists(part, f"{place}.{name}" if place else name)
    elif isinstance(content, list) and content:
        yield place, content
        for part in content:
            yield from _lists(part, place + "[]")
