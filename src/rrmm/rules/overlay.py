"""A user's own knowledge: files laid over the graph, and rules of the graph that are silenced.

A misspelt state or target would silently make a rule hold for everyone, or for no one. So an overlay must
pass the checks of structure; the first violation is an error with file and line. A curated thing is changed only
where that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rrmm.errors import SHOWN_FAULTS, KnowledgeError, close_names, nearest
from rrmm.graph.files import GraphFiles
from rrmm.graph.overlays import ALTERING, OverlayChange, compare, describe_change, find_line, name_files
from rrmm.iris import ID, short
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import ASKING
from rrmm.texts import read_bytes

MOST_BYTES = 64_000_000

CHECKS = (
    "dangling-reference",
    "meaningless-name",
    "misplaced-name",
    "reference-to-withdrawn-thing",
    "undeclared-class",
    "undeclared-property",
    "unknown-state",
    "unknown-target",
)


def check_readable(paths: Iterable[Path]) -> list[Path]:
    """Return the paths of overlays; raises KnowledgeError for one that cannot be read as text."""
    files = list(paths)
    for path in files:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise KnowledgeError(f"{path}: is no regular file, and it is read several times. Save it first.", file=path)
        try:
            read_bytes(path, MOST_BYTES).decode("utf-8")
        except OSError as error:
            raise KnowledgeError(f"{path}: cannot be read ({error.strerror}).", file=path) from None
        except UnicodeDecodeError as error:
            message = f"{path}: not UTF-8 text (byte {error.start}). Give a Turtle file."
            raise KnowledgeError(message, file=path) from None
    return files


def check_additive(knowledge: GraphFiles) -> None:
    """Raise KnowledgeError naming each curated thing that an overlay relabels or redefines."""
    changes = [change for change in compare(knowledge) if change.change in ALTERING]
    if not changes:
        return
    places = [_find(knowledge.overlays, change) for change in changes]
    told = [
        f"{file}{f':{line}' if line else ''}: {describe_change(change)}"
        for (file, line), change in zip(places, changes, strict=True)
    ]
    more = f" · and {len(told) - SHOWN_FAULTS:,} more" if len(told) > SHOWN_FAULTS else ""
    remedy = "Describe a thing of your own, or allow it: --allow-redefine (in Python allow_redefine=True)."
    raise KnowledgeError(f"{' · '.join(told[:SHOWN_FAULTS])}{more}. {remedy}", file=places[0][0], line=places[0][1])


def _find(paths: Iterable[Path], change: OverlayChange) -> tuple[Path, int | None]:
    """Return the overlay that makes a change, and the line where it describes the thing, if that can be told."""
    path = next(path for path, name in name_files(paths).items() if name == change.file)
    return path, find_line(path, change.thing)


def check_structure(knowledge: GraphFiles) -> None:
    """Raise KnowledgeError for the first violation of a check of structure that stands in an overlay."""
    from rrmm.graph import queries
    from rrmm.graph.store import Store

    store = Store(knowledge.snapshot)
    for name in CHECKS:
        query = queries.find(knowledge.root, "checks", name)
        for row in store.rows(query.text):
            triple = f"{short(str(row['property']))} {short(str(row['value']))}"
            problem = f"{triple}. {query.header('problem')} {query.header('solution')}"
            _refuse(knowledge.overlays, str(row["focus"]), problem)


def check_complete(knowledge: GraphFiles, rule_base: RuleBase) -> None:
    """Raise KnowledgeError for guidance of an overlay that names a property which a derivation cannot use."""
    yielded = ", ".join(map(short, rule_base.lifting))
    for guidance in rule_base.guidance:
        closing = guidance.effect in rule_base.effects.closing
        for name, drugs_of in (("closedBy", guidance.closed_by), ("forDrugsOf", guidance.for_drugs_of)):
            if (drugs_of or (closing and name == "closedBy")) and drugs_of not in rule_base.lifting:
                problem = f"rrmm:{name} takes a property that prior drugs yield: {yielded}."
                _refuse(knowledge.overlays, guidance.iri, problem)
        if guidance.effect == ASKING and guidance.asks not in rule_base.paths:
            _refuse(knowledge.overlays, guidance.iri, "rrmm:asks takes the property of a key of the patient file.")


def _refuse(paths: Sequence[Path], focus: str, problem: str) -> None:
    """Raise KnowledgeError at the overlay that describes `focus`, by line where it can be told; return for none."""
    for path in paths:
        if number := find_line(path, focus):
            raise KnowledgeError.at(path, number, f"{short(focus)}: {problem}")
    from rrmm.graph.terms import NamedNode
    from rrmm.graph.turtle import parse_file

    for path in paths:
        if any(isinstance(one.subject, NamedNode) and one.subject.value == focus for one in parse_file(path)):
            raise KnowledgeError(f"{path}: {short(focus)}: {problem}", file=path)


def silence(rule_base: RuleBase, names: Iterable[str]) -> tuple[RuleBase, list[str]]:
    """Return the rule base without some rules, and the IRIs of these; `names` are IRIs or CURIEs.

    Raises KnowledgeError offering the nearest names.
    """
    rules = [guidance.iri for guidance in rule_base.guidance]
    known = {short(iri): iri for iri in rules} | {iri: iri for iri in rules}
    silent = set()
    for name in names:
        if name.strip("<>") not in known:
            word, curies = name.removeprefix(ID), [short(iri) for iri in rules]
            message = f"--without {name}: no guidance has this name.{nearest(word, curies)}"
            raise KnowledgeError(f"{message} See: rrmm regimens --format json", offers=close_names(word, curies))
        silent.add(known[name.strip("<>")])
    return (rule_base.without(silent) if silent else rule_base), sorted(silent)
