"""The mistakes in settings, populations, favour, doses, like measurements and evidence of an abnormality."""

from __future__ import annotations

from support.finding_mistakes import THINGS
from support.mutants import Rule, iri
from support.value_mistakes import another, foreign, gone, number, to, unlinked

ELSEWHERE, RANGE = f"{THINGS}trial/apollo.all>", f"{THINGS}trial/pollux.prior-lines-range-drd>"
SELINEXOR, T1416 = f"{THINGS}drug/selinexor>", f"{THINGS}cytogenetics/t-14-16>"
FAVOUR, SEEN = "Guidance effect=Support inFavourOf", "Guidance inPopulation inFavourOf"
LINKED = "Result sameMeasurementAs"
UNTESTED = "AbnormalityEvidence printedEvidence=FigureWithoutTest"
SETTINGS = [
    Rule("state that is none", "Guidance", "inSetting", to(iri("Drug")), "check:unknown-state shape"),
    Rule("state that is none", "Population", "inSetting", to(iri("Drug")), "check:unknown-state shape"),
    Rule("state that is none", "DoseSchedule", "inSetting", to(iri("Drug")), "check:unknown-state shape"),
    Rule("favour of nothing", "Guidance effect=Recommend", "inFavourOf", gone, "check:recommendation-of-no-option"),
    Rule("favour of another option", FAVOUR, "inFavourOf", another, "check:favour-of-another-target"),
    Rule("favour of what is avoided", FAVOUR, "effect", to(iri("Avoid")), "check:favour-against-effect@inFavourOf"),
    Rule("favour of another study", SEEN, "inPopulation", to(ELSEWHERE), "check:favour-without-arm@inFavourOf"),
    Rule("another drug", "Approval inFavourOf", "ofDrug", to(SELINEXOR), "check:approval-of-another-drug@inFavourOf"),
    Rule("approval without condition", "Approval inFavourOf", "inSetting", gone, "shape:ApprovalSettingShape@"),
    Rule("population of another study", "Population", "ofStudy", foreign, "check:population-of-another-study"),
    Rule("population of another study", "Subgroup", "subgroupOf", foreign, "check:population-of-another-study"),
    Rule("population without passage", "Population inSetting", "statedIn", gone, "shape:PopulationAddressShape@"),
    Rule("part of nothing", "Subgroup", "subgroupOf", gone, "shape:SubgroupOfShape"),
    Rule("part in no state", "Subgroup", "inSetting", gone, "shape:SubgroupOfShape"),
    Rule("another state", "Subgroup abnormality", "inSetting", to(iri("Frail")), "check:state-of-another-abnormality"),
    Rule("another range", "Population inSetting=PriorLines1To3", "inSetting", gone, "check:range-without-setting"),
    Rule("another range", "Class basedOn readAs", "basedOn", to(RANGE), "check:state-against-range"),
    Rule("another variant", "Arm givenAs", "givenAs", another, "check:variant-of-another-regimen"),
    Rule("another drug", "DoseSchedule ofRegimen", "ofDrug", to(SELINEXOR), "check:dose-of-another-regimen@ofRegimen"),
    Rule("another day", "DoseSchedule onDay", "onDay", to(number(9, "integer")), "check:schedule-against-words"),
    Rule("another measurement", LINKED, "sameMeasurementAs", foreign, "check:unlike-same-measurement"),
    Rule("measurement twice", f"{LINKED} value", "sameMeasurementAs", unlinked, "check:unlinked-same-measurement"),
    Rule("required property dropped", "AbnormalityEvidence", "printedEvidence", gone),
    Rule(
        "another verdict", UNTESTED, "printedEvidence", to(iri("SignificantPrinted")), "check:evidence-against-p-value"
    ),
    Rule("another abnormality", UNTESTED, "inAbnormality", another, "check:evidence-of-another-abnormality@restsOn"),
    Rule(
        "abnormality not judged", "Subgroup abnormality", "abnormality", to(T1416), "check:abnormality-without-evidence"
    ),
]
