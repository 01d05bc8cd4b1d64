"""The report at a glance: for a terminal, what is open first, each with its reason and address."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from rrmm.report import wording
from rrmm.report.wording import address, plainly

NAME = 24


def text(data: dict[str, Any], width: int = 100) -> str:
    """Return a report's data as text, wrapped to `width` characters."""
    return "\n".join(_Writer(width).report(data)) + "\n"


class _Writer:
    def __init__(self, width: int) -> None:
        self.width = width
        self.shared: dict[str, dict[str, Any]] = {}

    def wrap(self, said: str, first: str, rest: str = "") -> list[str]:
        wrapped = textwrap.wrap(said, self.width, initial_indent=first, subsequent_indent=rest)
        return wrapped or [first.rstrip()]

    def report(self, data: dict[str, Any]) -> Iterable[str]:
        yield from self._patient(data)
        self.shared = wording.shared_cautions(data)
        for number, caution in enumerate(self.shared.values()):
            said = f"{caution['text']} [{address(caution['because']['source'])}]"
            yield from self.wrap(said, "         " if number else "Always   ", "           ")
        for status, heading in wording.HEADINGS.items():
            options = [option for option in data["options"] if option["status"] == status]
            if options:
                lead, colon, rest = heading.partition(":")
                title = lead.replace(" for this patient", "").upper() + colon + rest
                tail = " for this patient" if lead.endswith(" for this patient") else ""
                yield ""
                yield f"{title}{tail} ({len(options)})"
                yield from self._group(status, options)
        yield from self._said_of_several(data)
        yield from self._changes(data["options"])
        yield from self._sensitivity(data)
        for word in data["not_covered"]:
            yield f"The review says nothing on {word}."
        yield ""
        if data["readings"]:
            yield from self.wrap(
                "; ".join(reading["label"] for reading in data["readings"]), "Adopted readings: ", "  "
            )
        yield from self._knowledge(data["knowledge"])

    def _patient(self, data: dict[str, Any]) -> Iterable[str]:
        holding = [state["state"] for state in data["states"] if state["holds"] == "yes"]
        yield from self.wrap(data["patient"], "Patient  ", "         ")
        for course in data["history"]:
            yield f"         {course['drug']}: {course['status'].replace('_', ' ')}"
        if data["disease_pattern"]["value"] != "unknown":
            yield from self.wrap(data["disease_pattern"]["value"], "Disease  ", "         ")
        yield from self.wrap(" · ".join(holding) or "none that the review names", "States   ", "         ")
        timing = data["timing"]
        because = f" ({timing['because'][0]['label']})" if timing["because"] else ""
        needs = f" · could change with: {', '.join(timing['needs'])}" if timing["needs"] else ""
        yield from self.wrap(wording.timing(timing) + because + needs, "Timing   ", "         ")

    def _group(self, status: str, options: list[dict[str, Any]]) -> Iterable[str]:
        if status in {"recommended", "not_recommended"}:
            for option in options:
                yield from self._named(option)
            return
        by_reason: dict[str, list[str]] = {}
        for option in options:
            facts = dict.fromkeys(fact for reason in option["because"] for fact in reason["facts"])
            said = "; ".join(map(plainly, facts)) if status in {"excluded", "undetermined"} else ""
            by_reason.setdefault(said, []).append(option["option"])
        for said, names in by_reason.items():
            yield from self.wrap(", ".join(names) + (f" — {said}" if said else ""), "  ", "    ")
        if status == "option":
            yield from self._merged(options)
        if status == "excluded":
            reasons = {reason["rule"]: reason for option in options for reason in option["because"]}
            for reason in reasons.values():
                yield from self.wrap(f"{reason['label']} [{address(reason['source'])}]", "    → ", "      ")

    def _named(self, option: dict[str, Any]) -> Iterable[str]:
        margin = " " * (NAME + 3)
        yield from self.wrap(", ".join(option["components"]), f"  {option['option']:<{NAME}} ", margin)
        for reason in option["because"]:
            modal = f"{reason['modality']}; " if reason["modality"] != "none" else ""
            said = f"{reason['label']} [{modal}{address(reason['source'])}]"
            yield from self.wrap(said, margin + "→ ", margin + "  ")
        yield from self._cautions(option)

    def _merged(self, options: list[dict[str, Any]]) -> Iterable[str]:
        """Yield each caution that the patient's facts trigger once, with the options that carry it."""
        carriers: dict[str, list[str]] = {}
        for option in options:
            for caution in option["cautions"]:
                if caution["because"]["facts"] and caution["because"]["rule"] not in self.shared:
                    carriers.setdefault(_said(caution), []).append(option["option"])
        for said, names in carriers.items():
            yield from self.wrap(f"{said} — {', '.join(names)}", "  ! ", "    ")

    def _cautions(self, option: dict[str, Any]) -> Iterable[str]:
        margin = " " * (NAME + 3)
        for caution in option["cautions"]:
            if caution["because"]["rule"] in self.shared:
                continue
            triggered = bool(caution["because"]["facts"])
            if triggered or caution["kind"] != "schedule":
                yield from self.wrap(_said(caution), margin + ("! " if triggered else "· "), margin + "  ")

    def _said_of_several(self, data: dict[str, Any]) -> Iterable[str]:
        for preference in data["preferences"]:
            place = address(preference["because"]["source"])
            said = f"{', '.join(preference['preferred'])} over {', '.join(preference['over'])} [{place}]"
            yield ""
            yield from self.wrap(said, "Preferred  ", "           ")
        for conflict in data["conflicts"]:
            places = " against ".join(f"{r['label']} [{address(r['source'])}]" for r in conflict["between"])
            yield ""
            yield from self.wrap(f"{conflict['text']} {places}", "Conflict   ", "           ")

    def _changes(self, options: list[dict[str, Any]]) -> Iterable[str]:
        if not any("would_change_if" in option for option in options):
            return
        by_facts: dict[str, dict[str, list[str]]] = {}
        for option in options:
            for change in option["would_change_if"]:
                facts = " and ".join(map(plainly, change["facts"]))
                by_facts.setdefault(facts, {}).setdefault(wording.status(change["status"]), []).append(option["option"])
        yield ""
        yield "WHAT WOULD CHANGE AN ANSWER"
        for facts, statuses in by_facts.items():
            said = "; ".join(f"{status}: {', '.join(names)}" for status, names in statuses.items())
            yield from self.wrap(f"{facts} → {said}", "  ", "    ")

    def _sensitivity(self, data: dict[str, Any]) -> Iterable[str]:
        """Yield what would change without each rule that matters to this patient."""
        if "sensitivity" not in data:
            return
        yield ""
        yield "WITHOUT ONE RULE"
        if not data["sensitivity"]:
            yield "  Nothing would change: no rule decides alone."
        for influence in data["sensitivity"]:
            by_status: dict[str, list[str]] = {}
            for turned in influence["options"]:
                status = wording.status(turned["status"]) if turned["status"] else "not offered"
                by_status.setdefault(status, []).append(turned["option"])
            said = [f"{status}: {', '.join(names)}" for status, names in by_status.items()]
            if influence["timing"]:
                said.append(f"timing: {influence['timing'].replace('_', ' ')}")
            yield from self.wrap(f"{influence['label']} → {'; '.join(said)}", "  ", "    ")

    def _knowledge(self, knowledge: dict[str, Any]) -> Iterable[str]:
        for key, said in (("added", "Added to the graph"), ("silenced", "Silenced")):
            if knowledge[key]:
                yield from self.wrap(f"{said}: {', '.join(knowledge[key])}.", "", "  ")
        yield from self.wrap(f"{'; '.join(knowledge['sources'])}. {knowledge['disclaimer']}", "")


def _said(caution: dict[str, Any]) -> str:
    lead = f"{caution['agent']}, {caution['trigger']}: " if caution["because"]["facts"] else ""
    return f"{lead}{caution['text']} [{address(caution['because']['source'])}]"
