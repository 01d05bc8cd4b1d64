"""A third source, tiny and made up, as a file that a user adds to the graph."""

from __future__ import annotations

import hashlib
from pathlib import Path

from support import ROOT

TEXT = "Ven-d can be given after lenalidomide. Dara-Kd improved PFS. Median PFS of DVd in CASTOR was 19.5 mo.\n"
FIGURE = "19.5"


def write_third(folder: Path) -> tuple[Path, Path]:
    """Write the source and its text into a folder; return the Turtle file and the text file."""
    start = TEXT.index(FIGURE)
    places = {"END": len(TEXT), "START": start, "STOP": start + len(FIGURE)}
    turtle = (ROOT / "tests/fixtures/views/third.ttl").read_text(encoding="utf-8")
    turtle = turtle.replace("SHA", hashlib.sha256(TEXT.encode()).hexdigest())
    for name, number in places.items():
        turtle = turtle.replace(name, str(number))
    (folder / "third.ttl").write_text(turtle, encoding="utf-8")
    (folder / "third.txt").write_bytes(TEXT.encode())
    return folder / "third.ttl", folder / "third.txt"
