"""What the project depends on: bounds above, the versions that CI installs, and licences of what is vendored."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
NOT_IN_CI = {"bench"}
CONSTRAINTS = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
STATIC = ROOT / "src" / "rrmm" / "site" / "static"
LICENCES = "LICENSES.txt"
CLAUSES = ("Permission is hereby granted", "Redistribution and use in source and binary", "Apache License")
NOTICE = re.compile(r"copyright \(c\)|@licen[sc]e|licen[sc]ed under|SPDX-License-Identifier", re.IGNORECASE)


def requirements(*, in_ci=False):
    """Return what pyproject.toml lists, apart from extras of our own; only what CI installs with `in_ci`."""
    listed = [*PROJECT["project"]["dependencies"], *([] if in_ci else PROJECT["build-system"]["requires"])]
    listed += [line for name, lines in EXTRAS.items() if not (in_ci and name in NOT_IN_CI) for line in lines]
    return [one for one in map(Requirement, listed) if one.name != "rrmm"]


def is_bounded(requirement):
    """Return whether a requirement has a bound above, and none that leaves one version alone."""
    operators = {specifier.operator for specifier in requirement.specifier}
    return bool(operators & {"<", "<=", "~="}) and not operators & {"==", "==="}


def vendored_faults(folder):
    """Return the files from elsewhere in a folder that no `LICENSES.txt` beside them names, with a licence."""
    faults = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != LICENCES):
        beside = path.parent / LICENCES
        if beside.is_file():
            text = beside.read_text(encoding="utf-8")
            if not re.search(rf"(?<![\w.]){re.escape(path.name)}(?![\w])", text) or not any(c in text for c in CLAUSES):
                faults.append(path.name)
        elif is_foreign(path):
            faults.append(path.name)
    return faults


def is_foreign(path: Path):
    """Return whether a file is not text that was written here: binary, made small by a tool, or under a notice."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return True
    longest = max(map(len, text.splitlines()), default=0)
    return bool(NOTICE.search(text)) or (path.suffix in {".js", ".mjs", ".css"} and longest > 2000)


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_every_dependency_is_bounded_above(requirement):
    """A major version that nobody tried is not installed, and no user is held to one version alone."""
    assert is_bounded(requirement)


@pytest.mark.parametrize(("line", "bounded"), [("a>=1", False), ("a==1", False), ("a", False), ("a>=1,<2", True)])
def test_a_bound_is_recognised(line, bounded):
    """No version, a lowest one alone and an exact pin are no bound above."""
    assert is_bounded(Requirement(line)) is bounded


def test_the_constraints_are_names_and_versions_alone():
    """No host, path, hash or option stands among them, and each name once, in order."""
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", line) for line in CONSTRAINTS)
    names = [canonicalize_name(line.partition("==")[0]) for line in CONSTRAINTS]
    assert len(set(names)) == len(names)


def test_the_constraints_are_within_the_bounds():
    """CI installs a version of each dependency that its bounds allow."""
    versions = {canonicalize_name(one.name): one.specifier for one in map(Requirement, CONSTRAINTS)}
    for requirement in requirements(in_ci=True):
        (pin,) = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pin.version), f"{requirement}: {pin}"


def test_ci_installs_by_the_constraints_and_users_do_not():
    """The file is named in the run of CI; `make` takes it where it is given, and nothing else names it."""
    assert "CONSTRAINTS=.ci/constraints.txt" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "$(if $(CONSTRAINTS),-c $(CONSTRAINTS))" in makefile
    assert "pip install" not in makefile.replace(next(line for line in makefile.splitlines() if "PIP =" in line), "")


@pytest.mark.parametrize("folder", [STATIC, ROOT / "tests" / "fixtures", ROOT / "queries"], ids=lambda path: path.name)
def test_what_is_vendored_has_its_licence_beside_it(folder):
    """Each file from elsewhere is named in a LICENSES.txt with the text of a licence."""
    assert vendored_faults(folder) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("tool.min.js", b"x" * 3000),
        ("tool.js", b"/* Copyright (c) 2020 Somebody */\n"),
        ("tool.wasm", b"\0asm\xff"),
        ("beside/new.js", b"let a\n"),
    ],
)
def test_a_vendored_file_without_an_entry_is_found(tmp_path, name, content):
    """One that lies alone, or beside a list that does not name it, is a fault; once named with a licence it is none."""
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / LICENCES).write_text(f"Other (other.js)\n{CLAUSES[0]}\n", encoding="utf-8")
    path = tmp_path / name
    path.write_bytes(content)
    assert vendored_faults(tmp_path) == [path.name]
    (path.parent / LICENCES).write_text(f"Tool ({path.name})\n{CLAUSES[0]}\n", encoding="utf-8")
    assert vendored_faults(tmp_path) == []
