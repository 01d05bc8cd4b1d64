"""Files written: beside their places and renamed, so that none is half there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rrmm.errors import RrmmError


def put(files: Mapping[Path, bytes]) -> None:
    """Write files beside their places and rename them; raises RrmmError where one cannot be written, then none is."""
    if blocked := next(filter(Path.is_dir, files), None):
        raise RrmmError(f"{blocked}: cannot be written (it is a folder). Remove it, or give another name.")
    beside = {path: path.with_name(f".{path.name}.part") for path in files}
    try:
        for path, content in files.items():
            beside[path].write_bytes(content)
        for path, part in beside.items():
            part.replace(path)
    except OSError as error:
        for part in beside.values():
            part.unlink(missing_ok=True)
        raise RrmmError(f"{path}: cannot be written ({error.strerror}). Name a file in a folder that exists.") from None


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a place beside a path, to write to bit by bit, and rename it in the end; what fails leaves nothing.

    Raises RrmmError where the file cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise RrmmError(f"{path}: cannot be written ({error.strerror or error}).") from None
    finally:
        part.unlink(missing_ok=True)
