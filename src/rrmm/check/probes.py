"""Probe patients and what the rules make of each, frozen: a check says which rule no longer does what it did.

``python -m rrmm.check.probes`` writes the file anew (``make probes``); its difference is for a curator to review.
The patients are derived from the rules once, and stay when the rules change.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rrmm.check.finding import Finding
from rrmm.check.probe_patients import Document, derive_patients
from rrmm.derivation import programs
from rrmm.derivation.explain import inputs, true_inputs
from rrmm.derivation.programs import Programs
from rrmm.errors import PatientError
from rrmm.graph.files import GraphFiles
from rrmm.iris import ID, RRMM, local_name
from rrmm.logic.circuit import Name
from rrmm.patient.edits import DRUGS
from rrmm.patient.history import History
from rrmm.patient.resolve import resolve
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import OFFERING
from rrmm.rules.model import Guidance

PLACE = Path("queries") / "probes.json"
REMEDY = "Correct the rule; or, if the change is meant, run `make probes` and review the difference."


class Probe(NamedTuple):
    """Patients alike: the states that hold, and what each guidance says of them.

    What it says of a patient of whom nothing is known, or only that there is no prior drug, is not said again.
    """

    patients: list[Document]
    holds: list[str]
    says: dict[str, str]


class Frozen(NamedTuple):
    """How reports cite each guidance, and the probes."""

    guidance: dict[str, str]
    probes: list[Probe]

    def to_json(self) -> str:
        """Return the file, with a line for each patient and each guidance."""
        probes = ",\n".join(
            f'{{"patients": {_lines(probe.patients)},\n"holds": {_dump(probe.holds)},\n"says": {_lines(probe.says)}}}'
            for probe in self.probes
        )
        return f'{{"guidance": {_lines(self.guidance)},\n"probes": [\n{probes}\n]}}\n'


def _lines(values: Mapping[str, str] | list[Document]) -> str:
    if isinstance(values, list):
        return "[" + ",\n".join(map(_dump, values)) + "]"
    return "{" + ",\n".join(f"{_dump(key)}: {_dump(value)}" for key, value in values.items()) + "}"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def read(root: Path) -> Frozen | None:
    """Return the frozen probes of a graph, or None where it has none."""
    path = root / PLACE
    if not path.is_file():
        return None
    content = json.loads(path.read_bytes())
    return Frozen(content["guidance"], [Probe(**probe) for probe in content["probes"]])


def findings(rule_base: RuleBase, frozen: Frozen) -> list[Finding]:
    """Return what changed since the probes were frozen, one finding for each state or guidance that changed."""
    changes: defaultdict[str, list[str]] = defaultdict(list)
    for slug, (before, now) in _compare(frozen.guidance, cite(rule_base)).items():
        changes[f"{ID}guidance/{slug}"].append(f"it was “{before or 'absent'}”, and is “{now or 'absent'}”")
    asked = []
    for document, before in ((patient, probe) for probe in frozen.probes for patient in probe.patients):
        try:
            history = History(rule_base, resolve(document, rule_base, "the probe"))
        except PatientError as error:
            for focus in [RRMM + name for name in before.holds] or [""]:
                changes[focus].append(f"for {_dump(document)} nothing can be said any more ({error})")
        else:
            asked.append((document, before, history))
    answers = _answer(rule_base, [(document, history) for document, _, history in asked])
    for (document, before, _), now in zip(asked, answers, strict=True):
        patient = _dump(document)
        for name in sorted(set(before.holds) ^ set(now.holds)):
            verb = "no longer holds" if name in before.holds else "now holds"
            changes[RRMM + name].append(f"it {verb} for {patient}")
        for slug, (old, new) in _compare(before.says, now.says).items():
            text = f"for {patient} it says “{new or 'nothing'}” instead of “{old or 'nothing'}”"
            changes[f"{ID}guidance/{slug}"].append(text)
    return [Finding("probe", focus, "", "", f"{_first(texts)}. {REMEDY}") for focus, texts in sorted(changes.items())]


def cite(rule_base: RuleBase) -> dict[str, str]:
    """Return how reports cite each guidance: label, modal, what it is about, country, address."""
    return {local_name(guidance.iri): _citation(rule_base, guidance) for guidance in rule_base.guidance}


def _citation(rule_base: RuleBase, guidance: Guidance) -> str:
    concerns = [rule_base.label(concern) for concern in guidance.concerns]
    passages = [local_name(passage) for passage in guidance.passages]
    parts = [guidance.label, guidance.modality, *concerns, guidance.jurisdiction, *passages]
    return " · ".join(part for part in parts if part)


def answer(rule_base: RuleBase, patients: Iterable[Mapping[str, Any]]) -> list[Probe]:
    """Return a probe for each patient: the program run once, with a bit for each.

    Raises PatientError when a patient cannot be understood.
    """
    documents = [dict(patient) for patient in patients]
    resolved = (resolve(document, rule_base, f"probe {number}") for number, document in enumerate(documents, 1))
    return _answer(rule_base, list(zip(documents, (History(rule_base, one) for one in resolved), strict=True)))


def _answer(rule_base: RuleBase, patients: list[tuple[Document, History]]) -> list[Probe]:
    documents = [document for document, _ in patients]
    program = Programs.of(rule_base).program(programs.EVERYTHING, silencing=False)
    planes = [0] * len(program.inputs)
    for number, (_, history) in enumerate(patients):
        for place, bit in enumerate(inputs(true_inputs(history), program)):
            planes[place] |= bit << number
    outputs = program.function(planes, 0, (1 << len(documents)) - 1)
    on: list[list[Name]] = [[] for _ in documents]
    for name, plane in zip(program.outputs, outputs, strict=True):
        while plane:
            lowest = plane & -plane
            on[lowest.bit_length() - 1].append(name)
            plane ^= lowest
    told = [_tell(rule_base, names) for names in on]
    bare = {DRUGS in document: says for document, says in reversed([*zip(documents, told, strict=True)])}
    return [
        Probe([document], _states(names), _beyond(says, bare[DRUGS in document]))
        for document, names, says in zip(documents, on, told, strict=True)
    ]


def _states(names: Iterable[Name]) -> list[str]:
    return sorted(local_name(rest[0]) for kind, *rest in names if kind == programs.YES)


def _tell(rule_base: RuleBase, names: list[Name]) -> dict[str, str]:
    """Return what each guidance says: the status of options, what to heed, the time to treat."""
    statuses = {rest[0]: rest[1] for kind, *rest in names if kind == programs.STATUS}
    action = next(rest[0] for kind, *rest in names if kind == programs.TIMING)
    told: defaultdict[str, set[str]] = defaultdict(set)
    agents: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    named = {option.iri for option in rule_base.options}
    for kind, *rest in names:
        if kind == programs.BECAUSE:
            option, rule, drug = rest
            by = f" by {rule_base.label(drug)}" if drug else ""
            agents[rule, f"{statuses[option]}{by}"].add(option)
        elif kind == programs.CAUTION:
            _, rule, agent = rest
            agents[rule, rule_base.effects.cautions[rule_base.by_iri[rule].effect]].add(agent)
        elif kind == programs.REMARK:
            told[rest[0]].add(rule_base.effects.remarks[rule_base.by_iri[rest[0]].effect])
        elif kind == programs.OFFERED and rest[0] not in named:
            for guidance in rule_base.by_effect.get(OFFERING, ()):
                agents[guidance.iri, "offer"].add(rest[0])
        elif kind == programs.TIMED_BY:
            told[rest[0]].add(action)
        elif kind == programs.PREFERENCE:
            told[rest[0]].add(_preference(rule_base, rule_base.by_iri[rest[0]]))
        elif kind == programs.CONFLICT:
            told[rest[0]].add(f"against {local_name(rest[1])}")
    for (rule, word), things in agents.items():
        names_of = ["every option"] if named <= things else sorted(_label(rule_base, thing) for thing in things)
        told[rule].add(f"{word}: {', '.join(names_of)}")
    return {local_name(rule): "; ".join(sorted(lines)) for rule, lines in sorted(told.items())}


def _label(rule_base: RuleBase, thing: str) -> str:
    return thing if not thing.startswith("http") else rule_base.label(thing)


def _preference(rule_base: RuleBase, guidance: Guidance) -> str:
    targets, over = ([rule_base.label(iri) for iri in iris] for iris in (guidance.targets, guidance.over))
    return f"prefer {', '.join(sorted(targets))} over {', '.join(sorted(over))}"


def _beyond(says: dict[str, str], common: dict[str, str]) -> dict[str, str]:
    """Return what guidance says of a patient that it does not say of the bare one."""
    return {slug: lines for slug, lines in says.items() if says is common or lines != common.get(slug)}


def _compare(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    keys = sorted({*before, *now})
    return {key: (before.get(key), now.get(key)) for key in keys if before.get(key) != now.get(key)}


def _first(texts: list[str]) -> str:
    more = f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""
    return texts[0][:1].upper() + texts[0][1:] + more


def freeze(rule_base: RuleBase) -> Frozen:
    """Return the probes of a rule base: patients derived from its states, those with the same answer together."""
    probes: dict[str, Probe] = {}
    for probe in answer(rule_base, derive_patients(rule_base)):
        probes.setdefault(_dump([probe.holds, probe.says]), probe._replace(patients=[])).patients.extend(probe.patients)
    return Frozen(cite(rule_base), [*probes.values()])


if __name__ == "__main__":
    sys.stdout.write(freeze(RuleBase.of(GraphFiles())).to_json())
