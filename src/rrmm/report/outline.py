"""The whole report in reading order, as headings, paragraphs, lists and tables.

What people read is decided here, once for Markdown and HTML. What a source says comes with its address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from rrmm.catalogue.evidence import Effect, Result
from rrmm.derivation.model import Change, Preference, Remark
from rrmm.iris import short
from rrmm.report import wording
from rrmm.report.model import Course, Knowledge, OptionAnswer, ReportRecord
from rrmm.report.wording import plainly
from rrmm.rules.effects import name_status
from rrmm.rules.model import Caution, Reading, Reason


class Span(NamedTuple):
    """A run of text: plain, ``strong``, ``address``, ``note``, ``reading`` or ``warning``."""

    text: str
    kind: str = "plain"


Line = list[Span]


class Heading(NamedTuple):
    """A heading; level 1 names the patient, 2 a section, 3 an option."""

    level: int
    text: str
    kind: str = ""


class Paragraph(NamedTuple):
    """A paragraph; `kind` is empty or ``warning``."""

    line: Line
    kind: str = ""


class Items(NamedTuple):
    """A list."""

    lines: list[Line]


class Grid(NamedTuple):
    """A table with a caption and a header."""

    caption: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]


class Folded(NamedTuple):
    """Blocks that a reader can unfold."""

    title: str
    blocks: list[Block]


Block = Heading | Paragraph | Items | Grid | Folded
POPULATIONS = {"yes": "patient within", "no": "patient outside", "unknown": "patient not known"}
EVIDENCE = ("Trial", "In", "Endpoint", "Result", "Other arm", "Comparison", "Population", "Address")


def build_outline(report: ReportRecord, doubts: Mapping[str, str]) -> list[Block]:
    """Return the blocks of one report; `doubts` gives the label of each discrepancy."""
    return list(_blocks(report, doubts))


def _blocks(report: ReportRecord, doubts: Mapping[str, str]) -> Iterator[Block]:
    yield Heading(1, report.patient)
    yield Paragraph([Span(report.knowledge.disclaimer)], "warning")
    yield from _overview(report)
    yield from _patient(report)
    shared = wording.shared_cautions(report)
    if shared:
        yield Heading(2, "For every option")
        yield Items([_caution(caution._replace(agent="")) for caution in shared.values()])
    for group in wording.group_options(report):
        yield Heading(2, f"{group.heading} ({len(group.options)})", group.status)
        for option in group.options:
            yield from _option(option, doubts, shared.keys())
    yield from _several(report)
    yield from _remarks(report.remarks)
    yield from _doubts(doubts)
    yield from _readings(report.readings)
    yield from _knowledge(report.knowledge)


def _overview(report: ReportRecord) -> Iterator[Block]:
    named = [option.option for option in report.options if option.status == "recommended"]
    yield Paragraph([Span("Named by the review: ", "strong"), Span(", ".join(named) or "nothing")])
    timing = report.timing
    yield Paragraph([Span("Timing: ", "strong"), Span(wording.timing(timing)), *_waiting(timing.needs)])


def _patient(report: ReportRecord) -> Iterator[Block]:
    yield Heading(2, "Patient")
    if report.timing.because:
        yield Paragraph([Span("Why this timing", "strong")])
        yield Items([_reason(reason) for reason in report.timing.because])
    if report.history:
        yield Paragraph([Span("Prior drugs", "strong")])
        yield Items([_course(course) for course in report.history])
    pattern = report.disease_pattern
    yield Paragraph([Span("Disease pattern: ", "strong"), Span(pattern.value)])
    yield Items([_reason(reason) for reason in pattern.because])
    holding = [state for state in report.states if state.holds == "yes"]
    yield Paragraph([Span("States that hold", "strong"), *([] if holding else [Span(": none that the review names")])])
    yield Items([_reason(reason, state.state) for state in holding for reason in state.because])
    unknown = [[Span(s.state, "strong"), *_waiting(s.needs)] for s in report.states if s.holds == "unknown"]
    if unknown:
        yield Folded(f"States that are not known ({len(unknown)})", [Items(unknown)])
    for word in report.not_covered:
        yield Paragraph([Span(f"The review says nothing on {word}.")])


def _course(course: Course) -> Line:
    line = [Span(course.drug, "strong"), Span(f": {course.status.replace('_', ' ')}")]
    return line + [span for reason in course.because for span in _grounds(reason)]


def _waiting(needs: Sequence[str]) -> Line:
    return [Span(f" Not known, and could change it: {', '.join(map(plainly, needs))}.", "note")] if needs else []


def _reason(reason: Reason, label: str = "") -> Line:
    modal = f" ({reason.modality})" if reason.modality != "none" else ""
    return [Span(label or reason.label), Span(modal), *_grounds(reason)]


def _grounds(reason: Reason) -> Line:
    """Return the facts that a reason matched, its address, rule and reading."""
    facts = "; ".join(map(plainly, reason.facts))
    place = str(reason.source)
    line = [Span(f" – {facts}", "note")] if facts else []
    line += [Span(f" [{place}]", "address")] if place else []
    line.append(Span(f" {short(reason.rule)}", "rule"))
    return line + ([Span(reason.reading, "reading")] if reason.reading else [])


def _option(option: OptionAnswer, doubts: Mapping[str, str], shared: Collection[str]) -> Iterator[Block]:
    yield Heading(3, option.option, option.status)
    if option.components:
        yield Paragraph([Span(", ".join(option.components))])
    yield Items([_reason(reason) for reason in option.because])
    yield Items([_caution(caution) for caution in option.cautions if caution.because.rule not in shared])
    if option.high_risk_evidence:
        words = wording.HIGH_RISK[option.high_risk_evidence]
        yield Paragraph([Span("In high-risk disease: ", "strong"), Span(f"{words}.")])
    if option.needs:
        yield Paragraph(_waiting(option.needs))
    if option.would_change_if:
        yield Folded(f"What would change it ({len(option.would_change_if)})", [_changes(option.would_change_if)])
    if option.evidence:
        yield Folded(f"Evidence ({len(option.evidence)} results)", list(_evidence(option.evidence, doubts)))


def _caution(caution: Caution) -> Line:
    because = caution.because
    lead = ", ".join(filter(None, (caution.kind.capitalize(), caution.agent)))
    trigger = f" ({caution.trigger})" if caution.trigger else ""
    kind = "warning" if because.facts else "strong"
    return [Span(f"{lead}{trigger}: ", kind), Span(caution.text), *_grounds(because)]


def _changes(changes: Sequence[Change]) -> Items:
    return Items([_change(change) for change in changes])


def _change(change: Change) -> Line:
    facts = " and ".join(map(plainly, change.facts))
    return [Span(name_status(change.status), "strong"), Span(f" if {facts}")]


def _evidence(results: Sequence[Result], doubts: Mapping[str, str]) -> Iterator[Block]:
    """Yield one table for each caveat on comparing, in the order in which the results stand."""
    caveats = dict.fromkeys(result.comparability for result in results)
    for caveat in caveats:
        shown = [result for result in results if result.comparability == caveat]
        yield Grid(caveat, EVIDENCE, [_result(result) for result in shown])
    concerned = dict.fromkeys(iri for result in results for iri in result.discrepancies)
    if concerned:
        yield Paragraph([Span("In doubt here", "strong")])
        yield Items([[Span(doubts.get(iri, short(iri))), Span(f" {short(iri)}", "rule")] for iri in concerned])


def _result(result: Result) -> tuple[str, ...]:
    unit = f" {result.unit}" if result.unit else ""
    mark = " ⚠" if result.discrepancies else ""
    other = f": {result.comparator_as_printed}{unit}" if result.comparator_as_printed else ""
    return (
        result.trial,
        result.population,
        f"{result.endpoint}, {result.statistic}",
        f"{result.as_printed}{unit}{mark}",
        f"{result.comparator}{other}" if result.comparator else "none",
        _effect(result.effect) if result.effect else "not printed",
        POPULATIONS[result.population_matches],
        str(result.source),
    )


def _effect(effect: Effect) -> str:
    test = f"P {effect.p}" if effect.p else ""
    ratio = f"{effect.statistic} {effect.as_printed}" if effect.as_printed else ""
    return ", ".join(filter(None, (ratio, test)))


def _several(report: ReportRecord) -> Iterator[Block]:
    """Yield what concerns several options: preferences and conflicts."""
    if report.preferences:
        yield Heading(2, "Preferences")
        yield Items([_preference(preference) for preference in report.preferences])
    if report.conflicts:
        yield Heading(2, "Where the review pulls apart")
        for conflict in report.conflicts:
            yield Paragraph([Span(conflict.text)])
            yield Items([_reason(reason) for reason in conflict.between])


def _preference(preference: Preference) -> Line:
    names = f"{', '.join(preference.preferred)} over {', '.join(preference.over)}: "
    return [Span(names, "strong"), *_reason(preference.because)]


def _remarks(remarks: Sequence[Remark]) -> Iterator[Block]:
    """Yield the tests to perform, and what the review says of such disease beside any option."""
    for kind, heading in wording.REMARKS.items():
        of_kind = [remark for remark in remarks if remark.kind == kind]
        if of_kind:
            yield Folded(f"{heading} ({len(of_kind)})", [Items([_remark(remark) for remark in of_kind])])


def _remark(remark: Remark) -> Line:
    about = f"{', '.join(remark.about)}: " if remark.about else ""
    return [Span(about, "strong"), Span(remark.text), *_grounds(remark.because)]


def _doubts(doubts: Mapping[str, str]) -> Iterator[Block]:
    if doubts:
        yield Heading(2, "Where the review is in doubt")
        yield Paragraph([Span("Discrepancies of the review that touch the evidence above. rrmm explain tells each.")])
        yield Items([[Span(label), Span(f" {short(iri)}", "rule")] for iri, label in doubts.items()])


def _readings(readings: Sequence[Reading]) -> Iterator[Block]:
    if readings:
        yield Heading(2, "Adopted readings")
        yield Paragraph([Span("Where the review leaves a word open, this report rests on these readings.")])
        yield Items([[Span(r.label, "strong"), Span(f": {r.text}"), Span(r.reading, "anchor")] for r in readings])


def _knowledge(knowledge: Knowledge) -> Iterator[Block]:
    yield Heading(2, "What this rests on")
    lines = [f"Source: {source.title}" for source in knowledge.sources]
    lines += [f"Graph {knowledge.version}; its knowledge ends in {knowledge.knowledge_ends}"]
    lines += [f"Added to the graph: {name}" for name in knowledge.added]
    lines += [f"Silenced: {short(name)}" for name in knowledge.silenced]
    lines += ["An address is section, citation numbers, and character positions in the text of the source."]
    yield Items([[Span(line)] for line in lines])
