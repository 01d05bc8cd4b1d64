"""Tools that some tests need and a machine may lack: such a test is skipped, or fails where they are required.

The environment variable RRMM_REQUIRE lists the tools that must be there: ``RRMM_REQUIRE=java,robot``.
"""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from rrmm.check import owl
from rrmm.errors import MissingExtra
from support import ROOT


def needs(tool: str) -> str:
    """Return the path of a tool; without it skip the test, or fail it where RRMM_REQUIRE lists the tool."""
    if path := _find(tool):
        return path
    required = os.environ.get("RRMM_REQUIRE", "").replace(" ", "").split(",")
    return (pytest.fail if tool in required else pytest.skip)(f"{tool} is not installed")


def _find(tool: str) -> str | None:
    if tool == "java":
        try:
            return owl.java()
        except MissingExtra:
            return None
    if tool == "robot":
        package = find_spec("cmem_plugin_reason")
        jar = Path(next(iter(package.submodule_search_locations or [""]))) / "robot.jar" if package else None
        return str(jar) if jar and jar.is_file() else None
    if tool == "spark":
        home = os.environ.get("JAVA_HOME")
        java = shutil.which("java", path=str(Path(home) / "bin") if home else None)
        return java if find_spec("pyspark") and find_spec("pyarrow") else None
    if tool == "pyodide":
        folder = ROOT / "build" / "pyodide"
        return str(folder) if (folder / "pyodide.mjs").is_file() else None
    name = {"virtuoso": "virtuoso-t"}.get(tool, tool)
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
