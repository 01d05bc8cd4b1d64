"""What a record says, whatever its format: one typed record for each kind of thing, with its source."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import NamedTuple

from rrmm.errors import quote
from rrmm.intake import dates
from rrmm.intake.dates import Day
from rrmm.intake.paths import Part

DATED = ("start", "end", "verbatim")
LONGEST_LISTED = 1_000


class Coding(NamedTuple):
    """A code with the canonical prefix of its system, or the system's name where it is unknown."""

    system: str
    code: str
    display: str = ""

    @property
    def curie(self) -> str:
        """The code as one word."""
        return f"{self.system}:{self.code}"


class Concept(NamedTuple):
    """What a record names: its codes, and the words of the record."""

    codings: tuple[Coding, ...] = ()
    text: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """All words of the concept, the text of the record first."""
        return tuple(dict.fromkeys(filter(None, [self.text, *(coding.display for coding in self.codings)])))

    @property
    def shown(self) -> str:
        """The concept as a report names it."""
        return next(iter(self.words), "") or ", ".join(coding.curie for coding in self.codings) or "(no name)"

    def __bool__(self) -> bool:
        """Return whether anything is named."""
        return bool(self.codings or self.text)


class Quantity(NamedTuple):
    """A number with the spellings of its unit; a bound when a comparator stands before it."""

    value: float
    units: tuple[str, ...] = ()
    comparator: str = ""

    @classmethod
    def of(cls, number: object, units: Iterable[str] = (), comparator: str = "") -> Quantity | None:
        """Return a quantity of a number, its unit in each spelling once; None for what is no finite number."""
        if not isinstance(number, (int, float)) or isinstance(number, bool) or not isfinite(number):
            return None
        return cls(float(number), tuple(filter(None, dict.fromkeys(units))), comparator)


class Person(NamedTuple):
    """The person that the records are about: `died` tells when, or that; `others` are more records of the person."""

    id: str
    source: str
    birth: Day | None = None
    countries: tuple[str, ...] = ()
    races: tuple[Concept, ...] = ()
    age: tuple[int, int] | None = None
    last_seen: Day | None = None
    died: str = ""
    others: tuple[str, ...] = ()


class Exposure(NamedTuple):
    """A drug given, ordered, or reported: from when to when, why stopped, what for; `other` is another disease.

    `ended` tells that the record says so, whether or not it says why; `empty` that each dose it states is 0.
    """

    source: str
    kind: str
    concept: Concept
    start: Day | None
    end: Day | None
    ongoing: bool = False
    stop: tuple[str, ...] = ()
    use: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    dose: tuple[str, ...] = ()
    myeloma: bool = False
    line: int | None = None
    response: str = ""
    other: str = ""
    ended: bool = False
    empty: bool = False


class Observation(NamedTuple):
    """A measurement or an assessment."""

    source: str
    concept: Concept
    day: Day | None
    quantity: Quantity | None = None
    value: Concept = Concept()
    text: str = ""
    high: Quantity | None = None
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    time: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What the parts of a finding name, each alone and all together: a gene and its change stand apart."""
        return (*self.parts, " ".join(self.parts)) if len(self.parts) > 1 else self.parts


class Condition(NamedTuple):
    """A disease; `denied` where the record says that it is absent."""

    source: str
    concept: Concept
    start: Day | None
    resolved: bool = False
    denied: bool = False
    listed: bool = True
    notes: tuple[str, ...] = ()
    stages: tuple[Concept, ...] = ()
    severity: tuple[Concept, ...] = ()


class Procedure(NamedTuple):
    """A procedure that was done."""

    source: str
    concept: Concept
    day: Day | None
    notes: tuple[str, ...] = ()


class Text(NamedTuple):
    """A note or the conclusion of a report."""

    source: str
    title: str
    day: Day | None
    body: str


class Record(NamedTuple):
    """Everything that one person's records say; what does not count stands in `ignored` by its reason."""

    person: Person
    exposures: list[Exposure]
    observations: list[Observation]
    conditions: list[Condition]
    procedures: list[Procedure]
    texts: list[Text]
    ignored: dict[str, list[str]]
    not_understood: dict[tuple[str, str], None]
    assumed: dict[str, None]

    @classmethod
    def of(cls, person: Person) -> Record:
        """Return the empty record of a person."""
        return cls(person, [], [], [], [], [], {}, {}, {})

    def ignore(self, reason: str, what: str) -> None:
        """Count something that is no fact, with the reason."""
        self.ignored.setdefault(reason, []).append(_cut(what))

    def misunderstand(self, what: str, why: str) -> None:
        """List something that was not understood, once."""
        self.not_understood[_cut(what), _cut(why)] = None

    def name_unread_dates(self, source: str, part: Part) -> None:
        """List what stands for a date and is none."""
        for text in (text for role in DATED for text in part.words(role) if not dates.is_date(text)):
            self.misunderstand(f"{source}: {quote(text)}", "no date of ISO 8601 (YYYY-MM-DD); not read")

    def assume(self, text: str) -> None:
        """List something that was assumed, once."""
        self.assumed[_cut(text)] = None


def _cut(text: str) -> str:
    """Return the beginning of a text: many places may name one text of a record, and each is listed."""
    return text if len(text) <= LONGEST_LISTED else text[: LONGEST_LISTED - 1] + "…"
