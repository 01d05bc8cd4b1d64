"""Files laid over the graph are whole and of the right kinds before anything is read from them."""

from __future__ import annotations

import re
from functools import cached_property

import pytest

from rrmm.check.additions import check_additions
from rrmm.errors import KnowledgeError
from rrmm.graph.files import GraphFiles
from rrmm.graph.syntax import write_lines
from rrmm.graph.turtle import parse_file
from rrmm.rules.overlay import check_structure
from support.commands import run
from support.overlays import OVERLAY

HEAD = """@prefix drug: <https://w3id.org/rrmm/id/drug/> .
@prefix mine: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix rrmm: <https://w3id.org/rrmm/ontology#> .
"""
NAME = "mine:x a rrmm:Name ; rrmm:place 'drug' ; rrmm:certainty 'exact' ; rrmm:writtenForm 'zzz' ; "
KNOWN = NAME + "rrmm:means drug:carfilzomib"
RULE = "mine:x a rrmm:NameRule ; rrmm:place 'drug' ; rrmm:certainty 'exact' ; "
INTAKE = "mine:x a rrmm:IntakeRule ; rrmm:intakePlace 'status' ; rrmm:intakeMeans 'x' ; "
SYSTEM = "mine:s a rrmm:CodeSystem ; rrmm:canonicalPrefix 'mine' ; rrmm:prefixSpelling 'Mine' .\n"
GUIDE = "mine:x a rrmm:Guidance ; rdfs:label 'x'@en ; rrmm:modality rrmm:May ; rrmm:text 'x'@en ; "
VRD = "https://w3id.org/rrmm/id/regimen/vrd"
AVOID = GUIDE + f"rrmm:target <{VRD}> ; rrmm:effect rrmm:Avoid"
RESULT = "mine:x a rrmm:Result ; rdfs:label 'x'@en ; rrmm:value 1.0"
TAKEN = [
    f"{AVOID} .",
    f"{GUIDE} rrmm:target <{VRD}> ; rrmm:effect rrmm:Require ; rrmm:onlyIf rrmm:Frail .",
    f"{GUIDE} rrmm:target <{VRD}> ; rrmm:effect rrmm:PreferOver ; rrmm:over drug:bortezomib .",
    f"{GUIDE} rrmm:effect rrmm:StartTreatment .",
    "mine:x rdfs:label 'x'@en ; rrmm:text 'x'@en , 'y'@en .",
    f"{KNOWN} .",
    KNOWN.replace("'zzz'", "'zzz'@en") + " .",
    f"{SYSTEM}{KNOWN} ; rrmm:codeBeginning 'Z99' ; rrmm:codeSystem mine:s .",
    "mine:d a rrmm:Drug ; rdfs:label 'without a language' .",
    RULE + "rrmm:ruleOrder 1 ; rrmm:namePattern '^my (.*)$' ; rrmm:replacement '\\\\1' .",
    INTAKE + "rrmm:intakeNumber 5 .",
    OVERLAY,
]
REFUSED = {
    f"{AVOID} , rrmm:Recommend .": "rrmm:effect has 2 values: rrmm:Avoid, rrmm:Recommend",
    f"{AVOID} ; rrmm:text 'y'@en .": "rrmm:text has 2 values: 'x', 'y'",
    f"{AVOID} ; rrmm:modality rrmm:Should .": "rrmm:modality has 2 values: rrmm:May, rrmm:Should",
    "mine:x a rrmm:Approval ; rrmm:approved true , false .": "rrmm:approved has 2 values",
    "mine:x a rrmm:Drug ; rdfs:label 'a'@en , 'b'@en .": "label has 2 values",
    f"{GUIDE} rrmm:effect rrmm:Avoid .": "Guidance needs what it is about",
    f"{GUIDE} rrmm:target <{VRD}> .": "rrmm:effect is missing",
    f"{GUIDE} rrmm:target <{VRD}> ; rrmm:effect rrmm:Require .": "A requirement needs the state",
    f"{GUIDE} rrmm:target <{VRD}> ; rrmm:effect rrmm:PreferOver .": "A preference needs what comes second",
    f"{AVOID} .".replace("a rrmm:Guidance ; ", ""): "Add: a rrmm:Guidance",
    "mine:x rdfs:label 'x'@en ; rrmm:component drug:bortezomib .": "Add: a rrmm:Regimen",
    f"{RESULT} .": "rrmm:[a-zA-Z]+ is missing",
    RESULT.replace("rrmm:value 1.0", "rrmm:updates mine:y") + " .": "A later look updates an earlier result",
    "mine:x a rrmm:Name .": "rrmm:place is missing",
    "mine:x a rrmm:CodeSystem .": "rrmm:canonicalPrefix is missing",
    KNOWN.replace("rrmm:certainty 'exact' ; ", "") + " .": "rrmm:certainty is missing",
    f"{NAME} rrmm:means mine:nolabel .": "rrmm:means https://example.org/nolabel",
    NAME.replace("'drug'", "'regimen part'") + "rrmm:verified false .": "rrmm:certainty exact",
    f"{KNOWN} ; rrmm:codeBeginning 'Z99' ; rrmm:codeSystem mine:s .": "rrmm:codeSystem https://example.org/s",
    f"{KNOWN} ; rrmm:codeBeginning 'Z99' .": "give the name rrmm:codeSystem",
    "mine:d a rrmm:Drug ; rdfs:label 5 .": r"label '5' \(integer\)",
    "mine:o a rrmm:TreatmentOption ; rdfs:label 'x'@en ; rrmm:component 5 .": r"rrmm:component '5' \(integer\)",
    RULE + "rrmm:ruleOrder 1 ; rrmm:replacement '' ; rrmm:namePattern '((a+)+' .": "Not a regular expression",
    RULE + "rrmm:ruleOrder 1 ; rrmm:replacement '\\\\9' ; rrmm:namePattern 'a' .": "invalid group reference",
    RULE + "rrmm:ruleOrder 'one' ; rrmm:replacement '' ; rrmm:namePattern 'a' .": "rrmm:ruleOrder 'one'",
    INTAKE + "rrmm:intakePattern '((' .": "Not a regular expression",
    INTAKE + "rrmm:intakeNumber 'many' .": "rrmm:intakeNumber 'many'",
}
COMMANDS = [("names", "Vd"), ("regimens", "--exposed", "Vd"), ("intake", "x", "--from", "fhir")]
GUIDANCE = ("appliesTo", "effect", "target", "modality")


class Laid(GraphFiles):
    """The graph with overlays, and without what would follow from these."""

    @cached_property
    def snapshot(self):
        """The graph that ships, then the overlays."""
        return self.shipped.snapshot + b"".join(write_lines(parse_file(path)) for path in self.overlays)


@pytest.fixture
def lay(tmp_path):
    """Return a function that lays a file over the graph and checks it."""

    def lay(text):
        path = tmp_path / "mine.ttl"
        path.write_text(text if text.startswith("@prefix") else HEAD + text, encoding="utf-8")
        check_structure(laid := Laid(overlays=[path]))
        check_additions(laid)

    return lay


@pytest.mark.parametrize("text", TAKEN)
def test_what_is_whole_is_taken(lay, text):
    """Neither the language of a text nor the form of a number matters, nor where a name was seen."""
    lay(text)


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_read_is_refused(lay, text):
    """One message names the file, the line, the thing and the property, and says what to do."""
    with pytest.raises(KnowledgeError, match=rf"mine\.ttl:5: https://example\.org/\w: .*{REFUSED[text]}.*\.$"):
        lay(text)


def test_values_of_all_files_count_together(tmp_path):
    """A second value that another file gives is one too many, as is one beside that of the graph."""
    halves = (f"{AVOID} .", "mine:x rrmm:effect rrmm:Exclude .")
    for number, text in enumerate(halves):
        (tmp_path / f"{number}.ttl").write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(KnowledgeError, match="rrmm:effect has 2 values: rrmm:Avoid, rrmm:Exclude"):
        check_additions(Laid(overlays=[tmp_path / "0.ttl", tmp_path / "1.ttl"]))
    beside = tmp_path / "beside.ttl"
    beside.write_text(HEAD + "drug:bortezomib rdfs:label 'another'@en .", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="label has 2 values: 'another', 'bortezomib'"):
        check_additions(Laid(overlays=[beside]))


@pytest.mark.parametrize("name", GUIDANCE)
def test_a_rule_leads_to_things(lay, name):
    """A literal where a rule points at a thing is refused, of whatever kind, and so is a thing where it has a text."""
    for value in ("5", "true", "-1.5", '"Avoid"'):
        with pytest.raises(KnowledgeError, match=rf"https://example\.org/rule: rrmm:{name} "):
            lay(re.sub(rf"(rrmm:{name} +)[^;]+;", rf"\g<1>{value} ;", OVERLAY))
    with pytest.raises(KnowledgeError, match=r"https://example\.org/rule: rrmm:text rrmm:Frail"):
        lay(re.sub(r"(rrmm:text +)[^;]+;", r"\g<1>rrmm:Frail ;", OVERLAY))


@pytest.mark.parametrize(
    "command", [("names", "Vd"), ("regimens", "--exposed", "Vd"), ("intake", "x", "--from", "fhir")]
)
def test_no_command_reads_from_a_file_that_is_not_whole(tmp_path, command):
    """Each command that takes a file checks it first, and ends with one line."""
    path = tmp_path / "z.ttl"
    path.write_text(f"{HEAD}mine:x a rrmm:Name .\n", encoding="utf-8")
    done = run(*command, "--with", path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "z.ttl:5: https://example.org/x: rrmm:place is missing" in done.stderr
