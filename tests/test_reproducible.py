"""What is built is the same, byte for byte, in another process, place, language and time zone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rrmm.publish.export import FORMATS
from support import ROOT

MAKE = """
import sys
from pathlib import Path
import rrmm
from rrmm.publish import export, release
from rrmm.graph.files import GraphFiles

assert Path.cwd() in Path(rrmm.__file__).parents
folder = Path(sys.argv[1])
release.write(GraphFiles(), folder)
export.write(GraphFiles(), "nanopub", folder / "rrmm.nanopub")
"""
WORLDS = {
    "one": {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"},
    "other": {"PYTHONHASHSEED": "4242", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "Asia/Seoul"},
}


def copied(root: Path, backwards: bool) -> None:
    """Copy the files that the build reads, in one order or the other, dated years apart."""
    paths = [path for top in ("src", "ontology", "data", "queries") for path in (ROOT / top).rglob("*")]
    for path in sorted((path for path in paths if path.is_file() and path.suffix != ".pyc"), reverse=backwards):
        place = root / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
        os.utime(place, (10**9, 10**9) if backwards else (15 * 10**8, 15 * 10**8))


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> dict[str, dict[str, bytes]]:
    """Return the files that two processes make of two copies of the tree, by path."""
    found = {}
    for name, environment in WORLDS.items():
        root = tmp_path_factory.mktemp(name) / ("tree" if name == "one" else "a longer name/tree")
        copied(root, backwards=name == "other")
        made = root / "made"
        own = {**environment, "PYTHONPATH": str(root / "src"), "XDG_CACHE_HOME": str(root / "cache")}
        kept = {key: value for key, value in os.environ.items() if key not in {"LANG", "LC_ALL", "TZ"}}
        subprocess.run([sys.executable, "-c", MAKE, str(made)], cwd=root, env={**kept, **own}, check=True)
        files = (path for path in made.rglob("*") if path.is_file())
        found[name] = {path.relative_to(made).as_posix(): path.read_bytes() for path in files}
    return found


@pytest.mark.slow
@pytest.mark.parametrize("ending", [*sorted({form.ending for form in FORMATS.values()}), "nanopub", "txt", "json"])
def test_every_form_is_the_same_bytes(built, ending):
    """RDF, CSV, SSSOM, JSON-LD, tables, description and checksums do not depend on who builds them where and when."""
    one, other = ({name: made for name, made in side.items() if name.endswith(ending)} for side in built.values())
    assert one
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []


@pytest.mark.slow
def test_nothing_else_is_made(built):
    """Both make the same files, and no file names the place it was made in."""
    one, other = built.values()
    assert one.keys() == other.keys()
    assert [name for name, made in other.items() if b"a longer name" in made] == []
