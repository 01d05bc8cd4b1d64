"""What each kind of guidance does, as the ontology says: close or decide an option, advise, set the time, or tell.

The words of statuses, actions and kinds are those of the report's format; which effect comes to which word,
and which status is the stronger, is data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from rrmm.iris import local_name

STATUSES = ("excluded", "not_recommended", "investigational", "undetermined", "recommended", "option")
ACTIONS = ("start_immediately", "start_treatment", "watchful_follow_up", "no_indication", "undetermined")
CAUTIONS = ("caution", "dose", "schedule", "monitor")
REMARKS = ("work_up", "remark")

# the effects that a derivation treats in a way of their own
ASKING = "Ask"
OFFERING = "OfferAgain"
REQUIRING = "Require"
PREFERRING = "PreferOver"


class Gift(NamedTuple):
    """The status that an effect gives, the one that it gives where a fact is not known, the one it yields to."""

    status: str
    possibly: str | None = None
    yields_to: str | None = None


class Effects(NamedTuple):
    """The effects by what they do: those that bear on an option by a drug, those that decide it, and the others."""

    closing: Mapping[str, Gift]
    deciding: Mapping[str, Gift]
    cautions: Mapping[str, str]
    remarks: Mapping[str, str]
    timings: Mapping[str, str]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Effects:
        """Return the effects of the rows of ``queries/derive/effects.rq``, those on timing in their precedence."""
        kinds: dict[str, dict[str, Any]] = {
            name: {} for name in ("closing", "deciding", "cautions", "remarks", "timing")
        }
        for row in rows:
            name = local_name(row["effect"])
            if "gives" in row:
                gift = Gift(row["gives"], row.get("possibly"), row.get("yields"))
                kinds["closing" if row.get("drug") else "deciding"][name] = gift
            if "part" in row:
                kinds[row["part"]][name] = row["word"]
        return cls(kinds["closing"], kinds["deciding"], kinds["cautions"], kinds["remarks"], kinds["timing"])
