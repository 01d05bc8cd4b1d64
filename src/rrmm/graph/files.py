"""The files of a graph and the snapshot built from them, named after a hash of every file.

The snapshot lies in the cache of the user and cannot be stale; a file of the cache that is damaged, or of another graph
or name, is seen by its checksum and made again. So is what is no regular file, or too long: one function reads the
cache, which waits for nobody and reads within a bound. Nothing here writes into the folders of the graph.
A wheel carries what was derived from its own graph; its files are taken to be as they were installed.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from stat import S_ISREG

from rrmm.errors import KnowledgeError
from rrmm.texts import read_bytes

PACKAGE = Path(__file__).resolve().parents[1]
CARRIED = "derived"
DAYS = "days.json"
SEEN = "seen"
KEPT_SNAPSHOTS = 4
MOST_BYTES = 256_000_000  # of a file of the cache: many times those of the graph
MTIME_GRANULARITY_S = 2.0
SEAL = 8  # characters


def graph_root() -> Path:
    """Return the folder that holds ``ontology/``, ``data/`` and ``queries/``."""
    for root in (PACKAGE / "_graph", PACKAGE.parents[1]):
        if (root / "ontology").is_dir():
            return root
    raise KnowledgeError(f"The graph is missing in {PACKAGE}. Install rrmm again.")


def cache_root() -> Path:
    """Return the folder of snapshots (``$XDG_CACHE_HOME/rrmm`` or ``~/.cache/rrmm``)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rrmm"


def graph_files(root: Path, folders: Sequence[str] = ("ontology", "data"), ending: str = ".ttl") -> list[Path]:
    """Return the files of the graph with this ending, in a fixed order."""
    names = (
        f"{folder}{os.sep}{name}"
        for top in folders
        for folder, _, inside in os.walk(root / top)
        for name in inside
        if name.endswith(ending)
    )
    return [Path(name) for name in sorted(names, key=lambda name: name.replace(os.sep, "\0"))]


class GraphFiles:
    """The files of a graph: their paths, their hash, and the snapshot built from them."""

    def __init__(self, root: Path | None = None, overlays: Sequence[Path] = ()) -> None:
        self.root = root or graph_root()
        self.overlays = list(overlays)

    @cached_property
    def files(self) -> list[Path]:
        """The Turtle files, overlays last."""
        return [*graph_files(self.root), *self.overlays]

    @cached_property
    def mappings(self) -> list[Path]:
        """The SSSOM tables of links to other vocabularies."""
        return graph_files(self.root, ["data"], ".sssom.tsv")

    @cached_property
    def carried(self) -> Path | None:
        """The folder of what a wheel carries for its graph, named after the hash of that; None for other graphs."""
        folder = self.root / CARRIED
        if self.overlays or self.root != PACKAGE / "_graph" or not folder.is_dir():
            return None
        return next(folder.iterdir(), None)

    @cached_property
    def digest(self) -> str:
        """A hash of every Turtle, SSSOM and query file, and of all code of this package.

        A file with another size or modification time has all content hashed again; of overlays the content counts.
        """
        if self.carried:
            return self.carried.name
        queries = graph_files(self.root, ["queries"], ".rq")
        inputs = [*self.files, *self.mappings, *queries, *sorted(PACKAGE.rglob("*.py"))]
        try:
            times = [(os.fspath(path), path.stat()) for path in inputs]
            laid = _hash(self.root, self.overlays) if self.overlays else ""
        except OSError as error:
            raise KnowledgeError(f"{error.filename}: cannot be read ({error.strerror}).") from None
        signature = os.fsencode("".join(f"{name}:{stat.st_size}:{stat.st_mtime_ns}\n" for name, stat in times) + laid)
        if known := _find_seen(signature):
            return known
        digest = _hash(self.root, inputs)
        if time.time() - max(stat.st_mtime for _, stat in times) > MTIME_GRANULARITY_S:
            _put(cache_root() / digest / SEEN, signature)
        return digest

    def artefact(self, name: str) -> bytes | None:
        """Return what is carried or cached as `name` of this very graph, or None; what is damaged counts for none."""
        content = _open(self.carried / name) if self.carried else None
        return _open(cache_root() / self.digest / name) if content is None else content

    def keep(self, name: str, content: bytes) -> None:
        """Cache a derived file atomically, and drop what was not used for longest.

        A cache that is not writable is no error: the next call derives the file again.
        """
        path = cache_root() / self.digest / name
        _put(path, seal(path, content))

    @cached_property
    def snapshot(self) -> bytes:
        """The whole graph as N-Triples, lexical forms as in the files."""
        if cached := self.artefact("graph.nt"):
            return cached
        from rrmm.graph.turtle import build

        content = build(self.root, self.files, self.mappings)
        self.keep("graph.nt", content)
        return content

    @cached_property
    def publication_days(self) -> list[str]:
        """The days, in their order, on which something that the graph knows was published."""
        import json

        if cached := self.artefact(DAYS):
            return list(json.loads(cached))
        from rrmm.graph.view import publication_days

        days = publication_days(self.snapshot)
        self.keep(DAYS, json.dumps(days).encode())
        return days

    @property
    def whole(self) -> GraphFiles:
        """The graph of all sources."""
        return self

    @property
    def shipped(self) -> GraphFiles:
        """The graph without overlays."""
        return GraphFiles(self.root)

    def view(self, sources: Iterable[str], published_by: str | None = None, *, own: bool = True) -> GraphFiles:
        """Return what the sources of these names say, as a graph of its own; it caches beside the whole one.

        It holds the publications of the day `published_by` or before, and none without it. With `own` it holds what
        overlays say on options without a source that they add too.
        """
        return ViewFiles(self.whole, sources, published_by, own=own or not self.overlays)


class ViewFiles(GraphFiles):
    """What some sources of a graph say; its snapshot is a part of the whole one."""

    def __init__(
        self, whole: GraphFiles, sources: Iterable[str], published_by: str | None = None, *, own: bool = True
    ) -> None:
        super().__init__(whole.root, whole.overlays)
        self._whole, self.sources, self.published_by, self._own = whole, tuple(sorted(sources)), published_by, own
        self._name = "+".join([*self.sources, *([published_by] if published_by else []), *([] if own else ["alone"])])

    @property
    def whole(self) -> GraphFiles:
        """The graph of all sources."""
        return self._whole

    @cached_property
    def digest(self) -> str:
        """The hash of the whole graph, with the names of the sources."""
        return f"{self.whole.digest}-{self._name}"

    def artefact(self, name: str) -> bytes | None:
        """Return what is cached as `name` of this view, or None."""
        return self.whole.artefact(f"{self._name}.{name}")

    def keep(self, name: str, content: bytes) -> None:
        """Cache a derived file of this view."""
        self.whole.keep(f"{self._name}.{name}", content)

    @cached_property
    def snapshot(self) -> bytes:
        """The view as N-Triples, lexical forms as in the files."""
        from rrmm.graph.overlays import compare
        from rrmm.graph.view import restrict

        left = () if self._own else (one.thing for one in compare(self.whole) if one.own)
        return restrict(self.whole.snapshot, self.sources, self.published_by, left)


class PackedFiles(GraphFiles):
    """What was derived from a graph, in a folder without the graph itself: enough to answer for patients."""

    @cached_property
    def digest(self) -> str:
        """The name of the folder."""
        return self.root.name

    def artefact(self, name: str) -> bytes | None:
        """Return a derived file, or None."""
        return _read(self.root / name)

    def keep(self, name: str, content: bytes) -> None:
        """Keep a derived file in the folder."""
        (self.root / name).write_bytes(content)

    @property
    def snapshot(self) -> bytes:
        """Raise KnowledgeError: the graph is elsewhere."""
        raise KnowledgeError(f"{self.root} holds what answers for patients need, and not the graph.")


def seal(path: Path, content: bytes) -> bytes:
    """Return what a file of the cache holds: its content, and the checksum of that with the graph and name it is of."""
    return content + _checksum(path, content)


def _open(path: Path) -> bytes | None:
    """Return the content of a sealed file, or None where it is missing or its checksum is of something else."""
    sealed = _read(path) or b""
    content = sealed[:-SEAL]
    return content if sealed[-SEAL:] == _checksum(path, content) else None


def _read(path: Path) -> bytes | None:
    """Return what a regular file of at most `MOST_BYTES` holds; None for any other, and where there is none."""
    try:
        stat = path.stat()
        return read_bytes(path, stat.st_size) if S_ISREG(stat.st_mode) and stat.st_size <= MOST_BYTES else None
    except OSError:
        return None


def _checksum(path: Path, content: bytes) -> bytes:
    return b"%08x" % zlib.crc32(content, zlib.crc32(f"{path.parent.name}/{path.name}".encode()))


def _find_seen(signature: bytes) -> str | None:
    """Return the hash of the graph whose files had these sizes and times, and mark its folder as used."""
    try:
        for folder in _folders():
            if _read(folder / SEEN) == signature:
                os.utime(folder)
                return folder.name
    except OSError:
        pass
    return None


def _folders() -> list[Path]:
    """Return the folders of the cache, one for each graph, the latest used first."""
    folders = [entry for entry in cache_root().iterdir() if entry.is_dir()]
    return sorted(folders, key=lambda entry: entry.stat().st_mtime, reverse=True)


def _hash(root: Path, paths: Iterable[Path]) -> str:
    import hashlib

    total = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        name = path.relative_to(root) if path.is_relative_to(root) else path
        total.update(f"{name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()[:24]


def _put(path: Path, content: bytes) -> None:
    import shutil
    import tempfile

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # of a name of its own, for several processes build the same graph at once
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            part = Path(folder, path.name)
            part.write_bytes(content)
            part.replace(path)
        for entry in _folders()[KEPT_SNAPSHOTS:]:
            shutil.rmtree(entry, ignore_errors=True)
    except OSError:
        return
