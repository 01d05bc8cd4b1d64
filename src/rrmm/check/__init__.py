"""Guards over the graph: shapes, checks, links, the source text, and the reasoner.

It imports derivation and below; it refuses to repair what it finds.
"""
