"""Text from outside: read within bounds, refused where it is no text, shown where a terminal would obey it."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from rrmm.errors import LONGEST_NAME, PatientError, quote, shorten

FREE = {"id", "title", "regimen"}
"""Keys whose text is no name, so that it may be long."""

MOST_ENTRIES = 500
MOST_LEVELS = 100
"""Levels of the deepest JSON or YAML that is read: several times those of a record in a standard of the field."""

TOO_DEEP = f"nested deeper than {MOST_LEVELS} levels. Write it flat."
Place = tuple[()] | tuple["Place", str | int]
"""Where something stands in a document: the place around it, and the key, or the number from 1, that leads on."""

SURROGATE = re.compile("[\ud800-\udfff]")
_OBEYED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029"  # control characters and further ends of a line
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of writing
    "\ud800-\udfff]"  # halves of pairs
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


def read_bytes(path: Path, most: int) -> bytes:
    """Return what a file, a pipe or a device holds; raises OSError, too, where it holds more than `most` bytes."""
    with path.open("rb") as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return content


def find_files(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """Return the files below a folder whose names end so, in order.

    Raises OSError for a folder that cannot be listed and for what is no regular file in spite of its name, so that
    nothing is left out in silence.
    """
    files = list[Path]()
    for place, _, names in os.walk(folder, onerror=_raise):
        files += [Path(place, name) for name in names if name.lower().endswith(endings)]
    if odd := next((file for file in files if not file.is_file()), None):
        raise OSError(errno.EINVAL, "it is no regular file", str(odd))
    return sorted(files)


def _raise(error: OSError) -> NoReturn:
    raise error


class Unclear(ValueError):
    """JSON that readers understand otherwise or cannot hold: a key stands twice in an object, or it is too deep."""


def parse_json(text: str | bytes, *, constants: bool = True) -> Any:
    """Return the value of a JSON text; `constants` allows NaN and the infinities, which JSON does not have.

    Raises ValueError for what is not JSON, and Unclear.

    >>> parse_json('{"age": 70, "age": 40}')
    Traceback (most recent call last):
    rrmm.texts.Unclear: key 'age' stands twice. Keep one.
    """
    import json

    try:
        value = json.loads(
            text, object_pairs_hook=_refuse_repeats, parse_constant=None if constants else _refuse_constant
        )
    except RecursionError:
        raise Unclear(TOO_DEEP) from None
    level = [value]
    for _ in range(MOST_LEVELS + 1):
        level = [part for one in level if isinstance(one, (dict, list)) for part in _parts(one)]
        if not level:
            return value
    raise Unclear(TOO_DEEP)


def _parts(value: dict[str, Any] | list[Any]) -> Iterator[Any]:
    """Return the values that an object or array of JSON holds."""
    return iter(value.values() if isinstance(value, dict) else value)


def _refuse_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members: dict[str, object] = {}
    for key, value in pairs:
        if key in members:
            raise Unclear(f"key {quote(key)} stands twice. Keep one.")
        members[key] = value
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def check_texts(content: object, where: str) -> None:
    """Raise PatientError naming each place of a document, parsed from JSON or YAML, whose text is no Unicode text."""
    faults = [
        _fault(where, place, text, f"holds half of a surrogate pair ({show(half[0])}), which is no character")
        for place, text in _texts(content)
        if not text.isascii() and (half := SURROGATE.search(text))
    ]
    if faults:
        raise PatientError.of(faults)


def check_numbers(content: object, where: str) -> None:
    """Raise PatientError naming each place of a document whose number JSON, or a reader of it, does not have."""
    faults = [
        _fault(where, place, number, "holds a number that is not finite, or too large for JSON")
        for place, number in _leaves(content)
        if isinstance(number, (int, float)) and not abs(number) <= sys.float_info.max  # NaN is not, either
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
        if len(text) > LONGEST_NAME and (not place or place[1] not in FREE)
    ]
    if faults:
        raise PatientError.of(faults)


def _fault(where: str, place: Place, value: object, problem: str) -> PatientError:
    key = _show_place(place)
    head = f"{where}: {key}" if key else where
    return PatientError(f"{head}: {problem}. Correct it.", file=where, key=key or None, value=value)


def _long_lists(content: object, place: str = "") -> Iterator[tuple[str, int]]:
    """Yield place and length of each list of a patient's keys that is too long."""
    if isinstance(content, Mapping):
        for key, part in content.items():
            if isinstance(part, list) and len(part) > MOST_ENTRIES:
                yield f"{place}{show_line(shorten(str(key)))}", len(part)
            elif not place:
                yield from _long_lists(part, f"{show_line(shorten(str(key)))}.")


def _texts(content: object) -> Iterator[tuple[Place, str]]:
    """Yield each text of a document with its place, a key too."""
    return ((place, leaf) for place, leaf in _leaves(content) if isinstance(leaf, str))


def _leaves(content: object) -> Iterator[tuple[Place, object]]:
    """Yield each value of a document that holds no other with its place, and each key."""
    parts, seen = list[tuple[Place, object]]([((), content)]), set[int]()
    while parts:
        place, part = parts.pop()
        if not isinstance(part, (Mapping, list)):
            yield place, part
        elif id(part) in seen:
            continue  # an alias of YAML
        elif isinstance(part, Mapping):
            seen.add(id(part))
            parts += [((place, str(key)), part[key]) for key in reversed(part)]
            yield from ((place, key) for key in part)
        else:
            seen.add(id(part))
            parts += [((place, number), part[number - 1]) for number in range(len(part), 0, -1)]


def _show_place(place: Place) -> str:
    """Return a place in a document as a message names it, such as ``prior_drugs[1].drug``."""
    steps = list[str]()
    while place:
        place, step = place
        steps.append(f"[{step}]" if isinstance(step, int) else f".{show_line(shorten(step))}")
    return "".join(reversed(steps)).removeprefix(".")
