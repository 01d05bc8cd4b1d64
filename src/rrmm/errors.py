"""The family of errors: each says what is wrong, where, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable


class RrmmError(Exception):
    """An input or installation at fault; the command line ends with exit code 2."""


class KnowledgeError(RrmmError):
    """A file of the graph cannot be read or stands in the wrong place."""


class PatientError(RrmmError):
    """A patient file or flag cannot be understood."""


class QueryError(RrmmError):
    """A query is unknown, malformed, refused or takes too long."""


class EndpointError(RrmmError):
    """A server cannot be reached, refuses, or does not answer as a SPARQL endpoint or Graph Store does."""


class QueryRefused(QueryError):
    """A query reaches outside the graph, or would change it."""


class QueryStopped(QueryError):
    """A query met a limit of time, memory or size, or found no process free."""


class FormError(QueryError):
    """The answer of a query has none of the forms that were asked for."""


class MissingExtra(RrmmError):
    """An optional dependency is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the extra [{extra}]. Install it: pip install 'rrmm[{extra}]'")


def nearest(word: str, names: Iterable[str]) -> str:
    """Return `` Did you mean …?`` with up to three names close to `word`, or an empty string."""
    from difflib import get_close_matches

    folded = {name.casefold(): name for name in names}
    close = get_close_matches(word.casefold(), folded, n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(folded[name] for name in close)}?" if close else ""
