"""Files are written whole, where they were asked for, through links and into pipes, and over nothing of others."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from rrmm.atomic import beside, make_folder, put
from rrmm.errors import RrmmError


def write_at_once(path):
    """Write a file in one go."""
    put({path: b"new"})


def write_bit_by_bit(path):
    """Write a file beside its place."""
    with beside(path) as part:
        part.write_bytes(b"new")


WRITERS = pytest.mark.parametrize("write", [write_at_once, write_bit_by_bit])


@WRITERS
def test_a_link_stays_and_what_it_names_is_written(tmp_path, write):
    """A link as output, to a file that is there or not yet, stays a link."""
    for name, content in (("old", b"old"), ("none", None)):
        target, link = tmp_path / name, tmp_path / f"to-{name}"
        if content:
            target.write_bytes(content)
        link.symlink_to(name)
        write(link)
        assert link.is_symlink()
        assert target.read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["none", "old", "to-none", "to-old"]


@WRITERS
def test_a_pipe_is_written_to_and_stays(tmp_path, write):
    """Who reads a named pipe gets the file; the pipe is not replaced."""
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write(pipe)
    reader.join(10)
    assert got == [b"new"]
    assert pipe.is_fifo()


@WRITERS
def test_a_file_of_the_user_beside_it_stays(tmp_path, write):
    """No name of a part is one that somebody gave a file, or a link."""
    (tmp_path / ".out.part").write_bytes(b"theirs")
    write(tmp_path / "out")
    assert (tmp_path / ".out.part").read_bytes() == b"theirs"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.part", "out"]


@WRITERS
def test_who_may_read_a_file_stays(tmp_path, write):
    """A file that is replaced keeps its mode; a new one has that of any new file."""
    out, new = tmp_path / "out", tmp_path / "new"
    out.touch(0o600)
    for path in (out, new):
        write(path)
    (tmp_path / "usual").touch()
    assert out.stat().st_mode & 0o777 == 0o600
    assert new.stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_two_who_write_to_one_place_get_the_file_of_one(tmp_path):
    """Neither meets the other's half: the last to end wins."""
    out = tmp_path / "out"
    with beside(out) as first:
        first.write_bytes(b"a" * 9)
        with beside(out) as second:
            second.write_bytes(b"bbb")
        assert out.read_bytes() == b"bbb"
    assert out.read_bytes() == b"a" * 9
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@WRITERS
def test_the_longest_name_is_written(tmp_path, write):
    """The part needs no longer name than the file."""
    out = tmp_path / ("x" * 255)
    write(out)
    assert out.read_bytes() == b"new"


@WRITERS
def test_what_cannot_be_written_leaves_nothing(tmp_path, write):
    """A folder that is missing, or in the way, is named."""
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "missing" / "out", tmp_path / "folder"):
        with pytest.raises(RrmmError, match="cannot be written"):
            write(path)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert not list((tmp_path / "folder").iterdir())


def test_a_folder_is_made_or_named(tmp_path):
    """Folders above are made too; where a file is in the way, the folder is named."""
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(RrmmError, match=f"{path}: cannot be made"):
            make_folder(path)


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said_to_be_full():
    """Where there is no room, the message says so and not that a folder is missing; the device stays."""
    with pytest.raises(RrmmError, match="Make room"):
        put({FULL: b"new"})
    assert FULL.is_char_device()
