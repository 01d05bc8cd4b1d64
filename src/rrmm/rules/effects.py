"""What each kind of guidance does, as the ontology says: close or decide an option, advise, set the time, or tell.

The words of statuses, actions and kinds are those of the report's format; which effect comes to which word,
and which status is the stronger, is data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, cast, get_args

from rrmm.iris import local_name
from rrmm.records import NamedTuple

Status = Literal["excluded", "not_recommended", "investigational", "undetermined", "recommended", "option"]
TimingAction = Literal["start_immediately", "start_treatment", "watchful_follow_up", "no_indication", "undetermined"]
CautionKind = Literal["caution", "dose", "schedule", "monitor", "prophylaxis"]
RemarkKind = Literal["work_up", "remark"]
Modality = Literal["mandatory", "required", "should", "preferable", "can", "acceptable", "may", "could", "none"]
HighRiskEvidence = Literal["significant", "improved_not_significant", "controversial", "none"]
PrintedEvidence = Literal["significant", "not_significant", "figure_without_test", "nothing"]
Fit = Literal["fits", "unknown", "other_setting", "only_named"]
Truth = Literal["yes", "no", "unknown"]
OptionKind = Literal["regimen", "procedure", "retreatment"]

STATUSES: tuple[Status, ...] = get_args(Status)
FITS: tuple[Fit, ...] = get_args(Fit)
ACTIONS: tuple[TimingAction, ...] = get_args(TimingAction)

# the effects that a derivation treats in a way of their own
ASKING = "Ask"
OFFERING = "OfferAgain"
REQUIRING = "Require"
PREFERRING = "PreferOver"

# the statuses that leave an option open
OPEN: tuple[Status, ...] = ("recommended", "option")

# the statuses of which fit knows more than their order: the one without fit, and the one that always fits
CLOSED: Status = "excluded"
NAMED: Status = "recommended"


class Gift(NamedTuple):
    """The status that an effect gives, the one that it gives where a fact is not known, the one it yields to."""

    status: Status
    possibly: Status | None = None
    yields_to: Status | None = None


class Effects(NamedTuple):
    """The effects by what they do: those that bear on an option by a drug, those that decide it, and the others."""

    closing: dict[str, Gift]
    deciding: dict[str, Gift]
    cautions: dict[str, CautionKind]
    remarks: dict[str, RemarkKind]
    timings: dict[str, TimingAction]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, object]]) -> Effects:
        """Return the effects of the rows of ``queries/derive/effects.rq``, those on timing in their precedence."""
        effects = cls({}, {}, {}, {}, {})
        for row in rows:
            name, part, word = local_name(str(row["effect"])), row.get("part"), row.get("word")
            if gives := row.get("gives"):
                gift = Gift(cast(Status, gives), cast(Status, row.get("possibly")), cast(Status, row.get("yields")))
                (effects.closing if row.get("drug") else effects.deciding)[name] = gift
            if part == "cautions":
                effects.cautions[name] = cast(CautionKind, word)
            elif part == "remarks":
                effects.remarks[name] = cast(RemarkKind, word)
            elif part == "timing":
                effects.timings[name] = cast(TimingAction, word)
        return effects


def name_status(status: Status, by: str) -> str:
    """Return a status as people read it, a recommended option as named `by` a source.

    >>> name_status("recommended", "the guideline (2030)"), name_status("not_recommended", "the guideline (2030)")
    ('named by the guideline (2030)', 'not recommended')
    """
    return f"named by {by}" if status == "recommended" else status.replace("_", " ")
