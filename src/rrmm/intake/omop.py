"""OMOP CDM v5.4: the tables of an extract as rows, of any number of persons.

Concept identifiers are looked up in the extract's own concept table, else kept as codes of OMOP.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from rrmm.errors import PatientError, quote, shorten
from rrmm.intake import dates
from rrmm.intake.coverage import read_whole
from rrmm.intake.dates import Day
from rrmm.intake.numerals import read_number
from rrmm.intake.paths import Part
from rrmm.intake.records import (
    Coding,
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
from rrmm.intake.tables import Tables
from rrmm.intake.wording import line_stated

Row = Mapping[str, object]
Rows = Sequence[Row]
NEEDED = "person"
LOINC = re.compile(r"\d{1,6}-\d")
NUMERIC = re.compile(r"\d+")
CODE = re.compile(r"(?=.*\d)[0-9A-Z.]{4,8}")
WHOLE = re.compile(r"\A(\d+)\.0+\Z")  # as a column of numbers with gaps is written
CODES = ("_code", "_value")
MISSING = {"null", "na", "n/a", "nan", "none", "nat", r"\n"}


def _are_rows(rows: object) -> bool:
    return isinstance(rows, Sequence) and not isinstance(rows, str) and all(isinstance(row, Mapping) for row in rows)


def _row(row: Row) -> dict[str, str]:
    named = ((str(name).strip().lower(), value) for name, value in row.items() if name)
    return {name: _cell(value, code=name.endswith(CODES)) for name, value in named}


def _cell(value: object, *, code: bool) -> str:
    """Return a cell as text: a whole number that is no code without decimals, nothing for what is missing."""
    if value is None or value != value:
        return ""
    text = str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()
    return "" if text.lower() in MISSING else text if code else WHOLE.sub(r"\1", text)


def read(content: Mapping[str, Rows], tables: Tables, where: str = "OMOP") -> list[Record]:
    """Return the record of each person of an extract, given as table → rows.

    Raises PatientError where the table of persons is missing or empty.
    """
    wrong = [str(name) for name, rows in content.items() if not _are_rows(rows)]
    if wrong:
        raise PatientError(
            f"{where}: {', '.join(wrong)}: no rows. Give each table as a list of column → value.", file=where
        )
    named = {str(name).lower(): [_row(row) for row in rows] for name, rows in content.items()}
    if not named.get(NEEDED):
        raise PatientError(f"{where}: no person. Give the table person of an OMOP CDM v5.4 extract.", file=where)
    _check_persons([str(row.get("person_id", "")) for row in named[NEEDED]], where)
    return _Reader(named, tables).records()


def _check_persons(names: Sequence[str], where: str) -> None:
    """Raise PatientError naming each row of persons without an identifier, and each identifier of several."""
    faults = [f"row {number} has no person_id" for number, name in enumerate(names, 1) if not name]
    rows = Counter(filter(None, names))
    faults += [f"person_id {quote(name)} stands in {times} rows" for name, times in rows.items() if times > 1]
    if faults:
        raise PatientError.of([PatientError(f"{where}: {NEEDED}: {fault}.", file=where) for fault in faults])


class _Reader:
    def __init__(self, content: Mapping[str, Sequence[Mapping[str, str]]], tables: Tables) -> None:
        self.content, self.tables = content, tables
        self.concepts: dict[str, Coding] = {}
        for _, part in self._parts("concept"):
            if part.word("id") not in {"", "0"}:
                system, code, name = part.word("vocabulary"), part.word("code"), part.word("name")
                self.concepts[part.word("id")] = Coding(tables.system(system), code or name, name)
        filled = [bool(part.word("verbatim")) for _, part in self._parts("drug_exposure")]
        self.verbatim_used = any(filled)

    def records(self) -> list[Record]:
        records = {}
        orphans: Counter[str] = Counter()
        places = {part.word("id"): part.word("country") for _, part in self._parts("location")}
        for _, part in self._parts(NEEDED):
            key = str(part.node.get("person_id"))
            records[key] = Record.of(self._person(key, part, places.get(part.word("location"), "")))
        for table in self.content:
            known = self.tables.paths("omop", table)
            kind = known[0] if known else ""
            method = getattr(self, f"_{kind}", None) if kind in _KINDS else None
            for number, part in self._parts(table):
                person = str(part.node.get("person_id", ""))
                record = records.get(person)
                if record is None:
                    orphans.update([table] if person else [])
                    continue
                name = f"{table}/{shorten(part.word('id')) or number}"
                if method is not None:
                    method(name, part, record)
                    record.name_unread_dates(name, part)
                elif known is None and table not in {"episode_event"}:
                    record.ignore(f"{table}: no part of a patient file", name)
        for table, rows in orphans.items():
            for record in records.values():
                record.misunderstand(f"{rows} rows of {table}", "of persons who are not in the extract")
        self._lines(records)
        return list(records.values())

    def _parts(self, table: str) -> Iterable[tuple[int, Part]]:
        _, paths = self.tables.paths("omop", table) or ("", {})
        return ((number, Part(row, paths)) for number, row in enumerate(self.content.get(table, ()), 1))

    def _coding(self, identifier: str) -> tuple[Coding, ...]:
        if not identifier or identifier == "0":
            return ()
        known = self.concepts.get(identifier)
        return (*((known,) if known else ()), Coding("omop", identifier, known.display if known else ""))

    def _concept(self, part: Part) -> Concept:
        """Return a row's concept: its standard and source concepts, then the source value."""
        codings = (*self._coding(part.word("concept")), *self._coding(part.word("source concept")))
        source = part.word("source")
        if LOINC.fullmatch(source):
            return Concept((*codings, Coding("loinc", source)))
        if NUMERIC.fullmatch(source):
            return Concept((*codings, Coding("", source)), next((c.display for c in codings if c.display), ""))
        code = (Coding("", source),) if CODE.fullmatch(source) else ()
        return Concept((*codings, *code), source)

    def _date(self, part: Part, role: str) -> Day | None:
        return next((day for value in part.words(role) if (day := dates.read(value))), None) or next(
            (day for path in part.paths.get(role, ()) if (day := dates.read(part.node.get(path)))), None
        )

    def _person(self, key: str, part: Part, country: str) -> Person:
        year, month, day = part.word("year"), part.word("month"), part.word("day")
        birth = dates.read(part.word("birth"))
        if NUMERIC.fullmatch(year):
            text = f"{int(year):04}" + (f"-{int(month):02}" if NUMERIC.fullmatch(month) else "")
            text += f"-{int(day):02}" if NUMERIC.fullmatch(day) and NUMERIC.fullmatch(month) else ""
            birth = dates.read(text) or birth
        race = Concept(self._coding(part.word("race")), part.word("race text"))
        name = part.word("source") or key
        return Person(name, f"person/{key}", birth, (country,) if country else (), (race,) if race else ())

    def _condition(self, name: str, part: Part, record: Record) -> None:
        means = {self._status(word) for word in self._status_words(part)}
        what = f"{name}: {self._concept(part).shown}"
        if "" in means:
            said = "; ".join(self._status_words(part))
            record.misunderstand(what, f"its status {said!r} does not say whether it is there; not taken")
            return
        if other := sorted(means - {"resolved", "refuted", "confirmed"}):
            record.ignore(other[0], what)
            return
        end = self._date(part, "end")
        record.conditions.append(
            Condition(
                name,
                self._concept(part),
                self._date(part, "start"),
                "resolved" in means or end is not None,
                "refuted" in means,
            )
        )

    def _status_words(self, part: Part) -> list[str]:
        """Return what a row says of the status of a condition: its source value, and the name of its concept."""
        source = part.word("clinical")
        known = self.concepts.get(part.word("status concept"))
        return list(filter(None, ["" if NUMERIC.fullmatch(source) else source, known.display if known else ""]))

    def _status(self, word: str) -> str:
        """Return what a status means, "" where no rule knows it."""
        places = ("verification", "clinical", "status")
        coded = next((rule.means for place in places if (rule := self.tables.by_code(place, word))), "")
        beside = "beside a condition status"
        return coded or read_whole(self.tables, word, "condition status", beside, doubts=True) or ""

    def _exposure(self, name: str, part: Part, record: Record) -> None:
        start, end, verbatim = self._date(part, "start"), self._date(part, "end"), dates.read(part.word("verbatim"))
        ongoing = False
        if verbatim is not None:
            end = verbatim
        elif self.verbatim_used or "verbatim_end_date" not in part.node:
            ongoing = self.verbatim_used
            end = None if ongoing else end
        supply = part.word("supply")
        if end is None and not ongoing and start and NUMERIC.fullmatch(supply):
            end = Day(start.first, start.first + timedelta(days=int(supply)))
        if part.is_zero("amount") or part.is_zero("supply"):
            why = "a quantity or supply of 0, which often stands for an unknown one; taken as given"
            record.misunderstand(f"{name}: {self._concept(part).shown}", why)
        kind = self.tables.by_code("exposure kind", part.word("kind"))
        notes, stop = part.words("note"), tuple(filter(None, [part.word("stop")]))
        record.exposures.append(
            Exposure(
                name,
                kind.means if kind else "statement",
                self._concept(part),
                start,
                end,
                ongoing,
                stop,
                (),
                (),
                notes,
                False,
                line_stated(self.tables, notes),
                ended=verbatim is not None,
            )
        )

    def _observation(self, name: str, part: Part, record: Record) -> None:
        units = [part.word("unit"), *(coding.code for coding in self._coding(part.word("unit concept"))[:1])]
        number = read_number(part.word("number"))
        operator = self.tables.by_code("bound", f"omop:{part.word('comparator')}")
        quantity = Quantity.of(number, units, "bound" if operator else "")
        text = part.word("text") or (part.word("number") if number is None else "")
        record.observations.append(
            Observation(
                name,
                self._concept(part),
                self._date(part, "start"),
                quantity,
                Concept(self._coding(part.word("value"))),
                "" if quantity is not None and read_number(text) == number else text,
                Quantity.of(read_number(part.word("high")), units),
            )
        )

    def _procedure(self, name: str, part: Part, record: Record) -> None:
        record.procedures.append(Procedure(name, self._concept(part), self._date(part, "start")))

    def _text(self, name: str, part: Part, record: Record) -> None:
        title = part.word("title") or "note"
        record.texts.append(Text(name, title, self._date(part, "start"), part.word("body")))

    def _lines(self, records: Mapping[str, Record]) -> None:
        """Put the lines that a person stated as episodes on their exposures; computed ones are only named."""
        computed: dict[str, set[str]] = defaultdict(set)
        stated: dict[str, int] = {}
        for _, part in self._parts("episode"):
            if self.tables.by_code("regimen episode", part.word("concept")) is None:
                continue
            person, number = str(part.node.get("person_id")), part.word("number")
            if not NUMERIC.fullmatch(number):
                continue
            if self.tables.by_code("computed episode", part.word("kind")):
                computed[person].add(number)
            else:
                stated[part.word("id")] = int(number)
        for person, numbers in computed.items():
            if person in records:
                records[person].assume(
                    f"the extract's computed episodes count {len(numbers)} lines; the lines here are counted anew"
                )
        events = {
            f"drug_exposure/{row.get('event_id')}": stated[row["episode_id"]]
            for row in self.content.get("episode_event", ())
            if row.get("episode_id") in stated
        }
        for record in records.values():
            record.exposures[:] = [one._replace(line=events.get(one.source, one.line)) for one in record.exposures]


_KINDS = {"condition", "exposure", "observation", "procedure", "text"}
