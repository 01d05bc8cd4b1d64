"""The answer at a glance: who, when, which options in which group, what marks them, what to find out next.

Every view for people begins with it. Options keep the order of the graph; nothing is ranked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rrmm.derivation.details import ApprovalAnswer
from rrmm.patient.regions import code_shown
from rrmm.patient.warnings import REGION_KEY
from rrmm.records import NamedTuple
from rrmm.report import wording
from rrmm.report.contract import SCHEDULE, TOXICITY
from rrmm.report.model import Fact, OptionAnswer, ReportRecord
from rrmm.report.phrases import Phrases, name_decision
from rrmm.report.wording import Group
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import TimingAction
from rrmm.rules.model import Caution, Reason

GENERAL, SILENT, DOUBTFUL, SIGNIFICANT = "°", "∅", "?", "*"
CHOSEN = frozenset({"choice", "code", "boolean"})
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WARNING = frozenset({"caution", "monitor"})
CONDITION = {"yes": ", its condition met", "no": ", its condition not met", "unknown": " under a condition"}
LISTED = 2  # settings named at an option
MOST = 6
WEIGHTS = {"timing": 6.0, "status": 4.0, "fit": 3.0, "caution": 0.5}
UNSETTLED: TimingAction = "undetermined"


class Row(NamedTuple):
    """An option at a glance: its marks, what is printed of it in high-risk disease, what places it, and its reason.

    `cautions` are the harms that something in the patient calls up, each with what does.
    """

    option: OptionAnswer
    marks: str
    high_risk: str
    note: str
    reason: str
    cautions: tuple[str, ...] = ()


class Rows(NamedTuple):
    """The options of one group."""

    group: Group
    heading: str
    rows: list[Row]


class Mark(NamedTuple):
    """A sign at the names of options, and what it means."""

    sign: str
    text: str


class Question(NamedTuple):
    """What to find out next, and the keys of the patient file that answer it."""

    text: str
    needs: tuple[str, ...]


class Summary(NamedTuple):
    """A report at a glance."""

    patient: str
    title: str
    facts: list[str]
    history: list[str]
    states: list[str]
    timing: str
    warnings: list[str]
    always: list[Caution]
    groups: list[Rows]
    excluded: list[tuple[str, list[str]]]
    marks: list[Mark]
    preferences: list[str]
    conflicts: list[str]
    questions: list[Question]
    unknown_words: list[str]


def summarise(record: ReportRecord, rule_base: RuleBase) -> Summary:
    """Return a report at a glance."""
    return _Summary(record, rule_base).build()


class _Summary:
    def __init__(self, record: ReportRecord, rule_base: RuleBase) -> None:
        self.record, self.phrases = record, Phrases(record, rule_base)
        self.rule_base = rule_base
        self.always = wording.shared_cautions(record)
        self.letters: dict[str, dict[str, dict[str, None]]] = {}
        self.silent = {(s.source, name) for s in record.silences if s.topic == TOXICITY for name in s.on}
        self.doubtful = {name for doubt in record.discrepancies if doubt.severity == "decisive" for name in doubt.on}
        region = next((fact.value for fact in record.facts if fact.key == REGION_KEY), "")
        self.region = code_shown(rule_base, region)
        self.signs: set[str] = set()
        self.rows: list[Rows] = []

    def build(self) -> Summary:
        record = self.record
        groups = [group for group in wording.group_options(record, self.rule_base) if group.status != "excluded"]
        self.rows = [
            Rows(group, self._heading(group), [self._row(group, o) for o in group.options]) for group in groups
        ]
        return Summary(
            record.patient,
            next((fact.value for fact in record.facts if fact.key == "title"), ""),
            [self._fact(fact) for fact in record.facts if fact.key != "title"],
            [f"{course.drug} {course.status.replace('_', ' ')}" for course in record.history],
            list(self._states()),
            self._timing(),
            [warning.text for warning in record.warnings],
            list(self.always.values()),
            self.rows,
            self._excluded(),
            list(self._marks()),
            [preference.because.label for preference in record.preferences],
            [conflict.text for conflict in record.conflicts if self._touches_open([r.rule for r in conflict.between])],
            self.rank_questions(),
            list(record.not_covered),
        )

    def _fact(self, fact: Fact) -> str:
        kind = self.rule_base.keys[fact.key].kind
        if kind == "list":
            return fact.value if fact.value != "none" else f"no {fact.label}"
        return f"{fact.label}: {fact.value}" if kind == "boolean" else f"{fact.label} {fact.value}"

    def _states(self) -> Iterator[str]:
        """Yield the states that hold and by which guidance decides or sets the time, unless they repeat a fact."""
        deciding = self.rule_base.effects.deciding.keys() | self.rule_base.effects.timings.keys()
        asked = {iri for one in self.rule_base.guidance if one.effect in deciding for iri in one.applies_to}
        for state in self.record.states:
            for reason in state.because:
                told = _words(state.state) <= _words(self.phrases.say(reason.facts))
                if reason.rule in asked and not told and self._is_inferred(reason.facts):
                    yield state.state

    def _is_inferred(self, facts: Sequence[str]) -> bool:
        """Return whether facts are several, or one that is more than a word chosen from a few."""
        path = facts[0].partition(": ")[0] if facts else ""
        return len(facts) > 1 or not (path in self.rule_base.keys and self.rule_base.keys[path].kind in CHOSEN)

    def _timing(self) -> str:
        timing = self.record.timing
        states = self.phrases.for_whom(timing.because) or "; ".join(reason.label for reason in timing.because[:1])
        if timing.action == UNSETTLED:
            return "Undetermined: it depends on what to find out next."
        words = wording.timing(timing)
        return f"{words[:1].upper()}{words[1:]}{f': {states}' if states else ''}."

    def _heading(self, group: Group) -> str:
        if group.status == "recommended":
            states = {self.phrases.for_whom(option.because) for option in group.options}
            where = f" for {states.pop()}" if len(states) == 1 and states != {""} else ""
            return f"{self.phrases.heading(group)}{where}"
        return self.phrases.heading(group)

    # -- one option

    def _row(self, group: Group, option: OptionAnswer) -> Row:
        reason = (option.fit_because if group.fit == "fits" else option.because)[0].label
        marks, note = self._mark(option), self._note(group, option)
        return Row(option, marks, self._high_risk(option), note, reason, tuple(self._harms(option)))

    def _called_up(self, option: OptionAnswer) -> Iterator[Caution]:
        """Yield the cautions that something in the patient calls up."""
        for caution in option.cautions:
            if caution.because.rule not in self.always and caution.because.facts:
                yield caution

    def _harms(self, option: OptionAnswer) -> dict[str, None]:
        harms = (one for one in self._called_up(option) if one.concern or one.kind != SCHEDULE)
        return dict.fromkeys(f"{one.concern or one.kind}: {self._trigger(one)}" for one in harms)

    def _mark(self, option: OptionAnswer) -> str:
        cautions = [caution for caution in option.cautions if caution.because.rule not in self.always]
        triggered: dict[str, None] = {}
        for caution in self._called_up(option):
            trigger = self._trigger(caution)
            harm = caution.concern or caution.kind
            agents = self.letters.setdefault(trigger, {}).setdefault(harm, {})
            agents.update(dict.fromkeys(caution.agent.split(", ")))
            triggered[trigger] = None
        marks = sorted(self._letter(trigger) for trigger in triggered)
        general = any(caution.kind in WARNING and not caution.because.facts for caution in cautions)
        marks += [GENERAL] if general else []
        marks += [SILENT] if self._is_silent(option) else []
        marks += [DOUBTFUL] if option.option in self.doubtful else []
        self.signs.update(marks)
        return "".join(marks)

    def _is_silent(self, option: OptionAnswer) -> bool:
        """Return whether no source that names an option prints a toxicity of it."""
        naming = [source for source, answer in option.by_source.items() if answer]
        cautioned = any(one.kind in WARNING and one.because.rule not in self.always for one in option.cautions)
        return not cautioned and bool(naming) and all((source, option.option) in self.silent for source in naming)

    def _trigger(self, caution: Caution) -> str:
        """Return what in the patient a caution answers to: a word of the file, or the state that it makes."""
        if caution.trigger and ": " not in caution.trigger:
            return caution.trigger
        return self.phrases.for_whom([caution.because]) or self.phrases.say(caution.because.facts)

    def _letter(self, trigger: str) -> str:
        """Return the letter of what cautions answer to, in the order in which they are met."""
        return LETTERS[list(self.letters).index(trigger) % len(LETTERS)]

    def _high_risk(self, option: OptionAnswer) -> str:
        if not option.high_risk_evidence:
            return ""
        details = [
            f"{one.abnormality}: {wording.PRINTED[one.printed]}"
            for one in option.high_risk_detail
            if one.printed != "nothing"
        ]
        return "; ".join(details) or wording.HIGH_RISK_SHORT[option.high_risk_evidence]

    def _note(self, group: Group, option: OptionAnswer) -> str:
        """Return what places an option in its group; what is decided in another region comes last."""
        phrases, reasons = self.phrases, option.fit_because
        denied, elsewhere = self._denied(option)
        if group.status == "recommended" or group.fit == "fits":
            note = [phrases.compare(option)]
        elif group.fit == "unknown":
            unknown = phrases.settings(reasons, "unknown")
            note = [f"if {_choose(unknown)}" if unknown else "; ".join(reason.label for reason in reasons)]
        elif group.fit == "other_setting":
            missed = phrases.settings(reasons, "no")
            note = [f"in {_choose(missed)}" if missed else "; ".join(phrases.in_words(reasons)) or reasons[0].label]
        elif group.status == "undetermined":
            note = [phrases.say(fact for reason in option.because for fact in reason.facts)]
        else:
            note = []
        return "; ".join(filter(None, [*denied, *note, *elsewhere]))

    def _denied(self, option: OptionAnswer) -> tuple[list[str], list[str]]:
        """Return what regulators denied or withdrew, and what those of other regions did where the region is known.

        What is denied elsewhere alone stands beside the approval in the patient's region, where there is one.
        """
        denied = [one for one in option.approvals if one.state != "approved"]
        here = [one for one in denied if self.region in {None, one.jurisdiction}]
        elsewhere = [name_decision(one) for one in denied if one not in here]
        approved = [one for one in option.approvals if one.state == "approved" and one.jurisdiction == self.region]
        leading = list(map(name_decision, here)) or ([_name_approval(one) for one in approved] if elsewhere else [])
        return list(dict.fromkeys(leading)), list(dict.fromkeys(elsewhere))

    # -- the rest

    def _excluded(self) -> list[tuple[str, list[str]]]:
        """Return the excluded options by reason."""
        by_reason: dict[str, list[str]] = {}
        for option in self.record.options:
            if option.status == "excluded":
                reasons = ", ".join(dict.fromkeys(filter(None, (self._exclude(option, one) for one in option.because))))
                by_reason.setdefault(reasons or option.because[0].label, []).append(option.option)
        return list(by_reason.items())

    def _exclude(self, option: OptionAnswer, reason: Reason) -> str:
        """Return why guidance excludes an option: what a regulator decided, or what in the patient it answers to."""
        guidance = self.rule_base.by_iri.get(reason.rule)
        for approval in option.approvals if guidance and guidance.jurisdiction else ():
            if guidance and approval.state == "not_approved" and approval.jurisdiction == guidance.jurisdiction:
                return name_decision(approval, check=False)
        return self.phrases.say(reason.facts)

    def _marks(self) -> Iterator[Mark]:
        for trigger, harms in self.letters.items():
            words = "; ".join(f"{harm} ({', '.join(agents)})" for harm, agents in harms.items())
            yield Mark(self._letter(trigger), f"{trigger}: {words}")
        texts = {
            GENERAL: "cautions for any patient",
            SILENT: f"no toxicity of it is printed in {self.phrases.any_source}",
            DOUBTFUL: "a number in doubt",
            SIGNIFICANT: "significant",
        }
        if any(SIGNIFICANT in row.note + row.high_risk for rows in self.rows for row in rows.rows):
            self.signs.add(SIGNIFICANT)
        yield from (Mark(sign, text) for sign, text in texts.items() if sign in self.signs)

    def _touches_open(self, rules: list[str]) -> bool:
        """Return whether statements that pull apart bear on an option that is not excluded."""
        open_ = {option.option for option in self.record.options if option.status != "excluded"}
        statements = [self.rule_base.by_iri[rule] for rule in rules if rule in self.rule_base.by_iri]
        narrow = min(statements, key=lambda one: len(one.options), default=None)
        return narrow is None or any(self.rule_base.label_of_option[iri] in open_ for iri in narrow.options)

    def rank_questions(self) -> list[Question]:
        """Return what to find out next: the questions whose answers could change most, at most six."""
        record, scores = self.record, dict[str, float]()
        drugs: dict[str, dict[str, None]] = {}
        keys: dict[str, dict[str, None]] = {}

        def count(needs: tuple[str, ...], weight: float) -> None:
            asked = dict(map(self.phrases.question, needs))
            for need in needs:
                question, drug = self.phrases.question(need)
                drugs.setdefault(question, {}).update({drug: None} if drug else {})
                keys.setdefault(question, {})[need] = None
            for question in asked:
                scores[question] = scores.get(question, 0.0) + weight

        count(record.timing.needs, WEIGHTS["timing"] * (2 if record.timing.action == UNSETTLED else 1))
        for option in record.options:
            count(option.needs, WEIGHTS["status"])
            count(option.fit_needs, WEIGHTS["fit"])
            count(option.caution_needs, WEIGHTS["caution"])
        ranked = sorted(scores, key=lambda question: -scores[question])[:MOST]
        names = {question: ", ".join(drugs[question]) for question in ranked}
        return [
            Question(question.replace("{drug}", " and ".join(names[question].rsplit(", ", 1))), tuple(keys[question]))
            for question in ranked
        ]


def _name_approval(approval: ApprovalAnswer) -> str:
    """Return where a drug is approved, and whether the patient meets the printed condition."""
    return name_decision(approval) + (CONDITION[approval.met] if approval.condition else "")


def _words(text: str) -> set[str]:
    return set(text.replace("-", " ").replace(",", " ").split())


def _choose(states: list[str]) -> str:
    """Return some states as alternatives; what is beyond three stands at the option in full."""
    return " or ".join(states[:LISTED]) + (" or …" if len(states) > LISTED else "")
