"""The family of errors: each message says what is wrong, where, and what to do next.

What a program needs of an error is a field as well: the key, the value, the file, the nearest known names.
A field that an error cannot tell is None, or an empty tuple.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

LONGEST_QUERY_S = 3600
LONGEST_NAME = 200
"""Characters of the longest text that is looked for among names: twice those of the longest name of the graph."""

SHOWN_CHARACTERS, SHOWN_FAULTS = 60, 50


class RrmmError(Exception):
    """An input or installation at fault; the command line ends with exit code 2.

    `offers` holds the known names nearest to an unknown one, the nearest first.
    """

    def __init__(self, message: str, *, offers: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.offers = tuple(offers)


class KnowledgeError(RrmmError):
    """A file of the graph cannot be read, or its content is wrong: `file` and `line` say where."""

    def __init__(
        self, message: str, *, file: Path | str | None = None, line: int | None = None, offers: Sequence[str] = ()
    ) -> None:
        super().__init__(message, offers=offers)
        self.file = None if file is None else Path(file)
        self.line = line

    @classmethod
    def at(cls, file: Path | str, line: int, problem: str) -> KnowledgeError:
        """Return the error of a problem at a line of a file."""
        return cls(f"{file}:{line}: {problem}", file=file, line=line)


class PatientError(RrmmError):
    """A patient file, flag or table cannot be understood.

    `file` is what was read, ``patient`` for a mapping; `key` is the path of the key in it, such as
    ``prior_drugs[1].status``; `value` is what stands there. An error of several faults holds each in `faults`.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        key: str | None = None,
        value: object = None,
        offers: Sequence[str] = (),
    ) -> None:
        super().__init__(message, offers=offers)
        self.file, self.key, self.value = file, key, value
        self.faults: tuple[PatientError, ...] = (self,)

    @classmethod
    def of(cls, faults: Sequence[PatientError]) -> PatientError:
        """Return one error of all faults of a file; a single one is itself."""
        every = list({str(fault): fault for one in faults for fault in one.faults}.values())
        if len(every) == 1:
            return every[0]
        first = every[0]
        prefix = f"{first.file}: " if first.file is not None else ""
        told = " · ".join(f"{n}) {str(fault).removeprefix(prefix)}" for n, fault in enumerate(every[:SHOWN_FAULTS], 1))
        if len(every) > SHOWN_FAULTS:
            told += f" · and {len(every) - SHOWN_FAULTS:,} more"
        error = cls(
            f"{prefix}{len(every):,} faults: {told}",
            file=first.file,
            key=first.key,
            value=first.value,
            offers=[offer for fault in every for offer in fault.offers],
        )
        error.faults = tuple(every)
        return error


class QueryError(RrmmError):
    """A query is unknown, malformed, refused or takes too long.

    `query` names the question, picture or format; `key` is its parameter that is at fault, `value` what was given.
    """

    def __init__(
        self,
        message: str,
        *,
        query: str | None = None,
        key: str | None = None,
        value: object = None,
        offers: Sequence[str] = (),
    ) -> None:
        super().__init__(message, offers=offers)
        self.query, self.key, self.value = query, key, value


class QueryRefused(QueryError):
    """A query reaches outside the graph, or would change it."""


class QueryStopped(QueryError):
    """A query met a limit of time, memory or size, or no process was free to run it."""


class FormError(QueryError):
    """The answer of a query cannot be given in any of the formats asked for."""


class EndpointError(RrmmError):
    """A server cannot be reached, refuses, or does not answer as a SPARQL endpoint or Graph Store: `url` names it."""

    def __init__(self, message: str, *, url: str | None = None) -> None:
        super().__init__(message)
        self.url = url


class MissingExtra(RrmmError):
    """An optional dependency is not installed: `extra` names what to install for `feature`."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs the extra [{extra}]. Install it: pip install 'rrmm[{extra}]'")
        self.feature, self.extra = feature, extra

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str]]:
        """Rebuild the error, in another process too, from what it is about."""
        return type(self), (self.feature, self.extra)


class UnknownTermWarning(UserWarning):
    """A query asks for a term of this graph's namespaces that the graph does not have."""


def shorten(text: str) -> str:
    """Return a text as a message shows it: the beginning of a long one.

    >>> shorten("a" * 99)[-4:]
    'aaa…'
    """
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def check_time_limit(seconds: float, name: str = "time_limit") -> None:
    """Raise QueryError unless a query may take so many seconds."""
    if not 0 < seconds <= LONGEST_QUERY_S:
        raise QueryError(f"{name} {seconds:g}: give seconds, more than 0 and at most {LONGEST_QUERY_S}.")


def quote(word: object) -> str:
    r"""Return a word in quotes as a message shows it: the beginning of a long one, control characters as escapes.

    >>> quote("a\x1b")
    "'a\\x1b'"
    """
    return repr(shorten(str(word)))


def close_names(word: str, names: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """Return up to three names close to `word`, the closest first; `cutoff` is the least likeness.

    >>> close_names("bortezomip", ["bortezomib", "carfilzomib"])
    ['bortezomib']
    """
    from difflib import get_close_matches

    if len(word) > LONGEST_NAME:
        return []
    folded = {name.casefold(): name for name in names}
    return [folded[name] for name in get_close_matches(word.casefold(), folded, n=3, cutoff=cutoff)]


def nearest(word: str, names: Iterable[str]) -> str:
    """Return `` Did you mean …?`` with the names close to `word`, or an empty string."""
    close = close_names(word, names)
    return f" Did you mean {' or '.join(close)}?" if close else ""


def check_choice(kind: str, word: str, choices: Sequence[str], *, key: str) -> None:
    """Raise QueryError, with the nearest names, where a word is none of the choices; `key` is its parameter."""
    if word not in choices:
        raise QueryError(
            f"No {kind} {quote(word)}; there are {' and '.join(choices)}.{nearest(word, choices)}",
            key=key,
            value=word,
            offers=close_names(word, choices),
        )
