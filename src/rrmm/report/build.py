"""A derivation as a report: the JSON of the contract; its views stand in modules of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any, NamedTuple

from rrmm.catalogue.evidence import Evidence
from rrmm.derivation.explain import Answer, Derivation
from rrmm.rules.base import RuleBase

if TYPE_CHECKING:
    from rrmm.derivation.sensitivity import Influence
    from rrmm.derivation.whatif import Change

    Changes = Mapping[str, Sequence[Change]]


class Report(NamedTuple):
    """The answer for one patient; `doubts` gives the label of each discrepancy.

    `data` is the JSON of the contract, to be read only: reports share what they have in common.
    """

    data: dict[str, Any]
    rule_base: RuleBase
    doubts: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain dicts and lists of its own."""
        return dict(deepcopy(self.data))

    def to_json(self) -> str:
        """Return the report as JSON text."""
        return json.dumps(self.data, ensure_ascii=False, indent=1) + "\n"

    def option(self, name: str) -> dict[str, Any]:
        """Return one option by its name, in dicts of its own; raises KeyError when the report has none of it."""
        return deepcopy(next((o for o in self.data["options"] if o["option"] == name), None) or _missing(name))

    def to_text(self, width: int = 100) -> str:
        """Return the report for a terminal: what is open first, each with its reason and address."""
        from rrmm.report.text import text

        return text(self.data, width)

    def to_markdown(self) -> str:
        """Return the whole report as Markdown."""
        from rrmm.report.markdown import document
        from rrmm.report.outline import outline

        return document(outline(self.data, self.doubts))

    def to_html(self) -> str:
        """Return the whole report as one HTML page that needs nothing from elsewhere."""
        return html([self])

    def to_turtle(self) -> str:
        """Return the report and what it rests on as RDF in Turtle, in the terms of PROV."""
        return turtle([self])

    def _repr_html_(self) -> str:
        from rrmm.report.html import article
        from rrmm.report.outline import outline

        return article(outline(self.data, self.doubts))


def html(reports: Sequence[Report]) -> str:
    """Return one HTML page with a section a report."""
    from rrmm.report.html import page
    from rrmm.report.outline import outline

    return page([outline(report.data, report.doubts) for report in reports])


def turtle(reports: Sequence[Report]) -> str:
    """Return reports as one Turtle document."""
    from rrmm.report.prov import turtle as write

    return write([(report.data, report.rule_base) for report in reports])


def reasons(data: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return every reason in a report."""
    options = data["options"]
    for part in (*data["history"], data["disease_pattern"], *data["states"], data["timing"], *options):
        yield from part["because"]
    for one in (*(caution for option in options for caution in option["cautions"]), *data["preferences"]):
        yield one["because"]
    for remark in data["remarks"]:
        yield remark["because"]
    for conflict in data["conflicts"]:
        yield from conflict["between"]


def _missing(name: str) -> dict[str, Any]:
    raise KeyError(name)


def build(
    derivation: Derivation,
    evidence: Evidence | None = None,
    changes: Changes | None = None,
    influences: Sequence[Influence] | None = None,
    altered: Mapping[str, list[str]] | None = None,
) -> Report:
    """Return the report of a derivation.

    Without `evidence` its evidence lists are empty; `changes` gives each option its
    ``would_change_if``; `influences` say what would change without each rule; `altered` names the files
    added to the graph and the rules silenced.
    """
    rule_base, answers = derivation.rule_base, derivation.answers()
    doubts = evidence.doubts([answer.option.iri for answer in answers]) if evidence else {}
    results = evidence.for_patient(derivation.facts) if evidence else None
    data = {
        "patient": derivation.patient.name,
        "knowledge": knowledge(rule_base.raw["sources"]) | dict(altered or {"added": [], "silenced": []}),
        "history": [_course(derivation, *course) for course in derivation.history.courses],
        "disease_pattern": derivation.pattern(),
        "states": [_state(derivation, iri) for iri in derivation.verdicts],
        "timing": derivation.timing(),
        "options": [_option(derivation, answer, results, changes) for answer in answers],
        "preferences": derivation.preferences(answers),
        "conflicts": derivation.conflicts(answers),
        "discrepancies": list(doubts),
        "not_covered": list(derivation.patient.not_covered),
        "remarks": derivation.remarks(),
    }
    if influences is not None:
        data["sensitivity"] = [_influence(one) for one in influences]
    data["readings"] = _readings(rule_base, data)
    return Report(data, rule_base, doubts)


def knowledge(sources: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what an answer rests on: version, sources, where their knowledge ends, and the disclaimer."""
    return {
        "version": sources[0]["version"],
        "sources": [source["citation"] for source in sources],
        "knowledge_ends": max(source["ends"] for source in sources),
        "disclaimer": " ".join(dict.fromkeys(source["disclaimer"] for source in sources)),
    }


def _influence(one: Influence) -> dict[str, Any]:
    return one._asdict() | {"options": [option._asdict() for option in one.options]}


def _readings(rule_base: RuleBase, data: dict[str, Any]) -> list[dict[str, str]]:
    used = sorted({reason["reading"] for reason in reasons(data) if reason["reading"]})
    return [{"reading": iri, **rule_base.raw["readings"][iri]} for iri in used if iri in rule_base.raw["readings"]]


def _course(derivation: Derivation, treatment: Any, verdicts: dict[str, Any]) -> dict[str, Any]:
    states = derivation.rule_base.states
    named = [(states[iri], verdict) for iri, verdict in verdicts.items() if states[iri].course and verdict.holds]
    status = named[0][0].course if named else "exposed"
    because = [derivation.state_reason(state, verdict) for state, verdict in named]
    return {"drug": derivation.rule_base.label(treatment.drug), "status": status, "because": because}


def _state(derivation: Derivation, iri: str) -> dict[str, Any]:
    state, verdict = derivation.rule_base.states[iri], derivation.verdicts[iri]
    return {
        "state": state.label,
        "holds": {True: "yes", False: "no", None: "unknown"}[verdict.holds],
        "because": [derivation.state_reason(state, verdict)] if verdict.holds else [],
        "needs": list(verdict.needs),
    }


def _option(
    derivation: Derivation, answer: Answer, results: Callable[[str], list[Any]] | None, changes: Changes | None
) -> dict[str, Any]:
    found = {
        "option": answer.option.label,
        "kind": answer.option.kind,
        "components": list(answer.option.components.values()),
        "status": answer.status,
        "because": answer.because,
        "needs": answer.needs,
    }
    if changes is not None:
        found["would_change_if"] = [change._asdict() for change in changes.get(answer.option.label, ())]
    return found | {
        "cautions": answer.cautions,
        "high_risk_evidence": derivation.high_risk_evidence(answer.option),
        "evidence": results(answer.option.iri) if results else [],
    }
