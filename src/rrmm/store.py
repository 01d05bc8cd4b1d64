"""The graph on disk and in memory: Turtle files in, one snapshot, a read-only store out.

The snapshot is named after a hash of every file it was made from, so it cannot be stale. Nothing
here writes into the graph's own folders.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rrmm.errors import KnowledgeError, QueryError
from rrmm.terms import ID, RDF, RDFS, RRMM, SH

if TYPE_CHECKING:
    import pyoxigraph as ox

KEPT_SNAPSHOTS = 4
SETTLED = 2.0


def graph_root() -> Path:
    """Return the folder that holds ``ontology/``, ``data/`` and ``queries/``."""
    here = Path(__file__).resolve()
    for root in (here.parent / "graph", here.parents[2]):
        if (root / "ontology").is_dir():
            return root
    raise KnowledgeError(f"The graph is missing beside {here.parent}. Install rrmm again.")


def cache_root() -> Path:
    """Return the folder of snapshots (``$XDG_CACHE_HOME/rrmm`` or ``~/.cache/rrmm``)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rrmm"


def graph_files(root: Path, folders: Sequence[str] = ("ontology", "data"), ending: str = ".ttl") -> list[Path]:
    """Return the Turtle files of the graph, in a fixed order."""
    return sorted(
        Path(folder, name)
        for top in folders
        for folder, _, names in os.walk(root / top)
        for name in names
        if name.endswith(ending)
    )


class Knowledge:
    """The files of a graph: where they are, what they hash to, the snapshot made of them."""

    def __init__(self, root: Path | None = None, overlays: Sequence[Path] = ()) -> None:
        self.root = root or graph_root()
        self.overlays = list(overlays)

    @cached_property
    def files(self) -> list[Path]:
        """The Turtle files, overlays last."""
        return [*graph_files(self.root), *self.overlays]

    @cached_property
    def digest(self) -> str:
        """A hash of every Turtle and query file, and of this package's code that reads them.

        The content is hashed again as soon as one file has another size or time of change.
        """
        inputs = [*self.files, *graph_files(self.root, ["queries"], ".rq"), *sorted(Path(__file__).parent.glob("*.py"))]
        seen = cache_root() / "seen.json"
        try:
            times = [(os.fspath(path), path.stat()) for path in inputs]
        except OSError as error:
            raise KnowledgeError(f"{error.filename}: cannot be read ({error.strerror}).") from None
        signature = "".join(f"{name}:{stat.st_size}:{stat.st_mtime_ns}\n" for name, stat in times)
        known = _known(seen)
        if known.get("signature") == signature:
            return known["digest"]
        digest = _hashed(inputs)
        if time.time() - max(stat.st_mtime for _, stat in times) > SETTLED:
            _put(seen, json.dumps({"signature": signature, "digest": digest}).encode())
        return digest

    def artefact(self, name: str) -> Path | None:
        """Return the cached file `name` of this very graph, or None."""
        path = cache_root() / self.digest / name
        return path if path.is_file() else None

    def keep(self, name: str, content: bytes) -> None:
        """Write a derived file beside its final place and rename it; drop the oldest snapshots.

        A cache that cannot be written is no error: the next call derives again.
        """
        _put(cache_root() / self.digest / name, content)

    @cached_property
    def snapshot(self) -> bytes:
        """The whole graph as N-Triples, lexical forms as written."""
        if cached := self.artefact("graph.nt"):
            return cached.read_bytes()
        content = build(self.root, self.files)
        self.keep("graph.nt", content)
        return content


def _known(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return {}


def _hashed(paths: Iterable[Path]) -> str:
    import hashlib

    total = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        total.update(f"{path.name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()[:24]


def _put(path: Path, content: bytes) -> None:
    import shutil
    import tempfile

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as beside:
            beside.write(content)
        Path(beside.name).replace(path)
        graphs = sorted(
            (e for e in cache_root().iterdir() if e.is_dir()), key=lambda e: e.stat().st_mtime, reverse=True
        )
        for entry in graphs[KEPT_SNAPSHOTS:]:
            shutil.rmtree(entry, ignore_errors=True)
    except OSError:
        return


def build(root: Path, files: Iterable[Path]) -> bytes:
    """Return the graph of `files` as sorted N-Triples, with the checks as things and what ``queries/build/`` derives.

    Raises KnowledgeError naming file and line when a file cannot be parsed, declares a prefix
    other than ``ontology/prefixes.ttl`` does, or defines a thing away from its home.
    """
    import pyoxigraph as ox

    triples: set[ox.Triple] = set()
    parsed = {path: list(_parse(path)) for path in files}
    declared, homes = _prefixes(root, parsed)
    for path, quads in parsed.items():
        _hold_to_prefixes(path, declared)
        if path.is_relative_to(root):
            _hold_to_home(path, path.relative_to(root).as_posix(), quads, homes)
        triples.update(quad.triple for quad in quads)
    for check in sorted((root / "queries" / "checks").glob("*.rq")):
        node = ox.NamedNode(f"{ID}check/{check.stem}")
        summary = check.read_text(encoding="utf-8").split("#+ summary:", 1)[-1].split("\n", 1)[0]
        triples.add(ox.Triple(node, ox.NamedNode(RDF + "type"), ox.NamedNode(RRMM + "Check")))
        triples.add(ox.Triple(node, ox.NamedNode(RDFS + "label"), ox.Literal(summary.strip(), language="en")))
    store = Store(_lines(triples))
    for query in sorted((root / "queries" / "build").glob("*.rq")):
        triples.update(store.query(query.read_text(encoding="utf-8")))
    return _lines(triples)


def _lines(triples: Iterable[ox.Triple]) -> bytes:
    return b"".join(sorted(f"{triple} .\n".encode() for triple in triples))


def _parse(path: Path) -> Iterator[ox.Quad]:
    import pyoxigraph as ox

    try:
        yield from ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE)
    except SyntaxError as error:
        line = error.lineno or 1
        raise KnowledgeError(f"{path}:{line}: {error.msg}. Mend the Turtle there.") from None
    except OSError as error:
        raise KnowledgeError(f"{path}: cannot be read ({error.strerror}).") from None


def _prefixes(root: Path, parsed: dict[Path, list[ox.Quad]]) -> tuple[dict[str, str], dict[str, str]]:
    """Return prefix → namespace, and namespace → home folder or file, as prefixes.ttl declares."""
    by_node: dict[str, dict[str, str]] = {}
    for quad in parsed.get(root / "ontology" / "prefixes.ttl", []):
        by_node.setdefault(str(quad.subject), {})[quad.predicate.value] = getattr(quad.object, "value", "")
    declarations = [node for node in by_node.values() if SH + "prefix" in node]
    return (
        {node[SH + "prefix"]: node[SH + "namespace"] for node in declarations},
        {node[SH + "namespace"]: node[RRMM + "home"] for node in declarations if RRMM + "home" in node},
    )


def _hold_to_prefixes(path: Path, declared: dict[str, str]) -> None:
    pattern = re.compile(r"^@prefix\s+([\w-]*):\s+<([^>]*)>")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if (match := pattern.match(line)) and declared.get(match[1]) != match[2]:
            expected = declared.get(match[1])
            remedy = f"Use <{expected}>" if expected else "Declare it in ontology/prefixes.ttl"
            raise KnowledgeError(f"{path}:{number}: prefix {match[1]}: stands for <{match[2]}>. {remedy}.")


def _hold_to_home(path: Path, relative: str, quads: list[ox.Quad], homes: dict[str, str]) -> None:
    """Refuse a thing whose kind lives elsewhere.

    A home is one file, a folder of files named after what they hold (``data/trials/``), or a folder
    whose files are free to be named after a topic (``data/guidance/*``).
    """
    import pyoxigraph as ox

    subjects = (quad.subject.value for quad in quads if isinstance(quad.subject, ox.NamedNode))
    for subject in dict.fromkeys(subject for subject in subjects if subject.startswith(ID)):
        kind, _, name = subject.removeprefix(ID).partition("/")
        home = homes.get(f"{ID}{kind}/")
        stem = relative.removeprefix(home or "").split("/")[0].removesuffix(".ttl")
        if home is None:
            remedy = f"prefixes.ttl gives no home to {kind}:"
        elif relative == home or (home.endswith("*") and relative.startswith(home[:-1])):
            continue
        elif not (home.endswith("/") and relative.startswith(home)):
            remedy = f"its home is {home}"
        elif name == stem or name.startswith(stem + "."):
            continue
        else:
            remedy = f"in this file names begin with {stem}"
        raise KnowledgeError(f"{path}:{_line_of(path, kind, name)}: {kind}:{name} stands here, but {remedy}. Move it.")


def _line_of(path: Path, namespace: str, name: str) -> int:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith((f"{namespace}:{name}", f"<{ID}{namespace}/{name}")):
            return number
    return 1


Row = dict[str, Any]


class Store:
    """The graph in an embedded, in-memory SPARQL engine; it can be asked, not changed."""

    def __init__(self, content: bytes) -> None:
        import pyoxigraph as ox

        self._store = ox.Store()
        self._store.bulk_load(content, format=ox.RdfFormat.N_TRIPLES)

    def query(self, text: str) -> Any:
        """Run a SPARQL query (never an update) and return pyoxigraph's result.

        Raises QueryError when the text is not a query.
        """
        try:
            return self._store.query(text)
        except SyntaxError as error:
            raise QueryError(f"Not a SPARQL query: {error}. Updates are refused.") from None

    def rows(self, text: str) -> list[Row]:
        """Return the solutions of a SELECT as dicts of plain Python values; unbound ones left out."""
        solutions = self.query(text)
        names = [variable.value for variable in solutions.variables]
        return [
            {name: plain(term) for name, term in zip(names, solution, strict=True) if term is not None}
            for solution in solutions
        ]

    def __len__(self) -> int:
        """Return the number of triples."""
        return len(self._store)


def iri_term(iri: str) -> ox.NamedNode:
    """Return an IRI as a term that a query can be bound to; raises QueryError when it is none."""
    import pyoxigraph as ox

    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise QueryError(f"Not an IRI: {iri!r} ({error}).") from None


def text_term(text: str) -> ox.Literal:
    """Return a text as a term that a query can be bound to."""
    import pyoxigraph as ox

    return ox.Literal(text)


_INTEGERS = {"integer", "int", "long", "nonNegativeInteger"}


def plain(term: Any) -> str | int | float | bool:
    """Return a term as a Python value: IRIs and strings as text, numbers as numbers."""
    datatype = getattr(term, "datatype", None)
    if datatype is None:
        return term.value if hasattr(term, "value") else str(term)
    kind = datatype.value.rsplit("#", 1)[-1]
    if kind in _INTEGERS:
        return int(term.value)
    if kind in {"decimal", "double", "float"}:
        return float(term.value)
    if kind == "boolean":
        return bool(term.value == "true")
    return str(term.value)
