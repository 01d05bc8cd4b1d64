"""The command ``rrmm check``: the findings of shapes, checks and reasoner over the graph."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rrmm.cli import arguments

HELP = "Check the graph against its shapes and checks, and against the source text."
EXAMPLE = "rrmm check"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument(
        "--source", type=Path, metavar="FILE", help="the text of the source, to find every passage again"
    )
    parser.add_argument("--reason", action="store_true", help="ask HermiT too whether the graph is consistent")
    parser.add_argument("--format", choices=["table", "json"], default="table")


def run(options: argparse.Namespace) -> int:
    """Print the findings and return the exit code: 1 where there are any."""
    graph = arguments.load_graph()
    run = graph.check(options.source)
    if options.reason:
        from rrmm.check import owl
        from rrmm.check.finding import Finding

        run.checked["OWL consistency by HermiT"] = 1
        if not owl.consistent(graph.files.snapshot):
            run.findings.append(
                Finding(
                    "reasoner", "", "", "", "HermiT finds the graph inconsistent. Ask ROBOT explain for the axioms."
                )
            )
    sys.stdout.write(run.to_json() if options.format == "json" else run.to_text())
    return 1 if run.findings else 0
