"""Files written: beside their places and renamed, so that none is half there; a pipe or a device is written to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from errno import EISDIR, ENOENT, ENOSPC, ENOTDIR, EPIPE
from pathlib import Path
from secrets import token_hex
from stat import S_IMODE

from rrmm.errors import RrmmError

REMEDIES = {
    ENOSPC: "Make room, or name another place.",
    ENOENT: "Name a file in a folder that exists.",
    ENOTDIR: "Name a file in a folder that exists.",
}


def put(files: Mapping[Path, bytes]) -> None:
    """Write files beside their places and rename them; raises RrmmError where one cannot be written, then none is."""
    if blocked := next(filter(Path.is_dir, files), None):
        raise RrmmError(f"{blocked}: cannot be written (it is a folder). Remove it, or give another name.")
    parts = dict[Path, Path]()
    try:
        for path, content in files.items():
            parts[path] = _begin(path)
            parts[path].write_bytes(content)
        for path, part in parts.items():
            _finish(path, part)
    except OSError as error:
        for one, part in parts.items():
            _drop(one, part)
        _pass_broken_pipe(error)
        raise _describe(path, error) from None


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a place beside a path, to write to bit by bit, and rename it in the end; what fails leaves nothing.

    Raises RrmmError where the file cannot be written.
    """
    part = path
    try:
        part = _begin(path)
        yield part
        _finish(path, part)
    except OSError as error:
        _pass_broken_pipe(error)
        raise _describe(path, error) from None
    finally:
        _drop(path, part)


def _pass_broken_pipe(error: OSError) -> None:
    """Raise BrokenPipeError where who read what was written has left, which is no fault; Polars gives no number."""
    if error.errno == EPIPE or str(error).endswith(f"(os error {EPIPE})"):
        raise BrokenPipeError(EPIPE, os.strerror(EPIPE)) from None


def _describe(path: Path, error: OSError) -> RrmmError:
    """Return what keeps a file from being written, and what to do."""
    remedy = REMEDIES.get(error.errno or 0, "Name another place.")
    return RrmmError(f"{path}: cannot be written ({error.strerror or error}). {remedy}")


def make_folder(path: Path) -> None:
    """Make a folder and those above it, where they are missing; raises RrmmError where that fails."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RrmmError(f"{path}: cannot be made ({error.strerror}). Name a folder to write into.") from None


def _begin(path: Path) -> Path:
    """Return where to write a file: a new one beside it or what it links to; a pipe or a device is its own place."""
    if path.is_dir():
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
    if path.exists() and not path.is_file():
        return path
    place = _follow(path)
    part = place.with_name(f".rrmm-{token_hex(8)}.part")  # of its own, for another run may write to the same place
    part.touch(exist_ok=False)
    if place.exists():
        part.chmod(S_IMODE(place.stat().st_mode))
    return part


def _finish(path: Path, part: Path) -> None:
    if part != path:
        part.replace(_follow(path))


def _drop(path: Path, part: Path) -> None:
    if part != path:
        part.unlink(missing_ok=True)


def _follow(path: Path) -> Path:
    """Return the file that a link names, or the path itself."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path
