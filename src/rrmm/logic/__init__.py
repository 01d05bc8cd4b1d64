"""Logic without RDF and without patients: conditions, condition sets, and definitions unfolded into them.

It imports only errors and IRIs; it refuses to know a drug, a state or a file.
"""
