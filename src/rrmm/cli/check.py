"""The command ``rrmm check``: the findings of shapes, checks and reasoner over the graph."""

from __future__ import annotations

import argparse
from pathlib import Path

from rrmm.cli import arguments
from rrmm.cli.terminal import write
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
        metavar="FILE|DIR",
        help="the text of a source, to find every passage again, or a folder with <PMID>.txt; repeatable",
    )
    parser.add_argument(
        "--edition",
        type=Path,
        nargs=2,
        metavar=("OLD", "NEW"),
        help="instead, where every passage and figure of the text OLD stands in the text NEW of a later edition",
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
    if options.edition:
        return _write_edition(options)
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
    write(run.to_json() if options.format == "json" else run.to_text())
    return 1 if run.findings else 0


def _write_edition(options: argparse.Namespace) -> int:
    """Print what became of the spans and figures of a source, and return the exit code: 1 where any differs."""
    if options.source or options.reason or options.format == "turtle":
        raise RrmmError("--edition OLD NEW: goes with --format table or json, without --source and --reason.")
    edition = arguments.load_graph().compare_edition(*options.edition)
    write(edition.to_json() if options.format == "json" else edition.to_text())
    return 1 if edition.differing else 0


def _write_report(options: argparse.Namespace) -> int:
    """Print the validation report of SHACL and return the exit code: 1 where the graph does not conform."""
    if options.shapes != "pyshacl" or options.source or options.reason:
        raise RrmmError(
            "--format turtle: writes the validation report of SHACL alone. Give --shapes pyshacl, without --source"
            " and --reason."
        )
    report = arguments.load_graph().validate()
    write(report.to_turtle())
    return 0 if report.conforms else 1
