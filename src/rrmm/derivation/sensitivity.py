"""What would change for one patient without each rule: one run of the program, a rule silenced in each bit."""

from __future__ import annotations

from typing import cast

from rrmm.derivation import names, programs
from rrmm.derivation.explain import Derivation, inputs
from rrmm.derivation.model import Influence, Turned
from rrmm.derivation.programs import Programs
from rrmm.rules.effects import Status, TimingAction


def influences(derivation: Derivation) -> list[Influence]:
    """Return the rules without which something would change, in the order of the graph."""
    rule_base = derivation.rule_base
    program = Programs.of(rule_base).program(programs.SENSITIVITY, silencing=True)
    rules = [guidance for guidance in rule_base.guidance if guidance.iri not in rule_base.silenced]
    every = (1 << len(rules) + 1) - 1  # the last bit is the patient with all rules
    values = [every * bit for bit in inputs(derivation.true_inputs, program)]
    for number, guidance in enumerate(rules):
        if (place := program.inputs.get((names.SILENCED, guidance.iri))) is not None:
            values[place] |= 1 << number
    timing: dict[int, TimingAction] = {}
    statuses: dict[int, dict[str, Status | None]] = {number: {} for number in range(len(rules))}
    labels = {answer.option.iri: answer.option.label for answer in derivation.answers()}
    for (kind, *of), bits in zip(program.outputs, program.function(values, 0, every), strict=True):
        here = bits >> len(rules)
        differing = bits ^ every * here
        for number in range(len(rules)) if differing else ():
            if differing >> number & 1:
                if kind == programs.TIMING and not here:
                    timing[number] = cast(TimingAction, of[0])
                elif kind == programs.STATUS and of[0] in labels:
                    statuses[number].setdefault(labels[of[0]], None)
                    if not here:
                        statuses[number][labels[of[0]]] = cast(Status, of[1])
    return [
        Influence(
            rule.iri, rule.label, timing.get(number), tuple(Turned(*turned) for turned in statuses[number].items())
        )
        for number, rule in enumerate(rules)
        if number in timing or statuses[number]
    ]
