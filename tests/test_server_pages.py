"""Pages and linked data: every thing of the graph is dereferenced, for people and for machines."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
import rdflib

ID = "https://w3id.org/rrmm/id/"
DRUG = rdflib.URIRef(ID + "drug/bortezomib")
RESULT = "trial/endeavor.pfs-del17p-kd"
HTML = "text/html,*/*;q=0.8"


class Links(HTMLParser):
    """What a page refers to, and the scripts and styles written into it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note a target."""
        given = dict(attrs)
        if tag == "a":
            self.targets.append(given["href"])
        elif tag in {"script", "img"} or (tag == "link" and given["rel"] in {"stylesheet", "icon"}):
            self.loaded.append(given.get("src") or given.get("href") or "")
            if tag == "script" and "src" not in given:
                self.inline.append(tag)
        elif tag == "style":
            self.inline.append(tag)
        self.inline += [name for name in given if name.startswith("on") or name == "style"]


@pytest.mark.parametrize(
    ("accept", "target"),
    [
        (HTML, "/page/drug/bortezomib"),
        ("*/*", "/page/drug/bortezomib"),
        ("text/turtle", "/data/drug/bortezomib.ttl"),
        ("application/ld+json", "/data/drug/bortezomib.jsonld"),
        ("application/n-triples", "/data/drug/bortezomib.nt"),
        ("application/rdf+xml", "/data/drug/bortezomib.rdf"),
    ],
)
def test_a_thing_is_seen_elsewhere(served, accept, target):
    """A thing is no document: 303 leads to the one the client likes best."""
    reply = served.ask("/id/drug/bortezomib", Accept=accept)
    assert (reply.status, reply.headers["location"], reply.headers["vary"]) == (303, target, "Accept")
    assert served.ask(target).status == 200


def test_a_form_that_is_not_on_offer(served):
    """A picture of a drug is not to be had."""
    assert served.ask("/id/drug/bortezomib", Accept="image/png").status == 406
    assert served.ask("/data/drug/bortezomib", Accept="text/html").status == 406


@pytest.mark.parametrize("ending", ["ttl", "nt", "rdf"])
def test_a_document_holds_the_statements_as_written(served, in_rdflib, ending):
    """What the document says is what the graph says of the thing, to the letter."""
    reply = served.ask(f"/data/{RESULT}.{ending}")
    parser = {"ttl": "turtle", "nt": "nt", "rdf": "xml"}[ending]
    found = rdflib.Graph().parse(data=reply.body, format=parser)
    subject = rdflib.URIRef(ID + RESULT)
    assert set(found) == set(in_rdflib.triples((subject, None, None)))
    assert f'<{subject}>; rel="describes"' in reply.headers["link"]


def test_the_page_of_a_thing(served):
    """A result's page shows what is printed, its address, its links, and its other forms."""
    reply = served.ask(f"/page/{RESULT}", Accept=HTML)
    text = reply.body.decode()
    assert "7.6" in text
    assert "Table 2" in text
    assert re.search(r"characters \d+–\d+", text)
    assert '/data/trial/endeavor.pfs-del17p-kd.ttl>; rel="alternate"; type="text/turtle"' in reply.headers["link"]
    links = Links(text)
    assert "/page/trial/endeavor" in links.targets
    assert "/page/endpoint/progression-free-survival" in links.targets


def test_backlinks(served):
    """A study's page leads to the results that name it."""
    links = Links(served.ask("/page/trial/endeavor").body.decode())
    assert f"/page/{RESULT}" in links.targets


def test_results_of_several_studies_carry_their_caveat(served, kg):
    """Where numbers stand side by side, the graph's own caveats stand above them."""
    text = served.ask("/page/drug/bortezomib").body.decode()
    query = """PREFIX rrmm: <https://w3id.org/rrmm/ontology#>
        SELECT ?text WHERE { ?caveat a rrmm:Caveat ; rrmm:text ?text } ORDER BY ?text"""
    caveats = [row["text"] for row in kg.store.rows(query)]
    assert caveats
    assert all(caveat in text for caveat in caveats)


def test_every_kind_and_a_thing_of_each(served):
    """Every list opens, and its first entry and the data of it."""
    home = Links(served.ask("/").body.decode())
    kinds = [target for target in home.targets if re.fullmatch(r"/page/[a-z-]+", target)]
    assert len(kinds) > 10
    for kind in kinds:
        members = [t for t in Links(served.ask(kind).body.decode()).targets if t.startswith(kind + "/")]
        assert served.ask(members[0]).status == 200
        assert served.ask(members[-1].replace("/page/", "/data/") + ".ttl").status == 200


def test_every_link_of_a_page_leads_somewhere(served):
    """No page points at one that is not there."""
    for path in ("/", "/api", "/editor", "/page/drug/vincristine", f"/page/{RESULT}", "/page/ontology/Caveat"):
        for target in sorted(set(Links(served.ask(path).body.decode()).targets)):
            if target.startswith("/") and not target.startswith("/page/source/"):
                assert served.ask(target.partition("#")[0], Accept=HTML).status in {200, 303}, (path, target)


def test_the_ontology(served, in_rdflib):
    """The ontology is a page with an anchor for each term, and a document with all of them."""
    text = served.ask("/ontology", Accept=HTML).body.decode()
    assert 'id="Result"' in text
    reply = served.ask("/ontology", Accept="text/turtle")
    found = rdflib.Graph().parse(data=reply.body, format="turtle")
    terms = {s for s in in_rdflib.subjects() if str(s).startswith("https://w3id.org/rrmm/ontology#")}
    assert terms <= set(found.subjects())
    assert served.ask("/data/ontology.ttl").body == reply.body
    assert served.ask("/data/ontology.pdf").status == 404
    assert served.ask("/page/ontology/Result").status == 200


@pytest.mark.parametrize(
    ("path", "offered"),
    [
        ("/page/drug/bortezomip", "bortezomib"),
        ("/page/drog/bortezomib", "drug"),
        ("/page/drug/%3Cscript%3Ealert(1)%3C%2Fscript%3E", ""),
        ("/page/ontology/a%20b%22%7B", ""),
        ("/page/unicorn", ""),
        ("/nowhere", ""),
    ],
)
def test_what_is_not_there(served, path, offered):
    """A wrong address answers 404 with the nearest names; nothing of it becomes markup."""
    reply = served.ask(path, Accept=HTML)
    text = reply.body.decode()
    assert (reply.status, reply.kind) == (404, "text/html")
    assert offered in text
    assert "<script>" not in text
    assert served.ask(path, Accept="application/json").kind == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["/", "/editor", "/search?q=kd", "/page/drug/bortezomib", "/api", "/ontology", "/nowhere"]
)
def test_headers_and_assets(served, path):
    """Every answer is guarded, and every asset is this service's own."""
    reply = served.ask(path, Accept=HTML)
    policy = reply.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "server" not in reply.headers
    links = Links(reply.body.decode())
    assert links.inline == []
    assert all(target.startswith("/static/") for target in links.loaded)
    assert all(served.ask(target).status == 200 for target in links.loaded)


def test_search(served):
    """Labels and aliases are found, the closest first, and markup in a search stays text."""
    text = served.ask("/search?q=Dara-Rd").body.decode()
    assert Links(text).targets.index("/page/regimen/drd") >= 0
    drug = [t for t in Links(served.ask("/search?q=bortezomib").body.decode()).targets if t.startswith("/page/")]
    assert drug[0] == "/page/drug/bortezomib"
    assert "<b>" not in served.ask("/search?q=%3Cb%3E").body.decode()
    assert "Nothing has such a name" in served.ask("/search?q=zzzz").body.decode()


def test_the_editor_knows_every_question(served, kg):
    """The texts beside the editor are the files of the catalogue."""
    texts = json.loads(served.ask("/editor/texts.json").body)["questions"]
    files = {path.stem: path.read_text(encoding="utf-8") for path in (kg.files.root / "queries/questions").glob("*.rq")}
    assert texts == files
