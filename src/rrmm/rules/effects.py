"""The effects that guidance can have: close an option, decide its status, caution, set the timing, or remark.

The words of a report that follow from them are types here, so that the schema of the report is made from them.
"""

from __future__ import annotations

from typing import Literal, get_args

Status = Literal["excluded", "not_recommended", "investigational", "undetermined", "recommended", "option"]
"""From the strongest to the weakest: an option has the strongest status that a rule gives it."""

STATUSES: tuple[Status, ...] = get_args(Status)

CautionKind = Literal["caution", "dose", "schedule", "monitor"]
TimingAction = Literal["start_immediately", "start_treatment", "watchful_follow_up", "no_indication", "undetermined"]
RemarkKind = Literal["work_up", "remark"]
Modality = Literal["mandatory", "required", "should", "preferable", "can", "acceptable", "may", "could", "none"]
HighRiskEvidence = Literal["significant", "improved_not_significant", "controversial", "none"]
Truth = Literal["yes", "no", "unknown"]
OptionKind = Literal["regimen", "procedure", "retreatment"]

CLOSING: dict[str, tuple[Status | Literal["discouraged"], Status | None]] = {
    "CloseContaining": ("excluded", "undetermined"),
    "AvoidContaining": ("not_recommended", None),
    "DiscourageContaining": ("discouraged", None),
}
DECIDING: dict[str, Status] = {
    "Exclude": "excluded",
    "Avoid": "not_recommended",
    "Require": "not_recommended",
    "HoldInvestigational": "investigational",
    "Recommend": "recommended",
    "Support": "option",
}
ASKING = "Ask"
OFFERING = "OfferAgain"
REQUIRING = "Require"
PREFERRING = "PreferOver"
CAUTIONS: dict[str, CautionKind] = {
    "RaiseCaution": "caution",
    "ReduceDose": "dose",
    "SetSchedule": "schedule",
    "Monitor": "monitor",
}
TIMINGS: dict[str, TimingAction] = {
    "StartImmediately": "start_immediately",
    "StartTreatment": "start_treatment",
    "FollowUpWatchfully": "watchful_follow_up",
    "WithholdTreatment": "no_indication",
}
REMARKS: dict[str, RemarkKind] = {"Perform": "work_up", "ShowEvidence": "remark"}
