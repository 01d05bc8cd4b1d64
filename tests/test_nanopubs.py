"""Nanopublications: each is valid, stands alone, and is signed where the user gives a key."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict

import pyoxigraph as ox
import pytest
import rdflib

from rrmm import __version__
from rrmm.errors import MissingExtra, RrmmError
from rrmm.graph import queries
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Store
from rrmm.iris import ID
from rrmm.publish import nanopubs
from rrmm.publish.nanopubs import Signer
from support import ROOT
from support.folders import copy_graph

FEW = 3


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Return the graph of a copy of the tree in which but a few things are published one by one."""
    root = copy_graph(tmp_path_factory.mktemp("few"))
    things = root / "queries" / "export" / "nanopub-things.rq"
    things.write_text(things.read_text(encoding="utf-8") + f"LIMIT {FEW}\n", encoding="utf-8")
    return GraphFiles(root)


def nanopublications(content):
    """Return the quads of each nanopublication by its URI."""
    found = defaultdict(list)
    for quad in ox.parse(content, format=ox.RdfFormat.TRIG):
        found[quad.graph_name.value.split("#")[0]].append(quad)
    return dict(found)


def opened(quads):
    """Return a nanopublication as the nanopub library opens it."""
    from nanopub import Nanopub

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        graph = rdflib.ConjunctiveGraph()
        graph.parse(data="".join(f"{quad} .\n" for quad in quads), format="nquads")
        return Nanopub(rdf=graph)


def test_a_nanopublication_is_valid(few):
    """The nanopub library accepts each, its trusty URI is the hash of its content, and a changed one is refused."""
    from nanopub.utils import MalformedNanopubError

    found = nanopublications(nanopubs.trig(few))
    assert len(found) == FEW
    for uri, quads in found.items():
        one = opened(quads)
        assert one.is_valid
        assert one.has_valid_trusty
        assert one.source_uri == uri
    changed = [
        ox.Quad(q.subject, q.predicate, ox.Literal("other"), q.graph_name) if "label" in q.predicate.value else q
        for q in quads
    ]
    with pytest.raises(MalformedNanopubError, match="not valid"):
        _ = opened(changed).has_valid_trusty


def test_a_nanopublication_stands_alone(kg, few):
    """It holds the number, what it counts, its address in the source, its doubts, its licence and version."""
    store = Store(few.snapshot)
    terms = {"thing": f"<{ID}trial/tourmaline-mm1.pfs-t-4-14-hr-ird>", "assertion": "<urn:a>", "nanopub": "<urn:n>"}
    said = {}
    for part in nanopubs.PARTS:
        query = queries.find(few.root, "export", f"nanopub-{part}")
        said[part] = " ".join(map(str, store.query(query.bind({name: terms[name] for name in query.parameters}))))
    for words in ('printedValue> "0.645"', '"IRd"@en', '"t(4;14)"@en', '"hazard ratio"@en', "Do not compare between"):
        assert words in said["assertion"]
    assert "statedIn" not in said["assertion"]
    for words in (
        'section-table-2> <http://www.w3.org/2000/01/rdf-schema#label> "Table 2"',
        '"12031"',
        "10.5045/br",
        "discrepancy/tourmaline",
        "ontology#Quoted",
    ):
        assert words in said["provenance"]
    for words in ("publicdomain/zero", f"ontology/{__version__}", "not a medical device"):
        assert words in said["pubinfo"]


def test_a_nanopublication_carries_interval_look_and_level(kg):
    """A hazard ratio of a later source brings both ends as printed, their level, the look and its follow-up."""
    query = queries.find(ROOT, "export", "nanopub-assertion")
    terms = {"thing": f"<{ID}trial/tourmaline-mm1.pdq2025-pfs-hr-ird>", "assertion": "<urn:a>", "nanopub": "<urn:n>"}
    bound = query.bind({name: terms[name] for name in query.parameters})
    said = " ".join(map(str, Store(kg.files.snapshot).query(bound)))
    for words in ('exact> "0.47"', 'exact> "0.93"', "confidenceLevel", 'levelOfEvidence> "B1"', "look of [33]"):
        assert words in said
    assert "reportedIn> <https://w3id.org/rrmm/id/publication/pubmed-27119237>" in said
    assert 'value> "24"' in said


def test_what_a_publication_prints_stands_alone(kg):
    """It brings publication, line and figure in place of section and characters, and is no less licensed."""
    terms = {
        "thing": f"<{ID}trial/tourmaline-mm1.pubmed-34111952-os-hr-ird>",
        "assertion": "<urn:a>",
        "nanopub": "<urn:n>",
    }
    said = {}
    for part in ("provenance", "pubinfo"):
        query = queries.find(ROOT, "export", f"nanopub-{part}")
        bound = query.bind({name: terms[name] for name in query.parameters})
        said[part] = " ".join(map(str, Store(kg.files.snapshot).query(bound)))
    for words in (
        f"hadPrimarySource> <{ID}publication/pubmed-34111952>",
        "<https://pubmed.ncbi.nlm.nih.gov/34111952>",
        "J Clin Oncol 39 (22): 2430-2442, 2021",
        'line> "6"',
        'exact> "0.939"',
    ):
        assert words in said["provenance"]
    for words in ("publicdomain/zero", "not a medical device"):
        assert words in said["pubinfo"]


def test_everything_worth_citing_is_published(kg):
    """Every result and every guidance is published, and nothing else; what publications print with it."""
    store = Store(kg.files.snapshot)
    listed = store.rows(queries.find(ROOT, "export", "nanopub-things").text)
    results = {row["result"] for name in ("results", "history-of-trial") for row in kg.query(name).to_dicts()}
    assert any("pubmed" in result for result in results)
    kinds = Counter("result" if row["thing"] in results else row["thing"].split("/")[-2] for row in listed)
    assert kinds == {"result": len(results), "guidance": len({r["thing"] for r in listed} - results)}


@pytest.mark.parametrize("pem", [True, False], ids=["pem", "profile"])
def test_a_key_of_the_user_signs(pem, few, tmp_path):
    """With a key and an ORCID each nanopublication is signed, and says by whom."""
    from Crypto.PublicKey import RSA

    text = RSA.generate(2048).export_key("PEM", pkcs=8).decode()
    key = tmp_path / "id_rsa"
    key.write_text(text if pem else "".join(text.splitlines()[1:-1]), encoding="ascii")
    orcid = "https://orcid.org/0000-0002-1825-0097"
    for quads in nanopublications(nanopubs.trig(few, Signer(key, orcid))).values():
        one = opened(quads)
        assert one.has_valid_signature
        assert one.has_valid_trusty
        assert sum(quad.object == ox.NamedNode(orcid) for quad in quads) == 2


@pytest.mark.parametrize(
    ("content", "orcid", "told"),
    [
        ("no key", "https://orcid.org/0000-0002-1825-0097", "not an RSA private key"),
        ("", "https://orcid.org/0000-0002-1825-0097", "not an RSA private key"),
        ("no key", "Jane Doe", "not an ORCID"),
    ],
    ids=["words", "empty", "name"],
)
def test_a_wrong_key_is_refused(content, orcid, told, few, tmp_path):
    """What is no key, or no ORCID, is refused with one message before anything is made."""
    key = tmp_path / "key"
    key.write_text(content, encoding="ascii")
    with pytest.raises(RrmmError, match=told):
        nanopubs.trig(few, Signer(key, orcid))


def test_nanopublications_need_their_extra(few, monkeypatch):
    """Without the library the message names the extra."""
    monkeypatch.setitem(__import__("sys").modules, "nanopub", None)
    with pytest.raises(MissingExtra, match=r"\[nanopub\]"):
        nanopubs.trig(few)
