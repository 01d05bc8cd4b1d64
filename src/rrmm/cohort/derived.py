"""The derivation for many patients: the program that answers one patient, run over planes of bits.

It formulates no rule: it gives the program its inputs and names the outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from rrmm.cohort.alone import Alone
from rrmm.cohort.cells import Table, unnamed
from rrmm.cohort.columns import BELOW
from rrmm.cohort.courses import Courses
from rrmm.cohort.facts import Facts
from rrmm.cohort.planes import Plane, Rows, Truths
from rrmm.cohort.vocabulary import Vocabulary
from rrmm.derivation import names, programs
from rrmm.derivation.programs import Programs
from rrmm.derivation.statuses import retreatments
from rrmm.iris import RRMM
from rrmm.logic.circuit import Name
from rrmm.patient.history import History
from rrmm.patient.regions import code_of
from rrmm.patient.warnings import INTERVAL, LONG_INTERVAL, MISSING_LINES, UNKNOWN_REGION
from rrmm.rules.base import RuleBase
from rrmm.rules.effects import FITS, STATUSES
from rrmm.rules.model import Option

Planes = Mapping[str, Plane]


class Answers(NamedTuple):
    """What is derived for one option: the rows it is offered to, their statuses and fits.

    If asked for, `because` holds the rules that give the status, in order, `cautions` the rules that attach
    a caution, each with its rows, `needs` the facts that could turn the status, and `caution_needs` those that
    could add a caution.
    """

    option: Option
    offered: Plane
    statuses: Planes
    fits: Planes
    because: Planes
    cautions: Planes
    needs: Planes
    caution_needs: Planes


class Derived:
    """What is derived for the patients of a table; reasons, cautions and needs only with `asking`.

    `read` reads one row as a patient file: what columns of values cannot say, its inputs say.
    """

    def __init__(
        self,
        rule_base: RuleBase,
        table: Table,
        known: Mapping[str, Vocabulary],
        read: Callable[[int], History],
        *,
        asking: bool,
    ) -> None:
        self.rule_base = rule_base
        self.rows = Rows(len(table.given))
        self._facts = Facts(rule_base, self.rows)
        keys = {
            path: key for path, key in rule_base.keys.items() if not path.startswith(BELOW) and key.kind != "object"
        }
        self._facts.read(keys, table.patients, known)
        self._courses = Courses(rule_base, table, self._facts, known)
        self._regions = table.patients["region"].cast(pl.String) if "region" in table.patients.columns else None
        unread = self._facts.faulty | self._courses.faulty
        unread[table.rows[unnamed(table.drugs).to_numpy()]] = True
        self._alone = Alone(self.rows, unread, read)
        self._contested: dict[str, Plane] = {}
        self._contested = self._contest()
        program = Programs.of(rule_base).program(part_of(asking=asking), silencing=bool(rule_base.silenced))
        planes = program.function([self._input(*name) for name in program.inputs], self.rows.none, self.rows.all)
        self._outputs: dict[str, dict[Name, Plane]] = {kind: {} for kind in programs.KINDS}
        for (kind, *rest), plane in zip(program.outputs, planes, strict=True):
            self._outputs[kind][tuple(rest)] = plane
        self.answers = self._answers()

    def _contest(self) -> dict[str, Plane]:
        """Make unknown what is only a default, in the rows where it would contradict what is stated."""
        program = Programs.of(self.rule_base).program(programs.CONTRADICTIONS, silencing=False)
        planes = program.function([self._input(*name) for name in program.inputs], self.rows.none, self.rows.all)
        contested: dict[str, Plane] = {}
        for (_, iri), plane in zip(program.outputs, planes, strict=True):
            for name in self.rule_base.sieve.properties(self.rule_base.states[iri]) & self._facts.defaulted.keys():
                if not self.rule_base.key_of[name].default:
                    add(contested, [(name, plane & self._facts.defaulted[name])])
        for name, plane in contested.items():
            self._facts.forget(name, plane)
        return contested

    def entries_of(self, needs: Planes) -> dict[str, Plane]:
        """Return needs of prior drugs by entry."""
        named: dict[str, Plane] = {}
        for need, plane in needs.items():
            add(named, self._courses.entries_of(need, plane & ~self._alone.plane).items())
            add(named, self._alone.entries_of(need, plane).items())
        return named

    def warnings(self) -> dict[str, Plane]:
        """Return each warning with its rows, as `patient.warnings` has them for one patient."""
        rule_base, facts, courses = self.rule_base, self._facts, self._courses
        warned = {
            state.iri.removeprefix(RRMM): courses.warned[state.iri]
            if state.bearer != "Patient"
            else self.holds(state.iri)[0]
            for state in rule_base.implausible
        }
        warned[MISSING_LINES] = self.rows.where(courses.lines_missing())
        warned[LONG_INTERVAL] = self.rows.where(facts.numbers[INTERVAL] > courses.last_duration())
        if self._regions is not None and rule_base.regions:
            words = self._regions.drop_nulls().unique().to_list()
            free = [word for word in words if code_of(rule_base, word) not in {None, *rule_base.regions}]
            warned[UNKNOWN_REGION] = self.rows.where(self._regions.is_in(free).fill_null(False).to_numpy())
        return self._alone.replace(warned, self._alone.warned)

    def _input(self, kind: str, *of: str) -> Plane:
        """Return the rows for which an input of the program is true."""
        return self._alone.among(self._of_columns(kind, *of), self._alone.inputs.get((kind, *of)))

    def _of_columns(self, kind: str, *of: str) -> Plane:
        facts, courses = self._facts, self._courses
        if kind == names.CONTESTED:
            return self._contested.get(of[0], self.rows.none)
        if kind == names.SILENCED:
            return self.rows.all if of[0] in self.rule_base.silenced else self.rows.none
        by_name = {
            names.MET: facts.met,
            names.UNMET: facts.unmet,
            names.UNKNOWN: facts.unknown,
            names.DEFAULTED: facts.defaulted,
        }
        return by_name[kind].get(of[0], self.rows.none) if kind in by_name else courses.plane(kind, *of)

    @property
    def faulty(self) -> Truths:
        """For each row whether it is invalid."""
        wrong = (self.holds(state.iri)[0] for state in self.rule_base.contradictory if state.bearer == "Patient")
        return self._alone.faulty | self.rows.truths(self.rows.any(wrong))

    def holds(self, state: str) -> tuple[Plane, Plane]:
        """Return the rows for which a state holds, and those for which it fails."""
        return self._outputs[programs.YES][state,], self._outputs[programs.NO][state,]

    def patterns(self) -> Iterator[tuple[str, Plane]]:
        """Yield each disease pattern with its rows."""
        planes = self._outputs[programs.PATTERN]
        for (iri,), plane in planes.items():
            yield str(self.rule_base.states[iri].pattern), plane
        yield "unknown", self.rows.all & ~self.rows.any(planes.values())

    def timing(self) -> Planes:
        """Return each action of timing with the rows for which it is the most urgent."""
        return self._one_each(programs.TIMING)

    def timed_by(self) -> Planes:
        """Return the guidance that gives the timing."""
        return self._one_each(programs.TIMED_BY)

    def hastened_by(self) -> Planes:
        """Return the keys that could hasten the start."""
        return self._one_each(programs.HASTENED_BY)

    def _one_each(self, kind: str) -> Planes:
        return {name: plane for (name,), plane in self._outputs[kind].items()}

    def _answers(self) -> Sequence[Answers]:
        """Return the answers for every option of the graph, then for every drug that can be given again."""
        offered, statuses = self._one_each(programs.OFFERED), self._outputs[programs.STATUS]
        fits = self._outputs[programs.FIT]
        because, cautions, needs, caution_needs = (
            self._by_option(kind)
            for kind in (programs.BECAUSE, programs.CAUTION, programs.NEEDS, programs.CAUTION_NEEDS)
        )
        answers = []
        for option in [*self.rule_base.options, *retreatments(self.rule_base)]:
            iri = option.iri
            reasons = {**because.get(iri, {})}
            if (listed := self._outputs[programs.LISTED].get((iri,))) is not None:
                reasons[iri] = listed
            answers.append(
                Answers(
                    option,
                    offered[iri],
                    {status: statuses[iri, status] for status in STATUSES},
                    {fit: fits[iri, fit] for fit in FITS},
                    reasons,
                    cautions.get(iri, {}),
                    needs.get(iri, {}),
                    caution_needs.get(iri, {}),
                )
            )
        return answers

    def statuses_by(self, other: Programs) -> dict[str, Planes]:
        """Return option IRI → status → rows, as other rules answer for the same patients."""
        program = other.program(programs.OPTIONS, silencing=bool(self.rule_base.silenced))
        planes = program.function([self._input(*name) for name in program.inputs], self.rows.none, self.rows.all)
        outputs = dict(zip(program.outputs, planes, strict=True))
        statuses: dict[str, dict[str, Plane]] = {}
        for (kind, option, *word), plane in outputs.items():
            if kind == programs.STATUS:
                statuses.setdefault(option, {})[word[0]] = plane & outputs[programs.OFFERED, option]
        return dict(statuses)

    def _by_option(self, kind: str) -> dict[str, dict[str, Plane]]:
        """Return option → rules or keys → rows."""
        by_option: dict[str, dict[str, Plane]] = {}
        for (option, name, *_), plane in self._outputs[kind].items():
            add(by_option.setdefault(option, {}), [(name, plane)])
        return by_option


def part_of(*, asking: bool) -> str:
    """Return the part of the derivation that answers a table."""
    return programs.EVERYTHING if asking else programs.STATUSES


def add(totals: dict[str, Plane], named: Iterable[tuple[str, Plane]]) -> None:
    """Add sets of rows to those of the same names."""
    for name, plane in named:
        totals[name] = totals[name] | plane if name in totals else plane
