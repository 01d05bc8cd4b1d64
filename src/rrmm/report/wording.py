"""The words that every view for people shares: headings, statuses, and facts as people say them.

In every view for people a recommended option reads “named by the review”.
"""

from __future__ import annotations

import re

from rrmm.derivation.model import Timing
from rrmm.report.model import ReportRecord
from rrmm.rules.effects import HighRiskEvidence, RemarkKind, Status, TimingAction
from rrmm.rules.model import Caution

HEADINGS: dict[Status, str] = {
    "recommended": "Named by the review for this patient",
    "option": "Options: supported by the review, nothing against them",
    "undetermined": "Undetermined: depends on what is not known",
    "investigational": "Investigational in the review",
    "not_recommended": "Not recommended",
    "excluded": "Excluded",
}
ACTIONS: dict[TimingAction, str] = {
    "start_immediately": "start immediately",
    "start_treatment": "start treatment",
    "watchful_follow_up": "watchful follow-up",
    "no_indication": "no indication to treat",
    "undetermined": "undetermined",
}
REMARKS: dict[RemarkKind, str] = {"work_up": "Work-up at relapse", "remark": "What the review says beside"}
HIGH_RISK: dict[HighRiskEvidence, str] = {
    "significant": "the review says that outcomes improved significantly",
    "improved_not_significant": "the review says that outcomes improved, not significantly",
    "controversial": "the review calls the benefit controversial",
    "none": "the review says nothing on this option",
}


def status(name: Status) -> str:
    """Return a status as people read it.

    >>> status("recommended"), status("not_recommended")
    ('named by the review', 'not recommended')
    """
    return "named by the review" if name == "recommended" else name.replace("_", " ")


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
