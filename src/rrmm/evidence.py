"""The results behind each option, kept apart from the rules so that evidence can grow alone."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from rrmm import catalogue
from rrmm.snapshot import Knowledge
from rrmm.store import Store

Row = dict[str, Any]


class Evidence:
    """Results by the regimen or procedure whose arm they describe, read when first asked for."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    @cached_property
    def by_regimen(self) -> dict[str, list[Row]]:
        """Regimen IRI → its results, in the order of the source."""
        if cached := self.knowledge.artefact("evidence.json"):
            return dict(json.loads(cached.read_bytes()))
        found: dict[str, list[Row]] = {}
        query = catalogue.find(self.knowledge.root, "derive", "evidence")
        for row in Store(self.knowledge.snapshot).rows(query.text):
            found.setdefault(row.pop("regimen"), []).append(_entry(row))
        self.knowledge.keep("evidence.json", json.dumps(found, ensure_ascii=False).encode())
        return found


def _entry(row: Row) -> Row:
    return {
        **{
            key: row[key]
            for key in ("result", "trial", "endpoint", "statistic", "population", "as_printed", "comparability")
        },
        "unit": row.get("unit"),
        "comparator": row.get("comparator"),
        "source": {
            "section": row["section"],
            "citations": [int(number) for number in row.get("citations", "").split(";") if number],
            "spans": [[row["start"], row["end"]]],
        },
    }
