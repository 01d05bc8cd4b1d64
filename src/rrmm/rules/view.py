"""Which sources are in view: by name, and by the day to which knowledge is taken back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from rrmm.errors import QueryError, close_names, nearest
from rrmm.iris import ID
from rrmm.rules.model import Source

_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def choose(
    sources: Sequence[Source], names: str | Iterable[str] | None = None, as_of: date | str | None = None
) -> list[str]:
    """Return the names of the sources in view, in their order: all, some by `names`, those published by `as_of`.

    A name may be a CURIE or an IRI too. A day is YYYY-MM-DD; a year or a month counts with its last day, in a
    source as well. Raises QueryError for an unknown name, for an invalid day, and where no source is left.
    """
    wanted = None if names is None else _known(sources, [names] if isinstance(names, str) else [*names])
    chosen = [source for source in sources if wanted is None or source.name in wanted]
    if as_of is None:
        return [source.name for source in chosen]
    day = last_day(str(as_of))
    kept = [source.name for source in chosen if last_day(source.published) <= day]
    if not kept:
        dates = ", ".join(f"{source.name} is of {source.published}" for source in chosen)
        raise QueryError(
            f"As of {as_of} no source in view is published: {dates}. Give a later day.", key="as_of", value=str(as_of)
        )
    return kept


def _known(sources: Sequence[Source], names: Sequence[str]) -> set[str]:
    """Return the sources of some names; raises QueryError for the unknown ones, and where there is no name."""
    known = {source.name.casefold(): source.name for source in sources}
    plain = {name: name.strip("<>").removeprefix(f"{ID}source/").removeprefix("source:").casefold() for name in names}
    unknown = [name for name in plain if plain[name] not in known]
    if unknown or not names:
        wrong = f"Unknown source {', '.join(map(repr, unknown))}" if unknown else "No source is given"
        listed = ", ".join(known.values())
        raise QueryError(
            f"{wrong}; the graph has: {listed}.{nearest(unknown[0], known.values()) if unknown else ''}",
            key="source",
            value=unknown or None,
            offers=close_names(unknown[0], known.values()) if unknown else (),
        )
    return {known[name] for name in plain.values()}


def last_day(text: str) -> str:
    """Return the last day of a year, a month or a day; raises QueryError for anything else.

    >>> last_day("2020"), last_day("2025-04-25")
    ('2020-12-31', '2025-04-25')
    """
    if match := _DAY.fullmatch(text.strip()):
        year, month, day = match.groups()
        try:
            date(int(year), int(month or 1), int(day or 1))
        except ValueError:
            pass
        else:
            return f"{year}-{month or '12'}-{day or '31'}"
    raise QueryError(f"{text!r} is no day. Give YYYY-MM-DD, a month or a year.", key="as_of", value=text)
