"""What an assistant is told: short answers as JSON, each figure with its address, each answer with its sources.

Every answer says that it is for research, and which sources it rests on, of when. Nothing of a patient is kept:
the address of a full report holds the patient itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rrmm.api import KnowledgeGraph
from rrmm.errors import QueryError, close_names, nearest, quote
from rrmm.graph import queries
from rrmm.graph.table import Table
from rrmm.graph.terms import iri_term
from rrmm.iris import ID, short
from rrmm.records import JsonObject, to_dict
from rrmm.report import wording
from rrmm.report.model import OptionAnswer, ReportRecord
from rrmm.report.phrases import Phrases
from rrmm.rules.address import Address, by_passage
from rrmm.rules.model import Caution, Reason
from rrmm.server.enclosed import decode, encode
from rrmm.server.shorten import shorten, size, write

LIMIT = 19_000
QUERY_SECONDS = 10.0
WORDS = 50
ROOM = 1_000  # bytes of an answer beside its rows
FILTERS = ("study", "group", "population", "endpoint", "source")
REPORTS = "rrmm://reports/"
LONGEST_ADDRESS = 4_000  # characters


class Assistant:
    """Answers the questions of an assistant from one graph, each as JSON text of less than `LIMIT` bytes."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        self.graph = graph
        knowledge = graph.regimens_for({}, evidence=False).record.knowledge
        self.about: JsonObject = {
            "research_use": knowledge.disclaimer,
            "sources": [to_dict(source) for source in knowledge.sources],
            "knowledge_ends": knowledge.knowledge_ends,
            "version": knowledge.version,
        }

    def _write(self, answer: JsonObject, last: str = "") -> str:
        return write(self._fit(answer, LIMIT, last))

    def _fit(self, answer: JsonObject, limit: int, last: str = "") -> JsonObject:
        """Return an answer with what every answer is about, of which nothing is cut."""
        about = {"about": self.about}
        return about | shorten(answer, limit - size(about), last)

    def resolve_names(self, words: Sequence[str], where: str | None = None) -> str:
        """Return what each word means in the graph, or could mean."""
        if len(words) > WORDS:
            raise QueryError(f"{len(words)} words; give at most {WORDS}.")
        return self._write({"names": [self.graph.lexicon.find(word, where).to_dict() for word in words]})

    def regimens(self, patient: JsonObject) -> str:
        """Return the options of a patient in short: by status and fit, each with its reason and address."""
        report = self.graph.regimens_for(patient, evidence=False)
        record, phrases = report.record, Phrases(report.record, report.rule_base)
        return self._write(
            {
                "patient": record.patient,
                "warnings": [warned.text for warned in record.warnings],
                "not_covered": list(record.not_covered),
                "timing": {
                    "action": wording.timing(record.timing),
                    "because": [cite(reason) for reason in record.timing.because[:1]],
                },
                "groups": [
                    {
                        "group": phrases.heading(group),
                        "options": [_line(option) for option in group.options],
                    }
                    for group in wording.group_options(record, report.rule_base)
                ],
                "cautions": _cautions(record),
                "find_out_next": list(dict.fromkeys(_needs(record))),
                "full_report": _address(patient),
            },
            last="groups",
        )

    def why(self, patient: JsonObject, option: str) -> str:
        """Return everything that the report of a patient says of one option."""
        report = self.graph.regimens_for(patient, evidence=True, what_if=True)
        name = self._option(option, report.record)
        found = next(answer for answer in report.record.options if answer.option == name)
        content = {
            "option": found.option,
            "components": list(found.components),
            "status": found.status,
            "because": [_reason(reason) for reason in found.because],
            "needs": list(found.needs),
            "would_change_if": [to_dict(change) for change in found.would_change_if or ()],
            "fit": found.fit,
            "fit_because": [_reason(reason) for reason in found.fit_because],
            "fit_needs": list(found.fit_needs),
            "cautions": [_caution(caution) for caution in found.cautions],
            "superseded": [_reason(reason) for reason in found.superseded],
            "by_source": to_dict(found)["by_source"],
            "approvals": [_located(to_dict(approval)) for approval in found.approvals],
            "evidence": [_located(to_dict(result)) for result in found.evidence],
            "full_report": _address(patient),
        }
        return self._write(content)

    def _option(self, option: str, record: ReportRecord) -> str:
        names = {answer.option.casefold(): answer.option for answer in record.options}
        if (name := names.get(option.strip().casefold())) is not None:
            return name
        labels = [meaning.label for meaning in self.graph.lexicon.find(option, "regimen").taken("regimen")]
        known = next((names[label.casefold()] for label in labels if label.casefold() in names), None)
        if known is None:
            raise QueryError(
                f"No option {quote(option)}.{nearest(option, names.values())} The tool regimens lists them."
            )
        return known

    def results(self, filters: Mapping[str, str], offset: int = 0) -> str:
        """Return printed results, one row a number, each with its address; `filters` are of `FILTERS`."""
        table = self.graph.query("results")
        rows = [{name: value for name, value in row.items() if value is not None} for row in table.to_dicts()]
        for name, value in filters.items():
            wanted = self._value(table, name, value)
            rows = [row for row in rows if row.get(name) == wanted]
        caveats: dict[str, dict[str, None]] = {}
        for row in rows:
            caveats.setdefault(str(row.pop("comparability", "")), {})[str(row.get("study", ""))] = None
        answer = self._fit(
            {
                "matching": len(rows),
                "comparability": {text: list(studies) for text, studies in caveats.items()},
                "results": [_result(row) for row in rows[max(offset, 0) :]],
            },
            LIMIT - 100,
        )
        following = max(offset, 0) + len(answer["results"])
        return write(answer | ({"next_offset": following} if following < len(rows) else {}))

    def _value(self, table: Table, name: str, value: str) -> str:
        """Return the value of a column that a name stands for; raises QueryError offering the nearest."""
        if name not in table.columns:
            raise QueryError(f"Results have no {name}; they have: {', '.join(table.columns)}.", key=name)
        known = {str(cell).casefold(): str(cell) for cell in table.column(name) if cell is not None}
        words = [value, *(meaning.label for meaning in self.graph.lexicon.find(value).meanings if meaning.taken)]
        for word in words:
            if word.strip().casefold() in known:
                return known[word.strip().casefold()]
        raise QueryError(
            f"No {name} {quote(value)} has results.{nearest(value, known.values())}",
            key=name,
            value=value,
            offers=close_names(value, known.values()),
        )

    def explain(self, name: str) -> str:
        """Return what the graph says of a thing, by label, alias, CURIE or IRI: its statements and addresses."""
        return self._write(self.graph.show(name).to_dict())

    def sparql(self, query: str) -> str:
        """Return the answer of a SPARQL query, and where the things that it names are stated."""
        answer = self.graph.sparql(query, time_limit=QUERY_SECONDS)
        if isinstance(answer, str):
            return self._write({"turtle": answer.splitlines()})
        return self._write_rows({}, answer)

    def _write_rows(self, head: JsonObject, table: Table) -> str:
        """Return as many rows as there is room for, and where each thing in them is stated."""
        answer = {**head, "columns": list(table.columns), "row_count": len(table)}
        rows: list[list[object]] = []
        addresses: dict[str, list[str]] = {}
        left = LIMIT - ROOM - size({"about": self.about} | answer)
        for row in table.rows:
            things = [cell for cell in row if isinstance(cell, str) and cell.startswith(ID)]
            named = {short(iri): self._addresses(iri) for iri in things if short(iri) not in addresses}
            shown: list[object] = [short(cell) if isinstance(cell, str) else cell for cell in row]
            if (left := left - size([shown, named])) < 0:
                answer["left_out"] = {"rows": len(table) - len(rows)}
                break
            rows.append(shown)
            addresses |= named
        cited = {thing: places for thing, places in addresses.items() if places}
        return self._write(answer | {"rows": rows, "addresses": cited})

    def _addresses(self, iri: str) -> list[str]:
        query = queries.find(self.graph.files.root, "show", "addresses").bind({"thing": iri_term(iri)})
        return [locate(address) for address in by_passage(self.graph.store.rows(query)).values()]

    def full_report(self, encoded: str, page: str) -> str:
        """Return one page, as Markdown, of the whole report of the patient that an address holds."""
        pages = _pages(self.graph.regimens_for(decode(encoded)).to_markdown(), LIMIT - ROOM)
        if not (page.isascii() and page.isdigit() and 1 <= int(page) <= len(pages)):
            raise QueryError(f"No page {quote(page)}; the report has pages 1 to {len(pages)}.")
        number = int(page)
        following = f"Next: {REPORTS}{encoded}/{number + 1}\n" if number < len(pages) else ""
        sources = "; ".join(f"{source['title']} ({source['published']})" for source in self.about["sources"])
        head = f"Page {number} of {len(pages)}. {self.about['research_use']} Sources: {sources}.\n{following}\n"
        return head + pages[number - 1]

    def patient_keys(self) -> str:
        """Return the keys of a patient file, each with what it takes."""
        keys = [
            {"key": path, "takes": key.kind, "is": key.definition, **({"unit": key.unit} if key.unit else {})}
            for path, key in self.graph.rule_base.keys.items()
        ]
        return self._write({"keys": keys})

    def questions(self) -> str:
        """Return the catalogued questions."""
        listed = queries.read(self.graph.files.root, "questions").values()
        return self._write({"questions": [{"name": query.name, "summary": query.summary} for query in listed]})

    def question(self, name: str) -> str:
        """Return a catalogued question: its use, its parameters, its SPARQL and its answer."""
        query = queries.find(self.graph.files.root, "questions", name)
        head = {
            "name": name,
            "summary": query.summary,
            "description": query.description,
            "parameters": list(query.parameters),
            "sparql": query.text,
        }
        return self._write_rows(head, self.graph.query(name))


def _address(patient: JsonObject) -> str:
    """Return the address of the full report of a patient, or why it has none."""
    address = f"{REPORTS}{encode(patient)}/1"
    return address if len(address) <= LONGEST_ADDRESS else "none: the patient is too long for an address"


def cite(reason: Reason) -> str:
    """Return a reason with its address."""
    return f"{reason.label} [{locate(reason.source)}]"


def locate(address: Address) -> str:
    """Return an address with its source."""
    return f"{address.source}: {address}" if address.source else str(address)


def _reason(reason: Reason) -> JsonObject:
    read = {} if reason.reading is None else {"reading": short(reason.reading)}
    return {
        "rule": short(reason.rule),
        "label": reason.label,
        "modality": reason.modality,
        "facts": list(reason.facts),
        "at": locate(reason.source),
        **read,
    }


def _line(option: OptionAnswer) -> JsonObject:
    """Return an option in short: its reason with its address, and what its cautions are about."""
    reasons = option.fit_because or option.because if option.status == "option" else option.because
    words = [caution.concern or caution.kind for caution in option.cautions if caution.because.facts]
    line: JsonObject = {"option": option.option, "because": cite(reasons[0]) if reasons else ""}
    return line | ({"cautions": list(dict.fromkeys(words))} if words else {})


def _caution(caution: Caution) -> JsonObject:
    return {"kind": caution.kind, "agent": caution.agent, "text": caution.text, "at": locate(caution.because.source)}


def _cautions(record: ReportRecord) -> list[JsonObject]:
    """Return each caution that facts of the patient call up, once, with the options that carry it."""
    carriers: dict[str, JsonObject] = {}
    for option in record.options:
        for caution in option.cautions if option.status != "excluded" else ():
            if caution.because.facts:
                carriers.setdefault(caution.because.rule + caution.text, _caution(caution) | {"on": []})["on"].append(
                    option.option
                )
    return list(carriers.values())


def _needs(record: ReportRecord) -> Iterable[str]:
    """Yield the keys whose answer could change what is said, those of the timing first."""
    yield from record.timing.needs
    for option in record.options:
        yield from option.needs
        yield from option.fit_needs


def _located(row: JsonObject) -> JsonObject:
    """Return a row without what is not known, its address as text, and that of each number as published."""
    if "published" in row:
        row["published"] = [_located(one) for one in row["published"]]
    source = row.pop("source", None)
    at = {} if source is None else {"at": locate(Address.from_dict(source))}
    return {name: value for name, value in row.items() if value not in (None, [])} | at


def _result(row: Mapping[str, object]) -> JsonObject:
    """Return a row of results with its address as text."""
    place = {name: row[name] for name in ("section", "citations", "start", "end", "source") if name in row}
    rest = {name: short(value) if isinstance(value, str) else value for name, value in row.items() if name not in place}
    return rest | {"at": locate(Address.from_row({"source": "", **place}))}


def _pages(text: str, limit: int) -> list[str]:
    """Return a text in pages of at most `limit` bytes, cut between lines."""
    pages = [""]
    for line in text.splitlines(keepends=True):
        if pages[-1] and len((pages[-1] + line).encode()) > limit:
            pages.append("")
        pages[-1] += line
    return pages
