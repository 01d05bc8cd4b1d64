"""Text from outside: what is no text is refused, and what a terminal would obey is shown and not sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from rrmm.errors import LONGEST_NAME, PatientError, quote, shorten

FREE = {"id", "title", "regimen"}
"""Keys whose text is no name, so that it may be long."""

MOST_ENTRIES = 500
SURROGATE = re.compile("[\ud800-\udfff]")
_OBEYED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029"  # control characters and further ends of a line
    "\u202a-\u202e\u2066-\u2069\ud800-\udfff]"  # what turns the direction of writing, and halves of pairs
    "|\r(?!\n)"
)


def show(text: str) -> str:
    r"""Return text that a terminal prints and does not obey: control characters become escapes such as \u001b.

    JSON, Turtle and YAML in quotes read the escape as the character again; line ends and tabs stay.

    >>> print(show("a\x1b[31mb\n"), end="")
    a\u001b[31mb
    """
    return _OBEYED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def show_line(text: str) -> str:
    r"""Return text as `show` does, in one line.

    >>> show_line("a\nb")
    'a\\nb'
    """
    return show(text).replace("\n", "\\n")


class RepeatedKey(ValueError):
    """A key stands twice in one JSON object."""


def refuse_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return the members of a JSON object as `json.loads` asks for them; raises RepeatedKey."""
    members: dict[str, object] = {}
    for key, value in pairs:
        if key in members:
            raise RepeatedKey(f"key {quote(key)} stands twice")
        members[key] = value
    return members


def check_texts(content: object, where: str) -> None:
    """Raise PatientError naming each place of a document, parsed from JSON or YAML, whose text is no Unicode text."""
    faults = [
        _fault(where, place, text, f"holds half of a surrogate pair ({show(half[0])}), which is no character")
        for place, text in _texts(content)
        if not text.isascii() and (half := SURROGATE.search(text))
    ]
    if faults:
        raise PatientError.of(faults)


def check_lengths(content: object, where: str) -> None:
    """Raise PatientError naming each list of a patient that is too long, and each name longer than a name can be."""
    faults = [
        PatientError(f"{where}: {place}: {count:,} entries; a list has at most {MOST_ENTRIES}.", file=where, key=place)
        for place, count in _long_lists(content)
    ]
    if faults:
        raise PatientError.of(faults)
    faults = [
        _fault(where, place, text, f"{quote(text)} has {len(text):,} characters; a name has at most {LONGEST_NAME}")
        for place, text in _texts(content)
        if len(text) > LONGEST_NAME and place.rpartition(".")[2] not in FREE
    ]
    if faults:
        raise PatientError.of(faults)


def _fault(where: str, place: str, text: str, problem: str) -> PatientError:
    head = f"{where}: {place}" if place else where
    return PatientError(f"{head}: {problem}. Correct it.", file=where, key=place or None, value=text)


def _long_lists(content: object, place: str = "") -> Iterator[tuple[str, int]]:
    """Yield place and length of each list of a patient's keys that is too long."""
    if isinstance(content, Mapping):
        for key, part in content.items():
            if isinstance(part, list) and len(part) > MOST_ENTRIES:
                yield f"{place}{show_line(shorten(str(key)))}", len(part)
            elif not place:
                yield from _long_lists(part, f"{show_line(shorten(str(key)))}.")


def _texts(content: object) -> Iterator[tuple[str, str]]:
    """Yield each text of a document with its place, a key too."""
    parts, seen = [("", content)], set[int]()
    while parts:
        place, part = parts.pop()
        if not isinstance(part, str) and id(part) in seen:
            continue  # an alias of YAML
        seen.add(id(part))
        if isinstance(part, str):
            yield place, part
        elif isinstance(part, Mapping):
            prefix = f"{place}." if place else ""
            for key in reversed(part):
                parts.append((f"{prefix}{show_line(shorten(str(key)))}", part[key]))
            yield from ((place, key) for key in part if isinstance(key, str))
        elif isinstance(part, list):
            parts += [(f"{place}[{number}]", part[number - 1]) for number in range(len(part), 0, -1)]
