"""The report for a patient: built from a derivation, written as JSON, text, Markdown, HTML and RDF.

It imports derivation and below; it refuses to decide anything that the derivation did not.
"""
