"""From the rows of the tables to records."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rrmm.iris import RRMM, local_name
from rrmm.logic.conditions import Condition, State
from rrmm.logic.dnf import DNF
from rrmm.rules.address import Address
from rrmm.rules.effects import HighRiskEvidence, Modality
from rrmm.rules.model import Approval, Guidance, Key, Option

if TYPE_CHECKING:
    from rrmm.rules.rows import ApprovalRow, ConditionRow, GuidanceRow, KeyRow, OptionRow, PassageRow, StateRow, Tables


def read_key(row: KeyRow) -> Key:
    """Return a key; those of prior treatments stand below ``prior_drugs.``."""
    bearer = local_name(row["bearer"])
    return Key(
        row["property"],
        f"prior_drugs.{row['key']}" if bearer == "PriorTreatment" else row["key"],
        row["kind"],
        bearer,
        row["label"],
        row["definition"],
        row.get("class"),
        row.get("minimum"),
        row.get("maximum"),
        row.get("unit"),
        row.get("other", False),
        row.get("default"),
        row.get("true"),
        row.get("false"),
        row.get("none", False),
        row.get("unknown_below"),
        row.get("assumed"),
        row.get("question"),
        row.get("ruled_out"),
    )


def read_condition(row: ConditionRow) -> Condition:
    """Return a condition."""
    values = frozenset(row["values"])
    return Condition(row["key"], row["property"], values, row.get("operator"), row.get("threshold", 0.0))


def read_states(tables: Tables) -> dict[str, State]:
    """Return IRI → state, the states of prior treatments included."""
    literals = [(row["key"], sign) for row in tables["conditions"] for sign in (True, False)]

    def unpack(sets: list[list[int]]) -> DNF:
        return frozenset(frozenset(map(literals.__getitem__, numbers)) for numbers in sets)

    return {row["iri"]: _state(row, unpack(row["yes"]), unpack(row["no"])) for row in tables["states"]}


def _state(row: StateRow, yes: DNF, no: DNF) -> State:
    return State(
        row["iri"],
        row["label"],
        row["bearer"],
        row["yields"],
        yes,
        no,
        tuple(row["readings"]),
        tuple(row["based_on"]),
        row["course"],
        row["pattern"],
        row["contradiction"],
        row["warning"],
        row["of_last_line"],
        row["alike_in_line"],
        row["of_latest_use"],
    )


def read_option(row: OptionRow) -> Option:
    """Return a treatment option."""
    return Option(
        row["iri"],
        row["label"],
        "procedure" if RRMM + "Procedure" in row["kinds"] else "regimen",
        frozenset(row["kinds"]),
        tuple(row["passages"]),
        row["components"],
        {component: frozenset(classes) for component, classes in row["classes"].items()},
    )


def read_guidance(tables: Tables) -> list[Guidance]:
    """Return all guidance, ordered by IRI."""
    targeted = [tuple(options) for options in tables["targeted"]]
    return [_guidance(row, targeted, tables["labels"]) for row in tables["guidance"]]


def _guidance(row: GuidanceRow, targeted: list[tuple[str, ...]], labels: dict[str, str]) -> Guidance:
    high_risk = row.get("high_risk")
    return Guidance(
        row["iri"],
        row["label"],
        row["effect"],
        cast(Modality, "none" if row["modality"] == "NoModal" else row["modality"].lower()),
        row["text"],
        targeted[row["options"]],
        targeted[row["over_options"]],
        tuple(row.get("applies_to", ())),
        tuple(row.get("only_if", ())),
        tuple(row.get("targets", ())),
        tuple(row.get("over", ())),
        tuple(row.get("supersedes", ())),
        tuple(row.get("conflicts_with", ())),
        row.get("closed_by"),
        row.get("for_drugs_of"),
        row.get("asks"),
        tuple(row.get("interval", ())),
        tuple(row.get("except_for", ())),
        row.get("reading"),
        tuple(row.get("concerns", ())),
        row.get("trigger"),
        row.get("jurisdiction"),
        cast(HighRiskEvidence, labels.get(high_risk, local_name(high_risk))) if high_risk else None,
        tuple(row.get("favours", ())),
        tuple(sorted({*row.get("setting", ()), *row.get("applies_to", ())})),
        row.get("setting_of_drug"),
        tuple(dict.fromkeys(row.get("setting_in_words", ()))),
        row.get("undecided"),
        tuple(row.get("passages", ())),
        tuple(row.get("lifts", ())),
    )


def read_approval(row: ApprovalRow) -> Approval:
    """Return an approval."""
    statement = Guidance(
        row["iri"],
        row["label"],
        "",
        "none",
        row["label"],
        (),
        (),
        favours=tuple(row.get("favours", ())),
        setting=tuple(sorted(row.get("setting", ()))),
        passages=tuple(row.get("passages", ())),
    )
    return Approval(
        row["drug"],
        row["approved"],
        row.get("jurisdiction"),
        row.get("condition"),
        statement,
        row.get("withdrawn", False),
        row.get("as_of"),
    )


def read_passage(row: PassageRow) -> Address:
    """Return the address of a passage."""
    spans = tuple((start, end) for start, end in row["spans"])
    return Address(row["section"], tuple(row["citations"]), spans, source=row["source"])
