"""An evidence-exact knowledge graph of relapsed/refractory multiple myeloma.

A research instrument, not a medical device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rrmm.version import __version__

if TYPE_CHECKING:
    from rrmm.api import KnowledgeGraph

__all__ = ["KnowledgeGraph", "__version__"]


def __getattr__(name: str) -> Any:
    """Import the facade when it is first asked for, so that ``import rrmm`` stays light."""
    if name == "KnowledgeGraph":
        from rrmm.api import KnowledgeGraph

        return KnowledgeGraph
    raise AttributeError(f"module 'rrmm' has no attribute {name!r}")
