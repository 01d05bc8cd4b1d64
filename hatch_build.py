"""The build of a wheel: it carries what the package derives from its graph, so that no user waits for that.

The programs are bytecode of the Python that builds; another Python makes its own at the first use.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = "rrmm/_graph/derived"
USE = """
from rrmm.api import KnowledgeGraph
from rrmm.intake.tables import Tables

graph = KnowledgeGraph.load()
graph.lexicon, Tables.of(graph.files), graph.files.snapshot
for view in (graph, *(graph.view(source.name) for source in graph.rule_base.sources)):
    view.regimens_for({}, what_if=True, sensitivity=True).to_json()
"""


class DerivedFiles(BuildHookInterface):
    """Uses the package once with an empty cache, and adds to the wheel what it keeps there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the derived files; an editable installation derives its own from the checkout."""
        if version == "editable":
            return
        self.cache = TemporaryDirectory()
        # pip says by PYTHONPATH where the dependencies of a build are
        path = os.pathsep.join(filter(None, (str(Path(self.root) / "src"), os.environ.get("PYTHONPATH"))))
        environment = {**os.environ, "PYTHONPATH": path, "XDG_CACHE_HOME": self.cache.name}
        subprocess.run([sys.executable, "-c", USE], env=environment, check=True)  # noqa: S603 - our own code
        for path in sorted(Path(self.cache.name, "rrmm").glob("*/*.*")):
            build_data["force_include"][str(path)] = f"{PLACE}/{path.parent.name}/{path.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the cache."""
        if version != "editable":
            self.cache.cleanup()
