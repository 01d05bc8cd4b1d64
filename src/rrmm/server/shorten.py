"""Answers within a size: the longest lists lose their ends, and the answer says what was left out."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rrmm.records import JsonObject

PART = 4  # a list that is too long loses this part of its entries at a time


def write(content: object) -> str:
    """Return JSON text without spaces."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def size(content: object) -> int:
    """Return the bytes of a value as JSON that is itself a text in JSON, as a protocol sends it."""
    return len(json.dumps(write(content), ensure_ascii=False).encode())


def shorten(answer: JsonObject, limit: int) -> JsonObject:
    """Return an answer of at most `limit` bytes; `left_out` counts the entries that were cut, by place.

    The answer is changed: the biggest list loses its end first, so lists stand in the order of their importance.
    Its texts are short, and its own; only lists are cut.

    >>> shorten({"rows": ["a" * 30] * 8}, 200)["left_out"]
    {'rows': 4}
    """
    left_out: dict[str, int] = {}
    while size(answer) > limit and (lists := list(_lists(answer, ""))):
        place, biggest = max(lists, key=lambda part: size(part[1]))
        count = len(biggest) // PART or 1
        del biggest[-count:]
        left_out[place] = left_out.get(place, 0) + count
        answer["left_out"] = left_out
    return answer


def _lists(content: object, place: str) -> Iterator[tuple[str, list[object]]]:
    """Yield each list that is not empty, with the place where it stands."""
    if isinstance(content, dict):
        for name, part in content.items():
            yield from _lists(part, f"{place}.{name}" if place else name)
    elif isinstance(content, list) and content:
        yield place, content
        for part in content:
            yield from _lists(part, place + "[]")
