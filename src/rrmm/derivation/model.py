"""The records that a derivation yields beside the status of an option, as a report holds them."""

from __future__ import annotations

from typing import Literal

from rrmm.records import JsonObject, NamedTuple
from rrmm.rules.effects import Modality, RemarkKind, Status, TimingAction
from rrmm.rules.model import Reason

PatternValue = Literal["relapsed", "relapsed and refractory", "primary refractory", "unknown"]


class DiseasePattern(NamedTuple):
    """The pattern of the disease, from the courses of prior drugs."""

    value: PatternValue
    """The pattern."""
    because: tuple[Reason, ...]
    """The definition that holds; empty where the pattern is unknown."""


class Timing(NamedTuple):
    """When to start treatment."""

    action: TimingAction
    """The most urgent action that the known facts entail."""
    interval_months: tuple[float, ...]
    """The months between visits of a watchful follow-up."""
    because: tuple[Reason, ...]
    """The guidance that says so."""
    needs: tuple[str, ...]
    """Keys of the patient file whose answer could change the action."""


class Preference(NamedTuple):
    """Options that a source prefers over others for such a patient."""

    preferred: tuple[str, ...]
    """Options of this report, or a change of class."""
    over: tuple[str, ...]
    """The options that they are preferred over."""
    modality: Modality
    """The modal verb of the source."""
    because: Reason
    """The guidance that says it."""


class Conflict(NamedTuple):
    """Two statements that pull apart for this patient."""

    between: tuple[Reason, Reason]
    """Both statements."""
    text: str
    """What they are about."""


class Remark(NamedTuple):
    """What a source says of such a patient beside any option's status."""

    kind: RemarkKind
    """A test to perform, or what is known of such disease."""
    about: tuple[str, ...]
    """The options that it is about; empty where it is about none, or all."""
    text: str
    """The remark in a sentence."""
    because: Reason
    """The guidance that says it."""


class Change(NamedTuple):
    """A change of the patient file that would turn the status of an option."""

    patch: JsonObject
    """A merge patch (RFC 7386) of the patient file."""
    status: Status
    """The status that it brings."""
    facts: tuple[str, ...]
    """The facts that it changes, in words."""


class Turned(NamedTuple):
    """An option that has another status without a rule."""

    option: str
    """The option."""
    status: Status | None
    """Its status without the rule; null where it would not be offered."""


class Influence(NamedTuple):
    """A rule, and what would change without it."""

    rule: str
    """IRI of the rule."""
    label: str
    """The rule in a few words."""
    timing: TimingAction | None
    """The action without the rule; null where it stays."""
    options: tuple[Turned, ...]
    """The options whose status would change."""
