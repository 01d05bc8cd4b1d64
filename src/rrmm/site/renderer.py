"""The templates of pages, filled: the one door to Jinja."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from jinja2 import Environment, PackageLoader, StrictUndefined

from rrmm.catalogue.evidence import unit_beside
from rrmm.iris import short
from rrmm.plot.picture import Picture
from rrmm.site.comparisons import name_time, strip
from rrmm.site.index import Index
from rrmm.site.places import document, link, relative
from rrmm.version import __version__

HOME, EDITOR, PICTURES, SEARCH = "index.html", "sparql.html", "pictures.html", "search.html"
PATIENT, MAPS, ONTOLOGY = "patient/index.html", "map/index.html", "ontology.html"
NAVIGATION = [
    (PATIENT, "A patient"),
    ("id/trial/index.html", "Studies"),
    ("id/regimen/index.html", "Regimens"),
    ("id/drug/index.html", "Drugs"),
    ("id/question/index.html", "Questions"),
    ("id/discrepancy/index.html", "Discrepancies"),
    ("coverage.html", "Coverage"),
    (MAPS, "Maps"),
    (EDITOR, "SPARQL"),
    (ONTOLOGY, "Ontology"),
]


class Renderer:
    """Fills templates; references between pages are relative, so that a page is the same under any address.

    Pages of one depth share an environment, whose references are theirs: so a macro is made once, not for each page.
    """

    def __init__(self, index: Index, pictures: Sequence[Picture] = ()) -> None:
        self._environments: dict[int, Environment] = {}
        self._globals = dict[str, object](
            version=__version__,
            entities=index.entities,
            facts=index.facts,
            knowledge=index.knowledge,
            questions=list(index.questions.values()),
            navigation=[entry for entry in NAVIGATION if pictures or entry[0] != MAPS],
            finder=SEARCH,
            short=short,
            values_of=index.values,
            citation=index.citation,
            name_time=name_time,
            strip=strip,
            unit_beside=unit_beside,
            picture_page=picture_page,
        )

    def page(self, here: str, template: str, **values: object) -> str:
        """Return the page at the path `here` of the site."""
        depth = here.count("/")
        environment = self._environments.get(depth) or self._environments.setdefault(depth, self._environment(here))
        return environment.get_template(f"{template}.html").render({"here": "" if here == HOME else here} | values)

    def _environment(self, here: str) -> Environment:
        """Return the environment of all pages as deep as `here`."""
        environment = Environment(
            loader=PackageLoader("rrmm.site"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        to = partial(relative, here)
        environment.globals.update(self._globals)
        environment.globals.update(to=to, path=partial(link, here), data=lambda iri: to(document(iri)))
        return environment


def picture_page(picture: Picture) -> str:
    """Return the path of the page that shows a picture: a map has one of its own."""
    return MAPS.replace("index", picture.name) if picture.map else f"{PICTURES}#{picture.name}"
