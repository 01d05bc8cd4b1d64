"""The resources of a FHIR Bundle or export: found by their addresses, whom they are about, and what they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rrmm.errors import PatientError
from rrmm.intake import dates
from rrmm.intake.paths import Part, walk
from rrmm.intake.records import Coding, Concept, Person
from rrmm.intake.tables import LONGEST_TEXT, Tables

MOST_CODINGS = 200
LONGEST_KEPT = LONGEST_TEXT + 100
"""Many resources may refer to one text: of a longer one than readers take, each keeps so much."""


def find_resources(node: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the full address and the content of each resource."""
    if isinstance(node, list):
        for one in node:
            yield from find_resources(one)
    elif isinstance(node, Mapping):
        if node.get("resourceType") == "Bundle":
            entries = node.get("entry")
            for entry in entries if isinstance(entries, list) else ():
                if isinstance(entry, Mapping):
                    for _, resource in find_resources(entry.get("resource")):
                        yield str(entry.get("fullUrl") or ""), resource
        elif isinstance(node.get("resourceType"), str):
            yield "", node


class Resources:
    """Resources of one input, of one person or many."""

    def __init__(self, resources: list[tuple[str, Mapping[str, Any]]], tables: Tables, where: str) -> None:
        self.resources, self.tables, self.where = resources, tables, where
        self.by_address: dict[str, Mapping[str, Any]] = {}
        for address, resource in resources:
            name = f"{resource['resourceType']}/{resource.get('id', '')}"
            self.by_address.setdefault(name, resource)
            if address:
                self.by_address.setdefault(address, resource)

    def of_type(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """Yield the resources of one type."""
        return (resource for _, resource in self.resources if resource["resourceType"] == kind)

    def subject(self, resource: Mapping[str, Any]) -> str:
        """Return the name of the person whom a resource is about; empty where it says none."""
        for path in ("subject.reference", "patient.reference", "individual.reference"):
            for reference in walk(resource, path):
                if isinstance(reference, str):
                    target = self.by_address.get(reference)
                    if target is not None and target["resourceType"] == "Patient":
                        return f"Patient/{target.get('id', '')}"
                    return "/".join(reference.split("/_history")[0].rsplit("/", 2)[-2:])
        return ""

    def person(self, resource: Mapping[str, Any]) -> Person:
        """Return the person of a resource."""
        name = f"Patient/{resource.get('id', '')}"
        birth = dates.read(resource.get("birthDate"))
        addresses = [a for a in walk(resource, "address") if isinstance(a, Mapping) and a.get("use") != "old"]
        current = [a for a in addresses if not list(walk(a, "period.end"))] or addresses
        homes = [a for a in current if a.get("use") == "home"] or current
        countries = [str(c).strip() for a in homes for c in walk(a, "country") if str(c).strip()]
        races = [
            concept
            for extension in walk(resource, "extension")
            if isinstance(extension, Mapping) and self.tables.by_code("race extension", str(extension.get("url")))
            for part in walk(extension, "extension")
            if isinstance(part, Mapping)
            for concept in [
                self.concept({"coding": [part["valueCoding"]]})
                if isinstance(part.get("valueCoding"), Mapping)
                else Concept(text=str(part.get("valueString") or ""))
            ]
            if concept
        ]
        died = [str(said) for key in ("deceasedDateTime", "deceasedBoolean") for said in walk(resource, key)]
        return Person(
            str(resource.get("id") or "patient"),
            name,
            birth,
            tuple(dict.fromkeys(countries)),
            tuple(races),
            died=next((said for said in died if said.casefold() != "false"), ""),
            others=tuple(str(one) for one in walk(resource, "link.other.reference")),
        )

    def concept(self, node: Any) -> Concept:
        """Return a CodeableConcept, a Coding, or a text as a concept."""
        if isinstance(node, str):
            return Concept(text=_words(node))
        if not isinstance(node, Mapping):
            return Concept()
        codings = node.get("coding")
        listed = codings if isinstance(codings, list) else [node] if "code" in node else []
        if len(listed) > MOST_CODINGS:
            problem = f"more than {MOST_CODINGS} codings of one concept. Send those that name it."
            raise PatientError(f"{self.where}: {problem}", file=self.where)
        return Concept(
            tuple(
                Coding(
                    self.tables.system(str(one.get("system") or "")), _words(one["code"]), _words(one.get("display"))
                )
                for one in listed
                if isinstance(one, Mapping) and one.get("code") is not None
            ),
            _words(node.get("text"))
            or next((_words(one["display"]) for one in listed if isinstance(one, Mapping) and one.get("display")), ""),
        )

    def target(self, part: Part, reference: str) -> Mapping[str, Any] | None:
        """Return the resource that a reference means: a contained one, by address, or by type and id."""
        inside = None
        if reference.startswith("#"):
            contained = (one for found in walk(part.node, "contained") for _, one in find_resources(found))
            inside = next((one for one in contained if f"#{one.get('id')}" == reference), None)
        name = "/".join(reference.split("/_history")[0].rsplit("/", 2)[-2:])
        return inside or self.by_address.get(reference) or self.by_address.get(name)


def _words(value: object) -> str:
    """Return a text of a concept without blanks around it, as far as a reader may look at it; empty for none."""
    return "" if value is None or value is False else str(value)[:LONGEST_KEPT].strip()
