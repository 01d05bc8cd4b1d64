"""The links: tables that a library reads, identifiers that Bioregistry accepts, matches that the graph holds."""

from __future__ import annotations

import re

import pytest

from rrmm.check import links, run
from rrmm.errors import KnowledgeError
from rrmm.graph import sssom
from rrmm.graph.files import GraphFiles
from rrmm.graph.store import Store
from rrmm.graph.turtle import build
from rrmm.iris import ID, RRMM, SKOS
from support import ROOT
from support.folders import copy_graph

TABLES = sorted((ROOT / "data" / "mappings").glob("*.sssom.tsv"))
SETS = [sssom.read(path) for path in TABLES]
OWN = {"bioregistry", "rrmm", "semapv", "skos", "w3id"}


@pytest.fixture(scope="module")
def store() -> Store:
    """Return the graph of this checkout."""
    return Store(GraphFiles(ROOT).snapshot)


@pytest.fixture(scope="module")
def linked(store):
    """Return the names in the graph, and its vocabularies."""
    return run.read_names(store, ROOT)


def changed(tmp_path, change, name="ncit"):
    """Return a table after a change of its text."""
    text = (ROOT / "data" / "mappings" / f"{name}.sssom.tsv").read_text(encoding="utf-8")
    path = tmp_path / f"{name}.sssom.tsv"
    path.write_text(new := change(text), encoding="utf-8")
    assert new != text
    return path


def test_there_are_links_of_every_kind(store):
    """Each kind of thing that the field has identifiers for has some, and no drug goes without."""
    subjects = {link.subject.removeprefix(ID).partition("/")[0] for one in SETS for link in one.links}
    assert {"drug", "target", "condition", "cytogenetics", "endpoint", "trial", "source"} <= subjects
    linked = {link.subject for one in SETS for link in one.links}
    drugs = {row["drug"] for row in store.rows(f"SELECT ?drug {{ ?drug <{RRMM}developmentStatus> ?status }}")}
    assert drugs - linked == set()
    assert {f"{ID}source/br2020", f"{RRMM}HazardRatio", f"{RRMM}ProteasomeInhibitor"} <= linked


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name.partition(".")[0])
def test_the_library_reads_what_we_read(path):
    """The SSSOM library validates each table and finds the same matches, labels and licence."""
    import sssom_pydantic

    own = sssom.read(path)
    mappings, _, metadata = sssom_pydantic.read(path)
    assert str(metadata.license) == own.metadata["license"]
    assert str(metadata.id) == own.metadata["mapping_set_id"]
    seen = sorted(
        (one.subject.curie, one.predicate.curie, one.object.curie, one.object_name or "", one.justification.curie)
        for one in mappings
    )
    columns = ("subject_id", "predicate_id", "object_id", "object_label", "mapping_justification")
    assert seen == sorted(tuple(link.cells[column] for column in columns) for link in own.links)


@pytest.mark.parametrize("one", SETS, ids=lambda one: one.path.name.partition(".")[0])
def test_prefixes_and_identifiers_are_those_of_bioregistry(one, linked):
    """Bioregistry knows a vocabulary's prefix and namespace, and its pattern holds for each identifier."""
    import bioregistry

    known = {vocabulary.prefix: vocabulary for vocabulary in linked[1]}
    (prefix,) = {link.cells["object_id"].partition(":")[0] for link in one.links}
    resource = bioregistry.get_resource(prefix)
    assert resource is not None
    assert prefix in {resource.prefix, resource.get_preferred_prefix()}
    assert known[prefix].namespace in resource.get_uri_prefixes()
    pattern = re.compile(resource.get_pattern())
    for link in one.links:
        assert pattern.fullmatch(link.cells["object_id"].partition(":")[2]), link.cells["object_id"]


@pytest.mark.parametrize("one", SETS, ids=lambda one: one.path.name.partition(".")[0])
def test_a_set_is_of_one_vocabulary_and_named_after_it(one):
    """One vocabulary, one licence, one file; rows in a fixed order, none twice, each with its confidence."""
    stem = one.path.name.removesuffix(".sssom.tsv")
    assert one.metadata["mapping_set_id"] == f"https://w3id.org/rrmm/mappings/{stem}.sssom.tsv"
    assert one.metadata["object_source"] == f"bioregistry:{stem}"
    assert len(one.prefixes.keys() - OWN - {kind.rsplit("/", 1)[-1] for kind in prefixes_of(one)}) == 1
    keys = [(link.cells["subject_id"], link.cells["predicate_id"], link.cells["object_id"]) for link in one.links]
    assert keys == sorted(set(keys))
    assert all(0.5 <= float(link.cells["confidence"]) <= 1 for link in one.links)


def prefixes_of(one):
    """Return the kinds of things that a set links, as the ends of their namespaces."""
    return {namespace.rstrip("/") for namespace in one.prefixes.values() if namespace.startswith(ID)}


def test_prefixes_of_ours_stand_for_what_the_ontology_says(store):
    """The prefixes of the subjects are those of ``ontology/prefixes.ttl``."""
    rows = store.rows("""
        PREFIX sh: <http://www.w3.org/ns/shacl#>
        SELECT ?prefix ?namespace { ?declaration sh:prefix ?prefix ; sh:namespace ?namespace }
    """)
    declared = {str(row["prefix"]): str(row["namespace"]) for row in rows}
    for one in SETS:
        for prefix, namespace in one.prefixes.items():
            assert declared.get(prefix, namespace) == namespace
            assert prefix in declared or not namespace.startswith("https://w3id.org/rrmm/")


def test_labels_that_may_not_be_passed_on_are_not(linked):
    """HemOnc, ATC and MedDRA are linked by code alone; all others with both labels."""
    withheld = {vocabulary.prefix for vocabulary in linked[1] if vocabulary.withheld}
    assert withheld == {"atc", "hemonc", "meddra"}
    for one in SETS:
        for link in one.links:
            label = link.cells["object_label"]
            assert bool(label) == (link.cells["object_id"].partition(":")[0] not in withheld)
            assert link.cells["subject_label"]


def test_the_graph_holds_each_link_as_a_match():
    """The build turns every row into one SKOS triple and adds nothing else for it."""
    knowledge = GraphFiles(ROOT)
    more = {
        line
        for line in set(knowledge.snapshot.splitlines()) - set(build(ROOT, knowledge.files).splitlines())
        if b"_:" not in line
    }
    assert more == {f"<{ends[0]}> <{ends[1]}> <{ends[2]}> .".encode() for ends in sssom.triples(SETS)}
    assert len(more) == sum(len(one.links) for one in SETS)


def test_a_changed_table_makes_another_graph(tmp_path, monkeypatch):
    """The snapshot is hashed over the tables too."""
    copy_graph(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first = GraphFiles(tmp_path)
    before = first.digest, first.snapshot
    table = tmp_path / "data" / "mappings" / "ncit.sssom.tsv"
    table.write_text(table.read_text(encoding="utf-8").replace("NCIT:C1851", "NCIT:C1852"), encoding="utf-8")
    second = GraphFiles(tmp_path)
    assert second.digest != before[0]
    assert b"NCIT_C1852>" in second.snapshot
    assert b"NCIT_C1852>" not in before[1]


def test_the_tables_are_clean(linked):
    """Nothing is wrong in the tables."""
    assert list(links.findings(SETS, *linked)) == []


ROW = "drug:bortezomib\tbortezomib\tskos:exactMatch\tNCIT:C1851\tBortezomib\tsemapv:LexicalMatching\t"
WRONG = [
    ("drug:bortezomib\tb", "drug:bortezomip\tb", {"subject_id"}),
    ("bortezomib\tskos", "Bortezomib\tskos", {"subject_label"}),
    ("NCIT: http://purl.obolibrary.org/obo/NCIT_", "NCIT: http://example.org/NCIT_", {"object_id"}),
    ("C1851\tBortezomib", "C1851\t", {"object_label"}),
    ("C1851\tBortezomib", "C1851\tCarfilzomib", {"comment", "mapping_justification"}),
    ("C1851\tBortezomib\tsemapv:Lexical", "C1851\tPS-341\tsemapv:ManualMappingCuration#", {"comment"}),
]


@pytest.mark.parametrize(("old", "new", "columns"), WRONG, ids=[f"{number}" for number in range(len(WRONG))])
def test_a_wrong_row_is_found(tmp_path, linked, old, new, columns):
    """A wrong name, prefix, label or justification is a finding at its line, with a remedy."""
    path = changed(tmp_path, lambda text: text.replace(old, new, 1) if old not in ROW else on_row(text, old, new))
    found = list(links.findings([sssom.read(path)], *linked))
    assert {finding.guard.removeprefix("link:") for finding in found} == columns
    assert all(re.match(r"ncit\.sssom\.tsv:\d+: .+\. [A-Z].+\.$", finding.message) for finding in found)


def on_row(text: str, old: str, new: str) -> str:
    """Return a table with a change in the row of bortezomib."""
    assert ROW in text
    return text.replace(ROW, ROW.replace(old, new).replace("#Matching", ""), 1)


def test_a_label_that_is_withheld_is_found(tmp_path, linked):
    """A label of a vocabulary that may not be passed on is a finding."""
    path = changed(tmp_path, lambda text: text.replace("hemonc:75\t", "hemonc:75\tBortezomib", 1), "hemonc")
    (finding,) = links.findings([sssom.read(path)], *linked)
    assert finding.guard == "link:object_label"
    assert "not be passed on" in finding.message


def test_an_unknown_vocabulary_is_found(tmp_path, linked):
    """A table of a vocabulary that the graph does not describe is a finding in each row."""
    path = changed(tmp_path, lambda text: text.replace("NCIT:", "NCIT0:"))
    found = list(links.findings([sssom.read(path)], *linked))
    assert {finding.guard for finding in found} == {"link:object_id"}
    assert "vocabularies.ttl" in found[0].message


def test_a_plural_is_no_other_name_and_a_part_is(tmp_path, linked):
    """Case, punctuation and a plural s are passed over; another word is not."""
    for label, columns in (("BORTEZOMIBS", set()), ("bortezomib acid", {"comment", "mapping_justification"})):
        path = changed(tmp_path, lambda text, label=label: on_row(text, "C1851\tBortezomib", f"C1851\t{label}"))
        assert {finding.guard for finding in links.findings([sssom.read(path)], *linked)} == {
            f"link:{column}" for column in columns
        }


BROKEN = [
    (lambda text: text.replace("# license:", "# licence:"), ":1: the header has no license"),
    (lambda text: text.replace("# license:", "#license:"), "not a header line"),
    (lambda text: text.replace("#   drug:", "#  drug:"), "not a header line"),
    (lambda text: text.replace("\tobject_label\t", "\tobject_name\t"), "the columns are"),
    (lambda text: text.replace("drug:bortezomib\t", "dragon:bortezomib\t"), "subject_id 'dragon:bortezomib'"),
    (lambda text: text.replace("NCIT:C1851", "NCIT:C 1851"), "object_id 'NCIT:C 1851'"),
    (lambda text: text.replace("skos:exactMatch\tNCIT:C1851", "skos:related\tNCIT:C1851"), "skos:related is no match"),
    (lambda text: text.replace("\tNCIT:C1851\t", "\tNCIT:C1851"), "8 cells instead of 9"),
    (lambda text: re.sub(r"(NCIT:C1851\t.*?\t.*?\t[\d.]+)\t.*", r"\1\t\t", text), "nothing says where NCIT:C1851"),
    (lambda text: text.replace("\tBortezomib\t", '\t"Bortezomib\t'), "Mend the quoting"),
]


@pytest.mark.parametrize(("change", "message"), BROKEN, ids=[message for _, message in BROKEN])
def test_a_broken_table_stops_the_build(tmp_path, change, message):
    """A table that cannot be read is one message with file, line and remedy."""
    with pytest.raises(KnowledgeError) as caught:
        sssom.read(changed(tmp_path, change))
    assert message in str(caught.value)
    assert re.search(r"ncit\.sssom\.tsv:\d+: .*\. ?[A-Z].*\.$", str(caught.value), re.DOTALL)


def test_a_missing_table_is_one_message(tmp_path):
    """A table that is not there is named."""
    with pytest.raises(KnowledgeError, match=r"none\.sssom\.tsv: cannot be read"):
        sssom.read(tmp_path / "none.sssom.tsv")


def test_publications_are_no_mappings(store):
    """A trial's papers are things of the graph that report on it; none is matched to a trial."""
    rows = store.rows(f"""
        SELECT ?paper ?study ?record
        {{ ?paper a <{RRMM}Publication> ; <{RRMM}reportsOn> ?study ; <{SKOS}exactMatch> ?record }}
    """)
    assert len({row["paper"] for row in rows}) > 20
    assert {row["study"] for row in rows} >= {f"{ID}trial/{name}" for name in ("pollux", "castor", "apex", "mm-003")}
    assert all(re.match(r"https://(pubmed\.ncbi\.nlm\.nih\.gov|doi\.org)/", row["record"]) for row in rows)
    assert not [link for one in SETS for link in one.links if "pubmed" in link.object]
