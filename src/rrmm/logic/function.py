"""The function that the code of a circuit defines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import CodeType
from typing import Any

FUNCTION = "circuit"

Function = Callable[[Sequence[Any], Any, Any], list[Any]]  # integers, planes or symbols, all of one kind


def function(code: CodeType) -> Function:
    """Return the function that the code of `circuit_code` defines."""
    space: dict[str, Function] = {}
    exec(code, space)  # noqa: S102 - code that this package wrote
    run: Function = space[FUNCTION]
    return run
