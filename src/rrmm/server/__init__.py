"""The graph as a read-only web service: SPARQL, the pages of the site, linked data and an API.

It imports the facade and below; it refuses to change the graph, and neither keeps nor logs a patient.
"""
