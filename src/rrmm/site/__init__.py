"""The pages of the graph: one renderer, for a folder of files and for the service.

It imports web and below; it refuses to need a server.
"""
