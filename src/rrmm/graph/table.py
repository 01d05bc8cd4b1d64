"""The answer of a query as a table: named columns, typed values, and forms for people."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from rrmm.errors import MissingExtra, QueryError, close_names, nearest
from rrmm.graph import columns
from rrmm.iris import short

if TYPE_CHECKING:
    import pandas
    import polars

Value = str | int | float | bool | None
DAY = len("2026-01-31")


@dataclass(frozen=True)
class Table:
    """Rows of plain Python values; an unbound cell is None.

    `keeps` are the columns that a narrow terminal shows before others; `numbers` and `dates` are columns of texts
    that a data frame gets as numbers and dates.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    keeps: tuple[str, ...] = field(default=(), compare=False)
    numbers: tuple[str, ...] = field(default=(), compare=False)
    dates: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def of(
        cls,
        columns: Iterable[str],
        rows: Iterable[Mapping[str, Value]],
        keeps: Iterable[str] = (),
        numbers: Iterable[str] = (),
        dates: Iterable[str] = (),
    ) -> Table:
        """Return rows given by column name; a column that a row lacks is None.

        >>> Table.of(["a", "b"], [{"a": 1}]).rows
        ((1, None),)
        """
        names = tuple(columns)
        cells = tuple(tuple(row.get(name) for name in names) for row in rows)
        return cls(names, cells, tuple(keeps), tuple(numbers), tuple(dates))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[Value, ...]]:
        """Iterate over the rows."""
        return iter(self.rows)

    def to_dicts(self) -> list[dict[str, Value]]:
        """Return one dict a row, with every column.

        >>> Table(("a", "b"), ((1, None),)).to_dicts()
        [{'a': 1, 'b': None}]
        """
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def column(self, name: str) -> tuple[Value, ...]:
        """Return the values of one column; raises QueryError with the nearest names.

        >>> Table(("a", "b"), ((1, None),)).column("a")
        (1,)
        """
        if name not in self.columns:
            raise QueryError(
                f"No column {name!r}; there are: {', '.join(self.columns)}.{nearest(name, self.columns)}",
                key=name,
                offers=close_names(name, self.columns),
            )
        number = self.columns.index(name)
        return tuple(row[number] for row in self.rows)

    def to_pandas(self, numbers: Collection[str] | None = None) -> pandas.DataFrame:
        """Return a pandas DataFrame; integers with gaps are nullable. Raises MissingExtra without pandas.

        A source prints texts: "0.70", "N/A", "16 to 26". In the columns of `numbers`, by default those that the
        question names, they become floats, and what is no number becomes missing; ``numbers=()`` keeps every text.
        Raises QueryError for an unknown column.
        """
        try:
            import pandas
        except ImportError:
            raise MissingExtra("Table.to_pandas", "pandas") from None
        frame = {}
        for name, values in zip(self.columns, self._series(numbers), strict=True):
            dtype = _DTYPES.get(_type(values))
            frame[name] = pandas.Series(values, dtype="datetime64[s]" if name in self.dates else dtype)
        return pandas.DataFrame(frame)

    def to_polars(self, numbers: Collection[str] | None = None) -> polars.DataFrame:
        """Return a Polars DataFrame, an unbound cell null; `numbers` as in `to_pandas`.

        Raises MissingExtra without polars.
        """
        try:
            import polars
        except ImportError:
            raise MissingExtra("Table.to_polars", "polars") from None
        named = zip(self.columns, self._series(numbers), strict=True)
        return polars.DataFrame([polars.Series(name, values, strict=False) for name, values in named])

    def _series(self, numbers: Collection[str] | None) -> list[list[Value | date]]:
        """Return the cells by column, texts of the columns of numbers and dates read as such."""
        floats = set(self.numbers if numbers is None else numbers)
        for name in sorted(floats):
            self.column(name)
        read = {**dict.fromkeys(self.dates, _date), **dict.fromkeys(floats, _number)}
        return [
            [read[name](row[place]) if name in read else row[place] for row in self.rows]
            for place, name in enumerate(self.columns)
        ]

    def to_csv(self) -> str:
        """Return RFC 4180 CSV with a header line; an unbound cell is empty, and "N/A" is text that a source prints.

        To keep it: ``pandas.read_csv(file, keep_default_na=False, na_values=[""])``, or
        ``polars.read_csv(file, infer_schema_length=None)``.
        """
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(self.columns)
        writer.writerows([["" if cell is None else _show(cell) for cell in row] for row in self.rows])
        return out.getvalue()

    def to_json(self) -> str:
        """Return a JSON array of objects."""
        return json.dumps(self.to_dicts(), ensure_ascii=False, indent=1) + "\n"

    def to_text(self, width: int = 100) -> str:
        """Return the table in aligned columns for a terminal of `width` characters, IRIs shortened.

        No word is broken; a long text that repeats stands once, below; columns that do not fit are named there.
        """
        rows = [[short(_show(cell)) for cell in row] for row in self.rows]
        return columns.write(self.columns, rows, width, self.keeps)

    def to_tsv(self) -> str:
        """Return tab-separated values with a header line; a tab or line break within a cell is a space."""
        rows = [["" if cell is None else " ".join(_show(cell).split()) for cell in row] for row in self.rows]
        return "".join("\t".join(line) + "\n" for line in [self.columns, *rows])

    def to_markdown(self) -> str:
        """Return a Markdown table, IRIs shortened."""
        rows = [[short(_show(cell)).replace("|", "\\|").replace("\n", " ") for cell in row] for row in self.rows]
        lines = [list(self.columns), ["---"] * len(self.columns), *rows]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join("<tr>" + "".join(f"<td>{_link(cell)}</td>" for cell in row) + "</tr>" for row in self.rows)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


_DTYPES: dict[type | None, str] = {int: "Int64", bool: "boolean", float: "float64", None: "object"}


def _type(values: Iterable[Value | date]) -> type | None:
    """Return the type that all values but None have, or None."""
    kinds = {type(value) for value in values if value is not None}
    return kinds.pop() if len(kinds) == 1 else None


def _number(cell: Value) -> float | None:
    """Return a cell as a float, None for what is no number.

    >>> _number("1,304"), _number("N/A"), _number(2)
    (1304.0, None, 2.0)
    """
    try:
        return None if cell is None else float(str(cell).replace(",", ""))
    except ValueError:
        return None


def _date(cell: Value) -> date | None:
    """Return a cell as a day, None for what is no whole date.

    >>> _date("2026-11-29"), _date("2020")
    (datetime.date(2026, 11, 29), None)
    """
    try:
        return date.fromisoformat(str(cell)) if len(str(cell)) == DAY else None
    except ValueError:
        return None


def _link(cell: Value) -> str:
    """Return a cell as HTML; an IRI is a link that shows its short form."""
    text = html.escape(_show(cell))
    if text.startswith(("https://", "http://")):
        return f'<a href="{text}">{html.escape(short(_show(cell)))}</a>'
    return text


def _show(cell: Value) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell)
