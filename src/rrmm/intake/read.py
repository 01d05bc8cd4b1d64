"""The doors of intake: a Bundle, an extract, or a phenopacket in; one intake a person out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from errno import EFBIG
from pathlib import Path
from typing import Any

from rrmm.errors import PatientError
from rrmm.graph.files import GraphFiles
from rrmm.intake import dates, fhir, omop, phenopacket
from rrmm.intake.build import build
from rrmm.intake.extract import read_folder
from rrmm.intake.records import Record
from rrmm.intake.result import Intake
from rrmm.intake.tables import Tables
from rrmm.texts import Unclear, check_texts, find_files, read_bytes
from rrmm.texts import parse_json as parse

MOST_BYTES = 256_000_000
SHOWN_PERSONS = 10
JSON_ENDINGS = (".json", ".ndjson", ".jsonl")


def from_fhir(content: Any, *, index_date: date | str | None = None, graph: GraphFiles | None = None) -> list[Intake]:
    """Return the intake of each person in a FHIR R4 Bundle, a resource, or a list of resources.

    Raises PatientError where there is no resource, or the index date is no date.
    """
    check_texts(content, "record")
    tables = Tables.of(graph or GraphFiles())
    return _build(fhir.read(content, tables), tables, index_date)


def from_phenopacket(
    content: Any, *, index_date: date | str | None = None, graph: GraphFiles | None = None
) -> list[Intake]:
    """Return the intake of a GA4GH Phenopacket v2, or of each in a list, cohort or family; raises PatientError."""
    check_texts(content, "record")
    tables = Tables.of(graph or GraphFiles())
    return _build(phenopacket.read(content, tables), tables, index_date)


def from_omop(
    content: Mapping[str, Any] | Path | str, *, index_date: date | str | None = None, graph: GraphFiles | None = None
) -> list[Intake]:
    """Return the intake of each person of an OMOP CDM v5.4 extract: a folder of CSV or Parquet files, or table → rows.

    Raises PatientError where the table of persons is missing.
    """
    tables = Tables.of(graph or GraphFiles())
    rows = content if isinstance(content, Mapping) else read_folder(Path(content))
    return _build(omop.read(rows, tables), tables, index_date)


def from_path(
    path: Path, form: str, *, index_date: date | str | None = None, graph: GraphFiles | None = None
) -> list[Intake]:
    """Return the intake of each person in a file or folder of a format; raises PatientError naming what is wrong."""
    if not path.exists():
        raise PatientError(f"{path}: no such file or folder.", file=str(path))
    where = str(path)
    if form == "omop" and path.is_dir():
        tables = Tables.of(graph or GraphFiles())
        return _build(omop.read(read_folder(path), tables, where), tables, index_date)
    if form == "omop":
        raise PatientError(f"{path}: not a folder. OMOP is read from a folder of CSV or Parquet files.", file=where)
    return from_content(load_json(path), form, where, index_date=index_date, graph=graph)


def from_content(
    content: Any,
    form: str,
    where: str = "standard input",
    *,
    index_date: date | str | None = None,
    graph: GraphFiles | None = None,
) -> list[Intake]:
    """Return the intake of each person in the JSON of a format; raises PatientError naming what is wrong."""
    if form == "omop":
        raise PatientError(f"{where}: OMOP is read from a folder of CSV or Parquet files.", file=where)
    check_texts(content, where)
    tables = Tables.of(graph or GraphFiles())
    reader = fhir.read if form == "fhir" else phenopacket.read
    return _build(reader(content, tables, where), tables, index_date)


def choose(intakes: Sequence[Intake], persons: Sequence[str]) -> list[Intake]:
    """Return the intakes of some persons, or all where none is named; raises PatientError naming each unknown one."""
    known = {str(one.patient["id"]): one for one in intakes}
    unknown = [name for name in persons if name not in known]
    if unknown:
        raise PatientError(f"--person {', '.join(unknown)}: not in the input. It has {list_persons(intakes)}.")
    return [known[name] for name in persons] if persons else list(intakes)


def list_persons(intakes: Sequence[Intake]) -> str:
    """Return the first persons of an input, and how many more there are."""
    names = [str(one.patient["id"]) for one in intakes]
    more = f" and {len(names) - SHOWN_PERSONS:,} more" if len(names) > SHOWN_PERSONS else ""
    return ", ".join(names[:SHOWN_PERSONS]) + more


def load_json(path: Path) -> Any:
    """Return the JSON of a file, the lines of NDJSON as a list, or everything in a folder of such files."""
    if path.is_dir():
        return _load_folder(path)
    try:
        text = read_bytes(path, MOST_BYTES).decode("utf-8-sig")
    except OSError as error:
        advice = " Give it in parts, as a folder." if error.errno == EFBIG else ""
        raise PatientError(f"{path}: cannot be read ({error.strerror}).{advice}", file=str(path)) from None
    except UnicodeDecodeError:
        raise PatientError(f"{path}: not UTF-8 text.", file=str(path)) from None
    return parse_json(text, str(path))


def _load_folder(path: Path) -> list[Any]:
    try:
        files = find_files(path, JSON_ENDINGS)
    except OSError as error:
        raise PatientError(f"{error.filename}: cannot be read ({error.strerror}).", file=str(path)) from None
    if not files:
        raise PatientError(f"{path}: no .json or .ndjson file in the folder.", file=str(path))
    contents, faults = [], []
    for one in files:
        try:
            contents.append(load_json(one))
        except PatientError as error:
            faults.append(error)
    if faults:
        raise PatientError.of(faults)
    return contents


def parse_json(text: str, where: str) -> Any:
    """Return JSON, or the objects of NDJSON; raises PatientError naming the line that is neither."""
    try:
        return parse(text)
    except Unclear as error:
        raise PatientError(f"{where}: {error}", file=where) from None
    except ValueError as error:
        problem = f"{where}: not JSON ({error})."
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) < 2 or not lines[0][1].lstrip().startswith("{"):
        raise PatientError(problem, file=where)
    objects, faults = [], []
    for number, line in lines:
        try:
            objects.append(parse(line))
        except Unclear as error:
            faults.append(PatientError(f"{where}:{number}: {error}", file=where))
        except ValueError as error:
            why = f"{where}:{number}: not JSON ({error}). Each line of NDJSON is one object."
            faults.append(PatientError(why, file=where))
    if not objects:
        raise PatientError(problem, file=where)
    if faults:
        raise PatientError.of(faults)
    return objects


def _build(records: Sequence[Record], tables: Tables, index_date: date | str | None) -> list[Intake]:
    index = _index(index_date)
    return [build(record, tables, index) for record in records]


def _index(index_date: date | str | None) -> date | None:
    if index_date is None or isinstance(index_date, date):
        return index_date
    day = dates.read(index_date)
    if day is None or not day.exact:
        raise PatientError(
            f"index date {index_date!r}: not a day. Write it as 2026-02-16.", key="index_date", value=index_date
        )
    return day.first
