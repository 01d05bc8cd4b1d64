"""The report at a glance: for a terminal, what is open first, each with its reason and address."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from rrmm.records import MISSING
from rrmm.report import wording
from rrmm.report.model import Knowledge, OptionAnswer, ReportRecord
from rrmm.report.wording import Group, plainly
from rrmm.rules.effects import name_status
from rrmm.rules.model import Caution

NAME_WIDTH = 24
MARGIN = " " * (NAME_WIDTH + 3)


def write_text(report: ReportRecord, width: int = 100) -> str:
    """Return a report as text, wrapped to `width` characters."""
    return "\n".join(_Writer(report, width).lines()) + "\n"


class _Writer:
    def __init__(self, report: ReportRecord, width: int) -> None:
        self.report, self.width = report, width
        self.shared = wording.shared_cautions(report)

    def wrap(self, line: str, first: str, rest: str = "") -> list[str]:
        wrapped = textwrap.wrap(line, self.width, initial_indent=first, subsequent_indent=rest)
        return wrapped or [first.rstrip()]

    def lines(self) -> Iterator[str]:
        report = self.report
        yield from self._patient()
        for number, caution in enumerate(self.shared.values()):
            line = f"{caution.text} [{caution.because.source}]"
            yield from self.wrap(line, "         " if number else "Always   ", "           ")
        for group in wording.group_options(report):
            lead, mark, rest = re.split(r"([:,]|$)", group.heading, maxsplit=1)
            title = lead.replace(" for this patient", "").upper() + mark + rest
            tail = " for this patient" if lead.endswith(" for this patient") else ""
            yield ""
            yield f"{title}{tail} ({len(group.options)})"
            yield from self._group(group)
        yield from self._preferences()
        yield from self._conflicts()
        yield from self._changes()
        yield from self._sensitivity()
        for word in report.not_covered:
            yield f"The review says nothing on {word}."
        yield ""
        if report.readings:
            labels = "; ".join(reading.label for reading in report.readings)
            yield from self.wrap(labels, "Adopted readings: ", "  ")
        yield from self._knowledge(report.knowledge)

    def _patient(self) -> Iterator[str]:
        report = self.report
        holding = [state.state for state in report.states if state.holds == "yes"]
        yield from self.wrap(report.patient, "Patient  ", "         ")
        for course in report.history:
            yield f"         {course.drug}: {course.status.replace('_', ' ')}"
        if report.disease_pattern.value != "unknown":
            yield from self.wrap(report.disease_pattern.value, "Disease  ", "         ")
        yield from self.wrap(" · ".join(holding) or "none that the review names", "States   ", "         ")
        timing = report.timing
        because = f" ({timing.because[0].label})" if timing.because else ""
        needs = f" · could change with: {', '.join(timing.needs)}" if timing.needs else ""
        yield from self.wrap(wording.timing(timing) + because + needs, "Timing   ", "         ")

    def _group(self, group: Group) -> Iterator[str]:
        status, options = group.status, group.options
        if status in {"recommended", "not_recommended"}:
            for option in options:
                yield from self._named(option)
            return
        by_reason: dict[str, list[str]] = {}
        for option in options:
            by_reason.setdefault("; ".join(map(plainly, _deciding(group, option))), []).append(option.option)
        for reason, names in by_reason.items():
            yield from self.wrap(", ".join(names) + (f" — {reason}" if reason else ""), "  ", "    ")
        if status == "option":
            yield from self._merged(options)
        if status == "excluded":
            rules = {
                reason.rule: f"{reason.label} [{reason.source}]" for option in options for reason in option.because
            }
            for line in rules.values():
                yield from self.wrap(line, "    → ", "      ")

    def _named(self, option: OptionAnswer) -> Iterator[str]:
        """Yield an option with its components, reasons and cautions."""
        yield from self.wrap(", ".join(option.components), f"  {option.option:<{NAME_WIDTH}} ", MARGIN)
        for reason in option.because:
            modal = f"{reason.modality}; " if reason.modality != "none" else ""
            yield from self.wrap(f"{reason.label} [{modal}{reason.source}]", MARGIN + "→ ", MARGIN + "  ")
        for caution in option.cautions:
            triggered = bool(caution.because.facts)
            if caution.because.rule not in self.shared and (triggered or caution.kind != "schedule"):
                yield from self.wrap(_caution(caution), MARGIN + ("! " if triggered else "· "), MARGIN + "  ")

    def _merged(self, options: Sequence[OptionAnswer]) -> Iterator[str]:
        """Yield each caution that the patient's facts trigger once, with the options that carry it."""
        carriers: dict[str, list[str]] = {}
        for option in options:
            for caution in option.cautions:
                if caution.because.facts and caution.because.rule not in self.shared:
                    carriers.setdefault(_caution(caution), []).append(option.option)
        for line, names in carriers.items():
            yield from self.wrap(f"{line} — {', '.join(names)}", "  ! ", "    ")

    def _preferences(self) -> Iterator[str]:
        for preference in self.report.preferences:
            yield ""
            names = f"{', '.join(preference.preferred)} over {', '.join(preference.over)}"
            yield from self.wrap(f"{names} [{preference.because.source}]", "Preferred  ", "           ")

    def _conflicts(self) -> Iterator[str]:
        for conflict in self.report.conflicts:
            yield ""
            places = " against ".join(f"{reason.label} [{reason.source}]" for reason in conflict.between)
            yield from self.wrap(f"{conflict.text} {places}", "Conflict   ", "           ")

    def _changes(self) -> Iterator[str]:
        """Yield the changes of the patient, each with the options that it turns to a status."""
        if not any(option.would_change_if is not MISSING for option in self.report.options):
            return
        by_facts: dict[str, dict[str, list[str]]] = {}
        for option in self.report.options:
            for change in option.would_change_if or ():
                facts = " and ".join(map(plainly, change.facts))
                by_facts.setdefault(facts, {}).setdefault(name_status(change.status), []).append(option.option)
        yield ""
        yield "WHAT WOULD CHANGE AN ANSWER"
        for facts, statuses in by_facts.items():
            turned = "; ".join(f"{status}: {', '.join(names)}" for status, names in statuses.items())
            yield from self.wrap(f"{facts} → {turned}", "  ", "    ")

    def _sensitivity(self) -> Iterator[str]:
        """Yield what would change without each rule that matters to this patient."""
        influences = self.report.sensitivity
        if influences is MISSING:
            return
        yield ""
        yield "WITHOUT ONE RULE"
        if not influences:
            yield "  Nothing would change: no rule decides alone."
        for influence in influences or ():
            by_status: dict[str, list[str]] = {}
            for turned in influence.options:
                status = name_status(turned.status) if turned.status else "not offered"
                by_status.setdefault(status, []).append(turned.option)
            changes = [f"{status}: {', '.join(names)}" for status, names in by_status.items()]
            if influence.timing:
                changes.append(f"timing: {influence.timing.replace('_', ' ')}")
            yield from self.wrap(f"{influence.label} → {'; '.join(changes)}", "  ", "    ")

    def _knowledge(self, knowledge: Knowledge) -> Iterator[str]:
        for lead, names in (("Added to the graph", knowledge.added), ("Silenced", knowledge.silenced)):
            if names:
                yield from self.wrap(f"{lead}: {', '.join(names)}.", "", "  ")
        yield from self.wrap(f"{'; '.join(source.title for source in knowledge.sources)}. {knowledge.disclaimer}", "")


def _deciding(group: Group, option: OptionAnswer) -> dict[str, None]:
    """Return what puts an option into its group and differs within it: facts, or what is not known."""
    if group.status in {"excluded", "undetermined"}:
        return dict.fromkeys(fact for reason in option.because for fact in reason.facts)
    if group.fit == "other_setting":
        return dict.fromkeys(reason.label for reason in option.fit_because)
    return dict.fromkeys(option.fit_needs if group.fit == "unknown" else ())


def _caution(caution: Caution) -> str:
    lead = f"{caution.agent}, {caution.trigger}: " if caution.because.facts else ""
    return f"{lead}{caution.text} [{caution.because.source}]"
