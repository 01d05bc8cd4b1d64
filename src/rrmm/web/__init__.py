"""Entities of the graph and their statements as pages show them.

It imports graph and below; it does not know whether a page is a file or served.
"""
