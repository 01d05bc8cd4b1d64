"""The identifiers of the graph lead to the site: every one to its own page and document, any other nowhere."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from rrmm import __version__
from rrmm.iris import BASE
from support.html import Page
from support.redirects import FILE, SITE, redirected

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
TURTLE = "text/turtle"
PROTEGE = "application/rdf+xml, application/xml; q=0.7, text/xml; q=0.6, text/plain; q=0.1, */*; q=0.09"


@pytest.fixture(scope="module")
def iris(whole_site):
    """Return every IRI below w3id.org/rrmm/ in the graph, its description and the PROV of its build."""
    release = whole_site / "release" / __version__
    quads = [quad for name in ("rrmm.ttl", "void.ttl", "provenance.ttl") for quad in ox.parse(path=release / name)]
    terms = {term for quad in quads for term in (quad.subject, quad.predicate, quad.object)}
    return sorted(term.value for term in terms if isinstance(term, ox.NamedNode) and term.value.startswith(BASE))


def followed(whole_site, iri, accept):
    """Return the file of the site that a client is led to, and the anchor that it looks for there."""
    path, _, own = iri.removeprefix(BASE).partition("#")
    status, location = redirected(path, accept)
    assert status == 303, iri
    file, _, given = location.removeprefix(f"{SITE}/").partition("#")
    return whole_site / file, given or own


@pytest.mark.slow
def test_every_iri_has_a_page(whole_site, iris):
    """A browser is led to a page that is there, and to the term that it asks for."""
    pages = {}
    for iri in iris:
        path, anchor = followed(whole_site, iri, HTML)
        if path not in pages:
            pages[path] = Page(path.read_text(encoding="utf-8")) if path.suffix == ".html" else None
        page = pages[path]
        if page is None:
            assert path.is_file()
        else:
            assert not anchor or anchor in page.anchors, iri
            assert "/id/" not in iri or iri in page.canonical, iri


@pytest.mark.slow
def test_every_iri_has_its_statements(whole_site, iris, kg):
    """A program is led to Turtle that says all that the graph says of the thing."""
    stated = {}
    for quad in ox.parse(kg.files.snapshot, format=ox.RdfFormat.N_TRIPLES):
        if not isinstance(quad.object, ox.BlankNode):
            stated.setdefault(str(quad.subject), set()).add(quad.triple)
    documents = {}
    for iri in iris:
        path, _ = followed(whole_site, iri, TURTLE)
        if path.suffix != ".ttl":
            assert "/release/" in iri or "/mappings/" in iri
            continue
        if path not in documents:
            documents[path] = {quad.triple for quad in ox.parse(path=path)}
        assert stated.get(f"<{iri}>", set()) <= documents[path], iri


@pytest.mark.slow
def test_every_named_graph_has_its_file(whole_site, kg):
    """What the N-Quads call a graph is a file of the site with the same statements."""
    quads = (whole_site / "release" / __version__ / "rrmm.nq").read_bytes()
    graphs = {}
    for quad in ox.parse(quads, format=ox.RdfFormat.N_QUADS):
        graphs.setdefault(quad.graph_name.value, []).append(quad)
    for name, members in graphs.items():
        path, _ = followed(whole_site, name, HTML)
        found = ox.Dataset(ox.parse(path=path, format=ox.RdfFormat.TURTLE))
        assert len(found) == len(members), name


@pytest.mark.parametrize("accept", [TURTLE, PROTEGE, "application/ld+json", "text/turtle;q=0.9,text/html;q=0.5"])
def test_programs_get_turtle(accept):
    """Whoever names a form of RDF, and not HTML first, gets Turtle."""
    assert redirected("id/drug/bortezomib", accept) == (303, f"{SITE}/id/drug/bortezomib.ttl")
    assert redirected("ontology", accept) == (303, f"{SITE}/ontology.ttl")


@pytest.mark.parametrize("accept", [HTML, "*/*", "", "text/html, text/turtle;q=0.5"])
def test_people_get_pages(accept):
    """A browser, or a client with no wish, gets a page."""
    assert redirected("id/drug/bortezomib", accept) == (303, f"{SITE}/id/drug/bortezomib.html")
    assert redirected("", accept) == (303, f"{SITE}/index.html")


NOWHERE = """nonsense id id/ id/drug id/drug/ id/drug/a/b id/drug/index id/Drug/x id/drug/.x id/drug/a%20b id/../index
    ontology/ ontology/x ontology/parameter/index release/x release/0.1.0/a/b graph/ graph/../x mappings/ mappings/../x
    static/site.css index.html"""


@pytest.mark.parametrize("path", NOWHERE.split())
def test_what_is_no_identifier_leads_nowhere(path):
    """A path that no IRI of the graph has is not found, for people and programs."""
    assert redirected(path, HTML)[0] == redirected(path, TURTLE)[0] == 404


@pytest.mark.slow
@pytest.mark.parametrize("path", ["id/drug/nonsense", "id/trial/endeavor.nonsense", "id/nonsense/x", "ontology/9.9.9"])
def test_an_unknown_thing_is_not_found(whole_site, path):
    """What looks like an identifier and is none is led to no other thing: the site has no such file."""
    for accept in (HTML, TURTLE):
        assert not followed(whole_site, BASE + path, accept)[0].exists()


def test_one_line_names_the_site():
    """The address of the site stands once in the file."""
    assert FILE.read_text(encoding="utf-8").count(SITE) == 1
