"""Records as JSON: the one place where a record becomes dicts and lists.

A record is a NamedTuple; its fields are the keys of the JSON object, in order. The NamedTuple of this module is that
of `typing`, whose annotations stay the text that they are: `typing` compiles each, which takes as long as a derivation.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

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
_SCALAR_TEXTS: Mapping[type, Callable[[Any], str]] = {
    str: encode_basestring,
    int: int.__repr__,
    float: float.__repr__,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
}
_SCALARS = frozenset(_SCALAR_TEXTS)
KEPT = 20_000  # records of which something is remembered
R = TypeVar("R")
T = TypeVar("T")


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


class Once(Generic[R, T]):
    """A function of a record that is called once for each record: for those that many reports share.

    Records are told apart by identity, not by value, and held as long as something is remembered of them.
    """

    def __init__(self, function: Callable[[R], T]) -> None:
        self._function, self._known = function, dict[int, tuple[R, T]]()

    def __call__(self, record: R) -> T:
        """Return the value of the function."""
        if (known := self._known.get(id(record))) is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            known = self._known[id(record)] = record, self._function(record)
        return known[1]


class Writer:
    """Writes records as JSON without spaces, as `json.dumps` writes their dicts; those of `shared` types once."""

    def __init__(self, shared: Iterable[type]) -> None:
        self._shared, self._once = frozenset(shared), Once(self._compose)
        self._keys: dict[type, list[str]] = {}

    def write(self, value: Any) -> str:
        """Return a record, or a part of one, as JSON.

        >>> from collections import namedtuple
        >>> Writer(()).write(namedtuple("Point", "name values note")("ä", (1, 2.5, None), MISSING))
        '{"name":"ä","values":[1,2.5,null]}'
        """
        kind = type(value)
        if kind is tuple:
            return f"[{','.join(map(self.write, value))}]" if value else "[]"
        if scalar := _SCALAR_TEXTS.get(kind):
            return scalar(value)
        return self._once(value) if kind in self._shared else self._compose(value)

    def _compose(self, value: Any) -> str:
        kind = type(value)
        if hasattr(kind, "to_dict"):
            return self._compose(value.to_dict())
        if hasattr(kind, "_fields"):
            if (keys := self._keys.get(kind)) is None:
                keys = self._keys[kind] = [f"{encode_basestring(name)}:" for name in kind._fields]
            return self._join(zip(keys, value, strict=True))
        if isinstance(value, Mapping):
            return self._join((f"{encode_basestring(name)}:", part) for name, part in value.items())
        if isinstance(value, list):
            return self.write(tuple(value))
        raise TypeError(f"{kind.__name__} is no part of a record.")

    def _join(self, pairs: Iterable[tuple[str, Any]]) -> str:
        write = self.write
        members = [
            key + (encode_basestring(part) if type(part) is str else write(part))
            for key, part in pairs
            if part is not MISSING
        ]
        return f"{{{','.join(members)}}}"
