"""Files written: beside their places and renamed, so that none is half there."""

from __future__ import annotations

from collections.abc import Mapping
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
