"""Exports: the graph in the formats of others, its description, and the changes between two versions.

It imports report and below; it refuses to write into the folders of the graph.
"""
