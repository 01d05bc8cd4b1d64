"""Records as JSON: the one place where a record becomes dicts and lists.

A record is a NamedTuple; its fields are the keys of the JSON object, in order. The NamedTuple of this module is that
of `typing`, whose annotations stay the text that they are: `typing` compiles each, which takes as long as a derivation.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import partial
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
        self._shared = frozenset(shared)
        self._of_kind = _ByKind(self._function)

    def write(self, value: Any) -> str:
        """Return a record, or a part of one, as JSON.

        >>> from collections import namedtuple
        >>> Writer(()).write(namedtuple("Point", "name values note")("ä", (1, 2.5, None), MISSING))
        '{"name":"ä","values":[1,2.5,null]}'
        """
        return self._of_kind[type(value)](value)

    def _function(self, kind: type) -> Callable[[Any], str]:
        """Return the function that writes values of a kind."""
        if scalar := _SCALAR_TEXTS.get(kind):
            return scalar
        if kind in {tuple, list}:
            return self._array
        if issubclass(kind, Mapping):
            return self._mapping
        if hasattr(kind, "to_dict"):
            record = self._own
        elif hasattr(kind, "_fields"):
            record = partial(self._record, [_key(name) for name in kind._fields])
        else:
            raise TypeError(f"{kind.__name__} is no part of a record.")
        return Once(record) if kind in self._shared else record

    def _array(self, values: Sequence[Any]) -> str:
        return f"[{','.join(map(self.write, values))}]" if values else "[]"

    def _mapping(self, value: Mapping[str, Any]) -> str:
        return self._join((_key(name), part) for name, part in value.items())

    def _own(self, value: Any) -> str:
        return self._mapping(value.to_dict())

    def _record(self, keys: Sequence[str], value: tuple[object, ...]) -> str:
        return self._join(zip(keys, value, strict=True))

    def _join(self, pairs: Iterable[tuple[str, Any]]) -> str:
        of_kind = self._of_kind
        members = [key + of_kind[type(part)](part) for key, part in pairs if part is not MISSING]
        return f"{{{','.join(members)}}}"


class _ByKind(dict[type, Callable[[Any], str]]):
    """The functions that write values, by their kind, each found when its kind is first met."""

    def __init__(self, find: Callable[[type], Callable[[Any], str]]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        """Find the function of a new kind, and keep it."""
        return self.setdefault(kind, self._find(kind))


def _key(name: str) -> str:
    return f"{encode_basestring(name)}:"
