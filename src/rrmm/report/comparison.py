"""What differs between two reports: statuses, states and timing, each with the reasons on both sides."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rrmm.iris import short
from rrmm.report.wording import address, status, timing

Data = Mapping[str, Any]


class Comparison(NamedTuple):
    """The differences between two reports, as plain data."""

    data: dict[str, Any]

    def to_json(self) -> str:
        """Return the differences as JSON text."""
        return json.dumps(self.data, ensure_ascii=False, indent=1) + "\n"

    def to_text(self, width: int = 100) -> str:
        """Return the differences for a terminal, one line each, the reasons that tell it below."""
        return "\n".join(_lines(self.data, width)) + "\n"


def compare(one: Data, other: Data) -> Comparison:
    """Return what differs between the data of two reports; an option that one side lacks is null there."""
    return Comparison(
        {
            "patients": [one["patient"], other["patient"]],
            "knowledge": [one["knowledge"], other["knowledge"]],
            "states": _differing(one, other, "states", "state", ("holds",)),
            "timing": [one["timing"], other["timing"]] if one["timing"]["action"] != other["timing"]["action"] else [],
            "options": _differing(one, other, "options", "option", ("status", "because")),
        }
    )


def _differing(one: Data, other: Data, part: str, name: str, shown: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the entries of a part whose first shown key differs, with that of both sides."""
    first, second = ({entry[name]: entry for entry in side[part]} for side in (one, other))
    found = []
    for key in dict.fromkeys([*first, *second]):
        sides = [{k: side[key][k] for k in shown} if key in side else None for side in (first, second)]
        told = [side and side[shown[0]] for side in sides]
        if told[0] != told[1]:
            found.append({name: key, "sides": sides})
    return found


def _lines(data: Data, width: int) -> Iterator[str]:
    def wrap(said: str, first: str, rest: str) -> list[str]:
        return textwrap.wrap(said, width, initial_indent=first, subsequent_indent=rest)

    yield from wrap(" → ".join(map(_side, data["patients"], data["knowledge"])), "Compared  ", "          ")
    for entry in data["states"]:
        yield from wrap(f"{entry['state']}: {_change(entry['sides'], 'holds')}", "State     ", "          ")
    if data["timing"]:
        yield from wrap(" → ".join(timing(side) for side in data["timing"]), "Timing    ", "          ")
    for entry in data["options"]:
        yield from wrap(f"{entry['option']}: {_change(entry['sides'], 'status')}", "Option    ", "          ")
        for reason in _telling(*entry["sides"]):
            yield from wrap(f"{reason['label']} [{address(reason['source'])}]", "          → ", "            ")
    if not (data["states"] or data["timing"] or data["options"]):
        yield "No state, timing or status differs."


def _telling(one: dict[str, Any] | None, other: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the reasons that tell a change: of the new status, or of the old one where nothing speaks against now."""
    said = other if other and other["status"] != "option" else one
    return list(said["because"]) if said else []


def _side(patient: str, knowledge: Data) -> str:
    changed = [f"with {name}" for name in knowledge["added"]] + [
        f"without {short(name)}" for name in knowledge["silenced"]
    ]
    return f"{patient} ({', '.join(changed)})" if changed else patient


def _change(sides: list[dict[str, Any] | None], key: str) -> str:
    return " → ".join(status(side[key]) if side else "not listed" for side in sides)
