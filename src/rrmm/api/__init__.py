"""One object for every kind of question about a graph: its parts, and the doors to what answers."""

from rrmm.api.knowledge_graph import KnowledgeGraph

__all__ = ["KnowledgeGraph"]
