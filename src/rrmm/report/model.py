"""The report of one patient as records: their fields are the JSON of the contract.

The JSON Schema beside this module is made from these types and the texts below their fields (``make schemas``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from rrmm.catalogue.comparisons import Comparison
from rrmm.catalogue.evidence import Doubt, Result
from rrmm.derivation.by_source import BySource
from rrmm.derivation.details import AbnormalityDetail, ApprovalAnswer
from rrmm.derivation.model import Change, Conflict, DiseasePattern, Influence, Preference, Remark, Timing
from rrmm.graph.overlays import OverlayChange, summarise
from rrmm.records import Missing, NamedTuple
from rrmm.rules.effects import Fit, HighRiskEvidence, OptionKind, Status, Truth
from rrmm.rules.model import Caution, Reading, Reason

CourseStatus = Literal["refractory", "relapsed_not_refractory", "intolerant", "exposed"]


class Fact(NamedTuple):
    """What the patient file says under one key; prior drugs stand in the history."""

    key: str
    """The key."""
    label: str
    """The key in words."""
    value: str
    """What is said of it, with its unit."""


class Silence(NamedTuple):
    """What a source does not cover, for options that are not excluded."""

    source: str
    """The short name of the source."""
    topic: str
    """What it is silent on, as a term of the ontology."""
    text: str
    """The silence in a sentence."""
    on: tuple[str, ...]
    """The options that it concerns; empty where it concerns every one."""


class SourceTitle(NamedTuple):
    """A source that an answer rests on."""

    source: str
    """Its short name."""
    title: str
    """How it is cited."""
    published: str
    """When it was published."""


class Altered(NamedTuple):
    """What was changed of the graph as it ships."""

    added: tuple[str, ...] = ()
    """The names of the files added to the graph."""
    silenced: tuple[str, ...] = ()
    """IRIs of the rules that were left out."""
    changes: tuple[OverlayChange, ...] = ()
    """What the added files change."""


class Knowledge(NamedTuple):
    """What an answer rests on."""

    version: str
    """The version of the graph."""
    sources: tuple[SourceTitle, ...]
    """The sources."""
    knowledge_ends: str
    """When the knowledge of the latest source ends."""
    disclaimer: str
    """What this is not."""
    added: tuple[str, ...] = ()
    """The names of the files added to the graph."""
    silenced: tuple[str, ...] = ()
    """IRIs of the rules that were left out."""
    changes: tuple[OverlayChange, ...] = ()
    """What the added files add, link, relabel and redefine."""

    def said_of(self, file: str) -> str:
        """Return the name of an added file, and what it changes."""
        said = summarise([change for change in self.changes if change.file == file])
        return f"{file} ({said})" if said else file


class Course(NamedTuple):
    """One prior drug in one line of therapy."""

    drug: str
    """The drug."""
    line: int | None
    """The line of therapy, counted from 1; null where it is not known."""
    status: CourseStatus
    """What the course shows."""
    because: tuple[Reason, ...]
    """The definitions that hold of it."""


class StateVerdict(NamedTuple):
    """Whether a state of the patient holds."""

    state: str
    """The state."""
    holds: Truth
    """Whether it holds."""
    because: tuple[Reason, ...]
    """Its definition with the facts that matched, where it holds."""
    needs: tuple[str, ...]
    """Keys of the patient file that would settle it."""


class OptionAnswer(NamedTuple):
    """The answer for one option."""

    option: str
    """The option."""
    kind: OptionKind
    """What it is."""
    components: tuple[str, ...]
    """Its drugs, or their classes."""
    status: Status
    """Whether it is open for this patient."""
    because: tuple[Reason, ...]
    """The guidance that gives the status."""
    needs: tuple[str, ...]
    """Keys of the patient file whose answer could change the status."""
    would_change_if: tuple[Change, ...] | Missing
    """The smallest changes of the patient that would turn the status, where they were asked for."""
    cautions: tuple[Caution, ...]
    """What to heed where the option is chosen; left empty for an excluded option, unless everything is asked for."""
    fit: Fit | None
    """How near the sources' words and trials are to this patient; null where the option is excluded."""
    fit_because: tuple[Reason, ...]
    """The statements that make the fit, with the facts that their settings matched, or missed."""
    fit_needs: tuple[str, ...]
    """Keys of the patient file whose answer could change the fit."""
    by_source: dict[str, BySource | None]
    """Source → the status and fit that it yields by itself; null where it does not name the option."""
    approvals: tuple[ApprovalAnswer, ...]
    """Approvals of the drugs of the option, their printed conditions held against the patient."""
    caution_needs: tuple[str, ...]
    """Keys of the patient file whose answer could add a caution, dose or monitoring."""
    superseded: tuple[Reason, ...]
    """Guidance on the option that other guidance silences for this patient."""
    new: tuple[str, ...]
    """Drugs of the option, and their classes, that the patient has not received; what is never offered again apart."""
    given_again: tuple[str, ...]
    """Drugs of the option, and their classes, that the patient has received; what is never offered again apart."""
    high_risk_evidence: HighRiskEvidence | None
    """What the source says of the option in high-risk disease; null for other patients."""
    high_risk_detail: tuple[AbnormalityDetail, ...]
    """What is printed of the option in each abnormality that the patient has."""
    evidence: tuple[Result, ...]
    """The results of studies behind the option; empty for an excluded option, unless everything is asked for."""


class Warned(NamedTuple):
    """What in a patient file contradicts itself or is implausible."""

    keys: tuple[str, ...]
    """The keys that it is about."""
    text: str
    """The warning in a sentence."""


class ReportRecord(NamedTuple):
    """The options of one patient, each with its status, reasons, cautions and evidence."""

    patient: str
    """The patient's id."""
    knowledge: Knowledge
    """What the answer rests on."""
    facts: tuple[Fact, ...]
    """What the patient file says beside the prior drugs."""
    history: tuple[Course, ...]
    """The prior drugs."""
    disease_pattern: DiseasePattern
    """Relapsed, refractory, or both."""
    states: tuple[StateVerdict, ...]
    """Every state of a patient."""
    timing: Timing
    """When to start treatment."""
    options: tuple[OptionAnswer, ...]
    """Every option that the sources name."""
    preferences: tuple[Preference, ...]
    """Options preferred over others."""
    conflicts: tuple[Conflict, ...]
    """Statements that pull apart for this patient."""
    comparisons: tuple[Comparison, ...]
    """What studies found of one regimen against another, for options that are not excluded."""
    warnings: tuple[Warned, ...]
    """What in the patient file contradicts itself or is implausible, and is answered all the same."""
    discrepancies: tuple[Doubt, ...]
    """The discrepancies that touch what is shown, the gravest first."""
    silences: tuple[Silence, ...]
    """What the sources do not cover, of the options that are not excluded."""
    not_covered: tuple[str, ...]
    """Words of the patient file that no source knows."""
    remarks: tuple[Remark, ...]
    """Tests to perform, and what is known of such disease."""
    sensitivity: tuple[Influence, ...] | Missing
    """What would change without each rule, where it was asked for."""
    readings: tuple[Reading, ...] | Missing
    """The adopted readings that the answer rests on, where everything is asked for."""

    def reasons(self) -> Iterator[Reason]:
        """Yield every reason in the report."""
        yield from self.disease_pattern.because
        yield from self.timing.because
        for course in self.history:
            yield from course.because
        for state in self.states:
            yield from state.because
        for option in self.options:
            yield from option.because
            yield from option.fit_because
            yield from option.superseded
            yield from (caution.because for caution in option.cautions)
        yield from (preference.because for preference in self.preferences)
        yield from (remark.because for remark in self.remarks)
        for conflict in self.conflicts:
            yield from conflict.between
