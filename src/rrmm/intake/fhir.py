"""FHIR R4 as it comes: a Bundle, a list of resources, or the lines of a bulk export, of one person or many."""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from math import nan
from typing import Any

from rrmm.errors import PatientError, shorten
from rrmm.intake import dates
from rrmm.intake.dates import Day
from rrmm.intake.drugs import INTOLERANT, Drugs
from rrmm.intake.paths import Part, check_depth, is_true, walk
from rrmm.intake.records import (
    Concept,
    Condition,
    Exposure,
    Observation,
    Person,
    Procedure,
    Quantity,
    Record,
    Text,
)
from rrmm.intake.resources import Resources, find_resources
from rrmm.intake.tables import Tables
from rrmm.intake.uses import another_disease
from rrmm.intake.wording import is_myeloma, line_stated

CLINICAL = ("condition", "exposure", "observation", "procedure", "text")
ONGOING, ON_HOLD = "ongoing", "on hold"
KINDS = {
    "MedicationAdministration": "administration",
    "MedicationRequest": "prescription",
    "MedicationDispense": "dispensing",
}


def read(content: Any, tables: Tables, where: str = "FHIR") -> list[Record]:
    """Return the records of each person in a Bundle, a resource, or a list of them.

    Raises PatientError where no resource is there.
    """
    check_depth(content, where)
    resources = list(find_resources(content))
    if not resources:
        raise PatientError(
            f"{where}: no FHIR resource. Give a Bundle, a resource with resourceType, or NDJSON.", file=where
        )
    return _Reader(resources, tables, where).records()


class _Reader(Resources):
    @cached_property
    def drugs(self) -> Drugs:
        """The names of drugs."""
        return Drugs(self.tables)

    def records(self) -> list[Record]:
        records = {f"Patient/{r.get('id', '')}": Record.of(self.person(r)) for r in self.of_type("Patient")}
        if not records:
            named = {self.subject(resource) for _, resource in self.resources} - {""}
            records = {name: Record.of(Person(name.rpartition("/")[2], name)) for name in sorted(named) or ["Patient/"]}
        orphans: Counter[str] = Counter()
        for _, resource in self.resources:
            if resource["resourceType"] == "Patient":
                continue
            name = self.subject(resource)
            record = records.get(name) or (next(iter(records.values())) if len(records) == 1 and not name else None)
            if record is None:
                known = self.tables.paths("fhir", resource["resourceType"])
                orphans[name] += bool(name) or (known is not None and known[0] in CLINICAL)
                continue
            self._read(resource, record)
        nobodys = orphans.pop("", 0)
        for record in records.values():
            if nobodys:
                record.misunderstand(f"{nobodys} resources of nobody", "they name no person; not read")
            if orphans:
                others = f" and {len(orphans) - 1} more" if len(orphans) > 1 else ""
                what = f"{orphans.total()} resources of {shorten(next(iter(orphans)))}{others}"
                record.misunderstand(what, "they belong to a person who is not in the input; not read")
        return list(records.values())

    def _read(self, resource: Mapping[str, Any], record: Record) -> None:
        name = f"{resource['resourceType']}/{shorten(str(resource.get('id', '')))}"
        known = self.tables.paths("fhir", resource["resourceType"])
        if known is None:
            record.ignore(f"{resource['resourceType']}: no part of a patient file", name)
            return
        kind, paths = known
        part = Part(resource, paths)
        if kind == "family history":
            record.ignore("family history", name)
            return
        if (other := self._other_focus(part)) is not None:
            record.ignore("about somebody or something else", f"{name}: {self._concept_of(part).shown}: {other}")
            return
        if (reason := self._uncounted(part)) is not None:
            record.ignore(reason, f"{name}: {self._concept_of(part).shown}")
            return
        readers = {
            "condition": self._condition,
            "exposure": self._exposure,
            "observation": self._observation,
            "procedure": self._procedure,
            "text": self._text,
            "intolerance": self._intolerance,
        }
        if kind in readers:
            readers[kind](name, part, record)
            record.name_unread_dates(name, part)

    def _other_focus(self, part: Part) -> str | None:
        """Return what a resource is about beside its patient, or None; a cancer or a drug of the patient is neither."""
        subject = self.subject(part.node)
        for node in walk(part.node, "focus"):
            reference = str(node.get("reference") or "") if isinstance(node, Mapping) else ""
            display = str(node.get("display") or "") if isinstance(node, Mapping) else str(node)
            kind = reference.split("/_history")[0].rsplit("/", 2)[-2:][0]
            target = self.target(part, reference) if reference else None
            kind = str(target["resourceType"]) if target else kind
            elsewhere = self.tables.by_code("focus elsewhere", kind) is not None
            if elsewhere and self.subject({"subject": {"reference": reference}}) != subject:
                return display or reference
            if self.tables.by_text("history words", display):
                return display
            if not reference and not is_myeloma(self.tables, [display]):
                return display or "(no name)"
        return None

    def _uncounted(self, part: Part) -> str | None:
        """Return why a resource is no fact, or None."""
        if is_true(part.first("forbidden")) or self.tables.by_code("not taken", part.word("taken")):
            return "not done"
        for field in ("status", "intent"):
            if rule := self.tables.by_code(field, part.word(field)):
                return rule.means
        for concept in map(self.concept, part.all("verification")):
            for word in (*(coding.code for coding in concept.codings), concept.text):
                if word and (rule := self.tables.by_code("verification", word)) and rule.means != "refuted":
                    return rule.means
        return None

    def _words(self, part: Part, role: str) -> tuple[str, ...]:
        """Return the words of all concepts and texts of a part."""
        return tuple(dict.fromkeys(word for node in part.all(role) for word in self.concept(node).words))

    def _has(self, part: Part, role: str, place: str) -> str | None:
        for concept in map(self.concept, part.all(role)):
            for word in (*(coding.code for coding in concept.codings), concept.text):
                if word and (rule := self.tables.by_code(place, word)):
                    return rule.means
        return None

    def _concept_of(self, part: Part) -> Concept:
        """Return what a resource names, its medication looked up where it is another resource."""
        concepts = [self.concept(node) for node in part.all("concept")]
        for reference in part.words("reference"):
            target = self.target(part, reference)
            if target is not None:
                below = Part(target, (self.tables.paths("fhir", str(target["resourceType"])) or ("", {}))[1])
                concepts += [self.concept(node) for node in below.all("concept")]
                ingredients = [self.concept(node) for node in below.all("ingredient")]
                if len(ingredients) == 1 or not any(concepts):
                    concepts += ingredients
        for node in (*walk(part.node, "medicationReference.display"), *walk(part.node, "medication.reference.display")):
            concepts.append(self.concept(node))
        codings = tuple(coding for concept in concepts for coding in concept.codings)
        return Concept(codings, next((concept.text for concept in concepts if concept.text), ""))

    def _condition(self, name: str, part: Part, record: Record) -> None:
        gone = part.first("gone")
        resolved = (
            self._has(part, "clinical", "clinical") == "resolved"
            or bool(part.first("end"))
            or gone not in (None, False)
        )
        categories = {self._has(part, "category", "encounter diagnosis"), self._has(part, "category", "problem list")}
        record.conditions.append(
            Condition(
                name,
                self._concept_of(part),
                dates.read(part.word("start")),
                resolved,
                self._has(part, "verification", "verification") == "refuted",
                categories != {"encounter", None},
                self._words(part, "note"),
                tuple(self.concept(node) for node in part.all("stage")),
                tuple(self.concept(node) for node in part.all("severity")),
            )
        )

    def _exposure(self, name: str, part: Part, record: Record) -> None:
        starts = [day for day in map(dates.read, part.words("start")) if day]
        ends = [day for day in map(dates.read, part.words("end")) if day]
        start, end = min(starts, default=None), max(ends, default=None)
        course = self.tables.by_code("course", part.word("status"))
        goes_on = course is not None and course.means in {ONGOING, ON_HOLD}
        supply = None if end or (course and course.means == ON_HOLD) else self._supply(name, part, record)
        if start is not None and supply:
            end = Day(start.first, start.last + timedelta(days=supply))
        if end is None and part.word("single") and not list(walk(part.node, "effectivePeriod")):
            end = None if goes_on else start
        notes, use = self._words(part, "note"), self._words(part, "use")
        reasons = [str(one) for one in walk(part.node, "reasonReference.display")]
        targets = [
            self.target(part, one) for one in dict.fromkeys(map(str, walk(part.node, "reasonReference.reference")))
        ]
        referred = [self.concept(one.get("code")) for one in {id(one): one for one in targets if one}.values()]
        named = [one.shown for one in referred]
        is_cancer = any(self.tables.by_text("cancer profile", str(one)) for one in walk(part.node, "meta.profile"))
        concepts = [self.concept(node) for node in part.all("use")] + referred
        is_coded = any(self.tables.by_beginning("disease", one.curie) for of in concepts for one in of.codings)
        is_for_myeloma = is_cancer or is_coded or is_myeloma(self.tables, (*use, *reasons, *named))
        if not is_for_myeloma:
            for concept in (one for one in concepts if one.codings and not one.words):
                record.misunderstand(f"{name}: reason {concept.shown}", "a code without words; not read")
        record.exposures.append(
            Exposure(
                name,
                KINDS.get(name.partition("/")[0], "statement"),
                self._concept_of(part),
                start,
                end,
                end is None and course is not None and course.means == ONGOING,
                self._words(part, "stop"),
                use,
                notes,
                self._words(part, "dose"),
                is_for_myeloma,
                line_stated(self.tables, (*notes, *use)),
                other="" if is_for_myeloma else another_disease(self.tables, (*use, *reasons, *named)),
                ended=course is not None and course.means == "ended",
                empty=part.is_zero("amount"),
            )
        )

    def _supply(self, name: str, part: Part, record: Record) -> int | None:
        """Return the days of a supply with all repeats that are allowed; what gives no number of days is listed."""
        number = part.first("supply")
        if not isinstance(number, (int, float)) or isinstance(number, bool):
            return None
        units = dict.fromkeys((*part.words("supply unit"), *part.words("supply unit text")))
        rules = [self.tables.by_code("unit of a supply", unit) for unit in units]
        days = {number * (rule.factor if rule else nan) for rule in rules} or {number}
        repeats = part.first("repeats")
        times = 1 + (repeats if isinstance(repeats, (int, float)) and repeats > 0 else 0)
        if len(days) == 1 and 0 < (only := days.pop() * times) <= self.tables.limits["longest supply days"]:
            return round(only)
        said = f"{name}: a supply of {number:g} {' / '.join(units)}".rstrip()
        said += f", {repeats} repeats" if times > 1 else ""
        record.misunderstand(said, "no number of days; the end is not known by it")
        return None

    def _observation(self, name: str, part: Part, record: Record) -> None:
        whole = self._observed(name, part, self._concept_of(part))
        record.observations.append(whole)
        day = dates.read(part.word("start"))
        for component in walk(part.node, "component"):
            if isinstance(component, Mapping):
                below = self._observed(name, Part(component, part.paths), self.concept(component.get("code")))
                notes = whole.notes if below.value or below.text or below.quantity else ()
                record.observations.append(below._replace(day=day, time=part.word("start"), notes=notes))

    def _observed(self, name: str, part: Part, concept: Concept) -> Observation:
        units = (*part.words("unit"), *part.words("unit text"))
        quantity = Quantity.of(part.first("number"), units, part.word("comparator"))
        limit = Quantity.of(part.first("high"), part.words("high unit") or units)
        flags = [
            code
            for node in (*part.all("flag"), *part.all("absent"))
            for c in [self.concept(node)]
            for code in (*(x.code for x in c.codings), c.text)
        ]
        values = [self.concept(node) for node in part.all("value")]
        value = Concept(tuple(c for v in values for c in v.codings), next((v.text for v in values if v.text), ""))
        text = part.first("text")
        parts = [
            word
            for component in walk(part.node, "component")
            if isinstance(component, Mapping)
            for below in [Part(component, part.paths)]
            for word in (*(w for node in below.all("value") for w in self.concept(node).words), *below.words("text"))
        ]
        return Observation(
            name,
            concept,
            dates.read(part.word("start")),
            quantity,
            value,
            ("true" if text else "false") if isinstance(text, bool) else str(text or "").strip(),
            limit,
            tuple(filter(None, flags)),
            self._words(part, "note"),
            tuple(parts),
            part.word("start"),
        )

    def _procedure(self, name: str, part: Part, record: Record) -> None:
        notes = (*self._words(part, "note"), *self._words(part, "use"))
        record.procedures.append(Procedure(name, self._concept_of(part), dates.read(part.word("start")), notes))

    def _intolerance(self, name: str, part: Part, record: Record) -> None:
        """List an intolerance of a drug of the graph; count all others."""
        kind, concept = name.partition("/")[0], self._concept_of(part)
        what = ": ".join([name, concept.shown, *self._words(part, "event")])
        rule = self.tables.by_code("fhir resource", kind)
        if self._has(part, "verification", "verification") == "refuted":
            record.ignore("refuted", what)
        elif self._has(part, "clinical", "clinical") == "resolved":
            record.ignore("resolved", what)
        elif rule and (drugs := self.drugs.of_graph(concept)):
            record.misunderstand(what, f"{rule.reason} of {drugs}; {INTOLERANT}")
        else:
            record.ignore(f"{kind}: no part of a patient file", name)

    def _text(self, name: str, part: Part, record: Record) -> None:
        bodies = [*part.words("body"), *filter(None, map(_decode, part.words("encoded")))]
        values = self._words(part, "value")
        title = self._concept_of(part).shown
        if bodies or values or part.words("link"):
            body = "\n".join((*bodies, *values))
            record.texts.append(Text(name, title, dates.read(part.word("start")), body))


def _decode(data: str) -> str:
    """Return the text of base64 data; empty where it is no text."""
    try:
        return base64.b64decode(data, validate=False).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
