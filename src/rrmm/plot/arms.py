"""Medians, rates or incidences, arm beside arm: the arms of a study on one line, as printed.

A number that is printed twice alike is one point; where two prints differ, each keeps a line of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain, groupby

from rrmm.iris import RRMM
from rrmm.plot.axis import amounts
from rrmm.plot.panels import PLOT, PRINTED, Line, Panels, Row
from rrmm.plot.sheet import COLOURS, GREY, RULE, SMALL, Sheet

SHAPES = ("circle", "square")
Prints = dict[str, list[Row]]


class Arms(Panels):
    """Amounts of one unit, the arms of a study side by side."""

    BLOCK = ("study_iri",)

    def __init__(self, rows: Sequence[Row]) -> None:
        values = [row[key] for row in rows for key in ("value", "lower", "upper") if row.get(key) is not None]
        super().__init__(rows, amounts(values, *PLOT))
        studies = groupby(rows, key=lambda row: row["study_iri"])
        self.second = {arm for _, block in studies for arm in _arms(list(block))[1:]}
        self.second.update(row["arm_iri"] for row in rows if _is_control(row))

    def legend(self, sheet: Sheet) -> None:
        """Say what the marks mean."""
        first, second = SHAPES
        sheet.key("regimen named first", first)
        if self.second:
            sheet.key("regimen named second: the control arm, where there is one", second)
        if any(_is_range(row) for row in self.rows):
            sheet.key("from one printed end to the other, no confidence interval")

    def arms(self, block: Sequence[Row]) -> list[str]:
        """Return the regimens of a block, that of the control arm last."""
        pairs = [(row["group"], row.get("comparator")) for row in block]
        turned = [pair[::-1] if _is_control(row) else pair for row, pair in zip(block, pairs, strict=True)]
        return list(dict.fromkeys(name for pair in turned for name in pair if name))

    def lines(self, block: Sequence[Row]) -> list[Line]:
        """Return one line for what is printed of one population, time and endpoint, both arms on it."""
        lines = [
            (label, [prints.get(arm, []) for arm in _arms(block)])
            for label, rows in groupby(block, key=lambda row: str(row["line"]))
            for prints in _group_prints(list(rows))
        ]
        return [Line(label, [*chain(*prints)], _join_printed(prints)) for label, prints in lines]

    def points(self, sheet: Sheet, line: Line, y: float) -> None:
        """Draw each arm's number, or the line between the two ends of a range."""
        at = self.axis.at
        drawn = {row["arm_iri"]: row for row in line.rows}.values()
        values = [row["value"] for row in drawn if row.get("value") is not None]
        if len(values) > 1:
            sheet.line([at(min(values)), at(max(values))], [y, y], RULE, 2)
        for row in drawn:
            shape = SHAPES[row["arm_iri"] in self.second]
            if _is_range(row):
                sheet.line([at(row["lower"]), at(row["upper"])], [y, y], COLOURS[shape], 3)
                for end in (row["lower"], row["upper"]):
                    sheet.line([at(end), at(end)], [y - 4, y + 4], COLOURS[shape], 1.5)
            if row.get("value") is not None:
                sheet.mark(at(row["value"]), y, shape)

    def foot(self, sheet: Sheet) -> None:
        """Name the unit beside the ticks."""
        units = dict.fromkeys(str(row["unit"]) for row in self.rows if row.get("unit"))
        sheet.text(PRINTED, sheet.y - 2, ", ".join(units), size=SMALL - 1, colour=GREY)


def _arms(block: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row["arm_iri"] for row in sorted(block, key=_is_control)))


def _is_control(row: Row) -> bool:
    return bool(row["role_iri"] == RRMM + "Control")


def _is_range(row: Row) -> bool:
    return row.get("lower") is not None and row.get("upper") is not None


def _group_prints(rows: Sequence[Row]) -> list[Prints]:
    """Return groups of prints of a line, by arm: prints of one section are one group, and equal prints join it."""
    times: Counter[tuple[str, str]] = Counter()
    sections: dict[tuple[str, int], dict[str, Row]] = {}
    for row in rows:
        section, arm = row["section"], row["arm_iri"]
        sections.setdefault((section, times[section, arm]), {})[arm] = row
        times[section, arm] += 1
    groups: list[Prints] = []
    for prints in sorted(sections.values(), key=len, reverse=True):
        same = next((line for line in groups if _agree(line, prints)), None)
        if same is None:
            groups.append(same := {})
        for arm, row in prints.items():
            same.setdefault(arm, []).append(row)
    return sorted(groups, key=lambda line: min(rows.index(row) for prints in line.values() for row in prints))


def _agree(line: Prints, prints: dict[str, Row]) -> bool:
    """Return whether two places print the same number of the arms that both print, one at least."""
    shared = line.keys() & prints.keys()
    return bool(shared) and all(_number(line[arm][0]) == _number(prints[arm]) for arm in shared)


def _number(row: Row) -> tuple[object, ...]:
    return tuple(row.get(key) for key in ("value", "lower", "upper", "missing"))


def _join_printed(prints: Sequence[Sequence[Row]]) -> str:
    """Return what is printed of each arm, the shortest where it is printed twice."""
    texts = [min((row["as_printed"] for row in rows), key=len, default="–") for rows in prints]
    while texts[-1] == "–":
        texts.pop()
    return " vs. ".join(texts)
