"""The report of one patient and the views of it; each view stands in a module of its own, imported when asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property

from rrmm.records import JsonObject, to_dict
from rrmm.report.model import ReportRecord
from rrmm.rules.base import RuleBase


class Report:
    """The answer for one patient.

    `record` holds the answer, typed; `data` is the same as plain dicts and lists, to be read only; `doubts`
    gives the label of each discrepancy.
    """

    def __init__(self, record: ReportRecord, rule_base: RuleBase, doubts: Mapping[str, str]) -> None:
        self.record, self.rule_base, self.doubts = record, rule_base, doubts

    @cached_property
    def data(self) -> JsonObject:
        """The JSON of the contract."""
        return to_dict(self.record)

    def to_dict(self) -> JsonObject:
        """Return the report as plain dicts and lists of its own."""
        return to_dict(self.record)

    def to_json(self) -> str:
        """Return the report as JSON text."""
        return json.dumps(self.data, ensure_ascii=False, indent=1) + "\n"

    def option(self, name: str) -> JsonObject:
        """Return one option by its name, in dicts of its own; raises KeyError when the report does not list it."""
        for option in self.record.options:
            if option.option == name:
                return to_dict(option)
        raise KeyError(name)

    def to_text(self, width: int = 100) -> str:
        """Return the report for a terminal: what is open first, each with its reason and address."""
        from rrmm.report.text import write_text

        return write_text(self.record, width)

    def to_markdown(self) -> str:
        """Return the whole report as Markdown."""
        from rrmm.report.markdown import document
        from rrmm.report.outline import outline

        return document(outline(self.record, self.doubts))

    def to_html(self) -> str:
        """Return the whole report as one HTML page that needs nothing from elsewhere."""
        return html([self])

    def to_turtle(self) -> str:
        """Return the report and what it rests on as RDF in Turtle, in the terms of PROV."""
        return turtle([self])

    def _repr_html_(self) -> str:
        from rrmm.report.html import article
        from rrmm.report.outline import outline

        return article(outline(self.record, self.doubts))


def html(reports: Sequence[Report]) -> str:
    """Return one HTML page with a section for each report."""
    from rrmm.report.html import page
    from rrmm.report.outline import outline

    return page([outline(report.record, report.doubts) for report in reports])


def turtle(reports: Sequence[Report]) -> str:
    """Return reports as one Turtle document."""
    from rrmm.report.prov import write_turtle

    return write_turtle((report.record, report.rule_base) for report in reports)
