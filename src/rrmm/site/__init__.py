"""The graph as a site: a page and a Turtle document for every entity.

It imports web and below; it refuses to need a server.
"""
