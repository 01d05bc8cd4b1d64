"""Fixtures that several test files use, each made once in a process of pytest."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import crc32

import pytest

from rrmm.api import KnowledgeGraph
from rrmm.graph import files
from rrmm.iris import local_name
from rrmm.texts import SURROGATE
from support import commands
from support.tools import needs

TOOLS = {"java": "java", "spark": "spark", "browser": "chromium"}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose tool is missing, or fail it where the tool is required."""
    for marker, tool in TOOLS.items():
        if item.get_closest_marker(marker):
            needs(tool)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable():
    """Let a report name what was given to a test as far as another process can read it."""
    report = yield
    return json.loads(SURROGATE.sub("\N{REPLACEMENT CHARACTER}", json.dumps(report, ensure_ascii=False, default=str)))


@pytest.fixture(scope="session", autouse=True)
def room() -> Iterator[None]:
    """Keep more graphs than usual in the cache, so that the many that tests make drive out none in use."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "KEPT_SNAPSHOTS", 16)
        yield


@pytest.fixture(scope="session")
def kg() -> KnowledgeGraph:
    """Return the graph of this checkout."""
    return commands.checkout()


@pytest.fixture(scope="session")
def in_rdflib(kg):
    """Return the graph as rdflib holds it."""
    return kg.to_graph()


@pytest.fixture(scope="session")
def source_text(kg) -> Callable[[str], str]:
    """Return a function from the name of a source to its text, which is not ours to ship; RRMM_SOURCE names files."""
    from rrmm.check.source import read

    paths = [Path(path) for path in os.environ.get("RRMM_SOURCE", "").split(os.pathsep) if path]
    texts = {local_name(source): text for source, text in read(kg.store, kg.files.root, paths).items()}

    def find(name: str) -> str:
        if name not in texts:
            pytest.skip(f"RRMM_SOURCE does not name the text of {name}")
        return texts[name]

    return find


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """Return a running service that tests share."""
    from support.service import serving

    with serving(tmp_path_factory.mktemp("served")) as service:
        yield service


@pytest.fixture(scope="module")
def unhurried(tmp_path_factory):
    """Return a running service that gives a request time, for a machine that does much else."""
    from support.service import serving

    with serving(tmp_path_factory.mktemp("unhurried"), request=60) as service:
        yield service


@pytest.fixture(scope="session")
def whole_site(kg, tmp_path_factory) -> Path:
    """Return the folder of the site."""
    return kg.site(tmp_path_factory.mktemp("site") / "rrmm").folder


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """Return a running service of a module's own, with tight bounds."""
    from support.service import serving

    with serving(tmp_path_factory.mktemp("attacked"), seconds=0.6, request=7, body=96 * 1024) as service:
        yield service


@pytest.fixture(scope="session")
def site(kg, pictures, tmp_path_factory) -> Path:
    """Return a folder with a part of the site: lists, what leads on, one in twenty of most kinds; no release."""
    from rrmm.site.content import STATIC, Content

    folder = tmp_path_factory.mktemp("part")
    shutil.copytree(STATIC, folder / "static")
    for path, text in Content(kg.files, list(pictures.values())).pages.texts.items():
        if path not in OF_RELEASE and _is_in_part(path):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text(), encoding="utf-8", newline="")
    return folder


OF_RELEASE = ("sparql.html", "downloads.html")
SHOWN = {f"id/{kind}" for kind in ("cytogenetics", "drug", "procedure", "question", "regimen", "trial")}


def _is_in_part(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0]
    leads = not folder.startswith("id/") or stem == "index" or (folder in SHOWN and "." not in stem)
    return leads or crc32(stem.encode()) % 20 == 0


@pytest.fixture(scope="session")
def pictures(kg):
    """Return every picture by its name."""
    return {picture.name: picture for picture in kg.gallery.pictures()}


@pytest.fixture(scope="module")
def browser():
    """Return Chromium."""
    from support.browser import chromium

    with chromium() as launched:
        yield launched


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an empty folder that is the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def rrmm(folder):
    """Return a function that runs a command in an empty folder and returns its exit code and what it prints."""

    def run(*arguments):
        done = commands.run(*arguments, folder=folder)
        assert bool(done.stdout) == (done.returncode == 0)
        assert bool(done.stderr) == (done.returncode != 0)
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def run_rrmm():
    """Return a function that runs a command in the checkout and returns its exit code, output and errors."""
    return commands.run


@pytest.fixture(scope="session")
def made_up(kg):
    """Return made-up patients."""
    from rrmm.cohort.simulate import patients

    return next(patients(kg.rule_base, 300, seed=8))
