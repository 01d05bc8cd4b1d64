"""Names of the namespaces and the few terms that the engine itself refers to.

No medical term stands here: the engine knows kinds of guidance, never drugs or thresholds.
"""

from __future__ import annotations

RRMM = "https://w3id.org/rrmm/ontology#"
BASE = "https://w3id.org/rrmm/"
ID = BASE + "id/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SH = "http://www.w3.org/ns/shacl#"
SCHEMA = "https://schema.org/"
DCTERMS = "http://purl.org/dc/terms/"
SKOS = "http://www.w3.org/2004/02/skos/core#"

RESEARCH_USE = "A research instrument, not a medical device."


def short(iri: str) -> str:
    """Return an IRI of this graph as people write it, any other text as it is.

    >>> short("https://w3id.org/rrmm/id/trial/endeavor")
    'trial:endeavor'
    """
    if iri.startswith(ID):
        return iri.removeprefix(ID).replace("/", ":", 1)
    return "rrmm:" + iri.removeprefix(RRMM) if iri.startswith(RRMM) else iri


def local_name(iri: str) -> str:
    """Return the part of an IRI after its last ``#`` or ``/``.

    >>> local_name("https://w3id.org/rrmm/ontology#Median")
    'Median'
    """
    return iri.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
