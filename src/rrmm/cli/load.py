"""The command ``rrmm load``: the graph into a server's store."""

from __future__ import annotations

import argparse

from rrmm.cli import arguments
from rrmm.cli.terminal import write

HELP = "Put the graph into a server by the SPARQL Graph Store protocol, in place of what the graph there held."
EXAMPLE = (
    "rrmm load --to http://127.0.0.1:7878/store --graph https://w3id.org/rrmm"
    "\n\nRRMM_ENDPOINT_USER and RRMM_ENDPOINT_PASSWORD in the environment log in (basic or digest authentication)."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument(
        "--to", required=True, metavar="URL", help="the Graph Store: of Oxigraph http://HOST:7878/store"
    )
    parser.add_argument("--graph", metavar="IRI", help="the graph there; its default graph when left out")
    parser.add_argument(
        "--endpoint", metavar="URL", help="the server's query endpoint, to count there (extra [remote])"
    )


def run(options: argparse.Namespace) -> int:
    """Upload the graph, print how many triples are there, and return the exit code."""
    from rrmm.graph import upload

    count = upload.put(arguments.load_graph().files.snapshot, options.to, options.graph, options.endpoint)
    write(f"{count:,} triples in {f'<{options.graph}>' if options.graph else 'the default graph'} of {options.to}\n")
    return 0
