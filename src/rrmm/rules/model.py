"""The records of the rule base: keys of the patient file, guidance, options, and what guidance says in a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rrmm.records import NamedTuple
from rrmm.rules.address import Address
from rrmm.rules.effects import CautionKind, HighRiskEvidence, Modality, OptionKind, PrintedEvidence


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
    question: str | None = None
    ruled_out: str | None = None


class Unit(NamedTuple):
    """A further unit of a key, its spellings, and how a number in it becomes one in the unit of the key."""

    unit: str
    spellings: tuple[str, ...]
    multiplier: float
    divisor: float


class Guidance(NamedTuple):
    """One statement of guidance; `options` are those among the treatment options that it targets.

    `favours` names the options that it speaks for. `setting` are the states that it is limited to as a statement in
    favour: its own, those that it applies to, and those of the populations in which it was observed;
    `setting_of_drug` is the property that must lead to the drug; `undecided` is what no key of a patient file tells;
    `setting_in_words` are circumstances without a number. `lifts` names earlier guidance, silenced for the options
    that it favours.
    """

    iri: str
    label: str
    effect: str
    modality: Modality
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
    high_risk: HighRiskEvidence | None = None
    favours: tuple[str, ...] = ()
    setting: tuple[str, ...] = ()
    setting_of_drug: str | None = None
    setting_in_words: tuple[str, ...] = ()
    undecided: str | None = None
    passages: tuple[str, ...] = ()
    lifts: tuple[str, ...] = ()


class Approval(NamedTuple):
    """A decision of a regulator on a drug; `condition` is the printed one, in words, and `statement` its setting.

    `withdrawn` tells whether what is not approved had been; `as_of` is the date of the decision, or of the text.

    The setting of the statement includes the jurisdiction: for fit, an approval counts only there.
    """

    drug: str
    approved: bool
    jurisdiction: str | None
    condition: str | None
    statement: Guidance
    withdrawn: bool = False
    as_of: str | None = None


class AbnormalityEvidence(NamedTuple):
    """What a source prints of one option in one cytogenetic abnormality."""

    iri: str
    label: str
    printed: PrintedEvidence
    passages: tuple[str, ...]


class Gap(NamedTuple):
    """A topic on which a source prints nothing, and the drugs and options that it is silent about."""

    topic: str
    subject: str
    source: str
    text: str
    about: frozenset[str]


class Option(NamedTuple):
    """One treatment option: a regimen with its components, a procedure, or a drug given again."""

    iri: str
    label: str
    kind: OptionKind
    kinds: frozenset[str]
    passages: tuple[str, ...]
    components: Mapping[str, str]
    classes: Mapping[str, frozenset[str]]


class Plan(NamedTuple):
    """The guidance on one option: what closes by a drug, decides, picks by a drug, advises on an agent, asks."""

    closing: tuple[tuple[Guidance, str], ...]
    deciding: tuple[Guidance, ...]
    picking: tuple[Guidance, ...]
    advising: tuple[tuple[Guidance, str], ...]
    asking: tuple[Guidance, ...]


class Source(NamedTuple):
    """One source of the graph: its short name, its citation, when its knowledge ends, and what it disclaims.

    `version` is that of the graph. `brief` is how a sentence refers to it; `published` is a year, month or day;
    `together` is what the graph disclaims of several sources at once.
    """

    version: str
    name: str
    citation: str
    brief: str
    published: str
    ends: str
    disclaimer: str
    together: str = ""


def enumerate_words(words: Sequence[str]) -> str:
    """Return words as people list them.

    >>> enumerate_words(["PFS", "OS", "ORR"])
    'PFS, OS and ORR'
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


class Reading(NamedTuple):
    """An adopted reading of a word that a source leaves open."""

    reading: str
    """IRI of the reading."""
    label: str
    """The word, and how it is read."""
    text: str
    """The reading and its grounds."""


class Reason(NamedTuple):
    """Why something is so: the rule that says it, the facts of the patient that it matched, and its address."""

    rule: str
    """IRI of the guidance, of the state, or of the option that the source names."""
    label: str
    """The rule in a few words."""
    modality: Modality = "none"
    """The modal verb of the source; not a strength of recommendation."""
    reading: str | None = None
    """IRI of the adopted reading that the rule rests on."""
    facts: tuple[str, ...] = ()
    """The facts of the patient file that the rule matched."""
    source: Address = Address()
    """Where the source says it."""

    def matching(self, facts: tuple[str, ...]) -> Reason:
        """Return the reason with the facts that its rule matched."""
        return Reason(self.rule, self.label, self.modality, self.reading, facts, self.source)


class Caution(NamedTuple):
    """What to heed where an option is chosen."""

    kind: CautionKind
    """What to do: take care, reduce a dose, keep a schedule, or monitor."""
    agent: str
    """The drugs of the option that it concerns, or the option."""
    concern: str | None
    """The harm that it is about."""
    trigger: str | None
    """What in the patient it answers to."""
    text: str
    """The caution in a sentence."""
    because: Reason
    """The guidance that says it."""
