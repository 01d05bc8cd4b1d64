"""Tables as people keep them: columns by other names, missing cells by a word, names apart by a comma or semicolon.

A column that no name covers is refused, unless it is to be kept beside the answers or left out by a map of columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from rrmm.catalogue.naming.lexicon import Lexicon
from rrmm.cohort.cells import BETWEEN
from rrmm.cohort.columns import ABSENT, DRUGS, SEE, STATED
from rrmm.errors import PatientError, close_names, nearest, quote
from rrmm.graph.files import GraphFiles
from rrmm.intake.tables import Tables
from rrmm.patient.document import load
from rrmm.patient.naming import place_of
from rrmm.rules.base import RuleBase
from rrmm.rules.model import Key
from rrmm.spelling import plain

KEEP, DROP = "keep", "drop"
DRUG = f"{DRUGS}.drug"
NUMBERED = re.compile(rf"{DRUGS}\.[1-9][0-9]{{0,2}}\.(\w+)")
UNIT = re.compile(r"(?P<name>.+?)\s*[(\[](?P<unit>[^()\[\]]+)[)\]]\s*")
ADVICE = f"Say what it is with --map FILE, or carry it along with --keep. {SEE}"
SEPARATORS = (re.compile(r";(?![^(]*\))"), re.compile(r",(?![^(]*\))(?!\d)"))
LONGEST_CELL = 10_000  # of several names; to split a longer one takes long, and it is refused as a name
SIGNS = re.compile(r"[\W_]+")


class Reading(NamedTuple):
    """How the columns of tables are read: a table's column → key, `keep` or `drop`."""

    columns: Mapping[str, str] = {}

    @classmethod
    def of(cls, path: Path | None, kept: Sequence[str]) -> Reading:
        """Return what a file of columns says, with the columns to keep; raises PatientError for an invalid file."""
        columns = load(path) if path else {}
        wrong = [name for name, value in columns.items() if not isinstance(value, str)]
        if wrong:
            raise PatientError(f"{path}: {', '.join(wrong)}: give each column a key, {KEEP} or {DROP}.", file=str(path))
        return cls({**{name: str(value) for name, value in columns.items()}, **dict.fromkeys(kept, KEEP)})


class TableReader:
    """Gives tables the columns and cells of a patient file."""

    def __init__(self, rule_base: RuleBase, reading: Reading) -> None:
        self.rule_base, self.reading = rule_base, reading
        files = (rule_base.files or GraphFiles()).whole
        self.tables = Tables.of(files)
        self.lexicon: Lexicon = self.tables.lexicon
        self.names = {_fold(path): path for path in [*rule_base.keys, *STATED, *ABSENT]}
        self.names |= {_fold(key.label): path for path, key in rule_base.keys.items() if DRUGS not in path}
        self.names |= {_fold(code): rule.means for rule in self.tables.places["column"] for code in rule.codes}

    def read(self, frame: pl.LazyFrame, where: str) -> tuple[pl.LazyFrame, list[str]]:
        """Return a table in the columns of a patient file, and the columns to keep beside the answers.

        Raises PatientError naming each column that the map names and the table lacks, and keys that stand twice.
        """
        schema = frame.collect_schema()
        self._check(schema.names(), where)
        meant = {name: self._path(name) for name in schema.names()}
        known = [*self.rule_base.keys, *STATED, *ABSENT]
        faults = [
            PatientError(
                f"{where}: column {quote(name)}: unknown.{nearest(name, known)} {ADVICE}", file=where, key=name
            )
            for name, (path, _) in meant.items()
            if path not in {KEEP, DROP, *known} and not NUMBERED.match(path) and not isinstance(schema[name], pl.Struct)
        ]
        if faults:
            raise PatientError.of(faults)
        kept = [name for name, (path, _) in meant.items() if path == KEEP]
        paths: dict[str, list[str]] = {}
        for name, (path, _) in meant.items():
            if path not in {KEEP, DROP}:
                paths.setdefault(path, []).append(name)
        twice = [f"{' and '.join(several)} ({path})" for path, several in paths.items() if len(several) > 1]
        if twice:
            raise PatientError(
                f"{where}: {'; '.join(twice)}: one key in two columns. Drop one: --map FILE.", file=where
            )
        read = [
            self._cells(name, path, unit, schema[name])
            for name, (path, unit) in meant.items()
            if path not in {KEEP, DROP}
        ]
        return frame.select(*read, *(pl.col(name) for name in kept)), kept

    def renamed(self, names: Iterable[str]) -> dict[str, str]:
        """Return the key of each column that has another name than its key."""
        meant = {name: self._path(name)[0] for name in names}
        return {name: path for name, path in meant.items() if path not in {KEEP, DROP, name}}

    def _check(self, names: Sequence[str], where: str) -> None:
        known = [*self.rule_base.keys, *STATED, *ABSENT]
        lacking = [name for name in self.reading.columns if name not in names]
        wrong = [
            f"{name}: no key {quote(path)}{_offer(path, known)}"
            for name, path in self.reading.columns.items()
            if path not in {KEEP, DROP, *known} and not NUMBERED.fullmatch(path)
        ]
        faults = [f"no column {quote(name)}{_offer(name, names)}" for name in lacking] + wrong
        if faults:
            raise PatientError(f"{where}: {'; '.join(faults)}. Correct the map of columns.", file=where)

    def _path(self, name: str) -> tuple[str, str]:
        """Return the key of a column, with the unit that its name gives; the name itself where none is known."""
        if name in self.reading.columns:
            return self.reading.columns[name], ""
        if name in self.rule_base.keys or name in STATED or name in ABSENT or NUMBERED.fullmatch(name):
            return name, ""
        if path := self.names.get(_fold(name)):
            return path, ""
        with_unit = UNIT.fullmatch(name)
        path = self.names.get(_fold(with_unit["name"])) if with_unit else None
        return (path, with_unit["unit"].strip()) if with_unit and path else (name, "")

    def _key(self, path: str) -> Key | None:
        numbered = NUMBERED.fullmatch(path)
        return self.rule_base.keys.get(f"{DRUGS}.{numbered[1]}" if numbered else ABSENT.get(path, path))

    def _cells(self, name: str, path: str, unit: str, dtype: pl.DataType) -> pl.Expr:
        """Return the cells of a column; only text needs to be read."""
        values, key = pl.col(name), self._key(path)
        if dtype == pl.String and path != "id":
            known = values.str.strip_chars()
            missing = known.str.to_lowercase().is_in(list(self.tables.codes("missing cell")))
            values = pl.when(~missing).then(known)
            if path in STATED or (key and (key.kind == "list" or path == DRUGS)):
                place = place_of(self.rule_base.keys[DRUG] if path in STATED or path == DRUGS or not key else key)
                values = self._split(values, place)
            elif key and key.kind == "boolean":
                truths = {code: rule.means for rule in self.tables.places["truth cell"] for code in rule.codes}
                folded = values.str.to_lowercase()
                values = folded.replace(truths)
        if unit and key and key.kind == "number":
            values = pl.concat_str([values.cast(pl.String), pl.lit(f" {unit}")])
        return values.alias(path)

    def _split(self, values: pl.Expr, place: str | None) -> pl.Expr:
        """Return cells in which `|` stands between names, where a comma or semicolon cannot be part of one."""

        def split(cells: pl.Series) -> pl.Series:
            several = {cell: self._names(cell, place) for cell in cells.drop_nulls().unique()}
            return cells.replace_strict(several, return_dtype=pl.String) if several else cells

        plainly = values.str.contains_any([",", ";"]) & ~values.str.contains(BETWEEN, literal=True)
        return pl.when(plainly).then(values.map_batches(split, return_dtype=pl.String)).otherwise(values)

    def _names(self, cell: str, place: str | None) -> str:
        pieces = [cell]
        if len(cell) > LONGEST_CELL:
            return cell
        for separator in SEPARATORS:
            pieces = [part for piece in pieces for part in self._parts(piece, place, separator)]
        return BETWEEN.join(pieces)

    def _parts(self, text: str, place: str | None, separator: re.Pattern[str]) -> Iterable[str]:
        meanings = self.lexicon.find(text, place).meanings
        if len(meanings) == 1 and meanings[0].taken:
            return [text]
        return [part for piece in separator.split(text) if (part := piece.strip())]


def _fold(name: str) -> str:
    """Return what all spellings of a column's name share.

    >>> _fold("Prior Lines"), _fold("prior_lines")
    ('priorlines', 'priorlines')
    """
    return SIGNS.sub("", plain(name))


def _offer(word: str, names: Iterable[str]) -> str:
    close = close_names(word, names)
    return f" (near: {', '.join(close)})" if close else ""
