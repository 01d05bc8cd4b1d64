"""The command ``rrmm regimens``: patients in, reports or their differences out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rrmm.cli import arguments, records
from rrmm.cli.terminal import format_json, read_input, width, write
from rrmm.errors import PatientError
from rrmm.patient import flags
from rrmm.records import JsonObject

if TYPE_CHECKING:
    from rrmm.api import KnowledgeGraph
    from rrmm.report.report import Report

Document = JsonObject  # a patient file as it is parsed, before anything in it is resolved

VIEWS = {"--brief": ("table", "json"), "--all": ("table", "json", "markdown", "html"), "--why": ("table", "json")}
FOR_PEOPLE = ("table", "json", "markdown", "html")
FORMATS = (*FOR_PEOPLE, "turtle", "fhir", "phenopacket")
FORMAT_HELP = "fhir is a Bundle of a GuidanceResponse; phenopacket is the patient's treatment history alone"
OTHER_FORMS = {"fhir": {"resourceType"}, "phenopacket": {"subject", "metaData"}}
HELP = "Say which options are open for a patient, which are closed, and why."
EXAMPLE = "rrmm regimens --refractory bortezomib --comorbidity 'heart failure'"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command to its parser."""
    parser.add_argument(
        "patient", nargs="*", help="patient files, YAML or JSON, or records with --from; - is standard input"
    )
    records.add_arguments(parser, required=False)
    for flag in flags.LIST_FLAGS:
        parser.add_argument(
            f"--{flag}", action="append", metavar="NAME", help=f"adds to {flags.LIST_FLAGS[flag]}; repeatable"
        )
    for flag, key in flags.ABSENT_FLAGS.items():
        option = "--" + flag.replace("_", "-")
        parser.add_argument(option, action="append", metavar="NAME", help=f"says that {key} lack it; repeatable")
    for flag in flags.VALUE_FLAGS:
        parser.add_argument(f"--{flag}", action="append", metavar="VALUE")
    parser.add_argument(
        "--set", action="append", metavar="KEY=VALUE", help="any other key, such as relapse.findings.calcium_mg_dl=11.9"
    )
    arguments.add_overlays(parser)
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
        " PATIENT is answered by the graph as it ships and PATIENT2 by the graph so changed, and with --source or"
        " --as-of PATIENT by those sources and PATIENT2 by all, so that the same file twice shows what the change"
        " does (table, json, markdown or html)",
    )
    parser.add_argument(
        "--brief", action="store_true", help="gives the short form: one screen, or as JSON each option in a line"
    )
    parser.add_argument(
        "--all", dest="everything", action="store_true", help="gives everything, excluded options in full too"
    )
    parser.add_argument("--why", metavar="OPTION", help="gives one option in full (table or json)")
    arguments.add_view(parser)
    arguments.add_endpoint(parser)
    parser.add_argument("--format", choices=FORMATS, default="table", help=FORMAT_HELP)


def run(options: argparse.Namespace) -> int:
    """Answer the patients and return the exit code."""
    stated = flags.document(options)
    if not options.patient and not stated:
        raise PatientError("No patient. Give a patient file, or flags such as --refractory bortezomib.")
    _refuse_views(options)
    records.refuse_without_form(options)
    if options.compare is not None:
        return _compare(options, stated)
    graph = arguments.open_graph(options).view(options.source, options.as_of)
    documents = _read_documents(options.patient, options, graph) or {"flags": {}}
    patients = [(flags.merge(documents[where], stated), where) for where in options.patient or documents]
    if options.format == "phenopacket":
        from rrmm.patient.resolve import resolve
        from rrmm.report.phenopacket import write_phenopackets

        resolved = [resolve(document, graph.rule_base, where) for document, where in patients]
        write(write_phenopackets(resolved, graph.rule_base))
        return 0
    if options.engine == "sparql":
        write(_answer_by_sparql(graph, patients, options))
        return 0
    reports = [
        graph.report(document, where, evidence=True, what_if=options.what_if, sensitivity=options.sensitivity)
        for document, where in patients
    ]
    write(_format_reports(reports, options))
    return 0


def _refuse_views(options: argparse.Namespace) -> None:
    """Raise PatientError for views that exclude each other, or a format that a view does not have."""
    views = {"--brief": options.brief, "--all": options.everything, "--why": options.why is not None}
    given = [name for name, value in views.items() if value]
    other = [
        name
        for name, value in (("--compare", options.compare), ("--engine sparql", options.engine == "sparql"))
        if value
    ]
    if len(given) + len(other) > 1 and given:
        raise PatientError(f"{' and '.join(given + other)} exclude each other. Give one of them.")
    for name, formats in VIEWS.items():
        if name in given and options.format not in formats:
            raise PatientError(f"{name} has the formats {', '.join(formats)}, not {options.format}.")


def _answer_by_sparql(
    graph: KnowledgeGraph, patients: Sequence[tuple[Document, str]], options: argparse.Namespace
) -> str:
    """Return states and statuses by SPARQL alone, as text or JSON."""
    if options.what_if or options.sensitivity or options.format not in {"table", "json"}:
        raise PatientError("--engine sparql answers as table or json, without --what-if and --sensitivity.")
    answers = [graph.statuses(document, where) for document, where in patients]
    if options.format == "json":
        return _format_json([answer.to_dict() for answer in answers])
    return "\n".join(answer.to_text(width()) for answer in answers)


def _compare(options: argparse.Namespace, stated: Document) -> int:
    """Print what differs between each patient and another; the changed graph, in full, answers the other."""
    from rrmm.patient.shipped import restate
    from rrmm.report.comparison import compare

    if options.format not in FOR_PEOPLE or options.what_if or options.sensitivity:
        raise PatientError(
            "--compare shows differences, as table, json, markdown or html, and takes no --what-if or --sensitivity."
        )
    before = arguments.open_graph(options, shipped=True).view(options.source, options.as_of)
    after = arguments.open_graph(options)
    documents = _read_documents([*options.patient, options.compare], options, after) | (
        {} if options.patient else {"flags": {}}
    )
    changed = after.report(documents[options.compare], options.compare, evidence=True)
    comparisons = []
    for where in options.patient or ["flags"]:
        document = flags.merge(documents[where], stated)
        told = restate(document, after.rule_base, after.changes, where) if options.overlays else document
        comparisons.append(compare(before.report(told, where, evidence=True), changed))
    if options.format == "json":
        write(_format_json([comparison.data for comparison in comparisons]))
    elif options.format == "html":
        from rrmm.report.html import write_page

        write(write_page([comparison.outline() for comparison in comparisons]))
    elif options.format == "markdown":
        write("\n".join(comparison.to_markdown() for comparison in comparisons))
    else:
        write("\n".join(comparison.to_text(width()) for comparison in comparisons))
    return 0


def _read_documents(files: Sequence[str], options: argparse.Namespace, graph: KnowledgeGraph) -> dict[str, Document]:
    """Return each file's mapping, by its name; standard input is read once. Raises PatientError naming every fault."""
    documents: dict[str, Document] = {}
    faults = []
    for where in dict.fromkeys(files):
        try:
            documents[where] = _read_document(where, options, graph)
        except PatientError as error:
            faults.append(error)
    if faults:
        raise PatientError.of(faults)
    return documents


def _read_document(where: str, options: argparse.Namespace, graph: KnowledgeGraph) -> Document:
    from rrmm.patient.document import load, read

    if options.form:
        return records.read_patient(where, options, graph.files)
    document = read(read_input(), "standard input") if where == "-" else load(Path(where))
    for form, keys in OTHER_FORMS.items():
        if keys <= document.keys():
            raise PatientError(f"{where}: no patient file but a record. Add --from {form}.", file=where)
    return document


def _format_reports(reports: Sequence[Report], options: argparse.Namespace) -> str:
    """Return reports in a format and view; several make one document."""
    form, everything = options.format, options.everything
    if form == "json":
        return _format_reports_as_json(reports, options)
    if form == "html":
        from rrmm.report.report import write_html

        return write_html(reports, everything=everything)
    if form == "fhir":
        from rrmm.report.report import write_fhir

        return write_fhir(reports)
    if form == "turtle":
        from rrmm.report.report import write_turtle

        return write_turtle(reports)
    if form == "markdown":
        return "\n".join(report.to_markdown(everything=everything) for report in reports)
    if options.why is not None:
        return "\n".join(report.option_text(options.why, width()) for report in reports)
    return "\n".join(report.to_whole_text(width()) if everything else report.to_text(width()) for report in reports)


def _format_reports_as_json(reports: Sequence[Report], options: argparse.Namespace) -> str:
    if options.brief:
        data = [report.brief() for report in reports]
    elif options.why is not None:
        data = [report.option(report.find(options.why)) for report in reports]
    else:
        data = [report.to_dict(everything=options.everything) for report in reports]
    return _format_json(data, compact=not (sys.stdout and sys.stdout.isatty()))


def _format_json(data: Sequence[object], *, compact: bool = False) -> str:
    """Return one object, or an array of several, as JSON."""
    return format_json(data if len(data) > 1 else data[0], compact=compact)
