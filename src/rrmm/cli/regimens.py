"""The command ``rrmm regimens``: patients in, reports or their differences out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rrmm.cli import arguments
from rrmm.errors import PatientError
from rrmm.patient import flags

HELP = "Say which options are open for a patient, which are closed, and why."


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument("patient", nargs="*", help="patient files, YAML or JSON; - is standard input")
    for flag in flags.LIST_FLAGS:
        parser.add_argument(
            f"--{flag}", action="append", metavar="NAME", help=f"adds to {flags.LIST_FLAGS[flag]}; repeatable"
        )
    for flag in flags.VALUE_FLAGS:
        parser.add_argument(f"--{flag}", metavar="VALUE")
    parser.add_argument(
        "--set", action="append", metavar="KEY=VALUE", help="any other key, such as relapse.findings.calcium_mg_dl=11.9"
    )
    parser.add_argument(
        "--with",
        dest="overlays",
        action="append",
        default=[],
        type=Path,
        metavar="FILE.ttl",
        help="adds your own knowledge, in Turtle, to the graph; repeatable",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="IRI",
        help="silences one rule, by IRI or as guidance:name; repeatable",
    )
    parser.add_argument(
        "--what-if",
        action="store_true",
        help="adds to each option the smallest changes of the patient that would turn its status",
    )
    parser.add_argument(
        "--sensitivity", action="store_true", help="adds what would change for the patient without each rule"
    )
    parser.add_argument(
        "--engine",
        choices=["circuit", "sparql"],
        default="circuit",
        help="sparql answers by SPARQL alone, where the graph is: states and statuses without reasons (table or json)",
    )
    parser.add_argument(
        "--compare",
        metavar="PATIENT2",
        help="says what differs between each PATIENT and PATIENT2 instead; with --with or --without,"
        " PATIENT is answered by the graph as it ships and PATIENT2 by the graph so changed, so that"
        " the same file twice shows what the change does (table or json)",
    )
    arguments.add_to(parser)
    parser.add_argument("--format", choices=["table", "json", "markdown", "html", "turtle"], default="table")


def run(options: argparse.Namespace) -> int:
    """Answer the patients and return the exit code."""
    given = flags.document(options)
    if not options.patient and not given:
        raise PatientError("No patient. Give a patient file, or flags such as --refractory bortezomib.")
    if options.compare is not None:
        return _compare(options, given)
    graph = arguments.opened(options, options.overlays, options.without)
    documents = _documents(options.patient) or {"flags": {}}
    patients = [(flags.merged(documents[where], given), where) for where in options.patient or documents]
    reports = [_answer(graph, document, where, options) for document, where in patients]
    sys.stdout.write(_written(reports, options.format))
    return 0


def _answer(graph: Any, document: dict[str, Any], where: str, options: argparse.Namespace) -> Any:
    """Return the report for one patient, or with --engine sparql the states and statuses alone."""
    if options.engine == "sparql":
        if options.what_if or options.sensitivity or options.format not in {"table", "json"}:
            raise PatientError("--engine sparql answers as table or json, without --what-if and --sensitivity.")
        return graph.statuses(document, where)
    evidence = options.format != "table"
    return graph.report(document, where, evidence=evidence, what_if=options.what_if, sensitivity=options.sensitivity)


def _documents(files: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return each file's mapping, by its name; standard input is read once."""
    return {where: _document(where) for where in dict.fromkeys(files)}


def _written(reports: Sequence[Any], form: str) -> str:
    """Return reports in a format; several make one document."""
    if form == "json":
        import json

        data = [report.to_dict() for report in reports]
        return json.dumps(data if len(data) > 1 else data[0], ensure_ascii=False, indent=1) + "\n"
    if form == "html":
        from rrmm.report.build import html

        return html(reports)
    if form == "turtle":
        from rrmm.report.build import turtle

        return turtle(reports)
    return "\n".join(report.to_markdown() if form == "markdown" else report.to_text(width()) for report in reports)


def _compare(options: argparse.Namespace, given: dict[str, Any]) -> int:
    """Say what differs between each patient and another; changed knowledge answers the other."""
    from rrmm.report.comparison import compare

    if options.format not in {"table", "json"} or options.what_if or options.sensitivity:
        raise PatientError("--compare shows differences, as table or json, and takes no --what-if or --sensitivity.")
    before = arguments.opened(options)
    after = arguments.opened(options, options.overlays, options.without)
    documents = _documents([*options.patient, options.compare]) | ({} if options.patient else {"flags": {}})
    changed = after.report(documents[options.compare], options.compare, evidence=False).data
    found = [
        compare(before.report(flags.merged(documents[where], given), where, evidence=False).data, changed)
        for where in options.patient or ["flags"]
    ]
    if options.format == "json":
        import json

        data = [comparison.data for comparison in found]
        sys.stdout.write(json.dumps(data if len(data) > 1 else data[0], ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(comparison.to_text(width()) for comparison in found))
    return 0


def _document(where: str) -> dict[str, Any]:
    from rrmm.patient.document import load, read

    return read(sys.stdin.read(), "standard input")[0] if where == "-" else load(Path(where))


def width() -> int:
    """Return the width of the terminal, within what can be read."""
    import shutil

    return max(60, min(120, shutil.get_terminal_size((100, 24)).columns))
