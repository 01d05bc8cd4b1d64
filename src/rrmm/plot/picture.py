"""A picture as a value: what it shows in words, the rows that it draws, and the drawing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Protocol

from rrmm.graph.table import Table, Value
from rrmm.iris import RESEARCH_USE
from rrmm.plot.arms import Arms
from rrmm.plot.bars import Bars
from rrmm.plot.classes import Classes
from rrmm.plot.forest import Forest
from rrmm.plot.grid import Grid
from rrmm.plot.matrix import Matrix
from rrmm.plot.network import Network
from rrmm.plot.panels import Row
from rrmm.plot.sheet import GREY, LARGE, SMALL, Sheet, tint
from rrmm.plot.timeline import Timeline
from rrmm.plot.tree import Tree


class Drawing(Protocol):
    """What a picture shows between its title and its foot."""

    def write(self, sheet: Sheet) -> None:
        """Write it onto a sheet."""
        ...


DRAWINGS: Mapping[str, Callable[[Sequence[Row]], Drawing]] = {
    "arms": Arms,
    "bars": Bars,
    "classes": Classes,
    "forest": Forest,
    "grid": Grid,
    "matrix": Matrix,
    "network": Network,
    "timeline": Timeline,
    "tree": Tree,
}


@dataclass(frozen=True)
class Picture:
    """A picture: `name`, `title`, and a `description` in words; `rows` are drawn as `drawing` says.

    A `map` shows how things of the graph lie to each other; any other picture shows results.
    """

    name: str
    title: str
    description: str
    drawing: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    map: bool = False

    @cached_property
    def table(self) -> Table:
        """The rows that are drawn, each with its address."""
        shown = tuple(column for column in self.columns if not column.endswith("_iri"))
        return Table(shown, tuple(tuple(row.get(column) for column in shown) for row in self.rows))

    @property
    def cells(self) -> Iterator[list[tuple[Value, str]]]:
        """Yield the cells of each row of the table, each with the IRI of what it names, or an empty string."""
        for row in self.rows:
            yield [(row.get(column), str(row.get(f"{column}_iri") or "")) for column in self.table.columns]

    @cached_property
    def about(self) -> frozenset[str]:
        """The IRIs of all things that are drawn: studies, arms, regimens, drugs, findings, results."""
        named = [column for column in self.columns if column == "result" or column.endswith("_iri")]
        return frozenset(str(row[column]) for row in self.rows for column in named if column in row)

    @cached_property
    def caveats(self) -> tuple[str, ...]:
        """How far the results compare, in the words of the graph."""
        return tuple(dict.fromkeys(str(row["comparability"]) for row in self.rows if row.get("comparability")))

    @cached_property
    def svg(self) -> bytes:
        """The picture as SVG that can stand in a page or alone."""
        sources = sorted({name for row in self.rows for name in (row.get("source") or "").split(" | ") if name})
        sheet = Sheet()
        sheet.paragraph(self.title, size=LARGE, bold=True)
        sheet.y += 4
        for caveat in self.caveats:
            sheet.paragraph(caveat, bold=True)
        sheet.y += 6
        DRAWINGS[self.drawing](self.rows).write(sheet)
        sheet.y += 8
        sheet.paragraph("; ".join([*sources, RESEARCH_USE]), size=SMALL - 1, colour=GREY)
        return sheet.svg(self.name, self.title, " ".join([self.description, *self.caveats]))

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The drawing without title and foot, in parts that a page sets side by side and in its own colours."""
        sheet = Sheet()
        DRAWINGS[self.drawing](self.rows).write(sheet)
        return tuple(tint(part) for part in sheet.parts())

    def _repr_html_(self) -> str:
        table = self.table._repr_html_()
        return f"<figure>{self.svg.decode()}<figcaption>{escape(self.title)}</figcaption></figure>{table}"
