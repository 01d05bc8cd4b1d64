"""What a person reads: every command of the README and of the pages under docs/ runs, and prints what is shown."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rrmm.cli.main import build_parser
from support import ROOT

README = ROOT / "README.md"
MADE = ("reference", "copies", "benchmarks", "decisions")  # other tests hold these to what they are made from
PAGES = [
    README,
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.parts[len(ROOT.parts) + 1] not in MADE),
]
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
CONSOLE = re.compile(r"```console\n\$ (?P<command>[^\n]*)\n(?P<output>.*?)```", re.DOTALL)
BLOCKS = [(page, match["command"], match["output"]) for page in PAGES for match in CONSOLE.finditer(TEXTS[page])]
SHELL = [
    (page, line)
    for page in PAGES
    for block in re.findall(r"```sh\n(.*?)```", TEXTS[page], re.DOTALL)
    for line in block.splitlines()
    if line.startswith("rrmm ")
]
PYTHON = [
    (page, code)
    for page in PAGES
    if page.name != "cookbook.md"  # tests/test_cookbook.py runs it
    for code in re.findall(r"```python\n(.*?)```", TEXTS[page], re.DOTALL)
]
LONGEST = 1200
PROGRAMS = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "COLUMNS": "100", "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}


def run(*command: str) -> str:
    """Return what a command prints."""
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", cwd=ROOT, env=ENVIRONMENT, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_pages_have_commands():
    """The patterns still find the blocks."""
    assert sum(page == README for page, *_ in BLOCKS) >= 3
    assert len(BLOCKS) >= 20
    assert len(SHELL) >= 5
    assert len(PYTHON) >= 3


def test_the_readme_is_short():
    """A person reads it in five minutes."""
    assert len(TEXTS[README].split()) <= LONGEST


@pytest.mark.parametrize(("page", "command", "shown"), BLOCKS, ids=[f"{p.stem}: {c}" for p, c, _ in BLOCKS])
def test_commands_print_what_is_shown(page, command, shown):
    """Regenerate with RRMM_GOLDEN=write and review the difference."""
    output = run("bash", "-c", command).rstrip("\n") + "\n"
    if os.environ.get("RRMM_GOLDEN") == "write":
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace(f"$ {command}\n{shown}```", f"$ {command}\n{output}```"), encoding="utf-8")
    else:
        assert output == shown


@pytest.mark.parametrize(("page", "line"), SHELL, ids=[f"{p.stem}: {line}" for p, line in SHELL])
def test_commands_without_output_are_taken(page, line):
    """What needs a server or much time is not run, but its options are those of the command."""
    words = shlex.split(line, comments=True)
    assert build_parser(words[1:2]).parse_args(words[1:]), page


@pytest.mark.parametrize(("page", "code"), PYTHON, ids=[page.stem for page, _ in PYTHON])
def test_the_python_examples_run(page, code):
    """The Python of each page is run as it stands."""
    assert run(sys.executable, "-c", code), page


def test_the_python_of_the_readme_answers():
    """It prints the status with its place, the table and the count."""
    (code,) = (code for page, code in PYTHON if page == README)
    printed = run(sys.executable, "-c", code)
    assert printed.startswith("recommended {'source': 'br2020', 'section': 'Comorbidities'")
    assert re.search(r"\n\d{3,}\n1 row", printed)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    """What a page links to on this machine is there, headings too."""
    for target, heading in re.findall(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)", TEXTS[page]):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), target
        assert path.is_relative_to(ROOT), target
        if heading:
            assert heading in headings(path), f"{target}#{heading}"


def headings(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_the_turtle_is_in_the_graph(in_rdflib):
    """The fact shown stands in the graph, statement by statement."""
    import rdflib

    (turtle,) = re.findall(r"```turtle\n(.*?)```", TEXTS[ROOT / "docs" / "checks.md"], re.DOTALL)
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in in_rdflib.namespaces() if name)
    shown = rdflib.Graph().parse(data=prefixes + turtle, format="turtle")
    assert len(shown) == 14
    assert set(shown) - set(in_rdflib) == set()


def test_the_map_names_every_package():
    """The map of the source lists the packages that there are, and the step that it points to exists."""
    text = TEXTS[ROOT / "docs" / "structure.md"]
    (listing,) = re.findall(r"stands above it here:\n\n```\n(.*?)```", text, re.DOTALL)
    named = re.findall(r"(?:^|(?<=/ ))([a-z]+)/", listing, re.MULTILINE)
    assert sorted(named) == sorted(path.parent.name for path in (ROOT / "src" / "rrmm").glob("*/__init__.py"))
    assert "def _closed(" in (ROOT / "src" / "rrmm" / "derivation" / "statuses.py").read_text(encoding="utf-8")
    rule = (ROOT / "data" / "guidance" / "refractoriness.ttl").read_text(encoding="utf-8")
    assert "guidance:avoid-refractory-drug\n" in rule


def test_the_map_names_every_folder():
    """The map of the README lists the folders that there are."""
    (listing,) = re.findall(r"## Map\n\n```\n(.*?)```", TEXTS[README], re.DOTALL)
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))}
    assert {line.partition("/")[0] for line in listing.splitlines()} == folders - {"build", "dist"}
