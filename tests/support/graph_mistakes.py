"""The mistakes that take more than the values of one property, and all mutants of a graph."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rrmm.iris import ID, RRMM, XSD
from support.mutants import EACH, Graph, Mutant, Triple, iri, varied
from support.property_mistakes import BOTH, RATIO, TABLE, UNDECLARED, P
from support.property_tables import MISSPELT, TWINS
from support.value_mistakes import lexical


def misspelt_properties(graph: Graph) -> Iterator[Mutant]:
    """Yield things of which one property lacks a letter."""
    for kind in MISSPELT.split():
        for thing in varied(graph.things(kind), kind)[:EACH]:
            right = varied((name for name in graph.about[thing] if name.startswith(f"<{RRMM}")), thing)[0]
            wrong = f"{right[:-3]}{right[-2:]}"
            yield Mutant(
                "misspelt property",
                f"misspelt property: {kind}",
                frozenset((thing, right, value) for value in graph.about[thing][right]),
                frozenset((thing, wrong, value) for value in graph.about[thing][right]),
                frozenset((guard, thing[1:-1], wrong[1:-1]) for guard in (f"shape:{kind}Shape", UNDECLARED)),
            )


def swapped_arms(graph: Graph) -> Iterator[Mutant]:
    """Yield comparisons whose group is the control arm; of a publication, whose label names the other arm."""
    controls = graph.things("Arm role=Control")
    for select in (f"{RATIO} comparator", f"{P} comparator"):
        compared = [thing for thing in graph.things(select) if graph.values(thing, "comparator")[0] in controls]
        for thing in varied(compared, select)[:EACH]:
            group, comparator = (graph.values(thing, name)[0] for name in ("group", "comparator"))
            label = ("check:label-against-parts", thing[1:-1], iri("label")[1:-1])
            control = ("check:control-arm-hazard-ratio", thing[1:-1], f"{RRMM}group")
            yield Mutant(
                "arms swapped",
                f"arms swapped: {select}",
                frozenset({(thing, iri("group"), group), (thing, iri("comparator"), comparator)}),
                frozenset({(thing, iri("group"), comparator), (thing, iri("comparator"), group)}),
                frozenset({label if graph.published(thing) else control}),
            )


def duplicates(graph: Graph) -> Iterator[Mutant]:
    """Yield things that stand in the graph a second time under another name."""
    for kind, guards in TWINS.items():
        for thing in varied(graph.things(kind), kind)[:EACH]:
            copy = f"{thing[:-1]}-again>"
            yield Mutant(
                "duplicate",
                f"duplicate: {kind}",
                frozenset(),
                frozenset((copy, name, value) for name, values in graph.about[thing].items() for value in values),
                frozenset(
                    (guard, copy[1:-1], iri(name)[1:-1])
                    for guard, _, name in (each.partition("@") for each in guards.split())
                ),
            )


def contrary_findings(graph: Graph) -> Iterator[Mutant]:
    """Yield findings that stand in the graph a second time and say the opposite, or the same with the arms swapped."""
    directions = {iri(old): iri(new) for old, new in (("Favours", "Disfavours"), ("NoDifference", "Favours"))}
    for thing in varied(graph.things("Finding study group comparator population"), "contrary")[:EACH]:
        direction, group, comparator = (graph.values(thing, name)[0] for name in ("direction", "group", "comparator"))
        changes = {"finding denied": {"direction": directions.get(direction, iri("NoDifference"))}}
        if direction != iri("NoDifference"):
            changes["finding turned round"] = {"group": comparator, "comparator": group}
        copy = f"{thing[:-1]}-again>"
        for operator, change in changes.items():
            new = {iri(name): [value] for name, value in change.items()}
            yield Mutant(
                operator,
                operator,
                frozenset(),
                frozenset(
                    (copy, name, value) for name, old in graph.about[thing].items() for value in new.get(name, old)
                ),
                frozenset({("check:contrary-findings", copy[1:-1], f"{RRMM}direction")}),
            )


def filled_gaps(graph: Graph) -> Iterator[Mutant]:
    """Yield gaps in the results of an abnormality that a subgroup of patients with it fills."""
    abnormality = f"<{ID}cytogenetics/t-14-16>"
    subgroups = {graph.values(result, "population")[0] for result in graph.things("Result population")}
    for gap in graph.things("NotCovered silentOn=ResultsInT1416"):
        told = {*graph.values(gap, "silentSource")}
        filling = {subgroup for subgroup in subgroups & {*graph.things("Subgroup")} if graph.sources(subgroup) == told}
        for subgroup in varied(filling, "filled")[:EACH]:
            yield Mutant(
                "gap that is filled",
                "gap that is filled: abnormality",
                frozenset(),
                frozenset({(subgroup, iri("abnormality"), abnormality)}),
                frozenset({("check:covered-gap", gap[1:-1], f"{RRMM}silentOn")}),
            )


def moved_thresholds(graph: Graph) -> Iterator[Mutant]:
    """Yield criteria, and facets of states, that no longer say what the other says."""
    for state in graph.things("Class basedOn"):
        report = frozenset({("check:threshold-against-criterion", state[1:-1], f"{RRMM}basedOn")})
        criteria = [each for each in graph.values(state, "basedOn") if graph.values(each, "value")]
        for subject, name, value in [*limits(graph, state, criteria)]:
            signs = [iri(sign) for sign in ("LessThan", "AtLeast") if iri(sign) != value]
            new = signs[0] if value[0] == "<" else value.replace(lexical(value), "47.0")
            yield Mutant(
                "threshold moved",
                f"threshold moved: {name}",
                frozenset({(subject, name, value)}),
                frozenset({(subject, name, new)}),
                report,
            )


def limits(graph: Graph, state: str, criteria: list[str]) -> Iterator[Triple]:
    """Yield the numbers and signs of criteria, and the numbers in the definition of a state."""
    for criterion in criteria:
        yield from ((criterion, iri(name), graph.values(criterion, name)[0]) for name in ("value", "operator"))
    if criteria:
        yield from facets(graph, state)


def facets(graph: Graph, state: str) -> Iterator[Triple]:
    """Yield the numbers in the definition of a state."""
    nodes = [state]
    while nodes:
        node = nodes.pop()
        for name, values in graph.about.get(node, {}).items():
            nodes += [value for value in values if value.startswith("_:")]
            yield from ((node, name, value) for value in values if name.startswith(f"<{XSD}"))


def unbased_thresholds(graph: Graph) -> Iterator[Mutant]:
    """Yield states with a number in the definition that no longer say where it is from."""
    sources = ("basedOn", "readAs")
    for state in graph.things("Class readAs"):
        if any(facets(graph, state)):
            yield Mutant(
                "threshold from nowhere",
                "threshold from nowhere",
                frozenset((state, iri(name), value) for name in sources for value in graph.values(state, name)),
                frozenset(),
                frozenset({("check:unbased-threshold", state[1:-1], f"{RRMM}basedOn")}),
            )


def bare_complements(graph: Graph) -> Iterator[Mutant]:
    """Yield states that are defined as the complement of another, and so hold of everything else."""
    states = [
        state for state in graph.things("Class equivalentClass") if iri("Patient") in graph.values(state, "subClassOf")
    ]
    for index, state in enumerate(varied(states, "bare")[:EACH]):
        other = next(each for each in states if each != state)
        yield Mutant(
            "bare complement",
            "bare complement",
            frozenset((state, iri("equivalentClass"), value) for value in graph.values(state, "equivalentClass")),
            frozenset(
                {(state, iri("equivalentClass"), f"_:bare{index}"), (f"_:bare{index}", iri("complementOf"), other)}
            ),
            frozenset({("check:bare-complement", state[1:-1], iri("equivalentClass")[1:-1])}),
        )


def idle_regimens(graph: Graph) -> Iterator[Mutant]:
    """Yield regimens that are no option any more, that no study gives and no guidance means."""
    regimens = graph.things("Regimen type=TreatmentOption")
    for regimen in varied((each for each in regimens if not graph.users(each, "regimen")), "idle")[:EACH]:
        meant = {(user, iri(name), regimen) for name in ("target", "over") for user in graph.users(regimen, name)}
        yield Mutant(
            "regimen without use",
            "regimen without use",
            frozenset({(regimen, iri("type"), iri("TreatmentOption")), *meant}),
            frozenset(),
            frozenset({("check:unused-regimen", regimen[1:-1], f"{RRMM}regimen")}),
        )


def half_withdrawn_things(graph: Graph) -> Iterator[Mutant]:
    """Yield drugs that are deprecated while regimens hold them, and things that are gone without a word."""
    for drug in varied((each for each in graph.things("Drug") if graph.users(each, "component")), "withdrawn")[:EACH]:
        user = graph.users(drug, "component")[0][1:-1]
        deprecated = iri("deprecated")
        yield Mutant(
            "withdrawn in part",
            "withdrawn in part: Drug",
            frozenset(),
            frozenset({(drug, deprecated, BOTH[0])}),
            frozenset(
                {
                    ("check:half-withdrawn-thing", drug[1:-1], deprecated[1:-1]),
                    ("check:reference-to-withdrawn-thing", user, iri("component")[1:-1]),
                }
            ),
        )
        gone = f"{drug[:-1]}-gone>"
        stub = {("type", iri("WithdrawnThing")), ("label", '"gone"@en'), ("deprecated", BOTH[0])}
        yield Mutant(
            "withdrawn without a word",
            "withdrawn without a word: Drug",
            frozenset(),
            frozenset((gone, iri(name), value) for name, value in stub),
            frozenset(
                {
                    ("shape:WithdrawnThingShape", gone[1:-1], iri("withdrawnBecause")[1:-1]),
                    ("shape:ReplacementShape", gone[1:-1], ""),
                }
            ),
        )


def acronyms(graph: Graph) -> Iterator[Mutant]:
    """Yield regimens with one drug more than their acronym has letters."""
    named = [
        regimen
        for regimen in graph.things("Regimen component")
        if re.fullmatch(r'"[A-Z]{2,}d?"@en', graph.values(regimen, "label")[0])
    ]
    for regimen in varied(named, "acronym")[:EACH]:
        yield Mutant(
            "drug too many",
            "drug too many: acronym",
            frozenset(),
            frozenset({(regimen, iri("component"), f"<{ID}drug/selinexor>")}),
            frozenset({("check:acronym-against-components", regimen[1:-1], f"{RRMM}component")}),
        )


def mutants(graph: Graph) -> list[Mutant]:
    """Return every mutant of a graph."""
    makers = (
        misspelt_properties,
        swapped_arms,
        duplicates,
        contrary_findings,
        filled_gaps,
        moved_thresholds,
        unbased_thresholds,
        bare_complements,
        idle_regimens,
        half_withdrawn_things,
        acronyms,
    )
    return [
        *(mutant for rule in TABLE for mutant in rule.mutants(graph)),
        *(mutant for maker in makers for mutant in maker(graph)),
    ]
