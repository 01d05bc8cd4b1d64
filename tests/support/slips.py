"""Plausible slips of a careless curator: changes of the Turtle that parse, keep the shapes, and decide options.

A slip changes the block of one thing: a text in it becomes another, or the block is lost. Blocks are
compared with each run of white space as one space.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from support import ROOT

OPERANDS = ("unionOf", "intersectionOf")


@dataclass(frozen=True)
class Slip:
    """One slip: its kind, the thing as in Turtle, and what becomes of its block; nothing is left without `old`.

    It shows at the thing, or where it takes effect (`at`).
    """

    kind: str
    thing: str
    old: str = ""
    new: str = ""
    at: str = ""

    @property
    def name(self) -> str:
        """What tells the slip from the others."""
        return f"{self.kind}: {self.thing} {self.old} → {self.new}"

    @property
    def file(self) -> Path:
        """The file in which the thing stands."""
        return files()[self.thing]

    def apply(self, text: str) -> str:
        """Return the text of the file with the slip; fails when the slip befalls nothing."""
        block = re.search(rf"(?m)^{re.escape(self.thing)}\n.*?^\.$\n?", text, re.DOTALL)
        assert block, self.name
        if not self.old:
            return text[: block.start()] + text[block.end() :]
        flat = re.sub(r"\s+", " ", block[0])
        assert self.old in flat, self.name
        return text[: block.start()] + flat.replace(self.old, self.new, 1) + "\n" + text[block.end() :]


@cache
def files() -> dict[str, Path]:
    """Return each thing as in Turtle → the file in which it stands."""
    places = {}
    for path in sorted([*(ROOT / "ontology").rglob("*.ttl"), *(ROOT / "data").rglob("*.ttl")]):
        for thing in re.findall(r"(?m)^([\w-]+:[\w.-]+)$", path.read_text(encoding="utf-8")):
            places.setdefault(thing, path)
    return places


def of(kind: str, *rows: tuple[str, ...]) -> list[Slip]:
    """Return the slips of one kind."""
    return [Slip(kind, *row) for row in rows]


KRD, KD, DVD = "guidance:bortezomib-refractory-krd", "guidance:lenalidomide-refractory-kd", "guidance:dvd-over-vd"

SLIPS = [
    *of(
        "wrong drug in a regimen",
        ("regimen:kd", "drug:dexamethasone", "drug:lenalidomide"),
        ("regimen:vd", "drug:bortezomib", "drug:carfilzomib"),
        ("regimen:ctd", "drug:thalidomide", "drug:lenalidomide"),
        ("regimen:dcep", "drug:cisplatin", "drug:carfilzomib", "guidance:avoid-refractory-drug"),
        ("regimen:mtp", "drug:prednisolone", "drug:prednisone"),
    ),
    *of(
        "drug missing in a regimen",
        ("regimen:krd", "drug:lenalidomide , ", ""),
        ("regimen:dara-kd", "drug:carfilzomib , ", ""),
        ("regimen:td-pace", "drug:cisplatin , ", ""),
        ("regimen:pcd", "drug:cyclophosphamide , ", ""),
    ),
    *of(
        "drug too many in a regimen",
        ("regimen:ird", "drug:lenalidomide , ", "drug:lenalidomide , drug:daratumumab , "),
        ("regimen:dara-monotherapy", "drug:daratumumab ;", "drug:daratumumab , drug:dexamethasone ;"),
        ("regimen:pd", "drug:pomalidomide , ", "drug:pomalidomide , drug:cyclophosphamide , "),
    ),
    *of(
        "drug in another class",
        ("drug:carfilzomib", "rrmm:ProteasomeInhibitor", "rrmm:ImmunomodulatoryDrug"),
        ("drug:thalidomide", "rrmm:ImmunomodulatoryDrug", "rrmm:AlkylatingAgent"),
        ("drug:elotuzumab", "rrmm:AntiSLAMF7Antibody", "rrmm:AntiCD38Antibody"),
        ("drug:marizomib", "rrmm:ProteasomeInhibitor", "rrmm:HDACInhibitor", "rrmm:PIRefractory"),
        ("drug:vincristine", "rrmm:VincaAlkaloid", "rrmm:Anthracycline"),
    ),
    *of(
        "class under another class",
        (
            "rrmm:Anthracycline",
            "rdfs:subClassOf rrmm:Drug",
            "rdfs:subClassOf rrmm:ProteasomeInhibitor",
            "drug:doxorubicin",
        ),
        (
            "rrmm:AntiCD38Antibody",
            "rdfs:subClassOf rrmm:MonoclonalAntibody",
            "rdfs:subClassOf rrmm:AntibodyDrugConjugate",
        ),
        (
            "rrmm:PanHDACInhibitor",
            "rdfs:subClassOf rrmm:HDACInhibitor",
            "rdfs:subClassOf rrmm:XPO1Inhibitor",
            "drug:panobinostat",
        ),
    ),
    *of(
        "wrong route",
        ("drug:carfilzomib", '"intravenous"', '"oral"'),
        ("drug:ixazomib", '"oral"', '"intravenous"'),
        ("drug:bortezomib", '"subcutaneous"', '"oral"'),
        ("drug:carfilzomib.dose-once-weekly-c1", '"intravenous"', '"subcutaneous"'),
    ),
    *of(
        "wrong generation",
        ("drug:carfilzomib", '"second-generation"', '"first"'),
        ("drug:thalidomide", '"first"', '"second-generation"'),
    ),
    *of(
        "wrong unit",
        ("drug:carfilzomib.dose-once-weekly-later", '"mg/m2"', '"mg"'),
        ("drug:dexamethasone.dose-40-weekly", '"mg/wk"', '"mg/d"'),
        ("trial:endeavor.orr-kd", 'rrmm:unit "%"', 'rrmm:unit "mo"'),
        ("criterion:frail-egfr", '"mL/min/{1.73_m2}"', '"mg/dL"'),
    ),
    *of(
        "wrong development status",
        ("drug:isatuximab", "rrmm:Investigational", "rrmm:Approved"),
        ("drug:carfilzomib", "rrmm:Approved", "rrmm:Investigational"),
        ("drug:dexamethasone", "rrmm:Conventional", "rrmm:Approved"),
    ),
    *of(
        "another effect",
        (KRD, "rrmm:Recommend", "rrmm:Exclude"),
        (KD, "rrmm:Recommend", "rrmm:Support"),
        (DVD, "rrmm:Support", "rrmm:Recommend"),
        ("guidance:carfilzomib-monotherapy-avoid", "rrmm:Avoid", "rrmm:Support"),
        ("guidance:panobinostat-korea-not-approved", "rrmm:Exclude", "rrmm:Avoid"),
        ("guidance:renal-lenalidomide-dose", "rrmm:ReduceDose", "rrmm:RaiseCaution"),
        ("guidance:start-clinical-relapse", "rrmm:StartTreatment", "rrmm:StartImmediately"),
        ("guidance:avoid-refractory-drug", "rrmm:CloseContaining", "rrmm:DiscourageContaining"),
    ),
    *of(
        "another condition",
        ("guidance:bortezomib-refractory-ird", "rrmm:BortezomibRefractory", "rrmm:LenalidomideRefractory"),
        ("guidance:double-refractory-pd", "rrmm:DoubleRefractory", "rrmm:TripleClassRefractory"),
        ("guidance:cardiac-carfilzomib", "rrmm:WithCardiacDisease", "rrmm:WithRenalImpairment"),
        ("guidance:frail-reduce-dose", "rrmm:ElderlyOrFrail", "rrmm:VeryElderlyOrFrail"),
        ("guidance:immediate-high-risk-cytogenetics", "rrmm:AnyRelapse", "rrmm:ClinicalRelapse"),
        ("guidance:allosct-requires-fit", "rrmm:onlyIf rrmm:Fit", "rrmm:onlyIf rrmm:TransplantEligible"),
    ),
    *of(
        "condition dropped",
        ("guidance:bortezomib-refractory-drd", "rrmm:appliesTo rrmm:BortezomibRefractory ; ", ""),
        ("guidance:thrombosis-imid", "rrmm:appliesTo rrmm:WithThrombosis ; ", ""),
        ("guidance:pcd-over-pd", ", rrmm:HeavilyPretreated ;", ";"),
        ("guidance:start-imwg-met", ", rrmm:MeetingImwgCriteria ;", ";"),
    ),
    *of(
        "another target",
        ("guidance:bortezomib-refractory-erd", "rrmm:target regimen:erd", "rrmm:target regimen:kd"),
        ("guidance:double-refractory-pcd", "rrmm:target regimen:pcd", "rrmm:target regimen:pvd"),
        ("guidance:neuropathy-thalidomide", "drug:thalidomide", "drug:lenalidomide"),
        ("guidance:panobinostat-toxicity", "regimen:pano-vd", "regimen:dvd"),
        ("guidance:renal-ixazomib-dose", "drug:ixazomib", "drug:bortezomib"),
        ("guidance:vtd-over-td-after-autosct", "rrmm:over regimen:td", "rrmm:over regimen:vd"),
    ),
    *of(
        "another modality",
        ("guidance:bortezomib-refractory-rd", "rrmm:Should", "rrmm:May"),
        ("guidance:double-refractory-dara-monotherapy", "rrmm:modality rrmm:Can", "rrmm:modality rrmm:Should"),
        ("guidance:watch-below-imwg", "rrmm:modality rrmm:May", "rrmm:modality rrmm:Required"),
    ),
    *of(
        "another concern",
        ("guidance:cardiac-anthracycline", "condition:cardiotoxicity", "condition:neurotoxicity"),
        ("guidance:diabetes-corticosteroid", "condition:glucose-intolerance", "condition:infection"),
        ("guidance:lenalidomide-nerve-marrow", "condition:bone-marrow-toxicity", "condition:thrombosis"),
    ),
    *of(
        "another jurisdiction",
        ("guidance:selinexor-us-approval", '"US"', '"KR"'),
        ("guidance:hira-approvals", 'rrmm:jurisdiction "KR" ; ', ""),
    ),
    *of(
        "exception lost",
        ("guidance:avoid-refractory-drug", "rrmm:exceptFor rrmm:Corticosteroid ; ", ""),
        ("guidance:offer-retreatment", "rrmm:exceptFor rrmm:Corticosteroid ; ", ""),
    ),
    *of(
        "another passage",
        ("guidance:bortezomib-refractory-kd", "br2020.strategy-33497-34275", "br2020.strategy-33440"),
        (
            "guidance:neuropathy-vincristine",
            "source:br2020.comorbidities",
            "source:br2020.strategy-33100 , source:br2020.comorbidities",
        ),
    ),
    *of(
        "text negated",
        ("guidance:lenalidomide-refractory-vd", "Vd should be given", "Vd should not be given"),
        ("guidance:lenalidomide-refractory-dvd", "should be given", "should never be given"),
        ("guidance:retreat-deep-frontline", "can be given again", "cannot be given again"),
        ("guidance:immediate-aggressive", "should be treated", "should not be treated"),
        ("guidance:work-up-serum-ldh", "should include", "should not include"),
    ),
    *of(
        "text of another target",
        ("guidance:kd-over-vd", "Kd significantly improved", "KRd significantly improved"),
        ("guidance:erd-over-rd", "ERd was significantly better", "IRd was significantly better"),
    ),
    *of(
        "guidance removed",
        ("guidance:retreatment-less-intense",),
        ("guidance:thrombosis-monitor",),
        ("guidance:work-up-urine-total-protein",),
        ("guidance:dara-irr-first-infusion",),
    ),
    *of(
        "and for or in a state",
        ("rrmm:VeryElderlyOrFrail", *OPERANDS),
        ("rrmm:DoubleRefractory", *OPERANDS[::-1]),
        ("rrmm:LowEgfrWithoutDiagnosis", *OPERANDS[::-1]),
        ("rrmm:WithOtherCardiovascularDisease", *OPERANDS),
        ("rrmm:AnyRelapse", *OPERANDS),
        ("rrmm:LateRelapseAfterAutoSct", *OPERANDS[::-1]),
    ),
    *of(
        "another definition of a state",
        ("rrmm:TripleClassRefractory", "drug:daratumumab", "drug:elotuzumab"),
        ("rrmm:Elderly", "xsd:minInclusive 75.0", "xsd:minInclusive 70.0"),
        ("rrmm:TreatedInKorea", 'owl:hasValue "KR"', 'owl:hasValue "US"'),
    ),
    *of(
        "abnormality that is high-risk or not",
        ("cytogenetics:t-14-16", "rrmm:HighRiskAbnormality", "rrmm:CytogeneticFinding", "rrmm:HighRiskCytogenetics"),
        (
            "cytogenetics:standard-risk",
            "rrmm:CytogeneticFinding",
            "rrmm:HighRiskAbnormality",
            "rrmm:HighRiskCytogenetics",
        ),
    ),
    *of(
        "subgroup of another abnormality",
        ("trial:endeavor.subgroup-del17p", "cytogenetics:del17p", "cytogenetics:t-4-14"),
        ("trial:aspire.subgroup-t-4-14", "cytogenetics:t-4-14", "cytogenetics:high-risk"),
    ),
    *of(
        "label against parts",
        ("trial:endeavor.pfs-kd", '"Median PFS, Kd, ENDEAVOR', '"Median PFS, Vd, ENDEAVOR'),
        ("trial:endeavor.arm-vd", '"Vd, ENDEAVOR"', '"Pd, ENDEAVOR"'),
        ("trial:aspire.pfs-del17p-krd", "del(17p)", "t(4;14)"),
        ("trial:endeavor.vgpr-kd", "Rate of", "Median"),
        ("trial:pollux.subgroup-high-risk", '"all high-risk"', '"standard-risk"'),
        ("trial:castor.arm-dvd", "CASTOR", "POLLUX"),
    ),
    *of(
        "another section",
        ("source:br2020.strategy-33440", "section-strategy", "section-timing"),
        ("source:br2020.carfilzomib-17350", "section-carfilzomib", "section-ixazomib"),
    ),
    *of(
        "another citation",
        ("source:br2020.carfilzomib-17350", "source:br2020.ref-", "source:br2020.ref-1 , source:br2020.ref-"),
        ("source:br2020.age-and-frailty-3725", "source:br2020.ref-6", "source:br2020.ref-66"),
    ),
    *of(
        "discrepancy deleted",
        ("discrepancy:tourmaline-orr-control-arm",),
        ("discrepancy:pollux-high-risk-p",),
    ),
    *of(
        "rejected value adopted",
        (
            "discrepancy:tourmaline-orr-control-arm",
            "adopts trial:tourmaline-mm1.orr-ird-text",
            "adopts trial:tourmaline-mm1.orr-ird",
        ),
        ("discrepancy:tourmaline-orr-control-arm", '"78% (IRd); 72% is the Rd control arm"', '"72% (IRd)"'),
    ),
    *of(
        "another setting",
        (
            "guidance:pcd-lenalidomide-refractory",
            "rrmm:inSetting rrmm:LenalidomideRefractory",
            "rrmm:inSetting rrmm:BortezomibRefractory",
        ),
        ("guidance:selinexor-triple-class", "rrmm:TripleClassRefractory", "rrmm:DoubleRefractory"),
        ("guidance:aggressive-dcep", "rrmm:AggressiveRelapse", "rrmm:AcuteOnset"),
        ("trial:endeavor.all", "rrmm:PriorLines1To2", "rrmm:PriorLines1To3"),
    ),
    *of(
        "in favour of another option",
        ("guidance:krd-over-rd-os", "inFavourOf regimen:krd", "inFavourOf regimen:rd"),
        ("guidance:pld-v-over-bortezomib", "inFavourOf regimen:pld-v", "inFavourOf regimen:bortezomib-monotherapy"),
    ),
    *of(
        "another direction",
        ("finding:endeavor.pfs", "rrmm:Favours", "rrmm:Disfavours"),
        ("finding:castor.any-subgroup", "rrmm:Favours", "rrmm:NoDifference"),
        ("finding:panorama-1.os", "rrmm:NoDifference", "rrmm:Favours"),
        ("finding:tourmaline-mm1.skin-rash", "rrmm:Disfavours", "rrmm:Favours"),
    ),
    *of(
        "another significance",
        ("finding:endeavor.os", "rrmm:Significant ", "rrmm:NotSignificant "),
        ("finding:aspire.pfs", "rrmm:SignificanceNotStated", "rrmm:Significant"),
        ("finding:aspire.high-risk", "rrmm:NotSignificant", "rrmm:Significant"),
    ),
    *of(
        "another severity",
        ("discrepancy:castor-high-risk-control-better-than-all", "rrmm:Editorial", "rrmm:Decisive"),
        ("discrepancy:pollux-high-risk-p", "rrmm:Decisive", "rrmm:Editorial"),
    ),
]
