"""The tables of a graph as JSON, row by row: what the cache holds and `rrmm.rules.base` reads.

They are typed dicts, so that reading the cache costs no more than reading JSON.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict


class SourceRow(TypedDict):
    """A source, and the version of the graph."""

    version: str
    name: str
    citation: str
    brief: str
    published: str
    ends: str
    disclaimer: str
    together: NotRequired[str]


class EffectRow(TypedDict):
    """An effect: the status that it gives, or the part of a report that it is shown among."""

    effect: str
    gives: NotRequired[str]
    possibly: NotRequired[str]
    yields: NotRequired[str]
    drug: NotRequired[bool]
    part: NotRequired[str]
    word: NotRequired[str]
    rank: NotRequired[int]


KeyRow = TypedDict(
    "KeyRow",
    {
        "property": str,
        "key": str,
        "kind": str,
        "bearer": str,
        "label": str,
        "definition": str,
        "class": NotRequired[str],
        "minimum": NotRequired[float],
        "maximum": NotRequired[float],
        "unit": NotRequired[str],
        "other": NotRequired[bool],
        "default": NotRequired[str],
        "true": NotRequired[str],
        "false": NotRequired[str],
        "none": NotRequired[bool],
        "unknown_below": NotRequired[float],
        "assumed": NotRequired[float],
        "question": NotRequired[str],
        "ruled_out": NotRequired[str],
    },
)
"""A key of the patient file, with the columns of ``queries/derive/keys.rq``."""


class UnitRow(TypedDict):
    """A further unit of a key: a number in it is multiplied and divided to be one in the unit of the key."""

    property: str
    unit: str
    spellings: list[str]
    multiplier: float
    divisor: float


class ConditionRow(TypedDict):
    """A condition: a property has one of the values, or a number beyond the threshold."""

    key: str
    property: str
    values: list[str | float]
    operator: NotRequired[str]
    threshold: NotRequired[float]


class StateRow(TypedDict):
    """A state; `yes` and `no` are condition sets.

    A set lists literals as numbers: twice the place of a condition, one more where the condition must fail.
    """

    iri: str
    label: str
    bearer: str
    yields: str | None
    yes: list[list[int]]
    no: list[list[int]]
    readings: list[str]
    based_on: list[str]
    course: str | None
    pattern: str | None
    contradiction: str | None
    warning: str | None
    of_last_line: bool
    alike_in_line: bool
    of_latest_use: bool


class OptionRow(TypedDict):
    """A treatment option: its kinds, its components with their labels, and the classes of each."""

    iri: str
    label: str
    passages: list[str]
    kinds: list[str]
    components: dict[str, str]
    classes: dict[str, list[str]]


class GuidanceRow(TypedDict):
    """A guidance; `options` and `over_options` are places in the table of targeted options.

    A guidance of a user's own may lack what it needs: then the text is empty, and `rrmm.rules.overlay` refuses it.
    """

    iri: str
    label: str
    effect: str
    modality: str
    text: str
    options: int
    over_options: int
    applies_to: NotRequired[list[str]]
    only_if: NotRequired[list[str]]
    targets: NotRequired[list[str]]
    over: NotRequired[list[str]]
    supersedes: NotRequired[list[str]]
    lifts: NotRequired[list[str]]
    conflicts_with: NotRequired[list[str]]
    closed_by: NotRequired[str]
    for_drugs_of: NotRequired[str]
    asks: NotRequired[str]
    interval: NotRequired[list[int]]
    except_for: NotRequired[list[str]]
    reading: NotRequired[str]
    concerns: NotRequired[list[str]]
    trigger: NotRequired[str]
    jurisdiction: NotRequired[str]
    high_risk: NotRequired[str]
    favours: NotRequired[list[str]]
    setting: NotRequired[list[str]]
    setting_of_drug: NotRequired[str]
    setting_in_words: NotRequired[list[str]]
    undecided: NotRequired[str]
    passages: NotRequired[list[str]]


class GapRow(TypedDict):
    """A topic on which a source prints nothing, and the drugs and options that it is silent about."""

    topic: str
    subject: str
    source: str
    text: str
    about: list[str]


class AbnormalityEvidenceRow(TypedDict):
    """What is printed of an option in one abnormality."""

    iri: str
    label: str
    option: str
    abnormality: str
    printed: str
    passages: list[str]


class ApprovalRow(TypedDict):
    """A decision of a regulator on a drug."""

    iri: str
    label: str
    drug: str
    approved: bool
    withdrawn: NotRequired[bool]
    as_of: NotRequired[str]
    jurisdiction: NotRequired[str]
    condition: NotRequired[str]
    favours: NotRequired[list[str]]
    setting: NotRequired[list[str]]
    passages: NotRequired[list[str]]


class PassageRow(TypedDict):
    """The address of a passage."""

    source: str
    section: str
    citations: list[int]
    spans: list[list[int]]


class ReadingRow(TypedDict):
    """An adopted reading of an open word."""

    label: str
    text: str


class Tables(TypedDict):
    """All tables; where one is a dict, its keys are IRIs, or folded names below a class."""

    sources: list[SourceRow]
    effects: list[EffectRow]
    statuses: list[str]
    keys: list[KeyRow]
    units: list[UnitRow]
    one_of: dict[str, str]
    backbone: list[str]
    regions: dict[str, str]
    members: dict[str, list[str]]
    names: dict[str, dict[str, str]]
    labels: dict[str, str]
    conditions: list[ConditionRow]
    states: list[StateRow]
    options: list[OptionRow]
    guidance: list[GuidanceRow]
    abnormality_evidence: list[AbnormalityEvidenceRow]
    gaps: list[GapRow]
    approvals: list[ApprovalRow]
    targeted: list[list[str]]
    passages: dict[str, PassageRow]
    drugs: dict[str, list[str]]
    criteria: dict[str, list[str]]
    readings: dict[str, ReadingRow]
    own: dict[str, str]
