"""Arguments that several commands share: the graph that is asked, and the parameters of a query."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rrmm.cli.terminal import warn
from rrmm.errors import EndpointError, QueryError
from rrmm.graph.overlays import name_files, summarise

if TYPE_CHECKING:
    from rrmm.api import KnowledgeGraph


def add_endpoint(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name an endpoint."""
    parser.add_argument("--endpoint", metavar="URL", help="asks the graph at a SPARQL endpoint (extra [remote])")
    parser.add_argument("--graph", metavar="IRI", help="the graph there; its default graph when left out")


def add_view(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that choose the sources in view."""
    parser.add_argument(
        "--source", action="append", metavar="NAME", help="answers by this source alone (default: all); repeatable"
    )
    parser.add_argument(
        "--as-of", metavar="DATE", help="answers by the sources published by then: YYYY-MM-DD, a month or a year"
    )


def add_overlays(
    parser: argparse.ArgumentParser, purpose: str = "adds your own knowledge, in Turtle, to the graph; repeatable"
) -> None:
    """Add the arguments that name Turtle files beside the graph; `purpose` is the help of the first."""
    parser.add_argument(
        "--with", dest="overlays", action="append", default=[], type=Path, metavar="FILE.ttl", help=purpose
    )
    parser.add_argument(
        "--allow-redefine",
        action="store_true",
        help="lets files given by --with relabel and redefine things of the graph, not only add to them",
    )


def load_graph() -> KnowledgeGraph:
    """Return the graph that ships with the package."""
    from rrmm.api import KnowledgeGraph

    return KnowledgeGraph.load()


def load_with_overlays(options: argparse.Namespace) -> KnowledgeGraph:
    """Return the graph that ships with the package, overlays added; what these change goes to standard error."""
    from rrmm.api import KnowledgeGraph

    graph = KnowledgeGraph.load(overlays=options.overlays, allow_redefine=options.allow_redefine)
    graph.check_overlays()
    for path, name in name_files(options.overlays).items():
        if changes := [change for change in graph.changes if change.file == name]:
            warn(f"{path}: {summarise(changes)}.")
    return graph


def open_with_overlays(options: argparse.Namespace) -> KnowledgeGraph:
    """Return the graph that the arguments name, overlays added; what these change goes to standard error."""
    return load_with_overlays(options) if options.overlays and not options.endpoint else open_graph(options)


def open_graph(options: argparse.Namespace, *, shipped: bool = False) -> KnowledgeGraph:
    """Return the graph that the arguments name, with overlays added and rules silenced, or as it is `shipped`."""
    from rrmm.api import KnowledgeGraph

    overlays: Sequence[Path] = () if shipped else getattr(options, "overlays", ())
    without: Sequence[str] = () if shipped else getattr(options, "without", ())
    if not options.endpoint:
        if options.graph:
            raise EndpointError(f"--graph {options.graph}: names a graph at an endpoint. Give --endpoint URL too.")
        allowed = getattr(options, "allow_redefine", False)
        return KnowledgeGraph.load(overlays=overlays, without=without, allow_redefine=allowed)
    if overlays:
        raise EndpointError(
            "--with adds to the graph on this machine. Load the file into the endpoint's graph instead."
        )
    return KnowledgeGraph.connect(options.endpoint, graph=options.graph, without=without)


def parse_parameters(assignments: Sequence[str]) -> dict[str, str]:
    """Return name → value for each ``--param NAME=VALUE``; raises QueryError for a malformed or repeated one."""
    parameters: dict[str, str] = {}
    for assignment in assignments:
        name, separator, value = assignment.partition("=")
        if not separator or not name or not value:
            raise QueryError(f"--param {assignment}: give NAME=VALUE.")
        if name in parameters:
            raise QueryError(f"--param {name} is given twice. Give one value.")
        parameters[name] = value
    return parameters
