"""The treatment history of a patient file as a GA4GH Phenopacket v2: age, comorbidities, drugs by line, responses.

What a phenopacket has no place for (findings, transplantation, access) is left out; the file itself keeps it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from rrmm.iris import ID, RRMM, short
from rrmm.logic.conditions import Values
from rrmm.patient.resolve import Patient, Treatment
from rrmm.records import JsonObject
from rrmm.rules.base import RuleBase
from rrmm.version import __version__

UNACCEPTABLE = "unacceptable"  # what ends a treatment, of all that a file says of toxicity
MYELOMA = f"{ID}condition/multiple-myeloma"


def write_phenopacket(patient: Patient, rule_base: RuleBase) -> JsonObject:
    """Return the phenopacket of a resolved patient file."""
    return _Writer(patient, rule_base).packet()


def write_phenopackets(patients: list[Patient], rule_base: RuleBase) -> str:
    """Return phenopackets as JSON: one object, or a list of several."""
    packets = [write_phenopacket(patient, rule_base) for patient in patients]
    return json.dumps(packets if len(packets) > 1 else packets[0], ensure_ascii=False, indent=1) + "\n"


class _Writer:
    def __init__(self, patient: Patient, rule_base: RuleBase) -> None:
        self.patient, self.rule_base = patient, rule_base
        self.prefixes: set[str] = set()

    def packet(self) -> JsonObject:
        """Return the whole packet."""
        subject: JsonObject = {"id": self.patient.name}
        if years := _values(self.patient.facts, self.rule_base.keys["age"].property):
            subject["timeAtLastEncounter"] = {"age": {"iso8601duration": f"P{int(float(years[0]))}Y"}}
        packet = {
            "id": self.patient.name,
            "subject": subject,
            "phenotypicFeatures": list(self._features()),
            "diseases": [{"term": self._term(MYELOMA, "multiple myeloma")}],
            "medicalActions": [self._action(one) for one in self.patient.treatments or () if not one.apart],
        }
        return {name: value for name, value in packet.items() if value} | {"metaData": self._meta()}

    def _features(self) -> Iterator[JsonObject]:
        key = self.rule_base.keys["comorbidities"]
        for thing in _values(self.patient.facts, key.property):
            yield {"type": self._term(thing)}
        for thing in _values(self.patient.facts, key.ruled_out or ""):
            yield {"type": self._term(thing), "excluded": True}

    def _action(self, treatment: Treatment) -> JsonObject:
        names = ("line", "best_response", "status", "toxicity")
        keys = {name: self.rule_base.keys[f"prior_drugs.{name}"].property for name in names}
        responses = _values(treatment.facts, keys["best_response"])
        if not responses and keys["status"] not in treatment.defaulted:
            responses = _values(treatment.facts, keys["status"])
        action: JsonObject = {"treatment": {"agent": self._term(treatment.drug, treatment.label)}}
        for line in _values(treatment.facts, keys["line"]):
            action["treatmentIntent"] = self._term(keys["line"], f"line {int(float(line))}")
        for response in responses:
            action["responseToTreatment"] = self._term(response)
        for harm in _values(treatment.facts, keys["toxicity"]):
            if self.rule_base.label(harm) == UNACCEPTABLE:
                action["treatmentTerminationReason"] = self._term(harm, f"{UNACCEPTABLE} toxicity")
        return action

    def _term(self, iri: str, label: str | None = None) -> JsonObject:
        """Return a class of an ontology: a CURIE of this graph with its label."""
        curie = short(iri)
        self.prefixes.add(curie.partition(":")[0])
        return {"id": curie, "label": label or self.rule_base.label(iri)}

    def _meta(self) -> JsonObject:
        resources = [
            {
                "id": prefix,
                "name": f"rrmm: {prefix}",
                "url": "https://w3id.org/rrmm",
                "version": self.rule_base.sources[0].version,
                "namespacePrefix": prefix,
                "iriPrefix": RRMM if prefix == "rrmm" else f"{ID}{prefix}/",
            }
            for prefix in sorted(self.prefixes)
        ]
        return {
            "created": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "createdBy": f"rrmm {__version__}",
            "resources": resources,
            "phenopacketSchemaVersion": "2.0",
        }


def _values(facts: Mapping[str, Values], name: str) -> list[str]:
    """Return what is certain of a property, in order."""
    return sorted(map(str, facts[name].certain)) if name in facts else []
