"""The words that every view for people shares: headings, addresses, and facts as people say them.

In every view for people a recommended option reads “named by the review”.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HEADINGS = {
    "recommended": "Named by the review for this patient",
    "option": "Options: supported by the review, nothing against them",
    "undetermined": "Undetermined: depends on what is not known",
    "investigational": "Investigational in the review",
    "not_recommended": "Not recommended",
    "excluded": "Excluded",
}
TIMING = {
    "start_immediately": "start immediately",
    "start_treatment": "start treatment",
    "watchful_follow_up": "watchful follow-up",
    "no_indication": "no indication to treat",
    "undetermined": "undetermined",
}
REMARKS = {"work_up": "Work-up at relapse", "remark": "What the review says beside"}
HIGH_RISK = {
    "significant": "the review says that outcomes improved significantly",
    "improved_not_significant": "the review says that outcomes improved, not significantly",
    "controversial": "the review calls the benefit controversial",
    "none": "the review says nothing on this option",
}


def status(name: str) -> str:
    """Return a status as people read it.

    >>> status("recommended"), status("not_recommended")
    ('named by the review', 'not recommended')
    """
    return "named by the review" if name == "recommended" else name.replace("_", " ")


def address(source: dict[str, Any]) -> str:
    """Return section, citations and characters of a source; an empty text where there is none."""
    cited = f" {source['citations']}" if source["citations"] else ""
    spans = ", ".join(dict.fromkeys(f"{start}–{end}" for start, end in source["spans"]))
    return f"{source['section']}{cited}, characters {spans}" if spans else source["section"]


def plainly(fact: str) -> str:
    """Return a fact as people say it.

    >>> plainly("prior_drugs[x].status: relapsed_not_refractory"), plainly("prior_drugs[x].best_response")
    ('x: relapsed not refractory', 'x best response')
    """
    named = re.sub(r"prior_drugs\[([^\]]*)\](\.status\b|(\.))?", lambda m: m[1] + (" " if m[3] else ""), fact)
    return named.replace("_", " ")


def timing(found: dict[str, Any]) -> str:
    """Return the action of a timing with its interval in months."""
    months = "–".join(f"{month:g}" for month in found["interval_months"])
    return TIMING[found["action"]] + (f", every {months} months" if months else "")


def shared_cautions(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return rule → caution, for the cautions that every option carries and that are said once."""
    options = data["options"]
    rules = [{caution["because"]["rule"] for caution in option["cautions"]} for option in options]
    every = set.intersection(*rules) if rules else set()
    return {
        c["because"]["rule"]: c for option in options[:1] for c in option["cautions"] if c["because"]["rule"] in every
    }
