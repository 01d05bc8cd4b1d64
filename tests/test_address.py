"""Addresses: rows of spans and citations become one address a passage, printed one way."""

from __future__ import annotations

from rrmm.rules import address
from rrmm.rules.address import Address

ROW = {"passage": "p1", "thing": "t1", "section": "Results", "start": 3, "end": 9}


def test_rows_of_a_passage_become_one_address():
    """Each span and each citation stands once, citations in order."""
    rows = [ROW | {"citation": 13}, ROW | {"citation": 12}, ROW | {"start": 20, "end": 22, "citation": 12}]
    assert address.by_passage(rows) == {"p1": Address("Results", (12, 13), ((3, 9), (20, 22)), passage="p1")}


def test_a_figure_of_a_publication_is_found_by_line_and_figure():
    """The record of a publication has lines, and no characters to count."""
    row = {"passage": "p1", "section": "PubMed 1, line 6 of the record", "source": "pubmed-1", "figure": "0.74"}
    (at,) = address.by_passage([row]).values()
    assert (str(at), at.spans, at.source) == ("PubMed 1, line 6 of the record, figure 0.74", (), "pubmed-1")


def test_passages_of_a_thing_stay_apart():
    """A thing stated in two passages has two addresses, in the order of the rows."""
    rows = [ROW, ROW | {"passage": "p2", "section": "Methods"}, ROW | {"thing": "t2"}]
    assert [at.section for at in address.by_thing(rows)["t1"]] == ["Results", "Methods"]
    assert len(address.by_thing(rows)["t2"]) == 1


def test_json_keeps_what_reports_hold():
    """An address read back from JSON is written as the same JSON, without passage and cell."""
    data = {"source": "br2020", "section": "Results", "citations": [12], "spans": [[3, 9], [3, 9]]}
    assert Address.from_dict(data).to_dict() == data
    assert str(Address.from_dict(data)) == "Results [12], characters 3–9"


def test_an_address_without_spans_prints_its_section_alone():
    """Without spans neither citations nor characters are printed."""
    assert str(Address("Results", (12,))) == "Results"
    assert str(address.join([])) == ""
