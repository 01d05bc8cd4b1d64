"""Python for the page of a patient in the browser: the code of this package and what it derived from the graph.

It goes with the npm package ``pyodide``, which is Python itself, and which the wheel does not hold.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from rrmm.catalogue.evidence import Evidence
from rrmm.catalogue.naming.lexicon import Lexicon
from rrmm.errors import RrmmError
from rrmm.graph.files import PACKAGE, GraphFiles
from rrmm.intake.tables import Tables
from rrmm.rules.base import RuleBase
from rrmm.rules.view import choose, last_day

PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json", "python_stdlib.zip")
TABLES = "tables"
PORTABLE = (".json", ".marshal", ".pickle")
AT_HOME = {"cli", "cohort", "check", "plot", "publish", "site", "web"}
BEGINNING = (1980, 1, 1, 0, 0, 0)


class _Recorded(GraphFiles):
    """The files of a graph, which hold on to what is derived from them."""

    def __init__(self, files: GraphFiles) -> None:
        super().__init__(files.root, files.overlays)
        self.derived: dict[str, bytes] = {}

    def artefact(self, name: str) -> bytes | None:
        content = super().artefact(name)
        if content is not None:
            self.derived[name] = content
        return content

    def keep(self, name: str, content: bytes) -> None:
        self.derived[name] = content
        super().keep(name, content)


def pack(files: GraphFiles) -> bytes:
    """Return a zip of code and tables; the same graph and code give the same bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted({**dict(_code()), **_tables(files)}.items()):
            archive.writestr(zipfile.ZipInfo(name, BEGINNING), text, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def find_pyodide(folder: Path) -> dict[str, bytes]:
    """Return the files of Python for the browser by name; raises RrmmError where the folder lacks one."""
    missing = [name for name in PYODIDE if not (folder / name).is_file()]
    if missing:
        raise RrmmError(f"{folder} lacks {', '.join(missing)}. Name the unpacked npm package pyodide: make pyodide")
    return {name: (folder / name).read_bytes() for name in PYODIDE}


def _code() -> Iterator[tuple[str, bytes]]:
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0] not in AT_HOME or path.parent == PACKAGE / "cohort":
            yield f"rrmm/{path.relative_to(PACKAGE).as_posix()}", path.read_bytes()
    yield "rrmm/report/report.css", (PACKAGE / "report" / "report.css").read_bytes()
    spec = find_spec("ruamel.yaml")
    for folder in (spec and spec.submodule_search_locations) or ():
        for path in Path(folder).glob("*.py"):
            yield f"ruamel/yaml/{path.name}", path.read_bytes()


def _tables(files: GraphFiles) -> dict[str, bytes]:
    """Return the tables of the graph, of each source, and of the days before the last source."""
    recorded = _Recorded(files)
    rule_base = RuleBase.of(recorded)
    Tables.of(recorded)
    Lexicon.of(recorded)
    recorded.publication_days  # noqa: B018
    views = [recorded.view([source.name]) for source in rule_base.sources]
    for day in sorted({last_day(source.published) for source in rule_base.sources})[:-1]:
        views.append(recorded.view(choose(rule_base.sources, as_of=day), day))
    for graph in (recorded, *views):
        RuleBase.of(graph)
        Evidence(graph).printed  # noqa: B018
    return {f"{TABLES}/{name}": content for name, content in recorded.derived.items() if name.endswith(PORTABLE)}
