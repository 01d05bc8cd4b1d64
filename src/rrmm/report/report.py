"""The report of one patient and the views of it; each view stands in a module of its own, imported when asked for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from rrmm.records import JsonObject, to_dict
from rrmm.report.contract import shorten
from rrmm.report.model import ReportRecord
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import name_status


class Report:
    """The answer for one patient.

    `record` holds everything, typed; `data` is the JSON of the contract as plain dicts and lists, to be read only.
    """

    def __init__(self, record: ReportRecord, rule_base: RuleBase) -> None:
        self.record, self.rule_base = record, rule_base

    @property
    def doubts(self) -> dict[str, str]:
        """The label of each discrepancy by its IRI."""
        return {doubt.discrepancy: doubt.label for doubt in self.record.discrepancies}

    @cached_property
    def data(self) -> JsonObject:
        """The JSON of the contract."""
        return self.to_dict()

    def to_dict(self, *, everything: bool = False) -> JsonObject:
        """Return the report as plain dicts and lists of its own: in the form of the contract, or all of it."""
        return to_dict(self.record if everything else shorten(self.record, self.rule_base))

    def to_json(self, *, everything: bool = False) -> str:
        """Return the report as JSON text without spaces."""
        data = self.to_dict(everything=True) if everything else self.data
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"

    def __repr__(self) -> str:
        """Return the patient and how many options have each status."""
        counts = Counter(name_status(option.status) for option in self.record.options)
        return f"<Report of {self.record.patient}: {', '.join(f'{n} {status}' for status, n in counts.items())}>"

    def option(self, name: str) -> JsonObject:
        """Return one option by its name, in dicts of its own; raises KeyError when the report does not list it."""
        for option in self.record.options:
            if option.option == name:
                return to_dict(option)
        raise KeyError(name)

    def to_text(self, width: int = 100) -> str:
        """Return the answer for a terminal, on one screen for a typical patient."""
        from rrmm.report.phrases import Phrases
        from rrmm.report.summary import summarise
        from rrmm.report.text import write_text

        return write_text(
            summarise(self.record, self.rule_base), self.record, Phrases(self.record, self.rule_base), width
        )

    def to_markdown(self) -> str:
        """Return the whole report as Markdown."""
        from rrmm.report.markdown import write_markdown
        from rrmm.report.outline import build_outline

        return write_markdown(build_outline(self.record, self.doubts))

    def to_html(self) -> str:
        """Return the whole report as one HTML page that needs nothing from elsewhere."""
        return write_html([self])

    def to_turtle(self) -> str:
        """Return the report and what it rests on as RDF in Turtle, in the terms of PROV."""
        return write_turtle([self])

    def _repr_html_(self) -> str:
        from rrmm.report.html import write_article
        from rrmm.report.outline import build_outline

        return write_article(build_outline(self.record, self.doubts))


def write_html(reports: Sequence[Report]) -> str:
    """Return one HTML page with a section for each report."""
    from rrmm.report.html import write_page
    from rrmm.report.outline import build_outline

    return write_page([build_outline(report.record, report.doubts) for report in reports])


def write_turtle(reports: Sequence[Report]) -> str:
    """Return reports as one Turtle document."""
    from rrmm.report.prov import write_turtle as write

    return write((report.record, report.rule_base) for report in reports)
