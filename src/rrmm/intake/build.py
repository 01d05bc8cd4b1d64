"""From one person's records to the patient file and its report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, timedelta

from rrmm.intake import person, scores, transplants, window
from rrmm.intake.comorbidities import Comorbidities
from rrmm.intake.courses import Courses
from rrmm.intake.cytogenetics import Cytogenetics
from rrmm.intake.either import agree
from rrmm.intake.findings import Findings
from rrmm.intake.lines import Given, Line, Lines, last_certain
from rrmm.intake.measures import Measures, Value
from rrmm.intake.notes import value_stands
from rrmm.intake.records import Observation, Record
from rrmm.intake.responses import Responses
from rrmm.intake.result import Draft, Intake
from rrmm.intake.scopes import Treated
from rrmm.intake.tables import Tables
from rrmm.intake.titles import CYTOGENETICS, beyond_cytogenetics
from rrmm.intake.transplants import Transplant
from rrmm.intake.treatments import Treatments
from rrmm.intake.unread import StatedLines, find_newest, names_key, read_lines, show
from rrmm.patient.naming import REST_UNKNOWN

SHOWN_TEXT = 80


def build(record: Record, tables: Tables, index: date | None) -> Intake:
    """Return the intake of a person at the index date; without one, at the day of the last dated fact."""
    last = window.last_fact(record)
    at = index or last or date.today()
    if index is None:
        record.assume(
            f"the index date is {at}, {'the day of the last dated fact' if last else 'today: no fact has a date'}"
        )
    builder = _Builder(window.at(record, at), tables, at)
    intake = builder.intake()
    if not builder.doubted:
        return intake
    counting = _Builder(window.at(record, at), tables, at, counts_doubted=True)
    return agree(intake, counting.intake(), builder.doubted)


class _Builder:
    def __init__(self, record: Record, tables: Tables, index: date, *, counts_doubted: bool = False) -> None:
        self.record, self.tables, self.index = record, tables, index
        self.draft = Draft()
        self.counts_doubted = counts_doubted
        self.doubted: list[str] = []
        self.stated_lines: list[StatedLines] = []

    def intake(self) -> Intake:
        record, tables, draft = self.record, self.tables, self.draft
        draft.put("id", record.person.id, [record.person.source], "the record's own")
        person.fill(tables, record, draft, self.index)
        responses, cytogenetics = Responses(tables, record), Cytogenetics(tables, record)
        values = self._observations(responses, cytogenetics)
        self._texts(cytogenetics)
        responses.settle()
        treatments = Treatments(tables, record, draft, responses, counts_doubted=self.counts_doubted)
        days = treatments.add_perhaps(transplants.transplants(tables, record, draft))
        given = treatments.place(treatments.find(days))
        self.doubted = treatments.doubted
        responses.keep_within(lambda: self._treated(responses, given, days))
        lines = Lines(tables, record, responses.progressions).find(given, days)
        courses = Courses(tables, record, draft, responses)
        ends = courses.fill(lines, self.index)
        self._prior(lines, courses, treatments)
        transplants.after(tables, record, draft, days, lines, ends)
        transplants.interval(tables, record, draft, lines, ends, days)
        findings = Findings(tables, record, draft, values, lines[-1].start if lines else None)
        since = lines[-1].start if lines else None
        findings.fill([p for p in responses.progressions if since is None or p.day.first > since])
        comorbidities = Comorbidities(tables, record, draft)
        recent = self.index - timedelta(days=tables.limits["dialysis days"])
        comorbidities.fill(record.conditions, record.procedures, recent)
        scores.fill_kidney(findings, record, draft)
        scores.fill_iss(tables, record, draft, findings, comorbidities, lines[0].start if lines else None)
        cytogenetics.fill(draft)
        return self._result()

    # -- observations and texts

    def _observations(self, responses: Responses, cytogenetics: Cytogenetics) -> list[Value]:
        measures = Measures(self.tables, self.record)
        values, worded = [], defaultdict(list)
        for observation in self.record.observations:
            rule = measures.rule_of(observation)
            what = f"{observation.source}: {observation.concept.shown}"
            is_variant = rule is None and self._is_variant(observation)
            name = cytogenetics.name_of(observation) if rule is None and not is_variant else ""
            is_read = rule is not None or is_variant or name != ""
            counts = rule is None or rule.means != "response"
            if is_read and not value_stands(self.tables, self.record, observation, counts=counts):
                continue
            if is_variant and (more := beyond_cytogenetics(self.tables, observation.concept.shown)):
                self.record.misunderstand(what, f"more than {CYTOGENETICS}: {more}; not taken")
            elif is_variant:
                cytogenetics.read(observation)
            elif name:
                cytogenetics.read_named(observation, name)
            elif rule is None and (stated := read_lines(self.tables, observation)):
                self.stated_lines.append(stated)
            elif rule is None and names_key(self.tables, observation):
                self.record.misunderstand(show(observation), "its name holds a key of a patient file; not read")
            elif rule is None:
                self.record.ignore("observations that no key of a patient file takes", what)
            elif rule.means == "response":
                responses.read(observation)
            elif rule.means == "cytogenetics":
                cytogenetics.read(observation)
            elif rule.means in {"ecog", "frailty", "iss"}:
                worded[rule.means].append(observation)
            elif rule.reason:
                number = f" {observation.quantity.value:g}" if observation.quantity else ""
                self.record.misunderstand(what + number, rule.reason)
            elif (value := measures.value(observation, rule)) is not None:
                values.append(value)
        scores.fill_ecog(self.tables, self.record, self.draft, worded["ecog"])
        for measure in ("frailty", "iss"):
            scores.fill_words(self.tables, self.record, self.draft, measure, worded[measure])
        return values

    def _is_variant(self, observation: Observation) -> bool:
        answer = observation.text or observation.value.shown
        texts = (*observation.concept.words, *observation.names, f"{observation.concept.shown} {answer}")
        return any(self.tables.by_text("variant", text) for text in texts)

    def _texts(self, cytogenetics: Cytogenetics) -> None:
        for text in self.record.texts:
            report = self.tables.by_text("report", text.title) is not None
            more = beyond_cytogenetics(self.tables, text.title) if report else ""
            understood = report and not more and cytogenetics.read_report(text)
            short = " ".join(text.body.split())
            shown = short if len(short) <= SHOWN_TEXT else short[: SHOWN_TEXT - 1] + "…"
            why = (
                "free text: only what it says of cytogenetics is read"
                if understood
                else f"free text: its title says more than {CYTOGENETICS}: {more}; not read"
                if more
                else "free text (narrative) is not read"
            )
            self.record.misunderstand(f"{text.source}: {text.title}: {shown}", why)

    # -- lines of therapy

    def _treated(self, responses: Responses, given: list[Given], days: list[Transplant]) -> list[Treated]:
        """Return the lines of therapy as the progressions now are; of a trial nothing is listed."""
        trial = self.record._replace(not_understood={}, assumed={})
        lines = Lines(self.tables, trial, responses.progressions).find(given, days)
        transplanted = transplants.names(self.tables)
        return [
            Treated(
                line.number,
                line.start,
                max((last_certain(one) for one in line.stretches), default=line.start),
                frozenset(one.drug.label for one in line.stretches if one.drug)
                | (transplanted if any(one.transplant for one in line.stretches) else frozenset()),
            )
            for line in lines
        ]

    def _prior(self, lines: list[Line], courses: Courses, treatments: Treatments) -> None:
        stated = find_newest(self.stated_lines)
        contradicted = None if stated is None or stated.fits(lines) else stated
        if lines:
            rules = Counter(line.rule for line in lines)
            why = "; ".join(f"line {line.number} by {line.rule} ({line.why})" for line in lines)
            sources = [one.source for line in lines for s in line.stretches for one in s.exposures]
            dated = {stretch.drug for line in lines for stretch in line.stretches}
            last = max((int(str(entry["line"])) for entry in treatments.undated.values() if "line" in entry), default=0)
            if contradicted:
                said = f"{lines[-1].number} by what was given; which is right is not known; prior_lines is left out"
                self.record.misunderstand(contradicted.shown, said)
            elif last > lines[-1].number:
                said = f"a drug without a date is of line {last}, as stated; left out"
                self.record.misunderstand(f"prior_lines: {lines[-1].number} by dates", said)
            elif unplaced := sorted(drug.label for drug in treatments.unplaced - dated):
                said = f"{', '.join(unplaced)} may be of another line, and has no date; left out"
                self.record.misunderstand(f"prior_lines: {lines[-1].number} by dates", said)
            elif treatments.undated_transplants and len(lines) > 1:
                said = f"{', '.join(treatments.undated_transplants)} may join two of them, and has no date; left out"
                self.record.misunderstand(f"prior_lines: {lines[-1].number} by dates", said)
            else:
                self.draft.put("prior_lines", lines[-1].number, sources, why)
            self.record.assume(f"lines of therapy: rule of {' and '.join(sorted(rules))}; {why}")
        elif numbers := [int(str(entry["line"])) for entry in treatments.undated.values() if "line" in entry]:
            self.draft.put(
                "prior_lines", max(numbers), [one.source for one in self.record.exposures], "stated; no dates"
            )
        if contradicted and not lines:
            self.record.misunderstand(contradicted.shown, "no line of therapy has a date; not read")
        for one in self.stated_lines:
            if one is not contradicted:
                self.record.ignore("numbers of prior lines: these are counted by what was given", one.shown)
        entries: list[object] = list(courses.entries)
        lines_of: dict[str, set[object]] = defaultdict(set)
        for entry in courses.entries:
            lines_of[_drug_of(entry)].add(entry.get("line"))
        for entry in treatments.undated.values():
            covering = lines_of[_drug_of(entry)]
            if entry["line"] not in covering if "line" in entry else not covering:
                entries.append(entry)
        if treatments.incomplete and (entries or lines):
            entries.append(REST_UNKNOWN)
        if entries:
            sources = [one.source for one in self.record.exposures]
            self.draft.put("prior_drugs", entries, sources, "one entry a drug and line")

    # -- the result

    def _result(self) -> Intake:
        record, draft = self.record, self.draft
        for path, value in draft.drop_impossible(self.tables.ranges):
            record.misunderstand(f"{path}: {value}", "outside of what a patient file takes; left out")
        patient = {key: draft.patient[key] for key in self.tables.keys if key in draft.patient}
        return Intake(
            patient,
            self.index.isoformat(),
            draft.sources,
            draft.rules,
            [{"what": what, "why": why} for what, why in record.not_understood],
            {reason: len(items) for reason, items in sorted(record.ignored.items())},
            dict(sorted(record.ignored.items())),
            list(record.assumed),
        )


def _drug_of(entry: Mapping[str, object]) -> str:
    """Return the drug or class of an entry of prior drugs, to compare it."""
    return repr((entry.get("drug"), entry.get("class")))
