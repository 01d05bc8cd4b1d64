"""The package as a user installs it: a wheel, in an environment of its own, outside the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import venv

import pytest

from rrmm.api import KnowledgeGraph
from support import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return the programs folder of a clean environment that has the wheel, built there, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    venv.create(folder / "env", with_pip=True)
    programs = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(programs / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT)], capture_output=True, check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", str(wheel)], capture_output=True, check=True)
    return programs


def test_the_graph_travels_inside(installed, tmp_path):
    """Away from the checkout, with a cache of its own, the wheel answers a patient and a question."""
    environment = {"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}

    def rrmm(*arguments: str) -> str:
        command = [str(installed / "rrmm"), *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    report = json.loads(rrmm("regimens", "--refractory", "bortezomib", "--format", "json"))
    assert {o["option"] for o in report["options"] if o["status"] == "recommended"} == {
        "Rd",
        "KRd",
        "IRd",
        "DRd",
        "ERd",
        "Kd",
    }
    results = KnowledgeGraph.load().query("results")
    assert len(rrmm("query", "results", "--format", "csv").splitlines()) == 1 + len(results.rows)
    assert "Paper" not in rrmm("show", "Kd")
    assert not list(tmp_path.rglob("graph.nt"))
    assert not list(tmp_path.rglob("*rules.marshal"))
    assert "0 findings" in rrmm("check")
    assert json.loads(rrmm("sparql", str(ROOT / "examples" / "approvals.rq"), "--format", "json"))
