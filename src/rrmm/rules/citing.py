"""Guidance as a report says it: reasons and cautions, their addresses, and who says so, sources or files of a user."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from rrmm.iris import local_name
from rrmm.logic.conditions import State
from rrmm.rules import reader
from rrmm.rules.address import Address, join
from rrmm.rules.effects import NAMED, Status, name_status
from rrmm.rules.guidance_index import GuidanceIndex
from rrmm.rules.model import Caution, Guidance, Reason, Source, enumerate_words

if TYPE_CHECKING:
    from rrmm.rules.rows import Tables


class CitedGuidance(GuidanceIndex):
    """The guidance of a graph with what is cited for it."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(tables)
        self._reasons: dict[str, Reason] = {}
        self._cautions: dict[tuple[str, str], Caution] = {}
        self._addresses: dict[tuple[str, ...], Address] = {}

    def label(self, iri: str) -> str:
        """Return the label of a thing, or its local name."""
        return self._tables["labels"].get(iri) or local_name(iri)

    # -- who says it

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The sources of the graph, in the order of their citations."""
        return tuple(Source(**row) for row in self._tables["sources"])

    @property
    def own(self) -> Mapping[str, str]:
        """What a user's own files say without a source that they add: IRI → name of the file."""
        return self._tables["own"]

    def own_file(self, reasons: Iterable[Reason]) -> str:
        """Return the files that alone give some reasons; empty where a source of the graph gives one."""
        files = [self.own.get(reason.rule, "") for reason in reasons] if self.own else []
        return enumerate_words([*dict.fromkeys(files)]) if all(files) else ""

    def cite(self, reasons: Iterable[Reason]) -> str:
        """Return how running text refers to the sources of some reasons; to all sources where none has one.

        The files of a user are named where no source gives a reason.
        """
        reasons = list(reasons)
        if file := self.own_file(reasons):
            return file
        named = {name for one in reasons if one.rule not in self.own for name in one.source.source.split("; ")}
        giving = [source for source in self.sources if source.name in named] or self.sources
        return enumerate_words([source.brief for source in giving])

    @cached_property
    def named_by(self) -> str:
        """How running text refers to the sources whose guidance names options."""
        return self.cite(self._naming)

    @cached_property
    def named_by_any(self) -> str:
        """The same, and the files of a user that name options: for statuses whose reasons are not at hand."""
        files = dict.fromkeys(self.own[reason.rule] for reason in self._naming if reason.rule in self.own)
        given = [] if self.named_by in files else [self.named_by]
        return enumerate_words([*given, *files])

    @cached_property
    def _naming(self) -> list[Reason]:
        """The reasons that name options."""
        naming = [effect for effect, gift in self.effects.deciding.items() if gift.status == NAMED]
        return [self.reason(one) for effect in naming for one in self.by_effect.get(effect, ())]

    def name_status(self, status: Status, because: Iterable[Reason]) -> str:
        """Return the status of an option as people read it, by its reasons; a file that alone names it is named."""
        return name_status(status, self.own_file(because) or self.named_by)

    # -- what is said, and where

    def reason(self, guidance: Guidance) -> Reason:
        """Return the reason that guidance gives, without the facts it matched."""
        if guidance.iri not in self._reasons:
            address = self.address_of(guidance.iri, guidance.passages)
            self._reasons[guidance.iri] = Reason(
                guidance.iri, guidance.label, guidance.modality, guidance.reading, (), address
            )
        return self._reasons[guidance.iri]

    def caution(self, guidance: Guidance, agent: str) -> Caution:
        """Return the caution that guidance gives for an agent, without the facts it matched."""
        key = (guidance.iri, agent)
        if key not in self._cautions:
            concern = ", ".join(map(self.label, guidance.concerns)) or None
            kind, because = self.effects.cautions[guidance.effect], self.reason(guidance)
            self._cautions[key] = Caution(kind, agent, concern, guidance.trigger, guidance.text, because)
        return self._cautions[key]

    def criteria_passages(self, state: State) -> tuple[str, ...]:
        """Return the passages of the criteria that a state is based on."""
        criteria = self._tables["criteria"]
        return tuple(passage for criterion in state.based_on for passage in criteria.get(criterion, ()))

    def address_of(self, iri: str, passages: tuple[str, ...]) -> Address:
        """Return the passages of a statement as one address; the source of a user's own is first the file."""
        address = self.address(passages)
        if not (file := self.own.get(iri)):
            return address
        if not address.section:
            return Address(source=file)
        return address._replace(source=f"{file}; {address.source}", section=f"{file} on {address.section}")

    def address(self, passages: tuple[str, ...]) -> Address:
        """Return passages as one address."""
        if passages not in self._addresses:
            rows = self._tables["passages"]
            self._addresses[passages] = join(reader.read_passage(rows[iri]) for iri in passages if iri in rows)
        return self._addresses[passages]
