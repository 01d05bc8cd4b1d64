"""The graph as a read-only web service: SPARQL, pages, linked data and an API.

It imports the facade and below; it refuses to change the graph, and to keep or log a patient.
"""
