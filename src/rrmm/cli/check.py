"""The command ``rrmm check``: the findings of shapes, checks and reasoner over the graph."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rrmm.cli import arguments
from rrmm.errors import RrmmError

HELP = "Check the graph against its shapes and checks, and against the texts of its sources."
EXAMPLE = "rrmm check"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument(
        "--source",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="the text of a source, to find every passage again; repeatable",
    )
    parser.add_argument("--reason", action="store_true", help="ask HermiT too whether the graph is consistent")
    parser.add_argument(
        "--shapes",
        choices=["fast", "pyshacl"],
        default="fast",
        help="what holds the shapes against the graph: rrmm itself, or pySHACL, slower (extra [shacl])",
    )
    parser.add_argument(
        "--format",
        choices=["table", "json", "turtle"],
        default="table",
        help="turtle: the validation report of SHACL alone, with --shapes pyshacl",
    )


def run(options: argparse.Namespace) -> int:
    """Print the findings and return the exit code: 1 where there are any."""
    if options.format == "turtle":
        return _write_report(options)
    graph = arguments.load_graph()
    run = graph.check(options.source, shapes=options.shapes)
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


def _write_report(options: argparse.Namespace) -> int:
    """Print the validation report of SHACL and return the exit code: 1 where the graph does not conform."""
    if options.shapes != "pyshacl" or options.source or options.reason:
        raise RrmmError(
            "--format turtle: writes the validation report of SHACL alone. Give --shapes pyshacl, without --source"
            " and --reason."
        )
    report = arguments.load_graph().validate()
    sys.stdout.write(report.to_turtle())
    return 0 if report.conforms else 1
