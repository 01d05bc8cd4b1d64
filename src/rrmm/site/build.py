"""The site on disk.

It is written beside its place and renamed, so that nobody sees half a site. The same graph gives the same bytes.
Releases of other versions that an earlier site holds stay as they are.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from rrmm.errors import MissingExtra, RrmmError
from rrmm.graph.files import GraphFiles
from rrmm.plot.picture import Picture

MARK = ".rrmm-site"


class Site(NamedTuple):
    """A site on disk: its folder, the number of its pages and files, and their bytes."""

    folder: Path
    pages: int
    files: int
    size: int


def write(files: GraphFiles, to: Path, pictures: Sequence[Picture] = (), pyodide: Path | None = None) -> Site:
    """Write the site of a graph into the folder `to`, in place of an earlier site there.

    `pyodide` is the unpacked npm package of that name: with it the page of a patient answers inside the browser.
    Raises RrmmError for a folder that holds anything else, and MissingExtra without the extra ``[site]``.
    """
    to = to.resolve()
    check_folder(to)
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=to.parent))
    except OSError as error:
        raise RrmmError(f"Cannot write {to} ({error.strerror}). Name a folder inside an existing one.") from None
    try:
        site = _fill(_contents(files, pictures, pyodide), beside)
        _keep_releases(to, beside)
        beside.chmod(0o755)
        _exchange(beside, to)
    except OSError as error:
        raise RrmmError(f"Cannot write {to} ({error.strerror}). Free some space, or name another folder.") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return site._replace(folder=to)


def check_folder(to: Path) -> None:
    """Raise RrmmError for a folder that holds anything but a site; called before the work whose result it takes."""
    if to.exists() and not _is_site(to):
        raise RrmmError(f"{to} is not a site of rrmm. Name an empty folder, or one that does not exist yet.")


def _is_site(folder: Path) -> bool:
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


def _fill(contents: Iterator[tuple[str, bytes]], folder: Path) -> Site:
    pages = count = size = 0
    for name, content in contents:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        pages, count, size = pages + name.endswith(".html"), count + 1, size + len(content)
    return Site(folder, pages, count, size)


def _contents(files: GraphFiles, pictures: Sequence[Picture], pyodide: Path | None) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of the files of the site."""
    try:
        from rrmm.site.content import Content
    except ImportError:
        raise MissingExtra("A site", "site") from None
    from rrmm.site.pack import find_pyodide

    yield from Content(files, list(pictures), pyodide=find_pyodide(pyodide) if pyodide else {})
    yield MARK, b"Made by rrmm site, which replaces all but the releases of other versions.\n"
    yield ".nojekyll", b""
