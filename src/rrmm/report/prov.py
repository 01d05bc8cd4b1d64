"""Reports as RDF in the terms of PROV: each report, the facts it used, the guidance and the passages.

A report is named after its content, so that the same answer has the same name; nothing is dated and
no node is blank.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rrmm.iris import ID, RRMM
from rrmm.records import to_dict
from rrmm.report.model import ReportRecord
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Reason

if TYPE_CHECKING:
    import rdflib

KINDS = ("guidance", "source", "reading", "regimen", "procedure", "discrepancy", "trial")


def write_turtle(reports: Iterable[tuple[ReportRecord, RuleBase]]) -> str:
    """Return reports, each with the rule base that it was derived from, as one Turtle document."""
    import rdflib

    graph = rdflib.Graph(bind_namespaces="none")
    for prefix, namespace in _namespaces().items():
        graph.bind(prefix, namespace)
    for record, rule_base in reports:
        _Writer(graph, record, rule_base).write()
    return graph.serialize(format="turtle")


def _namespaces() -> dict[str, str]:
    return {
        "prov": "http://www.w3.org/ns/prov#",
        "dcterms": "http://purl.org/dc/terms/",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "rrmm": RRMM,
        **{kind: f"{ID}{kind}/" for kind in KINDS},
    }


class _Writer:
    def __init__(self, graph: rdflib.Graph, record: ReportRecord, rule_base: RuleBase) -> None:
        from rdflib import DCTERMS, PROV, RDF, RDFS, URIRef

        self.graph, self.record = graph, record
        self.prov, self.terms, self.rdf, self.rdfs = PROV, DCTERMS, RDF, RDFS
        content = json.dumps(to_dict(record), ensure_ascii=False, sort_keys=True)
        self.report = URIRef(f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}")
        self.activity = self.report + "#derivation"
        self.facts: dict[str, rdflib.URIRef] = {}
        self.rule_base = rule_base
        self.passages = {guidance.iri: guidance.passages for guidance in rule_base.guidance}
        self.passages |= {option.iri: option.passages for option in rule_base.options}
        self.passages |= {state.iri: rule_base.criteria_passages(state) for state in rule_base.states.values()}

    def add(self, subject: rdflib.URIRef, predicate: rdflib.URIRef, value: str) -> None:
        """Add a statement whose object is a thing."""
        from rdflib import URIRef

        self.graph.add((subject, predicate, URIRef(value)))

    def say(self, subject: rdflib.URIRef, predicate: rdflib.URIRef, text: str) -> None:
        """Add a statement whose object is a text."""
        from rdflib import Literal

        self.graph.add((subject, predicate, Literal(text)))

    def write(self) -> None:
        """Write one report."""
        prov, knowledge = self.prov, self.record.knowledge
        self.entity(self.report, f"Options of patient {self.record.patient}")
        self.add(self.report, self.rdf.type, prov.Collection)
        self.add(self.report, prov.wasGeneratedBy, self.activity)
        self.say(self.report, self.terms.rights, knowledge.disclaimer)
        self.say(self.report, self.terms.hasVersion, knowledge.version)
        for source in knowledge.sources:
            self.say(self.report, self.terms.bibliographicCitation, source.title)
        for doubt in self.record.discrepancies:
            self.add(self.report, self.terms.relation, doubt.discrepancy)
        self.add(self.activity, self.rdf.type, prov.Activity)
        self.say(self.activity, self.rdfs.label, "Derivation of the options from the facts of the patient")
        self.options()
        self.patient()
        self.several()

    def options(self) -> None:
        """Write the status of each option with its reasons, cautions and evidence."""
        for number, option in enumerate(self.record.options, 1):
            label = f"{option.option}: {self.rule_base.name_status(option.status, option.because)}"
            member = self.member(f"option-{number}", label, option.status, option.because)
            for reason in (*option.fit_because, *option.superseded):
                self.because(member, reason)
            for detail in option.high_risk_detail:
                for reason in detail.because:
                    self.because(member, reason)
            for caution in option.cautions:
                self.because(member, caution.because)
            for result in option.evidence:
                self.add(member, self.terms.references, result.result)

    def patient(self) -> None:
        """Write the states of the patient, the timing and the prior drugs."""
        record = self.record
        for number, state in enumerate(record.states, 1):
            self.member(f"state-{number}", f"{state.state}: {state.holds}", state.holds, state.because)
        timing = record.timing
        self.member("timing", f"Timing: {timing.action}", timing.action, timing.because)
        for number, course in enumerate(record.history, 1):
            self.member(f"course-{number}", f"{course.drug}: {course.status}", course.status, course.because)

    def several(self) -> None:
        """Write what concerns several options: preferences, conflicts and remarks."""
        for number, preference in enumerate(self.record.preferences, 1):
            self.labelled(f"preference-{number}", preference.because.label, [preference.because])
        for number, conflict in enumerate(self.record.conflicts, 1):
            self.labelled(f"conflict-{number}", conflict.text, conflict.between)
        for number, remark in enumerate(self.record.remarks, 1):
            self.labelled(f"remark-{number}", remark.because.label, [remark.because])

    def labelled(self, name: str, label: str, because: Iterable[Reason]) -> None:
        """Write an answer whose value is its label."""
        self.member(name, label, label, because)

    def entity(self, node: rdflib.URIRef, label: str) -> None:
        """Declare an entity with its label."""
        self.add(node, self.rdf.type, self.prov.Entity)
        self.say(node, self.rdfs.label, label)

    def member(self, name: str, label: str, value: str, because: Iterable[Reason]) -> rdflib.URIRef:
        """Write one answer of the report with what it was derived from."""
        node = self.report + f"#{name}"
        self.entity(node, label)
        self.say(node, self.prov.value, value)
        self.add(self.report, self.prov.hadMember, node)
        self.add(node, self.prov.wasGeneratedBy, self.activity)
        for reason in because:
            self.because(node, reason)
        return node

    def because(self, node: rdflib.URIRef, reason: Reason) -> None:
        """Derive an answer from a rule with its passages, its reading and the facts it matched."""
        for iri in filter(None, (reason.rule, reason.reading, *self.passages.get(reason.rule, ()))):
            self.add(node, self.prov.wasDerivedFrom, iri)
            self.add(self.report, self.prov.wasDerivedFrom, iri)
            self.add(self.activity, self.prov.used, iri)
        for fact in reason.facts:
            self.add(node, self.prov.wasDerivedFrom, self.fact(fact))

    def fact(self, text: str) -> rdflib.URIRef:
        """Return the node of a fact of the patient; the first use writes it."""
        if text not in self.facts:
            node = self.facts[text] = self.report + f"#fact-{len(self.facts) + 1}"
            self.entity(node, text)
            self.add(self.activity, self.prov.used, node)
            self.add(self.report, self.prov.wasDerivedFrom, node)
        return self.facts[text]
