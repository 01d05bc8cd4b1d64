"""The command line as a user meets it: examples that run, one message and exit code 2 for bad input."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys

import jsonschema
import pytest

from conftest import ROOT
from rrmm import schema

COMMANDS = ["regimens", "schema", "query", "sparql", "check", "show", "explain"]


@pytest.mark.parametrize("command", COMMANDS)
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


BAD = [
    (["regimens"], "No patient."),
    (["regimens", "missing.yaml"], "missing.yaml: cannot be read"),
    (["regimens", "."], "cannot be read"),
    (["regimens", "--refractory", "bortezomip"], "Did you mean bortezomib"),
    (["regimens", "--age", "old"], "age: takes a number"),
    (["regimens", "--age", "-5"], "out of range"),
    (["regimens", "--set", "relapse.findings.calcium=12"], "unknown key. Did you mean calcium_mg_dl"),
    (["regimens", "--set", "nonsense"], "give KEY=VALUE"),
    (["regimens", "--set", "age=70", "--set", "age.x=1"], "takes no keys below it"),
    (["query", "resluts"], "Did you mean results"),
    (["query", "hazard-ratios", "--param", "popluation=del(17p)"], "Did you mean population"),
    (["query", "hazard-ratios", "--param", "population=del(17x)"], "Did you mean del(17p)"),
    (["query", "hazard-ratios", "--param", "population"], "give NAME=VALUE"),
    (["sparql", "missing.rq"], "cannot be read"),
    (["sparql", "README.md"], "Not a SPARQL 1.1 query"),
    (["show", "bortezomip"], "Did you mean bortezomib"),
    (["explain", "trial:nothing"], "Nothing is named"),
    (["check", "--source", "README.md"], "SHA-256"),
    (["check", "--source", "missing.txt"], "cannot be read"),
    (["frobnicate"], "invalid choice"),
    (["regimens", "--format", "xml"], "invalid choice"),
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


def test_flags_need_no_engine():
    """With the tables at hand, a patient given by flags is answered without loading an engine."""
    code = (
        "import sys; from rrmm.cli import main; main(['regimens', '--refractory', 'bortezomib']);"
        " print('pyoxigraph' in sys.modules, 'rdflib' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=True)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", cwd=ROOT, check=True
    )
    assert done.stdout.splitlines()[-1] == "False False"
