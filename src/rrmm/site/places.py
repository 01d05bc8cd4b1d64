"""The path of each thing in the site, and the references between pages.

Every IRI of the graph has a page and a document of its own, ``id/trial/endeavor.pfs-kd.html`` and ``.ttl``, so
that an unknown IRI gives 404. The terms of the ontology, whose IRIs end in ``#`` and a name, share one page.
``w3id/.htaccess`` redirects the IRIs to the site, and `rrmm.server.linked` does within the service.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from rrmm.iris import BASE, ID, RRMM
from rrmm.web.entities import own

ONTOLOGY = "ontology"
PARAMETERS = f"{BASE}{ONTOLOGY}/parameter/"
MOST = 65_536  # references that are kept


def place(iri: str) -> str:
    """Return the page of a thing, or an empty string for a thing of another graph.

    >>> place("https://w3id.org/rrmm/id/drug/bortezomib"), place("https://w3id.org/rrmm/ontology#Drug")
    ('id/drug/bortezomib.html', 'ontology.html#Drug')
    """
    if iri.startswith((ID, PARAMETERS)) and own(iri):
        return iri.removeprefix(BASE) + ".html"
    if not own(iri) and iri != RRMM[:-1]:
        return ""
    _, mark, name = iri.partition("#")
    return f"{ONTOLOGY}.html{mark}{name}"


def document(iri: str) -> str:
    """Return the Turtle document of a thing of this graph.

    >>> document("https://w3id.org/rrmm/id/drug/bortezomib"), document("https://w3id.org/rrmm/ontology#Drug")
    ('id/drug/bortezomib.ttl', 'ontology.ttl')
    """
    return place(iri).partition("#")[0].removesuffix(".html") + ".ttl"


def link(here: str, iri: str) -> str:
    """Return the reference from a file of the site to the page of a thing; empty for a thing of another graph.

    >>> link("id/drug/bortezomib.html", "https://w3id.org/rrmm/id/regimen/kd"), link("index.html", "http://example.org/")
    ('../../id/regimen/kd.html', '')
    """
    return _link(here.count("/"), iri)


def relative(here: str, target: str) -> str:
    """Return a reference from one file of the site to another, the same under any address of the site.

    >>> relative("id/drug/bortezomib.html", "ontology.html#Drug"), relative("index.html", "ontology.html#Drug")
    ('../../ontology.html#Drug', 'ontology.html#Drug')
    """
    return _relative(here.count("/"), target)


@lru_cache(MOST)
def _link(depth: int, iri: str) -> str:
    target = place(iri)
    return _relative(depth, target) if target else ""


@lru_cache(MOST)
def _relative(depth: int, target: str) -> str:
    path, mark, anchor = target.partition("#")
    return "../" * depth + quote(path or "index.html") + mark + quote(anchor)
