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

LONGEST = 200
NOTHING = "Nothing changed in knowledge."

Line = tuple[str, str, list[str]]  # what became of a thing, its head, its properties


def text(difference: Difference, width: int = 100) -> str:
    """Return the changes for a terminal, by kind of thing, each with its address."""
    lines: list[str] = []
    for kind, counts, changes in _kinds(difference):
        lines += ["", f"{kind.upper()}: {counts}"]
        for sort, head, properties in changes:
            lines += textwrap.wrap(head, width, initial_indent=f"  {sort:<10} ", subsequent_indent=" " * 13)
            for sentence in properties:
                lines += textwrap.wrap(sentence, width, initial_indent=" " * 13 + "· ", subsequent_indent=" " * 15)
    return "\n".join([*_versions(difference), *(lines or [NOTHING]), *_rest(difference)]).strip() + "\n"


def markdown(difference: Difference) -> str:
    """Return the changes as the section *Knowledge* of a changelog, one bullet a change."""
    bullets: list[str] = []
    for kind, counts, changes in _kinds(difference):
        bullets.append(f"- **{kind}**: {counts}")
        for sort, head, properties in changes:
            bullets.append(f"  - {sort.capitalize()}: {escape('; '.join([head, *properties]))}")
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
        part._asdict() | {side: [value._asdict() for value in getattr(part, side)] for side in ("old", "new")}
        for part in change.properties
    ]
    return change._asdict() | {"properties": properties, "sources": [source.to_dict() for source in change.sources]}


def _kinds(difference: Difference) -> Iterator[tuple[str, str, list[Line]]]:
    """Yield each kind of thing with its counts and its changes; addresses are counted only."""
    for kind, group in groupby(difference.changes, key=lambda change: change.kind):
        changes = list(group)
        counts = Counter(change.sort for change in changes)
        lines = [(change.sort, _head(change), _properties(change)) for change in changes if not change.address]
        yield kind, ", ".join(f"{counts[sort]} {sort}" for sort in SORTS if counts[sort]), lines


def _head(change: Change) -> str:
    """Return the name of a thing, what it says or said, what became of it, and where it is stated."""
    said = f" – {_short(change.said).rstrip('.')}" if change.said and change.sort in {ADDED, WITHDRAWN} else ""
    because = f", because: {change.reason.rstrip('.')}" if change.reason else ""
    places = "; ".join(str(source) for source in change.sources)
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


def _properties(change: Change) -> list[str]:
    """Return what each property was and is, where that is what changed."""
    return [_describe(part) for part in change.properties] if change.sort in {CHANGED, RENAMED} else []


def _describe(part: Property) -> str:
    """Return both sides of a property in words, or as written where the words are the same."""
    old, new = (", ".join(sorted(value.shown for value in side)) for side in (part.old, part.new))
    if old == new:
        old, new = (", ".join(value.term for value in side) for side in (part.old, part.new))
    if old and new:
        return f"{part.label}: {_short(old)} → {_short(new)}"
    return f"{part.label}: {_short(new)} added" if new else f"{part.label}: {_short(old)} withdrawn"


def _short(value: str) -> str:
    return value if len(value) <= LONGEST else value[:LONGEST].rstrip() + " …"


def _versions(difference: Difference) -> Iterator[str]:
    old, new = difference.versions
    if old != new:
        yield f"Version {old or 'without a number'} → {new or 'without a number'}"


def _rest(difference: Difference) -> Iterator[str]:
    if difference.left_out:
        counts = ", ".join(f"{number:,} {why}" for why, number in difference.left_out.items())
        yield ""
        yield f"Not listed, statements: {counts}."
