"""What changed in knowledge between two versions: told once, at the right thing, with its source, and nothing else."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from rrmm import __version__
from rrmm.errors import KnowledgeError
from rrmm.iris import DCTERMS, ID, OWL, RDF, RRMM, SKOS
from rrmm.publish import changelog, export
from rrmm.publish.diff import Change, Difference, compare
from support import ROOT
from support.folders import copy_graph

GOLDEN = ROOT / "tests" / "golden" / "diff.md"
RENAMED = """trial:endeavor.pfs-del17p-kd
    a                   rrmm:WithdrawnThing ;
    rdfs:label          "Median PFS, Kd, del(17p), ENDEAVOR, Table 2"@en ;
    owl:deprecated      true ;
    rrmm:withdrawnBecause "The old name did not say that it is a median."@en ;
    dcterms:isReplacedBy trial:endeavor.median-pfs-del17p-kd ;
.

"""
WITHDRAWN = """guidance:cardiac-carfilzomib
    a                   rrmm:WithdrawnThing ;
    rdfs:label          "LABEL"@en ;
    owl:deprecated      true ;
    rrmm:withdrawnBecause "Misread."@en ;
    rrmm:notReplaced    true ;
.
"""
ADDED = """
discrepancy:example
    a                   rrmm:Discrepancy ;
    rdfs:label          "An example of two numbers"@en ;
    rrmm:kind           rrmm:TextAgainstTable ;
    rrmm:concerns       trial:mm-003.os-pd ;
    rrmm:doubt          "One number here, another there."@en ;
    rrmm:resolution     rrmm:Unresolved ;
    rrmm:knowledgeLevel rrmm:CuratorInference ;
    rrmm:statedIn       source:br2020.table-1-mm-003-os ;
.
"""


def edited(path: Path, *replacements: tuple[str, str]) -> None:
    """Replace texts in a file, each of which must be there."""
    text = path.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def block(path: Path, name: str) -> str:
    """Return what a Turtle file says of a thing."""
    found = re.search(rf"^{re.escape(name)}\n.*?^\.\n", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    return found[0]


@pytest.fixture(scope="module")
def later(tmp_path_factory) -> Path:
    """Return a later version of this graph, in which one of each kind of change was made."""
    root = copy_graph(tmp_path_factory.mktemp("later"))
    prefixes = f"@prefix dcterms: <{DCTERMS}> .\n@prefix owl: <{OWL}> .\n"
    edited(root / "ontology" / "rrmm.ttl", (__version__, "99.0.0"))
    edited(root / "ontology" / "states.ttl", ("minInclusive 75.0", "minInclusive 76.0"))
    edited(root / "data" / "trials" / "mm-003.ttl", ("11.9", "12.0"))
    edited(root / "data" / "mappings" / "ncit.sssom.tsv", ("NCIT:C1851\t", "NCIT:C1852\t"))
    for path in (root / "data").rglob("*.ttl"):
        text = path.read_text(encoding="utf-8")
        path.write_text(
            re.sub(r"trial:endeavor\.pfs-del17p-kd\b", "trial:endeavor.median-pfs-del17p-kd", text), encoding="utf-8"
        )
    edited(
        root / "data" / "trials" / "endeavor.ttl",
        ("trial:endeavor.median-pfs-del17p-kd\n    a ", f"{RENAMED}trial:endeavor.median-pfs-del17p-kd\n    a "),
        ("@prefix endpoint:", f"{prefixes}@prefix endpoint:"),
    )
    guidance = root / "data" / "guidance" / "comorbidity.ttl"
    rule = block(guidance, "guidance:cardiac-carfilzomib")
    label = re.search(r'rdfs:label +"(.*)"@en', rule)[1]
    edited(guidance, (rule, WITHDRAWN.replace("LABEL", label)), ("@prefix rdfs:", f"{prefixes}@prefix rdfs:"))
    discrepancies = root / "data" / "discrepancies.ttl"
    discrepancies.write_text(discrepancies.read_text(encoding="utf-8") + ADDED, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def difference(later) -> Difference:
    """Return what changed up to that version."""
    return compare(ROOT, later)


def of(difference: Difference, thing: str) -> Change:
    """Return the only change of a thing."""
    (change,) = (one for one in difference.changes if one.thing == f"{ID}{thing}")
    return change


def test_each_change_is_told_once(difference):
    """The changes made are those told, each of its sort and under its kind, results first and links last."""
    assert [(change.kind, change.sort, change.thing.rsplit("/", 1)[1]) for change in difference.changes] == [
        ("Results", "renamed", "endeavor.pfs-del17p-kd"),
        ("Results", "changed", "mm-003.os-pd"),
        ("Guidance", "withdrawn", "cardiac-carfilzomib"),
        ("Discrepancies", "added", "example"),
        ("Terms", "changed", "ontology#Elderly"),
        ("Links", "changed", "bortezomib"),
    ]
    assert difference.versions == (__version__, "99.0.0")


def test_a_changed_fact_has_both_values_and_its_source(difference):
    """Old and new value stand side by side, as written and in words, with section, citation and characters."""
    change = of(difference, "trial/mm-003.os-pd")
    values = {one.label: ([v.term for v in one.old], [v.term for v in one.new]) for one in change.properties}
    assert values["printed value"] == (['"11.9"'], ['"12.0"'])
    assert set(values) == {"printed value", "value"}
    assert change.sources[0].section == "Table 1"
    assert change.sources[0].citations == (17,)
    assert (10836, 10840) in change.sources[0].spans


def test_a_renaming_is_one_and_changes_nothing_else(difference):
    """A thing replaced by a new one is renamed; what referred to it has not changed."""
    change = of(difference, "trial/endeavor.pfs-del17p-kd")
    assert list(change.replacements) == [f"{ID}trial/endeavor.median-pfs-del17p-kd"]
    assert change.properties == ()
    assert change.reason.startswith("The old name")


def test_what_is_withdrawn_says_why_and_where_it_stood(difference):
    """A withdrawn rule keeps its label, its reason and the passage that it was read from."""
    change = of(difference, "guidance/cardiac-carfilzomib")
    assert change.reason == "Misread."
    assert change.replacements == {}
    assert change.sources
    assert RRMM + "effect" in {one.property for one in change.properties}


def test_a_definition_is_compared_in_depth(difference):
    """The threshold inside a class expression is found, and the expression told on both sides."""
    (change,) = (one for one in difference.changes if one.kind == "Terms")
    (changed,) = change.properties
    assert changed.property == OWL + "equivalentClass"
    assert "75.0" in changed.old[0].shown
    assert changed.new[0].shown == changed.old[0].shown.replace("75.0", "76.0")


def test_what_is_left_out_is_counted(difference):
    """Condition sets, drug classes and the version number are counted, never silently passed over."""
    assert set(difference.left_out) == {"made by the build", "of the version"}
    assert "Not listed, statements: " in changelog.text(difference)
    kept = {value.term for change in difference.changes for one in change.properties for value in one.new}
    assert not [term for term in kept if "condition-set" in term]


def test_the_way_back_is_the_mirror(later, difference):
    """Backwards, what was added is withdrawn without a word, and each value changes back."""
    back = compare(later, ROOT)
    assert of(back, "discrepancy/example").sort == "withdrawn"
    assert "deleted, no reason given" in changelog.text(back)
    forth = {one.label: (one.old, one.new) for one in of(difference, "trial/mm-003.os-pd").properties}
    assert {one.label: (one.new, one.old) for one in of(back, "trial/mm-003.os-pd").properties} == forth


def test_the_markdown_reads_as_a_changelog(difference):
    """The section Knowledge of a changelog comes out as it is kept; RRMM_GOLDEN=write writes it anew."""
    made = changelog.markdown(difference)
    if os.environ.get("RRMM_GOLDEN") == "write":
        GOLDEN.write_text(made, encoding="utf-8")
    assert made == GOLDEN.read_text(encoding="utf-8")


FORMS = [
    "ntriples",
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("turtle", "nquads", "trig", "rdfxml", "jsonld")),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_as_good_as_its_folder(kg, tmp_path, form):
    """Nothing has changed between a graph and its export in any form that carries it."""
    path = tmp_path / f"rrmm.{export.FORMATS[form].ending}"
    kg.export(form, path)
    difference = compare(ROOT, path)
    assert (difference.changes, difference.left_out) == ((), {})
    assert changelog.text(difference) == "Nothing changed in knowledge.\n"
    assert changelog.markdown(difference) == "### Knowledge\n\n- Nothing changed in knowledge.\n"


SMALL = (
    f"@prefix rrmm: <{RRMM}> .\n@prefix ex: <http://example.org/> .\n@prefix owl: <{OWL}> .\n@prefix rdf: <{RDF}> .\n"
)
NESTED = (
    "ex:a owl:equivalentClass [ a owl:Restriction ; owl:onProperty ex:p ; owl:someValuesFrom [ owl:oneOf ( {} ) ] ] ."
)
SAME = {
    "nested": ("ex:a ex:b [ ex:c 1 ; ex:d [ ex:e 2 ] ] .", "ex:a ex:b _:x . _:x ex:d _:y ; ex:c 1 . _:y ex:e 2 ."),
    "circle": ("_:x ex:b _:x .", "_:y ex:b _:y ."),
    "no name": ("[] ex:b 1 .", "_:z ex:b 1 ."),
    "no list": ("ex:a ex:b [ rdf:first 1 ] .", "ex:a ex:b _:x . _:x rdf:first 1 ."),
}
DIFFERENT = [
    ("ex:a ex:b 7.0 .", "ex:a ex:b 7.00 .", "7.0 → 7.00"),
    ('ex:a ex:b "7" .', "ex:a ex:b 7 .", '"7" → "7"^^'),
    ('ex:a ex:b "x"@en .', 'ex:a ex:b "x"@de .', '"x"@en → "x"@de'),
    ("ex:a ex:b 1 .", "ex:a ex:b 1 , 2 .", "b: 2 added"),
    ("ex:a ex:b 1 , 2 .", "ex:a ex:b 1 .", "b: 2 withdrawn"),
    (NESTED.format("ex:x ex:y"), NESTED.format("ex:y ex:x"), "(http://example.org/x, http://example.org/y)]] → "),
    ("_:x ex:b _:x ; ex:c 1 .", "_:x ex:b _:x ; ex:c 2 .", "[b []; c 1] → [b []; c 2]"),
    (NESTED.format("ex:x"), NESTED.format("ex:x ex:y"), "(http://example.org/x)]] → "),
]


def small(tmp_path: Path, old: str, new: str) -> Difference:
    """Return what changed between two small files."""
    for name, text in (("old.ttl", old), ("new.ttl", new)):
        (tmp_path / name).write_text(SMALL + text, encoding="utf-8")
    return compare(tmp_path / "old.ttl", str(tmp_path / "new.ttl"))


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_names_of_blank_nodes_are_no_difference(tmp_path, old, new):
    """Another name or order of blank nodes is the same statement, a circle of them included."""
    assert small(tmp_path, old, new).changes == ()


@pytest.mark.parametrize(("old", "new", "told"), DIFFERENT, ids=[f"{number}" for number in range(len(DIFFERENT))])
def test_small_differences_are_told(tmp_path, old, new, told):
    """A digit, a datatype, a language, an order or a value more are differences, and the words tell which."""
    (change,) = small(tmp_path, old, new).changes
    assert change.sort == "changed"
    assert told in " ".join(changelog.text(Difference(("", ""), (change,), {}), 4000).split())


def test_a_long_list_is_compared(tmp_path):
    """A list of thousands is read to its end."""
    listed = " ".join(map(str, range(5000)))
    (change,) = small(tmp_path, f"ex:a ex:b ( {listed} ) .", f"ex:a ex:b ( {listed} 0 ) .").changes
    assert change.properties[0].new[0].shown.endswith("4999, 0)")


def test_what_is_nested_without_end_is_one_message(tmp_path):
    """Thousands of nodes within one another are an error, not a crash."""
    deep = " ".join(f"_:n{number} ex:b _:n{number + 1} ." for number in range(3000))
    with pytest.raises(KnowledgeError, match="too deep"):
        small(tmp_path, "ex:a ex:b 1 .", f"ex:a ex:b _:n0 . {deep}")


def test_one_thing_in_the_place_of_two_that_were_there(tmp_path):
    """A thing merged into one that was there already is withdrawn and replaced, not renamed."""
    stub = f'owl:deprecated true ; rrmm:withdrawnBecause "Merged."@en ; <{DCTERMS}isReplacedBy> ex:b .'
    (change,) = small(tmp_path, "ex:a ex:p 1 . ex:b ex:p 2 .", f"ex:a {stub} ex:b ex:p 2 .").changes
    assert (change.sort, list(change.replacements)) == ("withdrawn", ["http://example.org/b"])
    assert "replaced by b" in changelog.text(Difference(("", ""), (change,), {}))


def test_a_link_that_outlives_its_thing_does_not_hide_that_it_is_gone(tmp_path):
    """A thing of which a link alone is left is withdrawn."""
    link = f"ex:a <{SKOS}exactMatch> ex:other ."
    (change,) = small(tmp_path, f"ex:a ex:p 1 . {link}", link).changes
    assert change.sort == "withdrawn"


def test_json_holds_everything(difference):
    """The JSON form has each change with its values as N-Triples, its sources, and what was left out."""
    data = json.loads(changelog.to_json(difference))
    assert [one["thing"] for one in data["changes"]] == [one.thing for one in difference.changes]
    (result,) = (one for one in data["changes"] if one["thing"].endswith("mm-003.os-pd"))
    assert result["properties"][0]["new"] == [{"shown": "12.0", "term": '"12.0"'}]
    assert result["sources"][0]["spans"][0] == [10594, 10605]
    assert data["versions"] == [__version__, "99.0.0"]
    assert sum(data["left_out"].values()) > 0


UNREADABLE = {
    "nowhere": (None, r"there is no such folder or file"),
    "table.csv": (b"a,b\n", r"its ending is of no form of RDF.* ttl, nt"),
    "broken.ttl": (b"@prefix x: <", r"broken\.ttl:1: not Turtle \(.*\)\. Export it again\."),
    "binary.nt": (b"\xff\xfe\x00", r"binary\.nt:1: not N-Triples"),
    "text.rdf": (b"no XML", r"text\.rdf:1: not RDF/XML"),
    "remote.jsonld": (b'{"@context": "https://example.org/c.jsonld", "a": 1}', r"remote\.jsonld:1: not JSON-LD"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_one_message(tmp_path, name):
    """A missing, foreign or broken file is an error that names it and says what to do."""
    content, message = UNREADABLE[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(KnowledgeError, match=message):
        compare(tmp_path / name, ROOT)
    (tmp_path / "folder").mkdir()
    with pytest.raises(KnowledgeError, match=r"folder: no graph lies there"):
        compare(ROOT, tmp_path / "folder")


def test_the_command(run_rrmm, later, tmp_path):
    """Differences end with 0, unreadable input with 2 and one line."""
    done = run_rrmm("diff", ".", str(later))
    assert done.returncode == 0
    assert done.stdout.startswith(f"Version {__version__} → 99.0.0\n\nRESULTS: 1 renamed, 1 changed\n")
    assert "printed value: 11.9 → 12.0" in done.stdout
    told = changelog.markdown(small(tmp_path, "ex:a ex:b 1 .", "ex:a ex:b 2 ."))
    both = tmp_path / "old.ttl", tmp_path / "new.ttl"
    assert run_rrmm("diff", *both, "--format", "markdown").stdout == told
    failed = run_rrmm("diff", ".", str(tmp_path / "none"))
    assert (failed.returncode, failed.stdout, failed.stderr.count("\n")) == (2, "", 1)
