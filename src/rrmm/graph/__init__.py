"""The graph: its files, the stores that hold it, the queries that ask it, and the processes that ask for strangers.

It imports logic; it refuses to know what a rule or a patient is, and to change a graph.
"""
