"""Patient files in the words that people use: what is taken, what is kept beside, what is refused."""

from __future__ import annotations

import pytest

from rrmm.cli.main import main
from rrmm.errors import PatientError, QueryError
from rrmm.iris import ID, RRMM
from rrmm.patient.naming import lexicon, translate
from rrmm.patient.resolve import resolve

COMORBIDITY = RRMM + "comorbidity"


@pytest.fixture(scope="module")
def rule_base(kg):
    """Return the rule base of this checkout."""
    return kg.rule_base


def drugs(rule_base, *entries):
    """Return the prior drugs of a file: their labels and lines."""
    patient = resolve({"prior_drugs": list(entries)}, rule_base)
    line = RRMM + "treatmentLine"
    return [
        (one.label or rule_base.label(one.drug), max(one.facts[line].certain) if line in one.facts else None)
        for one in patient.treatments or []
    ]


def test_a_narrower_name_is_taken_and_kept(rule_base):
    """The fact says what was said and what it was read as; the grade of the words is read."""
    patient = resolve({"comorbidities": ["CKD stage 3", "HTN", "neuropathy grade 2"]}, rule_base)
    assert set(patient.facts[COMORBIDITY].facts.values()) == {
        "comorbidities: CKD stage 3, read as renal impairment",
        "comorbidities: HTN, read as hypertension",
        "comorbidities: neuropathy grade 2, read as peripheral neuropathy, grade 2",
    }


def test_a_label_stays_as_it_is(rule_base):
    """What the graph calls so is no reading of anything."""
    document = {"comorbidities": ["hypertension"], "prior_drugs": [{"drug": "bortezomib", "line": 1}]}
    assert translate(document, rule_base) == (document, [])


def test_what_no_source_knows_is_echoed(rule_base):
    """A true word is recognised and not covered; a drug of no source has its line and closes nothing."""
    patient = resolve(
        {
            "comorbidities": ["obesity"],
            "cytogenetics": ["1q21+"],
            "prior_drugs": [{"drug": {"other": "pill"}, "line": 2}],
        },
        rule_base,
    )
    assert patient.not_covered == ["obesity", "gain(1q)", "pill"]
    assert drugs(rule_base, {"drug": {"other": "pill"}, "line": 2}) == [("pill", 2.0)]


def test_a_regimen_stands_for_its_drugs(rule_base):
    """An entry without a drug is one of each drug; what is said of a drug in that line comes first."""
    given = drugs(rule_base, {"regimen": "VRd", "line": 1}, {"drug": "Velcade", "line": 1, "toxicity": "unacceptable"})
    assert sorted(given) == [("bortezomib", 1.0), ("dexamethasone", 1.0), ("lenalidomide", 1.0)]
    assert ("teclistamab", 3.0) in drugs(rule_base, {"regimen": "teclistamab + Dara", "line": 3})
    assert len(drugs(rule_base, "CyBorD")) == 3


def test_a_regimen_beside_a_drug_is_free_text(rule_base):
    """Free text is no error; a regimen of the graph must have the drug."""
    assert drugs(rule_base, {"drug": "bortezomib", "regimen": "study arm 3"}) == [("bortezomib", None)]
    with pytest.raises(PatientError, match="has no carfilzomib"):
        resolve({"prior_drugs": [{"drug": "carfilzomib", "regimen": "RVD"}]}, rule_base)


def test_a_class_is_one_of_its_drugs(kg):
    """Refractory to one of a class: which is not known, so that each of its drugs may be the one."""
    report = kg.regimens_for({"prior_drugs": [{"class": "CD38 mAb", "status": "refractory", "line": 1}]})
    assert [course["drug"] for course in report.to_dict()["history"]] == ["anti-CD38 antibody"]
    assert report.option("DRd")["status"] == "undetermined"
    assert report.option("Kd")["status"] != "undetermined"


def test_what_is_absent_leaves_the_rest_unknown(rule_base):
    """A list of absences alone says nothing of the rest; beside a positive entry it is complete."""
    alone = resolve({"comorbidities": [{"name": "HTN", "present": False}]}, rule_base).facts[COMORBIDITY]
    beside = resolve({"comorbidities": ["CKD", {"name": "HTN", "present": False}]}, rule_base).facts[COMORBIDITY]
    assert f"{ID}condition/heart-failure" in alone.possible
    assert f"{ID}condition/hypertension" not in alone.possible
    assert beside.possible == frozenset()
    with pytest.raises(PatientError, match="hypertension is said to be there and to be absent"):
        resolve({"comorbidities": ["HTN", {"name": "hypertension", "present": False}]}, rule_base)


def test_a_list_that_is_not_complete(rule_base, kg):
    """The entry `rest unknown` leaves open what a list does not name, prior drugs too."""
    listed = resolve({"comorbidities": ["CKD", "rest unknown"]}, rule_base).facts[COMORBIDITY]
    assert f"{ID}condition/heart-failure" in listed.possible
    document = {"prior_drugs": [{"drug": "bortezomib", "status": "refractory"}, "rest unknown"]}
    assert kg.regimens_for(document).option("Rd")["status"] == "undetermined"
    assert kg.regimens_for(document).option("Vd")["status"] == "excluded"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"prior_drugs": ["Cyclo"]}, "ambiguous.*could be ciclosporin or cyclophosphamide"),
        ({"prior_drugs": ["bortezomb"]}, "Did you mean bortezomib"),
        ({"prior_drugs": ["ASCT"]}, "not a drug. See the key transplant"),
        ({"prior_drugs": [{"regimen": "BPd", "line": 1}]}, "ambiguous"),
        ({"prior_drugs": [{"regimen": "induction", "line": 1}]}, "which drugs is not said"),
        ({"prior_drugs": [{"class": "banana"}]}, "unknown class of drugs"),
        ({"prior_drugs": [{"drug": {"other": ""}}]}, "takes a name"),
        ({"comorbidities": ["high sugar"]}, "ambiguous: a measured value"),
        ({"comorbidities": ["hypertention"]}, "Did you mean hypertension"),
        ({"comorbidities": [{"name": "HTN", "present": "no"}]}, "takes true or false"),
        ({"cytogenetics": ["normal karyotype"]}, "ambiguous"),
        ({"prior_drugs": [{"drug": "bortezomib", "best_response": "remission"}]}, "could be CR or PR"),
    ],
)
def test_refuses(rule_base, document, message):
    """An ambiguous name is refused with what it could be, a slip with what is near; never a guess."""
    with pytest.raises(PatientError, match=message):
        resolve(document, rule_base)


def test_an_unknown_name_is_not_answered_by_the_alphabet(rule_base):
    """Where nothing is near, no list of arbitrary names follows."""
    with pytest.raises(PatientError) as caught:
        resolve({"prior_drugs": ["xyzzyx"]}, rule_base)
    assert "bendamustine" not in str(caught.value)


def test_flags_take_names(capsys):
    """A regimen or a class can be given by a flag, and so can what is absent."""
    flags = ["--refractory", "VRd", "--exposed", "anti-CD38 antibody", "--no-comorbidity", "HTN"]
    assert main(["regimens", *flags]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "bortezomib refractory · dexamethasone refractory · lenalidomide refractory" in shown
    assert "anti-CD38 antibody exposed" in shown


def test_questions_and_descriptions_take_names(kg):
    """A brand names the drug in `show` and in the parameters of questions; an ambiguous name is refused."""
    assert kg.names.find("Velcade") == f"{ID}drug/bortezomib"
    assert kg.names.find("HTN", RRMM + "ClinicalCondition") == f"{ID}condition/hypertension"
    with pytest.raises(QueryError, match="ambiguous"):
        kg.names.find("high sugar")


def test_what_if_of_a_regimen_gives_a_patch(kg):
    """The patch of a file with names is in labels, and can be read again."""
    report = kg.regimens_for({"prior_drugs": [{"regimen": "RVD", "line": 1}]}, what_if=True).to_dict()
    patches = [change["patch"] for option in report["options"] for change in option["would_change_if"]]
    assert patches
    assert all(type(word) is str for patch in patches for word in patch)


@pytest.mark.parametrize("entry", [{"class": "anti-CD38"}, {"drug": {"class": "anti-CD38"}}])
def test_a_class_stands_beside_or_in_place_of_a_drug(entry, kg):
    """Both forms of a class are one of its drugs; an unknown class is an error in both."""
    (treatment,) = resolve({"prior_drugs": [entry]}, kg.rule_base).treatments
    assert treatment.drug == "https://w3id.org/rrmm/ontology#AntiCD38Antibody"
    unknown = {name: "nonsense" if name == "class" else {"class": "nonsense"} for name in entry}
    with pytest.raises(PatientError, match="unknown class of drugs 'nonsense'"):
        resolve({"prior_drugs": [unknown]}, kg.rule_base)


def test_every_class_has_its_name(kg):
    """The label of each class of drugs names that class."""
    known = lexicon(kg.rule_base)
    classes = [iri for iri in kg.rule_base.drug_classes if kg.rule_base.label(iri) != "drug"]
    assert [iri for iri in classes if known.find(kg.rule_base.label(iri), "class").taken("class")[0].iri != iri] == []
