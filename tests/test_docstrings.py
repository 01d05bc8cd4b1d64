"""The examples of docstrings are run: what a reader copies from one gives what stands below it."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

from support import ROOT

FOLDERS = [ROOT / "src" / "rrmm", ROOT / "benchmarks"]
MODULES = sorted(
    ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__")
    for folder in FOLDERS
    for path in folder.rglob("*.py")
    if ">>>" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_hold(name):
    """Every example of the module gives what it shows, and there is one."""
    found = doctest.testmod(import_module(name))
    assert (found.failed, found.attempted > 0) == (0, True)
