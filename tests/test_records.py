"""Records become JSON in one place: fields in order, nothing shared, nothing that JSON does not know."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from rrmm import records
from rrmm.records import MISSING, Missing, Once, Writer, to_dict
from rrmm.rules.address import Address


class Inner(NamedTuple):
    """A record within a record."""

    values: tuple[float, ...]
    source: Address


class Outer(NamedTuple):
    """A record with a field that may be left out."""

    name: str
    inner: tuple[Inner, ...]
    note: str | Missing | None
    patch: dict[str, object]


def test_fields_become_keys_in_order():
    """Records nest, tuples become lists, and an address is written as it writes itself."""
    source = Address("Results", (1,), ((3, 9),), passage="not in JSON")
    record = Outer("a", (Inner((1, 2.5), source),), None, {"age": None, "access": []})
    assert to_dict(record) == {
        "name": "a",
        "inner": [
            {"values": [1, 2.5], "source": {"source": "", "section": "Results", "citations": [1], "spans": [[3, 9]]}}
        ],
        "note": None,
        "patch": {"age": None, "access": []},
    }
    assert [*to_dict(record)] == [*Outer._fields]


def test_a_missing_field_is_left_out():
    """What is missing has no key; what is None is null."""
    assert "note" not in to_dict(Outer("a", (), MISSING, {}))
    assert not MISSING


def test_what_a_record_holds_is_not_shared():
    """Whoever changes the dict changes neither the record nor the next dict."""
    record = Outer("a", (), None, {"access": ["x"]})
    to_dict(record)["patch"]["access"].append("y")
    assert record.patch == to_dict(record)["patch"] == {"access": ["x"]}


@pytest.mark.parametrize("value", [{"a"}, object(), b"a"])
def test_what_json_does_not_know_is_refused(value):
    """A set, an object or bytes in a record is a mistake of the program."""
    with pytest.raises(TypeError, match=r"is no part of a record\."):
        to_dict(Outer("a", (), None, {"value": value}))


RECORDS = [
    Outer('ä"\n\u2028', (Inner((1, -2.5, 1e30), Address("Results", (1,), ((3, 9),))),), None, {"ü": [True, {}]}),
    Outer("", (), MISSING, {}),
]


@pytest.mark.parametrize("shared", [(), (Inner, Address)])
@pytest.mark.parametrize("record", RECORDS)
def test_a_writer_writes_what_json_dumps_of_the_dicts_gives(record, shared):
    """The text is that of the standard library, for records that are written once and a second time."""
    expected = json.dumps(to_dict(record), ensure_ascii=False, separators=(",", ":"))
    writer = Writer(shared)
    assert [writer.write(record), writer.write(record)] == [expected] * 2


def test_a_writer_refuses_what_is_no_part_of_a_record():
    """A set has no order, and so no place in JSON."""
    with pytest.raises(TypeError, match="set is no part of a record"):
        Writer(()).write((1, {2}))


def test_once_is_by_identity_and_bounded(monkeypatch):
    """A function is called once for a record, again for an equal one, and again when what is kept has been dropped."""
    monkeypatch.setattr(records, "KEPT", 2)
    calls = []
    once = Once(lambda record: calls.append(record) or len(calls))
    one, twin, other = (Inner((number,), Address()) for number in (1, 1, 2))
    assert [once(one), once(one), once(twin)] == [1, 1, 2]
    assert [once(other), once(one)] == [3, 4]
