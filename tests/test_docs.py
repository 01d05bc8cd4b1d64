"""The site of the documentation: built without a warning, whole, and from this machine alone."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from docs.reference import commands

from rrmm.cli.main import COMMANDS
from support import ROOT

ELSEWHERE = re.compile(r"(?:https?:)?//[a-z0-9-]")
FETCHES = re.compile(r"""(?:url\(|@import|import\(|fetch\(|\.src\s*=|\.href\s*=)\s*["']?(?:https?:)?//[a-z0-9-]""")


class Loads(HTMLParser):
    """What a page loads without being asked."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note what a tag refers to, but for a link that a person follows."""
        self.found += [value for name, value in attrs if tag != "a" and name in {"src", "href", "srcset", "data"}]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return the folder of the site, built as `make docs` builds it."""
    pytest.importorskip("furo")
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", "docs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
def test_nothing_of_another_host_is_loaded(built):
    """No page, style or script asks for a file elsewhere; what a person may follow is a link."""
    pages = sorted(built.rglob("*.html"))
    assert len(pages) > 100
    for page in pages:
        assert [one for one in Loads(page.read_text(encoding="utf-8")).found if ELSEWHERE.match(one)] == [], page
    for kind in ("css", "js", "html"):
        for file in built.rglob(f"*.{kind}"):
            assert not FETCHES.search(file.read_text(encoding="utf-8")), file


@pytest.mark.slow
def test_the_site_holds_what_is_told_of(built):
    """The classes of Python with their docstrings, each command, the files beside the README."""
    python = (built / "reference" / "python.html").read_text(encoding="utf-8")
    assert 'id="rrmm.api.KnowledgeGraph.regimens_for"' in python
    assert "Return the report for a patient given as the path of a patient file" in python
    assert all(f'id="{name}"' in (built / "reference" / "commands.html").read_text("utf-8") for name in COMMANDS)
    assert (built / "contributing.html").is_file()
    assert "CONTRIBUTING.md" not in (built / "checks.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "fetched"),
    [
        ("a { background: url(https://fonts.example/a) }", True),
        ("import('//cdn.example/x.js')", True),
        ('"see https://example.org/"', False),
        ("a { background: url(data:image/png;base64,//aa) }", False),
    ],
)
def test_what_is_fetched_is_told_from_what_is_named(text, fetched):
    """A style or script that fetches is found; an address in a comment is none."""
    assert bool(FETCHES.search(text)) is fetched


def test_the_reference_of_the_commands_is_current():
    """Made again by docs/reference/commands.py, the page is that in docs/."""
    assert (ROOT / commands.FILE).read_text(encoding="utf-8") == commands.page()


def test_the_reference_of_the_commands_names_every_option():
    """A default, the choices and the values of an option stand in its row."""
    page = commands.page()
    assert "| `--engine {circuit,sparql}` |" in page
    assert "(default: circuit)" in page
    assert "| `PATIENT` |" in page
