"""The short form of the contract: options by status and fit with one reason each, and what to find out next."""

from __future__ import annotations

from typing import NamedTuple

from rrmm.report.model import OptionAnswer, ReportRecord
from rrmm.report.phrases import Phrases
from rrmm.report.summary import summarise
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import Fit, Status


class BriefOption(NamedTuple):
    """An option in one line."""

    option: str
    """The option."""
    status: Status
    """Whether it is open for this patient."""
    fit: Fit | None
    """How near the sources' words and trials are to this patient; null where the option is excluded."""
    because: str
    """One reason."""
    cautions: tuple[str, ...]
    """The harms to heed, and what in the patient calls them up."""


class Brief(NamedTuple):
    """A report in short."""

    patient: str
    """The patient's id."""
    timing: str
    """When to start treatment."""
    options: tuple[BriefOption, ...]
    """Every option that the sources name."""
    next: tuple[str, ...]
    """The questions whose answers could change most."""
    sources: tuple[str, ...]
    """The sources, as running text names them."""
    disclaimer: str
    """What this is not."""


def build_brief(record: ReportRecord, rule_base: RuleBase) -> Brief:
    """Return a report in short."""
    summary, phrases = summarise(record, rule_base), Phrases(record, rule_base)
    return Brief(
        record.patient,
        summary.timing,
        tuple(_option(option, phrases) for option in record.options),
        tuple(question.text for question in summary.questions),
        tuple(source.brief for source in rule_base.sources),
        record.knowledge.disclaimer,
    )


def _option(option: OptionAnswer, phrases: Phrases) -> BriefOption:
    reason = option.because[0]
    facts = phrases.say(fact for one in option.because for fact in one.facts) if option.status == "excluded" else ""
    return BriefOption(option.option, option.status, option.fit, facts or reason.label, _cautions(option))


def _cautions(option: OptionAnswer) -> tuple[str, ...]:
    """Return the harms of an option in a word each; of an excluded one nothing."""
    if option.status == "excluded":
        return ()
    words = []
    for caution in option.cautions:
        if caution.because.facts:
            words.append(f"{caution.concern or caution.kind}: {caution.trigger}")
        elif caution.concern:
            words.append(caution.concern)
    return tuple(dict.fromkeys(words))
