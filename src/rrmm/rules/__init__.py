"""The rule base: guidance, options and keys as typed records, read from the graph once.

It imports graph and logic; it refuses to know a patient.
"""
