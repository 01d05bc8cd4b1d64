"""Every result and every guidance as a nanopublication: the statement, its address, and who asserts it.

Each has a trusty URI, a hash of its content; the key of a publisher signs it too. Nothing is dated, so that
the same graph gives the same nanopublications, and nothing is sent anywhere.
https://nanopub.net/guidelines/working_draft/, https://trustyuri.net
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rrmm.errors import MissingExtra, RrmmError
from rrmm.graph import queries
from rrmm.graph.files import GraphFiles
from rrmm.graph.rdflib_graph import to_rdflib
from rrmm.graph.store import Store
from rrmm.graph.syntax import parse_quads, serialize, sort_quads, write_lines
from rrmm.graph.terms import iri_term
from rrmm.publish.rdf import prefixes
from rrmm.texts import read_bytes

if TYPE_CHECKING:
    import rdflib
    from nanopub import Nanopub, NanopubConf

ORCID = re.compile(r"https://orcid\.org/(\d{4}-){3}\d{3}[\dX]", re.ASCII)
LARGEST_KEY = 100_000  # bytes
PARTS = ("assertion", "provenance", "pubinfo")


class Signer(NamedTuple):
    """The publisher: the file of an RSA key (PEM, or the base64 of nanopub's profile), and an ORCID."""

    key: Path
    orcid: str


def trig(files: GraphFiles, signer: Signer | None = None) -> bytes:
    """Return all nanopublications as TriG, four graphs each.

    Raises MissingExtra without the extra ``[nanopub]``, and RrmmError for an invalid key or ORCID.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        lines = "".join(graph.serialize(format="nquads") for graph in _build(files, signer))
    names = {"np": "http://www.nanopub.org/nschema#", "npx": "http://purl.org/nanopub/x/"}
    quads = sort_quads(parse_quads(lines.encode()))
    return serialize(quads, "trig", prefixes(files.snapshot) | names)


def _build(files: GraphFiles, signer: Signer | None) -> Iterator[rdflib.Graph]:
    try:
        from nanopub import Nanopub
        from nanopub.definitions import DUMMY_NAMESPACE
    except ImportError:
        raise MissingExtra("A nanopublication", "nanopub") from None
    conf = _conf(signer)
    store = Store(files.snapshot)
    parts = {part: queries.find(files.root, "export", f"nanopub-{part}") for part in PARTS}
    for row in store.rows(queries.find(files.root, "export", "nanopub-things").text):
        terms = {
            "thing": iri_term(row["thing"]),
            "assertion": iri_term(DUMMY_NAMESPACE["assertion"]),
            "nanopub": iri_term(DUMMY_NAMESPACE[""]),
        }
        graphs = {
            part: to_rdflib(write_lines(store.construct(query.bind({name: terms[name] for name in query.parameters}))))
            for part, query in parts.items()
        }
        yield _finish(Nanopub(**graphs, conf=conf), signer)


def _conf(signer: Signer | None) -> NanopubConf:
    from nanopub import NanopubConf, Profile

    if signer is None:
        return NanopubConf()
    if not ORCID.fullmatch(signer.orcid):
        raise RrmmError(f"{signer.orcid}: not an ORCID. Give https://orcid.org/0000-0000-0000-0000.")
    try:
        lines = read_bytes(signer.key, LARGEST_KEY).decode("ascii").splitlines()
        if not (key := "".join(line for line in lines if not line.startswith("-----"))):
            raise ValueError("the file is empty")
        return NanopubConf(profile=Profile(orcid_id=signer.orcid, name="", private_key=key))
    except OSError as error:
        raise RrmmError(f"{signer.key}: cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise RrmmError(f"{signer.key}: not an RSA private key without passphrase ({error}).") from None


def _finish(nanopub: Nanopub, signer: Signer | None) -> rdflib.Graph:
    """Return a nanopublication under its trusty URI, signed first if there is a key."""
    from nanopub.namespaces import NPX
    from nanopub.sign_utils import replace_trusty_in_graph
    from nanopub.trustyuri.rdf import RdfHasher, RdfUtils
    from rdflib import DCTERMS, URIRef

    names = nanopub.metadata.namespace
    if signer is not None:
        nanopub.pubinfo.add((names[""], DCTERMS.creator, URIRef(signer.orcid)))
        nanopub.pubinfo.add((names["sig"], NPX.signedBy, URIRef(signer.orcid)))
        nanopub.sign()
        graph: rdflib.Graph = nanopub.rdf
    else:
        trusty = RdfHasher.make_hash(RdfUtils.get_quads(nanopub.rdf), baseuri=str(names), hashstr=" ")
        graph = replace_trusty_in_graph(trusty, str(names), nanopub.rdf)
    return graph
