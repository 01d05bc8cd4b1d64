"""Every page of the site by its path, rendered on demand: the same for a folder of files and for the service."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from html import unescape

from rrmm.plot.picture import Picture
from rrmm.site import entity_pages, front_pages, patient_page, search
from rrmm.site.index import Index
from rrmm.site.places import PARAMETERS, document, link, place
from rrmm.site.renderer import EDITOR, HOME, MAPS, ONTOLOGY, PATIENT, PICTURES, SEARCH, Renderer, picture_page

Text = Callable[[], str]
CORE = "core-classes"
LINK = re.compile(r'\bhref="([^"]*)"')


class Pages:
    """The pages of a graph and the data that they load.

    `endpoint` is the path of the SPARQL endpoint that the editor asks; without one the editor runs an engine in the
    browser. `downloads` returns the files of the release with their sizes. `pictures` are those of `rrmm.plot`.
    `inside` is the size of Python, where that answers the page of a patient inside the browser.
    """

    def __init__(
        self,
        index: Index,
        downloads: Callable[[], Mapping[str, int]],
        graph: str,
        pictures: Sequence[Picture] = (),
        endpoint: str = "",
        *,
        inside: int = 0,
    ) -> None:
        self.index, self.pictures = index, pictures
        self.renderer = Renderer(index, pictures)
        page = self.renderer.page
        self.texts: dict[str, Text] = {
            HOME: self._home,
            "downloads.html": lambda: page("downloads.html", "downloads", **front_pages.downloads(index, downloads())),
            SEARCH: lambda: page(SEARCH, "search"),
            "names.js": lambda: search.script(index),
            EDITOR: lambda: page(EDITOR, "editor", **front_pages.editor(graph, endpoint, downloads)),
            PATIENT: lambda: page(PATIENT, "patient", **patient_page.references(service=bool(endpoint), inside=inside)),
            patient_page.FORM: lambda: patient_page.form(index.files),
            "catalogue.json": lambda: front_pages.catalogue(index),
            "coverage.html": lambda: page("coverage.html", "coverage", **front_pages.coverage(index)),
            ONTOLOGY: self._ontology,
            "ontology.ttl": lambda: front_pages.ontology_document(index, "turtle").decode(),
        }
        if pictures:
            maps = [picture for picture in pictures if picture.map]
            others = [picture for picture in pictures if not picture.map]
            self.texts[PICTURES] = lambda: page(PICTURES, "pictures", pictures=others)
            self.texts[MAPS] = lambda: page(MAPS, "maps", maps=maps, pictures=others)
            self.texts.update({picture_page(one): partial(self._map, one) for one in maps})
        for name, members in index.entities.kinds.items():
            if name != "ontology":
                self.texts[f"id/{name}/index.html"] = partial(self._kind, name)
            for iri in members:
                if name != "ontology" or iri.startswith(PARAMETERS):
                    self.texts[place(iri)] = partial(self._entity, iri)
                    self.texts[document(iri)] = partial(entity_pages.turtle, index, iri)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Iterate over path and text of everything."""
        for path, text in self.texts.items():
            yield path, text()

    def _home(self) -> str:
        maps = MAPS if MAPS in self.texts else ""
        return self.renderer.page(HOME, "home", map=maps, **front_pages.home(self.index, self.pictures))

    def _map(self, picture: Picture) -> str:
        return self.renderer.page(
            picture_page(picture), "map", picture=picture, drawn=self._link(picture, picture_page(picture))
        )

    def _ontology(self) -> str:
        diagram = next((picture for picture in self.pictures if picture.name == CORE), None)
        drawn = self._link(diagram, ONTOLOGY) if diagram else []
        terms = front_pages.ontology_terms(self.index, ONTOLOGY)
        return self.renderer.page(ONTOLOGY, "ontology", picture=diagram, drawn=drawn, **terms)

    def _link(self, picture: Picture, here: str) -> list[str]:
        """Return the parts of a picture with links from a page to pages of this site."""
        to = partial(link, here)
        return [LINK.sub(lambda match: f'href="{to(unescape(match[1])) or match[1]}"', part) for part in picture.parts]

    def _kind(self, name: str) -> str:
        template, values = entity_pages.kind_page(self.index, name)
        return self.renderer.page(f"id/{name}/index.html", template, **values)

    def _entity(self, iri: str) -> str:
        template, values = entity_pages.entity_page(self.index, iri, self.pictures)
        return self.renderer.page(place(iri), template, **values)
