"""The words that every view for people shares: headings, statuses, and facts as people say them.

In every view for people a recommended option reads “named by” the sources that name it.
"""

from __future__ import annotations

import re

from rrmm.derivation.model import Timing
from rrmm.records import NamedTuple
from rrmm.report.model import OptionAnswer, ReportRecord
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import NAMED, Fit, HighRiskEvidence, PrintedEvidence, RemarkKind, Status, TimingAction
from rrmm.rules.model import Caution

HEADINGS: dict[Status, str] = {
    "recommended": "Named for this patient",
    "option": "Options whose fit is not judged",
    "undetermined": "Undetermined: depends on what is not known",
    "investigational": "Investigational",
    "not_recommended": "Not recommended",
    "excluded": "Excluded",
}
FITS: dict[Fit, str] = {
    "fits": "Supported in patients like this",
    "unknown": "Supported if …",
    "other_setting": "Supported in another setting",
    "only_named": "Only named",
}
ACTIONS: dict[TimingAction, str] = {
    "start_immediately": "start immediately",
    "start_treatment": "start treatment",
    "watchful_follow_up": "watchful follow-up",
    "no_indication": "no indication to treat",
    "undetermined": "undetermined",
}
REMARKS: dict[RemarkKind, str] = {"work_up": "Work-up at relapse", "remark": "What is said beside"}
HIGH_RISK: dict[HighRiskEvidence, str] = {
    "significant": "outcomes improved significantly",
    "improved_not_significant": "outcomes improved, not significantly",
    "controversial": "the benefit is controversial",
    "none": "nothing is printed",
}
HIGH_RISK_SHORT: dict[HighRiskEvidence, str] = {
    "significant": "high risk: improved*",
    "improved_not_significant": "high risk: improved",
    "controversial": "high risk: controversial",
    "none": "",
}
PRINTED: dict[PrintedEvidence, str] = {
    "significant": "improved*",
    "not_significant": "not significant",
    "figure_without_test": "figure without test",
    "nothing": "nothing printed",
}


WHOLE = "all"


class Group(NamedTuple):
    """Options under one heading: all of one status, and of one fit where the status leaves them open.

    `file` is the file of a user that alone names them, where one does.
    """

    heading: str
    status: Status
    fit: Fit | None
    options: list[OptionAnswer]
    file: str = ""


def group_options(report: ReportRecord, rule_base: RuleBase) -> list[Group]:
    """Return the options of a report as people read them: by status, open ones by fit, named ones by their source."""
    groups = []
    for status, heading in HEADINGS.items():
        options = [option for option in report.options if option.status == status]
        if status == "option":
            by_fit = [(words, fit, [o for o in options if o.fit == fit]) for fit, words in FITS.items()]
            groups += [Group(words, status, fit, some) for words, fit, some in by_fit]
            options = [option for option in options if option.fit is None]
        by_file: dict[str, list[OptionAnswer]] = {"": []}
        for option in options:
            by_file.setdefault(rule_base.own_file(option.because) if status == NAMED else "", []).append(option)
        groups += [Group(heading, status, None, some, file) for file, some in by_file.items()]
    return [group for group in groups if group.options]


def plainly(fact: str) -> str:
    """Return a fact as people say it.

    >>> plainly("prior_drugs[x].status: relapsed_not_refractory"), plainly("prior_drugs[x].best_response")
    ('x: relapsed not refractory', 'x best response')
    """
    named = re.sub(r"prior_drugs\[([^\]]*)\](\.status\b|(\.))?", lambda m: m[1] + (" " if m[3] else ""), fact)
    return named.replace("_", " ")


def timing(record: Timing) -> str:
    """Return the action of a timing with its interval in months."""
    months = "–".join(f"{month:g}" for month in record.interval_months)
    return ACTIONS[record.action] + (f", every {months} months" if months else "")


def shared_cautions(report: ReportRecord) -> dict[str, Caution]:
    """Return rule → caution, for the cautions that every option carries; a view shows them once."""
    rules = [{caution.because.rule for caution in option.cautions} for option in report.options]
    shared = set.intersection(*rules) if rules else set()
    cautions = (caution for option in report.options[:1] for caution in option.cautions)
    return {caution.because.rule: caution for caution in cautions if caution.because.rule in shared}
