"""The records behind the outputs of a program, made once for a graph and shared by the reports of all patients."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Sequence
from itertools import compress
from typing import TYPE_CHECKING, Any, cast

from rrmm.derivation import programs
from rrmm.derivation.model import Remark
from rrmm.derivation.programs import Program
from rrmm.records import NamedTuple
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import REQUIRING
from rrmm.rules.model import Caution, Guidance, Reason

if TYPE_CHECKING:
    from rrmm.logic.circuit import Name


class Because(NamedTuple):
    """Guidance as a reason; `drug` is the drug that closes the option, `record` the reason if it rests on no fact."""

    guidance: Guidance
    drug: str
    record: Reason | None


class Note(NamedTuple):
    """Guidance as a caution about an agent; `record` is the caution if it rests on no fact."""

    guidance: Guidance
    agent: str
    record: Caution | None


class Records:
    """The records behind the outputs of a program, each made when its output is first true."""

    def __init__(self, rule_base: RuleBase, program: Program) -> None:
        self.rule_base, self._outputs = rule_base, program.outputs
        self._records: list[object] = [None] * len(program.outputs)
        ends = [bisect(program.outputs, place, key=_place_of_kind) for place in range(len(programs.KINDS))]
        self._slices = [*zip(programs.KINDS, map(slice, [0, *ends], ends), strict=False)]

    def of_true(self, bits: Sequence[int]) -> defaultdict[str, list[Any]]:
        """Return kind of output → the records of its outputs that are true, in their order."""
        records = self._records
        if None in compress(records, bits):
            for place in compress(range(len(bits)), bits):
                records[place] = records[place] or self._value(*self._outputs[place])
        return defaultdict(list, {kind: list(compress(records[of], bits[of])) for kind, of in self._slices})

    @classmethod
    def of(cls, rule_base: RuleBase, program: Program) -> Records:
        """Return the records of a program, which the rule base keeps."""
        if program.key not in rule_base.kept:
            rule_base.kept[program.key] = cls(rule_base, program)
        return cast(Records, rule_base.kept[program.key])

    def _value(self, kind: str, *rest: str) -> object:
        rules = self.rule_base.by_iri
        if kind in (programs.BECAUSE, programs.AGAINST):
            option, rule, drug = rest
            return option, self._reason(rules[rule], drug)
        if kind == programs.FIT_BECAUSE:
            option, rule, drug = rest
            guidance = self.rule_base.statements[rule]
            on_facts = drug or guidance.setting or guidance.for_drugs_of or guidance.setting_of_drug
            plain = not on_facts and guidance.effect != REQUIRING
            return option, Because(guidance, drug, self.rule_base.reason(guidance) if plain else None)
        if kind == programs.CAUTION:
            option, rule, agent = rest
            guidance = rules[rule]
            shared = self.rule_base.caution(guidance, agent) if self._shared(guidance) else None
            return option, Note(guidance, agent, shared)
        if kind == programs.REMARK:
            guidance = rules[rest[0]]
            because = self.rule_base.reason(guidance)
            return guidance, remark(self.rule_base, guidance, because) if self._shared(guidance) else None
        if kind in (programs.PREFERENCE, programs.CONFLICT, programs.TIMED_BY):
            return tuple(rules[rule] for rule in rest)
        return rest[0] if len(rest) == 1 else rest

    def _reason(self, guidance: Guidance, drug: str) -> Because:
        shared = self._shared(guidance) and not (drug or guidance.for_drugs_of or guidance.effect == REQUIRING)
        return Because(guidance, drug, self.rule_base.reason(guidance) if shared else None)

    def _shared(self, guidance: Guidance) -> bool:
        """Return whether guidance applies to every patient alike, without a state."""
        return not guidance.applies_to


def remark(rule_base: RuleBase, guidance: Guidance, because: Reason) -> Remark:
    """Return a remark: a test to perform, or what is known of such disease."""
    kind = rule_base.effects.remarks[guidance.effect]
    return Remark(kind, rule_base.named_options(guidance), guidance.text, because)


def _place_of_kind(name: Name) -> int:
    """Return the place among all kinds of the kind of an output: outputs of a program are in this order."""
    return programs.KINDS.index(name[0])
