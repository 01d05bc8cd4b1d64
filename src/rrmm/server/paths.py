"""Where this service tells of a thing."""

from __future__ import annotations

from urllib.parse import quote

from rrmm.iris import ID, local_name
from rrmm.web.entities import own


def path(iri: str, top: str = "page") -> str:
    """Return where this service tells of a thing, or an empty string when it is not of this graph.

    >>> path("https://w3id.org/rrmm/ontology#Drug"), path("http://example.org/x")
    ('/page/ontology/Drug', '')
    """
    if not own(iri):
        return ""
    return f"/{top}/" + quote(iri.removeprefix(ID) if iri.startswith(ID) else f"ontology/{local_name(iri)}")
