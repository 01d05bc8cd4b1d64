"""The site on disk: pages, their data, the release and the files that pages are dressed in.

It is written beside its place and renamed, so that nobody meets half a site. The same graph gives the same
bytes. Releases of other versions that an earlier site holds stay as they are.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rrmm.errors import MissingExtra, RrmmError
from rrmm.graph.files import GraphFiles
from rrmm.graph.syntax import serialize
from rrmm.graph.turtle import split
from rrmm.publish import release
from rrmm.publish.rdf import prefixes

MARK = ".rrmm-site"
STATIC = Path(__file__).with_name("static")


class Written(NamedTuple):
    """A site on disk: its folder, the number of its pages and files, and their bytes."""

    folder: Path
    pages: int
    files: int
    size: int


def written(files: GraphFiles, to: Path, pictures: Sequence[Any] = ()) -> Written:
    """Write the site of a graph into a folder of its own, in place of an earlier site there, and return what it is.

    Raises RrmmError for a folder that holds anything else, and MissingExtra without the extra ``[site]``.
    """
    to = to.resolve()
    if to.exists() and not _ours(to):
        raise RrmmError(f"{to} is no site of rrmm. Name a folder that is empty, or is not there yet.")
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=to.parent))
    except OSError as error:
        raise RrmmError(f"{to}: cannot be written ({error.strerror}). Name a folder in one that exists.") from None
    try:
        made = _filled(files, beside, pictures)
        _keep_releases(to, beside)
        beside.chmod(0o755)
        _exchange(beside, to)
    except OSError as error:
        raise RrmmError(f"{to}: cannot be written ({error.strerror}). Make room or name another folder.") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return made._replace(folder=to)


def _ours(folder: Path) -> bool:
    return folder.is_dir() and ((folder / MARK).is_file() or not any(folder.iterdir()))


def _keep_releases(former: Path, folder: Path) -> None:
    for kept in sorted([*former.glob("release/*"), *former.glob("ontology/*.ttl")]):
        place = folder / kept.relative_to(former)
        if not place.exists():
            (shutil.copytree if kept.is_dir() else shutil.copyfile)(kept, place)


def _exchange(beside: Path, to: Path) -> None:
    """Put the new site in its place; the old one stays until then."""
    if not to.exists():
        beside.rename(to)
        return
    old = beside.with_name(f"{beside.name}-old")
    to.rename(old)
    try:
        beside.rename(to)
    except OSError:
        old.rename(to)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _filled(files: GraphFiles, folder: Path, pictures: Sequence[Any]) -> Written:
    pages = count = size = 0
    for name, content in _files(files, pictures):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        pages, count, size = pages + name.endswith(".html"), count + 1, size + len(content)
    return Written(folder, pages, count, size)


def _files(files: GraphFiles, pictures: Sequence[Any]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the site: path in it → content."""
    try:
        from rrmm.site.pages import Pages
        from rrmm.web.templates import STATIC as SHARED
    except ImportError:
        raise MissingExtra("A site", "site") from None
    published = release.build(files)
    yield from published.items()
    yield from _graphs(files)
    for picture in pictures:
        yield f"pictures/{picture.name}.svg", picture.svg
    sizes = {name: len(content) for name, content in published.items()}
    graph = next(name for name in published if name.endswith(f"/{release.NAMES['turtle']}"))
    for name, text in Pages(files, sizes, graph, pictures):
        yield name, text.encode()
    for folder in (SHARED, STATIC):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield f"static/{path.relative_to(folder).as_posix()}", path.read_bytes()
    yield MARK, b"Made by rrmm site, which replaces all but the releases of other versions.\n"
    yield ".nojekyll", b""


def _graphs(files: GraphFiles) -> Iterator[tuple[str, bytes]]:
    """Yield the named graphs of the N-Quads: a Turtle file as it was written, of any other what was read from it."""
    names = prefixes(files.snapshot)
    for name, part in split(files.root, files.files, files.mappings).items():
        if (path := files.root / name).suffix == ".ttl" and path.is_file():
            yield f"graph/{name}", path.read_bytes()
        else:
            yield f"graph/{name.removesuffix('.ttl')}.ttl", serialize(sorted(part, key=str), "turtle", names)
