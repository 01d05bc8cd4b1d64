"""What a name means, as typed records; nothing here reads the graph."""

from __future__ import annotations

from typing import TypedDict

from rrmm.records import NamedTuple

EXACT, NARROWER, AMBIGUOUS = "exact", "narrower", "ambiguous"
CERTAINTIES = (EXACT, NARROWER, AMBIGUOUS)
PLACES = ("drug", "class", "regimen", "procedure", "cytogenetics", "comorbidity", "response", "finding")
BESIDE = {"drug": ("class", "procedure"), "regimen": ("class", "procedure")}


WITH_DRUGS = ("regimen", "procedure")


class MeaningData(TypedDict):
    """A meaning in JSON; `drugs` are those of a regimen or procedure."""

    where: str
    label: str
    drugs: list[str]
    iri: str | None
    certainty: str
    grade: int | None


class AnswerData(TypedDict):
    """An answer in JSON."""

    said: str
    meanings: list[MeaningData]
    offers: list[str]


class Meaning(NamedTuple):
    """One thing that a name means in one place; a candidate where the certainty is ambiguous."""

    where: str
    label: str
    drugs: tuple[str, ...] = ()
    iri: str | None = None
    certainty: str = EXACT
    grade: int | None = None
    also: str | None = None
    because: str | None = None

    @property
    def taken(self) -> bool:
        """Whether the name settles this meaning."""
        return self.certainty != AMBIGUOUS

    def to_dict(self) -> MeaningData:
        """Return the meaning in JSON."""
        return {
            "where": self.where,
            "label": self.label,
            "drugs": list(self.drugs) if self.where in WITH_DRUGS else [],
            "iri": self.iri,
            "certainty": self.certainty,
            "grade": self.grade,
        }


class Answer(NamedTuple):
    """What was said, what it means, and the labels that are offered where nothing is taken."""

    said: str
    meanings: tuple[Meaning, ...]
    offers: tuple[str, ...]

    def taken(self, where: str) -> tuple[Meaning, ...]:
        """Return the meanings that are taken in a place."""
        return tuple(meaning for meaning in self.meanings if meaning.where == where and meaning.taken)

    def to_dict(self) -> AnswerData:
        """Return the answer in JSON."""
        meanings = [meaning.to_dict() for meaning in self.meanings]
        return {"said": self.said, "meanings": meanings, "offers": list(self.offers)}


class Rule(NamedTuple):
    """A way of writing that makes no difference, or only narrows: what matches is replaced."""

    places: tuple[str, ...]
    pattern: str
    replacement: str
    certainty: str
    grade: int | None
    because: str | None


class Tables(TypedDict):
    """The names of one graph, ready to be kept in the cache: meanings once, found by key and place."""

    meanings: list[list[object]]
    names: dict[str, list[int]]
    parts: dict[str, dict[str, str]]
    regimens: dict[str, list[int]]
    rules: list[list[object]]
    prefixes: dict[str, str]
    namespaces: list[list[str]]
    beginnings: dict[str, dict[str, list[int]]]
    members: dict[str, list[str]]


def weakest(*certainties: str) -> str:
    """Return the least certain of some certainties.

    >>> weakest("exact", "ambiguous", "narrower")
    'ambiguous'
    """
    return max(certainties, key=CERTAINTIES.index)
