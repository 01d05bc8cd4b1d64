"""A derivation as a report: the JSON of the contract, and views for people.

In every view for people a recommended option reads “named by the review”.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from typing import Any, NamedTuple

from rrmm.evidence import Evidence
from rrmm.options import Answer, Derivation

HEADINGS = {
    "recommended": "NAMED BY THE REVIEW for this patient",
    "option": "OPTIONS: supported by the review, nothing against them",
    "undetermined": "UNDETERMINED: depends on what is not known",
    "investigational": "INVESTIGATIONAL in the review",
    "not_recommended": "NOT RECOMMENDED",
    "excluded": "EXCLUDED",
}
TIMING = {
    "start_immediately": "start immediately",
    "start_treatment": "start treatment",
    "watchful_follow_up": "watchful follow-up",
    "no_indication": "no indication to treat",
    "undetermined": "undetermined",
}
SILENCE = (
    "This version does not yet derive: retreatment drug by drug, the disease pattern, salvage transplantation windows,"
    " relapse type from laboratory findings, preferences between doublets and triplets. Its silence on them means"
    " nothing."
)


class Report(NamedTuple):
    """The answer for one patient; `data` is the JSON of the contract."""

    data: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain dicts and lists."""
        return self.data

    def to_json(self) -> str:
        """Return the report as JSON text."""
        return json.dumps(self.data, ensure_ascii=False, indent=1) + "\n"

    def option(self, name: str) -> dict[str, Any]:
        """Return one option by its name; raises KeyError when the report has none of it."""
        return next((o for o in self.data["options"] if o["option"] == name), None) or _missing(name)

    def to_text(self, width: int = 100) -> str:
        """Return the report for a terminal: what is open first, each with its reason and address."""
        return "\n".join(_text(self.data, width)) + "\n"

    def _repr_html_(self) -> str:
        return _html(self.data)


def _missing(name: str) -> dict[str, Any]:
    raise KeyError(name)


def build(derivation: Derivation, evidence: Evidence | None = None) -> Report:
    """Return the report of a derivation; without `evidence` its evidence lists are empty."""
    compiled, answers = derivation.compiled, derivation.answers()
    return Report(
        {
            "patient": derivation.patient.name,
            "knowledge": _knowledge(compiled.raw["sources"]),
            "history": [_course(derivation, *course) for course in derivation.history],
            "disease_pattern": {"value": "unknown", "because": []},
            "states": [_state(derivation, iri) for iri in derivation.verdicts],
            "timing": derivation.timing(),
            "options": [_option(derivation, answer, evidence) for answer in answers],
            "preferences": derivation.preferences(answers),
            "conflicts": [],
            "discrepancies": [],
            "not_covered": list(derivation.patient.not_covered),
        }
    )


def _knowledge(sources: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "version": sources[0]["version"],
        "sources": [source["citation"] for source in sources],
        "knowledge_ends": max(source["ends"] for source in sources),
        "disclaimer": " ".join(dict.fromkeys(source["disclaimer"] for source in sources)),
    }


def _course(derivation: Derivation, treatment: Any, verdicts: dict[str, Any]) -> dict[str, Any]:
    states = derivation.compiled.states
    named = [(states[iri], verdict) for iri, verdict in verdicts.items() if states[iri].course and verdict.holds]
    status = named[0][0].course if named else "exposed"
    because = [
        {
            "rule": state.iri,
            "label": state.label,
            "modality": "none",
            "reading": next(iter(state.readings), None),
            "facts": list(verdict.facts),
            "source": derivation.compiled.criterion_source(state),
        }
        for state, verdict in named
    ]
    return {"drug": derivation.compiled.label(treatment.drug), "status": status, "because": because}


def _state(derivation: Derivation, iri: str) -> dict[str, Any]:
    state, verdict = derivation.compiled.states[iri], derivation.verdicts[iri]
    because = [
        {
            "rule": iri,
            "label": state.label,
            "modality": "none",
            "reading": next(iter(state.readings), None),
            "facts": list(verdict.facts),
            "source": derivation.compiled.criterion_source(state),
        }
    ]
    return {
        "state": state.label,
        "holds": {True: "yes", False: "no", None: "unknown"}[verdict.holds],
        "because": because if verdict.holds else [],
        "needs": list(verdict.needs),
    }


def _option(derivation: Derivation, answer: Answer, evidence: Evidence | None) -> dict[str, Any]:
    return {
        "option": answer.option.label,
        "kind": answer.option.kind,
        "components": list(answer.option.components.values()),
        "status": answer.status,
        "because": answer.because,
        "needs": answer.needs,
        "cautions": answer.cautions,
        "high_risk_evidence": derivation.high_risk_evidence(answer.option),
        "evidence": evidence.by_regimen.get(answer.option.iri, []) if evidence else [],
    }


def _address(source: dict[str, Any]) -> str:
    cited = f" {source['citations']}" if source["citations"] else ""
    spans = ", ".join(f"{start}–{end}" for start, end in source["spans"])
    return f"{source['section']}{cited}, characters {spans}" if spans else source["section"]


def _text(data: dict[str, Any], width: int) -> Iterable[str]:
    def wrap(text: str, first: str, rest: str) -> list[str]:
        return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest) or [first.rstrip()]

    holding = [state["state"] for state in data["states"] if state["holds"] == "yes"]
    yield f"Patient  {data['patient']}"
    for course in data["history"]:
        yield f"         {course['drug']}: {course['status'].replace('_', ' ')}"
    yield from wrap(" · ".join(holding) or "none that the review names", "States   ", "         ")
    yield from wrap(_timing(data["timing"]), "Timing   ", "         ")
    for status, heading in HEADINGS.items():
        options = [option for option in data["options"] if option["status"] == status]
        if options:
            yield ""
            yield f"{heading} ({len(options)})"
            yield from _group(status, options, wrap)
    for preference in data["preferences"]:
        yield ""
        yield from wrap(
            f"{', '.join(preference['preferred'])} over {', '.join(preference['over'])}"
            f" [{_address(preference['because']['source'])}]",
            "Preferred  ",
            "           ",
        )
    for word in data["not_covered"]:
        yield f"The review says nothing on {word}."
    yield ""
    yield from wrap(SILENCE, "", "")
    yield from wrap(f"{'; '.join(data['knowledge']['sources'])}. {data['knowledge']['disclaimer']}", "", "")


def _timing(timing: dict[str, Any]) -> str:
    because = f" ({timing['because'][0]['label']})" if timing["because"] else ""
    needs = f" · could change with: {', '.join(timing['needs'])}" if timing["needs"] else ""
    return TIMING[timing["action"]] + because + needs


def _group(status: str, options: list[dict[str, Any]], wrap: Any) -> Iterable[str]:
    if status in {"recommended", "not_recommended"}:
        for option in options:
            yield from wrap(", ".join(option["components"]), f"  {option['option']:<24} ", " " * 27)
            for reason in option["because"]:
                modal = f"{reason['modality']}; " if reason["modality"] != "none" else ""
                yield from wrap(f"{reason['label']} [{modal}{_address(reason['source'])}]", " " * 27 + "→ ", " " * 29)
            yield from _cautions(option, wrap)
        return
    by_reason: dict[str, list[str]] = {}
    for option in options:
        facts = dict.fromkeys(fact for reason in option["because"] for fact in reason["facts"])
        said = "; ".join(map(_plainly, facts)) if status in {"excluded", "undetermined"} else ""
        by_reason.setdefault(said, []).append(option["option"])
    for said, names in by_reason.items():
        yield from wrap(", ".join(names) + (f" — {said}" if said else ""), "  ", "    ")
    if status == "option":
        for option in options:
            for line in _cautions(option, wrap, only_triggered=True):
                yield line.replace(" " * 27 + "!", f"  {option['option']:<24} !", 1)
    reasons = {reason["rule"]: reason for option in options for reason in option["because"]}
    if status == "excluded":
        for reason in reasons.values():
            yield from wrap(f"{reason['label']} [{_address(reason['source'])}]", "    → ", "      ")


def _plainly(fact: str) -> str:
    """Return a fact as people say it: ``prior_drugs[x].status: y`` becomes ``x: y``."""
    return fact.replace("prior_drugs[", "").replace("].status", "").replace("].", ", ").replace("_", " ")


def _cautions(option: dict[str, Any], wrap: Any, *, only_triggered: bool = False) -> Iterable[str]:
    for caution in option["cautions"]:
        triggered = bool(caution["because"]["facts"])
        if triggered or not (only_triggered or caution["kind"] == "schedule"):
            mark = "! " if triggered else "· "
            lead = f"{caution['agent']}, {caution['trigger']}: " if triggered else ""
            place = f" [{_address(caution['because']['source'])}]"
            yield from wrap(lead + caution["text"] + place, " " * 27 + mark, " " * 29)


def _html(data: dict[str, Any]) -> str:
    import html

    rows = "".join(
        f"<tr><td>{html.escape(option['option'])}</td><td>{html.escape(_status(option['status']))}</td>"
        f"<td>{html.escape('; '.join(_because(reason) for reason in option['because']))}</td></tr>"
        for status in HEADINGS
        for option in data["options"]
        if option["status"] == status
    )
    return (
        f"<h3>{html.escape(str(data['patient']))}</h3><table><thead><tr><th>Option</th><th>Status</th><th>Because</th></tr>"
        f"</thead><tbody>{rows}</tbody></table><p>{html.escape(data['knowledge']['disclaimer'])}</p>"
    )


def _status(status: str) -> str:
    return "named by the review" if status == "recommended" else status.replace("_", " ")


def _because(reason: dict[str, Any]) -> str:
    facts = f" ({', '.join(reason['facts'])})" if reason["facts"] else ""
    return f"{reason['label']}{facts} [{_address(reason['source'])}]"
