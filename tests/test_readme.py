"""Every command of the README runs, and prints what the README shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support import ROOT

README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n\$ (?P<command>[^\n]*)\n(?P<output>.*?)```", re.DOTALL)
BLOCKS = [(match["command"], match["output"]) for match in BLOCK.finditer(README.read_text(encoding="utf-8"))]
PROGRAMS = Path(sys.executable).parent
ENVIRONMENT = {**os.environ, "COLUMNS": "100", "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}


def printed(command: str) -> str:
    """Return what a command of the README prints."""
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env=ENVIRONMENT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n") + "\n"


def test_the_readme_has_commands():
    """The pattern still finds the blocks."""
    assert len(BLOCKS) >= 8


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_commands_print_what_is_shown(command, shown):
    """Regenerate with RRMM_GOLDEN=write and review the difference."""
    output = printed(command)
    if os.environ.get("RRMM_GOLDEN") == "write":
        text = README.read_text(encoding="utf-8")
        README.write_text(text.replace(f"$ {command}\n{shown}```", f"$ {command}\n{output}```"), encoding="utf-8")
    else:
        assert output == shown


def test_the_python_example_runs():
    """The Python of the README is run as it stands."""
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("recommended {'source': 'br2020', 'section': 'Comorbidities'")
    assert "583" in done.stdout


def test_the_turtle_is_in_the_graph(in_rdflib):
    """The fact shown stands in the graph, statement by statement."""
    import rdflib

    (turtle,) = re.findall(r"```turtle\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in in_rdflib.namespaces() if name)
    shown = rdflib.Graph().parse(data=prefixes + turtle, format="turtle")
    assert len(shown) == 14
    assert set(shown) - set(in_rdflib) == set()


def test_the_map_names_every_package():
    """The map of the source lists the packages that there are, and the step that it points to exists."""
    text = README.read_text(encoding="utf-8")
    (listing,) = re.findall(r"stands above it here:\n\n```\n(.*?)```", text, re.DOTALL)
    named = re.findall(r"(?:^|(?<=/ ))([a-z]+)/", listing, re.MULTILINE)
    assert sorted(named) == sorted(path.parent.name for path in (ROOT / "src" / "rrmm").glob("*/__init__.py"))
    assert "def _closed(" in (ROOT / "src" / "rrmm" / "derivation" / "statuses.py").read_text(encoding="utf-8")
    rule = (ROOT / "data" / "guidance" / "refractoriness.ttl").read_text(encoding="utf-8")
    assert "guidance:avoid-refractory-drug\n" in rule
