"""The ways in which the values of one property go wrong: from the values of a thing to those that it must not have."""

from __future__ import annotations

from decimal import Decimal

from rrmm.iris import XSD, local_name
from support.mutants import Case, Change, iri

TERM = "<http://purl.obolibrary.org/obo/NCIT_C1>"


def number(value: object, datatype: str = "decimal") -> str:
    """Return a number as it stands in N-Triples."""
    return f'"{value}"^^<{XSD}{datatype}>'


def gone(case: Case) -> list[str]:
    """Return no value."""
    return []


def twice(case: Case) -> list[str]:
    """Return the value and that of another thing beside it."""
    return [*case.old, *case.others[:1]] if case.old else []


def another(case: Case) -> list[str]:
    """Return the value of another thing."""
    return case.others[:1] if case.old else []


def foreign(case: Case) -> list[str]:
    """Return the value of a thing of another file."""
    return [value for value in case.others if home(value) != home(case.old[0])][:1] if case.old else []


def home(name: str) -> str:
    """Return the part of a name that its file is called after."""
    return local_name(name[1:-1]).split(".")[0]


def dangling(case: Case) -> list[str]:
    """Return a name of nothing."""
    return [f"{value[:-1]}-gone>" for value in case.old[:1]] + case.old[1:]


def cut(case: Case) -> list[str]:
    """Return a name without its second last letter."""
    return [f"{value[:-3]}{value[-2:]}" for value in case.old]


def quoted(case: Case) -> list[str]:
    """Return a number or name as text."""
    return [f'"{local_name(value.strip("<>")) if value[0] == "<" else lexical(value)}"' for value in case.old]


def bare(case: Case) -> list[str]:
    """Return a text without its language tag."""
    return [value.removesuffix("@en") for value in case.old]


def german(case: Case) -> list[str]:
    """Return a text in another language."""
    return [value.replace('"@en', '"@de') for value in case.old]


def capital(case: Case) -> list[str]:
    """Return a text in the wrong letter case."""
    return [value.swapcase() for value in case.old]


def lengthened(case: Case) -> list[str]:
    """Return a text with a sign too many."""
    return [value.replace('"', '"9', 1) for value in case.old]


def itself(case: Case) -> list[str]:
    """Return the thing itself."""
    return [*case.old, case.thing]


def peer(case: Case) -> list[str]:
    """Return another thing of the kind."""
    return [*case.old, *case.peers[:1]]


def to(*values: str) -> Change:
    """Return the change into these values."""
    return lambda case: list(values)


def plus(difference: str) -> Change:
    """Return the change of a number by so much."""

    def change(case: Case) -> list[str]:
        return [value.replace(lexical(value), str(Decimal(lexical(value)) + Decimal(difference))) for value in case.old]

    return change


def worse(case: Case) -> list[str]:
    """Return a ratio above one for one below; a publication may print one the other way round."""
    if case.graph.published(case.thing):
        return case.old
    return [number("1.9") if Decimal(lexical(value)) < 1 else value for value in case.old]


def same_as(name: str) -> Change:
    """Return the change into the value of another property."""
    return lambda case: case.graph.values(case.thing, name)


def namesake(case: Case) -> list[str]:
    """Return the name of another thing of the kind."""
    return [*case.old, *case.graph.values(case.peers[0], "label")]


def back(case: Case) -> list[str]:
    """Return what supersedes the thing."""
    return [*case.old, *case.graph.users(case.thing, "supersedes")[:1]]


def spoilt(case: Case) -> list[str]:
    """Return names that cannot be identifiers of anything."""
    return [f"{value[:-1]}!>" for value in case.old]


def and_also(value: str) -> Change:
    """Return the change that adds a value."""
    return lambda case: [*case.old, value]


def ongoing(case: Case) -> list[str]:
    """Return a study without results yet, known to the same sources."""
    told = case.graph.sources(case.thing)
    studies = case.graph.things("Study studyStatus=ongoing")
    return [study for study in studies if case.graph.sources(study) == told][:1] or case.old


def second_term(case: Case) -> list[str]:
    """Return the terms and one more of the vocabulary of one of them."""
    return [*case.old, TERM] if any(value.startswith(TERM[:-2]) for value in case.old) else case.old


def unlinked(case: Case) -> list[str]:
    """Return no other measurement, for the later named of the two."""
    return [] if case.thing > max(case.old) else case.old


def other_look(case: Case) -> list[str]:
    """Return a look at another study."""
    study = case.graph.values(case.thing, "study")
    return [look for look in case.others if case.graph.values(look, "lookAt") != study][:1] or case.old


def uncontrolled(case: Case) -> list[str]:
    """Return the role of what is tested, for the control arm of a trial."""
    studies = case.graph.users(case.thing, "arm")
    return [iri("Experimental")] if {*studies} & {*case.graph.things("Trial")} else case.old


def lexical(literal: str) -> str:
    """Return the text of a literal."""
    return literal.split('"')[1]
