"""What is fuzzed: most functions fill a folder and return the arguments of a command; the last two make messages.

`Material` holds what is right; `support.fuzz` makes it wrong.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import shutil
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

import polars as pl

from rrmm.api import KnowledgeGraph
from rrmm.cli.main import build_parser
from rrmm.graph import queries
from rrmm.patient.document import load, read
from support import ROOT, random_patients
from support.fuzz import CSV, TURTLE, WORDS, YAML, alter, damage, encode, splice, to_json
from support.overlays import OVERLAY

COMMANDS = (
    *("regimens double-refractory.yaml", "regimens --refractory bortezomib", "cohort cohort.csv -o out.csv --skip-bad"),
    *("query results --param study=ENDEAVOR", "query --list", "plot medians-pfs", "sparql approvals.rq", "show Kd"),
    *("terms dose", "names Velcade VRd", "intake bundle.json --from fhir", "explain trial:endeavor.pfs-del17p-kd"),
    *("diff . .", "export --format x -o out.ttl", "load http://127.0.0.1:9/"),
)
"""What mixes of arguments begin with; the other commands serve, or take seconds."""

LONGEST = 4000  # characters of an argument, which messages show
CALLS = [
    ("resolve_names", {"words": ["Velcade", "CVD", "bortezomip"], "where": "drug"}),
    ("why", {"patient": {"age": 70, "prior_drugs": ["bortezomib"]}, "option": "Kd"}),
    ("results", {"study": "endeavor", "endpoint": "PFS", "offset": 3}),
    ("explain", {"name": "trial:endeavor"}),
    ("sparql", {"query": "ASK { ?s ?p ?o }"}),
]
CLIENT = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "fuzz", "version": "1"}}
OPENING = [
    {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": CLIENT},
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
]
HOOK = json.loads((ROOT / "examples/hook.json").read_text(encoding="utf-8"))
CARD = {"feedback": [{"card": "c", "outcome": "overridden", "outcomeTimestamp": "2026-01-01T00:00:00Z"}]}
POSTS = [
    *[("application/json", path, {"age": 70, "prior_drugs": ["Velcade"]}) for path in ("/api/regimens", "/api/glance")],
    ("application/json", "/api/option?name=Kd", {"prior_drugs": [{"drug": "bortezomib", "status": "refractory"}]}),
    *[("application/json", "/cds-services/rrmm-options", HOOK)] * 2,
    ("application/json", "/cds-services/rrmm-options/feedback", CARD),
    ("application/json", "/api/intake", {}),
    ("application/yaml", "/api/read", {}),
    ("application/sparql-query", "/sparql", {}),
]
PATHS = [
    *("/", "/sparql", "/search", "/api/queries/results", "/api/names", "/api/show", "/api/search", "/api/version"),
    *("/id/drug/bortezomib", "/id/trial/endeavor.ttl", "/drug/bortezomib.html", "/ontology", "/static/", "/api"),
    *(
        "/store?default",
        "/store?graph=x",
        "/store",
        "/cds-services",
        "/.well-known/void",
        "/api/queries",
        "/report.html",
        "/openapi.json",
        "*",
        "http://x/",
        "//x//",
    ),
]
PARAMETERS = {
    "/api/names": ["word", "where"],
    "/api/show": ["name"],
    "/api/search": ["q", "limit"],
    "/api/queries/results": ["source", "as_of"],
    "/sparql": ["query", "default-graph-uri"],
    "/store": ["graph"],
}
NAMES = sorted({name for names in PARAMETERS.values() for name in names})
HEADERS = ["Host", "Accept", "Accept-Encoding", "If-None-Match", "Content-Type", "Content-Length", "Range", "Origin"]
ACCEPTED = ["text/turtle", "application/json", "*/*;q=x", "text/html,*;q=0.1", "gzip", "identity;q=0", "bytes=0-"]
FORMATS = ("table", "table", "json", "json", "markdown", "html", "turtle", "fhir", "phenopacket")
RECORD = {"fhir": "record.json", "phenopacket": "record.json", "omop": "omop"}


class Material:
    """Valid patients, records, tables, questions and flags, from this checkout."""

    def __init__(self, kg: KnowledgeGraph) -> None:
        self.rule_base = kg.rule_base
        self.patients = [load(ROOT / "examples/double-refractory.yaml")]
        kinds: Any = read((ROOT / "tests/kinds.yaml").read_text(encoding="utf-8"), "kinds")["cases"]
        self.patients += [case["patient"] for case in kinds if "patient" in case]
        self.questions = list(queries.read(kg.files.root, "questions").values())

    @cached_property
    def words(self) -> list[str]:
        """The tokens of all questions."""
        return sorted({token for one in self.questions for token in re.findall(r"[\w:?-]+|[^\w\s]+", one.body)})

    @cached_property
    def records(self) -> list[tuple[str, Any]]:
        """The records of the tests of intake: their standard, and what they hold."""
        found = []
        for path in [*ROOT.glob("tests/intake/*/record.json"), ROOT / "examples/bundle.json"]:
            content = json.loads(path.read_text(encoding="utf-8"))
            found.append(("fhir" if "resourceType" in content else "phenopacket", content))
        return sorted(found, key=str)

    @cached_property
    def flags(self) -> dict[str, list[argparse.Action]]:
        """The arguments of each command."""
        parser = build_parser({command.split()[0] for command in COMMANDS})
        (commands,) = (one for one in parser._actions if one.choices)
        return {name: parser._actions[1:] for name, parser in dict(commands.choices).items()}


def patient(random: Random, folder: Path, material: Material) -> list[str]:
    """Return the arguments of a report for a patient file: YAML or JSON, changed as a tree, a text or bytes."""
    drawn = random_patients.document(material.rule_base, random) if random.random() < 0.1 else None
    tree = alter(drawn or random.choice(material.patients), random, random.choice([0, 1, 1, 2]))
    text = to_json(tree, random)
    if isinstance(tree, dict) and random.random() < 0.5:
        text = "".join(f"{key}: {to_json(value, random)}\n" for key, value in tree.items())
        text = splice(text, YAML, random) if random.random() < 0.4 else text
    content = damage(encode(text), random) if random.random() < 0.1 else encode(text)
    (folder / "patient.yaml").write_bytes(content)
    views = [[], [], [], ["--brief"], ["--all"], ["--why", "Kd"]]
    views = [["--format", random.choice(FORMATS)]] if random.random() < 0.5 else views
    return ["regimens", "patient.yaml", *random.choice(views)]


def record(random: Random, folder: Path, material: Material) -> list[str]:
    """Return the arguments of a report or an intake of a record of FHIR or Phenopackets."""
    form, content = random.choice(material.records)
    text = to_json(alter(content, random, random.choice([1, 1, 2, 5])), random)
    (folder / "record.json").write_bytes(damage(encode(text), random) if random.random() < 0.05 else encode(text))
    return _read_record(random, form)


def omop(random: Random, folder: Path, material: Material) -> list[str]:
    """Return the arguments of an intake of OMOP: cells of its tables changed, or the text of one."""
    shutil.copytree(ROOT / "tests/intake/omop-three-persons/omop", folder / "omop")
    path = random.choice(sorted((folder / "omop").iterdir()))
    text = path.read_text(encoding="utf-8")
    rows = alter(list(csv.reader(io.StringIO(text), delimiter=";")), random, random.choice([1, 3]))
    if isinstance(rows, list) and random.random() < 0.7:
        text = "\n".join(";".join(map(str, row if isinstance(row, list) else [row])) for row in rows)
    else:
        text = splice(text, CSV, random)
    path.write_bytes(encode(text))
    return [*_read_record(random, "omop"), *random.choice([[], ["--person", random.choice(["11", "12", "x"])]])]


def _read_record(random: Random, form: str) -> list[str]:
    commands = [["regimens"], ["intake"], ["intake", "--format", "json"]]
    commands += [["intake", "-o", "out"], ["intake", "-o", "out.csv", "--report", "report.json"]]
    dates = [[], [], ["--index-date", random.choice([*WORDS[-15:], "2024-01-01", "2020"])]]
    return [*random.choice(commands), RECORD[form], "--from", form, *random.choice(dates)]


def cohort(random: Random, folder: Path, material: Material) -> list[str]:
    """Return the arguments of a cohort: a CSV spliced, or Parquet or Arrow with columns of odd types."""
    lines = (ROOT / "examples/cohort.csv").read_text(encoding="utf-8").splitlines()[:4]  # without its mistakes
    text = "\n".join(lines) + "\n"
    ending = random.choice(["csv", "csv", "parquet", "arrow"])
    path = folder / f"in.{ending}"
    if ending == "csv":
        text = splice(text, CSV + WORDS, random, random.choice([1, 1, 3]))
        path.write_bytes(damage(encode(text), random) if random.random() < 0.15 else encode(text))
    else:
        frame = pl.read_csv(io.StringIO(text))
        odd = random.choice(_columns(frame.height, random))
        name = random.choice([*frame.columns, "prior_drugs", "ecog", "new", ""])
        frame = frame.with_columns(odd.alias(name))
        getattr(frame, {"parquet": "write_parquet", "arrow": "write_ipc"}[ending])(path)
        if random.random() < 0.1:
            path.write_bytes(damage(path.read_bytes(), random))
    options = [["--wide"], ["--skip-bad"], ["--keep", "age"], ["--no-csv-safe"], []]
    return ["cohort", path.name, "-o", f"out.{random.choice(['csv', 'parquet', 'arrow'])}", *random.choice(options)]


def _columns(height: int, random: Random) -> list[pl.Series]:
    """Return columns of odd types."""
    kinds = [pl.Binary, pl.Date, pl.Datetime, pl.Duration, pl.Time, pl.Boolean, pl.Int8, pl.UInt64, pl.Null]
    kinds += [pl.Categorical, pl.Decimal(10, 2), pl.List(pl.Int8), pl.Array(pl.String, 2), pl.Struct({"a": pl.Int8})]
    words = [word.encode("utf-8", "replace").decode() for word in random.choices(WORDS, k=height)]
    values = [words, [[word] for word in words], [{"drug": word, "line": 1} for word in words], [10**18] * height]
    values += [[float("nan")] * height, [True] * height, [b"\xff"] * height, [[{"drug": "bortezomib"}]] * height]
    return [pl.Series([None] * height, dtype=kind) for kind in kinds] + list(map(pl.Series, values))


def query(random: Random, folder: Path, material: Material) -> list[str]:
    """Return the arguments of a SPARQL query whose tokens are mixed, or of a question with odd parameters."""
    question = random.choice(material.questions)
    form = ["--format", random.choice(["table", "csv", "tsv", "json", "markdown"])]
    if random.random() < 0.6:
        text = splice(question.body, material.words + WORDS[:10], random, random.choice([1, 1, 2, 4]))
        (folder / "query.rq").write_bytes(encode(text))
        return ["sparql", "query.rq", *form]
    names = [*question.parameters, *question.parameters, "source", "nothing"]
    values = [*question.defaults.values(), "bortezomib", "ENDEAVOR", "trial:endeavor", *WORDS]
    given = [f"--param={random.choice(names)}={random.choice(values)}" for _ in range(random.choice([0, 1, 1, 2]))]
    return ["query", question.name, *given, *form]


def overlay(random: Random, folder: Path, material: Material) -> list[str]:
    """Return the arguments of a report with knowledge of one's own in Turtle that is changed."""
    pieces = re.split(r'(\w+:\w+|<[^>]*>|"[^"]*")', OVERLAY)
    place = random.randrange(1, len(pieces), 2)
    pieces[place] = random.choice([*pieces[1::2], *(word for word in TURTLE if ":" in word or word.isalnum()), '"x"'])
    text = "".join(pieces)
    if random.random() < 0.3:  # any text is a label
        text = OVERLAY.replace("My rule", json.dumps(random.choice(WORDS))[1:-1])
    elif random.random() < 0.5:
        text = splice(text, TURTLE, random, random.choice([1, 2]))
    (folder / "own.ttl").write_bytes(damage(encode(text), random) if random.random() < 0.1 else encode(text))
    return ["regimens", "--frailty", "frail", "--set", "prior_drugs=[]", "--with", "own.ttl"]


def arguments(random: Random, folder: Path, material: Material) -> list[str]:
    """Return the arguments of any command: good ones, with some of its flags added, and a word in place of another."""
    for name in ("double-refractory.yaml", "cohort.csv", "bundle.json", "approvals.rq"):
        shutil.copy(ROOT / "examples" / name, folder)
    command, *given = random.choice(COMMANDS).split()
    files = ["double-refractory.yaml", "cohort.csv", "bundle.json", "approvals.rq", ".", "nothing.yaml", "out.csv"]
    words = ["results", "fhir", "br2020", "2020", "Kd", "Velcade", "http://127.0.0.1:9/", "age=70", "ecog=x", "-"]
    for action in random.choices(material.flags[command], k=random.choice([0, 1, 1, 2])):
        given += action.option_strings[-1:]
        if action.nargs != 0:
            given.append(str(random.choice(list(action.choices or files + words))))
    if given and random.random() < 0.6:
        given[random.randrange(len(given))] = random.choice(
            [word for word in WORDS if len(word) < LONGEST and "\x00" not in word] + files + words
        )
    return [command, *given]


def messages(random: Random, material: Material, count: int) -> list[str]:
    """Return so many messages of the Model Context Protocol, each a line, after those that open a session."""
    lines = [json.dumps(message) for message in OPENING]
    for number in range(1, count + 1):
        name, given = random.choice([*CALLS, ("regimens", {"patient": random.choice(material.patients)})])
        call = {"method": "tools/call", "params": {"name": name, "arguments": given}}
        if random.random() < 0.2:
            uri = random.choice(["rrmm://patient", "rrmm://questions/results", "rrmm://reports/e30/1", "rrmm://x"])
            call = {"method": "resources/read", "params": {"uri": uri}}
        line = to_json(alter({"jsonrpc": "2.0", "id": number, **call}, random, random.choice([0, 0, 1, 1, 2])), random)
        lines.append(splice(line, WORDS, random) if random.random() < 0.1 else line)
    return [" ".join(line.splitlines()) for line in lines]


def request(random: Random, material: Material) -> tuple[bytes, bool]:
    """Return a request of HTTP as bytes, and whether it can be understood as one, so that it must be answered."""
    kind, path, tree = random.choice([*POSTS, ("application/json", "/api/glance", random.choice(material.patients))])
    if path == "/api/intake":
        form, tree = random.choice(material.records)
        path += f"?from={form}"
    body = encode(to_json(alter(tree, random, random.choice([0, 1, 2])), random))
    if kind != "application/json":
        text = random.choice(material.questions).body if "sparql" in kind else "age: 70\nprior_drugs: [Velcade]\n"
        body = encode(splice(text, material.words + YAML, random, random.choice([0, 1, 2])))
    if random.random() < 0.4:
        method, path, body = random.choice(["GET"] * 20 + ["HEAD", "OPTIONS", "X"]), random.choice(PATHS), b""
        if random.random() < 0.7:
            own = PARAMETERS.get(path) if random.random() < 0.7 else None
            names = own or random.choices(NAMES, k=2)
            given = [(name, random.choice([*WORDS, "bortezomib", "br2020", "ASK {}"])) for name in names]
            path += "?" + urlencode([(name, encode(value)) for name, value in given])
    else:
        method = random.choice(["POST"] * 30 + ["GET", "DELETE"])
    if random.random() < 0.2:
        path = "/" + quote(encode(splice(path[1:], WORDS, random)), safe="/?&=%~.:")
    headers = {"Host": "x", "Connection": "close", "Content-Type": kind, "Content-Length": str(len(body))}
    for name in random.sample(HEADERS, random.choice([0, 1, 2])):
        headers[name] = random.choice([*ACCEPTED, *(word for word in WORDS if word.isascii() and word.isprintable())])
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    content = head.encode("latin-1", "replace") + b"\r\n" + body
    understood = random.random() < 0.85 and headers["Content-Length"] == str(len(body))
    return (content if understood else damage(content, random)), understood
