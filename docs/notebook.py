"""The outputs of the notebook, stored in it by a run from its first cell to its last.

python docs/notebook.py [FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from rrmm.atomic import put

FILE = Path("docs/from-question-to-plot.ipynb")


def execute(text: str) -> nbformat.NotebookNode:
    """Return a notebook with the outputs of a run, and nothing of the machine."""
    notebook = nbformat.reads(text, as_version=4)
    settings = {"kernelspec": notebook.metadata.kernelspec, "language_info": {"name": "python"}}
    NotebookClient(notebook, record_timing=False, timeout=600).execute()
    notebook.metadata = nbformat.from_dict(settings)
    return notebook


def main(file: Path) -> None:
    """Run the notebook and write it."""
    put({file: (nbformat.writes(execute(file.read_text(encoding="utf-8")), indent=1) + "\n").encode()})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
