"""The graph: its files, the stores that hold it, the queries that ask it, and the processes that ask for strangers.

Its modules alone import pyoxigraph and rdflib. It imports logic, knows no rule and no patient, and never
changes a graph.
"""
