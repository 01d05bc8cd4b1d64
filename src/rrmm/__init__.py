"""An evidence-exact knowledge graph of relapsed/refractory multiple myeloma.

A research instrument, not a medical device. The public names are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from rrmm.version import __version__

if TYPE_CHECKING:
    from rrmm.api import KnowledgeGraph
    from rrmm.errors import (
        EndpointError,
        FormError,
        KnowledgeError,
        MissingExtra,
        PatientError,
        QueryError,
        QueryRefused,
        QueryStopped,
        RrmmError,
        UnknownTermWarning,
    )
    from rrmm.graph.table import Table
    from rrmm.report.report import Report

__all__ = [
    "EndpointError",
    "FormError",
    "KnowledgeError",
    "KnowledgeGraph",
    "MissingExtra",
    "PatientError",
    "QueryError",
    "QueryRefused",
    "QueryStopped",
    "Report",
    "RrmmError",
    "Table",
    "UnknownTermWarning",
    "__version__",
]
_HOMES = {"KnowledgeGraph": "rrmm.api", "Report": "rrmm.report.report", "Table": "rrmm.graph.table"}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that ``import rrmm`` stays light."""
    if name not in __all__:
        raise AttributeError(f"module 'rrmm' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES.get(name, "rrmm.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
