"""What holds either way: whether or not a drug or transplantation that is not understood was given, or when.

Such a drug may have been a line of therapy, and one that began in the month of a progression may have begun before it
or after. What both readings give is given; the rest is left out, and told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rrmm.intake.courses import DRUGS
from rrmm.intake.result import Intake
from rrmm.patient.lines import name_entry

NAMES = ("drug", "class")


def agree(one: Intake, other: Intake, doubted: Sequence[str]) -> Intake:
    """Return what two readings of a record give alike; `doubted` is what one of them counts."""
    left_out = dict[str, list[str]]()
    patient = dict(_shared(one.patient, other.patient, "", left_out))
    why = f"another one if this counts: {', '.join(dict.fromkeys(doubted))}; left out"
    listed = [{"what": path, "why": f"{', '.join(keys)}: {why}" if keys else why} for path, keys in left_out.items()]
    gone = [f"{path}.{key}" for path, keys in left_out.items() for key in keys]
    gone += [path for path, keys in left_out.items() if not keys or "line" in keys]

    def keep(of: Mapping[str, Any]) -> dict[str, Any]:
        return {path: said for path, said in of.items() if path not in gone}

    return one._replace(
        patient=patient,
        sources=keep(one.sources),
        rules=keep(one.rules),
        not_understood=[*one.not_understood, *listed],
        assumed=[text for text in one.assumed if text in other.assumed],
    )


def _shared(
    one: Mapping[str, Any], other: Mapping[str, Any], above: str, left_out: dict[str, list[str]]
) -> Iterator[tuple[str, Any]]:
    """Yield the keys that two patient files have alike; name the others."""
    for key, value in one.items():
        path, theirs = f"{above}{key}", other.get(key)
        if path == DRUGS and isinstance(theirs, list):
            yield key, _entries(value, theirs, left_out)
        elif isinstance(value, Mapping) and isinstance(theirs, Mapping):
            if below := dict(_shared(value, theirs, f"{path}.", left_out)):
                yield key, below
        elif value == theirs:
            yield key, value
        else:
            left_out[path] = []


def _entries(ours: Sequence[Any], theirs: Sequence[Any], left_out: dict[str, list[str]]) -> list[Any]:
    """Return our entries of prior drugs, of each what theirs say too; of a drug with more entries there, its name."""
    others = _by_drug(theirs)
    counts = {name: len(several) for name, several in _by_drug(ours).items()}
    entries = list[Any]()
    for entry in ours:
        if not isinstance(entry, Mapping):
            entries.append(entry)
            continue
        name = _name(entry)
        same = others[name].pop(0) if len(others[name]) == counts[name] else {}
        counts[name] -= 1
        kept = {key: value for key, value in entry.items() if key in NAMES or same.get(key) == value}
        if lost := [key for key in entry if key not in kept]:
            left_out[f"{DRUGS}[{name_entry(name, entry.get('line'))}]"] = lost
        if kept not in entries:
            entries.append(kept)
    return entries


def _by_drug(entries: Sequence[Any]) -> dict[str, list[Mapping[str, Any]]]:
    by_drug = defaultdict[str, list[Mapping[str, Any]]](list)
    for entry in entries:
        if isinstance(entry, Mapping):
            by_drug[_name(entry)].append(entry)
    return by_drug


def _name(entry: Mapping[str, Any]) -> str:
    """Return the drug or class of an entry of prior drugs."""
    drug = next((entry[key] for key in NAMES if key in entry), "")
    return str(drug["other"] if isinstance(drug, Mapping) else drug)
