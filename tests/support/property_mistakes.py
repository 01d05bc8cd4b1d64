"""The mistakes in one property that mutants make: one row a mistake, with the guards that must report it."""

from __future__ import annotations

from collections.abc import Iterator

from rrmm.iris import ID
from support.finding_mistakes import FINDINGS
from support.mutants import Change, Rule, iri
from support.name_mistakes import NAMES
from support.property_tables import AS_NUMBER, NAMED, OF_ANOTHER_KIND, ONCE, REQUIRED, TYPED
from support.publication_mistakes import PLACE, PUBLICATIONS
from support.setting_mistakes import SETTINGS
from support.value_mistakes import (
    TERM,
    and_also,
    another,
    back,
    bare,
    capital,
    cut,
    dangling,
    foreign,
    german,
    gone,
    itself,
    lengthened,
    namesake,
    number,
    ongoing,
    other_look,
    peer,
    plus,
    quoted,
    same_as,
    second_term,
    spoilt,
    to,
    twice,
    uncontrolled,
    worse,
)

FEW = 3
UNDECLARED = "check:undeclared-property"


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
ORR, ENDS = "Result statistic=Rate endpoint=overall-response-rate", "Result lowerValue statistic=Range"
LATER = "Result statistic=FollowUpTime updates"
OTHER_RECORD = "check:registration-against-link"
RECORD = "<https://www.clinicaltrials.gov/study/NCT00000000>"
MEDIAN, PERCENT = "Result statistic=Median unit=mo", "Result unit=%"
IMID, BENDAMUSTINE, MTP = iri("ImmunomodulatoryDrug"), f"<{ID}drug/bendamustine>", f"<{ID}regimen/mtp>"
HELD, SHOULD, EQUAL = (
    "Drug developmentStatus=Investigational",
    "Guidance modality=Should",
    "Finding direction=NoDifference",
)
SPANLESS = f"{PLACE} check:spanless-passage"
NAMED_REGIMEN, DENIED = "Guidance effect=Recommend modality=Should", "check:text-against-effect"
OTHER_DRUGS = "check:name-against-components"

TABLE = [
    *SETTINGS,
    *FINDINGS,
    *NAMES,
    *PUBLICATIONS,
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
    Rule("interval changed against print", "Result", "confidenceLower", plus("-0.01"), "check:interval-against-print"),
    Rule("interval changed against print", "Result", "confidenceUpper", plus("0.01"), "check:interval-against-print"),
    Rule("interval beside its number", "Result value", "confidenceLower", plus("9"), "check:value-outside-interval"),
    Rule("end of another passage", "Result", "lowerPrintedAt", another, "check:figure-of-another-passage"),
    Rule("end without figure", "Result confidenceLower", "upperPrintedAt", gone, "shape:IntervalShape"),
    Rule("look at another study", "Result", "analysis", other_look, "check:look-at-another-study"),
    Rule("update of another measurement", "Result", "updates", another, "check:update-of-another-measurement"),
    Rule("update by an earlier look", LATER, "value", to(number("0.1")), "check:update-by-an-earlier-look@updates"),
    Rule("record of nothing", "Publication listedAs !reportsOn", "listedAs", gone, "shape:PublicationRecordShape@"),
    Rule("test of three sides", "Result", "sides", to(number(3, "integer"))),
    Rule("inverted range", "Result", "lowerValue", plus("900"), "check:inverted-range shape"),
    Rule("print changed", "Result", "printedValue", another, "check:misquoted-value"),
    Rule("print changed", "Criterion", "printedValue", another, "check:misquoted-value"),
    Rule("print of another place", "Result", "printedAt", another, "check:unaddressed-figure"),
    Rule("print of another place", "Guidance", "printedAt", another, "check:unaddressed-figure"),
    Rule("number and reason", "Result value", "valueStatus", to(iri("NotReached")), "shape:ResultNumberShape@"),
    Rule("neither number nor reason", "Result value", "value", gone, "shape:ResultNumberShape@"),
    Rule("range with one end", "Result lowerValue", "lowerValue", gone, "shape:ResultRangeShape@"),
    Rule("range of one number", "Result statistic=Median", "statistic", to(iri("Range")), "check:range-without-bounds"),
    Rule("number of two ends", ENDS, "statistic", to(iri("Median")), "check:range-without-bounds"),
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
    Rule("unit dropped", f"{ORR} unit", "unit", gone, "shape:ShareShape@ check:unitless-result"),
    Rule("unit dropped", "Criterion value", "unit", gone, "shape:CriterionNumberShape@"),
    Rule("unit dropped", "DoseSchedule amount", "unit", gone, "shape:DoseAmountShape@"),
    Rule("print of another unit", f"{MEDIAN} !printedUnit", "printedUnit", to('"%"'), "check:unit-differs-from-print"),
    Rule("ratio that favours the comparator", RATIO, "value", worse, "check:hazard-ratio-above-one"),
    Rule("threshold dropped", "Criterion operator !thresholdWord", "value", gone, "shape:CriterionThresholdShape@"),
    Rule("span without figures", "TextSpan", "figure", gone, "", "check:unused-address"),
    Rule("passage without span", "Passage span", "span", gone, SPANLESS, "check:unused-address"),
    Rule("passage without section", "Passage", "section", gone, f"{PLACE} check:sectionless-passage"),
    Rule("cell without row", "Passage row", "row", gone, "shape:TableCellShape@"),
    Rule("cell without column", "Passage column", "column", gone, "shape:TableCellShape@"),
    Rule("span that ends before it starts", "TextSpan", "start", plus("100000"), "check:inverted-span shape"),
    Rule("span that ends before it starts", "PrintedFigure", "start", plus("100000"), "check:inverted-span shape"),
    Rule("span moved", "TextSpan", "start", plus("1"), "check:misnamed-address"),
    Rule("figure outside its passage", "TextSpan", "figure", another, "check:figure-outside-span"),
    Rule("figure of another length", "PrintedFigure start", "exact", lengthened, "check:misfitting-figure"),
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
    Rule("two exact matches", "Drug", "exactMatch", second_term, "check:two-exact-matches"),
    Rule("term of another thing", "Drug", "exactMatch", another, "check:shared-exact-match"),
    Rule("one term in two ways", "Drug", "closeMatch", same_as("exactMatch"), "check:two-matches-with-one-term"),
    Rule("link to another record", "Trial registration", "exactMatch", to(RECORD), f"{OTHER_RECORD}@registration"),
    Rule("term without definition", "Class", "definition", gone, "check:unexplained-term"),
    Rule("term without definition", "Statistic", "definition", gone, "shape:VocabularyShape@definition"),
    Rule("effect that gives what is no status", "Effect gives", "gives", to(iri("Quoted")), "shape:EffectShape"),
    Rule("status without a word", "OptionStatus", "word", gone, "shape:OptionStatusShape"),
    Rule("key of no kind", KEY, "keyKind", to('"numbr"'), "shape:PatientKeyShape"),
    Rule("key of another bearer", KEY, "bearer", to(iri("Result")), "shape:PatientKeyShape"),
    Rule("key with inverted bounds", "DatatypeProperty maximum", "minimum", plus("1000"), "shape:PatientKeyShape"),
    Rule("choice of nothing", "ObjectProperty valuesFrom key", "valuesFrom", gone, "shape:PatientKeyValuesShape@"),
    Rule(
        "drug of another class",
        "ProteasomeInhibitor generation",
        "drugClass",
        and_also(IMID),
        "check:class-against-link",
    ),
    Rule(
        "drug too many",
        "Regimen altLabel component",
        "component",
        and_also(BENDAMUSTINE),
        "check:name-against-components",
    ),
    Rule("another route", "ProteasomeInhibitor route", "route", to('"rectal"'), "check:route-against-words"),
    Rule("another unit", "DoseSchedule amount", "unit", to('"mg/kg"'), "check:unit-against-label"),
    Rule("another unit", "Criterion unit=mL/min/{1.73_m2}", "unit", to('"mg/dL"'), "check:unit-against-key"),
    Rule("another status", HELD, "developmentStatus", to(iri("Approved")), "check:status-against-guidance"),
    Rule("another modality", SHOULD, "modality", to(iri("Could")), "check:modality-against-words"),
    Rule("text denied", "Guidance effect=Recommend", "text", to('"Not so: it should not be given."@en'), DENIED),
    Rule(
        "text of another target", NAMED_REGIMEN, "text", to('"MTP should be given."@en'), "check:text-of-another-target"
    ),
    Rule("target not named", NAMED_REGIMEN, "target", to(MTP), "check:target-without-name"),
    Rule("label of other parts", "Arm", "label", to('"arm"@en'), "check:label-against-parts"),
    Rule("label of other parts", "Result", "label", to('"result"@en'), "check:label-against-parts"),
    Rule("another section", "Passage", "section", another, "check:section-against-name"),
    Rule("another direction", EQUAL, "direction", to(iri("Favours")), "check:direction-against-words"),
    Rule("another setting", "Guidance inSetting", "inSetting", to(iri("AcuteOnset")), "check:setting-against-words"),
    Rule("word as name", "Modality saidBy", "saidBy", to(iri("Quoted")), "shape:VocabularyShape"),
]
