"""The mistakes that mutants make: one row a mistake, with the guards that must report it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from mutants import EACH, Case, Change, Graph, Mutant, Rule, Triple, iri, varied
from rrmm.terms import RRMM, XSD, local_name

FEW = 3
TYPED = (
    "Result Guidance Passage TextSpan PrintedFigure Drug Regimen RegimenVariant DoseSchedule Approval Study Arm "
    "Population Criterion DiagnosticTest ToxicityStatement Discrepancy Reading Caveat Citation Source"
)
REQUIRED = {
    "Result": "label study endpoint statistic group population printedValue printedAt knowledgeLevel statedIn",
    "Guidance": "label modality effect text knowledgeLevel statedIn",
    "Passage": "label ofSource section span",
    "TextSpan": "start end sha256",
    "PrintedFigure": "start end exact",
    "Drug": "label developmentStatus knowledgeLevel statedIn",
    "Regimen": "label knowledgeLevel statedIn",
    "RegimenVariant": "variantOf",
    "TreatmentCategory": "definition",
    "DoseSchedule": "ofDrug text",
    "Approval": "approved ofDrug",
    "Study": "label studyStatus statedIn",
    "Arm": "label role",
    "Endpoint": "definition",
    "Criterion": "defines quantity statedIn",
    "Definition": "statedIn",
    "DiagnosticTest": "modality setting",
    "ToxicityStatement": "agent relation condition text",
    "Discrepancy": "kind doubt resolution knowledgeLevel",
    "Reading": "alternative order text",
    "Citation": "number ofSource",
    "Section": "ofSource",
    "Source": "citedAs knowledgeEnds disclaimer sha256",
    "Operator": "symbol",
    "ToxicityRelation": "phrase",
    "Publication": "label reportsOn exactMatch",
    "LinkedVocabulary": "label curiePrefix namespace identifierPattern namesThingsOf",
    "Dataset": "title creator publisher license disclaimer",
    "Agent": "name",
}
OF_ANOTHER_KIND = {
    "Result": "study endpoint statistic group comparator population printedAt statedIn followUp valueStatus condition",
    "Guidance": "modality effect target over concern statedIn printedAt appliesTo exceptFor evidenceInHighRisk "
    "closedBy readAs supersedes conflictsWith",
    "Passage": "ofSource section span cites",
    "Drug": "developmentStatus molecularTarget statedIn",
    "Regimen": "component componentClass statedIn",
    "RegimenVariant": "variantOf",
    "Arm": "regimen role",
    "Study": "arm",
    "DoseSchedule": "ofDrug ofRegimen printedAt",
    "Section": "ofSource within",
    "Citation": "ofSource",
    "Criterion": "defines operator togetherWith",
    "ToxicityStatement": "agent relation condition incidence",
    "Discrepancy": "kind resolution foundBy",
    "TextSpan": "figure",
    "Publication": "reportsOn",
    "Dataset": "creator publisher theme",
}
ONCE = {
    "Result": "label study endpoint statistic group comparator population value lowerValue upperValue valueStatus "
    "printedValue printedAt unit timepointMonths followUp condition",
    "Guidance": "label modality effect trigger text knowledgeLevel jurisdiction evidenceInHighRisk closedBy",
    "Passage": "section row column",
    "Drug": "developmentStatus generation mechanism",
    "Regimen": "order",
    "RegimenVariant": "variantOf",
    "DoseSchedule": "ofDrug amount unit timing text",
    "Approval": "ofDrug setting",
    "Study": "design phase registration printedRegistration",
    "Arm": "regimen role",
    "TextSpan": "start end sha256",
    "PrintedFigure": "start end exact",
    "Endpoint": "definition condition grade",
    "Criterion": "defines quantity operator value unit printedValue thresholdWord",
    "DiagnosticTest": "modality",
    "ToxicityStatement": "agent relation condition grade setting",
    "Discrepancy": "kind doubt resolution adoptedValue inference",
    "Reading": "order",
    "Section": "within",
    "Citation": "number",
    "Operator": "symbol",
    "ToxicityRelation": "phrase",
}
AS_NUMBER = {
    "Result": "printedValue unit grade",
    "Guidance": "trigger text",
    "Passage": "row column",
    "Drug": "generation mechanism route",
    "DoseSchedule": "timing printedValue",
    "Approval": "authority setting jurisdiction",
    "Study": "design phase studyStatus registration printedRegistration country",
    "PrintedFigure": "exact",
    "TextSpan": "sha256",
    "Endpoint": "definition grade",
    "Criterion": "quantity thresholdWord qualifier",
    "DiagnosticTest": "setting",
    "ToxicityStatement": "grade setting text",
    "Discrepancy": "doubt adoptedValue inference",
    "Reading": "text alternative",
    "Source": "citedAs knowledgeEnds disclaimer notAvailable leavesOut sha256",
    "Operator": "symbol",
    "ToxicityRelation": "phrase",
}
NAMED = {
    "Drug": "route",
    "MolecularTarget": "developmentStatus",
    "RegimenVariant": "component",
    "TreatmentCategory": "component",
    "Procedure": "component",
    "Population": "value",
    "Arm": "value",
    "Endpoint": "unit",
    "ClinicalCondition": "grade",
    "CytogeneticFinding": "grade",
    "Definition": "value",
    "Caveat": "order",
    "Section": "cites",
    "TextSpan": "exact",
    "Check": "symbol",
    "Question": "symbol",
    "PatientValue": "key",
}
MISSPELT = (
    "Result Guidance Passage TextSpan PrintedFigure Drug Regimen Approval DoseSchedule Study Arm Criterion "
    "DiagnosticTest ToxicityStatement Discrepancy Reading Citation"
)


TWINS = {
    "Result": "check:duplicate-result@statedIn check:shared-name@label",
    **dict.fromkeys(("Guidance", "Criterion", "ToxicityStatement"), "check:duplicate-statement@statedIn"),
    **dict.fromkeys(("Drug", "Regimen", "Endpoint", "Trial", "Discrepancy", "Citation"), "check:shared-name@label"),
}
UNDECLARED = "check:undeclared-property"


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
    """Return a ratio above one for one below."""
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
    """Return a study without results yet."""
    return case.graph.things("Study studyStatus=ongoing")[:1]


def uncontrolled(case: Case) -> list[str]:
    """Return the role of what is tested, for the control arm of a trial."""
    studies = case.graph.users(case.thing, "arm")
    return [iri("Experimental")] if {*studies} & {*case.graph.things("Trial")} else case.old


def lexical(literal: str) -> str:
    """Return the text of a literal."""
    return literal.split('"')[1]


def rows(operator: str, table: dict[str, str], change: Change, guards: str = "shape") -> Iterator[Rule]:
    """Yield a rule for each class and property of a table."""
    for kind, names in table.items():
        yield from (Rule(operator, kind, name, change, guards, each=FEW) for name in names.split())


RATIO, P = "Result statistic=HazardRatio", "Result statistic=PValue"
NOT_REACHED, NOT_AVAILABLE = "Result valueStatus=NotReached", "Result valueStatus=NotAvailable"
KEY = "DatatypeProperty key"
SETTLED, OPEN = "Discrepancy resolution=Resolved", "Discrepancy resolution=Unresolved"
CLOSED, TOLD = "Regimen component !componentClass", "ToxicityStatement incidence"
BOTH = number("true", "boolean"), number("false", "boolean")
TWO = iri("Drug"), iri("TreatmentOption")
IMPOSSIBLE, EMPTY = "check:impossible-value", "shape:RegimenPartsShape@ check:empty-regimen"
OTHER_CONDITION = "check:condition-against-toxicity@incidence"
UNARGUED = "shape:DiscrepancyResolutionShape@"
MISNAMED = "check:undeclared-class shape:TypedThingShape"
LOST = "check:dangling-reference shape"
OTHER_RECORD = "check:registration-against-link"
TERM, RECORD = "<http://purl.obolibrary.org/obo/NCIT_C1>", "<https://www.clinicaltrials.gov/study/NCT00000000>"
MEDIAN, PERCENT = "Result statistic=Median unit=mo", "Result unit=%"
TABLE = [
    *rows("required property dropped", REQUIRED, gone),
    *rows("thing of another kind", OF_ANOTHER_KIND, to(iri("Quoted"))),
    *rows("two values where one may be", ONCE, twice),
    *rows("property of another kind of thing", NAMED, to('"1.0"')),
    *rows("text as number", AS_NUMBER, to(number(7, "integer"))),
    *rows("class dropped", dict.fromkeys(TYPED.split(), "type"), gone, "check:untyped-thing"),
    Rule("thing of another kind", "ToxicityStatement", "agent", to(iri("Result")), "check:unknown-target"),
    Rule("thing of another kind", "Subgroup", "abnormality", to(iri("Quoted")), "shape:PopulationShape@abnormality"),
    Rule("property of another kind of thing", KEY, "symbol", to('"1.0"'), "shape:PatientKeyShape"),
    Rule("number as text", "Result", "value", quoted),
    Rule("number as text", "Criterion", "value", quoted),
    Rule("number as text", "DoseSchedule", "amount", quoted),
    Rule("number as text", "TextSpan", "start", quoted),
    Rule("number as text", "Citation", "number", quoted),
    Rule("number as text", "Regimen", "order", quoted),
    Rule("number as text", "Approval", "approved", quoted),
    Rule("two values where one may be", "Approval", "approved", to(*BOTH)),
    Rule("two values where one may be", "Result", "knowledgeLevel", to(iri("Quoted"), iri("Derived"))),
    Rule("integer for decimal", "Result", "value", to(number(7, "integer"))),
    Rule("name as text", "Result", "endpoint", quoted),
    Rule("name as text", "Regimen", "component", quoted),
    Rule("name as text", "Passage", "section", quoted),
    Rule("label without language", "Guidance", "label", bare),
    Rule("label without language", "Result", "label", bare),
    Rule("label in another language", "Drug", "label", german),
    Rule("label in another language", "Reading", "text", german),
    Rule("misspelt class", "Result", "type", cut, MISNAMED),
    Rule("misspelt class", "Guidance", "type", cut, MISNAMED),
    Rule("misspelt class", "Drug", "type", cut, MISNAMED),
    Rule("misspelt class", "Passage", "type", cut, MISNAMED),
    Rule("dangling name", "Result", "endpoint", dangling, LOST),
    Rule("dangling name", "Result", "statedIn", dangling, LOST),
    Rule("dangling name", "Guidance", "target", dangling, "check:dangling-reference check:unknown-target shape"),
    Rule("dangling name", "Regimen", "component", dangling, LOST),
    Rule("dangling name", "Arm", "regimen", dangling, LOST),
    Rule("dangling name", "Discrepancy", "concerns", dangling, LOST),
    Rule("dangling name", "Discrepancy", "foundBy", dangling, "check:unknown-check check:dangling-reference shape"),
    Rule("dangling name", "Guidance", "appliesTo", dangling, "check:unknown-state check:dangling-reference shape"),
    Rule("ratio not above 0", RATIO, "value", to(number("-0.5")), f"shape:HazardRatioShape@ {IMPOSSIBLE}"),
    Rule("P value above 1", P, "value", to(number("1.7")), f"shape:PValueShape@ {IMPOSSIBLE}"),
    Rule("percentage above 100", PERCENT, "value", to(number("140.0")), f"shape:PercentageShape@ {IMPOSSIBLE}"),
    Rule("number changed against print", "Result", "value", plus("0.5"), "check:value-against-print"),
    Rule("number changed against print", "DoseSchedule", "amount", plus("5"), "check:value-against-print"),
    Rule("number changed against print", "Criterion", "value", plus("1"), "check:value-against-print"),
    Rule("range changed against print", "Result", "upperValue", plus("1"), "check:range-against-print"),
    Rule("range changed against print", "Result", "lowerValue", plus("0.5"), "check:range-against-print"),
    Rule("inverted range", "Result", "lowerValue", plus("900"), "check:inverted-range shape"),
    Rule("print changed", "Result", "printedValue", another, "check:misquoted-value"),
    Rule("print changed", "Criterion", "printedValue", another, "check:misquoted-value"),
    Rule("print of another place", "Result", "printedAt", another, "check:unaddressed-figure"),
    Rule("print of another place", "Guidance", "printedAt", another, "check:unaddressed-figure"),
    Rule("number and reason", "Result value", "valueStatus", to(iri("NotReached")), "shape:ResultNumberShape@"),
    Rule("neither number nor reason", "Result value", "value", gone, "shape:ResultNumberShape@"),
    Rule("range with one end", "Result lowerValue", "lowerValue", gone, "shape:ResultRangeShape@"),
    Rule("range of one number", "Result statistic=Median", "statistic", to(iri("Range")), "check:range-without-bounds"),
    Rule("number of two ends", "Result statistic=Range", "statistic", to(iri("Median")), "check:range-without-bounds"),
    Rule("another reason", NOT_REACHED, "valueStatus", to(iri("NotAvailable")), "check:status-against-print"),
    Rule("another reason", NOT_AVAILABLE, "valueStatus", to(iri("NotReached")), "check:status-against-print"),
    Rule("rate at no time", "Result timepointMonths", "timepointMonths", gone, "check:timeless-survival-rate"),
    Rule("comparison with nothing", RATIO, "comparator", gone, "shape:ComparisonShape@"),
    Rule("comparison with nothing", P, "comparator", gone, "shape:ComparisonShape@"),
    Rule("comparison with itself", RATIO, "comparator", same_as("group"), "check:self-compared-result"),
    Rule("comparison with itself", MEDIAN, "comparator", same_as("group"), "check:self-compared-result"),
    Rule("arm of another study", "Result", "group", foreign, "check:foreign-arm"),
    Rule("arm of another study", "Result", "comparator", foreign, "check:foreign-arm"),
    Rule("population of another study", "Result", "population", foreign, "check:foreign-population"),
    Rule("follow-up of another study", "Result", "followUp", foreign, "check:foreign-follow-up"),
    Rule("follow-up of another kind", "Result", "followUp", itself, "check:follow-up-of-another-kind"),
    Rule("result of an ongoing study", "Result", "study", ongoing, "check:result-of-ongoing-study"),
    Rule("another study", "Result", "study", another, "check:foreign-arm@group check:foreign-population@population"),
    Rule("arm that no study lists", "Study", "arm", gone, "", "check:unlisted-arm"),
    Rule("arm of two studies", "Study", "arm", twice, "", "check:unlisted-arm"),
    Rule("sole arm with company", "Arm role=Experimental", "role", to(iri("SoleArm")), "check:arms-without-contrast"),
    Rule("test without control", "Arm role=Control", "role", uncontrolled, "check:arms-without-contrast"),
    Rule("unknown unit", "Result", "unit", to('"months"')),
    Rule("unknown unit", "Criterion", "unit", to('"MO"')),
    Rule("another unit", MEDIAN, "unit", to('"a"'), "check:differing-unit"),
    Rule("unit dropped", MEDIAN, "unit", gone, "check:unitless-result"),
    Rule("unit dropped", "Result statistic=Rate unit", "unit", gone, "shape:ShareShape@ check:unitless-result"),
    Rule("unit dropped", "Criterion value", "unit", gone, "shape:CriterionNumberShape@"),
    Rule("unit dropped", "DoseSchedule amount", "unit", gone, "shape:DoseAmountShape@"),
    Rule("print of another unit", f"{MEDIAN} !printedUnit", "printedUnit", to('"%"'), "check:unit-differs-from-print"),
    Rule("ratio that favours the comparator", RATIO, "value", worse, "check:hazard-ratio-above-one"),
    Rule("threshold dropped", "Criterion operator !thresholdWord", "value", gone, "shape:CriterionThresholdShape@"),
    Rule("span without figures", "TextSpan", "figure", gone, "", "check:unused-address"),
    Rule("passage without span", "Passage", "span", gone, "check:spanless-passage shape", "check:unused-address"),
    Rule("passage without section", "Passage", "section", gone, "check:sectionless-passage shape"),
    Rule("cell without row", "Passage row", "row", gone, "shape:TableCellShape@"),
    Rule("cell without column", "Passage column", "column", gone, "shape:TableCellShape@"),
    Rule("span that ends before it starts", "TextSpan", "start", plus("100000"), "check:inverted-span shape"),
    Rule("span that ends before it starts", "PrintedFigure", "start", plus("100000"), "check:inverted-span shape"),
    Rule("span moved", "TextSpan", "start", plus("1"), "check:misnamed-address"),
    Rule("figure outside its passage", "TextSpan", "figure", another, "check:figure-outside-span"),
    Rule("figure of another length", "PrintedFigure", "exact", lengthened, "check:misfitting-figure"),
    Rule("citation renumbered", "Citation", "number", plus("1"), "check:citation-number-against-name"),
    Rule("malformed hash", "TextSpan", "sha256", to('"93346f1d"')),
    Rule("malformed hash", "Source", "sha256", capital),
    Rule("malformed number", "Study", "registration", lengthened, "shape check:registration-against-print"),
    Rule("malformed country", "Guidance", "jurisdiction", capital),
    Rule("malformed country", "Approval", "jurisdiction", capital),
    Rule("malformed country", "Study", "country", capital),
    Rule("state that is none", "Guidance", "appliesTo", to(iri("Drug")), "check:unknown-state shape"),
    Rule("target that is no treatment", "Guidance", "target", to(iri("Median")), "check:unknown-target shape"),
    Rule("guidance without target", "Guidance effect=Support", "target", gone, "shape:GuidanceTargetShape@"),
    Rule("guidance without target", "Guidance effect=Recommend", "target", gone, "shape:GuidanceTargetShape@"),
    Rule("preference over nothing", "Guidance effect=PreferOver", "over", gone, "shape:GuidancePreferenceShape@"),
    Rule("another effect", "Guidance", "effect", to(iri("PreferOver")), "shape:GuidancePreferenceShape@"),
    Rule("another effect", "Guidance !onlyIf", "effect", to(iri("Require")), "shape:GuidanceRequirementShape@"),
    Rule("another effect", "Guidance !closedBy", "effect", to(iri("CloseContaining")), "shape:GuidanceClosureShape@"),
    Rule("recommendation without reading", "Guidance effect=Recommend", "readAs", gone, "check:unread-recommendation"),
    Rule("guidance that supersedes itself", "Guidance", "supersedes", itself, "check:circular-supersession"),
    Rule("circle of supersession", "Guidance", "supersedes", back, "check:circular-supersession"),
    Rule("conflict told by one side", "Guidance", "conflictsWith", peer, "check:one-sided-conflict"),
    Rule("copied sentence", "Guidance", "text", to(f'"{"word " * 81}"@en'), "check:long-text"),
    Rule("copied sentence", "Discrepancy", "doubt", to(f'"{"word " * 81}"@en'), "check:long-text"),
    Rule("resolution without inference", SETTLED, "inference", gone, f"{UNARGUED} check:unargued-resolution"),
    Rule("resolution without inference", SETTLED, "adoptedValue", gone, f"{UNARGUED} check:unargued-resolution"),
    Rule("value of no resolution", OPEN, "adoptedValue", to('"7.6"@en'), UNARGUED),
    Rule("discrepancy without place", "Discrepancy !concerns", "statedIn", gone, "shape:DiscrepancyAddressShape@"),
    Rule("another condition", TOLD, "condition", another, OTHER_CONDITION),
    Rule("regimen without parts", CLOSED, "component", gone, EMPTY),
    Rule("option without place", "TreatmentOption", "order", gone, "shape"),
    Rule("option in the place of another", "TreatmentOption", "order", another, "check:shared-order"),
    Rule("option that is a drug", "Drug", "type", to(*TWO), "shape:TreatmentOptionShape@"),
    Rule("subgroup that is everyone", "Subgroup abnormality", "type", to(iri("Population")), "shape:SubgroupShape@"),
    Rule("shared name", "Endpoint", "altLabel", namesake, "check:shared-name"),
    Rule("shared name", "Trial", "altLabel", namesake, "check:shared-name"),
    Rule("shared name", "AlkylatingAgent", "altLabel", namesake, "check:shared-name"),
    Rule("condition of another kind", "ConditionSet", "ifAll", to(iri("Quoted")), "shape"),
    Rule("condition of another kind", "ConditionSet", "ifNone", to(iri("Quoted")), "shape"),
    Rule("condition of nothing", "StateCondition", "onProperty", gone, "shape"),
    Rule("link to what cannot be", "Drug", "exactMatch", spoilt, "check:malformed-link"),
    Rule("link to what cannot be", "ClinicalCondition", "closeMatch", spoilt, "check:malformed-link"),
    Rule("link to another kind", "Trial", "exactMatch", to(TERM), "check:link-of-another-kind"),
    Rule("link to another kind", "MolecularTarget", "closeMatch", to(TERM), "check:link-of-another-kind"),
    Rule("two exact matches", "Drug", "exactMatch", and_also(TERM), "check:two-exact-matches"),
    Rule("term of another thing", "Drug", "exactMatch", another, "check:shared-exact-match"),
    Rule("one term in two ways", "Drug", "closeMatch", same_as("exactMatch"), "check:two-matches-with-one-term"),
    Rule("link to another record", "Trial registration", "exactMatch", to(RECORD), f"{OTHER_RECORD}@registration"),
    Rule("term without definition", "Class", "definition", gone, "check:unexplained-term"),
    Rule("term without definition", "Statistic", "definition", gone, "shape:VocabularyShape@definition"),
    Rule("key of no kind", KEY, "keyKind", to('"numbr"'), "shape:PatientKeyShape"),
    Rule("key of another bearer", KEY, "bearer", to(iri("Result")), "shape:PatientKeyShape"),
    Rule("key with inverted bounds", "DatatypeProperty maximum", "minimum", plus("1000"), "shape:PatientKeyShape"),
    Rule("choice of nothing", "ObjectProperty valuesFrom key", "valuesFrom", gone, "shape:PatientKeyValuesShape@"),
]


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
    """Yield comparisons whose group is the control arm."""
    controls = graph.things("Arm role=Control")
    for select in (f"{RATIO} comparator", f"{P} comparator"):
        compared = [thing for thing in graph.things(select) if graph.values(thing, "comparator")[0] in controls]
        for thing in varied(compared, select)[:EACH]:
            group, comparator = (graph.values(thing, name)[0] for name in ("group", "comparator"))
            yield Mutant(
                "arms swapped",
                f"arms swapped: {select}",
                frozenset({(thing, iri("group"), group), (thing, iri("comparator"), comparator)}),
                frozenset({(thing, iri("group"), comparator), (thing, iri("comparator"), group)}),
                frozenset({("check:control-arm-hazard-ratio", thing[1:-1], f"{RRMM}group")}),
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
    for number, state in enumerate(varied(states, "bare")[:EACH]):
        other = next(each for each in states if each != state)
        yield Mutant(
            "bare complement",
            "bare complement",
            frozenset((state, iri("equivalentClass"), value) for value in graph.values(state, "equivalentClass")),
            frozenset(
                {(state, iri("equivalentClass"), f"_:bare{number}"), (f"_:bare{number}", iri("complementOf"), other)}
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


def mutants(graph: Graph) -> list[Mutant]:
    """Return every mutant of a graph."""
    makers = (
        misspelt_properties,
        swapped_arms,
        duplicates,
        moved_thresholds,
        unbased_thresholds,
        bare_complements,
        idle_regimens,
        half_withdrawn_things,
    )
    return [
        *(mutant for rule in TABLE for mutant in rule.mutants(graph)),
        *(mutant for maker in makers for mutant in maker(graph)),
    ]
