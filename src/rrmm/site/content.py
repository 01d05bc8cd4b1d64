"""Everything that the site holds, by path: pages, RDF, the release, named graphs, pictures and static files.

A folder of files is all of it, written at once; the service answers one path at a time. What takes long is made when
it is first needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from threading import RLock
from types import MappingProxyType

from rrmm.graph.files import GraphFiles
from rrmm.graph.syntax import serialize
from rrmm.graph.turtle import names, split
from rrmm.plot.picture import Picture
from rrmm.publish import release
from rrmm.publish.rdf import prefixes
from rrmm.site.index import Index
from rrmm.site.pack import pack
from rrmm.site.pages import Pages
from rrmm.site.patient_page import PACK

STATIC = Path(__file__).with_name("static")
VOID = ("void.ttl", ".well-known/void")


class Content:
    """The content of the site of a graph; `endpoint` is as in `Pages`, `pictures` are those of `rrmm.plot`.

    `pyodide` are the files of Python for the browser, for the page of a patient of a site without a service.
    """

    def __init__(
        self,
        files: GraphFiles,
        pictures: list[Picture],
        endpoint: str = "",
        pyodide: Mapping[str, bytes] = MappingProxyType({}),
    ) -> None:
        self.files, self.index = files, Index(files)
        self._lock = RLock()
        self._pictures: dict[str, bytes] = {f"pictures/{picture.name}.svg": picture.svg for picture in pictures}
        graph = f"release/{self.index.knowledge.version}/{release.NAMES['turtle']}"
        self.pyodide = {f"static/pyodide/{name}": content for name, content in pyodide.items()}
        self.pages = Pages(self.index, self._sizes, graph, pictures, endpoint, inside=sum(map(len, pyodide.values())))

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        """Iterate over path and content of everything."""
        yield from self._generated.items()
        yield from self._pictures.items()
        for path, text in self.pages:
            yield path, text.encode()
        if self.pyodide:
            yield from self.pyodide.items()
            yield PACK, pack(self.files)
        for file in sorted(STATIC.rglob("*")):
            if file.is_file():
                yield f"static/{file.relative_to(STATIC).as_posix()}", file.read_bytes()

    def __contains__(self, path: object) -> bool:
        """Return whether `find` finds something at a path; nothing is made for it."""
        return path in self.pages.texts or path in self._pictures or path in VOID or path in self.made

    def find(self, path: str) -> bytes:
        """Return what stands at a path; static files are read from `STATIC`. Raises KeyError."""
        if (text := self.pages.texts.get(path)) is not None:
            return text().encode()
        if path in self._pictures:
            return self._pictures[path]
        with self._lock:
            return self._generated[path]

    @cached_property
    def made(self) -> frozenset[str]:
        """The paths of the release and of the named graphs, known before these are made."""
        graphs = names(self.files.root, self.files.files, self.files.mappings)
        return frozenset({*release.names(self.files), *map(_graph_path, graphs)})

    def _sizes(self) -> Mapping[str, int]:
        with self._lock:
            return {name: len(content) for name, content in self._release.items()}

    @cached_property
    def _release(self) -> dict[str, bytes]:
        return release.build(self.files)

    @cached_property
    def _generated(self) -> dict[str, bytes]:
        """The files for machines: the release, the named graphs of its N-Quads, the description of the dataset."""
        description = next(content for name, content in self._release.items() if name.endswith("/void.ttl"))
        return {**self._release, **dict(_graphs(self.files)), **dict.fromkeys(VOID, description)}


def _graphs(files: GraphFiles) -> Iterator[tuple[str, bytes]]:
    """Yield the named graphs of the N-Quads: a Turtle file as written, any other as the triples read from it."""
    used = prefixes(files.snapshot)
    for name, part in split(files.root, files.files, files.mappings).items():
        if (path := files.root / name).suffix == ".ttl" and path.is_file():
            yield _graph_path(name), path.read_bytes()
        else:
            yield _graph_path(name), serialize(sorted(part, key=str), "turtle", used)


def _graph_path(name: str) -> str:
    return f"graph/{name.removesuffix('.ttl')}.ttl"
