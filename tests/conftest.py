"""What several tests share: the graph, the source text where the machine has it, the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT

from rrmm.api import KnowledgeGraph


@pytest.fixture(scope="session")
def kg() -> KnowledgeGraph:
    """Return the graph of this checkout."""
    return KnowledgeGraph.load()


@pytest.fixture(scope="session")
def source_text() -> Path:
    """Return the text of the review, which is not ours to ship; RRMM_SOURCE names it."""
    path = os.environ.get("RRMM_SOURCE")
    if not path:
        pytest.skip("RRMM_SOURCE does not name the text of the review")
    return Path(path)


@pytest.fixture
def run_rrmm():
    """Return a function that runs the command line as a user would."""

    def run(*arguments: str, text: str | None = None, **options) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "rrmm", *arguments],
            input=text,
            capture_output=True,
            text=True,
            cwd=ROOT,
            encoding="utf-8",
            check=False,
            **options,
        )

    return run


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """Return the running service, shared by the tests that ask it."""
    from support.service import serving

    with serving(tmp_path_factory.mktemp("served")) as service:
        yield service


@pytest.fixture(scope="session")
def site(kg, tmp_path_factory) -> Path:
    """Return the folder of the site, written once for all tests that read it."""
    return kg.site(tmp_path_factory.mktemp("site") / "rrmm").folder


@pytest.fixture(scope="session")
def pictures(kg):
    """Return every picture by name, drawn once."""
    return {picture.name: picture for picture in kg.gallery.pictures()}


@pytest.fixture(scope="module")
def browser():
    """Return Chromium."""
    from support.browser import chromium

    with chromium() as launched:
        yield launched


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an empty folder, in which the commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def rrmm(folder, capsys):
    """Return a function that runs a command and returns its exit code and what it prints, where it may."""
    from rrmm.cli.main import main

    def run(*arguments):
        code = main.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert bool(captured.out) == (code == 0)
        assert bool(captured.err) == (code != 0)
        return code, captured.out + captured.err

    return run


@pytest.fixture(scope="session")
def made_up(kg):
    """Return made-up patients."""
    from rrmm.cohort.simulate import patients

    return next(patients(kg.rule_base, 300, seed=8))
