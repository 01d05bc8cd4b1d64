"""The command line. Exit codes: 0 done, 1 findings, 2 the input or the installation is at fault."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from rrmm import __version__, flags
from rrmm.errors import PatientError, QueryError, RrmmError, nearest


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line and exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help stands."""
        self.exit(2, f"{self.prog}: {message}. See: {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except RrmmError as error:
        print(f"rrmm: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _parser() -> Parser:
    parser = Parser(
        prog="rrmm",
        description="Evidence on relapsed/refractory multiple myeloma. A research instrument, not a medical device.",
    )
    parser.add_argument("--version", action="version", version=f"rrmm {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=Parser)

    def command(name: str, run: Any, help_text: str, example: str) -> Parser:
        added: Parser = commands.add_parser(
            name,
            help=help_text,
            description=help_text,
            epilog=f"example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.set_defaults(run=run)
        return added

    regimens = command(
        "regimens",
        _regimens,
        "Say which options are open for a patient, which are closed, and why.",
        "rrmm regimens --refractory bortezomib --comorbidity 'heart failure'",
    )
    regimens.add_argument("patient", nargs="*", help="patient files, YAML or JSON; - is standard input")
    for flag in flags.LIST_FLAGS:
        regimens.add_argument(
            f"--{flag}", action="append", metavar="NAME", help=f"adds to {flags.LIST_FLAGS[flag]}; repeatable"
        )
    for flag in flags.VALUE_FLAGS:
        regimens.add_argument(f"--{flag}", metavar="VALUE")
    regimens.add_argument(
        "--set", action="append", metavar="KEY=VALUE", help="any other key, such as relapse.findings.calcium_mg_dl=11.9"
    )
    regimens.add_argument("--format", choices=["table", "json"], default="table")

    schema = command("schema", _schema, "Print the JSON Schema of a patient file or a report.", "rrmm schema patient")
    schema.add_argument("of", choices=["patient", "report"])

    query = command("query", _query, "Answer a catalogued question.", "rrmm query results --format csv")
    query.add_argument("name", nargs="?")
    query.add_argument("--list", action="store_true", help="list the questions")
    query.add_argument("--param", action="append", default=[], metavar="NAME=VALUE")
    query.add_argument("--format", choices=["table", "csv", "json"], default="table")

    sparql = command("sparql", _sparql, "Run any SPARQL query, read-only.", "rrmm sparql examples/approvals.rq")
    sparql.add_argument("file", help="a file, or - for standard input")
    sparql.add_argument("--format", choices=["table", "csv", "json"], default="table")
    sparql.add_argument("--time-limit", type=float, metavar="SECONDS")

    check = command(
        "check", _check, "Check the graph against its shapes and checks, and against the source text.", "rrmm check"
    )
    check.add_argument(
        "--source", type=Path, metavar="FILE", help="the text of the source, to find every passage again"
    )
    check.add_argument("--reason", action="store_true", help="ask HermiT too whether the graph is consistent")
    check.add_argument("--format", choices=["table", "json"], default="table")

    show = command(
        "show",
        _show,
        "Show everything known of a drug, regimen, trial or subgroup, with its sources.",
        "rrmm show 'del(17p)'",
    )
    show.add_argument("name")
    show.add_argument("--format", choices=["table", "json"], default="table")

    explain = command(
        "explain",
        _show,
        "Explain one statement: what it says, where it stands, what is doubtful.",
        "rrmm explain trial:endeavor.pfs-del17p-kd",
    )
    explain.add_argument("name", metavar="IRI")
    explain.add_argument("--format", choices=["table", "json"], default="table")
    return parser


def _graph() -> Any:
    from rrmm.knowledge import KnowledgeGraph

    return KnowledgeGraph.load()


def _regimens(options: argparse.Namespace) -> int:
    graph = _graph()
    given = flags.document(options)
    if not options.patient and not given:
        raise PatientError("No patient. Give a patient file, or flags such as --refractory bortezomib.")
    documents = [(where, _document(where)) for where in options.patient] or [("flags", {})]
    as_json = options.format == "json"
    reports = []
    for where, document in documents:
        from rrmm.options import Derivation
        from rrmm.patient import resolve
        from rrmm.report import build

        derivation = Derivation(graph.compiled, resolve(flags.merged(document, given), graph.compiled, where))
        reports.append(build(derivation, graph.evidence if as_json else None))
    if as_json:
        import json

        data = [report.to_dict() for report in reports]
        print(json.dumps(data if len(data) > 1 else data[0], ensure_ascii=False, indent=1))
    else:
        print("\n".join(report.to_text(_width()) for report in reports), end="")
    return 0


def _width() -> int:
    import shutil

    return max(60, min(120, shutil.get_terminal_size((100, 24)).columns))


def _document(where: str) -> dict[str, Any]:
    from rrmm.patient import load, read

    return read(sys.stdin.read(), "standard input")[0] if where == "-" else load(Path(where))


def _schema(options: argparse.Namespace) -> int:
    import json

    from rrmm import schema

    made = schema.patient(_graph().compiled) if options.of == "patient" else schema.report()
    print(json.dumps(made, ensure_ascii=False, indent=1))
    return 0


def _query(options: argparse.Namespace) -> int:
    from rrmm import catalogue
    from rrmm.snapshot import graph_root
    from rrmm.table import Table

    if options.list or not options.name:
        listed = catalogue.queries(graph_root(), "questions").values()
        rows = tuple((query.name, query.summary, " ".join(query.parameters)) for query in listed)
        _print_table(Table(("question", "summary", "parameters"), rows), options.format)
        return 0
    parameters = {}
    for assignment in options.param:
        name, separator, value = assignment.partition("=")
        if not separator:
            raise QueryError(f"--param {assignment}: give NAME=VALUE.")
        parameters[name] = value
    _print_table(_graph().query(options.name, **parameters), options.format)
    return 0


def _print_table(table: Any, form: str) -> None:
    write = {"csv": table.to_csv, "json": table.to_json, "table": lambda: table.to_text(_width())}[form]
    sys.stdout.write(write())


def _sparql(options: argparse.Namespace) -> int:
    if options.time_limit is not None and not 0 < options.time_limit <= 3600:
        raise QueryError(f"--time-limit {options.time_limit:g}: give seconds from 1 to 3600.")
    try:
        text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        files = [str(path) for path in Path().glob("**/*.rq")] if len(options.file) < 200 else []
        raise QueryError(f"{options.file}: cannot be read ({error}).{nearest(options.file, files)}") from None
    answer = _graph().sparql(text, time_limit=options.time_limit)
    if isinstance(answer, str):
        sys.stdout.write(answer)
    else:
        _print_table(answer, options.format)
    return 0


def _check(options: argparse.Namespace) -> int:
    graph = _graph()
    run = graph.check(options.source)
    if options.reason:
        from rrmm import reason
        from rrmm.finding import Finding

        run.checked["OWL consistency by HermiT"] = 1
        if not reason.consistent(graph.files.snapshot):
            run.findings.append(
                Finding(
                    "reasoner", "", "", "", "HermiT finds the graph inconsistent. Ask ROBOT explain for the axioms."
                )
            )
    sys.stdout.write(run.to_json() if options.format == "json" else run.to_text())
    return 1 if run.findings else 0


def _show(options: argparse.Namespace) -> int:
    import json

    description = _graph().show(options.name)
    if options.format == "json":
        print(json.dumps(description.to_dict(), ensure_ascii=False, indent=1))
    else:
        sys.stdout.write(description.to_text(_width()))
    return 0
