"""Changes of knowledge as people read them: for a terminal, for the section *Knowledge* of a changelog, and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from rrmm.iris import short
from rrmm.publish.diff import ADDED, CHANGED, RENAMED, SORTS, WITHDRAWN, Change, Difference, Property
from rrmm.report.markdown import escape
from rrmm.rules.address import Address

LONGEST = 200
NOTHING = "Nothing changed in knowledge."


def text(difference: Difference, width: int = 100) -> str:
    """Return the changes for a terminal, by kind of thing, each with its address."""
    lines = []
    for kind, changes in _kinds(difference):
        lines += ["", f"{kind.upper()}: {_counted(changes)}"]
        for change in changes:
            if not change.address:
                lines += _wrapped(_head(change), width, f"  {change.sort:<10} ", 13)
                for told in _properties(change):
                    lines += _wrapped(told, width, " " * 13 + "· ", 15)
    return "\n".join([*_versions(difference), *(lines or [NOTHING]), *_rest(difference)]).strip() + "\n"


def markdown(difference: Difference) -> str:
    """Return the changes as the section *Knowledge* of a changelog, one bullet a change."""
    bullets = []
    for kind, changes in _kinds(difference):
        bullets.append(f"- **{kind}**: {_counted(changes)}")
        for change in changes:
            if not change.address:
                told = "; ".join([_head(change), *_properties(change)])
                bullets.append(f"  - {change.sort.capitalize()}: {escape(told)}")
    return "\n".join(["### Knowledge", "", *(bullets or [f"- {NOTHING}"])]) + "\n"


def to_json(difference: Difference) -> str:
    """Return the changes as JSON, with every value as words and as N-Triples."""
    data = {
        "versions": difference.versions,
        "changes": [_plain(change) for change in difference.changes],
        "left_out": difference.left_out,
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _plain(change: Change) -> dict[str, object]:
    properties = [
        one._asdict() | {side: [value._asdict() for value in getattr(one, side)] for side in ("old", "new")}
        for one in change.properties
    ]
    return change._asdict() | {"properties": properties, "sources": [source._asdict() for source in change.sources]}


def _kinds(difference: Difference) -> Iterator[tuple[str, list[Change]]]:
    for kind, changes in groupby(difference.changes, key=lambda change: change.kind):
        yield kind, list(changes)


def _counted(changes: list[Change]) -> str:
    counts = Counter(change.sort for change in changes)
    return ", ".join(f"{counts[sort]} {sort}" for sort in SORTS if counts[sort])


def _head(change: Change) -> str:
    """Return the name of a thing, what it says or said, what became of it, and where it is stated."""
    said = f" – {_short(change.said).rstrip('.')}" if change.said and change.sort in {ADDED, WITHDRAWN} else ""
    because = f", because: {change.reason.rstrip('.')}" if change.reason else ""
    places = "; ".join(str(Address(*source)) for source in change.sources)
    return f"{change.label}{said}{_fate(change)}{because}{f' [{places}]' if places else ''}"


def _fate(change: Change) -> str:
    """Return what a thing is called now, or what takes its place."""
    if change.sort == RENAMED:
        return f": {short(change.thing)} → {', '.join(map(short, change.replacements))}"
    if change.sort != WITHDRAWN:
        return ""
    if change.replacements:
        return f"; replaced by {', '.join(f'{label} ({short(iri)})' for iri, label in change.replacements.items())}"
    return "; not replaced" if change.reason else "; deleted, no reason given"


def _properties(change: Change) -> Iterator[str]:
    """Yield what each property was and is, where that is what changed."""
    for one in change.properties if change.sort in {CHANGED, RENAMED} else ():
        old, new = _values(one)
        if old and new:
            yield f"{one.label}: {old} → {new}"
        else:
            yield f"{one.label}: {new} added" if new else f"{one.label}: {old} withdrawn"


def _values(one: Property) -> tuple[str, str]:
    """Return both sides in words, or as written where the words are the same."""
    sides = [", ".join(sorted(value.shown for value in side)) for side in (one.old, one.new)]
    if sides[0] == sides[1]:
        sides = [", ".join(value.term for value in side) for side in (one.old, one.new)]
    return _short(sides[0]), _short(sides[1])


def _short(said: str) -> str:
    return said if len(said) <= LONGEST else said[:LONGEST].rstrip() + " …"


def _versions(difference: Difference) -> Iterator[str]:
    old, new = difference.versions
    if old != new:
        yield f"Version {old or 'without a number'} → {new or 'without a number'}"


def _rest(difference: Difference) -> Iterator[str]:
    if difference.left_out:
        counts = ", ".join(f"{number:,} {why}" for why, number in difference.left_out.items())
        yield ""
        yield f"Not listed, statements: {counts}."


def _wrapped(said: str, width: int, first: str, margin: int) -> list[str]:
    return textwrap.wrap(said, width, initial_indent=first, subsequent_indent=" " * margin)
