"""The report of one patient and the views of it; each view stands in a module of its own, imported when asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from rrmm.catalogue.comparisons import Comparison
from rrmm.catalogue.evidence import Result
from rrmm.derivation.by_source import BySource
from rrmm.errors import QueryError, close_names, nearest, quote
from rrmm.iris import RRMM
from rrmm.records import JsonObject, Writer, to_dict
from rrmm.report.contract import shorten
from rrmm.report.model import ReportRecord
from rrmm.rules.address import Address
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Caution, Reason

if TYPE_CHECKING:
    from rrmm.report.blocks import Block

WRITER = Writer((Address, BySource, Caution, Comparison, Reason, Result))
"""What graphs hold once for all reports is written once."""


class Report:
    """The answer for one patient.

    `record` holds everything, typed; `data` is the JSON of the contract as plain dicts and lists, to be read only.
    """

    def __init__(self, record: ReportRecord, rule_base: RuleBase) -> None:
        self.record, self.rule_base = record, rule_base

    @cached_property
    def data(self) -> JsonObject:
        """The JSON of the contract."""
        return self.to_dict()

    def to_dict(self, *, everything: bool = False) -> JsonObject:
        """Return the report as plain dicts and lists of its own: in the form of the contract, or all of it."""
        return to_dict(self.record if everything else shorten(self.record, self.rule_base))

    def to_json(self, *, everything: bool = False) -> str:
        """Return the report as JSON text without spaces."""
        return WRITER.write(self.record if everything else shorten(self.record, self.rule_base)) + "\n"

    def __repr__(self) -> str:
        """Return the patient and how many options have each status."""
        options = self.record.options
        counts = Counter(self.rule_base.name_status(option.status, option.because) for option in options)
        return f"<Report of {self.record.patient}: {', '.join(f'{n} {status}' for status, n in counts.items())}>"

    def option(self, name: str) -> JsonObject:
        """Return one option in full, in dicts of its own; raises KeyError when the report does not list it."""
        for option in self.record.options:
            if option.option == name:
                return to_dict(option)
        raise KeyError(name)

    def find(self, name: str) -> str:
        """Return the name of the option that a label or alias means; raises QueryError offering the nearest."""
        labels = [option.option for option in self.record.options]
        folded = {label.casefold(): label for label in labels}
        aliases = self.rule_base.names(f"{RRMM}Regimen")
        meant = self.rule_base.label(aliases[name.casefold()]) if name.casefold() in aliases else name
        if (label := folded.get(meant.casefold())) is None:
            problem = f"No option {quote(name)} in the report of {self.record.patient}.{nearest(name, labels)}"
            raise QueryError(problem, key="option", value=name, offers=close_names(name, labels))
        return label

    def to_text(self, width: int = 100) -> str:
        """Return the answer for a terminal, on one screen for a typical patient."""
        from rrmm.report.phrases import Phrases
        from rrmm.report.summary import summarise
        from rrmm.report.text import write_text

        return write_text(
            summarise(self.record, self.rule_base), self.record, Phrases(self.record, self.rule_base), width
        )

    def option_text(self, name: str, width: int = 100) -> str:
        """Return one option in full, for a terminal; raises QueryError for an option that the report does not list."""
        from rrmm.report.outline import build_option
        from rrmm.report.text import write_blocks

        return write_blocks(build_option(self.record, self.rule_base, self.find(name)), width)

    def to_whole_text(self, width: int = 100) -> str:
        """Return everything that the report holds, for a terminal."""
        from rrmm.report.text import write_blocks

        return write_blocks(self._outline(everything=True), width)

    def brief(self) -> JsonObject:
        """Return the short form of the contract as plain dicts and lists."""
        from rrmm.report.brief import build_brief

        return to_dict(build_brief(self.record, self.rule_base))

    def glance(self) -> JsonObject:
        """Return the answer at a glance as plain dicts and lists: what the page of a patient draws."""
        from rrmm.report.glance import build_glance

        return to_dict(build_glance(self.record, self.rule_base))

    def option_html(self, name: str) -> str:
        """Return one option in full as an HTML article without a heading; raises QueryError for an unknown option."""
        from rrmm.report.html import write_article
        from rrmm.report.outline import build_option

        return write_article(build_option(self.record, self.rule_base, self.find(name))[1:], "option")

    def to_markdown(self, *, everything: bool = False) -> str:
        """Return the report as Markdown; excluded options in full only where `everything` is."""
        from rrmm.report.markdown import write_markdown

        return write_markdown(self._outline(everything=everything))

    def to_html(self, *, everything: bool = False) -> str:
        """Return the report as one HTML page that needs nothing from elsewhere."""
        return write_html([self], everything=everything)

    def to_turtle(self) -> str:
        """Return the report and what it rests on as RDF in Turtle, in the terms of PROV."""
        return write_turtle([self])

    def to_fhir(self) -> str:
        """Return the report as a FHIR R4 Bundle: a GuidanceResponse with the options and what they rest on."""
        return write_fhir([self])

    def _outline(self, *, everything: bool = False) -> list[Block]:
        from rrmm.report.outline import build_outline

        return build_outline(self.record, self.rule_base, everything=everything)

    def _repr_html_(self) -> str:
        from rrmm.report.html import write_article

        return write_article(self._outline())


def write_html(reports: Sequence[Report], *, everything: bool = False) -> str:
    """Return one HTML page with a section for each report."""
    from rrmm.report.html import write_page

    return write_page([report._outline(everything=everything) for report in reports])


def write_turtle(reports: Sequence[Report]) -> str:
    """Return reports as one Turtle document."""
    from rrmm.report.prov import write_turtle as write

    return write((report.record, report.rule_base) for report in reports)


def write_fhir(reports: Sequence[Report]) -> str:
    """Return reports as one FHIR R4 Bundle in JSON."""
    from rrmm.report.fhir import write_fhir as write

    return write((report.record, report.rule_base) for report in reports)
