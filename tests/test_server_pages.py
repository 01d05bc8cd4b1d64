"""Pages and linked data of the service: the pages are those of the site, and every thing has documents of RDF."""

from __future__ import annotations

import json

import pytest
import rdflib

from rrmm.site.content import STATIC, Content
from support.html import Page

ID = "https://w3id.org/rrmm/id/"
RESULT = "trial/endeavor.pfs-del17p-kd"
HTML = "text/html,*/*;q=0.8"
EDITOR = "sparql.html"
PATIENT = "patient/index.html"


def one_of_each_kind(site):
    """Return the front pages, and of each folder of pages the list, its first and its last page."""
    paths = [path.name for path in sorted(site.glob("*.html"))]
    for folder in sorted([*site.glob("id/*"), site / "ontology" / "parameter"]):
        pages = sorted(path.name for path in folder.glob("*.html"))
        index = ["index.html"] if "index.html" in pages else []
        paths += [f"{folder.relative_to(site).as_posix()}/{name}" for name in {*index, pages[0], pages[-1]}]
    return paths


def test_the_service_serves_the_pages_of_the_site(served, site):
    """Every kind of page, and its Turtle, is the file that `rrmm site` writes, to the byte."""
    paths = one_of_each_kind(site)
    assert len(paths) > 60
    for path in paths:
        # the release takes longer than a request of these tests may; see the test of the whole content
        if path in (EDITOR, "downloads.html"):
            continue
        reply = served.ask(f"/{path}", Accept=HTML)
        assert (reply.status, reply.kind) == (200, "text/html"), path
        assert reply.body == (site / path).read_bytes(), path
        document = path.replace(".html", ".ttl")
        if (site / document).is_file():
            assert served.ask(f"/{document}").body == (site / document).read_bytes(), document


@pytest.mark.slow
def test_the_content_of_both_is_the_same(whole_site, kg):
    """What one page at a time gives is what a folder holds; the editor and the page of a patient ask another."""
    content = Content(kg.files, list(kg.gallery.pictures()), endpoint="sparql")
    for path in whole_site.rglob("*"):
        name = path.relative_to(whole_site).as_posix()
        if (
            path.is_file()
            and name not in (EDITOR, PATIENT, ".rrmm-site", ".nojekyll")
            and not name.startswith("static/")
        ):
            assert content.find(name) == path.read_bytes(), name
    served, written = content.find(EDITOR).decode().splitlines(), (whole_site / EDITOR).read_text("utf-8").splitlines()
    different = [line for line in served if line not in written]
    assert [("wasm" in line, "sparql" in line) for line in different] == [(False, False), (False, True), (False, True)]
    served, written = (
        content.find(PATIENT).decode().splitlines(),
        (whole_site / PATIENT).read_text("utf-8").splitlines(),
    )
    different = [line for line in served if line not in written]
    assert ["data-api=" in line for line in different] == [False, True]
    assert "id/drug/nonsense.html" not in content


@pytest.mark.parametrize("path", ["names.js", "catalogue.json", "static/icon.svg", "static/search.js", "ontology.ttl"])
def test_what_pages_load_is_that_of_the_site(served, site, path):
    """Scripts and data are the files of the site."""
    assert served.ask(f"/{path}").body == (site / path).read_bytes()


@pytest.mark.slow
def test_the_paths_of_what_is_made_are_known(kg):
    """Release and named graphs have the paths that are known before they are made."""
    content = Content(kg.files, [])
    assert content.made == content._generated.keys() - {"void.ttl", ".well-known/void"}


@pytest.mark.parametrize("path", ["ontology/x", "release/", "release/0.0.0/rrmm.ttl", "mappings/x", "graph/data/"])
def test_an_unknown_path_makes_no_release(kg, monkeypatch, path):
    """Whether a path of the release or of the named graphs exists is known without making them."""
    content = Content(kg.files, [])
    monkeypatch.setattr(Content, "_generated", property(lambda _: pytest.fail("made the release")))
    assert path not in content


@pytest.mark.slow
@pytest.mark.parametrize("path", ["void.ttl", ".well-known/void"])
def test_the_dataset_is_described_by_both(served, whole_site, path):
    """Site and service describe the same dataset under both addresses."""
    graphs = [
        rdflib.Graph().parse(data=data, format="turtle")
        for data in ((whole_site / path).read_bytes(), served.ask(f"/{path}", Accept="text/turtle").body)
    ]
    (one, other) = ({*graph.subject_objects(rdflib.VOID.triples)} for graph in graphs)
    assert one == other != set()


@pytest.mark.parametrize(
    ("accept", "ending"),
    [
        (HTML, "html"),
        ("*/*", "html"),
        ("text/turtle", "ttl"),
        ("application/ld+json", "jsonld"),
        ("application/json", "jsonld"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "rdf"),
    ],
)
@pytest.mark.parametrize("thing", ["id/drug/bortezomib", f"id/{RESULT}", "ontology/parameter/criteria.definition"])
def test_an_iri_redirects_to_a_document(served, thing, accept, ending):
    """A thing is not a document: 303 leads to the one that the client prefers."""
    reply = served.ask(f"/{thing}", Accept=accept)
    assert (reply.status, reply.headers["location"]) == (303, f"/{thing}.{ending}")
    assert "Accept" in reply.headers["vary"]
    assert served.ask(reply.headers["location"]).status == 200


def test_an_unsupported_form_is_refused(served):
    """There is no picture of a drug."""
    assert served.ask("/id/drug/bortezomib", Accept="image/png").status == 406
    assert served.ask("/ontology", Accept="image/png").status == 406


@pytest.mark.parametrize("ending", ["ttl", "nt", "rdf"])
def test_a_document_holds_the_statements_as_written(served, in_rdflib, ending):
    """A document holds what the graph states of the thing, to the letter."""
    reply = served.ask(f"/id/{RESULT}.{ending}")
    parser = {"ttl": "turtle", "nt": "nt", "rdf": "xml"}[ending]
    found = rdflib.Graph().parse(data=reply.body, format=parser)
    subject = rdflib.URIRef(ID + RESULT)
    assert set(found) == set(in_rdflib.triples((subject, None, None)))
    assert f'<{subject}>; rel="describes"' in reply.headers["link"]
    assert f'</id/{RESULT}.ttl>; rel="alternate"; type="text/turtle"' in reply.headers["link"]


def test_every_link_of_a_page_leads_somewhere(served):
    """The pages that only the service has lead to pages that are there, from any depth."""
    for path in ("/api", "/id/drug/nonsense", "/a/b/c", "/sparql.html"):
        page = Page(served.ask(path, Accept=HTML).body.decode())
        depth = path.count("/") - 1
        for target in {*page.links, *page.loaded}:
            if "://" not in target and not target.startswith("#"):
                assert target.count("../") == depth, (path, target)
                assert served.ask("/" + target.replace("../", "").partition("#")[0], Accept=HTML).status in {
                    200,
                    303,
                }, (path, target)


@pytest.mark.parametrize("ending", ["ttl", "nt"])
def test_the_ontology_is_a_document(served, in_rdflib, ending):
    """The ontology is a document with all terms."""
    assert served.ask("/ontology", Accept="text/turtle").headers["location"] == "/ontology.ttl"
    found = rdflib.Graph().parse(data=served.ask(f"/ontology.{ending}").body)
    terms = {s for s in in_rdflib.subjects() if str(s).startswith("https://w3id.org/rrmm/ontology#")}
    assert terms <= set(found.subjects())
    assert served.ask("/ontology.pdf").status == 404


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        ("/id/drug/bortezomip", "bortezomib"),
        ("/id/drug/bortezomip.html", "bortezomib"),
        ("/id/drog/bortezomib", "drug"),
        ("/id/drog/index.html", "drug"),
        ("/id/drug/%3Cscript%3Ealert(1)%3C%2Fscript%3E", ""),
        ("/id/ontology/a%20b%22%7B", ""),
        ("/ontology/parameter/nonsense", ""),
        ("/nowhere", ""),
    ],
)
def test_an_unknown_address_is_not_found(served, path, offered):
    """A wrong address answers 404 with the nearest names; nothing of it becomes markup."""
    reply = served.ask(path, Accept=HTML)
    text = reply.body.decode()
    assert (reply.status, reply.kind) == (404, "text/html")
    assert offered in text
    assert "<script>" not in text
    assert served.ask(path, Accept="application/json").kind == "application/problem+json"


@pytest.mark.parametrize("path", ["/", "/sparql.html", "/search.html?q=kd", "/id/drug/bortezomib.html", "/api", "/no"])
def test_headers_guard_every_page(served, path):
    """Every answer has a policy, and no page holds a script or a style."""
    reply = served.ask(path, Accept=HTML)
    policy = reply.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert ("unsafe-inline" in policy) == (path == "/sparql.html")
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "server" not in reply.headers
    page = Page(reply.body.decode())
    assert page.inline == []
    assert all("://" not in target for target in page.loaded)


def test_the_search_of_earlier_days_leads_on(served):
    """A search by its address leads to the page that searches in the browser."""
    reply = served.ask("/search?q=Dara-Rd")
    assert (reply.status, reply.headers["location"]) == (307, "/search.html?q=Dara-Rd")


def test_a_browser_finds_the_icon(served):
    """The address that browsers try first leads to the icon that pages name."""
    assert served.ask("/favicon.ico").headers["location"] == "/static/icon.svg"
    assert served.ask("/static/icon.svg").body == (STATIC / "icon.svg").read_bytes()


def test_the_editor_knows_every_question(served, kg):
    """The catalogue of the editor holds every question without its header, and the prefixes of the graph."""
    catalogue = json.loads(served.ask("/catalogue.json").body)
    assert catalogue["questions"].keys() == {path.stem for path in (kg.files.root / "queries/questions").glob("*.rq")}
    assert not any("#+" in text for text in catalogue["questions"].values())
    assert catalogue["prefixes"]["drug"] == ID + "drug/"


def test_a_folder_answers_with_its_index(served, site):
    """As on a static host: with its slash the index, without it a redirect to itself, and nowhere else."""
    folders = [path.parent.relative_to(site).as_posix() for path in site.rglob("index.html") if path.parent != site]
    assert {"map", "patient", "id/drug", "id/trial"} <= set(folders)
    for folder in folders:
        reply = served.ask(f"/{folder}/", Accept=HTML)
        assert (reply.status, reply.kind) == (200, "text/html"), folder
        assert reply.body == served.ask(f"/{folder}/index.html", Accept=HTML).body, folder
        reply = served.ask(f"/{folder}?a=b", Accept=HTML)
        assert (reply.status, reply.headers["location"]) == (308, f"/{folder}/?a=b"), folder


@pytest.mark.parametrize(
    "path", ["//map", "/map//", "//example.org/map", "/%2Fmap", "/\\map", "/static", "/map/x/", "/id/"]
)
def test_no_other_path_redirects(served, path):
    """What is no folder of the site leads nowhere, and nowhere else."""
    reply = served.ask(path, Accept=HTML)
    assert reply.status == 404
    assert "location" not in reply.headers
