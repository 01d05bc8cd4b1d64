"""GA4GH Phenopackets v2: one, a list, or the members of a cohort or family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rrmm.errors import PatientError
from rrmm.intake import dates
from rrmm.intake.dates import Day
from rrmm.intake.drugs import INTOLERANT, Drugs
from rrmm.intake.paths import Part, check_depth, is_true, walk
from rrmm.intake.records import Coding, Concept, Condition, Exposure, Observation, Person, Procedure, Quantity, Record
from rrmm.intake.tables import Tables
from rrmm.intake.wording import is_myeloma, line_stated

PARTS = ("diseases", "phenotypicFeatures", "measurements", "medicalActions")
OTHER_PARTS = ("biosamples", "files")
KINDS = {"PRESCRIPTION": "prescription", "ADMINISTRATION_RELATED_TO_PROCEDURE": "administration"}


def read(content: Any, tables: Tables, where: str = "Phenopacket") -> list[Record]:
    """Return the record of each phenopacket; raises PatientError where none is there."""
    check_depth(content, where)
    packets = list(_packets(_camel(content)))
    if not packets:
        raise PatientError(f"{where}: no phenopacket. Give JSON with subject and id, as of version 2.", file=where)
    return [_Reader(packet, tables).record() for packet in packets]


def _packets(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, list):
        for one in node:
            yield from _packets(one)
    elif isinstance(node, Mapping):
        if isinstance(node.get("members"), list):
            yield from _packets(node["members"])
        elif isinstance(node.get("proband"), Mapping):
            yield from _packets(node["proband"])
        elif "subject" in node or any(name in node for name in PARTS):
            yield node


def _camel(node: Any) -> Any:
    """Return JSON whose keys are in camel case, however the protocol buffers were printed."""
    if isinstance(node, list):
        return [_camel(one) for one in node]
    if isinstance(node, Mapping):
        return {_camel_key(str(name)): _camel(value) for name, value in node.items()}
    return node


def _camel_key(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


class _Reader:
    def __init__(self, packet: Mapping[str, Any], tables: Tables) -> None:
        self.packet, self.tables, self.drugs = packet, tables, Drugs(tables)
        self.birth: Day | None = None

    def record(self) -> Record:
        subject = self.packet.get("subject")
        subject = subject if isinstance(subject, Mapping) else {}
        self.birth = dates.read(subject.get("dateOfBirth"))
        last = subject.get("timeAtLastEncounter")
        span = next(walk(last, "age.iso8601duration"), None) if isinstance(last, Mapping) else None
        years = dates.DURATION.fullmatch(str(span)) if span else None
        known = (int(years[1]), int(years[1])) if years and years[1] else None
        name = str(subject.get("id") or self.packet.get("id") or "patient")
        is_dead = "DECEASED" in walk(subject, "vitalStatus.status")
        died = str(self._time(next(walk(subject, "vitalStatus.timeOfDeath"), None)) or True) if is_dead else ""
        person = Person(name, f"subject/{name}", self.birth, age=known, last_seen=self._time(last), died=died)
        record = Record.of(person)
        for kind in PARTS:
            _, paths = self.tables.paths("phenopacket", kind) or ("", {})
            for number, node in enumerate(self._list(kind), 1):
                getattr(self, "_" + kind)(f"{kind}[{number}]", Part(node, paths), record)
        self._interpretations(record)
        for kind in OTHER_PARTS:
            for number, _ in enumerate(self._list(kind), 1):
                record.ignore(f"{kind}: no part of a patient file", f"{kind}[{number}]")
        return record

    def _list(self, name: str) -> list[Mapping[str, Any]]:
        value = self.packet.get(name)
        return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []

    def _concept(self, node: Any) -> Concept:
        if isinstance(node, str):
            return Concept(text=node.strip())
        if not isinstance(node, Mapping):
            return Concept()
        label = str(node.get("label") or "").strip()
        prefix, colon, code = str(node.get("id") or "").partition(":")
        system = self.tables.system(prefix)
        known = colon and self.tables.by_code("system", prefix)
        codings = (Coding(system, code, label),) if known else ()
        return Concept(codings, label or ("" if known else code))

    def _words(self, part: Part, role: str) -> tuple[str, ...]:
        return tuple(word for node in part.all(role) for word in self._concept(node).words)

    def _time(self, node: Any) -> Day | None:
        """Return the day of a time element; of an age where the birth is known."""
        if not isinstance(node, Mapping):
            return dates.read(node)
        if "timestamp" in node:
            return dates.read(node["timestamp"])
        if isinstance(node.get("interval"), Mapping):
            start, end = dates.read(node["interval"].get("start")), dates.read(node["interval"].get("end"))
            return Day(start.first, end.last) if start and end else start or end
        span = next(walk(node, "age.iso8601duration"), None)
        return dates.after(self.birth, span) if span and self.birth else None

    def _diseases(self, name: str, part: Part, record: Record) -> None:
        resolution = part.first("end")
        record.conditions.append(
            Condition(
                name,
                self._concept(part.first("concept")),
                self._time(part.first("start")),
                resolution is not None,
                is_true(part.first("excluded")),
                True,
                part.words("note"),
                tuple(self._concept(node) for node in part.all("stage")),
                tuple(self._concept(node) for node in part.all("severity")),
            )
        )

    _phenotypicFeatures = _diseases  # noqa: N815 - the name of the part

    def _measurements(self, name: str, part: Part, record: Record) -> None:
        concept, day = self._concept(part.first("concept")), self._time(part.first("start"))
        record.observations.append(
            Observation(
                name,
                concept,
                day,
                self._quantity(part.first("number"), part.first("unit")),
                self._concept(part.first("value")),
                "",
                self._quantity(part.first("high"), part.first("unit")),
                (),
                part.words("note"),
            )
        )
        for member in part.all("members"):
            if isinstance(member, Mapping):
                quantity = self._quantity(
                    next(walk(member, "quantity.value"), None), next(walk(member, "quantity.unit"), None)
                )
                record.observations.append(Observation(name, self._concept(member.get("type")), day, quantity))

    def _quantity(self, number: Any, unit: Any) -> Quantity | None:
        unit = unit if isinstance(unit, Mapping) else {}
        spellings = (str(unit.get("id") or "").partition(":")[2], str(unit.get("label") or ""))
        return Quantity.of(number, spellings)

    def _medicalActions(self, name: str, part: Part, record: Record) -> None:  # noqa: N802 - the name of the part
        if part.first("procedure") is not None:
            day = self._time(part.first("performed"))
            notes = (*self._words(part, "use"), *self._words(part, "stop"))
            record.procedures.append(Procedure(name, self._concept(part.first("procedure")), day, notes))
            return
        regimen = part.node.get("therapeuticRegimen")
        concept = self._concept(part.first("concept"))
        spans = [one for one in part.all("intervals") if isinstance(one, Mapping)]
        if isinstance(regimen, Mapping):
            named = regimen.get("ontologyClass") or {"label": next(walk(regimen, "externalReference.description"), "")}
            concept = self._concept(named)
            spans = [
                {"start": self._date_text(regimen.get("startTime")), "end": self._date_text(regimen.get("endTime"))}
            ]
            open_end = regimen.get("regimenStatus") in ("STARTED", None)
        else:
            open_end = True
        if not concept:
            record.ignore("medical actions without a drug: no part of a patient file", name)
            return
        if drugs := self.drugs.of_graph(concept):
            for word in self._words(part, "event"):
                record.misunderstand(f"{name}: {concept.shown}: {word}", f"an adverse event of {drugs}; {INTOLERANT}")
        starts = [day for one in spans if (day := dates.read(one.get("start")))]
        ends = [dates.read(one.get("end")) for one in spans]
        end = None if None in ends else max((day for day in ends if day), default=None)
        use, dose = self._words(part, "use"), part.words("dose")
        target = self._words(part, "target")
        record.exposures.append(
            Exposure(
                name,
                KINDS.get(part.word("kind"), "statement"),
                concept,
                min(starts, default=None),
                end,
                bool(starts) and end is None and open_end,
                self._words(part, "stop"),
                use,
                (),
                dose,
                is_myeloma(self.tables, target),
                line_stated(self.tables, (*use, *dose)),
                next(iter(self._words(part, "response")), ""),
                "" if is_myeloma(self.tables, target) else next(iter(target), ""),
                end is not None,
            )
        )

    def _date_text(self, node: Any) -> str:
        day = self._time(node)
        return str(day) if day else ""

    def _interpretations(self, record: Record) -> None:
        """Read variants that are reported as genomic interpretations of the person or of a sample of theirs."""
        person = record.person.id
        samples = [one for one in self._list("biosamples") if str(one.get("individualId") or person) == person]
        own = {person, str(self.packet.get("id") or ""), *(str(one.get("id")) for one in samples)}
        for number, node in enumerate(self._list("interpretations"), 1):
            for one in walk(node, "diagnosis.genomicInterpretations"):
                status = str(one.get("interpretationStatus") or "") if isinstance(one, Mapping) else ""
                descriptor = next(walk(one, "variantInterpretation.variationDescriptor"), None)
                if not isinstance(descriptor, Mapping):
                    continue
                whose = str(next(walk(one, "subjectOrBiosampleId"), ""))
                if whose and whose not in own:
                    record.misunderstand(f"interpretations[{number}]: {whose}", "no sample of this person; not read")
                    continue
                words = [str(descriptor.get(name) or "") for name in ("label", "description")]
                words += [str(value) for value in walk(descriptor, "expressions.value")]
                words += [str(value) for value in walk(descriptor, "structuralType.label")]
                rule = self.tables.by_code("interpretation", status)
                if rule is None:
                    what = f"interpretations[{number}]: {next(filter(None, words), 'a variant')}"
                    record.misunderstand(what, f"its status {status or '(none)'} does not say that it is there")
                    continue
                value = Concept(text=rule.means)
                record.observations.append(
                    Observation(
                        f"interpretations[{number}]",
                        Concept(text="genetic variant assessment"),
                        None,
                        value=value,
                        parts=tuple(filter(None, words)),
                    )
                )
