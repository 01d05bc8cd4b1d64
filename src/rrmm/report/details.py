"""One option in full, the patient behind the answer, and where every statement stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rrmm.catalogue.comparisons import Comparison
from rrmm.catalogue.evidence import Effect, Published, Result, with_unit
from rrmm.derivation.details import ApprovalAnswer
from rrmm.derivation.model import Change, Remark
from rrmm.iris import short
from rrmm.report import wording
from rrmm.report.blocks import Block, Folded, Grid, Items, Line, Paragraph, Span, Strip
from rrmm.report.contract import CONTEXT, GRAVE, OTHERWISE
from rrmm.report.model import OptionAnswer, ReportRecord
from rrmm.report.phrases import COMPARED, Phrases, name_decision
from rrmm.rules.address import Address
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import name_status
from rrmm.rules.model import Caution, Reason

POPULATIONS = {"yes": "patient within", "no": "patient outside", "unknown": ""}
SIGNIFICANCE = {"yes": ", significantly", "no": ", not significantly", "not_stated": ""}
COMPARISON = "Comparison"
HEAD = ("Endpoint", "Result", COMPARISON, "In whom", "Study", "Stated in")
RATIO = "ratio"
MET = {"yes": "met", "no": "not met", "unknown": "not known whether met"}


class Details:
    """What stands behind each line of a report."""

    def __init__(self, record: ReportRecord, rule_base: RuleBase) -> None:
        self.record, self.rule_base = record, rule_base
        self.phrases = Phrases(record, rule_base)
        self.always = wording.shared_cautions(record)

    # -- one option

    def option(self, option: OptionAnswer) -> Iterator[Block]:
        """Yield an option in full."""
        yield Paragraph([Span(", ".join(option.components) or option.kind), *self._novelty(option)])
        status = self.phrases.name_status(option)
        yield Paragraph([Span(f"{status[:1].upper()}{status[1:]}", "strong"), Span(self._fit(option))])
        yield Items(list(map(self.reason, _merge(option.because, option.fit_because))))
        if words := self.phrases.in_words((*option.because, *option.fit_because)):
            yield Paragraph([Span(f"Seen in: {'; '.join(words)}", "note")])
        yield from self._cautions(option)
        if option.high_risk_evidence:
            yield Paragraph([Span("In high-risk disease: ", "strong"), Span(self._high_risk(option))])
        approvals = [
            (describe_approval(one), one.source) for one in option.approvals if one.jurisdiction or one.condition
        ]
        if approvals:
            yield Items([[*approval[0], _place(approval[1])] for approval in approvals])
        for why, needs in (("Open questions", option.needs), ("Its fit depends on", option.fit_needs)):
            if needs:
                yield Paragraph([Span(f"{why}: ", "strong"), Span(" ".join(self.phrases.ask(needs)))])
        if option.caution_needs:
            asked = " ".join(self.phrases.ask(option.caution_needs))
            yield Paragraph([Span("Could add a caution: ", "strong"), Span(asked)])
        if option.would_change_if:
            yield Folded([Span("What would change it")], [Items(list(map(self.change, option.would_change_if)))])
        yield from self._findings(option)
        if option.superseded:
            yield Paragraph([Span("Superseded here", "strong")])
            yield Items(list(map(self.reason, option.superseded)))

    def _novelty(self, option: OptionAnswer) -> Line:
        new = f" · new: {', '.join(option.new)}" if option.new else ""
        again = f" · given again: {', '.join(option.given_again)}" if option.given_again else ""
        return [Span(new + again, "note")] if new or again else []

    def _fit(self, option: OptionAnswer) -> str:
        return f" · {wording.FITS[option.fit].rstrip(' …').lower()}" if option.fit and option.status == "option" else ""

    def _cautions(self, option: OptionAnswer) -> Iterator[Block]:
        cautions = sorted(option.cautions, key=lambda caution: not caution.because.facts)
        shown = [self._caution(caution) for caution in cautions if caution.because.rule not in self.always]
        if shown:
            yield Items(shown)
        silences = dict.fromkeys(one.text for one in self.record.silences if option.option in one.on)
        if silences:
            yield Items([[Span(text, "note")] for text in silences])

    def _caution(self, caution: Caution) -> Line:
        lead = ", ".join(filter(None, (caution.kind.capitalize(), caution.agent)))
        return [
            Span(f"{lead}: ", "warning" if caution.because.facts else "strong"),
            Span(caution.text),
            *self._grounds(caution.because),
        ]

    def _high_risk(self, option: OptionAnswer) -> str:
        details = [f"{one.abnormality}: {wording.PRINTED[one.printed]}" for one in option.high_risk_detail]
        verdict, speaking = wording.HIGH_RISK[option.high_risk_evidence or "none"], list[Reason]()
        if option.high_risk_evidence != "none":
            speaking = self.phrases.on_high_risk(option)
        elif any(result.population != wording.WHOLE for result in option.evidence):
            verdict = "figures are printed, and no verdict on them"
        return f"{'; '.join([f'in {self.rule_base.cite(speaking)} {verdict}', *details])}."

    def _findings(self, option: OptionAnswer) -> Iterator[Block]:
        """Yield what studies found: comparisons in words, then the numbers."""
        comparisons = [self._comparison(one) for one in self.phrases.comparisons.get(option.option, ())]
        tables = list(self._tables(option.evidence))
        if comparisons or tables:
            title = f"What studies found ({len(comparisons)} comparisons, {len(option.evidence)} results)"
            yield Folded([Span(title)], [Items(comparisons), *tables])

    def _comparison(self, one: Comparison) -> Line:
        population = str(one.population or "")
        parts = (one.trial, population if population != wording.WHOLE else "", POPULATIONS[one.population_matches])
        verdict = f"{COMPARED[one.direction]} {one.over}{SIGNIFICANCE[one.significant]}"
        text = f"{one.endpoint}: {verdict} ({', '.join(filter(None, parts))})"
        return [Span(text), _place(one.source)]

    def _tables(self, results: Sequence[Result]) -> Iterator[Block]:
        """Yield one table for each caveat on comparing: effects first, then other results, whom it enrolled last."""
        ordered = sorted(results, key=lambda result: (result.endpoint in CONTEXT, result.effect is None))
        for caveat in dict.fromkeys(result.comparability for result in ordered):
            alike = [result for result in ordered if result.comparability == caveat]
            strips = tuple(_strip(result.effect) for result in alike)
            yield Grid(caveat, HEAD, [_result(result) for result in alike], strips, HEAD.index(COMPARISON))

    # -- reasons and where they stand

    def reason(self, reason: Reason) -> Line:
        """Return a reason with its modal verb, facts and place."""
        modal = f" ({reason.modality})" if reason.modality != "none" else ""
        return [Span(f"{reason.label}{modal}"), *self._grounds(reason)]

    def _grounds(self, reason: Reason) -> Line:
        facts = self.phrases.say(reason.facts)
        return [*([Span(f" – {facts}", "note")] if facts else []), _place(reason.source)]

    def addresses(self, options: Iterable[OptionAnswer], *, whole: bool = False) -> Iterator[Block]:
        """Yield the rule or result behind each statement with its characters in the source."""
        rules: dict[str, tuple[str, Address]] = {}
        results: dict[str, tuple[str, Address]] = {}
        reasons = list(self.record.reasons()) if whole else []
        for option in options:
            reasons += [*option.because, *option.fit_because, *option.superseded]
            reasons += [caution.because for caution in option.cautions]
            for result in option.evidence:
                words = f"{result.trial}, {result.endpoint}, {result.population}"
                results[result.result] = (words, result.source)
        for reason in reasons:
            rules[reason.rule] = (reason.label, reason.source)
        lines: list[Line] = [
            [Span(f"{words}: "), Span(str(address), "address"), Span(f" {short(iri)}", "rule")]
            for iri, (words, address) in (*rules.items(), *results.items())
        ]
        title = f"Rules and results with their addresses ({len(lines)}): section, citations, characters of the source"
        yield Folded([Span(title)], [Items(lines)])

    # -- the patient

    def patient(self) -> Iterator[Block]:
        """Yield why this timing, the prior drugs, the disease pattern and the states."""
        record = self.record
        if record.timing.because:
            yield Paragraph([Span("Why this timing", "strong")])
            yield Items(list(map(self.reason, record.timing.because)))
        if record.timing.needs:
            asked = " ".join(self.phrases.ask(record.timing.needs))
            yield Paragraph([Span("The timing could change with: ", "strong"), Span(asked)])
        if record.history:
            yield Paragraph([Span("Prior drugs", "strong")])
            yield Items(
                [
                    [Span(f"{one.drug}: {one.status.replace('_', ' ')}"), *map(_reason_place, one.because)]
                    for one in record.history
                ]
            )
        yield Paragraph([Span("Disease pattern: ", "strong"), Span(record.disease_pattern.value)])
        asked_states = self.rule_base.asked_states
        holding = [reason for state in record.states for reason in state.because if reason.rule in asked_states]
        if holding:
            yield Paragraph([Span("States that hold", "strong")])
            yield Items(list(map(self.reason, holding)))
        labels = {self.rule_base.states[iri].label for iri in asked_states}
        unknown = [state for state in record.states if state.holds == "unknown" and state.state in labels]
        if unknown:
            yield Paragraph([Span("Not known", "strong")])
            yield Items(
                [
                    [Span(f"{state.state} – "), Span(" ".join(self.phrases.ask(state.needs)), "note")]
                    for state in unknown
                ]
            )

    def remark(self, remark: Remark) -> Line:
        """Return what a source says beside any option."""
        about = f"{', '.join(remark.about)}: " if remark.about else ""
        return [Span(about, "strong"), Span(remark.text), *self._grounds(remark.because)]

    def change(self, change: Change) -> Line:
        """Return a change of the patient with the status that it brings."""
        facts = " and ".join(filter(None, map(self.phrases.say_one, change.facts)))
        return [Span(name_status(change.status, self.rule_base.named_by_any), "strong"), Span(f" if {facts}")]

    def all_changes(self) -> Iterator[Block]:
        """Yield for each option the changes that would turn it."""
        for option in self.record.options:
            if option.would_change_if:
                yield Paragraph([Span(option.option, "strong")])
                yield Items(list(map(self.change, option.would_change_if)))


def describe_approval(approval: ApprovalAnswer) -> Line:
    """Return what a regulator decided, when, on which condition, and whether it is met."""
    words = name_decision(approval)
    condition = f": {approval.condition} ({MET[approval.met]})" if approval.condition else ""
    return [Span(f"{words[:1].upper()}{words[1:]}", "strong"), Span(condition)]


def _merge(because: Iterable[Reason], near: Iterable[Reason]) -> list[Reason]:
    """Return the reasons of status and fit, each rule once, with its facts where one of them has any."""
    merged: dict[str, Reason] = {}
    for reason in (*because, *near):
        known = merged.get(reason.rule)
        facts = dict.fromkeys((*(known.facts if known else ()), *reason.facts))
        merged[reason.rule] = reason.matching(tuple(facts))
    return list(merged.values())


def _place(address: Address) -> Span:
    cited = f" [{', '.join(map(str, address.citations))}]" if address.citations else ""
    return Span(f" ({address.place}{cited})" if address.place else "", "address")


def _reason_place(reason: Reason) -> Span:
    return _place(reason.source)


def _result(result: Result) -> tuple[str, ...]:
    mark = " ⚠" if result.doubt in GRAVE else ""
    printed = result.comparator_as_printed
    other = f" against {with_unit(printed, result.unit)}" if printed else ""
    within = POPULATIONS[result.population_matches]
    follow_up = f"follow-up {result.follow_up_months:g} mo" if result.follow_up_months else ""
    level = f"level {result.level_of_evidence}" if result.level_of_evidence else ""
    return (
        f"{result.endpoint}, {result.statistic}",
        f"{with_unit(result.as_printed, result.unit)}{mark}{other}",
        describe_effect(result.effect) if result.effect else "",
        ", ".join(filter(None, (result.population, within))),
        ", ".join(filter(None, (result.trial, _against(result), follow_up, level))),
        ", ".join(filter(None, (_place(result.source).text.strip(" ()"), _published(result)))),
    )


def _published(result: Result) -> str:
    """Return whether the numbers of a row are as published, and those that are not as their publication prints them."""
    told = dict.fromkeys(map(_print_published, result.published or ()))
    return f"published: {'; '.join(told)}" if told else ""


def _print_published(one: Published) -> str:
    """Return a number as published, with what else is otherwise."""
    if one.outcome != OTHERWISE:
        return one.outcome
    return f"{one.as_published} ({one.interval})" if one.interval else f"{one.as_published} {one.endpoint}"


def _against(result: Result) -> str:
    return f"against {result.comparator}" if result.comparator else ""


def _strip(effect: Effect | None) -> Strip | None:
    """Return what can be drawn of a comparison: a ratio."""
    if effect is None or not effect.statistic.endswith(RATIO):
        return None
    try:
        ratio = float(effect.as_printed or "")
    except ValueError:
        return None
    low, high = effect.interval if effect.interval and len(effect.interval) == 2 else (None, None)
    return Strip(ratio, (low, high) if low is not None and high is not None else None) if ratio > 0 else None


def describe_effect(effect: Effect) -> str:
    """Return a comparison with its interval and test."""
    level = f"{effect.level:g}% " if effect.level else ""
    digits = len((effect.as_printed or "").partition(".")[2])
    ends = "–".join(_number(end, digits) for end in effect.interval or ())
    interval = f" ({level}CI {ends})" if ends else ""
    test = f"P {effect.p}" if effect.p else ""
    ratio = f"{effect.statistic} {effect.as_printed}{interval}" if effect.as_printed else ""
    return ", ".join(filter(None, (ratio, test)))


def _number(value: float | None, digits: int) -> str:
    """Return an end of an interval with at least as many decimals as the number that it belongs to.

    >>> _number(0.6, 2), _number(1.018, 2), _number(None, 2)
    ('0.60', '1.018', 'not evaluable')
    """
    if value is None:
        return "not evaluable"
    text = f"{value:g}"
    return text if len(text.partition(".")[2]) >= digits else f"{value:.{digits}f}"
