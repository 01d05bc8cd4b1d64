"""What web pages rest on: entities of the graph, their statements and addresses, templates.

It imports publish and below; it refuses to know whether a page is static or served.
"""
