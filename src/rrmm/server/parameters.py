"""The parameters of a query string: those that a route has, each once unless it may be repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from urllib.parse import unquote_to_bytes

from starlette.exceptions import HTTPException
from starlette.requests import Request

from rrmm.errors import nearest, quote

REPEATED = ("source", "without", "word")
"""Parameters that mean the same on every route and may be given several times."""


def check(request: Request, known: Collection[str]) -> None:
    """Raise 400 for a parameter that is not known, and for one that is given twice."""
    check_names(request.query_params, known)
    refuse_repeats(request)


def check_names(names: Iterable[str], known: Collection[str]) -> None:
    """Raise 400 for a parameter that is not known."""
    for name in names:
        if name not in known:
            listed = f"there are: {', '.join(known)}." if known else "there are none here."
            raise HTTPException(400, f"No parameter {quote(name)}; {listed}{nearest(name, known)}")


def refuse_repeats(request: Request, repeated: Collection[str] = REPEATED) -> None:
    """Raise 400 for a parameter that is given twice and is not `repeated`: one of its values would be dropped.

    The same for what is not UTF-8: another word would be taken.
    """
    try:
        unquote_to_bytes(request.url.query).decode()
    except UnicodeDecodeError:
        raise HTTPException(400, "The parameters are not UTF-8.") from None
    for name, count in Counter(name for name, _ in request.query_params.multi_items()).items():
        if count > 1 and name not in repeated:
            raise HTTPException(400, f"{quote(name)} is given {count} times. Give it once.")
