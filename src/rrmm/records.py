"""Records as JSON: the one place where a record becomes dicts and lists.

A record is a NamedTuple; its fields are the keys of the JSON object, in order. The NamedTuple of this module is that
of `typing`, whose annotations stay the text that they are: `typing` compiles each, which takes as long as a derivation.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

JsonObject = dict[str, Any]


if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class _NamedTuples(type):
        """What makes a named tuple of a class that lists fields, their defaults, and methods."""

        def __new__(cls, name: str, _: object, space: dict[str, Any]) -> type:
            fields = space.pop("__annotations__")
            defaults = [space.pop(field) for field in fields if field in space]
            made = namedtuple(name, fields, defaults=defaults, module=space.pop("__module__"))
            made.__annotations__ = fields
            for key in space.keys() - {"__qualname__"}:
                setattr(made, key, space[key])
            return made

    NamedTuple = type.__new__(_NamedTuples, "NamedTuple", (), {})


class Missing(Enum):
    """The type of `MISSING`: the value of a field that the JSON leaves out."""

    MISSING = "missing"

    def __bool__(self) -> Literal[False]:
        """Return False: a missing list counts as empty."""
        return False


MISSING = Missing.MISSING
_SCALARS = frozenset({str, int, float, bool, type(None)})


def to_dict(record: tuple[object, ...]) -> JsonObject:
    """Return a record as a dict of its own, down to the last list.

    >>> from collections import namedtuple
    >>> to_dict(namedtuple("Point", "name values note")("a", (1, 2), MISSING))
    {'name': 'a', 'values': [1, 2]}
    """
    plain: JsonObject = _plain(record)
    return plain


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is tuple or kind is list:
        return [part if type(part) in _SCALARS else _plain(part) for part in value]
    if hasattr(kind, "to_dict"):
        return value.to_dict()
    if hasattr(kind, "_fields"):
        pairs = zip(kind._fields, value, strict=True)
        return {name: part if type(part) in _SCALARS else _plain(part) for name, part in pairs if part is not MISSING}
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    raise TypeError(f"{kind.__name__} is no part of a record.")
