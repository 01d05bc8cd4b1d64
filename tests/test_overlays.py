"""Files laid over the graph: what they change is said, and allowed; what they say is theirs."""

from __future__ import annotations

import json
import re

import pytest

from rrmm.api import KnowledgeGraph
from rrmm.errors import KnowledgeError
from support.commands import run

HEAD = """@prefix drug: <https://w3id.org/rrmm/id/drug/> .
@prefix guidance: <https://w3id.org/rrmm/id/guidance/> .
@prefix mine: <https://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix regimen: <https://w3id.org/rrmm/id/regimen/> .
@prefix rrmm: <https://w3id.org/rrmm/ontology#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix source: <https://w3id.org/rrmm/id/source/> .
@prefix trial: <https://w3id.org/rrmm/id/trial/> .
"""
ADDING = """
mine:drug-x
    a rrmm:Drug , rrmm:ProteasomeInhibitor ;
    rdfs:label "examplezomib"@en ;
    skos:altLabel "Exampla"@en ;
.
mine:exd
    a rrmm:Regimen , rrmm:TreatmentOption ;
    rdfs:label "Ex-d"@en ;
    skos:altLabel "ExampleDex"@en ;
    rrmm:component mine:drug-x , drug:dexamethasone ;
    rrmm:order 900 ;
.
mine:rule
    a rrmm:Guidance ;
    rdfs:label "Ex-d for the frail"@en ;
    rrmm:appliesTo rrmm:Frail ;
    rrmm:effect rrmm:Recommend ;
    rrmm:target mine:exd ;
    rrmm:inFavourOf mine:exd ;
    rrmm:modality rrmm:May ;
    rrmm:text "A rule of our own."@en ;
.
"""
LINE = HEAD.count("\n") + 1
REDEFINING = {
    "drug:bortezomib rdfs:label 'Borty'@en .": ("relabels bortezomib (drug:bortezomib) by: label Borty", LINE),
    "regimen:kd skos:altLabel 'KayDee'@en .": ("relabels Kd (regimen:kd) by: altLabel KayDee", LINE),
    "regimen:kd rrmm:component drug:venetoclax .": ("redefines Kd (regimen:kd) by: component drug:venetoclax", LINE),
    "guidance:avoid-refractory-drug rrmm:statedIn source:br2020.table-1-10104 .": ("redefines Drugs that were", LINE),
    "rrmm:Frail owl:equivalentClass [ a owl:Class ] .": ("redefines frail (rrmm:Frail) by: equivalentClass […]", LINE),
    "rdfs:label a owl:DatatypeProperty .": ("redefines label (http://www.w3.org/2000/01/rdf-schema#label)", LINE),
    "drug:bortezomib skos:exactMatch <http://id.nlm.nih.gov/mesh/C524865> .": ("redefines bortezomib", LINE),
    "<https://w3id.org/rrmm/id/drug/bortezomib> rdfs:seeAlso mine:x .": ("by: seeAlso https://example.org/x", LINE),
    "mine:n a rrmm:Name ; rrmm:place 'drug' ; rrmm:writtenForm 'VELCADE' ; rrmm:means drug:carfilzomib .": (
        "writtenForm VELCADE, said of https://example.org/n too",
        None,
    ),
    "mine:n a rrmm:Name ; rrmm:place 'drug' ; rrmm:writtenForm 'Bortezomib' ; rrmm:means drug:carfilzomib .": (
        "redefines bortezomib (drug:bortezomib)",
        None,
    ),
    "mine:r a rrmm:NameRule ; rrmm:place 'drug' ; rrmm:namePattern 'velcade' ; rrmm:replacement 'kyprolis' .": (
        "redefines r (https://example.org/r)",
        LINE,
    ),
    "mine:key rrmm:key 'age' .": ("key age, said of https://example.org/key too", None),
}
HARMLESS = {
    "drug:bortezomib rdfs:label 'bortezomib'@en .": [],
    "mine:thing rdfs:seeAlso drug:bortezomib .": [("added", "thing")],
    "drug:carfilzomib skos:exactMatch mine:code-17 .": [("linked", "carfilzomib")],
}


@pytest.fixture
def write(tmp_path):
    """Return a function that writes an overlay and returns its path."""

    def write(text, name="mine.ttl"):
        path = tmp_path / name
        path.write_text(HEAD + text, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def adding(tmp_path_factory):
    """Return an overlay with a drug, a regimen and a rule for it."""
    path = tmp_path_factory.mktemp("adding") / "adding.ttl"
    path.write_text(HEAD + ADDING, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def extended(adding):
    """Return the graph with what the overlay adds."""
    return KnowledgeGraph.load(overlays=[adding])


@pytest.mark.parametrize("text", REDEFINING)
def test_a_curated_thing_is_changed_only_where_that_is_allowed(write, text):
    """Without leave the change is refused, with file, line and remedy; with leave it is told."""
    path = write(text)
    with pytest.raises(KnowledgeError) as refused:
        KnowledgeGraph.load(overlays=[path])
    said, line = REDEFINING[text]
    assert said in str(refused.value)
    assert (refused.value.file, refused.value.line) == (path, line)
    assert "--allow-redefine" in str(refused.value)
    allowed = KnowledgeGraph.load(overlays=[path], allow_redefine=True).changes
    assert {change.change for change in allowed} & {"relabelled", "redefined"}


@pytest.mark.parametrize("label", ["Aardzomib", "zzzomib"])
def test_a_label_by_leave_is_the_one_that_is_shown(write, label):
    """Whatever the alphabet says; the curated label still leads to the thing."""
    graph = KnowledgeGraph.load(overlays=[write(f"drug:bortezomib rdfs:label '{label}'@en .")], allow_redefine=True)
    patient = {"prior_drugs": [{"drug": "bortezomib", "status": "refractory"}]}
    assert f"{label} refractory" in graph.regimens_for(patient).to_text()
    (meaning,) = graph.lexicon.find("bortezomib", "drug").taken("drug")
    assert meaning.label == label


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_adds_needs_no_leave(write, text):
    """A repeated statement changes nothing; a new thing and a new code of a curated thing are told."""
    changes = KnowledgeGraph.load(overlays=[write(text)]).changes
    assert [(change.change, change.label) for change in changes] == HARMLESS[text]


def test_one_message_names_every_change(write):
    """Two files with several changes each are refused in one line."""
    first = write("drug:bortezomib rdfs:label 'A'@en .\nregimen:kd rrmm:order 1 .\n")
    second = write("drug:carfilzomib rdfs:comment 'B'@en .\n", "other.ttl")
    done = run("regimens", "--age", "70", "--with", first, "--with", second)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    for place in (f"mine.ttl:{LINE}: relabels", f"mine.ttl:{LINE + 1}: redefines", f"other.ttl:{LINE}: relabels"):
        assert place in done.stderr


@pytest.mark.parametrize(
    "command", [("names", "Kd"), ("show", "Kd"), ("query", "drug-classes"), ("intake", "x.json", "--from", "fhir")]
)
def test_every_command_that_takes_a_file_refuses_its_redefinitions(write, command):
    """None of them answers by a graph whose curated things were changed without leave."""
    done = run(*command, "--with", write("regimen:kd rrmm:component drug:venetoclax ."))
    assert (done.returncode, done.stdout) == (2, "")
    assert "redefines Kd" in done.stderr


def test_the_report_says_what_was_changed(write):
    """One line of the terminal and the JSON of the knowledge name added, relabelled and redefined things."""
    path = write(f"{ADDING}drug:bortezomib skos:altLabel 'Bz'@en .\nregimen:td rrmm:component drug:venetoclax .\n")
    flags = ("--age", "70", "--with", path, "--allow-redefine")
    told = " ".join(run("regimens", *flags).stdout.split())
    assert (
        "Added to the graph: mine.ttl (adds examplezomib, Ex-d, Ex-d for the frail; relabels bortezomib;"
        " redefines Td)." in told
    )
    changes = json.loads(run("regimens", *flags, "--format", "json").stdout)["knowledge"]["changes"]
    assert [one["change"] for one in changes] == ["added"] * 3 + ["relabelled", "redefined"]
    assert changes[-1]["statements"] == ["component drug:venetoclax"]


def test_what_a_file_names_is_not_named_by_a_source(extended):
    """An option of a file alone stands under the file, with the file as its source, and no source counts it."""
    report = extended.regimens_for(
        {"frailty": "frail", "prior_drugs": [{"drug": "lenalidomide", "status": "refractory"}]}
    )
    option = report.option("Ex-d")
    assert option["status"] == "recommended"
    assert option["because"][0]["source"] == {"source": "adding.ttl", "section": "", "citations": [], "spans": []}
    assert set(option["by_source"].values()) == {None}
    text = report.to_text()
    assert "NAMED BY ADDING.TTL" in text
    named = next(line for line in text.splitlines() if line.startswith("NAMED BY THE REVIEW"))
    assert "ADDING" not in named
    assert "Ex-d" not in text[text.index(named) : text.index("NAMED BY ADDING.TTL")]
    assert "Named by adding.ttl" in report.option_text("Ex-d")


def test_a_rule_of_a_file_is_no_word_of_a_source(write):
    """What a rule does to a curated option is the file's, with a passage too; alone, the source says what it said."""
    rule = """mine:rule a rrmm:Guidance ; rdfs:label "No Kd"@en ; rrmm:appliesTo rrmm:Frail ; rrmm:effect rrmm:Avoid ;
    rrmm:target regimen:kd ; rrmm:modality rrmm:Should ; rrmm:text "No."@en {} .
"""
    patient = {"frailty": "frail", "prior_drugs": [{"drug": "bortezomib", "status": "refractory"}]}
    plain = KnowledgeGraph.load().regimens_for(patient).option("Kd")
    part = "mine:p a rrmm:Passage ; rdfs:label 'p'@en ; rrmm:ofSource source:br2020 .\n"
    for passage in ("", "; rrmm:statedIn source:br2020.table-1-10104", "; rrmm:statedIn mine:p"):
        graph = KnowledgeGraph.load(overlays=[write(rule.format(passage) + part)])
        for sources in (None, "br2020"):
            option = graph.regimens_for(patient, sources=sources).option("Kd")
            assert option["status"] == "not_recommended"
            assert option["because"][0]["source"]["source"].split("; ")[0] == "mine.ttl"
            assert option["by_source"]["br2020"] == plain["by_source"]["br2020"]


def test_names_of_a_file_are_names(extended, adding, tmp_path):
    """Labels and aliases of new things serve in patient files, questions on one option, names and descriptions."""
    (tmp_path / "p.yaml").write_text(
        "prior_drugs: [{drug: Exampla, line: 1, status: refractory}, {regimen: ExampleDex, line: 2}]\n", "utf-8"
    )
    patient = tmp_path / "p.yaml"
    assert [course["drug"] for course in extended.regimens_for(patient).data["history"]][:1] == ["examplezomib"]
    assert "EX-D" in run("regimens", patient, "--with", adding, "--why", "exampledex").stdout
    assert "exact      drug          examplezomib" in run("names", "exampla", "--with", adding).stdout
    shown = run("show", "Ex-d", "--with", adding).stdout
    assert "stated in" in shown
    assert "adding.ttl" in shown
    assert run("show", "Ex-d").returncode == 2
    compared = run("regimens", patient, "--with", adding, "--compare", patient)
    assert compared.returncode == 0, compared.stderr
    assert "PI-refractory: no → yes" in compared.stdout


NAME = "mine:n a rrmm:Name ; rrmm:place 'drug' ; rrmm:certainty 'exact' ; rrmm:means drug:pomalidomide ; "
TAKING = {
    "accents": NAME + "rrmm:writtenForm 'Vélcade' .",
    "full width": NAME + "rrmm:writtenForm 'ＶＥＬＣＡＤＥ' .",
    "trade mark and hyphen": NAME + "rrmm:writtenForm 'Vel-cade®' .",
    "place in a language": NAME.replace("'drug'", "'drug'@en") + "rrmm:writtenForm 'Velcade' .",
    "label": "mine:x a rrmm:Drug ; rdfs:label 'Bórtezomib'@en .",
    "alias": "mine:x a rrmm:Drug ; rdfs:label 'examplemab'@en ; skos:altLabel 'VELCADE™'@en .",
    "code as a written form": NAME + "rrmm:writtenForm 'atc:l01XG01' .",
    "address as a written form": NAME + "rrmm:writtenForm 'https://w3id.org/rrmm/id/drug/BORTEZOMIB' .",
    "code in small letters": "mine:x a rrmm:Drug ; rdfs:label 'examplemab'@en ; "
    "skos:exactMatch <http://purl.bioontology.org/ontology/ATC/l01xg01> .",
    "spelling of a prefix": "mine:s a rrmm:CodeSystem ; rrmm:canonicalPrefix 'mine' ; rrmm:prefixSpelling 'ATC' .",
}
SILENCING = {
    "guidance that supersedes": ("mine:x rrmm:supersedes guidance:bortezomib-refractory-kd .", "supersedes it"),
    "guidance that lifts": ("mine:x rrmm:lifts guidance:bortezomib-refractory-kd .", "lifts it"),
    "a result that updates": ("mine:x rrmm:updates trial:mm-003.os-pd .", "updates it"),
    "a result that repeats": ("mine:x rrmm:sameMeasurementAs trial:mm-003.os-pd .", "sameMeasurementAs it"),
    "a publication that is copied": ("mine:x rrmm:copiedAs trial:mm-003.os-pd .", "copiedAs it"),
    "a thing without an IRI": ("[] rrmm:updates trial:mm-003.os-pd .", "[…] updates it"),
    "a later source": (
        "mine:s a rrmm:Source ; rrmm:published '2030-01-01' .\nmine:p rrmm:ofSource mine:s .\n"
        "mine:x a rrmm:Guidance ; rrmm:effect rrmm:Recommend ; rrmm:inFavourOf {option} ; rrmm:statedIn mine:p .",
        "https://example.org/x lifts it",
    ),
}
FREE = {
    "guidance that supersedes one's own": "mine:x rrmm:supersedes mine:y .\nmine:y rdfs:label 'y'@en .",
    "another name": NAME + "rrmm:writtenForm 'Pomalidomida de casa' .",
    "another code": "mine:x a rrmm:Drug ; rdfs:label 'examplemab'@en ; "
    "skos:exactMatch <http://purl.bioontology.org/ontology/ATC/L01ZZ99> .",
    "another place": NAME.replace("'drug'", "'comorbidity'").replace("drug:pomalidomide", "mine:x")
    + "rrmm:writtenForm 'VRd' .\nmine:x a rrmm:Comorbidity ; rdfs:label 'examplemab'@en .",
    "a name of this graph in a namespace of one's own": "mine:bortezomib a rrmm:Drug ; rdfs:label 'examplemab'@en .",
}


@pytest.mark.parametrize("text", TAKING.values(), ids=TAKING)
def test_a_name_is_taken_in_whatever_spelling_it_is_found(write, text):
    """What the lookup takes for one name is one name: a file that gives it to another thing redefines it."""
    with pytest.raises(KnowledgeError, match=r"redefines .*--allow-redefine"):
        KnowledgeGraph.load(overlays=[write(text)])


@pytest.mark.parametrize(("text", "said"), SILENCING.values(), ids=SILENCING)
def test_what_takes_a_curated_thing_out_of_answers_redefines_it(kg, write, text, said):
    """A curated statement that another silences is named as changed, whether the file says so or its date does."""
    lifted = kg.store.rows("SELECT ?o { ?g <https://w3id.org/rrmm/ontology#lifts> ?e ; ?in ?o } ORDER BY ?o ?in")
    option = next(str(row["o"]) for row in lifted if "/id/regimen/" in str(row["o"]))
    path = write(text.replace("{option}", f"<{option}>"))
    with pytest.raises(KnowledgeError, match=rf"redefines .* by: .*{re.escape(said)}.*--allow-redefine"):
        KnowledgeGraph.load(overlays=[path])


@pytest.mark.parametrize("text", FREE.values(), ids=FREE)
def test_a_name_that_leads_nowhere_is_free(write, text):
    """A name, code or place of one's own needs no leave."""
    assert {change.change for change in KnowledgeGraph.load(overlays=[write(text)]).changes} == {"added"}


def test_a_code_of_a_curated_thing_is_taken_in_any_case(write):
    """A link that differs from a curated code by case alone gives the code to another thing."""
    path = write("drug:bendamustine skos:exactMatch <http://purl.bioontology.org/ontology/ATC/l01xg01> .")
    with pytest.raises(KnowledgeError, match=r"redefines bortezomib \(drug:bortezomib\)"):
        KnowledgeGraph.load(overlays=[path])


def test_a_name_in_two_files_is_one_name(write):
    """A name whose place stands in another file than its written form is judged whole, and told of the form's file."""
    place = write("mine:n rrmm:place 'drug' .", "a.ttl")
    rest = write(NAME.replace("rrmm:place 'drug' ; ", "") + "rrmm:writtenForm 'Velcade' .", "b.ttl")
    for files in ([place, rest], [rest, place]):
        with pytest.raises(KnowledgeError, match=r"writtenForm Velcade, said of https://example\.org/n too"):
            KnowledgeGraph.load(overlays=files)
        changes = KnowledgeGraph.load(overlays=files, allow_redefine=True).changes
        assert {change.file for change in changes if change.change == "redefined"} == {"b.ttl"}


def test_files_of_one_name_are_told_apart(tmp_path):
    """Each line and each change names the file as it was given where another has the same name."""
    for folder, label in (("d3", "third"), ("d4", "fourth")):
        (tmp_path / folder).mkdir()
        text = f"{HEAD}mine:{label} a rrmm:Drug ; rdfs:label '{label} drug'@en .\n"
        (tmp_path / folder / "o.ttl").write_text(text, encoding="utf-8")
    third, fourth = tmp_path / "d3" / "o.ttl", tmp_path / "d4" / "o.ttl"
    told = run("names", "Vd", "--with", third, "--with", fourth).stderr
    assert told == f"{third}: adds third drug.\n{fourth}: adds fourth drug.\n"
    graph = KnowledgeGraph.load(overlays=[third, fourth])
    assert [change.file for change in graph.changes] == [str(third), str(fourth)]
    assert graph.altered.added == (str(third), str(fourth))
    assert [change.file for change in KnowledgeGraph.load(overlays=[third]).changes] == ["o.ttl"]
