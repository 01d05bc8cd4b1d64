"""The derivation as programs: traced once over a graph's rules, kept in the graph's cache, run over any bits.

*Statuses* answers states, pattern, timing, statuses and fit; *everything* also reasons, cautions and needs;
*trials* the statuses, and which guidance gives any, for what-if; *sensitivity* statuses and timing; *options* statuses
and fit, for one source alone; *courses* the states of a prior treatment; *contradictions* the states that no
consistent patient file has.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from types import CodeType
from typing import TYPE_CHECKING

from rrmm.derivation.names import SILENCED
from rrmm.graph.files import GraphFiles
from rrmm.logic.function import Function, function
from rrmm.records import NamedTuple
from rrmm.rules.base import RuleBase

if TYPE_CHECKING:
    from rrmm.logic.circuit import Circuit, Name


# the kinds of outputs, each with what its name goes on with
YES, NO = "yes", "no"  # a state
PATTERN = "pattern"  # the state that is the disease pattern
TIMING = "timing"  # an action
OFFERED, STATUS = "offered", "status"  # an option; and a status
TIMED_BY, HASTENED_BY = "timed by", "hastened by"  # guidance; a key
LISTED, NEEDS = "listed", "needs"  # an option; and a key
BECAUSE, AGAINST, CAUTION = "because", "against", "caution"  # an option, guidance, a drug or agent or nothing
FIT, FIT_BECAUSE, FIT_NEEDS = "fit", "fit because", "fit needs"  # an option; and a fit, guidance and a drug, a key
SUPERSEDED, CAUTION_NEEDS = "superseded", "caution needs"  # an option; and guidance, a key
CONTRADICTION = "contradiction"  # a state of a patient that no consistent file has
GIVES = "gives"  # an option, guidance, and a status that it gives, be it the strongest or not
CONFLICT, PREFERENCE, REMARK, HIGH_RISK = "conflict", "preference", "remark", "high risk"  # guidance

STATUSES, EVERYTHING, TRIALS, SENSITIVITY, COURSES = "statuses", "everything", "trials", "sensitivity", "courses"
CONTRADICTIONS = "contradictions"
OPTIONS = "options"
_STATUSES = (YES, NO, PATTERN, TIMING, OFFERED, STATUS, FIT)
_REASONS = (
    TIMED_BY,
    HASTENED_BY,
    LISTED,
    NEEDS,
    BECAUSE,
    AGAINST,
    CAUTION,
    FIT_BECAUSE,
    FIT_NEEDS,
    SUPERSEDED,
    CAUTION_NEEDS,
    CONFLICT,
    PREFERENCE,
    REMARK,
    HIGH_RISK,
)
KINDS = (*_STATUSES, *_REASONS, CONTRADICTION, GIVES)
PARTS = {
    STATUSES: {*_STATUSES},
    EVERYTHING: {*_STATUSES, *_REASONS},
    TRIALS: {YES, STATUS, GIVES},
    SENSITIVITY: {STATUS, TIMING},
    OPTIONS: {OFFERED, STATUS, FIT},
    COURSES: {YES, NO},
    CONTRADICTIONS: {CONTRADICTION},
}


class Program(NamedTuple):
    """A compiled circuit: the place of each input by its name, the names of the outputs in order, and the function."""

    key: str
    inputs: dict[Name, int]
    outputs: Sequence[Name]
    function: Function


class Programs:
    """The programs over one graph's rules, each made when first asked for.

    A program comes in two forms: as long as no guidance is silenced, the shorter one serves.
    """

    def __init__(self, files: GraphFiles | None, read: Callable[[], RuleBase]) -> None:
        self.files, self._read = files, read
        self._programs: dict[str, Program] = {}

    @classmethod
    def of(cls, rule_base: RuleBase) -> Programs:
        """Return the programs of a rule base, which it keeps."""
        if "programs" not in rule_base.kept:
            rule_base.kept["programs"] = cls(rule_base.files, lambda: rule_base)
        programs: Programs = rule_base.kept["programs"]
        return programs

    @cached_property
    def rule_base(self) -> RuleBase:
        """The rules; what the cache holds is used without them."""
        return self._read()

    @cached_property
    def circuit(self) -> Circuit:
        """The whole derivation as gates."""
        from rrmm.derivation.tracing import trace

        return trace(self.rule_base)

    def program(self, part: str, *, silencing: bool) -> Program:
        """Return the program of a part; without `silencing` all guidance speaks that is not superseded."""
        key = key_of(part, silencing=silencing)
        if key not in self._programs:
            self.load(key, self.packed(part, silencing=silencing))
        return self._programs[key]

    def packed(self, part: str, *, silencing: bool) -> tuple[list[Name], list[Name], CodeType]:
        """Return the inputs, outputs and code of a program, from the graph's cache where it has them."""
        files = self.files
        name = f"{key_of(part, silencing=silencing)}.{sys.implementation.cache_tag}.bin"
        if files and (cached := files.artefact(name)):
            inputs, outputs, code = marshal.loads(cached)  # noqa: S302 - of the user's own cache
            return inputs, outputs, code
        from rrmm.logic.circuit_code import python

        circuit = self.restricted(part, silencing=silencing)
        content = [*circuit.inputs], [*circuit.outputs], python(circuit)
        if files:
            files.keep(name, marshal.dumps(content))
        return content

    def load(self, key: str, content: tuple[list[Name], list[Name], CodeType]) -> None:
        """Take a packed program."""
        inputs, outputs, code = content
        self._programs[key] = Program(key, {name: place for place, name in enumerate(inputs)}, outputs, function(code))

    def restricted(self, part: str, *, silencing: bool) -> Circuit:
        """Return the circuit of a part."""
        from rrmm.derivation.tracing import courses

        whole = courses(self.rule_base) if part == COURSES else self.circuit
        wanted = (name for name in whole.outputs if name[0] in PARTS[part])
        return whole.restricted(wanted, lambda name: name[0] == SILENCED and not silencing)


def key_of(part: str, *, silencing: bool) -> str:
    """Return the name of a program."""
    return f"{part}-silencing" if silencing else part
