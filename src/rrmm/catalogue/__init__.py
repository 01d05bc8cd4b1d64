"""What the graph answers: names to things, catalogued questions, descriptions, evidence of options.

It imports rules and below; it refuses to derive anything for a patient.
"""
