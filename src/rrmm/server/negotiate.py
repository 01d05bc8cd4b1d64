"""Content negotiation: which of the forms on offer a client prefers (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Iterable

TABLES = {
    "application/sparql-results+json": "json",
    "application/json": "json",
    "application/sparql-results+xml": "xml",
    "application/xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
GRAPHS = {
    "text/turtle": "turtle",
    "application/n-triples": "ntriples",
    "application/ld+json": "jsonld",
    "application/rdf+xml": "rdfxml",
}
ENDINGS = {"ttl": "text/turtle", "nt": "application/n-triples", "jsonld": "application/ld+json"}
ENDINGS |= {"rdf": "application/rdf+xml"}
MOST_RANGES = 100  # of a header; those behind are not looked at, for all others wait meanwhile
HTML, JSON = "text/html", "application/json"


def best(accept: str, offers: Iterable[str]) -> str | None:
    """Return the media type on offer that an Accept header prefers, the first of equals; None if it accepts none.

    >>> best("text/csv;q=0.5, application/*", ["text/csv", "application/xml"])
    'application/xml'
    >>> best("image/png", ["text/csv"]) is None, best("image/png," * MOST_RANGES + "text/csv", ["text/csv"]) is None
    (True, True)
    """
    ranges = _ranges(accept)
    best_offer, most = None, 0.0
    for offer in offers:
        quality = _quality(offer, ranges)
        if quality > most:
            best_offer, most = offer, quality
    return best_offer


def charset(media_type: str) -> str:
    """Return a media type as a Content-Type header says it: text is UTF-8."""
    return media_type + "; charset=utf-8" if media_type.startswith("text/") else media_type


def _ranges(accept: str) -> dict[str, float]:
    ranges = {}
    for part in accept.split(",", MOST_RANGES)[:MOST_RANGES]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name.count("/") == 1:
            ranges[name] = next((_number(p[2:]) for p in parameters if p.startswith("q=")), 1.0)
    return ranges or {"*/*": 1.0}


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0


def _quality(offer: str, ranges: dict[str, float]) -> float:
    for name in (offer, offer.split("/")[0] + "/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0.0
