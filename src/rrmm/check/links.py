"""Links to other vocabularies, checked against the graph: labels, prefixes and the claim of each match.

The checks in ``queries/checks`` look at the matches as triples (kind, pattern, doubles).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rrmm.check.finding import Finding
from rrmm.graph.sssom import Link, MappingSet
from rrmm.iris import SKOS

LEXICAL = "semapv:LexicalMatching"


@dataclass(frozen=True)
class Vocabulary:
    """A vocabulary at the other end of links, as the graph describes it."""

    prefix: str
    namespace: str
    withheld: str


def findings(
    sets: Iterable[MappingSet], names: Mapping[str, list[str]], vocabularies: Iterable[Vocabulary]
) -> Iterator[Finding]:
    """Yield the faults of the tables; `names` is IRI → the label of the thing, then its aliases."""
    by_prefix = {vocabulary.prefix: vocabulary for vocabulary in vocabularies}
    for mappings in sets:
        for link in mappings.links:
            prefix = link.cells["object_id"].partition(":")[0]
            for column, problem in _problems(
                link, names.get(link.subject, []), by_prefix.get(prefix), mappings.prefixes
            ):
                place = f"{link.path.name}:{link.line}"
                yield Finding(f"link:{column}", link.subject, link.predicate, link.object, f"{place}: {problem}")


def _problems(
    link: Link, names: list[str], vocabulary: Vocabulary | None, prefixes: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    cells = link.cells
    prefix, label = cells["object_id"].partition(":")[0], cells["object_label"]
    if not names:
        yield "subject_id", "the graph has no such thing. Correct the identifier."
    elif cells["subject_label"] != names[0]:
        yield "subject_label", f"the graph calls it {names[0]!r}. Copy that."
    if vocabulary is None:
        yield "object_id", f"the graph has no vocabulary with the prefix {prefix}. Add one to data/vocabularies.ttl."
        return
    if prefixes[prefix] != vocabulary.namespace:
        yield "object_id", f"{prefix} stands for <{prefixes[prefix]}>. Use <{vocabulary.namespace}>."
    if vocabulary.withheld and label:
        yield "object_label", f"labels of {prefix} may not be passed on ({vocabulary.withheld}). Leave it empty."
    elif not vocabulary.withheld and not label:
        yield "object_label", "the other side's label is missing. Copy it from where the identifier was seen."
    elif label and names and _plain(label) not in {_plain(name) for name in names}:
        other = f"{label!r} is none of the names {names}"
        if link.predicate == SKOS + "exactMatch" and not cells["comment"]:
            yield "comment", f"{other}. Say why it is an exact match, or weaken it."
        if cells["mapping_justification"] == LEXICAL:
            yield "mapping_justification", f"{other}, so names did not decide. Use semapv:ManualMappingCuration."


def _plain(name: str) -> str:
    """Return a name without case, punctuation and the s of a plural."""
    return re.sub(r"[\W_]+", " ", name.casefold()).strip().removesuffix("s")
