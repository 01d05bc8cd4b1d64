"""What the tables of a graph hold, row by row: the keys of the patient file, guidance, options and their plans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Key(NamedTuple):
    """One key of the patient file and the property its value becomes."""

    property: str
    path: str
    kind: str
    bearer: str
    label: str
    definition: str
    values_from: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None
    other: bool = False
    default: str | None = None
    when_true: str | None = None
    when_false: str | None = None
    default_none: bool = False
    unknown_below: float | None = None
    assumed: float | None = None


class Guidance(NamedTuple):
    """One statement of guidance; `options` are those among the treatment options that it targets."""

    iri: str
    label: str
    effect: str
    modality: str
    text: str
    options: tuple[str, ...]
    over_options: tuple[str, ...]
    applies_to: tuple[str, ...] = ()
    only_if: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    conflicts_with: tuple[str, ...] = ()
    closed_by: str | None = None
    for_drugs_of: str | None = None
    asks: str | None = None
    interval: tuple[int, ...] = ()
    except_for: tuple[str, ...] = ()
    reading: str | None = None
    concerns: tuple[str, ...] = ()
    trigger: str | None = None
    jurisdiction: str | None = None
    high_risk: str | None = None
    passages: tuple[str, ...] = ()


class Option(NamedTuple):
    """One treatment option: a regimen with its components, or a procedure."""

    iri: str
    label: str
    kind: str
    kinds: frozenset[str]
    passages: tuple[str, ...]
    components: Mapping[str, str]
    classes: Mapping[str, frozenset[str]]


class Plan(NamedTuple):
    """The guidance on one option by what it does: closes by a drug, decides, picks by a drug, advises on an agent."""

    closing: tuple[tuple[Guidance, str], ...]
    deciding: tuple[Guidance, ...]
    picking: tuple[Guidance, ...]
    advising: tuple[tuple[Guidance, str], ...]
