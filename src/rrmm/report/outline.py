"""The whole report in reading order: headings, paragraphs, lists and tables, for whatever writes them out.

What the review says comes with its address; what people read is decided here, once for Markdown and HTML.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from rrmm.iris import short
from rrmm.report import wording
from rrmm.report.wording import address, plainly


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
    """Blocks that a reader may open."""

    title: str
    blocks: list[Any]


Block = Heading | Paragraph | Items | Grid | Folded
EVIDENCE = ("Trial", "Population", "Endpoint", "Result", "Control arm", "Prior lines", "Address")


def outline(data: Mapping[str, Any], doubts: Mapping[str, str]) -> list[Block]:
    """Return the blocks of one report; `doubts` gives the label of each discrepancy."""
    return list(_blocks(data, doubts))


def _blocks(data: Mapping[str, Any], doubts: Mapping[str, str]) -> Iterator[Block]:
    yield Heading(1, str(data["patient"]))
    yield Paragraph([Span(data["knowledge"]["disclaimer"])], "warning")
    yield from _overview(data)
    yield from _patient(data)
    shared = wording.shared_cautions(data)
    if shared:
        yield Heading(2, "For every option")
        yield Items([_caution({**caution, "agent": ""}) for caution in shared.values()])
    for status, heading in wording.HEADINGS.items():
        options = [option for option in data["options"] if option["status"] == status]
        if options:
            yield Heading(2, f"{heading} ({len(options)})", status)
            for option in options:
                yield from _option(option, doubts, shared.keys())
    yield from _several(data)
    yield from _remarks(data)
    yield from _doubts(doubts)
    yield from _readings(data)
    yield from _knowledge(data)


def _overview(data: Mapping[str, Any]) -> Iterator[Block]:
    named = [option["option"] for option in data["options"] if option["status"] == "recommended"]
    yield Paragraph([Span("Named by the review: ", "strong"), Span(", ".join(named) or "nothing")])
    timing = data["timing"]
    yield Paragraph([Span("Timing: ", "strong"), Span(wording.timing(timing)), *_waiting(timing["needs"])])


def _patient(data: Mapping[str, Any]) -> Iterator[Block]:
    yield Heading(2, "Patient")
    if data["timing"]["because"]:
        yield Paragraph([Span("Why this timing", "strong")])
        yield Items([_reason(reason) for reason in data["timing"]["because"]])
    if data["history"]:
        yield Paragraph([Span("Prior drugs", "strong")])
        yield Items([_course(course) for course in data["history"]])
    pattern = data["disease_pattern"]
    yield Paragraph([Span("Disease pattern: ", "strong"), Span(pattern["value"])])
    yield Items([_reason(reason) for reason in pattern["because"]])
    holding = [state for state in data["states"] if state["holds"] == "yes"]
    yield Paragraph([Span("States that hold", "strong"), *([] if holding else [Span(": none that the review names")])])
    yield Items([_reason(reason, state["state"]) for state in holding for reason in state["because"]])
    unknown = [[Span(s["state"], "strong"), *_waiting(s["needs"])] for s in data["states"] if s["holds"] == "unknown"]
    if unknown:
        yield Folded(f"States that are not known ({len(unknown)})", [Items(unknown)])
    for word in data["not_covered"]:
        yield Paragraph([Span(f"The review says nothing on {word}.")])


def _course(course: Mapping[str, Any]) -> Line:
    line = [Span(course["drug"], "strong"), Span(f": {course['status'].replace('_', ' ')}")]
    return line + [span for reason in course["because"] for span in _grounds(reason)]


def _waiting(needs: list[str]) -> Line:
    return [Span(f" Not known, and could change it: {', '.join(map(plainly, needs))}.", "note")] if needs else []


def _reason(reason: Mapping[str, Any], label: str = "") -> Line:
    modal = f" ({reason['modality']})" if reason["modality"] != "none" else ""
    return [Span(label or reason["label"]), Span(modal), *_grounds(reason)]


def _grounds(reason: Mapping[str, Any]) -> Line:
    """Return the facts that a reason matched, its address, rule and reading."""
    facts = "; ".join(map(plainly, reason["facts"]))
    place = address(reason["source"])
    line = [Span(f" – {facts}", "note")] if facts else []
    line += [Span(f" [{place}]", "address")] if place else []
    line.append(Span(f" {short(reason['rule'])}", "rule"))
    return line + ([Span(reason["reading"], "reading")] if reason["reading"] else [])


def _option(option: Mapping[str, Any], doubts: Mapping[str, str], shared: Collection[str]) -> Iterator[Block]:
    yield Heading(3, option["option"], option["status"])
    if option["components"]:
        yield Paragraph([Span(", ".join(option["components"]))])
    yield Items([_reason(reason) for reason in option["because"]])
    yield Items([_caution(caution) for caution in option["cautions"] if caution["because"]["rule"] not in shared])
    if option["high_risk_evidence"]:
        said = wording.HIGH_RISK[option["high_risk_evidence"]]
        yield Paragraph([Span("In high-risk disease: ", "strong"), Span(f"{said}.")])
    if option["needs"]:
        yield Paragraph(_waiting(option["needs"]))
    if option.get("would_change_if"):
        yield Folded(f"What would change it ({len(option['would_change_if'])})", [_changes(option["would_change_if"])])
    if option["evidence"]:
        yield Folded(f"Evidence ({len(option['evidence'])} results)", list(_evidence(option["evidence"], doubts)))


def _caution(caution: Mapping[str, Any]) -> Line:
    because = caution["because"]
    lead = ", ".join(filter(None, (caution["kind"].capitalize(), caution["agent"])))
    trigger = f" ({caution['trigger']})" if caution["trigger"] else ""
    kind = "warning" if because["facts"] else "strong"
    return [Span(f"{lead}{trigger}: ", kind), Span(caution["text"]), *_grounds(because)]


def _changes(changes: list[dict[str, Any]]) -> Items:
    return Items(
        [
            [
                Span(wording.status(change["status"]), "strong"),
                Span(f" if {' and '.join(map(plainly, change['facts']))}"),
            ]
            for change in changes
        ]
    )


def _evidence(results: list[dict[str, Any]], doubts: Mapping[str, str]) -> Iterator[Block]:
    """Yield one table for each caveat on comparing, in the order in which the results stand."""
    caveats = dict.fromkeys(result["comparability"] for result in results)
    for caveat in caveats:
        shown = [result for result in results if result["comparability"] == caveat]
        yield Grid(caveat, EVIDENCE, [_result(result) for result in shown])
    concerned = dict.fromkeys(iri for result in results for iri in result["discrepancies"])
    if concerned:
        yield Paragraph([Span("In doubt here", "strong")])
        yield Items([[Span(doubts.get(iri, short(iri))), Span(f" {short(iri)}", "rule")] for iri in concerned])


def _result(result: Mapping[str, Any]) -> tuple[str, ...]:
    said = {"yes": "patient within", "no": "patient outside", "unknown": "patient not known"}
    lines = f"{result['prior_lines']}: {said[result['within_prior_lines']]}" if result["prior_lines"] else "not printed"
    unit = f" {result['unit']}" if result["unit"] else ""
    mark = " ⚠" if result["discrepancies"] else ""
    return (
        result["trial"],
        result["population"],
        f"{result['endpoint']}, {result['statistic']}",
        f"{result['as_printed']}{unit}{mark}",
        result["comparator"] or "none",
        lines,
        address(result["source"]),
    )


def _several(data: Mapping[str, Any]) -> Iterator[Block]:
    """Yield what concerns several options: preferences and conflicts."""
    if data["preferences"]:
        yield Heading(2, "Preferences")
        yield Items([_preference(preference) for preference in data["preferences"]])
    if data["conflicts"]:
        yield Heading(2, "Where the review pulls apart")
        for conflict in data["conflicts"]:
            yield Paragraph([Span(conflict["text"])])
            yield Items([_reason(reason) for reason in conflict["between"]])


def _preference(preference: Mapping[str, Any]) -> Line:
    said = f"{', '.join(preference['preferred'])} over {', '.join(preference['over'])}: "
    return [Span(said, "strong"), *_reason(preference["because"])]


def _remarks(data: Mapping[str, Any]) -> Iterator[Block]:
    """Yield the tests to perform, and what the review says of such disease beside any option."""
    for kind, heading in wording.REMARKS.items():
        told = [remark for remark in data["remarks"] if remark["kind"] == kind]
        if told:
            yield Folded(f"{heading} ({len(told)})", [Items([_remark(remark) for remark in told])])


def _remark(remark: Mapping[str, Any]) -> Line:
    about = f"{', '.join(remark['about'])}: " if remark["about"] else ""
    return [Span(about, "strong"), Span(remark["text"]), *_grounds(remark["because"])]


def _doubts(doubts: Mapping[str, str]) -> Iterator[Block]:
    if doubts:
        yield Heading(2, "Where the review is in doubt")
        yield Paragraph([Span("Discrepancies of the review that touch the evidence above. rrmm explain tells each.")])
        yield Items([[Span(label), Span(f" {short(iri)}", "rule")] for iri, label in doubts.items()])


def _readings(data: Mapping[str, Any]) -> Iterator[Block]:
    if data["readings"]:
        yield Heading(2, "Adopted readings")
        yield Paragraph([Span("Where the review leaves a word open, this report rests on these readings.")])
        yield Items(
            [
                [Span(r["label"], "strong"), Span(f": {r['text']}"), Span(r["reading"], "anchor")]
                for r in data["readings"]
            ]
        )


def _knowledge(data: Mapping[str, Any]) -> Iterator[Block]:
    knowledge = data["knowledge"]
    yield Heading(2, "What this rests on")
    lines = [f"Source: {source}" for source in knowledge["sources"]]
    lines += [f"Graph {knowledge['version']}; its knowledge ends in {knowledge['knowledge_ends']}"]
    lines += [f"Added to the graph: {name}" for name in knowledge["added"]]
    lines += [f"Silenced: {short(name)}" for name in knowledge["silenced"]]
    lines += ["An address is section, citation numbers, and character positions in the text of the source."]
    yield Items([[Span(line)] for line in lines])
