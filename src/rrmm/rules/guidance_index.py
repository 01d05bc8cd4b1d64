"""All guidance of a graph, and the groups of it that a derivation asks for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from rrmm.rules import reader
from rrmm.rules.effects import Effects, Status
from rrmm.rules.model import Approval, Guidance

if TYPE_CHECKING:
    from rrmm.rules.rows import Tables


class GuidanceIndex:
    """The guidance of a graph by IRI, option, states and effect; each group is made when first used."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    @cached_property
    def effects(self) -> Effects:
        """What each effect of guidance does."""
        return Effects.of(self._tables["effects"])

    @cached_property
    def statuses(self) -> tuple[Status, ...]:
        """The statuses of an option, the strongest first."""
        return tuple(cast(Status, word) for word in self._tables["statuses"])

    @cached_property
    def guidance(self) -> list[Guidance]:
        """All guidance, ordered by IRI."""
        return reader.read_guidance(self._tables)

    @cached_property
    def by_iri(self) -> dict[str, Guidance]:
        """IRI → guidance."""
        return {guidance.iri: guidance for guidance in self.guidance}

    @cached_property
    def by_option(self) -> dict[str, list[Guidance]]:
        """Option IRI → the guidance that targets it."""
        groups: dict[str, list[Guidance]] = {}
        for guidance in self.guidance:
            for option in guidance.options:
                groups.setdefault(option, []).append(guidance)
        return groups

    @cached_property
    def by_favoured(self) -> dict[str, list[Guidance]]:
        """Option or kind of option → the statements in favour of it: guidance, and approvals."""
        groups: dict[str, list[Guidance]] = {}
        for statement in (*self.guidance, *(approval.statement for approval in self.approvals)):
            for option in statement.favours:
                groups.setdefault(option, []).append(statement)
        return groups

    @cached_property
    def approvals(self) -> list[Approval]:
        """All approvals, ordered by IRI."""
        return [reader.read_approval(row) for row in self._tables["approvals"]]

    @cached_property
    def approvals_of_drug(self) -> dict[str, list[Approval]]:
        """Drug → its approvals, ordered by IRI."""
        groups: dict[str, list[Approval]] = {}
        for approval in self.approvals:
            groups.setdefault(approval.drug, []).append(approval)
        return groups

    @cached_property
    def statements(self) -> dict[str, Guidance]:
        """IRI → guidance, or an approval as a statement."""
        return self.by_iri | {approval.statement.iri: approval.statement for approval in self.approvals}

    @cached_property
    def by_effect(self) -> dict[str, list[Guidance]]:
        """Effect → the guidance that has it."""
        groups: dict[str, list[Guidance]] = {}
        for guidance in self.guidance:
            groups.setdefault(guidance.effect, []).append(guidance)
        return groups

    @cached_property
    def closing_by(self) -> frozenset[str]:
        """The properties of prior drugs by which guidance closes options."""
        closing = (guidance for guidance in self.guidance if guidance.effect in self.effects.closing)
        return frozenset(str(guidance.closed_by) for guidance in closing)

    @cached_property
    def remarking(self) -> list[Guidance]:
        """The guidance that is a remark, in the order of all guidance."""
        return [guidance for guidance in self.guidance if guidance.effect in self.effects.remarks]

    @cached_property
    def conflicting(self) -> list[tuple[Guidance, Guidance]]:
        """The pairs of guidance that conflict, each as its first member says it."""
        by_iri = {guidance.iri: guidance for guidance in self.guidance}
        pairs = ((first, by_iri[iri]) for first in self.guidance for iri in first.conflicts_with if iri in by_iri)
        return [(first, second) for first, second in pairs if first.iri < second.iri]

    @cached_property
    def superseding(self) -> list[Guidance]:
        """The guidance that supersedes other guidance."""
        return [guidance for guidance in self.guidance if guidance.supersedes]

    @cached_property
    def lifted_by(self) -> dict[tuple[str, str], list[Guidance]]:
        """Guidance and an option → the guidance of later sources that lifts it for the option."""
        pairs: dict[tuple[str, str], list[Guidance]] = {}
        for later in self.guidance:
            for earlier in later.lifts:
                for option in later.favours:
                    pairs.setdefault((earlier, option), []).append(later)
        return pairs

    @cached_property
    def on_high_risk(self) -> list[Guidance]:
        """The guidance that says how a regimen does in high-risk disease."""
        return [guidance for guidance in self.guidance if guidance.high_risk]
