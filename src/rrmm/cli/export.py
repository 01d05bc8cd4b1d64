"""The command ``rrmm export``: the graph in a format of others."""

from __future__ import annotations

import argparse
from pathlib import Path

from rrmm.cli import arguments
from rrmm.cli.terminal import write
from rrmm.errors import RrmmError

HELP = "Write the whole graph - ontology, data, links - in a format of those who take it further."
EXAMPLE = "rrmm export --format jsonld -o rrmm.jsonld"
FORMATS = "turtle, ntriples, nquads, trig, rdfxml, jsonld, sssom, csv, kgx, fhir-evidence or nanopub"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("--format", required=True, metavar="FORMAT", help=FORMATS)
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE")
    parser.add_argument("--key", type=Path, metavar="FILE", help="an RSA key to sign nanopublications with")
    parser.add_argument("--orcid", metavar="IRI", help="who signs: https://orcid.org/...")


def run(options: argparse.Namespace) -> int:
    """Write the export, print its files, and return the exit code."""
    from rrmm.publish.nanopubs import Signer

    if (options.key is None) != (options.orcid is None):
        raise RrmmError("--key and --orcid go together: the key that signs, and who signs with it.")
    signer = Signer(options.key, options.orcid) if options.key else None
    for path in arguments.load_graph().export(options.format, options.output, signer):
        write(f"{path}\n")
    return 0
