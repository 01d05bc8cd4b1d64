"""What each source yields by itself for one patient: its own program, run over the facts of the patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import cast

from rrmm.derivation import programs
from rrmm.derivation.explain import Answer, Derivation, inputs
from rrmm.derivation.programs import Programs
from rrmm.graph.files import GraphFiles
from rrmm.records import NamedTuple
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import Fit, Status


class BySource(NamedTuple):
    """What one source yields by itself."""

    status: Status
    """The status of the option."""
    fit: Fit | None
    """How near its words and trials are to this patient."""


def judge_by_source(derivation: Derivation, answers: Iterable[Answer]) -> dict[str, Mapping[str, BySource]]:
    """Return source in view → option IRI → what it yields by itself, for the options that it names.

    In a view of one source these are the `answers`; a user's own statements are no source's. A graph at an endpoint
    is taken to hold the sources of the graph of this package.
    """
    sources = derivation.rule_base.sources
    if len(sources) == 1 and not derivation.rule_base.own:
        return {sources[0].name: {one.option.iri: BySource(one.status, one.fit) for one in answers}}
    return {source.name: _judge(derivation, programs_of(derivation.rule_base, [source.name])) for source in sources}


def programs_of(rule_base: RuleBase, sources: Iterable[str]) -> Programs:
    """Return the programs over the rules of some sources, which the rule base keeps."""
    names = sorted(sources)
    key = f"programs of {' '.join(names)}"
    if key not in rule_base.kept:
        files = (rule_base.files or GraphFiles()).view(names, own=False)
        rule_base.kept[key] = Programs(files, lambda: RuleBase.of(files))
    return cast(Programs, rule_base.kept[key])


def _judge(derivation: Derivation, alone: Programs) -> dict[str, BySource]:
    program = alone.program(programs.OPTIONS, silencing=bool(derivation.rule_base.silenced))
    bits = program.function(inputs(derivation.true_inputs, program), 0, 1)
    words: dict[str, dict[str, str]] = {programs.OFFERED: {}, programs.STATUS: {}, programs.FIT: {}}
    for (kind, option, *word), bit in zip(program.outputs, bits, strict=True):
        if bit:
            words[kind][option] = "".join(word)
    offered, statuses, fits = words.values()
    return {one: _yields(statuses[one], fits.get(one)) for one in offered}


@cache
def _yields(status: str, fit: str | None) -> BySource:
    return BySource(cast(Status, status), cast("Fit | None", fit))
