"""The command line as a user meets it: examples that run, one message and exit code 2 for bad input."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from importlib import import_module

import jsonschema
import pytest

from rrmm.cli.main import COMMANDS
from rrmm.report import schema
from support import ROOT
from support.overlays import OVERLAY

QUICK = ["regimens", "schema", "query", "sparql", "check", "show", "explain", "plot"]


@pytest.mark.parametrize("command", QUICK)
def test_the_example_of_each_help_runs(run_rrmm, command):
    """Each --help carries an example, and the example works."""
    text = run_rrmm(command, "--help").stdout
    example = text.split("example:\n", 1)[1].strip()
    program, *arguments = shlex.split(example)
    assert program == "rrmm"
    assert arguments[0] == command
    done = run_rrmm(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


LONG_NAMES = (
    ["check", "--source"],
    ["export", "--format", "turtle", "-o"],
    ["query", "results", "--with"],
    ["intake", "--from", "fhir"],
    ["site"],
)
BAD = [
    (["serve", "--port", "99999"], "from 0 to 65535"),
    (["serve", "--host", "192.0.2.1"], "Choose another"),
    (["serve", "--host", "x..y"], "no name of a host"),
    (["serve", "--host", "x" * 70], "no name of a host"),
    (["serve", "--cache-mb", "-1"], "from 0 to 4096"),
    (["regimens"], "No patient."),
    (["regimens", "missing.yaml"], "missing.yaml: cannot be read"),
    (["regimens", "."], "cannot be read"),
    (["regimens", "--refractory", "bortezomip"], "Did you mean bortezomib"),
    (["regimens", "--age", "old"], "age: takes a number"),
    (["regimens", "--age", "-5"], "out of range"),
    (["regimens", "--set", "relapse.findings.calcium=12"], "unknown key. Did you mean calcium_mg_dl"),
    (["regimens", "--set", "nonsense"], "give KEY=VALUE"),
    (["regimens", "--set", "age=70", "--set", "age.x=1"], "takes no keys below it"),
    (["regimens", "--set", "age=70", "--set", "age=80"], "age is given twice"),
    (["regimens", "--age", "70", "--age", "80"], "age is given twice"),
    (["regimens", "--set", "age=70", "--age", "80"], "age is given twice"),
    (["regimens", "--set", "prior_drugs=[]", "--refractory", "bortezomib"], "prior_drugs is given twice"),
    (["regimens", "--comorbidity", "CHF", "--set", "comorbidities=[]"], "comorbidities is given twice"),
    (["regimens", "--set", "relapse.type=clinical", "--set", "relapse={}"], "relapse is given twice"),
    (["regimens", "examples/double-refractory.yaml", "--set", "prior_drugs=[]"], "says that there is none"),
    (["query", "resluts"], "Did you mean results"),
    (["query", "hazard-ratios", "--param", "popluation=del(17p)"], "Did you mean population"),
    (["query", "hazard-ratios", "--param", "population=del(17x)"], "Did you mean del(17p)"),
    (["query", "hazard-ratios", "--param", "population"], "give NAME=VALUE"),
    (["plot", "forest-psf"], "Did you mean forest-pfs"),
    (["plot", "forest-pfs", "--param", "study=ASPIER"], "Did you mean ASPIRE"),
    (["plot", "forest-pfs", "--param", "study"], "give NAME=VALUE"),
    (["plot", "--list", "--param", "study=ASPIRE"], "needs the name of a picture"),
    (["plot", "forest-pfs", "--table", "svg"], "invalid choice"),
    (["sparql", "missing.rq"], "cannot be read"),
    (["sparql", "README.md"], "Not a SPARQL 1.1 query"),
    (["show", "bortezomip"], "Did you mean bortezomib"),
    (["explain", "trial:nothing"], "Nothing is named"),
    (["check", "--source", "README.md"], "SHA-256"),
    (["check", "--source", "missing.txt"], "cannot be read"),
    (["show", "Kd", "a\nb"], "unrecognized arguments: a\\nb. See"),
    (["intake", "a\nb", "--from", "fhir"], "rrmm: a\\nb: no such file or folder."),
    (
        ["intake", "examples/bundle.json", "--from", "fhir", "-o", "README.md"],
        "README.md: cannot be made",
    ),
    (["regimens", "--set", 'relapse={"type": "none", "type": "clinical"}'], "key 'type' stands twice. Keep one."),
    (["regimens", "--age", '{"a": 1, "a": 2}'], "--age: key 'a' stands twice. Keep one."),
    (
        ["regimens", "--set", "access=" + "[" * 200 + "]" * 200],
        "nested deeper than 100 levels",
    ),
    *[
        (["regimens", "--age", "70", "--as-of", day], "is no day")
        for day in ("\uff12\uff10\uff11\uff15", "2015-13", "soon")
    ],
    (["frobnicate"], "No command 'frobnicate'. See: rrmm --help"),
    (["regimen"], "No command 'regimen'. Did you mean regimens"),
    (["regimens", "--format", "xml"], "invalid choice"),
    (["regimens", "--age", "70", "--with", "missing.ttl"], "missing.ttl: cannot be read"),
    (["regimens", "--age", "70", "--with", "tests"], "cannot be read"),
    (["regimens", "--age", "70", "--with", "README.md"], "README.md:3: "),
    (["regimens", "--age", "70", "--with", sys.executable], "not UTF-8 text"),
    (["regimens", "--age", "70", "--without", "guidance:avoid-refractory-drugs"], "Did you mean guidance:avoid-ref"),
    (["regimens", "--age", "70", "--without", ""], "no guidance has this name"),
    (["regimens", "--age", "70", "--compare", "missing.yaml"], "missing.yaml: cannot be read"),
    (["regimens", "--age", "70", "--compare", "README.md"], "README.md"),
    (["regimens", "--age", "7", "--compare", "examples/double-refractory.yaml", "--format", "turtle"], "table, json"),
    (["regimens", "--compare", "examples/double-refractory.yaml"], "No patient."),
    (["query", "what-changed-since-2020", "--param", "change=\udcff"], r"'change=\udcff' is not UTF-8 text"),
    (["explain", "x:\udcff"], r"'x:\udcff' is not UTF-8 text"),
    *(([*command, "9" * 400], "File name too long") for command in LONG_NAMES),
    ([], "required"),
]


@pytest.mark.parametrize(
    ("arguments", "message"), BAD, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_bad_input_gets_one_message(run_rrmm, arguments, message):
    """What is wrong and what to do next, in one line on standard error; nothing on standard output."""
    done = run_rrmm(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_one_file_gives_an_object_and_several_an_array(run_rrmm, tmp_path):
    """Reports keep to their schema; standard input is a file too."""
    path = tmp_path / "one.yaml"
    path.write_text("id: one\nprior_drugs: [{drug: bortezomib, status: refractory}]\n", encoding="utf-8")
    one = json.loads(run_rrmm("regimens", str(path), "--format", "json").stdout)
    two = json.loads(run_rrmm("regimens", str(path), "-", "--format", "json", text='{"id": "two"}').stdout)
    assert [report["patient"] for report in two] == ["one", "two"]
    assert two[0] == one
    for report in two:
        jsonschema.validate(report, schema.report())


def test_flags_say_the_same_as_a_file(run_rrmm, tmp_path):
    """A patient given by flags is the patient given by a file."""
    path = tmp_path / "patient.yaml"
    path.write_text(
        "age: 70\nregion: KR\ncytogenetics: [del(17p)]\ncomorbidities: [thrombosis]\n"
        "prior_drugs: [{drug: bortezomib, status: refractory}, {drug: thalidomide, status: exposed}]\n"
        "relapse: {type: clinical}\n",
        encoding="utf-8",
    )
    flags = ["--age", "70", "--region", "KR", "--cytogenetics", "del(17p)", "--comorbidity", "thrombosis"]
    flags += [
        "--refractory",
        "bortezomib",
        "--exposed",
        "thalidomide",
        "--set",
        "relapse.type=clinical",
        "--format",
        "json",
    ]
    assert run_rrmm("regimens", *flags).stdout == run_rrmm("regimens", str(path), "--format", "json").stdout


def test_flags_are_added_to_a_file(run_rrmm, tmp_path):
    """Lists grow, mappings merge, single values are replaced."""
    path = tmp_path / "patient.yaml"
    path.write_text(
        "age: 70\ncomorbidities: [thrombosis]\nrelapse: {type: clinical, acute_onset: false}\n", encoding="utf-8"
    )
    flags = ["--age", "81", "--comorbidity", "arrhythmia", "--set", "relapse.acute_onset=true", "--format", "json"]
    report = json.loads(run_rrmm("regimens", str(path), *flags).stdout)
    holding = {state["state"] for state in report["states"] if state["holds"] == "yes"}
    assert {"thrombosis", "cardiac disease", "very elderly", "clinical relapse", "acute onset"} <= holding


def test_the_terminal_view_says_named_by_the_review(run_rrmm):
    """No view for people says recommended; it is the review that names."""
    shown = run_rrmm("regimens", "--refractory", "bortezomib").stdout
    assert "NAMED BY THE REVIEW" in shown
    assert "recommended" not in shown.replace("NOT RECOMMENDED", "").lower()


def test_sparql_reads_standard_input(run_rrmm):
    """A query can be piped in."""
    done = run_rrmm("sparql", "-", "--format", "csv", text="SELECT (1 + 1 AS ?two) WHERE {}")
    assert done.stdout.splitlines() == ["two", "2"]


@pytest.mark.parametrize(
    "name",
    [
        "bortezomib",
        "KRd",
        "Dara-Rd",
        "ENDEAVOR",
        "del(17p)",
        "peripheral neuropathy",
        "drug:thalidomide",
        "proteasome inhibitor",
    ],
)
def test_show_finds_things_by_any_name(run_rrmm, name):
    """Labels, aliases and CURIEs are found, and what is shown has addresses."""
    done = run_rrmm("show", name)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) > 3


def test_importing_rrmm_is_light():
    """The package alone imports neither engine, rdflib nor a YAML reader."""
    heavy = ("pyoxigraph", "rdflib", "ruamel", "pyshacl", "owlready2")
    code = f"import sys, rrmm; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_help_lists_every_command(run_rrmm):
    """Each module of rrmm.cli with HELP is a command, and ``rrmm --help`` shows it with its help."""
    shown = " ".join(run_rrmm("--help").stdout.split())
    files = (ROOT / "src" / "rrmm" / "cli").glob("*.py")
    assert {path.stem for path in files if "\nHELP = " in path.read_text(encoding="utf-8")} == set(COMMANDS)
    for name in COMMANDS:
        assert f" {name} {import_module(f'rrmm.cli.{name}').HELP}" in shown


@pytest.mark.parametrize("command", ["regimens", "query", "check"])
def test_a_command_imports_no_other(command):
    """Only the module of the command that runs is imported, and only its parser is built."""
    code = (
        f"import sys; from rrmm.cli.main import COMMANDS, build_parser; build_parser([{command!r}]);"
        "print([name for name in COMMANDS if f'rrmm.cli.{name}' in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == f"[{command!r}]"


def test_flags_need_neither_engine_nor_readers():
    """With the tables at hand, a patient given by flags is answered without an engine and the readers of records."""
    code = (
        "import sys; from rrmm.cli.main import main; main(['regimens', '--refractory', 'bortezomib']);"
        " print(*(name in sys.modules for name in ('pyoxigraph', 'rdflib', 'rrmm.intake')))"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=True)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", cwd=ROOT, check=True
    )
    assert done.stdout.splitlines()[-1] == "False False False"


BROKEN = [
    ("rrmm:Frail ", "rrmm:Frial ", "mine.ttl:6: ", "rrmm:Frial"),
    ("regimen:td ", "regimen:tdd ", "mine.ttl:6: ", "regimen:tdd"),
    ("rrmm:Avoid ", "rrmm:Avoidd ", "mine.ttl:6: ", "rrmm:Avoidd"),
    ("rrmm:appliesTo ", "rrmm:applyTo ", "mine.ttl:6: ", "rrmm:applyTo"),
    ("rrmm:modality       rrmm:Should ;\n", "", "mine.ttl:6: ", "rrmm:modality"),
    ("rrmm:Frail ", "rrmm:RefractoryTreatment ", "mine.ttl:6: ", "at a state of patients"),
    ("rrmm:text ", "rrmm:onlyIf rrmm:RefractoryTreatment ; rrmm:text ", "mine.ttl:6: ", "point rrmm:onlyIf"),
    (
        "rrmm:Avoid ",
        "rrmm:CloseContaining ; rrmm:closedBy rrmm:frailty ",
        "mine.ttl:6: ",
        "that prior drugs yield: rrmm:",
    ),
    ("rrmm:Avoid ", "rrmm:Ask ; rrmm:asks rrmm:drugClass ", "mine.ttl:6: ", "a key of the patient file"),
    ("rrmm:text ", "rrmm:text rrmm:text ", "mine.ttl:13:", "Mend the Turtle"),
    ("mine:rule\n", "[]\n", "mine.ttl: ", "a thing of the class rrmm:Guidance has no IRI. Give it one."),
    ("ontology#> .", "ontologie#> .", "mine.ttl:4: ", "prefix rrmm:"),
]


@pytest.fixture
def overlay(tmp_path):
    """Return a file with a rule of one's own."""
    path = tmp_path / "mine.ttl"
    path.write_text(OVERLAY, encoding="utf-8")
    return path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize(
    "command",
    [
        "cohort cohort.csv -o out.csv --map own",
        "cohort cohort.csv -o out.csv --with own",
        "export --format nanopub --orcid x --key own",
    ],
)
def test_no_input_is_overwritten(run_rrmm, tmp_path, command):
    """What an argument names to be read, another does not let be written, by whatever path."""
    own, link = tmp_path / "own", tmp_path / "link"
    own.write_text("mine", encoding="utf-8")
    link.symlink_to(own)
    written = "-o" if command.startswith("export") else "--summary"
    done = run_rrmm(*command.replace("own", str(own)).split(), written, str(link))
    assert (done.returncode, done.stdout) == (2, "")
    assert "link: is read too, and would be lost. Give the output another name." in done.stderr
    assert own.read_text(encoding="utf-8") == "mine"


def test_own_knowledge_from_a_pipe_is_refused(run_rrmm, tmp_path):
    """Overlays are read several times, and a pipe gives its content once: nothing of it is left out in silence."""
    os.mkfifo(tmp_path / "pipe.ttl")
    done = run_rrmm("regimens", "--age", "70", "--with", str(tmp_path / "pipe.ttl"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "pipe.ttl: is no regular file, and it is read several times. Save it first." in done.stderr


def test_own_knowledge_counts_and_is_named(run_rrmm, overlay):
    """A rule of an overlay decides like any other, and the report says that the graph was added to."""
    patient = ["--frailty", "frail", "--set", "prior_drugs=[]", "--format", "json"]
    report = json.loads(run_rrmm("regimens", *patient, "--with", str(overlay)).stdout)
    (option,) = [option for option in report["options"] if option["option"] == "Td"]
    assert (option["status"], option["because"][0]["rule"]) == ("not_recommended", "https://example.org/rule")
    assert report["knowledge"]["added"] == ["mine.ttl"]
    jsonschema.validate(report, schema.report())
    fit = ["--frailty", "fit", *patient[2:]]
    report = json.loads(run_rrmm("regimens", *fit, "--with", str(overlay)).stdout)
    assert [option["status"] for option in report["options"] if option["option"] == "Td"] == ["option"]


FAULTS = [
    pytest.param(*fault, id=fault[-1], marks=[pytest.mark.slow] if number % 2 else [])
    for number, fault in enumerate(BROKEN)
]


@pytest.mark.parametrize(("old", "new", "where", "what"), FAULTS)
def test_a_fault_in_own_knowledge_is_named_with_its_line(run_rrmm, overlay, old, new, where, what):
    """A slip that would make a rule hold for all, or for none, is an error with file and line."""
    assert old in OVERLAY
    overlay.write_text(OVERLAY.replace(old, new), encoding="utf-8")
    done = run_rrmm("regimens", "--age", "70", "--with", str(overlay))
    assert (done.returncode, done.stdout) == (2, "")
    assert where in done.stderr
    assert what in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_silenced_rule_is_silent_and_named(run_rrmm):
    """Without the rule on refractory drugs nothing is excluded, and the report says what was left out."""
    flags = ["--refractory", "bortezomib", "--region", "US", "--source", "br2020", "--format", "json"]
    assert "excluded" in run_rrmm("regimens", *flags).stdout
    for name in ("guidance:avoid-refractory-drug", "https://w3id.org/rrmm/id/guidance/avoid-refractory-drug"):
        report = json.loads(run_rrmm("regimens", *flags, "--without", name).stdout)
        assert "excluded" not in {option["status"] for option in report["options"]}
        assert report["knowledge"]["silenced"] == ["https://w3id.org/rrmm/id/guidance/avoid-refractory-drug"]


@pytest.fixture
def patient(tmp_path):
    """Return a patient file."""
    path = tmp_path / "patient.yaml"
    path.write_text(
        "id: mine\nregion: US\nfrailty: frail\nprior_drugs: [{drug: bortezomib, status: refractory}]\n",
        encoding="utf-8",
    )
    return path


def test_a_comparison_of_two_patients(run_rrmm, patient):
    """What differs is listed with both sides, what does not is not."""
    flags = ["--refractory", "lenalidomide", "--region", "US", "--frailty", "frail"]
    done = run_rrmm("regimens", *flags, "--compare", str(patient), "--format", "json")
    data = json.loads(done.stdout)
    assert data["patients"] == ["patient", "mine"]
    told = {entry["option"]: [side and side["status"] for side in entry["sides"]] for entry in data["options"]}
    assert told["Rd"] == ["excluded", "recommended"]
    assert told["retreatment: lenalidomide"] == ["excluded", None]
    assert "VRd" not in told
    assert {"state": "bortezomib-refractory", "sides": [{"holds": "no"}, {"holds": "yes"}]} in data["states"]
    jsonschema.validate(data, schema.comparison())


def test_the_same_patient_under_other_knowledge(run_rrmm, patient, overlay):
    """With the same file twice, the difference is what the change of knowledge does."""
    same = ["regimens", str(patient), "--compare", str(patient)]
    assert run_rrmm(*same).stdout.count("No state, timing, status, fit, approval or result differs.") == 1
    data = json.loads(run_rrmm(*same, "--with", str(overlay), "--format", "json").stdout)
    assert [(entry["option"], entry["change"]) for entry in data["options"]] == [("Td", "status")]
    assert [side["added"] for side in data["knowledge"]] == [[], ["mine.ttl"]]
    assert (data["states"], data["timing"]) == ([], [])
    shown = run_rrmm(*same, "--without", "guidance:avoid-refractory-drug").stdout
    assert "Vd: excluded → supported in" in shown
    assert "without guidance:avoid-refractory-drug" in " ".join(shown.split())


def test_standard_input_can_stand_on_both_sides(run_rrmm, overlay):
    """It is read once."""
    done = run_rrmm("regimens", "-", "--with", str(overlay), "--compare", "-", text="frailty: frail\nprior_drugs: []\n")
    assert re.search("Td: (only|supported).* → not recommended", done.stdout)


@pytest.mark.parametrize("form", ["markdown", "html", "turtle", "table"])
def test_every_format_takes_several_patients(run_rrmm, patient, form):
    """Two files make one document that names both."""
    done = run_rrmm("regimens", str(patient), "examples/double-refractory.yaml", "--what-if", "--format", form)
    assert (done.returncode, done.stderr) == (0, "")
    assert "mine" in done.stdout
    assert "double-refractory" in done.stdout
