"""The mistakes in publications that were read, in their lines and quotes, in copies and in decisions."""

from __future__ import annotations

from support.mutants import Case, Change, Rule, iri, varied
from support.value_mistakes import another, foreign, gone, number, plus, same_as, to

LINE, DAY, SOUGHT = number(4, "integer"), number("2026-11-29", "date"), "shape:PublicationSoughtShape"
READ, COPIED, SETTLED = "Publication completeness", "Result copiedAs", "Decision stands"
PLACE, FIGURE, VERDICT = "shape:PassagePlaceShape@", "shape:FigurePlaceShape@", "shape:DecisionVerdictShape@"
OTHER_PRINT, NO_ABSTRACT = "check:decision-on-another-print", "check:decision-on-a-summary-page"
OTHER_COPY = "check:copy-of-another-measurement"


def in_doubt(case: Case) -> set[str]:
    """Return the prints in doubt that a decision is about."""
    return {
        thing
        for discrepancy in case.graph.values(case.thing, "decides")
        for thing in case.graph.values(discrepancy, "concerns")
    }


def sure(case: Case) -> list[str]:
    """Return a print that stands, but is not in doubt here."""
    return [value for value in case.others if value not in in_doubt(case)][:1]


def doubted(case: Case) -> list[str]:
    """Return what a decision rests on, and a print in doubt of a source beside it."""
    graph = case.graph
    prints = in_doubt(case) & {*graph.things("Result !analysis")}
    return [*case.old, *varied(prints, case.thing)[:1]]


def of_a_report(case: Case) -> list[str]:
    """Return a result of a publication of which only a report was read."""
    graph = case.graph
    results = {
        result
        for publication in graph.things("Publication completeness=SummaryPage")
        for look in graph.users(publication, "reportedIn")
        for result in graph.users(look, "analysis")
    }
    return varied(results, case.thing)[:1]


def stood(case: Case) -> list[str]:
    """Return a print in doubt as one that stands."""
    return varied(in_doubt(case), case.thing)[:1]


def unread(case: Case) -> list[str]:
    """Return a doubt that says what an abstract prints of which only a report was read."""
    matches = (
        match
        for publication in case.graph.things("Publication completeness=SummaryPage")
        for match in case.graph.values(publication, "exactMatch")
        if "pubmed" in match
    )
    number = varied(matches, case.thing)[0].strip("<>").rpartition("/")[2]
    return [f'"The abstract of the cited paper (PMID {number}) has another number."@en']


def some(select: str) -> Change:
    """Return the change into a thing of a kind."""
    return lambda case: varied(case.graph.things(select), case.thing)[:1]


PUBLICATIONS = [
    *(
        Rule("required property dropped", READ, name, gone, "shape:PublicationReadShape")
        for name in ("reportsOn", "look", "seenAt", "readOn", "sha256")
    ),
    Rule("read and sought", "Publication soughtOn", "completeness", to(iri("CutAbstract")), SOUGHT),
    Rule("read and sought", READ, "soughtOn", to(DAY), f"{SOUGHT}@completeness"),
    Rule("search forgotten", "Study soughtOn", "soughtOn", gone, "check:comparison-without-publication@comparator"),
    Rule("abstract of a report", "Discrepancy", "doubt", unread, "check:unread-abstract"),
    Rule("line without number", "Passage line", "line", gone, f"{PLACE} check:sectionless-passage@section"),
    Rule("line without quotes", "Passage line", "quotes", gone, PLACE, "check:unused-address"),
    Rule("line of a section", "Passage line", "section", some("Section"), PLACE),
    Rule("line with a span", "Passage line", "span", some("TextSpan"), PLACE),
    Rule("line of a source", "Passage line", "ofSource", some("Source"), PLACE),
    Rule("section of a publication", "Passage span", "ofSource", some(READ), PLACE),
    Rule("section with a line", "Passage span", "line", to(LINE), PLACE),
    Rule("quote with a place", "TextQuote", "start", to(LINE), FIGURE),
    Rule("quote that is a figure", "TextQuote", "type", to(iri("PrintedFigure")), FIGURE),
    Rule("figure with one end", "PrintedFigure start", "start", gone, FIGURE),
    Rule("figure with one end", "PrintedFigure start", "end", gone, FIGURE),
    Rule("figure that is a quote", "PrintedFigure start", "type", to(iri("TextQuote")), FIGURE),
    Rule("another print stands", SETTLED, "stands", sure, OTHER_PRINT),
    Rule("decision of another doubt", SETTLED, "decides", another, f"{OTHER_PRINT}@stands"),
    Rule("decision by a report", "Decision", "decidedBy", of_a_report, NO_ABSTRACT),
    Rule("decision by a copy", "Decision", "decidedBy", doubted, NO_ABSTRACT),
    Rule("nothing stands", SETTLED, "stands", gone, VERDICT),
    Rule("nothing stands", SETTLED, "verdict", to(iri("NoneStands")), VERDICT),
    Rule("something stands", "Decision verdict=NoneStands", "verdict", to(iri("SomeStand")), VERDICT),
    Rule("something stands", "Decision verdict=NoneStands", "stands", stood, VERDICT),
    Rule("copy of another study", COPIED, "copiedAs", foreign, OTHER_COPY),
    Rule("copy of another arm", f"{COPIED} comparator", "group", same_as("comparator"), f"{OTHER_COPY}@copiedAs"),
    Rule("copy of another statistic", COPIED, "statistic", to(iri("Range")), f"{OTHER_COPY}@copiedAs"),
    Rule("copy at another time", f"{COPIED} timepointMonths", "timepointMonths", plus("6"), f"{OTHER_COPY}@copiedAs"),
]
