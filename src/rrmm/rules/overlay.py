"""A user's own knowledge: files laid over the graph, and rules of the graph that are silenced.

A misspelt state or target would make a rule hold for everyone, or for no one, without a word. So an
overlay is held to the checks of structure, and the first thing wrong is an error with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from rrmm.errors import KnowledgeError, close_names, nearest
from rrmm.graph import queries
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Store
from rrmm.iris import ID, short
from rrmm.rules.base import RuleBase

CHECKS = (
    "dangling-reference",
    "reference-to-withdrawn-thing",
    "undeclared-class",
    "undeclared-property",
    "unknown-state",
    "unknown-target",
)
NEEDED = ("label", "effect", "modality", "text")


def readable(paths: Iterable[Path]) -> list[Path]:
    """Return the paths of overlays; raises KnowledgeError for one that cannot be read as text."""
    found = []
    for path in paths:
        try:
            path.read_bytes().decode("utf-8")
        except OSError as error:
            raise KnowledgeError(f"{path}: cannot be read ({error.strerror}).", file=path) from None
        except UnicodeDecodeError as error:
            raise KnowledgeError(
                f"{path}: not UTF-8 text (byte {error.start}). Give a Turtle file.", file=path
            ) from None
        found.append(path)
    return found


def hold(knowledge: GraphFiles) -> None:
    """Raise KnowledgeError for the first thing in an overlay that a check of structure objects to."""
    store = Store(knowledge.snapshot)
    for name in CHECKS:
        query = queries.find(knowledge.root, "checks", name)
        for row in store.rows(query.text):
            said = f"{short(str(row['property']))} {short(str(row['value']))}. {query.header('problem')}"
            _object(knowledge.overlays, str(row["focus"]), f"{said} {query.header('solution')}")


def complete(knowledge: GraphFiles, rule_base: RuleBase) -> None:
    """Raise KnowledgeError for guidance of an overlay that does not say what it does."""
    for row in rule_base.raw["guidance"]:
        for key in NEEDED:
            if not row[key]:
                _object(knowledge.overlays, row["iri"], f"guidance needs {'rdfs' if key == 'label' else 'rrmm'}:{key}.")


def _object(paths: Sequence[Path], focus: str, said: str) -> None:
    for path in paths:
        lines = path.read_text(encoding="utf-8").splitlines()
        prefixes = [match for line in lines if (match := re.match(r"@prefix\s+([\w-]*):\s+<([^>]*)>", line))]
        forms = [f"<{focus}>"]
        forms += [f"{m[1]}:{focus.removeprefix(m[2])}" for m in prefixes if focus.startswith(m[2])]
        for number, line in enumerate(lines, 1):
            if re.match(rf"({'|'.join(map(re.escape, forms))})(\s|$)", line):
                raise KnowledgeError.at(path, number, f"{short(focus)}: {said}")


def silenced(rule_base: RuleBase, names: Iterable[str]) -> tuple[RuleBase, list[str]]:
    """Return the tables with some rules silenced, and the rules' IRIs; each is named by IRI or CURIE.

    Raises KnowledgeError offering the nearest names.
    """
    rules = {row["iri"] for row in rule_base.raw["guidance"]}
    known = {short(iri): iri for iri in rules} | {iri: iri for iri in rules}
    found = []
    for name in names:
        if name.strip("<>") not in known:
            hint = nearest(name.removeprefix(ID), [n for n in known if not n.startswith(ID)])
            raise KnowledgeError(
                f"--without {name}: no guidance has this name.{hint} See: rrmm regimens --format json",
                offers=close_names(name.removeprefix(ID), [n for n in known if not n.startswith(ID)]),
            )
        found.append(known[name.strip("<>")])
    return (rule_base.without(found) if found else rule_base), sorted(set(found))
