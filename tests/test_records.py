"""Records become JSON in one place: fields in order, nothing shared, nothing that JSON does not know."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from rrmm.records import MISSING, Missing, to_dict
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
