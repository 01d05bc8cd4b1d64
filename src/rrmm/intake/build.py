"""From one person's records to the patient file and its report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from rrmm.errors import quote
from rrmm.intake import grafts, person, preparations, scores, transplants, window
from rrmm.intake.comorbidities import Comorbidities
from rrmm.intake.courses import Courses
from rrmm.intake.cytogenetics import Cytogenetics
from rrmm.intake.dates import Day
from rrmm.intake.drugs import AMBIGUOUS, CONDITIONING, MYELOMA, SUPPORTIVE, UNCLEAR, UNNAMED, Drug, Drugs, Named
from rrmm.intake.either import agree
from rrmm.intake.findings import Findings
from rrmm.intake.lines import Given, Line, Lines, last_certain
from rrmm.intake.measures import Measures, Value
from rrmm.intake.mentions import find_mentions
from rrmm.intake.notes import value_stands
from rrmm.intake.records import Exposure, Observation, Procedure, Record
from rrmm.intake.responses import Responses
from rrmm.intake.result import Draft, Intake
from rrmm.intake.scopes import Treated
from rrmm.intake.tables import Tables
from rrmm.intake.titles import CYTOGENETICS, beyond_cytogenetics
from rrmm.intake.transplants import Transplant
from rrmm.intake.unread import StatedLines, find_newest, names_key, read_lines, show
from rrmm.intake.uses import find_doubts, find_withheld, stated_use
from rrmm.intake.wording import TOXICITY, stop_reason, stop_stated
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
        self.incomplete = False
        self.undated: dict[str, dict[str, object]] = {}
        self.unplaced: set[Drug] = set()
        self.procedures: list[Procedure] = []
        self.undated_transplants: list[str] = []
        self.stated_lines: list[StatedLines] = []

    def intake(self) -> Intake:
        record, tables, draft = self.record, self.tables, self.draft
        draft.put("id", record.person.id, [record.person.source], "the record's own")
        person.fill(tables, record, draft, self.index)
        responses, cytogenetics = Responses(tables, record), Cytogenetics(tables, record)
        values = self._observations(responses, cytogenetics)
        self._texts(cytogenetics)
        responses.settle()
        days = self._perhaps_transplanted(transplants.transplants(tables, record, draft))
        given = self._given(days, responses)
        responses.keep_within(lambda: self._treated(responses, given, days))
        lines = Lines(tables, record, responses.progressions).find(given, days)
        courses = Courses(tables, record, draft, responses)
        ends = courses.fill(lines, self.index)
        self._prior(lines, courses)
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

    # -- drugs

    def _given(self, days: list[Transplant], responses: Responses) -> list[Given]:
        drugs = Drugs(self.tables)
        given: list[Given] = []
        preparing: dict[tuple[str, str], list[str]] = defaultdict(list)
        exposures = [*self.record.exposures, *self._infusions()]
        prepared = {
            preparations.CONDITIONING: [day for day, _ in days],
            preparations.LYMPHODEPLETION: self._infused_cells(exposures, drugs),
        }
        for exposure in exposures:
            named = drugs.find(exposure.concept, exposure.myeloma or exposure.line is not None)
            if not exposure.end and not exposure.ongoing and preparations.gives_cells(self.tables, named):
                exposure = exposure._replace(end=exposure.start)
            what = f"{exposure.source}: {exposure.concept.shown}"
            use = stated_use(self.tables, exposure, named)
            if not exposure.stop and exposure.end and not exposure.ongoing:
                stop = stop_stated(self.tables, exposure.concept.words, exposure.notes)
                exposure = exposure._replace(stop=(stop,) if stop else ())
            if exposure.start and exposure.end and exposure.end.last < exposure.start.first:
                why = f"it ends on {exposure.end}, before it begins on {exposure.start}; the end is not read"
                self.record.misunderstand(what, why)
                exposure = exposure._replace(end=None)
            if exposure.other:
                self.record.ignore("drugs for another disease than the myeloma", f"{what}: {exposure.other}")
            elif withheld := find_withheld(self.tables, exposure, named):
                self.record.ignore("not taken", f"{what}: {quote(withheld)}")
            elif named.kind == SUPPORTIVE or (use == "supportive" and named.kind != UNNAMED):
                self.record.ignore("supportive drugs", what)
            elif named.kind == CONDITIONING:
                preparing[preparations.CONDITIONING, exposure.concept.shown].append(exposure.source)
            elif named.kind == UNNAMED:
                why = "a drug without a name: the list of prior drugs is not complete; its line counts"
                self.record.misunderstand(what, why)
                self.incomplete = True
                given.append(Given(None, exposure))
            elif named.kind == MYELOMA:
                if named.rest:
                    why = f"what {named.rest} names is not understood; the list of prior drugs is not complete"
                    self.record.misunderstand(what, why)
                    self.incomplete = True
                    given += self._doubt(exposure, named)
                for one in self._name(exposure, named, prepared, responses):
                    if isinstance(one, Given):
                        given.append(one)
                    else:
                        preparing[one].append(exposure.source)
                if given and given[-1].exposure is exposure:
                    for text, doubt in find_doubts(self.tables, exposure):
                        self.record.misunderstand(f"{what}: {quote(text)}", doubt)
                    if any(self.tables.by_text("procedure", word) for word in exposure.concept.words):
                        self.record.misunderstand(what, "the procedure that stands beside the drug is not read")
            else:
                why = (
                    f"ambiguous: {named.how}"
                    if named.kind in UNCLEAR
                    else "neither known as a myeloma drug nor as a supportive one"
                )
                self.record.misunderstand(what, f"{why}; the list of prior drugs is not complete")
                self.incomplete = True
                given += self._doubt(exposure, named) if named.kind == AMBIGUOUS else []
        given += [Given(None, _infusion(one)) for one in self.procedures if self.counts_doubted]
        for (use, label), sources in preparing.items():
            told = f"{label} ({', '.join(sources)}) is {preparations.SHOWN[use]}"
            self.record.assume(f"{told}, not a prior drug of its own")
            if use == preparations.LYMPHODEPLETION and not prepared[use]:
                why = "the record has no such infusion with a date; the list of prior drugs is not complete"
                self.record.misunderstand(told, why)
                self.incomplete = True
                self.unplaced.add(Drug("the infusion that it prepared", "other"))
        return given

    def _doubt(self, exposure: Exposure, named: Named) -> list[Given]:
        """Note a drug that is not understood; return what it may have given, where the reading counts it."""
        if exposure.start is None:
            return []
        self.doubted.append(exposure.concept.shown)
        perhaps = [Given(drug, exposure) for drug in named.perhaps] or [Given(None, exposure)]
        return perhaps if self.counts_doubted else []

    def _perhaps_transplanted(self, days: list[Transplant]) -> list[Transplant]:
        """Return the transplantations, with those that may be one where the reading counts them."""
        counted = list(days)
        for day, shown in transplants.perhaps(self.tables, self.record, days):
            self.doubted += [shown] if day else []
            self.undated_transplants += [] if day else [shown]
            counted += [(day, shown)] if day and self.counts_doubted else []
        return sorted(counted)

    def _infused_cells(self, exposures: Iterable[Exposure], drugs: Drugs) -> list[Day]:
        """Return the days on which engineered cells were given."""
        found = []
        for exposure in exposures:
            named = drugs.find(exposure.concept, exposure.myeloma or exposure.line is not None)
            is_given = not exposure.other and not find_withheld(self.tables, exposure, named)
            if exposure.start and is_given and preparations.gives_cells(self.tables, named):
                found.append(exposure.start)
        return found

    def _name(
        self, exposure: Exposure, named: Named, prepared: Mapping[str, list[Day]], responses: Responses
    ) -> Iterator[Given | tuple[str, str]]:
        """Yield the drugs of an exposure, each as given, or as what it prepares and its label."""
        for drug in named.drugs:
            if use := preparations.purpose(self.tables, drug, named, exposure, prepared):
                yield use, drug.label
                continue
            if exposure.start is None:
                how = f"in line {exposure.line}, as stated" if exposure.line else "without a line"
                self.record.misunderstand(f"{exposure.source}: {drug.label}", f"no date; listed {how}")
                self._list_undated(drug, exposure, responses)
            yield Given(drug, exposure)
            if named.how and exposure.concept.shown.casefold() != drug.label.casefold():
                self.record.assume(f"{exposure.source}: {exposure.concept.shown} is {drug.label}; {named.how}")

    def _list_undated(self, drug: Drug, exposure: Exposure, responses: Responses) -> None:
        """List a drug without a date, with what is stated of it."""
        grade = responses.grade(exposure.response) if exposure.response and not drug.steroid else None
        toxic = stop_reason(self.tables, self.record, exposure) == TOXICITY
        stated = {"line": exposure.line, "best_response": grade, "toxicity": "unacceptable" if toxic else None}
        entry = {**drug.entry, **{key: value for key, value in stated.items() if value}}
        self.unplaced |= set() if drug.steroid or exposure.line else {drug}
        if self.undated.setdefault(repr(entry), entry) is entry:
            self.draft.note(f"prior_drugs[{drug.label}]", [exposure.source], "without a date")

    def _infusions(self) -> list[Exposure]:
        """Return the procedures that give a named drug, such as an infusion of engineered cells."""
        drugs = Drugs(self.tables)
        found = []
        for procedure in self.record.procedures:
            if self.tables.find("procedure", procedure.concept):
                continue
            what = f"{procedure.source}: {procedure.concept.shown}"
            named = drugs.find(procedure.concept)
            given = drugs.is_coded(procedure.concept) or any(
                self.tables.by_text("administration", word) for word in procedure.concept.words
            )
            if named.kind == MYELOMA and not named.how.startswith("no source") and given:
                found.append(_infusion(procedure))
            elif grafts.is_named(self.tables, procedure.concept) and not any(
                find_mentions(self.tables, word) for word in procedure.concept.words
            ):
                continue  # listed with the transplantations
            elif named.kind in {MYELOMA, *UNCLEAR}:
                why = "a procedure that names a drug, and does not say outright that it was given"
                self.record.misunderstand(what, f"{why}; the list of prior drugs is not complete")
                self.incomplete = True
                self.doubted.append(procedure.concept.shown)
                self.procedures.append(procedure)
            elif not self.tables.by_text("dialysis session", procedure.concept.shown):
                self.record.ignore("procedures that no key of a patient file takes", what)
        return found

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

    def _prior(self, lines: list[Line], courses: Courses) -> None:
        stated = find_newest(self.stated_lines)
        contradicted = None if stated is None or stated.fits(lines) else stated
        if lines:
            rules = Counter(line.rule for line in lines)
            why = "; ".join(f"line {line.number} by {line.rule} ({line.why})" for line in lines)
            sources = [one.source for line in lines for s in line.stretches for one in s.exposures]
            dated = {stretch.drug for line in lines for stretch in line.stretches}
            last = max((int(str(entry["line"])) for entry in self.undated.values() if "line" in entry), default=0)
            if contradicted:
                said = f"{lines[-1].number} by what was given; which is right is not known; prior_lines is left out"
                self.record.misunderstand(contradicted.shown, said)
            elif last > lines[-1].number:
                said = f"a drug without a date is of line {last}, as stated; left out"
                self.record.misunderstand(f"prior_lines: {lines[-1].number} by dates", said)
            elif unplaced := sorted(drug.label for drug in self.unplaced - dated):
                said = f"{', '.join(unplaced)} may be of another line, and has no date; left out"
                self.record.misunderstand(f"prior_lines: {lines[-1].number} by dates", said)
            elif self.undated_transplants and len(lines) > 1:
                said = f"{', '.join(self.undated_transplants)} may join two of them, and has no date; left out"
                self.record.misunderstand(f"prior_lines: {lines[-1].number} by dates", said)
            else:
                self.draft.put("prior_lines", lines[-1].number, sources, why)
            self.record.assume(f"lines of therapy: rule of {' and '.join(sorted(rules))}; {why}")
        elif numbers := [int(str(entry["line"])) for entry in self.undated.values() if "line" in entry]:
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
        for entry in self.undated.values():
            covering = lines_of[_drug_of(entry)]
            if entry["line"] not in covering if "line" in entry else not covering:
                entries.append(entry)
        if self.incomplete and (entries or lines):
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


def _infusion(procedure: Procedure) -> Exposure:
    """Return a procedure as a drug that was given on its day."""
    return Exposure(procedure.source, "administration", procedure.concept, procedure.day, procedure.day)


def _drug_of(entry: Mapping[str, object]) -> str:
    """Return the drug or class of an entry of prior drugs, to compare it."""
    return repr((entry.get("drug"), entry.get("class")))
