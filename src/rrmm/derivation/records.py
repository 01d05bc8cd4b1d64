"""What the outputs of a program stand for: records made once a graph, which the reports of all patients share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from rrmm.derivation import programs
from rrmm.derivation.programs import Program
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import REQUIRING
from rrmm.rules.model import Guidance

Reason = dict[str, Any]


class Because(NamedTuple):
    """Guidance as a reason; `drug` is that by which it closes an option, `record` the reason if it rests on no fact."""

    guidance: Guidance
    drug: str
    record: Reason | None


class Note(NamedTuple):
    """Guidance as a caution about an agent; `record` is the caution if it rests on no fact."""

    guidance: Guidance
    agent: str
    record: dict[str, Any] | None


class Records:
    """What the outputs of a program stand for, made once for all patients: by kind, with their places."""

    def __init__(self, rule_base: RuleBase, program: Program) -> None:
        self.rule_base = rule_base
        values: defaultdict[str, list[Any]] = defaultdict(list)
        for kind, *rest in program.outputs:
            values[kind].append(self._value(kind, rest))
        ends = accumulate(map(len, values.values()))
        self.by_kind = [
            (kind, slice(end - len(of), end), of) for (kind, of), end in zip(values.items(), ends, strict=True)
        ]

    @classmethod
    def of(cls, rule_base: RuleBase, program: Program) -> Records:
        """Return the records of a program, which the rule base keeps."""
        if program.key not in rule_base.kept:
            rule_base.kept[program.key] = cls(rule_base, program)
        records: Records = rule_base.kept[program.key]
        return records

    def _value(self, kind: str, rest: Sequence[str]) -> Any:
        rules = self.rule_base.by_iri
        if kind in (programs.BECAUSE, programs.AGAINST):
            option, rule, drug = rest
            return option, self._reason(rules[rule], drug)
        if kind == programs.CAUTION:
            option, rule, agent = rest
            guidance = rules[rule]
            return option, Note(guidance, agent, self._shared(guidance) and self.rule_base.caution(guidance, agent))
        if kind == programs.REMARK:
            guidance = rules[rest[0]]
            return guidance, self._shared(guidance) and remark(
                self.rule_base, guidance, self.rule_base.reason(guidance)
            )
        if kind in (programs.PREFERENCE, programs.CONFLICT, programs.TIMED_BY):
            return tuple(rules[rule] for rule in rest)
        return rest[0] if len(rest) == 1 else tuple(rest)

    def _reason(self, guidance: Guidance, drug: str) -> Because:
        shared = self._shared(guidance) and not (drug or guidance.for_drugs_of or guidance.effect == REQUIRING)
        return Because(guidance, drug, dict(self.rule_base.reason(guidance)) if shared else None)

    def _shared(self, guidance: Guidance) -> Any:
        return None if guidance.applies_to else True


def remark(rule_base: RuleBase, guidance: Guidance, because: Mapping[str, Any]) -> dict[str, Any]:
    """Return what else the source says: a test to perform, or what is known of such disease."""
    about = rule_base.named_options(guidance)
    return {
        "kind": rule_base.effects.remarks[guidance.effect],
        "about": about,
        "text": guidance.text,
        "because": because,
    }
