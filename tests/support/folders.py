"""What lies in a folder, and what is put there: a copy of the graph, tables of patients."""

from __future__ import annotations

import os
import shutil

from support import ROOT


def names(folder):
    """Return the paths of all that is in a folder, hidden files among them."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def held(folder):
    """Return what is in a folder, by its path; None stands for a folder."""
    return {name: None if (folder / name).is_dir() else (folder / name).read_bytes() for name in names(folder)}


def write(path, text):
    """Write a text and return its path."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def copy_graph(to):
    """Copy the files of the graph into a folder, where a test may change them, and return it."""
    for folder in ("ontology", "data", "queries"):
        shutil.copytree(ROOT / folder, to / folder)
    return to


def tables(folder, made_up, *, pieces=3):
    """Write patients as tables of a folder, and return it."""
    size = -(-made_up.height // pieces)
    for number, piece in enumerate(made_up.iter_slices(size), 1):
        piece.write_parquet(folder / "patients" / f"{number}.parquet", mkdir=True)
    return folder / "patients"


def small_batches():
    """Return an environment in which a table of Parquet is answered in batches of a few rows."""
    return {**os.environ, "POLARS_IDEAL_MORSEL_SIZE": "20", "PYTHONPATH": str(ROOT / "src")}
