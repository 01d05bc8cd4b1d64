"""The command line. Exit codes: 0 done, 1 findings, 2 the input or the installation is at fault."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from rrmm.cli import arguments, query, regimens
from rrmm.cli import cohort as cohort
from rrmm.cli import plot as plots
from rrmm.cli.regimens import width
from rrmm.errors import QueryError, RrmmError, nearest
from rrmm.version import __version__

FORMATS = "turtle, ntriples, nquads, trig, rdfxml, jsonld, sssom, csv, kgx or nanopub"


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

    example = "rrmm regimens --refractory bortezomib --comorbidity 'heart failure'"
    regimens.add_to(command("regimens", regimens.run, regimens.HELP, example))

    example = "rrmm cohort patients.csv -o answers.parquet"
    cohort.add_to(command("cohort", cohort.cohort, cohort.HELP, example))

    example = "rrmm simulate 1000 --seed 1 -o patients.csv"
    cohort.add_simulate_to(command("simulate", cohort.simulate, cohort.SIMULATE_HELP, example))

    schema = command(
        "schema",
        _schema,
        "Print the schema of a patient file, a table of patients, or a report.",
        "rrmm schema patient",
    )
    schema.add_argument("of", choices=["patient", "cohort", "report", "comparison"])

    query.add_to(command("query", query.run, query.HELP, "rrmm query results --format csv"))

    example = "rrmm plot medians-pfs --param study=ASPIRE"
    plots.add_to(command("plot", plots.run, plots.HELP, example))

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
    arguments.add_to(show)
    show.add_argument("--format", choices=["table", "json"], default="table")

    explain = command(
        "explain",
        _show,
        "Explain one statement: what it says, where it stands, what is doubtful.",
        "rrmm explain trial:endeavor.pfs-del17p-kd",
    )
    explain.add_argument("name", metavar="IRI")
    arguments.add_to(explain)
    explain.add_argument("--format", choices=["table", "json"], default="table")

    load = command(
        "load",
        _load,
        "Put the graph into a server by the SPARQL Graph Store protocol, in place of what the graph there held.",
        "rrmm load --to http://127.0.0.1:7878/store --graph https://w3id.org/rrmm"
        "\n\nRRMM_ENDPOINT_USER and RRMM_ENDPOINT_PASSWORD in the environment log in (basic or digest authentication).",
    )
    load.add_argument("--to", required=True, metavar="URL", help="the Graph Store: of Oxigraph http://HOST:7878/store")
    load.add_argument("--graph", metavar="IRI", help="the graph there; its default graph when left out")
    load.add_argument("--endpoint", metavar="URL", help="the server's query endpoint, to count there (extra [remote])")

    export = command(
        "export",
        _export,
        "Write the whole graph - ontology, data, links - in a format of those who take it further.",
        "rrmm export --format jsonld -o rrmm.jsonld",
    )
    export.add_argument("--format", required=True, metavar="FORMAT", help=FORMATS)
    export.add_argument("-o", "--output", required=True, type=Path, metavar="FILE")
    export.add_argument("--key", type=Path, metavar="FILE", help="an RSA key to sign nanopublications with")
    export.add_argument("--orcid", metavar="IRI", help="who signs: https://orcid.org/...")

    diff = command(
        "diff",
        _diff,
        "List what changed in knowledge between two versions, each a folder of a graph or an exported file of RDF.",
        "rrmm diff ../rrmm-0.1.0 . --format markdown",
    )
    diff.add_argument("old", type=Path, metavar="OLD")
    diff.add_argument("new", type=Path, metavar="NEW")
    diff.add_argument("--format", choices=["text", "markdown", "json"], default="text")

    site = command(
        "site", _site, "Write the graph as a site of static pages, which need no server.", "rrmm site public"
    )
    site.add_argument("folder", type=Path, metavar="DIR", help="a folder of its own; an earlier site there is replaced")

    serve = command("serve", _serve, "Serve the graph on the web, read-only.", "rrmm serve --port 8000")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine alone)")
    serve.add_argument("--port", type=int, default=8000, help="0 takes a free one (default: 8000)")
    serve.add_argument("--workers", type=int, default=2, help="processes that answer queries (default: 2)")
    return parser


def _schema(options: argparse.Namespace) -> int:
    import json

    from rrmm.patient import schema
    from rrmm.report import schema as fixed_schema

    of_graph = {"patient": schema.patient, "cohort": schema.cohort}
    fixed = {"report": fixed_schema.report, "comparison": fixed_schema.comparison}
    made = of_graph[options.of](arguments.shipped().rule_base) if options.of in of_graph else fixed[options.of]()
    print(json.dumps(made, ensure_ascii=False, indent=1))
    return 0


def _sparql(options: argparse.Namespace) -> int:
    if options.time_limit is not None and not 0 < options.time_limit <= 3600:
        raise QueryError(f"--time-limit {options.time_limit:g}: give seconds from 1 to 3600.")
    try:
        text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        files = [str(path) for path in Path().glob("**/*.rq")] if len(options.file) < 200 else []
        raise QueryError(f"{options.file}: cannot be read ({error}).{nearest(options.file, files)}") from None
    answer = arguments.shipped().sparql(text, time_limit=options.time_limit)
    if isinstance(answer, str):
        sys.stdout.write(answer)
    else:
        sys.stdout.write(query.written(answer, options.format))
    return 0


def _check(options: argparse.Namespace) -> int:
    graph = arguments.shipped()
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


def _show(options: argparse.Namespace) -> int:
    import json

    description = arguments.opened(options).show(options.name)
    if options.format == "json":
        print(json.dumps(description.to_dict(), ensure_ascii=False, indent=1))
    else:
        sys.stdout.write(description.to_text(width()))
    return 0


def _load(options: argparse.Namespace) -> int:
    from rrmm.graph import upload

    count = upload.put(arguments.shipped().files.snapshot, options.to, options.graph, options.endpoint)
    print(f"{count:,} triples in {f'<{options.graph}>' if options.graph else 'the default graph'} of {options.to}")
    return 0


def _export(options: argparse.Namespace) -> int:
    from rrmm.publish.nanopubs import Signer

    if (options.key is None) != (options.orcid is None):
        raise RrmmError("--key and --orcid go together: the key that signs, and who signs with it.")
    signer = Signer(options.key, options.orcid) if options.key else None
    for path in arguments.shipped().export(options.format, options.output, signer):
        print(path)
    return 0


def _diff(options: argparse.Namespace) -> int:
    from rrmm.publish import changelog, diff

    difference = diff.compare(options.old, options.new)
    if options.format == "text":
        sys.stdout.write(changelog.text(difference, width()))
    else:
        sys.stdout.write((changelog.markdown if options.format == "markdown" else changelog.to_json)(difference))
    return 0


def _site(options: argparse.Namespace) -> int:
    made = arguments.shipped().site(options.folder)
    print(f"{made.pages:,} pages, {made.files:,} files, {made.size / 1e6:.0f} MB in {made.folder}")
    print(f"Look at it: python -m http.server --bind 127.0.0.1 --directory {options.folder}")
    return 0


def _serve(options: argparse.Namespace) -> int:
    from rrmm.server.run import serve

    if not 0 <= options.port <= 65535:
        raise RrmmError(f"--port {options.port}: give a number from 0 to 65535.")
    if not 1 <= options.workers <= 64:
        raise RrmmError(f"--workers {options.workers}: give a number from 1 to 64.")
    serve(options.host, options.port, options.workers)
    return 0
