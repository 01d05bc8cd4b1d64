"""How near two texts are; how the text of a name varies is `rrmm.spelling`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


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
