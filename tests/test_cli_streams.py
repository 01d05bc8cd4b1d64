"""What goes through the streams of a command: texts that no terminal obeys, encodings, outputs that take nothing."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rrmm.cli.main import main
from rrmm.server.run import announce
from support import ROOT

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
HOSTILE = (
    'id: "a\\e[31mred\\x9b31m"\n'
    'title: "\\e]0;owned\\a back\\rward \\u202e turned \\u200f \\u061c \\u2028 line"\n'
    'prior_drugs: [{drug: {other: "\\e[5mfoo"}, line: 1}, {drug: bortezomib, line: 3, regimen: "\\eX"}]\n'
    "prior_lines: 3\n"
)
FORMS = [
    [],
    ["--all"],
    ["--brief"],
    ["--why", "Kd"],
    ["--sensitivity"],
    ["--engine", "sparql"],
    *(["--format", form] for form in ("json", "markdown", "html", "turtle", "fhir", "phenopacket")),
]


@pytest.fixture
def hostile(tmp_path):
    """Return a patient file whose texts hold what a terminal obeys."""
    path = tmp_path / "hostile.yaml"
    path.write_text(HOSTILE, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_a_terminal_obeys_no_text_of_a_patient(capsys, hostile, form):
    """Every form shows control characters as escapes, and what JSON reads of them is what the file says."""
    assert main(["regimens", hostile, *form]) == 0
    out, err = capsys.readouterr()
    assert not OBEYED.search(out + err)
    if form == ["--format", "json"]:
        assert json.loads(out)["patient"] == "a\x1b[31mred\x9b31m"
    elif not form:
        assert r"a\u001b[31mred\u009b31m" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["regimens", "--age", "\x1b[31m"],
        ["regimens", "--exposed", "\x9b31m"],
        ["regimens", "\x1b]0;x\x07.yaml"],
        ["query", "\x1b[31m"],
        ["show", "\x9b31m"],
        ["show", "bortezomib", "\x1b[31m"],
        ["\x1b[31m"],
    ],
)
def test_a_terminal_obeys_no_text_of_an_error(capsys, arguments):
    """Errors show what was said, with escapes."""
    with contextlib.suppress(SystemExit):
        assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert err
    assert not OBEYED.search((out + err).replace("\n", ""))


def test_commands_print_through_one_door():
    """No command writes past `write` and `warn`, which show what a terminal would obey."""
    past = re.compile(r"\bprint\(|sys\.(stdout|stderr)\b(?!\.isatty| and sys\.stdout\.isatty)")
    for path in (ROOT / "src" / "rrmm" / "cli").glob("*.py"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if past.search(line)]
        expected = {"terminal.py": 10}.get(path.name, 0)
        assert len(lines) == expected, (path.name, lines)


def test_an_encoding_without_the_signs_gets_escapes(hostile):
    """On a terminal that is not UTF-8 a report is printed, and its JSON is the same."""
    command = [sys.executable, "-m", "rrmm", "regimens", hostile, "--format", "json"]
    said = [
        subprocess.run(command, capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": name}).stdout
        for name in ("ascii", "utf-8")
    ]
    assert said[0].isascii()
    assert json.loads(said[0]) == json.loads(said[1])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", ["schema patient", "regimens examples/double-refractory.yaml", "query --list"])
@pytest.mark.parametrize(("output", "said"), [("> /dev/full", "cannot be written"), (">&-", "closed")])
def test_an_output_that_takes_nothing_is_said_in_one_line(arguments, output, said):
    """On a full disk, or with standard output closed, a command says so and ends with exit code 2."""
    command = f"{shlex.quote(sys.executable)} -m rrmm {arguments} {output}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("rrmm: Standard output")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_takes_a_part_is_no_success(unbuffered):
    """A pipe that takes no more ends the command with exit code 2, and one that does is sent all, buffered or not."""
    command = [sys.executable, "-m", "rrmm", "regimens", "examples/double-refractory.yaml", "--format", "json"]
    given = {"cwd": ROOT, "env": {**os.environ, "PYTHONUNBUFFERED": unbuffered}, "stderr": subprocess.PIPE}
    whole = subprocess.run(command, stdout=subprocess.PIPE, check=True, **given).stdout
    assert json.loads(whole)
    reader, writer = os.pipe()
    try:
        os.set_blocking(writer, False)
        done = subprocess.run(command, stdout=writer, check=False, **given)
        os.close(writer)
        assert len(os.read(reader, len(whole))) < len(whole)
    finally:
        os.close(reader)
    assert done.returncode == 2
    assert done.stderr.startswith(b"rrmm: Standard output cannot be written")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    ("arguments", "output", "code"),
    [
        ("schema patient", "> /dev/full 2> /dev/full", 2),
        ("show bortezomip", "2> /dev/full", 2),
        ("schema", "2> /dev/full", 2),
        ("schema patient", "> /dev/null 2> /dev/full", 0),
    ],
)
def test_the_exit_code_holds_where_nobody_can_be_told(arguments, output, code):
    """With standard error full as well, the exit code alone says how it went."""
    command = f"{shlex.quote(sys.executable)} -m rrmm {arguments} {output}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_service_needs_no_standard_error(monkeypatch, capsys):
    """It says where it serves if it can."""
    announce("here\n")
    assert capsys.readouterr().err == "here\n"
    monkeypatch.setattr(sys, "stderr", None)
    announce("here\n")
    with contextlib.suppress(OSError), Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stderr", full)
        announce("here\n")
        monkeypatch.undo()


def test_a_working_folder_that_is_gone_is_said_in_one_line(tmp_path):
    """A relative path needs it; it is named, and nothing is written."""
    program = "import os, sys; from rrmm.cli.main import main; os.rmdir(sys.argv[1]); sys.exit(main(sys.argv[2:]))"
    here = tmp_path / "here"
    here.mkdir()
    command = [sys.executable, "-c", program, str(here), "site", "pub"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=here)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "rrmm: The working folder does not exist any more. Change to another.\n"


@pytest.mark.parametrize(
    ("content", "encoding", "said"),
    [("\ufefftitle: naïve".encode(), "latin-1", "naïve"), (b"title: na\xefve", "latin-1", "not UTF-8")],
)
def test_standard_input_is_utf8_in_any_locale(content, encoding, said):
    """A patient sent to standard input is read as its file is."""
    command = [sys.executable, "-m", "rrmm", "regimens", "-", "--brief"]
    settings = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(command, input=content, capture_output=True, check=False, env=settings)
    assert said in (done.stdout + done.stderr).decode(encoding)
    assert b"Traceback" not in done.stderr


ENDLESS = [
    ["sparql", "/dev/zero"],
    ["regimens", "/dev/zero"],
    ["regimens", "/dev/zero", "--from", "fhir"],
    ["intake", "/dev/zero", "--from", "phenopacket"],
    ["regimens", "--age", "70", "--with", "endless.ttl"],
    ["check", "--source", "/dev/zero"],
    ["diff", "endless.ttl", "endless.ttl"],
]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device without an end")
@pytest.mark.parametrize("arguments", ENDLESS, ids=" ".join)
def test_what_has_no_end_is_not_read_to_it(capsys, monkeypatch, tmp_path, arguments):
    """A device, or a link to one, is refused with the bytes that such a file may have, or as no regular file."""
    monkeypatch.setattr("rrmm.intake.read.MOST_BYTES", 1_000_000)
    monkeypatch.setattr("rrmm.publish.versions.MOST_BYTES", 1_000_000)
    monkeypatch.chdir(tmp_path)
    Path("endless.ttl").symlink_to("/dev/zero")
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert re.search(r"cannot be read \(it has more than [\d,]+ bytes\)|is no regular file", err)
    assert (out, err.count("\n")) == ("", 1)


def test_standard_input_has_a_bound(capsys, monkeypatch):
    """What is sent to standard input is read up to a bound, and up to it is taken."""
    monkeypatch.setattr("rrmm.cli.terminal.MOST_CHARACTERS", 10)
    for text, code in (("ASK {}", 0), ("ASK {" + " " * 10 + "}", 2)):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        assert main(["sparql", "-"]) == code
    assert "standard input: it has more than 10 characters" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize(("form", "name"), [("fhir", "b/r.json"), ("omop", "person.csv"), ("omop", "person/1.csv")])
def test_nothing_in_a_folder_of_records_is_left_out_in_silence(capsys, tmp_path, form, name):
    """A pipe and a link to nothing are named, and not waited for."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    for make in (os.mkfifo, lambda odd: odd.symlink_to("nothing")):
        make(path)
        assert main(["intake", str(tmp_path), "--from", form]) == 2
        assert f"{path}: cannot be read (it is no regular file)" in capsys.readouterr().err
        path.unlink()


def test_a_folder_within_a_folder_of_records_is_read_once(capsys, tmp_path):
    """A folder whose name ends as a file's does is a folder."""
    (tmp_path / "x.json").mkdir()
    (tmp_path / "x.json" / "r.json").write_text('{"resourceType": "Patient", "id": "a"}', encoding="utf-8")
    assert main(["intake", str(tmp_path), "--from", "fhir"]) == 0
    assert capsys.readouterr().out.count("id: a") == 1


@pytest.mark.parametrize("given", ["9" * 5000, "-1", "0", "²"])
def test_columns_that_are_no_width_are_not_taken(monkeypatch, capsys, given):
    """Whatever COLUMNS says, a command answers."""
    monkeypatch.setenv("COLUMNS", given)
    assert main(["query", "--list"]) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize("command", ["export --format ntriples", "cohort examples/cohort.csv", "simulate 30000"])
def test_a_reader_who_leaves_is_no_error(tmp_path, command):
    """`-o` into a pipe whose reader has left ends as standard output does there: without a word."""
    out = tmp_path / "out.csv"
    out.symlink_to("/dev/stdout")
    line = f"({shlex.quote(sys.executable)} -m rrmm {command} -o {out}; echo $? >&2) | :"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr == "0\n"


SURROGATES = {
    "s.json": '{"id": "\\ud800"}',
    "s.yaml": 'id: "\\ud800"\n',
    "deep.json": '{"prior_drugs": [{"drug": {"other": "x\\udfff"}}]}',
}


@pytest.mark.parametrize("name", SURROGATES)
def test_half_a_character_is_refused_with_its_place(capsys, tmp_path, name):
    """A lone surrogate in a file is one message that names the place."""
    path = tmp_path / name
    path.write_text(SURROGATES[name], encoding="utf-8")
    assert main(["regimens", str(path)]) == 2
    out, err = capsys.readouterr()
    place = "prior_drugs[1].drug.other" if name == "deep.json" else "id"
    assert err.startswith(f"rrmm: {path}: {place}: holds half of a surrogate pair")
    assert (out, err.count("\n")) == ("", 1)


MERGED = "".join(f"k{n}: &a{n} {{x{n}: y, <<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 7))
LAUGHS = "".join(f"k{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * 9)}]\n" for n in range(9))


@pytest.mark.parametrize(
    "text",
    [
        "id: &a [*a]\n",
        "prior_drugs: &a [*a]\n",
        "access: &a {b: [*a]}\n",
        LAUGHS + "id: *a8\n",
        f"x: &x {'z' * 1000}\ny: [{', '.join(['*x'] * 1000)}]\n",
        f"x: &x 0x{'f' * 4000}\ny: [{', '.join(['*x'] * 300)}]\n",
        "k0: &a0 {x: y}\n" + MERGED,
    ],
)
def test_aliases_without_end_are_refused(capsys, tmp_path, text):
    """An alias that holds itself, a billion others, or one text a thousand times is one message."""
    path = tmp_path / "alias.yaml"
    path.write_text(text, encoding="utf-8")
    assert main(["regimens", str(path)]) == 2
    assert "its aliases hold themselves, or too much" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["regimens", "--from", "fhir"], ["intake", "--from", "fhir"]])
def test_half_a_character_in_a_record_is_refused(capsys, tmp_path, command):
    """In records too, each line of NDJSON for itself."""
    path = tmp_path / "r.ndjson"
    path.write_text(
        '{"resourceType": "Patient", "id": "a"}\n{"resourceType": "Patient", "id": "\\ud800"}\n', encoding="utf-8"
    )
    assert main([command[0], str(path), *command[1:]]) == 2
    assert f"{path}: [2].id: holds half of a surrogate pair" in capsys.readouterr().err
