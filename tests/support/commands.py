"""Commands of the package run in this process, with what they print; all ask one graph, which is loaded once."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from rrmm.api import KnowledgeGraph
from rrmm.cli.main import main
from support import ROOT


class Run(NamedTuple):
    """The exit code of a command and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@cache
def checkout() -> KnowledgeGraph:
    """Return the graph of this checkout, loaded once in a process."""
    return _load()


_load = KnowledgeGraph.load


def _open(
    overlays: Sequence[Path] = (), without: Sequence[str] = (), *, allow_redefine: bool = False
) -> KnowledgeGraph:
    if not overlays and not without:
        return checkout()
    return _load(overlays=overlays, without=without, allow_redefine=allow_redefine)


def run(*arguments: object, text: str = "", folder: Path = ROOT) -> Run:
    """Run a command in a folder with a text as its standard input."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
        mock.patch.object(sys, "stdin", io.StringIO(text)),
        mock.patch.object(KnowledgeGraph, "load", _open),
    ):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return Run(code, stdout.getvalue(), stderr.getvalue())


def start(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, where its environment or its end matters."""
    command = [sys.executable, "-m", "rrmm", *map(str, arguments)]
    options = {"cwd": ROOT, "encoding": "utf-8", "capture_output": True, "check": False} | options
    return subprocess.run(command, **options)
