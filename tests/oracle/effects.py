"""What each kind of guidance does: close an option, give it a status, advise beside it, set the time, or tell."""

from __future__ import annotations

CLOSING = {
    "CloseContaining": ("excluded", "undetermined"),
    "AvoidContaining": ("not_recommended", None),
    "DiscourageContaining": ("discouraged", None),
}
STATUSES = ("excluded", "not_recommended", "investigational", "undetermined", "recommended", "option")
DECIDING = {
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
CAUTIONS = {"RaiseCaution": "caution", "ReduceDose": "dose", "SetSchedule": "schedule", "Monitor": "monitor"}
TIMINGS = {
    "StartImmediately": "start_immediately",
    "StartTreatment": "start_treatment",
    "FollowUpWatchfully": "watchful_follow_up",
    "WithholdTreatment": "no_indication",
}
REMARKS = {"Perform": "work_up", "ShowEvidence": "remark"}
