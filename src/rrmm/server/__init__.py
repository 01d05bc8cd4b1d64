"""The graph as a read-only web service: SPARQL, pages, linked data and an API."""
