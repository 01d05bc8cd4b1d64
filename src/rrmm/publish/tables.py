"""The graph as tables: results with their description (CSVW), nodes and edges (KGX), and links (SSSOM)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from rrmm.graph import queries, sssom
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Store
from rrmm.graph.table import Table
from rrmm.iris import BASE

DESCRIPTION = ("queries", "questions", "results.csv-metadata.json")
KGX = ("nodes", "edges")
SET = [
    ("mapping_set_id", f"{BASE}mappings/rrmm.sssom.tsv"),
    ("mapping_set_title", "rrmm to other vocabularies"),
    ("mapping_set_description", "All links of rrmm. Each row names its licence, and the set that it comes from."),
    ("license", "https://w3id.org/sssom/license/unspecified"),
]
OF_SET = ("license", "subject_source", "object_source", "object_source_version")


def write_results(files: GraphFiles, name: str) -> dict[str, bytes]:
    """Return every result as CSV, and its description by CSVW (https://www.w3.org/TR/tabular-metadata/)."""
    table = _ask(files, "questions", "results")
    description = json.loads(files.root.joinpath(*DESCRIPTION).read_bytes()) | {"url": name}
    metadata = json.dumps(description, ensure_ascii=False, indent=1) + "\n"
    return dict(zip(results_names(name), (table.to_csv().encode(), metadata.encode()), strict=True))


def results_names(name: str) -> list[str]:
    """Return the names of the table of results and of its description.

    >>> results_names("results.csv")
    ['results.csv', 'results.csv-metadata.json']
    """
    return [name, f"{name}-metadata.json"]


def write_kgx(files: GraphFiles, name: str) -> dict[str, bytes]:
    """Return the nodes and edges that Biolink has terms for, as KGX tables (https://github.com/biolink/kgx)."""
    tables = {}
    for kind, file in zip(KGX, kgx_names(name), strict=True):
        table = _ask(files, "export", f"kgx-{kind}")
        rows = [["" if cell is None else str(cell) for cell in row] for row in table]
        tables[file] = _tsv(table.columns, rows)
    return tables


def kgx_names(name: str) -> list[str]:
    """Return the names of the tables of nodes and edges."""
    return [f"{PurePath(name).stem}_{kind}.tsv" for kind in KGX]


def write_links(files: GraphFiles) -> bytes:
    """Return all links as one SSSOM table (https://mapping-commons.github.io/sssom/); each row names its licence."""
    sets = [sssom.read(path) for path in files.mappings]
    prefixes = dict(sorted({name: to for mappings in sets for name, to in mappings.prefixes.items()}.items()))
    header = ["# curie_map:\n", *(f'#   {name}: "{to}"\n' for name, to in prefixes.items())]
    header += [f"# {slot}: {value}\n" for slot, value in SET]
    rows = [
        [*(link.cells[column] for column in sssom.COLUMNS), *own, mappings.metadata["mapping_set_id"]]
        for mappings in sets
        for own in [[mappings.metadata.get(slot, "") for slot in OF_SET]]
        for link in mappings.links
    ]
    return "".join(header).encode() + _tsv([*sssom.COLUMNS, *OF_SET, "mapping_source"], rows)


def _ask(files: GraphFiles, folder: str, name: str) -> Table:
    return Table.of(*Store(files.snapshot).select(queries.find(files.root, folder, name).text))


def _tsv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode()
