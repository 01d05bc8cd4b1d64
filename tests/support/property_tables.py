"""The properties of each class that mutants drop, double, misspell or give to another kind of thing."""

from __future__ import annotations

TYPED = (
    "Result Guidance Passage TextSpan PrintedFigure Drug Regimen RegimenVariant DoseSchedule Approval Study Arm "
    "Population Criterion DiagnosticTest ToxicityStatement Discrepancy Reading Caveat Citation Source "
    "Finding NotCovered UnitConversion IntakeRule"
)
REQUIRED = {
    "Result": "label study endpoint statistic group population printedValue printedAt knowledgeLevel statedIn",
    "Guidance": "label modality effect text knowledgeLevel statedIn",
    "Passage": "label ofSource",
    "TextSpan": "start end sha256",
    "PrintedFigure": "exact",
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
    "Discrepancy": "kind severity doubt resolution knowledgeLevel",
    "Decision": "label decides decidedBy decidedValue verdict knowledgeLevel",
    "Finding": "label text direction significance knowledgeLevel statedIn",
    "NotCovered": "label text silentOn silentAbout silentSource knowledgeLevel",
    "Reading": "alternative order text",
    "Citation": "number ofSource",
    "Section": "ofSource",
    "Source": "citedAs published knowledgeEnds disclaimer sha256",
    "Operator": "symbol",
    "ToxicityRelation": "phrase",
    "Publication": "label",
    "Module": "label definition order gathers",
    "LinkedVocabulary": "label curiePrefix namespace identifierPattern namesThingsOf",
    "Dataset": "title creator publisher license disclaimer",
    "Agent": "name",
    "UnitConversion": "unit convertsTo",
    "IntakeRule": "intakePlace intakeMeans",
}
OF_ANOTHER_KIND = {
    "Result": "study endpoint statistic group comparator population printedAt statedIn followUp valueStatus condition "
    "analysis lowerPrintedAt upperPrintedAt copiedAs",
    "Analysis": "lookAt reportedIn",
    "Guidance": "modality effect target over concern statedIn printedAt appliesTo exceptFor evidenceInHighRisk "
    "closedBy readAs supersedes conflictsWith inferredBy basedOnFinding",
    "Passage": "ofSource section span cites citesByContext quotes",
    "Drug": "developmentStatus molecularTarget statedIn",
    "Regimen": "component componentClass statedIn",
    "RegimenVariant": "variantOf",
    "Arm": "regimen role",
    "Study": "arm",
    "DoseSchedule": "ofDrug ofRegimen printedAt",
    "Section": "ofSource within",
    "Citation": "ofSource",
    "Criterion": "defines operator togetherWith",
    "ToxicityStatement": "agent relation condition incidence basedOnFinding",
    "Discrepancy": "kind severity resolution foundBy",
    "Decision": "decides decidedBy verdict",
    "Finding": "study group comparator treatment comparedWith endpoint condition population regardlessOf direction "
    "significance shownBy statedIn",
    "NotCovered": "silentOn silentAbout silentSource",
    "TextSpan": "figure",
    "Publication": "reportsOn completeness",
    "Dataset": "creator publisher theme",
    "Module": "core gathersBelow",
}
ONCE = {
    "Result": "label study endpoint statistic group comparator population value lowerValue upperValue valueStatus "
    "printedValue printedAt unit timepointMonths followUp condition confidenceLower confidenceUpper confidenceLevel "
    "lowerPrintedAt upperPrintedAt analysis sides levelOfEvidence",
    "Guidance": "label modality effect trigger text knowledgeLevel jurisdiction evidenceInHighRisk closedBy",
    "Passage": "section row column line",
    "Decision": "decides decidedValue verdict inference",
    "Publication": "look completeness",
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
    "Discrepancy": "kind severity doubt resolution adoptedValue inference",
    "Finding": "label text study group comparator treatment endpoint condition population direction significance",
    "NotCovered": "label text silentOn",
    "Reading": "order",
    "Section": "within",
    "Citation": "number",
    "Operator": "symbol",
    "ToxicityRelation": "phrase",
    "Module": "definition order",
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
    "Finding": "text grade",
    "NotCovered": "text wordSought",
    "Reading": "text alternative",
    "Source": "citedAs published knowledgeEnds disclaimer notAvailable leavesOut sha256",
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
    "Finding": "printedValue",
    "NotCovered": "order",
    "Module": "symbol",
}
MISSPELT = (
    "Result Guidance Passage TextSpan PrintedFigure Drug Regimen Approval DoseSchedule Study Arm Criterion "
    "DiagnosticTest ToxicityStatement Discrepancy Reading Citation Finding NotCovered"
)


TWINS = {
    "Result": "check:duplicate-result@statedIn check:shared-name@label",
    **dict.fromkeys(("Guidance", "Criterion", "ToxicityStatement", "Finding"), "check:duplicate-statement@statedIn"),
    **dict.fromkeys(
        ("Drug", "Regimen", "Endpoint", "Trial", "Discrepancy", "Citation", "NotCovered"), "check:shared-name@label"
    ),
}
