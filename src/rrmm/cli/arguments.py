"""The graph that a command asks: the one that travels with the package, or one at an endpoint."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rrmm.errors import EndpointError


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that name an endpoint."""
    parser.add_argument("--endpoint", metavar="URL", help="asks the graph at a SPARQL endpoint (extra [remote])")
    parser.add_argument("--graph", metavar="IRI", help="the graph there; its default graph when left out")


def shipped() -> Any:
    """Return the graph that travels with the package."""
    from rrmm.api import KnowledgeGraph

    return KnowledgeGraph.load()


def opened(options: argparse.Namespace, overlays: Sequence[Path] = (), without: Sequence[str] = ()) -> Any:
    """Return the graph that the arguments name, with overlays added and rules silenced."""
    from rrmm.api import KnowledgeGraph

    if not options.endpoint:
        if options.graph:
            raise EndpointError(f"--graph {options.graph}: names a graph at an endpoint. Give --endpoint URL too.")
        return KnowledgeGraph.load(overlays=overlays, without=without)
    if overlays:
        raise EndpointError(
            "--with adds to the graph on this machine. Load the file into the endpoint's graph instead."
        )
    return KnowledgeGraph.connect(options.endpoint, graph=options.graph, without=without)
