"""The mistakes in findings, in what rests on them, in gaps of a source and in what a discrepancy adopts."""

from __future__ import annotations

from itertools import product

from support.mutants import Case, Rule, iri
from support.value_mistakes import and_also, another, foreign, gone, lexical, to

THINGS = "<https://w3id.org/rrmm/id/"
BORTEZOMIB, LENALIDOMIDE = f"{THINGS}drug/bortezomib>", f"{THINGS}drug/lenalidomide>"
NEUROPATHY, PARTICIPANTS = f"{THINGS}condition/peripheral-neuropathy>", f"{THINGS}endpoint/participants>"
COUNT, AGGRESSIVE = f"{THINGS}trial/castor.n-dvd>", f"{THINGS}reading/aggressive>"
CONTRARY = {iri("Favours"): iri("Disfavours"), iri("Disfavours"): iri("Favours")}


def against_numbers(case: Case) -> list[str]:
    """Return the contrary direction, where the finding rests on two unlike medians or rates of its arms."""
    graph = case.graph
    numbers = {
        arm: {
            (statistic, graph.values(result, "value")[0])
            for result in graph.values(case.thing, "shownBy")
            for statistic in graph.values(result, "statistic")
            if graph.values(result, "group") == graph.values(case.thing, arm) and graph.values(result, "value")
        }
        for arm in ("group", "comparator")
    }
    unlike = any(
        here[0] == there[0] and here[0] in (iri("Median"), iri("Rate")) and lexical(here[1]) != lexical(there[1])
        for here, there in product(numbers["group"], numbers["comparator"])
    )
    return [CONTRARY.get(value, value) for value in case.old] if unlike else case.old


def of_another_section(case: Case) -> list[str]:
    """Return a finding that stands in no section of the thing."""
    return [value for value in case.others if not sections(case, value) & sections(case, case.thing)][:1]


def sections(case: Case, thing: str) -> set[str]:
    """Return the sections in which a thing is stated."""
    return {
        section for passage in case.graph.values(thing, "statedIn") for section in case.graph.values(passage, "section")
    }


SHOWN = "Finding study group comparator endpoint shownBy"
MISFIT, GAP = "check:misfitting-finding", "check:covered-gap@silentOn"
ADOPTED = "Discrepancy resolution=Resolved adopts"
TWO_WAYS, TWO_KINDS = "shape:FindingTreatmentShape@", "shape:FindingOutcomeShape@"
WORDS, GROUND = "check:significance-against-words", "check:ungrounded-comparison"
MORE = "ToxicityStatement relation=MoreThanComparator basedOnFinding"
SIGNIFICANCE = [
    ("Significant", "NotSignificant"),
    ("Significant", "SignificanceNotStated"),
    ("NotSignificant", "Significant"),
    ("NotSignificant", "SignificanceNotStated"),
    ("SignificanceNotStated", "Significant"),
    ("SignificanceNotStated", "NotSignificant"),
]
FINDINGS = [
    Rule("two values where one may be", "Finding comparedWith", "comparedWith", and_also(BORTEZOMIB)),
    Rule("two values where one may be", "Guidance inferredBy", "inferredBy", and_also(AGGRESSIVE)),
    Rule("treatment in two ways", "Finding group", "treatment", to(BORTEZOMIB), TWO_WAYS),
    Rule("finding of no treatment", "Finding group", "group", gone, TWO_WAYS),
    Rule("finding of no treatment", "Finding treatment", "treatment", gone, TWO_WAYS),
    Rule("efficacy and toxicity", "Finding endpoint treatment", "condition", to(NEUROPATHY), TWO_KINDS),
    Rule("efficacy and toxicity", "Finding condition", "endpoint", to(PARTICIPANTS), TWO_KINDS),
    Rule("finding of no outcome", "Finding endpoint", "endpoint", gone, TWO_KINDS),
    Rule("finding of no outcome", "Finding condition", "condition", gone, TWO_KINDS),
    Rule("finding of no population", "Finding study", "population", gone, "shape:FindingPopulationShape@"),
    Rule("direction against numbers", SHOWN, "direction", against_numbers, "check:direction-against-numbers"),
    *(
        Rule(f"significance taken for {new}", f"Finding significance={old}", "significance", to(iri(new)), WORDS)
        for old, new in SIGNIFICANCE
    ),
    Rule("numbers of another finding", SHOWN, "shownBy", foreign, MISFIT),
    Rule("numbers of another study", SHOWN, "study", another, f"{MISFIT}@shownBy"),
    Rule("numbers of another population", SHOWN, "population", another, f"{MISFIT}@shownBy"),
    Rule("numbers of another arm", SHOWN, "comparator", foreign, f"{MISFIT}@shownBy"),
    Rule("numbers of another endpoint", SHOWN, "endpoint", to(PARTICIPANTS), f"{MISFIT}@shownBy"),
    Rule("numbers of another passage", SHOWN, "statedIn", another, f"{MISFIT}@shownBy"),
    Rule(
        "ground in another place",
        "Guidance basedOnFinding",
        "basedOnFinding",
        of_another_section,
        "check:foreign-ground",
    ),
    Rule("ground in another place", MORE, "basedOnFinding", of_another_section, "check:foreign-ground"),
    Rule("comparison without ground", "Guidance effect=PreferOver basedOnFinding", "basedOnFinding", gone, GROUND),
    Rule("comparison without ground", MORE, "basedOnFinding", gone, GROUND),
    Rule("gap forgotten", "NotCovered silentOn=ToxicityTopic", "silentAbout", gone, "", "check:unregistered-silence"),
    Rule("gap that is filled", "NotCovered silentOn=ToxicityTopic", "silentAbout", and_also(BORTEZOMIB), GAP),
    Rule("gap that is filled", "NotCovered silentOn=RenalDosing", "silentAbout", and_also(LENALIDOMIDE), GAP),
    Rule("gap that is filled", "NotCovered wordSought", "wordSought", and_also('"neuropath"'), GAP),
    Rule("discrepancy without place", "Discrepancy !statedIn", "concerns", gone, "shape:DiscrepancyAddressShape@"),
    Rule("resolution that adopts nothing", ADOPTED, "adopts", gone, "shape:DiscrepancyAdoptionShape@"),
    *(
        Rule(
            "rejected value adopted",
            f"{ADOPTED} kind={kind}",
            "adopts",
            to(COUNT),
            "check:adopted-value-against-print@adopts",
        )
        for kind in ("WrongArm", "ConflictingValues", "RepeatedValue")
    ),
]
